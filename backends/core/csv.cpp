// Tables and curves as CSV (RFC 4180) and back.
#include "core/csv.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/error.h"

namespace vitrine {

namespace {

std::string cell(const std::string &text, char separator) {
  const bool plain = text.find_first_of(std::string("\"\r\n") + separator) == std::string::npos;
  if (plain && (text.empty() || (text.front() != ' ' && text.back() != ' '))) {
    return text;
  }
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c;
    if (c == '"') {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string cell(double value) {
  if (std::isnan(value)) {
    return {};
  }
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;  // shortest text that reads back as the same number
  return {buffer, end};
}

double numberOf(const std::string &text) {
  double value = std::nan("");
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool sameAxis(const Curve &curve) {
  return std::all_of(curve.series.begin(), curve.series.end(), [&](const Curve::Series &series) { return series.x == curve.series.front().x; });
}

}  // namespace

std::string csv(const Table &table, char separator) {
  std::string out;
  const auto next = [&](bool last) { out += last ? '\n' : separator; };
  const std::size_t width = table.columns.size();
  if (table.ids) {
    out += "id";
    next(width == 0);
  }
  for (std::size_t c = 0; c < width; ++c) {
    out += cell(table.columns[c].name, separator);
    next(c + 1 == width);
  }
  const std::size_t rows = table.ids ? table.ids->size() : width == 0 ? 0 : table.columns.front().size();
  for (std::size_t r = 0; r < rows; ++r) {
    if (table.ids) {
      out += std::to_string((*table.ids)[r]);
      next(width == 0);
    }
    for (std::size_t c = 0; c < width; ++c) {
      const Column &column = table.columns[c];
      out += column.kind == Column::Kind::Number ? cell(column.numbers[r]) : cell(column.text(r), separator);
      next(c + 1 == width);
    }
  }
  return out;
}

std::string csv(const Curve &curve) {
  const auto named = [](const std::string &name, const char *otherwise) { return cell(name.empty() ? otherwise : name, ','); };
  std::string out;
  if (sameAxis(curve)) {
    out = named(curve.xTitle, "x");
    for (const auto &series : curve.series) {
      out += ',' + named(series.name, "y");
    }
    out += '\n';
    for (std::size_t i = 0; !curve.series.empty() && i < curve.series.front().x.size(); ++i) {
      out += cell(curve.series.front().x[i]);
      for (const auto &series : curve.series) {
        out += ',' + cell(series.y[i]);
      }
      out += '\n';
    }
    return out;
  }
  out = "series," + named(curve.xTitle, "x") + ',' + named(curve.yTitle, "y") + '\n';
  for (const auto &series : curve.series) {
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      out += cell(series.name, ',') + ',' + cell(series.x[i]) + ',' + cell(series.y[i]) + '\n';
    }
  }
  return out;
}

CsvRows parseCsv(std::string_view text, const std::string &where) {
  CsvRows rows;
  std::vector<std::string> row(1);
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      quoted = c != '"' || (i + 1 < text.size() && text[i + 1] == '"');
      if (quoted) {
        row.back() += c;
        i += c == '"' ? 1 : 0;
      }
    } else if (c == '"' && row.back().empty()) {
      quoted = true;
    } else if (c == ',') {
      row.emplace_back();
    } else if (c == '\n') {
      rows.push_back(std::move(row));
      row.assign(1, {});
    } else if (c != '\r') {
      row.back() += c;
    }
  }
  if (quoted) {
    throw InputError(where, "a quoted cell does not end");
  }
  if (row.size() > 1 || !row.front().empty()) {
    rows.push_back(std::move(row));
  }
  if (rows.empty()) {
    throw InputError(where, "is empty");
  }
  for (std::size_t r = 1; r < rows.size(); ++r) {
    if (rows[r].size() != rows[0].size()) {
      throw InputError(where + ":" + std::to_string(r + 1),
                       "has " + std::to_string(rows[r].size()) + " cells, the first line has " + std::to_string(rows[0].size()));
    }
  }
  return rows;
}

Curve curveFrom(const CsvRows &rows, const std::string &yTitle) {
  Curve curve;
  if (rows[0].size() == 3 && rows[0][0] == "series") {
    curve.xTitle = rows[0][1];
    curve.yTitle = rows[0][2];
    for (std::size_t r = 1; r < rows.size(); ++r) {
      if (curve.series.empty() || curve.series.back().name != rows[r][0]) {
        curve.series.push_back({rows[r][0], {}, {}});
      }
      curve.series.back().x.push_back(numberOf(rows[r][1]));
      curve.series.back().y.push_back(numberOf(rows[r][2]));
    }
    return curve;
  }
  curve.xTitle = rows[0][0];
  curve.yTitle = yTitle;
  for (std::size_t c = 1; c < rows[0].size(); ++c) {
    Curve::Series series{rows[0][c], {}, {}};
    for (std::size_t r = 1; r < rows.size(); ++r) {
      series.x.push_back(numberOf(rows[r][0]));
      series.y.push_back(numberOf(rows[r][c]));
    }
    curve.series.push_back(std::move(series));
  }
  return curve;
}

Table tableFrom(const CsvRows &rows, const std::vector<Column::Kind> &kinds, bool hasIds) {
  Table table;
  const std::size_t first = hasIds ? 1 : 0;
  if (hasIds) {
    std::vector<SampleId> ids;
    for (std::size_t r = 1; r < rows.size(); ++r) {
      ids.push_back(static_cast<SampleId>(numberOf(rows[r][0])));
    }
    table.ids = std::make_shared<const std::vector<SampleId>>(std::move(ids));
  }
  for (std::size_t c = first; c < rows[0].size(); ++c) {
    Column column;
    column.name = rows[0][c];
    column.kind = c - first < kinds.size() ? kinds[c - first] : Column::Kind::Text;
    for (std::size_t r = 1; r < rows.size(); ++r) {
      const std::string &text = rows[r][c];
      if (column.kind == Column::Kind::Number) {
        column.numbers.push_back(numberOf(text));
      } else if (column.kind == Column::Kind::Text) {
        column.texts.push_back(text);
      } else {
        const auto it = std::find(column.categories.begin(), column.categories.end(), text);
        column.codes.push_back(text.empty() ? -1 : static_cast<std::int32_t>(it - column.categories.begin()));
        if (!text.empty() && it == column.categories.end()) {
          column.categories.push_back(text);
        }
      }
    }
    table.columns.push_back(std::move(column));
  }
  return table;
}

}  // namespace vitrine
