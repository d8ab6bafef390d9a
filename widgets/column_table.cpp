// Lines of a table in any order, by index.
#include "widgets/column_table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <QAbstractEventDispatcher>
#include <QPointer>
#include <QThreadPool>

#include "widgets/format.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

constexpr std::size_t kAtOnce = 20'000;  ///< rows that are filtered and sorted within a few milliseconds

/// `before` orders ascending; missing values come last in both directions.
template <class Value, class Missing>
void sortBy(std::vector<std::uint32_t> &lines, bool up, Value value, Missing missing) {
  std::stable_sort(lines.begin(), lines.end(), [&](std::uint32_t a, std::uint32_t b) {
    const bool noA = missing(a), noB = missing(b);
    if (noA || noB) {
      return !noA && noB;
    }
    return up ? value(a) < value(b) : value(b) < value(a);
  });
}

void sortByColumn(std::vector<std::uint32_t> &lines, bool up, const Column &column) {
  switch (column.kind) {
    case Column::Kind::Number:
      sortBy(
          lines, up, [&](std::uint32_t row) { return column.numbers[row]; }, [&](std::uint32_t row) { return std::isnan(column.numbers[row]); });
      break;
    case Column::Kind::Category: {
      std::vector<std::int32_t> rank(column.categories.size()), byName(column.categories.size());
      std::iota(byName.begin(), byName.end(), 0);
      std::sort(byName.begin(), byName.end(),
                [&](auto a, auto b) { return column.categories[static_cast<std::size_t>(a)] < column.categories[static_cast<std::size_t>(b)]; });
      for (std::size_t i = 0; i < byName.size(); ++i) {
        rank[static_cast<std::size_t>(byName[i])] = static_cast<std::int32_t>(i);
      }
      const auto value = [&](std::uint32_t row) { return rank[static_cast<std::size_t>(column.codes[row])]; };
      sortBy(lines, up, value, [&](std::uint32_t row) { return column.codes[row] < 0; });
      break;
    }
    case Column::Kind::Text: {
      const auto value = [&](std::uint32_t row) -> const std::string & { return column.texts[row]; };
      sortBy(lines, up, value, [&](std::uint32_t row) { return column.texts[row].empty(); });
      break;
    }
  }
}

}  // namespace

bool ColumnTable::Query::matches(std::size_t row) const {
  if (only && (ids == nullptr || !std::binary_search(onlyIds.begin(), onlyIds.end(), (*ids)[row]))) {
    return false;
  }
  if (filter.isEmpty() || (ids != nullptr && QString::number((*ids)[row]).contains(filter))) {
    return true;
  }
  return std::any_of(columns->begin(), columns->end(), [&](const Column &column) {
    return row < column.size() && QString::fromStdString(column.text(row)).contains(filter, Qt::CaseInsensitive);
  });
}

std::vector<std::uint32_t> ColumnTable::Query::lines() const {
  std::vector<std::uint32_t> found;
  for (std::size_t row = 0; row < total; ++row) {
    if (matches(row)) {
      found.push_back(static_cast<std::uint32_t>(row));
    }
  }
  const int index = sortColumn - (ids != nullptr ? 1 : 0);
  if (sortColumn < 0 || columns == nullptr) {
    return found;
  }
  if (index < 0) {
    sortBy(
        found, up, [this](std::uint32_t row) { return (*ids)[row]; }, [](std::uint32_t) { return false; });
  } else {
    sortByColumn(found, up, (*columns)[static_cast<std::size_t>(index)]);
  }
  return found;
}

void ColumnTable::setColumns(std::shared_ptr<const void> owner, const std::vector<Column> *columns, const std::vector<SampleId> *ids) {
  beginResetModel();
  m_largest.clear();
  m_query.owner = std::move(owner);
  m_query.columns = columns;
  m_query.ids = ids;
  m_query.total = ids != nullptr ? ids->size() : columns == nullptr || columns->empty() ? 0 : columns->front().size();
  m_query.sortColumn = m_query.sortColumn < columnCount() ? m_query.sortColumn : -1;
  m_lineOf.clear();
  m_lines.resize(m_query.total);  // as they are, until filter and order are applied
  std::iota(m_lines.begin(), m_lines.end(), 0U);
  endResetModel();
  apply();
}

void ColumnTable::setTable(std::shared_ptr<const Payload> payload) {
  const auto *table = std::get_if<Table>(payload.get());
  setColumns(std::move(payload), table == nullptr ? nullptr : &table->columns, table == nullptr ? nullptr : table->ids.get());
}

void ColumnTable::setDataset(std::shared_ptr<const Dataset> dataset) {
  const Dataset *data = dataset.get();
  setColumns(std::move(dataset), data == nullptr ? nullptr : &data->columns(), data == nullptr ? nullptr : &data->ids());
}

void ColumnTable::setFilter(const QString &text) {
  if (text != m_query.filter) {
    m_query.filter = text;
    apply();
  }
}

void ColumnTable::setOnly(bool on, const std::vector<SampleId> &ids) {
  if (!on && !m_query.only) {
    return;
  }
  m_query.only = on;
  m_query.onlyIds = ids;
  std::sort(m_query.onlyIds.begin(), m_query.onlyIds.end());
  apply();
}

void ColumnTable::sort(int column, Qt::SortOrder direction) {
  m_query.sortColumn = column;
  m_query.up = direction == Qt::AscendingOrder;
  apply();
}

