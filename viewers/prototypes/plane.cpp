#include "viewers/prototypes/plane.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include <QContextMenuEvent>
#include <QPainter>
#include <QWheelEvent>

#include "widgets/theme.h"

namespace vitrine {

namespace {

constexpr double kMargin = 16, kReach = 8, kSlop = 4, kStar = 9, kMostZoom = 40, kKeyStep = 4;
constexpr double kLegend = 120, kLegendFrom = 360;  // width of the legend, and of the view from which there is one

QPolygonF starShape(const QPointF &centre, double radius) {
  QPolygonF shape;
  for (int i = 0; i < 10; ++i) {
    const double angle = std::numbers::pi * (i / 5.0 - 0.5), r = i % 2 == 0 ? radius : 0.45 * radius;
    shape << centre + QPointF(r * std::cos(angle), r * std::sin(angle));
  }
  return shape;
}

QRgb mixed(QRgb ground, const QColor &colour, double strength) {
  const auto channel = [strength](int a, int b) { return static_cast<int>(std::lround(a + (b - a) * strength)); };
  return qRgb(channel(qRed(ground), colour.red()), channel(qGreen(ground), colour.green()), channel(qBlue(ground), colour.blue()));
}

}  // namespace

PlaneView::PlaneView(const WorkshopScene &scene, QWidget *parent) : QWidget(parent), m_scene(scene) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setMinimumSize(160, 120);
  setAccessibleName(tr("Map of the codes, with the prototypes as stars"));
}

void PlaneView::refresh() {
  if (m_scene.ready() && m_bounded != m_scene.payload) {
    m_bounded = m_scene.payload;
    m_trained = inPlane(m_scene.plane, m_scene.payload->prototypes);
    for (int axis = 0; axis < 2; ++axis) {
      m_low[axis] = std::numeric_limits<double>::infinity();
      m_high[axis] = -m_low[axis];
      for (const Matrix *places : {&m_scene.places, static_cast<const Matrix *>(&m_trained)}) {
        for (std::size_t i = 0; i < places->rows; ++i) {
          const double value = places->row(i)[static_cast<std::size_t>(axis)];
          m_low[axis] = std::min(m_low[axis], value);
          m_high[axis] = std::max(m_high[axis], value);
        }
      }
    }
    stale();
  }
  if (m_scene.ready()) {
    m_stars = inPlane(m_scene.plane, m_scene.layer.prototypes);
  }
  update();
}

void PlaneView::stale() {
  m_points = {};
  update();
}

void PlaneView::setSelected(std::vector<std::uint8_t> rows) {
  m_selected = std::move(rows);
  stale();
}

void PlaneView::setHovered(std::optional<std::size_t> row) {
  m_hovered = row;
  update();
}

void PlaneView::fit() {
  m_zoom = 1;
  m_offset = {};
  stale();
}

PlaneView::View PlaneView::viewIn(const QRectF &area) const {
  const double width = area.width() - 2 * kMargin - (area.width() >= kLegendFrom ? kLegend : 0), height = area.height() - 2 * kMargin;
  const double fitting = std::min(width / std::max(m_high[0] - m_low[0], 1e-9), height / std::max(m_high[1] - m_low[1], 1e-9));
  return {(m_low[0] + m_high[0]) / 2, (m_low[1] + m_high[1]) / 2, std::max(fitting, 1e-9) * m_zoom};
}

QPointF PlaneView::placed(const QRectF &area, float x, float y) const {
  const View view = viewIn(area);
  const double legend = area.width() >= kLegendFrom ? kLegend : 0;
  return area.center() + m_offset * m_zoom +
         QPointF((static_cast<double>(x) - view.x) * view.scale - legend / 2, (view.y - static_cast<double>(y)) * view.scale);
}

QPointF PlaneView::starPlace(std::size_t j) const {
  return placed(rect(), m_stars.row(j)[0], m_stars.row(j)[1]);
}

QPointF PlaneView::rowPlace(std::size_t row) const {
  return placed(rect(), m_scene.places.row(row)[0], m_scene.places.row(row)[1]);
}

