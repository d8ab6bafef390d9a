// Pictures of an ImageGrid by id.
#include "viewers/images/grid_dataset.h"

#include <numeric>

#include "core/error.h"

namespace vitrine {

GridDataset::GridDataset(std::shared_ptr<const Payload> payload) : m_payload(std::move(payload)) {
  const auto &grid = std::get<ImageGrid>(*m_payload);
  m_provenance.name = "pictures";
  if (grid.ids && grid.ids->size() == grid.images.size()) {
    m_ids = *grid.ids;
  } else {
    m_ids.resize(grid.images.size());
    std::iota(m_ids.begin(), m_ids.end(), SampleId{0});
  }
  Column caption;
  caption.name = "caption";
  caption.kind = Column::Kind::Text;
  caption.texts = grid.captions;
  caption.texts.resize(m_ids.size());
  m_columns.push_back(std::move(caption));
  for (std::size_t i = 0; i < m_ids.size(); ++i) {
    m_rows.emplace(m_ids[i], i);
  }
}

Image GridDataset::image(SampleId id) const {
  const auto at = row(id);
  if (!at) {
    throw InputError("pictures", "no picture with id " + std::to_string(id));
  }
  return std::get<ImageGrid>(*m_payload).images[*at];
}

void GridDataset::values(SampleId, std::span<float>) const {
  throw InputError("pictures", "these pictures have no common vector", "use the data set that they come from");
}

std::optional<std::size_t> GridDataset::row(SampleId id) const {
  const auto found = m_rows.find(id);
  return found == m_rows.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace vitrine
