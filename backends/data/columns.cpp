// Deciding what a column is.
#include "data/columns.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "data/table_rows.h"

namespace vitrine::data {

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

bool isOneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, lower(text)) != words.end();
}

bool isWhole(double value) {
  return std::floor(value) == value && std::abs(value) < 1e15;
}

std::string wholeText(double value) {
  return std::to_string(static_cast<long long>(value));
}

}  // namespace

std::optional<double> numberIn(std::string_view cell) {
  if (cell.size() > 1 && cell[0] == '+' && cell[1] != '-') {
    cell.remove_prefix(1);
  }
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (end != cell.data() + cell.size() || cell.empty() || error == std::errc::invalid_argument) {
    return std::nullopt;
  }
  if (error == std::errc::result_out_of_range) {
    return cell.find("e-") != std::string_view::npos || cell.find("E-") != std::string_view::npos ? 0.0 : HUGE_VAL;
  }
  return value;
}

bool isMissing(std::string_view cell) {
  return cell.empty() || (cell.size() <= 4 && isOneOf(cell, {"na", "n/a", "null", "none", "?", "-"}));
}

bool isLabelName(std::string_view name) {
  return isOneOf(name, {"label", "labels", "class", "classes", "target", "y", "category", "species"});
}

bool isRowName(std::string_view name) {
  return isOneOf(name, {"", "id", "ids", "index", "idx", "row", "unnamed: 0"});
}

void ColumnBuilder::add(std::string_view cell) {
  if (m_spilt) {
    m_texts.push_back(utf8(cell));
    return;
  }
  if (const auto it = m_known.find(cell); it != m_known.end()) {
    m_codes.push_back(it->second);
    return;
  }
  const auto it = m_known.emplace(cell, static_cast<std::uint32_t>(m_names.size())).first;
  m_names.push_back(&it->first);
  m_codes.push_back(it->second);
  if (m_names.size() > kMostCategories + 1) {  // one more: "" is no category
    for (const std::uint32_t code : m_codes) {
      m_texts.push_back(utf8(*m_names[code]));
    }
    m_codes = {};
    m_spilt = true;
  }
}

Column ColumnBuilder::finish(const std::string &name, bool isLabel) {
  Column column;
  column.name = utf8(name);
  const std::size_t rows = size();
  std::vector<double> numbers;
  bool whole = true;
  for (std::size_t r = 0; r < rows && numbers.size() == r; ++r) {
    const auto value = isMissing(cell(r)) ? std::optional(std::nan("")) : numberIn(cell(r));
    if (value) {
      numbers.push_back(*value);
      whole = whole && (std::isnan(*value) || isWhole(*value));
    }
  }
  const bool numeric = rows > 0 && numbers.size() == rows && !std::ranges::all_of(numbers, [](double v) { return std::isnan(v); });
  const bool few = !m_spilt && (isLabel || m_names.size() * 2 <= rows);
  if (numeric && !(isLabel && few && whole)) {
    column.kind = Column::Kind::Number;
    column.numbers = std::move(numbers);
    return column;
  }
  if (!few) {
    column.kind = Column::Kind::Text;
    for (std::size_t r = 0; r < rows; ++r) {
      column.texts.emplace_back(utf8(cell(r)));
    }
    return column;
  }
  column.kind = Column::Kind::Category;
  std::vector<std::uint32_t> order(m_names.size());
  std::iota(order.begin(), order.end(), 0U);
  std::erase_if(order, [&](std::uint32_t code) { return m_names[code]->empty() || (numeric && isMissing(*m_names[code])); });
  std::ranges::sort(order,
                    [&](std::uint32_t a, std::uint32_t b) { return numeric ? numberIn(*m_names[a]) < numberIn(*m_names[b]) : *m_names[a] < *m_names[b]; });
  std::vector<std::int32_t> codeOf(m_names.size(), -1);
  for (const std::uint32_t old : order) {
    codeOf[old] = static_cast<std::int32_t>(column.categories.size());
    column.categories.push_back(utf8(*m_names[old]));
  }
  for (const std::uint32_t code : m_codes) {
    column.codes.push_back(codeOf[code]);
  }
  return column;
}

Column columnFrom(const NpyArray &array, const std::string &name, bool isLabel) {
  ColumnBuilder builder;
  if (array.type == 'U' || array.type == 'S') {
    for (const auto &text : array.texts) {
      builder.add(text);
    }
    return builder.finish(name, isLabel);
  }
  const std::size_t count = array.count();
  bool whole = true;
  for (std::size_t i = 0; i < count && whole; ++i) {
    whole = isWhole(array.number(i));
  }
  if (isLabel && whole) {
    for (std::size_t i = 0; i < count; ++i) {
      builder.add(wholeText(array.number(i)));
    }
    return builder.finish(name, true);
  }
  Column column;
  column.name = utf8(name);
  for (std::size_t i = 0; i < count; ++i) {
    column.numbers.push_back(array.number(i));
  }
  return column;
}

std::vector<Column> readLabels(const std::filesystem::path &file, std::size_t rows) {
  const std::string where = file.string();
  const auto bytes = unpacked(file);
  const auto mismatch = [&](std::size_t have, const char *what) {
    return InputError(where, "holds " + counted(have, what) + " for " + counted(rows, "sample"));
  };
  if (textOf(bytes).starts_with("\x93NUMPY")) {
    const NpyArray array = parseNpy(bytes, where);
    if (array.shape.size() > 2 || array.shape.empty() || array.shape[0] != rows || array.count() != rows || array.type == 'c') {
      throw mismatch(array.count(), "value");
    }
    return {columnFrom(array, "label", true)};
  }
  const char separator = file.string().find(".csv") != std::string::npos ? ',' : '\t';
  std::vector<std::vector<std::string>> lines;
  RowReader reader(textOf(bytes), separator, where, RowReader::Blank::Keep);
  for (std::vector<std::string_view> cells; reader.next(cells);) {
    lines.emplace_back(cells.begin(), cells.end());
    if (lines.back().size() != lines.front().size()) {
      throw InputError(where + ":" + std::to_string(reader.line()),
                       "has " + counted(cells.size(), "cell") + ", the first line " + std::to_string(lines.front().size()));
    }
  }
  if (lines.size() != rows && lines.size() != rows + 1) {
    throw mismatch(lines.size(), "line");
  }
  std::vector<Column> columns;
  const std::size_t first = lines.size() - rows, width = lines.front().size();
  for (std::size_t c = 0; c < width; ++c) {
    const std::string name = first == 1 ? lines[0][c] : c == 0 ? "label" : "label " + std::to_string(c + 1);
    if (width > 1 && isRowName(name)) {
      continue;
    }
    ColumnBuilder builder;
    for (std::size_t r = first; r < lines.size(); ++r) {
      builder.add(lines[r][c]);
    }
    columns.push_back(builder.finish(name, width == 1 || isLabelName(name)));
  }
  return columns;
}

}  // namespace vitrine::data
