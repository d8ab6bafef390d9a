// Which row of a projection is which sample, and back: views speak of ids, painters of rows.
#pragma once

#include <optional>

#include "core/artifact.h"
#include "core/dataset.h"

namespace vitrine {

class SampleRows {
 public:
  SampleRows() = default;
  /// `dataset` may be null: then no column is known.
  SampleRows(Ids ids, std::shared_ptr<const Dataset> dataset);

  std::size_t count() const { return m_ids == nullptr ? 0 : m_ids->size(); }
  const Ids &ids() const { return m_ids; }
  SampleId id(std::size_t row) const { return (*m_ids)[row]; }
  std::optional<std::size_t> row(SampleId id) const;
  /// Rows of ascending ids; ids that the projection lacks are left out.
  std::vector<std::size_t> rows(const std::vector<SampleId> &ids) const;
  std::vector<SampleId> idsOf(const std::vector<std::size_t> &rows) const;
  /// The data set's column in the projection's row order; samples that the data set lacks are missing values.
  Column gathered(const Column &column) const;
  /// Row in the data set, if it has the sample.
  std::optional<std::size_t> datasetRow(std::size_t row) const;

 private:
  static constexpr std::uint32_t kNone = 0xffffffffU;
  void mapToDataset(const Dataset &dataset);

  Ids m_ids;
  std::vector<std::uint32_t> m_order;       ///< rows by ascending id; empty where the rows already are
  std::vector<std::uint32_t> m_datasetRow;  ///< empty where the projection is a run of the data set's rows from m_first on
  std::optional<std::size_t> m_first;
};

/// Rows whose category or text (of any column) holds `text`, whatever its case, or whose id it is. A scan of everything: not for the GUI thread.
std::vector<std::size_t> matchingRows(const SampleRows &rows, const Dataset *dataset, const std::string &text);

}  // namespace vitrine