/// A disc of a few pixels for each sample, written straight into a picture: ten thousand take a few milliseconds.
QImage PlaneView::points(const QRectF &area, double ratio) const {
  QImage image((area.size() * ratio).toSize().expandedTo({1, 1}), QImage::Format_RGB32);
  image.fill(theme().window);
  const bool some = std::ranges::any_of(m_selected, [](std::uint8_t s) { return s != 0; });
  const int radius = std::max(1, static_cast<int>(std::lround((m_scene.places.rows > 4000 ? 1.3 : 2.2) * ratio)));
  for (const bool selected : {false, true}) {
    for (std::size_t i = 0; i < m_scene.places.rows; ++i) {
      if ((i < m_selected.size() && m_selected[i] != 0) != selected) {
        continue;
      }
      const QPointF place = (placed(area, m_scene.places.row(i)[0], m_scene.places.row(i)[1]) - area.topLeft()) * ratio;
      const int cx = static_cast<int>(std::lround(place.x())), cy = static_cast<int>(std::lround(place.y()));
      if (cx < radius || cy < radius || cx + radius >= image.width() || cy + radius >= image.height()) {
        continue;
      }
      const QColor colour = m_scene.classColour(static_cast<std::size_t>(std::max(0, m_scene.payload->labels[i])));
      const double strength = some && !selected ? 0.18 : 0.75;
      for (int y = -radius; y <= radius; ++y) {
        auto *line = reinterpret_cast<QRgb *>(image.scanLine(cy + y));
        for (int x = -radius; x <= radius; ++x) {
          if (x * x + y * y <= radius * radius + 1) {
            line[cx + x] = mixed(line[cx + x], colour, strength);
          }
        }
      }
    }
  }
  return image;
}

void PlaneView::paintStars(QPainter &painter, const QRectF &area) const {
  painter.setFont(uiFont(9));
  std::vector<std::size_t> order(m_scene.count());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_partition(order, [this](std::size_t j) { return std::ranges::count(m_scene.chosen, j) == 0; });  // what is in hand lies on top
  for (const std::size_t j : order) {
    const QPointF now = placed(area, m_stars.row(j)[0], m_stars.row(j)[1]);
    if (m_scene.movedFromTraining(j)) {  // where it came from
      const QPointF was = placed(area, m_trained.row(j)[0], m_trained.row(j)[1]);
      painter.setPen(QPen(theme().secondary, 1, Qt::DotLine));
      painter.setBrush(Qt::NoBrush);
      painter.drawLine(was, now);
      painter.drawEllipse(was, 4, 4);
    }
    const bool off = m_scene.layer.on[j] == 0, chosen = std::ranges::count(m_scene.chosen, j) > 0;
    painter.setOpacity(off ? 0.45 : 1);
    painter.setBrush(off ? QBrush(Qt::NoBrush) : QBrush(m_scene.classColour(m_scene.classOfPrototype(j))));
    painter.setPen(QPen(theme().panel, 3));
    painter.drawPolygon(starShape(now, chosen ? 1.3 * kStar : kStar));
    painter.setPen(QPen(chosen ? theme().accent : theme().text, chosen ? 2 : 1.2));
    painter.drawPolygon(starShape(now, chosen ? 1.3 * kStar : kStar));
    const QRectF label(now + QPointF(kStar, -kStar - 6), QSizeF(24, 14));
    painter.setPen(theme().panel);
    for (const QPointF &side : {QPointF(-1, 0), QPointF(1, 0), QPointF(0, -1), QPointF(0, 1)}) {
      painter.drawText(label.translated(side), Qt::AlignLeft | Qt::AlignVCenter, QString::number(j + 1));
    }
    painter.setPen(theme().text);
    painter.drawText(label, Qt::AlignLeft | Qt::AlignVCenter, QString::number(j + 1));
    painter.setOpacity(1);
  }
}

/// A ring around the sample, and lines to the prototypes that its sentence names.
void PlaneView::paintSample(QPainter &painter, const QRectF &area) const {
  if (m_scene.sample.latent.size() != m_scene.plane.mean.size()) {
    return;
  }
  Matrix one(1, m_scene.sample.latent.size());
  std::ranges::copy(m_scene.sample.latent, one.values.begin());
  const Matrix place = inPlane(m_scene.plane, one);
  const QPointF centre = placed(area, place.values[0], place.values[1]);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(theme().text, 1.2, Qt::DashLine));
  for (const std::size_t j : namedNear(m_scene)) {
    painter.drawLine(centre, placed(area, m_stars.row(j)[0], m_stars.row(j)[1]));
  }
  painter.setPen(QPen(theme().panel, 4));
  painter.drawEllipse(centre, 6, 6);
  painter.setPen(QPen(theme().accent, 2));
  painter.drawEllipse(centre, 6, 6);
}

