// Lines of a table in any order, by index.
#include "widgets/column_table.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "widgets/format.h"
#include "widgets/theme.h"

namespace vitrine {

void ColumnTable::setColumns(std::shared_ptr<const void> owner, const std::vector<Column> *columns, const std::vector<SampleId> *ids) {
  beginResetModel();
  m_owner = std::move(owner);
  m_columns = columns;
  m_ids = ids;
  m_total = ids != nullptr ? ids->size() : columns == nullptr || columns->empty() ? 0 : columns->front().size();
  m_sortColumn = m_sortColumn < columnCount() ? m_sortColumn : -1;
  rebuild();
  endResetModel();
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
  if (text != m_filter) {
    beginResetModel();
    m_filter = text;
    rebuild();
    endResetModel();
  }
}

void ColumnTable::setOnly(bool on, const std::vector<SampleId> &ids) {
  if (!on && !m_only) {
    return;
  }
  beginResetModel();
  m_only = on;
  m_onlyIds = ids;
  std::sort(m_onlyIds.begin(), m_onlyIds.end());
  rebuild();
  endResetModel();
}

void ColumnTable::rebuild() {
  m_lines.clear();
  const auto matches = [this](std::size_t row) {
    if (m_filter.isEmpty()) {
      return true;
    }
    if (hasIds() && QString::number((*m_ids)[row]).contains(m_filter)) {
      return true;
    }
    return std::any_of(m_columns->begin(), m_columns->end(), [&](const Column &column) {
      return row < column.size() && QString::fromStdString(column.text(row)).contains(m_filter, Qt::CaseInsensitive);
    });
  };
  for (std::size_t row = 0; row < m_total; ++row) {
    const bool wanted = !m_only || (hasIds() && std::binary_search(m_onlyIds.begin(), m_onlyIds.end(), (*m_ids)[row]));
    if (wanted && matches(row)) {
      m_lines.push_back(static_cast<std::uint32_t>(row));
    }
  }
  order();
}

void ColumnTable::order() {
  m_lineOf.clear();
  if (m_sortColumn < 0 || m_columns == nullptr) {
    return;
  }
  // `before` orders ascending; missing values come last in both directions.
  const auto sortBy = [this](auto value, auto missing) {
    const bool up = m_sortOrder == Qt::AscendingOrder;
    std::stable_sort(m_lines.begin(), m_lines.end(), [&](std::uint32_t a, std::uint32_t b) {
      const bool noA = missing(a), noB = missing(b);
      if (noA || noB) {
        return !noA && noB;
      }
      return up ? value(a) < value(b) : value(b) < value(a);
    });
  };
  const int index = m_sortColumn - (hasIds() ? 1 : 0);
  const auto never = [](std::uint32_t) { return false; };
  if (index < 0) {
    sortBy([this](std::uint32_t row) { return (*m_ids)[row]; }, never);
    return;
  }
  const Column &column = (*m_columns)[static_cast<std::size_t>(index)];
  switch (column.kind) {
    case Column::Kind::Number:
      sortBy([&](std::uint32_t row) { return column.numbers[row]; }, [&](std::uint32_t row) { return std::isnan(column.numbers[row]); });
      break;
    case Column::Kind::Category: {
      std::vector<std::int32_t> rank(column.categories.size()), byName(column.categories.size());
      std::iota(byName.begin(), byName.end(), 0);
      std::sort(byName.begin(), byName.end(),
                [&](auto a, auto b) { return column.categories[static_cast<std::size_t>(a)] < column.categories[static_cast<std::size_t>(b)]; });
      for (std::size_t i = 0; i < byName.size(); ++i) {
        rank[static_cast<std::size_t>(byName[i])] = static_cast<std::int32_t>(i);
      }
      sortBy([&](std::uint32_t row) { return rank[static_cast<std::size_t>(column.codes[row])]; }, [&](std::uint32_t row) { return column.codes[row] < 0; });
      break;
    }
    case Column::Kind::Text:
      sortBy([&](std::uint32_t row) -> const std::string & { return column.texts[row]; }, [&](std::uint32_t row) { return column.texts[row].empty(); });
      break;
  }
}

void ColumnTable::sort(int column, Qt::SortOrder direction) {
  Q_EMIT layoutAboutToBeChanged();
  const QModelIndexList before = persistentIndexList();
  std::vector<std::uint32_t> rows;
  for (const auto &index : before) {
    rows.push_back(m_lines[static_cast<std::size_t>(index.row())]);
  }
  m_sortColumn = column;
  m_sortOrder = direction;
  column < 0 ? rebuild() : order();
  if (!before.isEmpty()) {
    std::vector<int> lineOfRow(m_total, -1);
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
  return hasIds() && line >= 0 && static_cast<std::size_t>(line) < m_lines.size() ? (*m_ids)[m_lines[static_cast<std::size_t>(line)]] : -1;
}

int ColumnTable::lineOf(SampleId id) const {
  if (hasIds() && m_lineOf.empty()) {
    for (std::size_t line = 0; line < m_lines.size(); ++line) {
      m_lineOf[(*m_ids)[m_lines[line]]] = static_cast<int>(line);
    }
  }
  const auto found = m_lineOf.find(id);
  return found == m_lineOf.end() ? -1 : found->second;
}

int ColumnTable::rowCount(const QModelIndex &parent) const {
  return parent.isValid() ? 0 : static_cast<int>(m_lines.size());
}

int ColumnTable::columnCount(const QModelIndex &parent) const {
  return parent.isValid() || m_columns == nullptr ? 0 : static_cast<int>(m_columns->size()) + (hasIds() ? 1 : 0);
}

QVariant ColumnTable::data(const QModelIndex &index, int role) const {
  if (!index.isValid() || static_cast<std::size_t>(index.row()) >= m_lines.size()) {
    return {};
  }
  const std::size_t row = m_lines[static_cast<std::size_t>(index.row())];
  if (role == kIdRole) {
    return static_cast<qlonglong>(hasIds() ? (*m_ids)[row] : -1);
  }
  const int position = index.column() - (hasIds() ? 1 : 0);
  if (position < 0) {
    return role == Qt::DisplayRole         ? QVariant(QString::number((*m_ids)[row]))
           : role == Qt::TextAlignmentRole ? QVariant(Qt::AlignRight | Qt::AlignVCenter)
           : role == Qt::ForegroundRole    ? QVariant(theme().secondary)
                                           : QVariant();
  }
  const Column &column = (*m_columns)[static_cast<std::size_t>(position)];
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
  const bool isNumber = position < 0 || (*m_columns)[static_cast<std::size_t>(position)].kind == Column::Kind::Number;
  if (role == Qt::DisplayRole) {
    return position < 0 ? tr("id") : QString::fromStdString((*m_columns)[static_cast<std::size_t>(position)].name);
  }
  return role == Qt::TextAlignmentRole ? QVariant((isNumber ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter) : QVariant();
}

}  // namespace vitrine
