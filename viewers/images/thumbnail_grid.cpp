// Cells are found by arithmetic from the scroll position; pictures come from the thumbnail cache when it has them.
#include "viewers/images/thumbnail_grid.h"

#include <algorithm>
#include <cmath>

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>

#include "core/error.h"
#include "viewers/figure.h"
#include "widgets/format.h"
#include "widgets/selection.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {
constexpr int kMargin = 12, kGap = 8, kPad = 4, kCaption = 18;
constexpr qint64 kPatience = 40;  // ms of decoding that a picture for export may cost

double pitch(int side) {
  return side + 2 * kPad + kGap;
}
double rowPitch(int side) {
  return side + 2 * kPad + kCaption + kGap;
}
}  // namespace

ThumbnailGrid::ThumbnailGrid(QWidget *parent) : QAbstractScrollArea(parent) {
  setFrameShape(QFrame::NoFrame);
  setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  setFocusPolicy(Qt::StrongFocus);
  viewport()->setMouseTracking(true);
  setAccessibleName(tr("Pictures"));
  m_soon.setSingleShot(true);
  m_soon.setInterval(30);
  connect(&m_soon, &QTimer::timeout, viewport(), qOverload<>(&QWidget::update));
  connect(&m_cache, &ThumbnailCache::ready, this, [this] {
    if (!m_soon.isActive()) {
      m_soon.start();
    }
  });
}

void ThumbnailGrid::setItems(std::shared_ptr<const Dataset> dataset, std::vector<SampleId> ids, Caption caption) {
  if (m_dataset && m_dataset != dataset) {
    m_cache.forget(m_dataset.get());
  }
  m_dataset = std::move(dataset);
  m_caption = std::move(caption);
  if (ids != m_ids) {
    m_ids = std::move(ids);
    m_indexOf.clear();
    updateScrollBar();
  }
  viewport()->update();
}

void ThumbnailGrid::setSelection(Selection *selection) {
  if (m_selection != nullptr) {
    m_selection->disconnect(this);
  }
  m_selection = selection;
  if (selection != nullptr) {
    connect(selection, &Selection::changed, viewport(), qOverload<>(&QWidget::update));
    connect(selection, &Selection::currentChanged, this, [this](SampleId id) {
      scrollTo(id);
      viewport()->update();
    });
  }
}

void ThumbnailGrid::setSide(int logicalPixels) {
  const std::size_t top = firstRow() * static_cast<std::size_t>(columns());
  m_side = std::clamp(logicalPixels, 32, 512);
  updateScrollBar();
  verticalScrollBar()->setValue(static_cast<int>(static_cast<double>(top / static_cast<std::size_t>(columns())) * rowPitch(m_side)));
  viewport()->update();
}

int ThumbnailGrid::columnsIn(double width) const {
  return std::max(1, static_cast<int>((width - 2 * kMargin + kGap) / pitch(m_side)));
}

/// Columns share the width that is left over, as long as there is more than one row.
double ThumbnailGrid::spreadPitch(double width) const {
  const int across = columnsIn(width);
  const double spread = across > 1 ? (width - 2 * kMargin - m_side - 2 * kPad) / (across - 1) : pitch(m_side);
  return m_ids.size() > static_cast<std::size_t>(across) ? spread : pitch(m_side);
}

std::size_t ThumbnailGrid::firstRow() const {
  return static_cast<std::size_t>(verticalScrollBar()->value() / rowPitch(m_side));
}

QRectF ThumbnailGrid::cellIn(const QRectF &area, double top, std::size_t index) const {
  const auto across = static_cast<std::size_t>(columnsIn(area.width()));
  const double x = area.left() + kMargin + std::floor(static_cast<double>(index % across) * spreadPitch(area.width()));
  const double y = area.top() + kMargin + static_cast<double>(index / across) * rowPitch(m_side) - top;
  return {x, y, static_cast<double>(m_side + 2 * kPad), static_cast<double>(m_side + 2 * kPad + kCaption)};
}

QRectF ThumbnailGrid::cellRect(std::size_t index) const {
  return cellIn(viewport()->rect(), verticalScrollBar()->value(), index);
}

