// The data sets that readers build: rows in memory, as 8-bit pictures or as float vectors. Ids are row numbers.
#pragma once

#include "core/dataset.h"

namespace vitrine::data {

/// All that is not the values. Columns are as long as there are rows.
struct About {
  Provenance provenance;
  std::vector<Column> columns;
  std::size_t trainCount = SIZE_MAX;  ///< SIZE_MAX: all
};

class RowSet : public Dataset {
 public:
  RowSet(std::size_t count, About about);
  const Provenance &provenance() const override { return m_about.provenance; }
  const std::vector<SampleId> &ids() const override { return m_ids; }
  std::size_t trainCount() const override { return std::min(m_about.trainCount, m_ids.size()); }
  const std::vector<Column> &columns() const override { return m_about.columns; }
  std::optional<std::size_t> row(SampleId id) const override;

 protected:
  std::size_t rowOf(SampleId id) const;  ///< throws InputError for an id that the set has not

 private:
  About m_about;
  std::vector<SampleId> m_ids;
};

struct PictureShape {
  std::size_t width = 0, height = 0, channels = 1;
  std::size_t size() const { return width * height * channels; }
};

/// 8-bit pictures of one size; `pixels` holds them one after the other.
std::shared_ptr<const Dataset> pictureSet(std::vector<std::uint8_t> pixels, PictureShape shape, About about);
/// Vectors; with a shape (then with values in [0, 1]) they are pictures too.
std::shared_ptr<const Dataset> vectorSet(Matrix values, About about, std::optional<PictureShape> shape = {});

}  // namespace vitrine::data
