// What every view and study may ask of a data set. Implemented in backends/data.
#pragma once

#include <memory>
#include <optional>

#include "core/buffers.h"

namespace vitrine {

struct Provenance {
  std::string name;     ///< short: "fashion-mnist", "holiday photos"
  std::string source;   ///< path as given
  std::string sha256;   ///< of the file; of names, sizes and times for a folder; empty if not computed
  std::string licence;  ///< empty if unknown
  std::string note;     ///< what the user should know ("12 files skipped: not pictures")
};

/// Read-only samples, lazily loaded; all functions are safe from several threads.
/// Rows 0..trainCount()-1 are the training split, the rest the test split.
class Dataset {
 public:
  virtual ~Dataset() = default;

  virtual const Provenance &provenance() const = 0;
  virtual const std::vector<SampleId> &ids() const = 0;  ///< in row order
  virtual std::size_t trainCount() const { return ids().size(); }
  virtual const std::vector<Column> &columns() const = 0;  ///< each ids().size() long; the first Category column is the label

  virtual bool hasImages() const = 0;
  /// Full picture of one sample. Throws InputError naming the file if it cannot be read.
  virtual Image image(SampleId id) const = 0;
  /// Number of values per sample; 0 where samples have no common vector (pictures of different sizes).
  virtual std::size_t featureCount() const = 0;
  /// Writes featureCount() floats: vectors as they are, pictures as pixels scaled to [0, 1].
  virtual void values(SampleId id, std::span<float> out) const = 0;
  /// All values as they lie in memory, rows in row order; null where they do not (pictures, files read on demand).
  virtual std::shared_ptr<const Matrix> matrix() const { return nullptr; }
  /// Row of an id; std::nullopt if the data set has no such id.
  virtual std::optional<std::size_t> row(SampleId id) const = 0;

  std::size_t count() const { return ids().size(); }
  const Column *label() const;                          ///< first Category column, or nullptr
  const Column *column(const std::string &name) const;  ///< nullptr if there is none
};

enum class Split { Train, Test, All };

/// The first `limit` (0 = all) ids of the split. Throws InputError if that is empty.
std::vector<SampleId> splitIds(const Dataset &dataset, Split split, std::size_t limit);
/// values() of the ids, one row each. Throws InputError if the data set has no common vector.
Matrix gather(const Dataset &dataset, std::span<const SampleId> ids);

}  // namespace vitrine
