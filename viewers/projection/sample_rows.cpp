// Maps between samples, rows of a projection and rows of a data set.
#include "viewers/projection/sample_rows.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <limits>
#include <numeric>
#include <utility>

namespace vitrine {

namespace {

/// Upper and lower case are the same; `wanted` is in lower case already.
bool holds(const std::string &text, const std::string &wanted) {
  return std::search(text.begin(), text.end(), wanted.begin(), wanted.end(), [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; }) !=
         text.end();
}

}  // namespace

SampleRows::SampleRows(Ids ids, std::shared_ptr<const Dataset> dataset) : m_ids(std::move(ids)) {
  if (m_ids == nullptr) {
    return;
  }
  if (!std::is_sorted(m_ids->begin(), m_ids->end())) {
    m_order.resize(m_ids->size());
    std::iota(m_order.begin(), m_order.end(), 0U);
    std::sort(m_order.begin(), m_order.end(), [this](std::uint32_t a, std::uint32_t b) { return (*m_ids)[a] < (*m_ids)[b]; });
  }
  if (dataset != nullptr && !m_ids->empty()) {
    mapToDataset(*dataset);
  }
}

void SampleRows::mapToDataset(const Dataset &dataset) {
  const std::vector<SampleId> &all = dataset.ids();
  const auto first = dataset.row(m_ids->front());
  if (first && *first + m_ids->size() <= all.size() && std::equal(m_ids->begin(), m_ids->end(), all.begin() + static_cast<std::ptrdiff_t>(*first))) {
    m_first = first;
    return;
  }
  m_datasetRow.resize(m_ids->size());
  std::transform(m_ids->begin(), m_ids->end(), m_datasetRow.begin(), [&dataset](SampleId id) {
    const auto row = dataset.row(id);
    return row ? static_cast<std::uint32_t>(*row) : kNone;
  });
}

std::optional<std::size_t> SampleRows::row(SampleId id) const {
  if (m_ids == nullptr) {
    return std::nullopt;
  }
  if (m_order.empty()) {
    const auto at = std::lower_bound(m_ids->begin(), m_ids->end(), id);
    return at == m_ids->end() || *at != id ? std::nullopt : std::optional<std::size_t>(at - m_ids->begin());
  }
  const auto at = std::lower_bound(m_order.begin(), m_order.end(), id, [this](std::uint32_t row, SampleId wanted) { return (*m_ids)[row] < wanted; });
  return at == m_order.end() || (*m_ids)[*at] != id ? std::nullopt : std::optional<std::size_t>(*at);
}

std::vector<std::size_t> SampleRows::rows(const std::vector<SampleId> &ids) const {
  std::vector<std::size_t> found;
  found.reserve(ids.size());
  std::size_t next = 0;
  const auto rowAt = [this](std::size_t i) { return m_order.empty() ? i : m_order[i]; };
  const bool few = ids.size() * 20 < count();
  for (const SampleId id : ids) {
    if (few) {
      if (const auto at = row(id)) {
        found.push_back(*at);
      }
      continue;
    }
    while (next < count() && (*m_ids)[rowAt(next)] < id) {
      ++next;
    }
    if (next < count() && (*m_ids)[rowAt(next)] == id) {
      found.push_back(rowAt(next));
    }
  }
  return found;
}

std::vector<SampleId> SampleRows::idsOf(const std::vector<std::size_t> &rows) const {
  std::vector<SampleId> ids(rows.size());
  std::transform(rows.begin(), rows.end(), ids.begin(), [this](std::size_t row) { return (*m_ids)[row]; });
  return ids;
}

std::optional<std::size_t> SampleRows::datasetRow(std::size_t row) const {
  if (m_first) {
    return *m_first + row;
  }
  return m_datasetRow.empty() || m_datasetRow[row] == kNone ? std::nullopt : std::optional<std::size_t>(m_datasetRow[row]);
}

Column SampleRows::gathered(const Column &column) const {
  Column result;
  result.name = column.name;
  result.kind = column.kind;
  result.categories = column.categories;
  const std::size_t rows = count(), size = column.size();
  const auto pick = [&](const auto &from, auto &to, auto missing) {
    to.assign(rows, missing);
    for (std::size_t row = 0; row < rows; ++row) {
      if (const auto at = datasetRow(row); at && *at < size) {
        to[row] = from[*at];
      }
    }
  };
  switch (column.kind) {
    case Column::Kind::Number: pick(column.numbers, result.numbers, std::numeric_limits<double>::quiet_NaN()); break;
    case Column::Kind::Category: pick(column.codes, result.codes, std::int32_t{-1}); break;
    case Column::Kind::Text: pick(column.texts, result.texts, std::string()); break;
  }
  return result;
}

std::vector<std::size_t> matchingRows(const SampleRows &rows, const Dataset *dataset, const std::string &text) {
  std::string wanted = text;
  std::transform(wanted.begin(), wanted.end(), wanted.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  std::vector<std::uint8_t> found(rows.count());
  if (dataset != nullptr) {
    for (const Column &column : dataset->columns()) {
      std::vector<bool> category(column.categories.size());
      std::transform(column.categories.begin(), column.categories.end(), category.begin(), [&](const std::string &name) { return holds(name, wanted); });
      for (std::size_t row = 0; row < rows.count() && column.kind != Column::Kind::Number; ++row) {
        const auto at = rows.datasetRow(row);
        if (!at || *at >= column.size()) {
          continue;
        }
        const bool match = column.kind == Column::Kind::Text ? holds(column.texts[*at], wanted)
                                                             : column.codes[*at] >= 0 && category[static_cast<std::size_t>(column.codes[*at])];
        found[row] |= match ? 1 : 0;
      }
    }
  }
  SampleId id = -1;
  const auto [end, error] = std::from_chars(wanted.data() + (wanted.starts_with('#') ? 1 : 0), wanted.data() + wanted.size(), id);
  if (const auto row = rows.row(id); row && error == std::errc() && end == wanted.data() + wanted.size()) {
    found[*row] = 1;
  }
  std::vector<std::size_t> result;
  for (std::size_t row = 0; row < found.size(); ++row) {
    if (found[row] != 0) {
      result.push_back(row);
    }
  }
  return result;
}

}  // namespace vitrine
