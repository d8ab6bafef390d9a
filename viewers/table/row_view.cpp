// Clicks and keys of the table, its highlights, and its picture.
#include "viewers/table/row_view.h"

#include <algorithm>

#include <QHeaderView>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QStyledItemDelegate>

#include "viewers/figure.h"
#include "widgets/column_table.h"
#include "widgets/selection.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

constexpr int kRow = 24;

/// A bar from the left edge of its cell, below the number.
void paintBar(QPainter &painter, const QRectF &cell, const QVariant &share) {
  if (share.isValid()) {
    QColor colour = theme().accent;
    colour.setAlphaF(0.35F);
    painter.fillRect(QRectF(cell.left() + 2, cell.top() + 4, std::max(1.0, (cell.width() - 4) * share.toDouble()), cell.height() - 8), colour);
  }
}

/// Numbers in tabular monospace; highlights as the shared selection says.
class CellDelegate : public QStyledItemDelegate {
 public:
  explicit CellDelegate(RowView *view) : QStyledItemDelegate(view), m_view(view) {}

 protected:
  void initStyleOption(QStyleOptionViewItem *option, const QModelIndex &index) const override {
    QStyledItemDelegate::initStyleOption(option, index);
    option->font = option->displayAlignment & Qt::AlignRight ? monoFont(9) : uiFont(10);
    option->state.setFlag(QStyle::State_Selected, m_view->rowSelected(index.row()));
    option->state.setFlag(QStyle::State_HasFocus, false);
  }
  void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override {
    paintBar(*painter, option.rect, index.data(ColumnTable::kShareRole));
    QStyledItemDelegate::paint(painter, option, index);
    if (m_view->rowCurrent(index.row())) {
      painter->fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1), theme().accent);
      painter->fillRect(QRect(option.rect.left(), option.rect.top(), option.rect.width(), 1), theme().accent);
    }
  }

 private:
  RowView *m_view;
};

}  // namespace

RowView::RowView(ColumnTable *table, QWidget *parent) : QTableView(parent), m_table(table) {
  setModel(table);
  setItemDelegate(new CellDelegate(this));
  setSelectionMode(QAbstractItemView::NoSelection);
  setEditTriggers(QAbstractItemView::NoEditTriggers);
  setFrameShape(QFrame::NoFrame);
  setShowGrid(false);
  setWordWrap(false);
  setMouseTracking(true);
  setTabKeyNavigation(false);
  setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
  verticalHeader()->hide();
  verticalHeader()->setMinimumSectionSize(kRow);
  verticalHeader()->setDefaultSectionSize(kRow);
  verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
  horizontalHeader()->setHighlightSections(false);
  horizontalHeader()->setSortIndicatorClearable(true);
  horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
  horizontalHeader()->setResizeContentsPrecision(40);
  setSortingEnabled(true);
  setAccessibleName(tr("Table"));
}

void RowView::setSelection(Selection *selection, bool hasIds) {
  if (m_selection != nullptr) {
    m_selection->disconnect(this);
  }
  m_selection = selection;
  m_anchor = -1;
  setColumnHidden(0, !hasIds);
  if (selection != nullptr) {
    connect(selection, &Selection::changed, viewport(), qOverload<>(&QWidget::update));
    connect(selection, &Selection::currentChanged, this, [this](SampleId id) {
      scrollToSample(id);
      viewport()->update();
    });
  }
}

bool RowView::rowSelected(int line) const {
  return m_selection != nullptr && m_selection->contains(m_table->idAt(line));
}

bool RowView::rowCurrent(int line) const {
  return m_selection != nullptr && m_selection->current() >= 0 && m_selection->current() == m_table->idAt(line);
}

void RowView::scrollToSample(SampleId id) {
  const int line = m_table->lineOf(id);
  if (line >= 0) {
    const int column = std::max(0, columnAt(0));
    setCurrentIndex(m_table->index(line, column));
    scrollTo(m_table->index(line, column));
  }
}

std::vector<SampleId> RowView::idsBetween(int from, int to) const {
  std::vector<SampleId> ids;
  for (int line = std::max(0, std::min(from, to)); line <= std::max(from, to); ++line) {
    ids.push_back(m_table->idAt(line));
  }
  return ids;
}

void RowView::pick(int line, Qt::KeyboardModifiers modifiers) {
  const SampleId id = m_table->idAt(line);
  if (m_selection == nullptr || id < 0) {
    return;
  }
  SelectMode mode = selectMode(modifiers);
  const bool range = modifiers.testFlag(Qt::ShiftModifier) && m_anchor >= 0 && m_anchor < m_table->rowCount();
  if (mode == SelectMode::Subtract && !m_selection->contains(id)) {
    mode = SelectMode::Add;  // Ctrl on a row that is not selected: what every table does
  }
  m_selection->apply(idsBetween(range ? m_anchor : line, line), mode);
  m_anchor = range ? m_anchor : line;
  m_selection->setCurrent(id);
}