void PlaneView::paintLegend(QPainter &painter, const QRectF &area) const {
  painter.setFont(uiFont(9));
  const QFontMetricsF metrics(painter.font(), painter.device());
  constexpr double kRow = 18;
  const auto fits = static_cast<std::size_t>(std::max(0.0, (area.height() - 2 * kMargin) / kRow));
  const double left = area.right() - kLegend + 8;
  for (std::size_t k = 0; k < std::min(m_scene.classes(), fits); ++k) {
    const double y = area.top() + kMargin + static_cast<double>(k) * kRow;
    painter.setPen(Qt::NoPen);
    painter.setBrush(m_scene.classColour(k));
    painter.drawEllipse(QPointF(left + 4, y + kRow / 2), 4, 4);
    painter.setPen(theme().secondary);
    painter.drawText(QRectF(left + 14, y, kLegend - 26, kRow), Qt::AlignLeft | Qt::AlignVCenter,
                     metrics.elidedText(m_scene.className(k), Qt::ElideRight, kLegend - 26));
  }
}

void PlaneView::paint(QPainter &painter, const QRectF &area, bool live) const {
  painter.setRenderHint(QPainter::Antialiasing);
  if (!m_scene.ready() || m_stars.rows != m_scene.count()) {
    painter.fillRect(area, theme().window);
    return;
  }
  painter.save();
  painter.setClipRect(area);
  painter.drawImage(area, live ? m_points : points(area, painter.device()->devicePixelRatioF()));
  paintSample(painter, area);
  paintStars(painter, area);
  if (live && m_hovered && *m_hovered < m_scene.places.rows) {
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(theme().text, 1.5));
    painter.drawEllipse(placed(area, m_scene.places.row(*m_hovered)[0], m_scene.places.row(*m_hovered)[1]), 5, 5);
  }
  if (area.width() >= kLegendFrom) {
    paintLegend(painter, area);
  }
  if (live) {
    painter.setPen(theme().secondary);
    painter.setFont(uiFont(9));
    painter.drawText(area.adjusted(8, 0, -8, -4), Qt::AlignLeft | Qt::AlignBottom, tr("Click a point to ask why; drag a star to move that prototype"));
  }
  painter.restore();
}

void PlaneView::paintEvent(QPaintEvent *) {
  if (m_points.isNull() && m_scene.ready()) {
    m_points = points(rect(), devicePixelRatioF());
  }
  QPainter painter(this);
  paint(painter, rect(), true);
  if (m_press && m_moved && !m_dragged) {
    QColor fill = theme().accent;
    painter.setPen(QPen(fill, 1));
    fill.setAlphaF(0.12F);
    painter.setBrush(fill);
    painter.drawRect(QRectF(*m_press, m_at).normalized());
  }
}

std::optional<std::size_t> PlaneView::starAt(const QPointF &place) const {
  std::optional<std::size_t> found;
  double best = kStar + 3;
  for (std::size_t j = 0; j < m_stars.rows; ++j) {
    const QPointF way = starPlace(j) - place;
    if (const double distance = std::hypot(way.x(), way.y()); distance < best) {
      best = distance;
      found = j;
    }
  }
  return found;
}

std::optional<std::size_t> PlaneView::rowAt(const QPointF &place) const {
  std::optional<std::size_t> found;
  double best = kReach;
  for (std::size_t i = 0; i < m_scene.places.rows; ++i) {
    const QPointF way = rowPlace(i) - place;
    if (const double distance = std::hypot(way.x(), way.y()); distance < best) {
      best = distance;
      found = i;
    }
  }
  return found;
}

void PlaneView::wheelEvent(QWheelEvent *event) {
  const double before = m_zoom;
  m_zoom = std::clamp(m_zoom * std::pow(1.25, event->angleDelta().y() / 120.0), 1.0, kMostZoom);
  const QPointF out = event->position() - QRectF(rect()).center() + QPointF(width() >= kLegendFrom ? kLegend / 2 : 0, 0);
  m_offset = m_zoom == 1 ? QPointF() : m_offset + out / m_zoom - out / before;  // the place under the mouse stays there
  event->accept();
  stale();
}

