// Tables and curves as CSV (RFC 4180) and back.
#pragma once

#include <string_view>

#include "core/artifact.h"

namespace vitrine {

/// A table as CSV (`separator` '\t' for TSV), one header line; ids come first where the rows are samples. NaN is an empty cell.
std::string csv(const Table &table, char separator = ',');
/// Series over one axis stand side by side; others below each other (series, x, y).
std::string csv(const Curve &curve);

using CsvRows = std::vector<std::vector<std::string>>;
/// What csv() wrote, cell by cell, all rows equally long, at least one. Throws InputError with the line.
CsvRows parseCsv(std::string_view text, const std::string &where);
Curve curveFrom(const CsvRows &rows, const std::string &yTitle);
Table tableFrom(const CsvRows &rows, const std::vector<Column::Kind> &kinds, bool hasIds);

}  // namespace vitrine