void RowView::mousePressEvent(QMouseEvent *event) {
  const int line = rowAt(static_cast<int>(event->position().y()));
  if (event->button() == Qt::LeftButton && line >= 0) {
    pick(line, event->modifiers());
    setCurrentIndex(m_table->index(line, std::max(0, columnAt(static_cast<int>(event->position().x())))));
    return;
  }
  QTableView::mousePressEvent(event);
}

void RowView::mouseMoveEvent(QMouseEvent *event) {
  if (m_selection != nullptr) {
    m_selection->setHovered(m_table->idAt(rowAt(static_cast<int>(event->position().y()))));
  }
}

void RowView::leaveEvent(QEvent *event) {
  if (m_selection != nullptr) {
    m_selection->setHovered(-1);
  }
  QTableView::leaveEvent(event);
}

void RowView::keyPressEvent(QKeyEvent *event) {
  if (m_selection == nullptr || m_table->rowCount() == 0) {
    return QTableView::keyPressEvent(event);
  }
  if (event->matches(QKeySequence::SelectAll)) {
    m_selection->apply(idsBetween(0, m_table->rowCount() - 1), SelectMode::Replace);
    return;
  }
  const int before = currentIndex().row();
  if (event->key() == Qt::Key_Space && before >= 0) {
    const SampleId id = m_table->idAt(before);
    m_selection->apply({id}, m_selection->contains(id) ? SelectMode::Subtract : SelectMode::Add);
    return;
  }
  QTableView::keyPressEvent(event);
  const int line = currentIndex().row();
  if (line >= 0 && line != before) {
    if (event->modifiers().testFlag(Qt::ShiftModifier)) {
      m_selection->apply(idsBetween(before < 0 ? line : before, line), SelectMode::Add);
    }
    m_selection->setCurrent(m_table->idAt(line));
  }
}

void RowView::paintTable(QPainter &painter, const QRectF &area) const {
  const double ratio = painter.device()->devicePixelRatioF(), head = 28;
  const int first = std::max(0, columnAt(0));
  const double firstX = columnViewportPosition(first);
  painter.setClipRect(area);
  double x = area.left() + firstX;
  for (int column = first; column < m_table->columnCount() && x < area.right(); ++column) {
    const QRectF cell = QRectF(x, area.top(), columnWidth(column), head).adjusted(8, 0, -8, 0);
    painter.setFont(uiFont(9));
    painter.setPen(theme().secondary);
    if (!isColumnHidden(column)) {
      const int align = m_table->headerData(column, Qt::Horizontal, Qt::TextAlignmentRole).toInt();
      painter.drawText(cell, align,
                       painter.fontMetrics().elidedText(m_table->headerData(column, Qt::Horizontal, Qt::DisplayRole).toString(), Qt::ElideRight,
                                                        static_cast<int>(cell.width())));
      x += columnWidth(column);
    }
  }
  painter.fillRect(QRectF(area.left(), snapped(area.top() + head - 1 / ratio, ratio), area.width(), 1 / ratio), theme().hairline);
  for (int line = firstLine(), i = 0; line < m_table->rowCount(); ++line, ++i) {
    const QRectF place(area.left(), area.top() + head + i * kRow, area.width(), kRow);
    if (place.top() > area.bottom()) {
      break;
    }
    paintRow(painter, place, line, firstX, first);
  }
}

void RowView::paintRow(QPainter &painter, const QRectF &place, int line, double firstX, int firstColumn) const {
  if (rowSelected(line)) {
    painter.fillRect(place, palette().color(QPalette::Highlight));
  }
  double x = place.left() + firstX;
  for (int column = firstColumn; column < m_table->columnCount() && x < place.right(); ++column) {
    if (isColumnHidden(column)) {
      continue;
    }
    const QModelIndex index = m_table->index(line, column);
    const QRectF cell = QRectF(x, place.top(), columnWidth(column), place.height()).adjusted(8, 0, -8, 0);
    const int align = m_table->data(index, Qt::TextAlignmentRole).toInt();
    const QVariant colour = m_table->data(index, Qt::ForegroundRole);
    paintBar(painter, QRectF(x, place.top(), columnWidth(column), place.height()), m_table->data(index, ColumnTable::kShareRole));
    painter.setFont(align & Qt::AlignRight ? monoFont(9) : uiFont(10));
    painter.setPen(colour.isValid() ? colour.value<QColor>() : theme().text);
    painter.drawText(cell, align,
                     painter.fontMetrics().elidedText(m_table->data(index, Qt::DisplayRole).toString(), Qt::ElideRight, static_cast<int>(cell.width())));
    x += columnWidth(column);
  }
}

}  // namespace vitrine
