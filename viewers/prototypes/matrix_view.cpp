#include "viewers/prototypes/matrix_view.h"

#include <algorithm>
#include <cmath>

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include "widgets/theme.h"

namespace vitrine {

namespace {

constexpr double kMargin = 12, kMostNames = 130, kMostWidth = 72, kMostHeight = 30, kLine = 18;

}  // namespace

MatrixView::MatrixView(const QString &name, QWidget *parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setAccessibleName(name);
  setMinimumSize(160, 120);
}

void MatrixView::setPicture(MatrixPicture picture) {
  m_picture = std::move(picture);
  m_cursor = m_cursor < static_cast<int>(m_picture.cells.size()) ? m_cursor : -1;
  update();
}

MatrixView::Layout MatrixView::layoutIn(const QRectF &area) const {
  Layout layout;
  const QFontMetricsF metrics(uiFont(9));
  const QRectF room(0, 0, area.width() - 2 * kMargin, 10'000);
  layout.heading = m_picture.heading.isEmpty() ? 0 : metrics.boundingRect(room, Qt::TextWordWrap, m_picture.heading).height() + 8;
  const auto longest = [&](const QStringList &texts) {
    double most = 0;
    std::ranges::for_each(texts, [&](const QString &text) { most = std::max(most, metrics.horizontalAdvance(text)); });
    return most;
  };
  layout.names = std::min({longest(m_picture.rows) + 24, kMostNames, 0.35 * area.width()});
  layout.width = std::min(kMostWidth, (area.width() - 2 * kMargin - layout.names) / std::max<double>(1, static_cast<double>(m_picture.columns.size())));
  const double widest = longest(m_picture.columns) + 6;
  layout.head = widest <= layout.width ? kLine : std::min(widest, 80.0);  // names that do not fit stand upright
  const double left = area.height() - 2 * kMargin - layout.heading - layout.head;
  layout.height = std::min(kMostHeight, left / std::max<double>(1, static_cast<double>(m_picture.rows.size())));
  return layout;
}

QRectF MatrixView::cellIn(const QRectF &area, const Layout &layout, std::size_t row, std::size_t column) const {
  return {area.left() + kMargin + layout.names + static_cast<double>(column) * layout.width,
          area.top() + kMargin + layout.heading + layout.head + static_cast<double>(row) * layout.height, layout.width, layout.height};
}

QRectF MatrixView::cell(std::size_t row, std::size_t column) const {
  return cellIn(rect(), layoutIn(rect()), row, column);
}

void MatrixView::paint(QPainter &painter, const QRectF &area) const {
  const Layout layout = layoutIn(area);
  painter.setFont(uiFont(9));
  const QFontMetricsF metrics(painter.font(), painter.device());
  painter.setPen(theme().secondary);
  painter.drawText(QRectF(area.left() + kMargin, area.top() + kMargin, area.width() - 2 * kMargin, layout.heading), Qt::TextWordWrap, m_picture.heading);
  const double top = area.top() + kMargin + layout.heading;
  painter.drawText(QRectF(area.left() + kMargin, top, layout.names, layout.head - 2), Qt::AlignLeft | Qt::AlignBottom, m_picture.corner);
  for (qsizetype c = 0; c < m_picture.columns.size(); ++c) {
    const QRectF first = cellIn(area, layout, 0, static_cast<std::size_t>(c));
    if (layout.head <= kLine) {
      painter.drawText(QRectF(first.left(), top, layout.width, layout.head), Qt::AlignCenter, m_picture.columns[c]);
      continue;
    }
    painter.save();
    painter.translate(first.center().x(), top + layout.head - 3);
    painter.rotate(-90);
    painter.drawText(QRectF(0, -kLine / 2, layout.head - 3, kLine), Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(m_picture.columns[c], Qt::ElideRight, layout.head - 3));
    painter.restore();
  }
  for (std::size_t r = 0; r < static_cast<std::size_t>(m_picture.rows.size()); ++r) {
    painter.setOpacity(r < m_picture.faint.size() && m_picture.faint[r] != 0 ? 0.35 : 1);
    const QRectF first = cellIn(area, layout, r, 0);
    const bool dotted = r < m_picture.rowColours.size() && m_picture.rowColours[r].isValid();
    if (dotted) {
      painter.setPen(Qt::NoPen);
      painter.setBrush(m_picture.rowColours[r]);
      painter.drawEllipse(QPointF(area.left() + kMargin + 4, first.center().y()), 4, 4);
    }
    painter.setPen(theme().text);
    const double room = layout.names - (dotted ? 16 : 4);
    painter.drawText(QRectF(area.left() + kMargin + (dotted ? 12 : 0), first.top(), room, layout.height), Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(m_picture.rows[static_cast<qsizetype>(r)], Qt::ElideRight, room));
    for (std::size_t c = 0; c < static_cast<std::size_t>(m_picture.columns.size()); ++c) {
      const auto &cell = m_picture.cells[r * static_cast<std::size_t>(m_picture.columns.size()) + c];
      const QRectF box = cellIn(area, layout, r, c).adjusted(0.5, 0.5, -0.5, -0.5);
      const QColor ground = cell.colour.isValid() ? cell.colour : theme().panel;
      painter.fillRect(box, ground);
      if (metrics.horizontalAdvance(cell.text) <= box.width() && layout.height >= 12) {
        painter.setPen(qGray(ground.rgb()) > 140 ? QColor(0x101317) : QColor(0xf4f6f8));
        painter.drawText(box, Qt::AlignCenter, cell.text);
      }
    }
  }
  painter.setOpacity(1);
}

void MatrixView::paintEvent(QPaintEvent *) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  paint(painter, rect());
  if (m_cursor >= 0 && hasFocus()) {
    const auto columns = static_cast<std::size_t>(m_picture.columns.size());
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(theme().accent, 2));
    painter.drawRect(cell(static_cast<std::size_t>(m_cursor) / columns, static_cast<std::size_t>(m_cursor) % columns));
  }
}

