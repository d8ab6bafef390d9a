// Mouse and keys of the map. 2D: left drags, Shift + left boxes, Shift + Ctrl + left lassoes. 3D as in VTK: left turns, middle or Shift + left drags,
// right zooms, Ctrl + left rolls. A left drag that begins on a path follows the mouse along it. While a run takes it, Ctrl + left moves a point of a flat map.
// The wheel zooms to the cursor. With a selection tool: left selects; Shift adds, Ctrl subtracts, both intersect.
#include <algorithm>
#include <cmath>
#include <numbers>

#include <QApplication>
#include <QMouseEvent>

#include "viewers/newest_job.h"
#include "viewers/projection/map_canvas.h"
#include "viewers/projection/path.h"

namespace vitrine {

namespace {

constexpr double kClickSlop = 4;   // logical pixels that still count as a click
constexpr double kPickReach = 8;   // logical pixels around the cursor
constexpr double kKeyStep = 0.08;  // of the view's height

}  // namespace

Projector MapCanvas::projector() const {
  const double ratio = devicePixelRatioF();
  return {shownCamera(), m_scene.bounds, static_cast<int>(std::lround(width() * ratio)), static_cast<int>(std::lround(height() * ratio))};
}

ScreenPoint MapCanvas::onScreen(const QPointF &position) const {
  const double ratio = devicePixelRatioF();
  return {static_cast<float>(position.x() * ratio), static_cast<float>(position.y() * ratio)};
}

/// Of a flat map, as it is on the screen at this moment.
QPointF MapCanvas::inMap(const QPointF &position) const {
  const Camera &camera = shownCamera();
  const QPointF way = (position - QPointF(width() / 2.0, height() / 2.0)) * (camera.height / std::max(height(), 1));
  return {camera.centre[0] + way.x(), camera.centre[1] - way.y()};
}

std::optional<std::size_t> MapCanvas::rowUnder(const QPointF &position) const {
  const double ratio = devicePixelRatioF();
  return nearestRow(m_scene, projector(), onScreen(position), static_cast<float>(kPickReach * ratio), static_cast<float>(pointRadius() * ratio));
}

void MapCanvas::setTool(MapTool tool) {
  m_tool = tool;
  m_marks.band.clear();
  m_drag = Drag::None;
  showCursor();
  overlayChanged();
}

void MapCanvas::showCursor() {
  if (m_tool != MapTool::Navigate) {
    setCursor(Qt::CrossCursor);
  } else if (m_moved && (m_drag == Drag::Pan || m_drag == Drag::Turn)) {
    setCursor(Qt::ClosedHandCursor);
  } else {
    unsetCursor();
  }
}

MapCanvas::Drag MapCanvas::dragFor(Qt::MouseButton button, Qt::KeyboardModifiers modifiers) const {
  const bool shift = modifiers.testFlag(Qt::ShiftModifier), control = modifiers.testFlag(Qt::ControlModifier);
  if (button == Qt::MiddleButton) {
    return Drag::Pan;
  }
  if (button == Qt::RightButton) {
    return Drag::Zoom;
  }
  if (button != Qt::LeftButton) {
    return Drag::None;
  }
  if (m_tool != MapTool::Navigate) {
    return m_tool == MapTool::Box ? Drag::Box : Drag::Lasso;
  }
  if (shift && control) {
    return Drag::Lasso;
  }
  if (m_goal.flat) {
    return shift ? Drag::Box : control && m_movable ? Drag::Move : Drag::Pan;
  }
  return shift ? Drag::Pan : control ? Drag::Roll : Drag::Turn;
}

void MapCanvas::mousePressEvent(QMouseEvent *event) {
  if (m_scene.count == 0 || m_drag != Drag::None) {
    return;
  }
  setFocus(Qt::MouseFocusReason);
  m_drag = dragFor(event->button(), event->modifiers());
  m_press = m_last = event->position();
  m_before = m_goal;
  m_moved = false;
  if (m_drag == Drag::Move) {
    const auto row = rowUnder(m_press);
    m_movedRow = row.value_or(0);
    m_drag = row ? Drag::Move : Drag::Pan;
  }
  if (m_drag == Drag::Pan && event->button() == Qt::LeftButton && m_marks.path &&
      nearestOnPath(m_scene, inMap(m_press)).distance < kPickReach * unitsAPixel()) {
    m_drag = Drag::Path;
  }
}

void MapCanvas::mouseMoveEvent(QMouseEvent *event) {
  if (m_drag == Drag::None) {
    hover(event->position());
    return;
  }
  if (!m_moved) {
    const QPointF way = event->position() - m_press;
    if (std::hypot(way.x(), way.y()) < kClickSlop) {
      return;
    }
    m_moved = true;
    if (m_drag == Drag::Lasso) {
      m_marks.band = {m_press};
    } else if (m_drag == Drag::Move) {
      m_follows = false;  // the ground stands still under the hand
      Q_EMIT pointDragged(m_movedRow, inMap(m_press), inMap(m_press), true);
    }
    showCursor();
    Q_EMIT pointHovered(-1);
  }
  m_marks.mode = m_tool == MapTool::Navigate ? SelectMode::Replace : selectMode(event->modifiers());
  dragTo(event->position());
}

void MapCanvas::dragTo(const QPointF &position) {
  const QPointF way = position - m_last;
  const double high = std::max(height(), 1);
  Camera camera = m_goal;
  switch (m_drag) {
    case Drag::Pan: camera.pan(way.x() / high, way.y() / high); break;
    case Drag::Turn: camera.rotate(way.x() / high * std::numbers::pi, way.y() / high * std::numbers::pi); break;
    case Drag::Roll: {
      const QPointF middle(width() / 2.0, height() / 2.0), a = m_last - middle, b = position - middle;
      camera.roll(std::atan2(a.y(), a.x()) - std::atan2(b.y(), b.x()));
      break;
    }
    case Drag::Zoom: camera.zoom(std::exp(-3 * way.y() / high), (m_press.x() - width() / 2.0) / high, (m_press.y() - height() / 2.0) / high); break;
    case Drag::Box: m_marks.band = QPolygonF({m_press, QPointF(position.x(), m_press.y()), position, QPointF(m_press.x(), position.y())}); break;
    case Drag::Lasso: m_marks.band << position; break;
    case Drag::Move: Q_EMIT pointDragged(m_movedRow, inMap(m_press), inMap(position), false); return;
    case Drag::Path: Q_EMIT pathDragged(inMap(position), unitsAPixel()); return;
    case Drag::None: return;
  }
  m_last = position;
  if (m_drag == Drag::Box || m_drag == Drag::Lasso) {
    m_marks.closed = m_drag == Drag::Box;
    overlayChanged();
  } else {
    m_follows = false;
    setCamera(limited(camera), false);
  }
}

void MapCanvas::mouseReleaseEvent(QMouseEvent *event) {
  if (m_drag == Drag::None) {
    return;
  }
  const Drag drag = std::exchange(m_drag, Drag::None);
  if (!m_moved) {
    if (event->button() == Qt::LeftButton) {
      const auto row = rowUnder(event->position());
      Q_EMIT pointClicked(row ? static_cast<std::ptrdiff_t>(*row) : -1, event->modifiers());
    }
  } else if (drag == Drag::Box || drag == Drag::Lasso) {
    finishBand(event->modifiers());
  } else if (drag != Drag::Move && drag != Drag::Path) {
    Q_EMIT cameraMoved(m_before, m_goal, false);
  }
  m_moved = false;
  showCursor();
}

void MapCanvas::finishBand(Qt::KeyboardModifiers modifiers) {
  const QPolygonF band = std::exchange(m_marks.band, {});
  overlayChanged();
  const SelectMode mode = m_tool == MapTool::Navigate ? SelectMode::Replace : selectMode(modifiers);
  if (m_marks.closed) {
    Q_EMIT rowsChosen(rowsInBox(m_scene, projector(), onScreen(band[0]), onScreen(band[2])), mode);
    return;
  }
  std::vector<ScreenPoint> outline;
  std::transform(band.begin(), band.end(), std::back_inserter(outline), [this](const QPointF &corner) { return onScreen(corner); });
  Q_EMIT rowsChosen(rowsInLasso(m_scene, projector(), outline), mode);
}

void MapCanvas::mouseDoubleClickEvent(QMouseEvent *event) {
  if (event->button() == Qt::LeftButton) {
    Q_EMIT fitWanted();
  }
}

void MapCanvas::moveByHand(const Camera &camera, bool merges, bool eased) {
  const Camera before = m_goal;
  m_follows = false;
  setCamera(limited(camera), eased);
  Q_EMIT cameraMoved(before, m_goal, merges);
}

void MapCanvas::wheelEvent(QWheelEvent *event) {
  if (m_scene.count == 0) {
    return;
  }
  const double notches = event->angleDelta().y() / 120.0;
  const double high = std::max(height(), 1);
  const QPointF place = (event->position() - QPointF(width() / 2.0, height() / 2.0)) / high;
  Camera camera = m_goal;
  camera.zoom(std::pow(1.25, notches), place.x(), place.y());
  moveByHand(camera, true, std::abs(notches) >= 1);  // touchpads are smooth by themselves
  event->accept();
}

bool MapCanvas::cancelBand() {
  if (m_drag == Drag::None) {
    return false;
  }
  m_drag = Drag::None;
  m_moved = false;
  m_marks.band.clear();
  overlayChanged();
  return true;
}

void MapCanvas::keyPressEvent(QKeyEvent *event) {
  Camera camera = m_goal;
  const auto arrow = [&](double right, double down) {
    if (camera.flat || event->modifiers().testFlag(Qt::ShiftModifier)) {
      camera.pan(-right * kKeyStep, -down * kKeyStep);
    } else {
      camera.rotate(right * kKeyStep * 2, down * kKeyStep * 2);
    }
  };
  switch (event->key()) {
    case Qt::Key_Left: arrow(-1, 0); break;
    case Qt::Key_Right: arrow(1, 0); break;
    case Qt::Key_Up: arrow(0, -1); break;
    case Qt::Key_Down: arrow(0, 1); break;
    case Qt::Key_Plus:
    case Qt::Key_Equal: camera.zoom(1.25); break;
    case Qt::Key_Minus: camera.zoom(0.8); break;
    default: QWidget::keyPressEvent(event); return;
  }
  if (m_scene.count > 0) {
    moveByHand(camera, true, true);
  }
}

void MapCanvas::hover(const QPointF &position) {
  if (m_scene.count == 0) {
    return;
  }
  const auto reach = static_cast<float>(kPickReach * devicePixelRatioF()), radius = static_cast<float>(pointRadius() * devicePixelRatioF());
  m_hovering = true;
  m_picking->request([this, scene = m_scene, view = projector(), place = onScreen(position), reach, radius](const std::atomic<bool> &) {
    const auto row = nearestRow(scene, view, place, reach, radius);
    QMetaObject::invokeMethod(this, [this, count = scene.count, row] {
      if (m_hovering && m_drag == Drag::None && count == m_scene.count) {
        Q_EMIT pointHovered(row ? static_cast<std::ptrdiff_t>(*row) : -1);
      }
    });
  });
}

void MapCanvas::leaveEvent(QEvent *) {
  m_hovering = false;
  Q_EMIT pointHovered(-1);
}

}  // namespace vitrine
