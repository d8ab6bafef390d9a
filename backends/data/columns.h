// Columns from cells of text: what is a number, what a category, what free text; and label files beside an array.
#pragma once

#include <unordered_map>

#include "data/bytes.h"

namespace vitrine::data {

/// A whole cell as a number ("+1.5e3", "nan", "inf" too); std::nullopt for anything else.
std::optional<double> numberIn(std::string_view cell);
/// Empty, NA, N/A, null, ? and the like: says nothing about its column.
bool isMissing(std::string_view cell);

/// Collects one column. Repeated texts cost 4 bytes each until there are more than kMostCategories different ones.
class ColumnBuilder {
 public:
  static constexpr std::size_t kMostCategories = 1000;
  void add(std::string_view cell);
  std::size_t size() const { return m_codes.size() + m_texts.size(); }

  /// A label becomes a category if it can (whole numbers too), else numbers or text. A column beside it becomes numbers if all cells are,
  /// a category if its texts repeat (half the rows or fewer are different), else text. Categories are sorted, by value if they are numbers.
  Column finish(const std::string &name, bool isLabel);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::string_view cell(std::size_t row) const { return m_spilt ? std::string_view(m_texts[row]) : std::string_view(*m_names[m_codes[row]]); }

  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> m_known;
  std::vector<const std::string *> m_names;
  std::vector<std::uint32_t> m_codes;
  std::vector<std::string> m_texts;
  bool m_spilt = false;
};

/// "label", "class", "target", "y", "category" and their like, in any case.
bool isLabelName(std::string_view name);
/// "id", "index", "" and their like: numbers that count rows.
bool isRowName(std::string_view name);

/// Columns from a 1-D array (or n x 1) of `rows` values.
Column columnFrom(const NpyArray &array, const std::string &name, bool isLabel);

/// Labels for `rows` samples: .npy, or text with one line a sample; with tabs (commas in a .csv) several columns, named by a first line if there is
/// one line more than samples. Columns of row ids are left out. Throws InputError naming the file and both counts.
std::vector<Column> readLabels(const std::filesystem::path &file, std::size_t rows);

}  // namespace vitrine::data
