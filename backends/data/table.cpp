// Tables of numbers: CSV, TSV and their like. Columns of numbers are the values; labels, texts and row ids stand beside them.
#include <algorithm>
#include <cmath>
#include <set>

#include "core/sha256.h"
#include "data/bytes.h"
#include "data/columns.h"
#include "data/readers.h"
#include "data/samples.h"
#include "data/table_rows.h"

namespace vitrine::data {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kHead = std::size_t{4} << 20;
constexpr std::size_t kSampleRows = 1000;

enum class Role { Feature, Label, Beside, Ignored };

/// How a file is to be read, found from its first rows.
struct Plan {
  char separator = ',';
  bool header = false;
  std::vector<std::string> names;
  std::vector<Role> roles;
  std::vector<bool> numeric;
  std::vector<std::vector<std::string>> sample;  ///< rows below the header

  std::size_t count(Role role) const { return static_cast<std::size_t>(std::ranges::count(roles, role)); }
};

void refuseNoText(std::span<const std::uint8_t> head, const std::string &where) {
  if (head.empty()) {
    throw InputError(where, "is empty");
  }
  const std::string_view text = textOf(head);
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    throw InputError(where, "is UTF-16 text", "save it as UTF-8");
  }
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos) {
    throw InputError(where, "is not a text file: byte " + std::to_string(zero) + " is 0");
  }
}

/// The first rows as text. A row that the head may have cut off is left out, unless it is the only one.
std::vector<std::vector<std::string>> firstRows(std::string_view text, bool whole, char separator, const std::string &where) {
  const std::size_t lastLine = text.rfind('\n');
  if (!whole && lastLine != std::string_view::npos) {
    text = text.substr(0, lastLine + 1);
  }
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string_view> cells;
  try {
    for (RowReader reader(text, separator, where); rows.size() <= kSampleRows && reader.next(cells);) {
      rows.emplace_back(cells.begin(), cells.end());
    }
  } catch (const InputError &) {
    if (whole || rows.empty()) {
      throw;  // else the head cuts a quoted cell in two
    }
  }
  return rows;
}

/// Numbers are numeric if they are most of what a column holds: a stray word among them is then an error with its line, not another kind of column.
bool isNumeric(const std::vector<std::vector<std::string>> &rows, std::size_t column) {
  std::size_t numbers = 0, others = 0;
  for (const auto &row : rows) {
    if (column < row.size() && !isMissing(row[column])) {
      ++(numberIn(row[column]) ? numbers : others);
    }
  }
  return numbers > 0 && (rows.size() < 20 ? numbers > others : others * 10 <= numbers);
}

/// As pandas names columns that have no names: 0, 1, 2, with or without an empty cell over the row numbers.
bool countsColumns(const std::vector<std::string> &row) {
  const std::size_t first = row[0].empty() ? 1 : 0;
  for (std::size_t c = first; c < row.size(); ++c) {
    if (row[c] != std::to_string(c - first)) {
      return false;
    }
  }
  return row.size() >= first + 3;
}

/// The first row names the columns if it holds no number where the others do.
bool hasHeader(const std::vector<std::vector<std::string>> &rows) {
  if (rows.size() < 2) {
    return false;
  }
  const std::vector<std::vector<std::string>> others(rows.begin() + 1, rows.end());
  std::size_t numericColumns = 0, named = 0;
  for (std::size_t c = 0; c < rows[0].size(); ++c) {
    if (isNumeric(others, c)) {
      ++numericColumns;
      named += numberIn(rows[0][c]) ? 0 : 1;
    }
  }
  return (numericColumns > 0 && named == numericColumns) || countsColumns(rows[0]);
}

std::vector<std::string> namesOf(const std::vector<std::string> &row, bool header, std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t c = 0; c < count; ++c) {
    const bool named = header && c < row.size() && !row[c].empty();
    names.push_back(named ? utf8(row[c]) : header && c == 0 ? "index" : "column " + std::to_string(c + 1));
  }
  return names;
}

bool isIn(const std::vector<std::string> &list, const std::string &name) {
  return std::ranges::find(list, name) != list.end();
}

void refuseUnknown(const std::vector<std::string> &asked, const Plan &plan, const std::string &where) {
  for (const auto &name : asked) {
    if (!isIn(plan.names, name)) {
      std::string known;
      for (std::size_t c = 0; c < std::min<std::size_t>(plan.names.size(), 20); ++c) {
        known += (known.empty() ? "" : ", ") + plan.names[c];
      }
      throw InputError(where, "has no column " + inQuotes(name), "its columns are " + known + (plan.names.size() > 20 ? ", ..." : ""));
    }
  }
}