int MatrixView::at(const QPointF &place) const {
  const Layout layout = layoutIn(rect());
  for (std::size_t i = 0; i < m_picture.cells.size(); ++i) {
    const auto columns = static_cast<std::size_t>(m_picture.columns.size());
    if (cellIn(rect(), layout, i / columns, i % columns).contains(place)) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

void MatrixView::mousePressEvent(QMouseEvent *event) {
  if (const int i = at(event->position()); i >= 0 && event->button() == Qt::LeftButton) {
    m_cursor = i;
    update();
    Q_EMIT activated(static_cast<std::size_t>(i / m_picture.columns.size()), static_cast<std::size_t>(i % m_picture.columns.size()));
  }
}

void MatrixView::keyPressEvent(QKeyEvent *event) {
  const int n = static_cast<int>(m_picture.cells.size()), columns = static_cast<int>(m_picture.columns.size());
  if (n == 0) {
    return QWidget::keyPressEvent(event);
  }
  const int now = std::max(m_cursor, 0);
  switch (event->key()) {
    case Qt::Key_Left: m_cursor = std::max(now - 1, 0); break;
    case Qt::Key_Right: m_cursor = std::min(now + 1, n - 1); break;
    case Qt::Key_Up: m_cursor = now >= columns ? now - columns : now; break;
    case Qt::Key_Down: m_cursor = now + columns < n ? now + columns : now; break;
    case Qt::Key_Return:
    case Qt::Key_Enter: Q_EMIT activated(static_cast<std::size_t>(now / columns), static_cast<std::size_t>(now % columns)); break;
    default: return QWidget::keyPressEvent(event);
  }
  setAccessibleDescription(m_picture.cells[static_cast<std::size_t>(std::max(m_cursor, 0))].tip);
  update();
}

void MatrixView::focusOutEvent(QFocusEvent *event) {
  update();
  QWidget::focusOutEvent(event);
}

bool MatrixView::event(QEvent *event) {
  if (event->type() == QEvent::ToolTip) {
    const auto *help = static_cast<QHelpEvent *>(event);
    const int i = at(help->pos());
    QToolTip::showText(help->globalPos(), i < 0 ? QString() : m_picture.cells[static_cast<std::size_t>(i)].tip, this);
    return true;
  }
  return QWidget::event(event);
}

}  // namespace vitrine
