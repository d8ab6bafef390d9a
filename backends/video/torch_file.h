// Checkpoints that torch.save() wrote, as plain data: dictionaries, lists, numbers, texts and tensors. Nothing in the file is executed.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "core/schema.h"
#include "video/quantise.h"
#include "video/vnv.h"

namespace vitrine::video {

/// A tensor as pickled: a view of a stored array.
struct PickledTensor {
  enum class Type : std::uint8_t { Float64, Float32, Float16, BFloat16, Int64, Int32, Int16, Int8, UInt8, Bool };
  Type type = Type::Float32;
  Shape shape, strides;
  std::int64_t offset = 0;                ///< in elements
  std::span<const std::uint8_t> storage;  ///< lies in the file's bytes

  std::size_t count() const;
  std::vector<double> values() const;  ///< row-major
};

struct PickledValue;
using PickledRef = std::shared_ptr<const PickledValue>;

/// One value. Only the member that `kind` names is filled.
struct PickledValue {
  enum class Kind : std::uint8_t { None, Bool, Integer, Real, Text, Tensor, List, Dict };  // tuples are lists
  Kind kind = Kind::None;
  std::int64_t integer = 0;  ///< Bool too
  double real = 0;
  std::string text;
  PickledTensor tensor;
  std::vector<PickledRef> items;                           ///< List
  std::vector<std::pair<std::string, PickledRef>> fields;  ///< Dict, in the file's order; whole-number keys as text
  int depth = 0;                                           ///< 0 for what holds nothing

  const PickledValue *field(const std::string &name) const;  ///< null if there is none
};

/// Runs the few pickle instructions that plain data needs. `storage` finds an array by its key, or throws. Throws InputError with the byte and the name of
/// what it refuses: any other class or function, self-reference, nesting beyond 64.
PickledRef parsePickle(std::span<const std::uint8_t> bytes, const std::function<std::span<const std::uint8_t>(const std::string &)> &storage,
                       const std::string &where);
/// The zip archive around it (stored, not deflated, as PyTorch writes it; checksums are compared). `bytes` must outlive the result.
PickledRef parseTorchFile(std::span<const std::uint8_t> bytes, const std::string &where);
/// A zip that holds data.pkl and no constants.pkl, which is TorchScript's. False for anything else, damaged or missing files too.
bool isTorchCheckpoint(const std::filesystem::path &file);
/// Names, types and shapes of what a file holds.
Json describeTorchFile(const std::filesystem::path &file);

/// The checkpoint that HNeRV's code publishes (quant_vid.pth): {"embed": q, "model": {name: q, ...}} with q = {"quant": whole numbers, "min", "scale"}.
/// Tensors come with min-max quantisers, embeddings first under the name "embed"; bits are the fewest that hold the symbols. The header is left empty.
/// Throws InputError naming the entry that is of another form.
VnvModel readQuantisedCheckpoint(const std::filesystem::path &file);

}  // namespace vitrine::video