Role roleOf(const Plan &plan, std::size_t c, const TableOptions &options) {
  const std::string &name = plan.names[c];
  if (isIn(options.labelColumns, name)) {
    return Role::Label;
  }
  if (isIn(options.ignoredColumns, name)) {
    return Role::Ignored;
  }
  if (options.chosen) {
    return Role::Feature;
  }
  std::set<std::string> values;
  bool empty = true, whole = true;
  for (const auto &row : plan.sample) {
    if (c >= row.size()) {
      continue;
    }
    const std::string &cell = row[c];
    const auto number = numberIn(cell);
    empty = empty && cell.empty();
    whole = whole && number && std::floor(*number) == *number;
    values.insert(cell);
  }
  if (empty) {
    return Role::Ignored;
  }
  if (!plan.numeric[c]) {
    return isLabelName(name) ? Role::Label : Role::Beside;
  }
  if (plan.header && whole && isLabelName(name) && values.size() <= 100 && values.size() < plan.sample.size()) {
    return Role::Label;
  }
  if (plan.header && whole && isRowName(name) && values.size() == plan.sample.size()) {
    return Role::Beside;
  }
  return Role::Feature;
}

Plan planFor(std::span<const std::uint8_t> head, bool whole, const TableOptions &options, const std::string &where) {
  refuseNoText(head, where);
  const Layout layout = findLayout(textOf(head), options.separator);
  auto rows = layout.separator == 0 ? std::vector<std::vector<std::string>>() : firstRows(textOf(head), whole, layout.separator, where);
  if (rows.empty()) {
    throw InputError(where, "is text, but no table: its lines do not have the same number of cells, whatever separates them");
  }
  Plan plan;
  plan.separator = layout.separator;
  plan.header = options.header.value_or(hasHeader(rows));
  plan.names = namesOf(rows[0], plan.header, layout.cells);
  plan.sample.assign(rows.begin() + (plan.header ? 1 : 0), rows.end());
  for (std::size_t c = 0; c < layout.cells; ++c) {
    plan.numeric.push_back(isNumeric(plan.sample, c));
  }
  refuseUnknown(options.labelColumns, plan, where);
  refuseUnknown(options.ignoredColumns, plan, where);
  for (std::size_t c = 0; c < layout.cells; ++c) {
    plan.roles.push_back(roleOf(plan, c, options));
  }
  return plan;
}

/// Reads all rows by a plan.
class TableReader {
 public:
  TableReader(std::string_view text, const Plan &plan, std::string where)
      : m_plan(plan), m_where(std::move(where)), m_reader(text, plan.separator, m_where), m_builders(plan.roles.size()) {
    const std::size_t lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
    const std::size_t features = plan.count(Role::Feature);
    m_values.reserve(std::min(lines * features, text.size() / 2 + 1));  // a cell takes two bytes or more
  }

  void read() {
    std::vector<std::string_view> cells;
    bool skip = m_plan.header;
    while (m_reader.next(cells)) {
      if (cells.size() != m_plan.roles.size()) {
        fail("has " + counted(cells.size(), "cell") + ", most lines have " + std::to_string(m_plan.roles.size()));
      }
      if (!std::exchange(skip, false)) {
        take(cells);
        ++m_rows;
      }
    }
  }

  std::size_t rows() const { return m_rows; }
  Matrix matrix() {
    Matrix matrix;
    matrix.rows = m_rows;
    matrix.cols = m_plan.count(Role::Feature);
    matrix.values = std::move(m_values);
    return matrix;
  }
  Column column(std::size_t c) { return m_builders[c].finish(m_plan.names[c], m_plan.roles[c] == Role::Label); }

 private:
  void take(const std::vector<std::string_view> &cells) {
    for (std::size_t c = 0; c < cells.size(); ++c) {
      if (m_plan.roles[c] == Role::Feature) {
        m_values.push_back(feature(cells[c], c));
      } else if (m_plan.roles[c] != Role::Ignored) {
        m_builders[c].add(cells[c]);
      }
    }
  }

  float feature(std::string_view cell, std::size_t c) const {
    const auto number = numberIn(cell);
    const float value = number ? static_cast<float>(*number) : 0.0F;
    if (number && std::isfinite(value)) {
      return value;
    }
    const std::string column = "column " + std::to_string(c + 1) + (m_plan.header ? " (" + m_plan.names[c] + ")" : "");
    const std::string found = cell.empty() ? " is empty" : " holds " + inQuotes(cell);
    fail(column + found +
             (number                            ? ", which is not a finite number"
              : cell.empty() || isMissing(cell) ? ", but every sample needs a value"
                                                : ", not a number"),
         "leave the column out or make it a label in the import dialog");
  }

