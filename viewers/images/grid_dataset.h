// An ImageGrid as a Dataset, so that pictures of a run and pictures of a selection go the same lazy way.
#pragma once

#include <unordered_map>

#include "core/artifact.h"
#include "core/dataset.h"

namespace vitrine {

class GridDataset : public Dataset {
 public:
  /// `payload` holds an ImageGrid; without ids its pictures are numbered from 0.
  explicit GridDataset(std::shared_ptr<const Payload> payload);

  const Provenance &provenance() const override { return m_provenance; }
  const std::vector<SampleId> &ids() const override { return m_ids; }
  const std::vector<Column> &columns() const override { return m_columns; }
  bool hasImages() const override { return true; }
  Image image(SampleId id) const override;
  std::size_t featureCount() const override { return 0; }
  void values(SampleId id, std::span<float> out) const override;
  std::optional<std::size_t> row(SampleId id) const override;

 private:
  std::shared_ptr<const Payload> m_payload;
  Provenance m_provenance;
  std::vector<SampleId> m_ids;
  std::vector<Column> m_columns;
  std::unordered_map<SampleId, std::size_t> m_rows;
};

}  // namespace vitrine
