// Roles, preview cells and their colours; counting the lines of a file that may be large.
#include "app/gui/dialogs/import_model.h"

#include <cmath>
#include <fstream>

#include <QComboBox>
#include <QPainter>
#include <QTimer>

#include "data/columns.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

bool isUsable(const std::string &cell) {
  const auto number = data::numberIn(cell);
  return number && std::isfinite(*number);
}

}  // namespace

LineCount countLines(const std::filesystem::path &file, std::size_t limit) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    throw InputError(file.string(), "cannot be read");
  }
  std::vector<char> block(std::size_t{1} << 20);
  std::size_t lines = 0, seen = 0;
  bool quoted = false, text = false;
  while (seen < limit && in) {
    in.read(block.data(), static_cast<std::streamsize>(block.size()));
    const auto got = static_cast<std::size_t>(in.gcount());
    if (seen == 0 && got > 1 && block[0] == '\x1f' && block[1] == '\x8b') {
      return {};  // gzip: the lines are known when it is read
    }
    for (std::size_t i = 0; i < got; ++i) {
      const char c = block[i];
      quoted = quoted != (c == '"');
      if (c == '\n' && !quoted) {
        lines += text ? 1 : 0;
        text = false;
      } else if (c != '\r') {
        text = true;
      }
    }
    seen += got;
  }
  if (in && in.peek() != std::ifstream::traits_type::eof()) {
    const auto size = static_cast<double>(std::filesystem::file_size(file));
    return {static_cast<std::size_t>(static_cast<double>(lines) * size / static_cast<double>(seen)), false};
  }
  return {lines + (text ? 1 : 0), true};
}

void PreviewModel::setPreview(data::TablePreview preview) {
  beginResetModel();
  m_preview = std::move(preview);
  m_roles.clear();
  for (std::size_t i = 0; i < m_preview.names.size(); ++i) {
    const bool number = i < m_preview.numeric.size() && m_preview.numeric[i];
    const bool beside = data::isLabelName(m_preview.names[i]) || data::isRowName(m_preview.names[i]);
    ColumnRole role = number && !beside ? ColumnRole::Value : ColumnRole::Label;
    for (const auto &[name, chosen] : m_chosen) {
      role = name == m_preview.names[i] ? chosen : role;
    }
    m_roles.push_back(role);
  }
  endResetModel();
  Q_EMIT rolesChanged();
}

void PreviewModel::setRole(int column, ColumnRole role) {
  const auto at = static_cast<std::size_t>(column);
  if (m_roles[at] == role) {
    return;
  }
  m_roles[at] = role;
  m_chosen.emplace_back(m_preview.names[at], role);
  Q_EMIT dataChanged(index(0, column), index(rowCount() - 1, column));
  Q_EMIT rolesChanged();
}

QStringList PreviewModel::names(ColumnRole role) const {
  QStringList result;
  for (std::size_t i = 0; i < m_roles.size(); ++i) {
    if (m_roles[i] == role) {
      result << QString::fromStdString(m_preview.names[i]);
    }
  }
  return result;
}

QString PreviewModel::fault() const {
  for (int column = 0; column < columnCount(); ++column) {
    const QString name = QString::fromStdString(m_preview.names[static_cast<std::size_t>(column)]);
    for (int row = 1; row < rowCount(); ++row) {
      if (wrong(row, column)) {
        const QString cell = data(index(row, column), Qt::DisplayRole).toString().left(40);
        const QString what = cell.isEmpty() ? tr("is empty") : tr("holds “%1”").arg(cell);
        return tr("Row %1 of the data %2 in column %3, “%4”: every sample needs a finite number. Make the column a label, or ignore it.")
            .arg(row)
            .arg(what)
            .arg(column + 1)
            .arg(name);
      }
    }
    if (role(column) == ColumnRole::Value && !m_preview.numeric[static_cast<std::size_t>(column)]) {
      return tr("Column %1, “%2”, does not hold numbers. Make it a label, or ignore it.").arg(column + 1).arg(name);
    }
  }
  return {};
}

bool PreviewModel::wrong(int row, int column) const {
  const auto &cells = m_preview.rows[static_cast<std::size_t>(row - 1)];
  return role(column) == ColumnRole::Value && static_cast<std::size_t>(column) < cells.size() && !isUsable(cells[static_cast<std::size_t>(column)]);
}

int PreviewModel::rowCount(const QModelIndex &parent) const {
  return parent.isValid() || m_roles.empty() ? 0 : static_cast<int>(m_preview.rows.size()) + 1;
}