  [[noreturn]] void fail(const std::string &what, const std::string &advice = {}) const {
    throw InputError(m_where + ":" + std::to_string(m_reader.line()), what, advice);
  }

  const Plan &m_plan;
  std::string m_where;
  RowReader m_reader;
  std::vector<ColumnBuilder> m_builders;
  std::vector<float> m_values;
  std::size_t m_rows = 0;
};

/// Labels first (in the order in which they were asked for), then other categories, texts, row ids; then the values too, as long as they are few.
std::vector<Column> columnsOf(TableReader &reader, const Plan &plan, const TableOptions &options, const Matrix &matrix) {
  constexpr std::size_t kMostShown = 64, kMostCells = 4'000'000;
  std::vector<Column> labels, beside, values;
  for (std::size_t c = 0, feature = 0; c < plan.roles.size(); ++c) {
    if (plan.roles[c] == Role::Label) {
      labels.push_back(reader.column(c));
    } else if (plan.roles[c] == Role::Beside) {
      beside.push_back(reader.column(c));
    } else if (plan.roles[c] == Role::Feature && matrix.cols <= kMostShown && matrix.values.size() <= kMostCells) {
      Column column;
      column.name = plan.names[c];
      for (std::size_t r = 0; r < matrix.rows; ++r) {
        column.numbers.push_back(static_cast<double>(matrix.values[r * matrix.cols + feature]));
      }
      values.push_back(std::move(column));
    }
    feature += plan.roles[c] == Role::Feature ? 1 : 0;
  }
  std::ranges::stable_sort(labels, {},
                           [&](const Column &column) { return std::ranges::find(options.labelColumns, column.name) - options.labelColumns.begin(); });
  const auto isCategory = [](const Column &column) { return column.kind == Column::Kind::Category; };
  std::ranges::stable_partition(labels, isCategory);
  std::ranges::stable_partition(beside, isCategory);
  for (auto *more : {&beside, &values}) {
    std::ranges::move(*more, std::back_inserter(labels));
  }
  return labels;
}

bool fitsHead(std::size_t bytes) {
  return bytes < kHead;
}

}  // namespace

TablePreview previewTable(const fs::path &file, std::size_t rows, const TableOptions &options) {
  const auto head = unpackedHead(file, kHead);
  Plan plan = planFor(head, fitsHead(head.size()), options, file.string());
  TablePreview preview{plan.separator, plan.header, plan.names, std::move(plan.sample), plan.numeric};
  preview.rows.resize(std::min(rows, preview.rows.size()));
  for (auto &row : preview.rows) {
    std::ranges::transform(row, row.begin(), [](const std::string &cell) { return utf8(cell); });
    row.resize(plan.names.size());
  }
  return preview;
}

Json inspectTable(const fs::path &file) {
  const auto head = unpackedHead(file, kHead);
  const bool whole = fitsHead(head.size());
  const Plan plan = planFor(head, whole, {}, file.string());
  Json json = {{"kind", "table"},         {"separator", std::string(1, plan.separator)}, {"header", plan.header}, {"columns", plan.names},
               {"numeric", plan.numeric}, {"values", plan.count(Role::Feature)}};
  if (whole) {
    std::size_t rows = 0;
    std::vector<std::string_view> cells;
    for (RowReader reader(textOf(head), plan.separator, file.string()); reader.next(cells); ++rows) {
    }
    json["count"] = rows - (plan.header ? 1 : 0);
  }
  return json;
}

std::shared_ptr<const Dataset> openTable(const fs::path &file, const TableOptions &options) {
  const std::string where = file.string();
  const auto bytes = unpacked(file);
  const std::size_t head = std::min(bytes.size(), kHead);
  const Plan plan = planFor(std::span(bytes).first(head), fitsHead(bytes.size()), options, where);
  if (plan.count(Role::Feature) == 0) {
    throw InputError(where, "is text, but no table of numbers: no column holds them", "a data set needs one or more");
  }
  TableReader reader(textOf(bytes), plan, where);
  reader.read();
  if (reader.rows() < 2) {
    throw InputError(where, "holds " + counted(reader.rows(), "row"), "a data set needs two or more");
  }
  Matrix matrix = reader.matrix();
  About about;
  about.columns = columnsOf(reader, plan, options, matrix);
  about.provenance = {utf8(file.stem().string()), utf8(where), sha256OfFiles({file}), "", ""};
  return vectorSet(std::move(matrix), std::move(about));
}

}  // namespace vitrine::data