/// Few rows at once; many on another thread, and only the newest question is answered.
void ColumnTable::apply() {
  const int request = ++m_request;
  const bool plain = m_query.filter.isEmpty() && !m_query.only && m_query.sortColumn < 0;
  if (m_query.total <= kAtOnce || plain) {
    take(m_query.lines());
    return;
  }
  QThreadPool::globalInstance()->start([query = m_query, request, guard = QPointer<ColumnTable>(this), home = thread()] {
    auto lines = std::make_shared<std::vector<std::uint32_t>>(query.lines());
    QMetaObject::invokeMethod(QAbstractEventDispatcher::instance(home), [lines, request, guard] {
      if (guard != nullptr && guard->m_request == request) {
        guard->take(std::move(*lines));
      }
    });
  });
}

void ColumnTable::take(std::vector<std::uint32_t> lines) {
  m_lineOf.clear();
  if (lines.size() != m_lines.size()) {
    beginResetModel();
    m_lines = std::move(lines);
    endResetModel();
    return;
  }
  Q_EMIT layoutAboutToBeChanged();
  const QModelIndexList before = persistentIndexList();
  std::vector<std::uint32_t> rows;
  for (const auto &index : before) {
    rows.push_back(m_lines[static_cast<std::size_t>(index.row())]);
  }
  m_lines = std::move(lines);
  if (!before.isEmpty()) {
    std::vector<int> lineOfRow(m_query.total, -1);
    for (std::size_t line = 0; line < m_lines.size(); ++line) {
      lineOfRow[m_lines[line]] = static_cast<int>(line);
    }
    QModelIndexList after;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      after.push_back(index(lineOfRow[rows[i]], before[static_cast<qsizetype>(i)].column()));
    }
    changePersistentIndexList(before, after);
  }
  Q_EMIT layoutChanged();
}

SampleId ColumnTable::idAt(int line) const {
  return hasIds() && line >= 0 && static_cast<std::size_t>(line) < m_lines.size() ? (*m_query.ids)[m_lines[static_cast<std::size_t>(line)]] : -1;
}

int ColumnTable::lineOf(SampleId id) const {
  if (hasIds() && m_lineOf.empty()) {
    for (std::size_t line = 0; line < m_lines.size(); ++line) {
      m_lineOf[(*m_query.ids)[m_lines[line]]] = static_cast<int>(line);
    }
  }
  const auto found = m_lineOf.find(id);
  return found == m_lineOf.end() ? -1 : found->second;
}

int ColumnTable::rowCount(const QModelIndex &parent) const {
  return parent.isValid() ? 0 : static_cast<int>(m_lines.size());
}

int ColumnTable::columnCount(const QModelIndex &parent) const {
  return parent.isValid() || m_query.columns == nullptr ? 0 : static_cast<int>(m_query.columns->size()) + (hasIds() ? 1 : 0);
}

void ColumnTable::setBars(const std::vector<std::string> &names) {
  m_largest.assign(m_query.columns == nullptr ? 0 : m_query.columns->size(), 0);
  for (std::size_t i = 0; i < m_largest.size(); ++i) {
    const Column &column = (*m_query.columns)[i];
    if (std::ranges::find(names, column.name) != names.end()) {
      for (const double value : column.numbers) {
        m_largest[i] = std::max(m_largest[i], value);  // NaN compares false
      }
    }
  }
}

QVariant ColumnTable::data(const QModelIndex &index, int role) const {
  if (!index.isValid() || static_cast<std::size_t>(index.row()) >= m_lines.size()) {
    return {};
  }
  const std::size_t row = m_lines[static_cast<std::size_t>(index.row())];
  if (role == kIdRole) {
    return static_cast<qlonglong>(hasIds() ? (*m_query.ids)[row] : -1);
  }
  const int position = index.column() - (hasIds() ? 1 : 0);
  if (position < 0) {
    return role == Qt::DisplayRole         ? QVariant(QString::number((*m_query.ids)[row]))
           : role == Qt::TextAlignmentRole ? QVariant(Qt::AlignRight | Qt::AlignVCenter)
           : role == Qt::ForegroundRole    ? QVariant(theme().secondary)
                                           : QVariant();
  }
  const auto place = static_cast<std::size_t>(position);
  if (role == kShareRole) {
    const double largest = place < m_largest.size() ? m_largest[place] : 0;
    const double share = largest > 0 ? (*m_query.columns)[place].numbers[row] / largest : std::nan("");
    return std::isnan(share) ? QVariant() : QVariant(std::clamp(share, 0.0, 1.0));
  }
  const Column &column = (*m_query.columns)[static_cast<std::size_t>(position)];
  const bool isNumber = column.kind == Column::Kind::Number;
  if (row >= column.size()) {
    return {};
  }
  switch (role) {
    case Qt::DisplayRole:
      return isNumber ? (std::isnan(column.numbers[row]) ? QString() : number(column.numbers[row])) : QString::fromStdString(column.text(row));
    case Qt::ToolTipRole: return isNumber ? QString::number(column.numbers[row], 'g', 12) : QString::fromStdString(column.text(row));
    case Qt::TextAlignmentRole: return isNumber ? QVariant(Qt::AlignRight | Qt::AlignVCenter) : QVariant(Qt::AlignLeft | Qt::AlignVCenter);
    default: return {};
  }
}

QVariant ColumnTable::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation == Qt::Vertical) {
    return role == Qt::DisplayRole ? QVariant(section + 1) : QVariant();
  }
  const int position = section - (hasIds() ? 1 : 0);
  const bool isNumber = position < 0 || (*m_query.columns)[static_cast<std::size_t>(position)].kind == Column::Kind::Number;
  if (role == Qt::DisplayRole) {
    return position < 0 ? tr("id") : QString::fromStdString((*m_query.columns)[static_cast<std::size_t>(position)].name);
  }
  return role == Qt::TextAlignmentRole ? QVariant((isNumber ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter) : QVariant();
}

}  // namespace vitrine
