// Rows and cells of CSV, TSV and their like (RFC 4180 quoting), in one pass over the text without copying it.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace vitrine::data {

/// Separators: ',' ';' '\t', or ' ' for any run of blanks. Cells are stripped of blanks around them, lines may end in CRLF, LF or CR; a byte order
/// mark is skipped.
class RowReader {
 public:
  enum class Blank { Skip, Keep };  ///< lines without a cell
  RowReader(std::string_view text, char separator, std::string where, Blank blank = Blank::Skip);

  /// The next row; its views live until the call after. false at the end. Throws InputError with the line for a quote without end and for more than
  /// kMostCells cells.
  bool next(std::vector<std::string_view> &cells);
  std::size_t line() const { return m_rowLine; }  ///< where the last row began, from 1

  static constexpr std::size_t kMostCells = 100'000;

 private:
  void plainRow(std::string_view row, std::vector<std::string_view> &cells) const;
  void quotedRow(std::vector<std::string_view> &cells);
  std::string_view quotedCell();
  void put(std::vector<std::string_view> &cells, std::string_view cell) const;

  std::string_view m_text;
  char m_separator, m_newline;
  std::string m_where;
  Blank m_blank;
  std::size_t m_at = 0, m_line = 1, m_rowLine = 0;
  std::deque<std::string> m_scratch;  ///< cells that hold "" and so are not as in the file
};

/// The separator that gives the first lines the same number of cells; `cells` is that number. 0 if no separator does: not a table.
struct Layout {
  char separator = 0;
  std::size_t cells = 0;
};
Layout findLayout(std::string_view head, char wanted);

}  // namespace vitrine::data