int PreviewModel::columnCount(const QModelIndex &parent) const {
  return parent.isValid() ? 0 : static_cast<int>(m_roles.size());
}

QVariant PreviewModel::data(const QModelIndex &index, int what) const {
  const ColumnRole columnRole = role(index.column());
  if (index.row() == 0) {
    return what == Qt::DisplayRole || what == Qt::AccessibleTextRole ? QVariant(RoleDelegate::text(columnRole))
           : what == Qt::EditRole                                    ? QVariant(static_cast<int>(columnRole))
                                                                     : QVariant();
  }
  const auto &cells = m_preview.rows[static_cast<std::size_t>(index.row() - 1)];
  switch (what) {
    case Qt::DisplayRole:
      return static_cast<std::size_t>(index.column()) < cells.size() ? QString::fromStdString(cells[static_cast<std::size_t>(index.column())]) : QString();
    case Qt::ForegroundRole: return columnRole == ColumnRole::Ignore ? theme().secondary : wrong(index.row(), index.column()) ? theme().error : theme().text;
    case Qt::FontRole: {
      QFont font = uiFont(10);
      font.setStrikeOut(columnRole == ColumnRole::Ignore);
      return font;
    }
    case Qt::TextAlignmentRole: return static_cast<int>(Qt::AlignVCenter | (columnRole == ColumnRole::Value ? Qt::AlignRight : Qt::AlignLeft));
    default: return {};
  }
}

QVariant PreviewModel::headerData(int section, Qt::Orientation orientation, int what) const {
  if (what == Qt::TextAlignmentRole) {
    return static_cast<int>(Qt::AlignVCenter | (orientation == Qt::Vertical ? Qt::AlignRight : Qt::AlignLeft));
  }
  if (what != Qt::DisplayRole) {
    return {};
  }
  if (orientation == Qt::Vertical) {
    return section == 0 ? QString() : QString::number(section);
  }
  return QString::fromStdString(m_preview.names[static_cast<std::size_t>(section)]);
}

Qt::ItemFlags PreviewModel::flags(const QModelIndex &index) const {
  return Qt::ItemIsSelectable | Qt::ItemIsEnabled | (index.row() == 0 ? Qt::ItemIsEditable : Qt::NoItemFlags);
}

QString RoleDelegate::text(ColumnRole role) {
  return role == ColumnRole::Value ? tr("value") : role == ColumnRole::Label ? tr("label") : tr("ignore");
}

void RoleDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const {
  if (index.row() != 0) {
    QStyledItemDelegate::paint(painter, option, index);
    return;
  }
  const auto role = static_cast<ColumnRole>(index.data(Qt::EditRole).toInt());
  const Theme &t = theme();
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  const QRectF box = QRectF(option.rect).adjusted(3.5, 3.5, -3.5, -3.5);
  painter->setPen(QPen(option.state & QStyle::State_HasFocus ? t.accent : t.hairline, 1));
  painter->setBrush(option.state & QStyle::State_Selected ? option.palette.highlight().color() : t.raised);
  painter->drawRoundedRect(box, 4, 4);
  painter->setFont(uiFont(9));
  painter->setPen(role == ColumnRole::Ignore ? t.secondary : t.text);
  painter->drawText(box.adjusted(8, 0, -20, 0), Qt::AlignVCenter | Qt::AlignLeft, text(role));
  icon(QStringLiteral("down")).paint(painter, QRectF(box.right() - 18, box.center().y() - 6, 12, 12).toRect());
  painter->restore();
}

QWidget *RoleDelegate::createEditor(QWidget *parent, const QStyleOptionViewItem &, const QModelIndex &) const {
  auto *box = new QComboBox(parent);
  for (const auto role : {ColumnRole::Value, ColumnRole::Label, ColumnRole::Ignore}) {
    box->addItem(text(role));
  }
  connect(box, &QComboBox::activated, this, [this, box] {
    auto *self = const_cast<RoleDelegate *>(this);
    Q_EMIT self->commitData(box);
    Q_EMIT self->closeEditor(box);
  });
  QTimer::singleShot(0, box, &QComboBox::showPopup);
  return box;
}

void RoleDelegate::setEditorData(QWidget *editor, const QModelIndex &index) const {
  static_cast<QComboBox *>(editor)->setCurrentIndex(index.data(Qt::EditRole).toInt());
}

void RoleDelegate::setModelData(QWidget *editor, QAbstractItemModel *model, const QModelIndex &index) const {
  static_cast<PreviewModel *>(model)->setRole(index.column(), static_cast<ColumnRole>(static_cast<QComboBox *>(editor)->currentIndex()));
}

}  // namespace vitrine