std::optional<std::size_t> ThumbnailGrid::indexAt(QPointF position) const {
  const double column = std::floor((position.x() - kMargin) / spreadPitch(viewport()->width())),
               row = std::floor((position.y() - kMargin + verticalScrollBar()->value()) / rowPitch(m_side));
  if (column < 0 || row < 0 || column >= columns()) {
    return std::nullopt;
  }
  const auto index = static_cast<std::size_t>(row) * static_cast<std::size_t>(columns()) + static_cast<std::size_t>(column);
  return index < m_ids.size() && cellRect(index).contains(position) ? std::optional(index) : std::nullopt;
}

std::optional<std::size_t> ThumbnailGrid::indexOf(SampleId id) const {
  if (m_indexOf.empty()) {
    m_indexOf.reserve(m_ids.size());
    for (std::size_t i = 0; i < m_ids.size(); ++i) {
      m_indexOf.emplace(m_ids[i], i);
    }
  }
  const auto found = m_indexOf.find(id);
  return found == m_indexOf.end() ? std::nullopt : std::optional(found->second);
}

void ThumbnailGrid::scrollTo(SampleId id) {
  const auto index = indexOf(id);
  if (!index) {
    return;
  }
  const QRectF cell = cellRect(*index);
  if (cell.top() < 0) {
    verticalScrollBar()->setValue(static_cast<int>(verticalScrollBar()->value() + cell.top() - kMargin));
  } else if (cell.bottom() > viewport()->height()) {
    verticalScrollBar()->setValue(static_cast<int>(verticalScrollBar()->value() + cell.bottom() - viewport()->height() + kMargin));
  }
}

void ThumbnailGrid::updateScrollBar() {
  const std::size_t rows = (m_ids.size() + static_cast<std::size_t>(columns()) - 1) / static_cast<std::size_t>(columns());
  const double height = 2 * kMargin + static_cast<double>(rows) * rowPitch(m_side) - kGap;
  verticalScrollBar()->setRange(0, std::max(0, static_cast<int>(height) - viewport()->height()));
  verticalScrollBar()->setPageStep(viewport()->height());
  verticalScrollBar()->setSingleStep(static_cast<int>(rowPitch(m_side) / 3));
}

void ThumbnailGrid::paint(QPainter &painter, const QRectF &area, double top, bool withMarks, bool wait) {
  if (!m_dataset) {
    return;
  }
  m_waited.start();
  const auto across = static_cast<std::size_t>(columnsIn(area.width()));
  for (std::size_t i = static_cast<std::size_t>(std::max(0.0, (top - kMargin) / rowPitch(m_side))) * across; i < m_ids.size(); ++i) {
    const QRectF cell = cellIn(area, top, i);
    if (cell.top() > area.bottom()) {
      break;
    }
    paintCell(painter, cell, m_ids[i], withMarks, wait);
  }
}

void ThumbnailGrid::paintCell(QPainter &painter, const QRectF &cell, SampleId id, bool withMarks, bool wait) {
  const bool selected = m_selection != nullptr && m_selection->contains(id);
  const bool current = m_selection != nullptr && m_selection->current() == id, hovered = withMarks && m_selection != nullptr && m_selection->hovered() == id;
  const QRectF box(cell.left() + kPad, cell.top() + kPad, m_side, m_side);
  if (current || hovered) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme().raised);
    painter.drawRoundedRect(cell.adjusted(-2, -2, 2, 2), 4, 4);
  }
  const double ratio = painter.device()->devicePixelRatioF();
  const int side = static_cast<int>(std::floor(m_side * ratio));
  QImage picture = m_cache.get(m_dataset, id, side);
  if (picture.isNull() && wait && m_waited.elapsed() < kPatience && !m_cache.failed(m_dataset.get(), id, side)) {
    try {
      picture = fitted(m_dataset->image(id), {side, side});
    } catch (const InputError &) {  // the cell says so below, as it does once the cache has tried
    }
  }
  QRectF place = box;
  if (picture.isNull()) {
    const bool failed = m_cache.failed(m_dataset.get(), id, side);
    painter.setPen(failed ? theme().secondary : Qt::transparent);
    painter.setBrush(failed ? Qt::transparent : theme().raised);
    painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5));
    if (failed) {
      painter.setFont(uiFont(9));
      painter.drawText(box.adjusted(4, 4, -4, -4), Qt::AlignCenter | Qt::TextWordWrap, tr("no picture"));
    }
  } else {
    place = drawCrisp(painter, picture, box);
  }
  if (current || selected) {
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(theme().accent, current ? 3 : 1.5));
    painter.drawRect(place.adjusted(-1, -1, 1, 1));
  }
  painter.setFont(uiFont(9));
  painter.setPen(current ? theme().text : theme().secondary);
  const QString caption = m_caption ? m_caption(id) : QString();
  painter.drawText(QRectF(box.left(), box.bottom() + 2, box.width(), kCaption), Qt::AlignHCenter | Qt::AlignVCenter,
                   painter.fontMetrics().elidedText(caption, Qt::ElideRight, m_side));
}

