// Splitting text into rows and cells.
#include "data/table_rows.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "core/error.h"

namespace vitrine::data {

namespace {

std::string_view stripped(std::string_view cell) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  while (!cell.empty() && blank(cell.front())) {
    cell.remove_prefix(1);
  }
  while (!cell.empty() && blank(cell.back())) {
    cell.remove_suffix(1);
  }
  return cell;
}

}  // namespace

RowReader::RowReader(std::string_view text, char separator, std::string where, Blank blank)
    : m_text(text), m_separator(separator), m_newline('\n'), m_where(std::move(where)), m_blank(blank) {
  if (m_text.starts_with("\xEF\xBB\xBF")) {
    m_text.remove_prefix(3);
  }
  if (m_text.find('\n') == std::string_view::npos) {
    m_newline = '\r';  // files of old Macs
  }
}

void RowReader::put(std::vector<std::string_view> &cells, std::string_view cell) const {
  if (cells.size() == kMostCells) {
    throw InputError(m_where + ":" + std::to_string(m_rowLine), "has more than " + std::to_string(kMostCells) + " cells");
  }
  cells.push_back(cell);
}

void RowReader::plainRow(std::string_view row, std::vector<std::string_view> &cells) const {
  if (m_separator == ' ') {
    for (std::size_t at = row.find_first_not_of(" \t\r"); at != std::string_view::npos;) {
      const std::size_t end = std::min(row.find_first_of(" \t\r", at), row.size());
      put(cells, row.substr(at, end - at));
      at = row.find_first_not_of(" \t\r", end);
    }
    return;
  }
  for (;;) {
    const void *found = row.empty() ? nullptr : std::memchr(row.data(), m_separator, row.size());
    const std::size_t end = found == nullptr ? row.size() : static_cast<std::size_t>(static_cast<const char *>(found) - row.data());
    put(cells, stripped(row.substr(0, end)));
    if (found == nullptr) {
      return;
    }
    row.remove_prefix(end + 1);
  }
}

/// From the opening quote to after the closing one.
std::string_view RowReader::quotedCell() {
  const std::size_t openedAt = m_line, begin = ++m_at;
  std::string copy;
  bool copied = false;
  for (std::size_t from = begin;;) {
    const std::size_t quote = m_text.find('"', from);
    if (quote == std::string_view::npos) {
      throw InputError(m_where + ":" + std::to_string(openedAt), "a quote (\") opens here and never closes");
    }
    m_line += static_cast<std::size_t>(
        std::count(m_text.begin() + static_cast<std::ptrdiff_t>(from), m_text.begin() + static_cast<std::ptrdiff_t>(quote), m_newline));
    const bool doubled = quote + 1 < m_text.size() && m_text[quote + 1] == '"';
    if (!doubled && !copied) {
      m_at = quote + 1;
      return m_text.substr(begin, quote - begin);
    }
    copy.append(m_text.substr(from, quote - from));
    copied = true;
    if (!doubled) {
      m_at = quote + 1;
      m_scratch.push_back(std::move(copy));
      return m_scratch.back();
    }
    copy += '"';
    from = quote + 2;
  }
}

void RowReader::quotedRow(std::vector<std::string_view> &cells) {
  const std::string ends = {m_separator, m_separator == ' ' ? '\t' : m_separator, m_newline};
  const std::string_view blanks = m_separator == '\t' ? " \r" : " \t\r";
  for (;;) {
    m_at = std::min(m_text.find_first_not_of(m_newline == '\r' ? blanks.substr(0, blanks.size() - 1) : blanks, m_at), m_text.size());
    const std::size_t begin = m_at;
    const bool quoted = m_at < m_text.size() && m_text[m_at] == '"';
    const bool rowEnds = m_at == m_text.size() || m_text[m_at] == m_newline;
    const std::string_view inQuotes = quoted ? quotedCell() : std::string_view();
    const std::size_t end = std::min(m_text.find_first_of(ends, m_at), m_text.size());
    if (!(rowEnds && m_separator == ' ')) {
      const bool whole = quoted && stripped(m_text.substr(m_at, end - m_at)).empty();
      put(cells, whole ? inQuotes : stripped(m_text.substr(begin, end - begin)));  // text after a closing quote: then the quotes are text too
    }
    m_at = end;
    if (m_at == m_text.size()) {
      return;
    }
    if (m_text[m_at++] == m_newline) {
      ++m_line;
      return;
    }
  }
}

bool RowReader::next(std::vector<std::string_view> &cells) {
  m_scratch.clear();
  while (m_at < m_text.size()) {
    cells.clear();
    m_rowLine = m_line;
    const std::size_t end = std::min(m_text.find(m_newline, m_at), m_text.size());
    const std::string_view row = m_text.substr(m_at, end - m_at);
    if (row.find('"') == std::string_view::npos) {
      plainRow(row, cells);
      m_at = std::min(end + 1, m_text.size());
      ++m_line;
    } else {
      quotedRow(cells);
    }
    const bool blank = cells.empty() || (cells.size() == 1 && cells[0].empty());
    if (blank && m_blank == Blank::Keep) {
      cells.assign(1, {});
    }
    if (!blank || m_blank == Blank::Keep) {
      return true;
    }
  }
  return false;
}

Layout findLayout(std::string_view head, char wanted) {
  constexpr std::size_t kRows = 100;
  Layout best;
  double bestShare = 0;
  for (const char separator : {'\t', ';', ',', ' '}) {
    if (wanted != 0 && separator != wanted) {
      continue;
    }
    std::map<std::size_t, std::size_t> rowsOf;  // by their number of cells
    std::size_t rows = 0;
    std::vector<std::string_view> cells;
    try {
      for (RowReader reader(head, separator, ""); rows < kRows && reader.next(cells); ++rows) {
        ++rowsOf[cells.size()];
      }
    } catch (const InputError &) {
      // A quote that the head cuts off, or no table at all; what came before is enough to judge by.
    }
    const auto most = std::ranges::max_element(rowsOf, {}, [](const auto &entry) { return entry.second; });
    if (most == rowsOf.end()) {
      continue;
    }
    const double share = static_cast<double>(most->second) / static_cast<double>(rows);
    const bool splits = most->first > 1 || wanted != 0;
    if (share >= 0.5 && share > bestShare && splits && (separator != ' ' || best.separator == 0)) {
      best = {separator, most->first};
      bestShare = share;
    } else if (share >= 0.5 && separator == ' ' && best.separator == 0) {
      best = {',', 1};  // one cell a line
    }
  }
  return best;
}

}  // namespace vitrine::data