void PlaneView::mousePressEvent(QMouseEvent *event) {
  m_moved = false;
  m_at = event->position();
  const auto star = starAt(m_at);
  if (star && (event->button() == Qt::LeftButton || !std::ranges::count(m_scene.chosen, *star))) {
    Q_EMIT starChosen(*star, (event->modifiers() & (Qt::ShiftModifier | Qt::ControlModifier)) != 0);
  }
  if (event->button() == Qt::LeftButton) {
    m_press = m_at;
    m_dragged = star;
  }
}

void PlaneView::mouseMoveEvent(QMouseEvent *event) {
  m_at = event->position();
  if (!m_press) {
    const auto star = starAt(m_at);
    setCursor(star ? Qt::OpenHandCursor : Qt::ArrowCursor);
    setToolTip(star ? tr("Prototype %1").arg(m_scene.title(*star)) : QString());
    Q_EMIT rowHovered(star ? std::nullopt : rowAt(m_at));
    return;
  }
  m_moved = m_moved || (m_at - *m_press).manhattanLength() > kSlop;
  if (m_moved && m_dragged) {
    const View view = viewIn(rect());
    const QPointF way = m_at - placed(rect(), static_cast<float>(view.x), static_cast<float>(view.y));
    Q_EMIT starDragged(*m_dragged, static_cast<float>(view.x + way.x() / view.scale), static_cast<float>(view.y - way.y() / view.scale));
  }
  update();
}

void PlaneView::mouseReleaseEvent(QMouseEvent *event) {
  const auto press = std::exchange(m_press, std::nullopt);
  const auto dragged = std::exchange(m_dragged, std::nullopt);
  update();
  if (!press || !m_scene.ready()) {
    return;
  }
  if (dragged) {
    if (m_moved) {
      Q_EMIT starDropped(*dragged);
    }
  } else if (m_moved) {
    const QRectF box = QRectF(*press, event->position()).normalized();
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < m_scene.places.rows; ++i) {
      if (box.contains(rowPlace(i))) {
        rows.push_back(i);
      }
    }
    Q_EMIT rowsBoxed(rows, event->modifiers());
  } else {
    Q_EMIT rowClicked(rowAt(event->position()), event->modifiers());
  }
}

void PlaneView::mouseDoubleClickEvent(QMouseEvent *event) {
  if (!starAt(event->position()) && !rowAt(event->position())) {
    fit();
  }
}

void PlaneView::leaveEvent(QEvent *) {
  Q_EMIT rowHovered(std::nullopt);
}

/// The arrow keys move the chosen prototype by a few pixels' worth.
void PlaneView::keyPressEvent(QKeyEvent *event) {
  const QPointF step = event->key() == Qt::Key_Left    ? QPointF(-kKeyStep, 0)
                       : event->key() == Qt::Key_Right ? QPointF(kKeyStep, 0)
                       : event->key() == Qt::Key_Up    ? QPointF(0, kKeyStep)
                       : event->key() == Qt::Key_Down  ? QPointF(0, -kKeyStep)
                                                       : QPointF();
  if (step.isNull() || m_scene.chosen.empty() || m_stars.rows != m_scene.count()) {
    return QWidget::keyPressEvent(event);
  }
  const std::size_t j = m_scene.chosen.back();
  const double scale = viewIn(rect()).scale;
  Q_EMIT starDragged(j, static_cast<float>(static_cast<double>(m_stars.row(j)[0]) + step.x() / scale),
                     static_cast<float>(static_cast<double>(m_stars.row(j)[1]) + step.y() / scale));
  Q_EMIT starDropped(j);
}

void PlaneView::contextMenuEvent(QContextMenuEvent *event) {
  if (!m_scene.chosen.empty()) {
    Q_EMIT menuWanted(event->globalPos());
  }
}

void PlaneView::resizeEvent(QResizeEvent *) {
  stale();
}

void PlaneView::changeEvent(QEvent *event) {
  if (event->type() == QEvent::PaletteChange) {
    stale();
  }
  QWidget::changeEvent(event);
}

}  // namespace vitrine
