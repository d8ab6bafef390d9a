// Rows picked out of columns, and vectors turned into columns.
#include "viewers/table/rows.h"

#include <algorithm>

#include "widgets/format.h"

namespace vitrine {

Table pickedRows(const std::vector<Column> &columns, const std::vector<SampleId> *ids, std::span<const std::size_t> rows) {
  const auto pick = [&](const auto &from, auto &to) {
    for (const std::size_t row : from.empty() ? std::span<const std::size_t>() : rows) {
      to.push_back(from[row]);
    }
  };
  Table table;
  if (ids != nullptr) {
    auto picked = std::make_shared<std::vector<SampleId>>();
    pick(*ids, *picked);
    table.ids = std::move(picked);
  }
  for (const Column &from : columns) {
    Column to;
    to.name = from.name;
    to.kind = from.kind;
    to.categories = from.categories;
    pick(from.numbers, to.numbers);
    pick(from.codes, to.codes);
    pick(from.texts, to.texts);
    table.columns.push_back(std::move(to));
  }
  return table;
}

std::size_t shownDimensions(const Embedding &embedding) {
  const std::size_t affordable = std::max<std::size_t>(4, 10'000'000 / std::max<std::size_t>(1, embedding.vectors.rows));
  return std::min({std::size_t{64}, affordable, embedding.vectors.cols});
}

std::shared_ptr<const Payload> tableOf(const Embedding &embedding, const Dataset *dataset, std::size_t dimensions) {
  Table table;
  table.ids = embedding.ids;
  const std::size_t rows = embedding.vectors.rows;
  if (const Column *label = dataset != nullptr ? dataset->label() : nullptr; label != nullptr && embedding.ids) {
    Column column;
    column.name = label->name;
    column.kind = Column::Kind::Category;
    column.categories = label->categories;
    for (const SampleId id : *embedding.ids) {
      const auto row = dataset->row(id);
      column.codes.push_back(row ? label->codes[*row] : -1);
    }
    table.columns.push_back(std::move(column));
  }
  for (std::size_t d = 0; d < dimensions; ++d) {
    Column column;
    column.name = std::to_string(d + 1);
    column.numbers.resize(rows);
    for (std::size_t row = 0; row < rows; ++row) {
      column.numbers[row] = static_cast<double>(embedding.vectors.values[row * embedding.vectors.cols + d]);
    }
    table.columns.push_back(std::move(column));
  }
  return std::make_shared<const Payload>(std::move(table));
}

std::vector<SampleId> rowsWith(const QString &text, const std::vector<Column> &columns, const std::vector<SampleId> &ids) {
  const auto holds = [&text](const std::string &cell) { return QString::fromStdString(cell).contains(text, Qt::CaseInsensitive); };
  const auto numeric = static_cast<std::size_t>(std::count_if(columns.begin(), columns.end(), [](const Column &c) { return c.kind == Column::Kind::Number; }));
  const bool searchNumbers = numeric * ids.size() <= 3'000'000;
  std::vector<bool> hit(ids.size());
  for (std::size_t row = 0; row < ids.size(); ++row) {
    hit[row] = QString::number(ids[row]).contains(text);
  }
  for (const Column &column : columns) {
    std::vector<bool> category(column.categories.size());
    std::transform(column.categories.begin(), column.categories.end(), category.begin(), holds);
    for (std::size_t row = 0; row < std::min(ids.size(), column.size()); ++row) {
      switch (column.kind) {
        case Column::Kind::Number: hit[row] = hit[row] || (searchNumbers && number(column.numbers[row]).contains(text)); break;
        case Column::Kind::Category: hit[row] = hit[row] || (column.codes[row] >= 0 && category[static_cast<std::size_t>(column.codes[row])]); break;
        case Column::Kind::Text: hit[row] = hit[row] || holds(column.texts[row]); break;
      }
    }
  }
  std::vector<SampleId> found;
  for (std::size_t row = 0; row < ids.size(); ++row) {
    if (hit[row]) {
      found.push_back(ids[row]);
    }
  }
  return found;
}

}  // namespace vitrine
