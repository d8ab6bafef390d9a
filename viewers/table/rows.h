// Plain functions on tables: rows picked out or searched, and an embedding as a table.
#pragma once

#include <QString>

#include "core/artifact.h"
#include "core/dataset.h"

namespace vitrine {

/// The given rows of `columns` (and of `ids`, which may be null), in that order.
Table pickedRows(const std::vector<Column> &columns, const std::vector<SampleId> *ids, std::span<const std::size_t> rows);

/// How many dimensions of an embedding the table shows: 64, less where that would be more than some ten million numbers.
std::size_t shownDimensions(const Embedding &embedding);
/// Ids, label (where `dataset` has one) and the first `dimensions` of the vectors, named from 1.
std::shared_ptr<const Payload> tableOf(const Embedding &embedding, const Dataset *dataset, std::size_t dimensions);

/// Ids of the rows that hold `text` in one of their cells (no case). Numbers are searched as they are written, up to three million of them: beyond that
/// (embeddings) only ids, categories and texts.
std::vector<SampleId> rowsWith(const QString &text, const std::vector<Column> &columns, const std::vector<SampleId> &ids);

}  // namespace vitrine