void ThumbnailGrid::paintEvent(QPaintEvent *) {
  QPainter painter(viewport());
  painter.setRenderHint(QPainter::Antialiasing);
  painter.fillRect(viewport()->rect(), theme().panel);
  paint(painter, viewport()->rect(), verticalScrollBar()->value(), true, false);
}

void ThumbnailGrid::resizeEvent(QResizeEvent *) {
  updateScrollBar();
}

void ThumbnailGrid::selectOrMark(SampleId id, Qt::KeyboardModifiers modifiers) {
  if (m_selection == nullptr) {
    return;
  }
  if (const SelectMode mode = selectMode(modifiers); mode != SelectMode::Replace || m_clickSelects) {
    m_selection->apply({id}, mode);
  }
  m_selection->setCurrent(id);
}

void ThumbnailGrid::mousePressEvent(QMouseEvent *event) {
  const auto index = event->button() == Qt::LeftButton ? indexAt(event->position()) : std::nullopt;
  if (index) {
    selectOrMark(m_ids[*index], event->modifiers());
  }
}

void ThumbnailGrid::mouseMoveEvent(QMouseEvent *event) {
  const auto index = indexAt(event->position());
  if (m_selection != nullptr) {
    m_selection->setHovered(index ? m_ids[*index] : -1);
    viewport()->update();
  }
}

void ThumbnailGrid::keyPressEvent(QKeyEvent *event) {
  if (m_ids.empty() || m_selection == nullptr) {
    return QAbstractScrollArea::keyPressEvent(event);
  }
  if (event->matches(QKeySequence::SelectAll)) {
    m_selection->apply(m_ids, SelectMode::Replace);
    return;
  }
  const auto at = indexOf(m_selection->current());
  const auto across = static_cast<std::ptrdiff_t>(columns()), page = across * std::max(1, static_cast<int>(viewport()->height() / rowPitch(m_side)));
  const auto last = static_cast<std::ptrdiff_t>(m_ids.size()) - 1, from = at ? static_cast<std::ptrdiff_t>(*at) : -1;
  std::ptrdiff_t to = 0;
  switch (event->key()) {
    case Qt::Key_Left: to = from - 1; break;
    case Qt::Key_Right: to = from + 1; break;
    case Qt::Key_Up: to = from - across; break;
    case Qt::Key_Down: to = from + across; break;
    case Qt::Key_PageUp: to = from - page; break;
    case Qt::Key_PageDown: to = from + page; break;
    case Qt::Key_Home: to = 0; break;
    case Qt::Key_End: to = last; break;
    case Qt::Key_Space:
      if (at) {
        m_selection->apply({m_ids[*at]}, m_selection->contains(m_ids[*at]) ? SelectMode::Subtract : SelectMode::Add);
      }
      return;
    default: return QAbstractScrollArea::keyPressEvent(event);
  }
  const SampleId id = m_ids[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(to, 0, last))];
  if (event->modifiers().testFlag(Qt::ShiftModifier)) {
    m_selection->apply({id}, SelectMode::Add);
  }
  m_selection->setCurrent(id);
}

bool ThumbnailGrid::viewportEvent(QEvent *event) {
  if (event->type() == QEvent::Leave && m_selection != nullptr) {
    m_selection->setHovered(-1);
    viewport()->update();
  }
  if (event->type() == QEvent::ToolTip) {
    const auto *help = static_cast<QHelpEvent *>(event);
    if (const auto index = indexAt(help->pos())) {
      toolTipFor(*index, help->globalPos());
    } else {
      QToolTip::hideText();
    }
    return true;
  }
  return QAbstractScrollArea::viewportEvent(event);
}

void ThumbnailGrid::toolTipFor(std::size_t index, const QPoint &globalPosition) {
  const QString caption = m_caption ? m_caption(m_ids[index]) : QString();
  const QString name = tr("sample %1").arg(m_ids[index]);
  QToolTip::showText(globalPosition, caption.isEmpty() ? name : caption + QStringLiteral("\n") + name, viewport());
}

}  // namespace vitrine
