// A compressed video model in one file, name.vnv: what a decoder must know, quantised weights and embeddings, a checksum. Its size is the reported bits.
#pragma once

#include <filesystem>

#include "core/schema.h"
#include "video/quantise.h"

namespace vitrine::video {

struct VnvTensor {
  std::string name;  ///< UTF-8, unique in the file
  Quantised data;
};

struct VnvModel {
  Json header = Json::object();  ///< free: architecture, frame size, count and rate, crop
  std::vector<VnvTensor> tensors;
};

/// Where the bytes of a file went.
struct VnvBytes {
  std::size_t head = 0;              ///< magic, checksum, header, names and shapes
  std::vector<std::size_t> tensors;  ///< of each tensor, steps included, to within a few bytes
};

/// The file in memory, as resources/help/vnv-format.md describes it. Of each tensor the prediction along the first axis that gives the fewest bytes is taken.
/// Throws InputError for a name that is used twice and what the format cannot hold: symbols beyond their bits, symmetric steps off the grid.
std::vector<std::uint8_t> writeVnv(const VnvModel &model, VnvBytes *spent = nullptr);
/// `where` names the bytes in messages. Throws InputError for anything else than a whole, undamaged file of this or an earlier version; nothing is allocated
/// before the sizes that the file claims are checked: at most 2^25 symbols, and no more than its bytes can stand for.
VnvModel readVnv(std::span<const std::uint8_t> bytes, const std::string &where, VnvBytes *spent = nullptr);

/// Writes through a temporary file and a rename; the number of bytes. Throws std::runtime_error naming the file.
std::size_t writeVnvFile(const std::filesystem::path &file, const VnvModel &model);
VnvModel readVnvFile(const std::filesystem::path &file);
/// The first bytes of a .vnv file?
bool isVnv(std::span<const std::uint8_t> head);
/// What a file holds: header, tensors with shape, bits and bytes. Reads all of it, so damage is found.
Json describeVnv(const std::filesystem::path &file);

/// CRC-32 as of zip, PNG and Ethernet.
std::uint32_t crc32(std::span<const std::uint8_t> bytes);

}  // namespace vitrine::video
