#include "viewers/projection/path.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "viewers/projection/projection_viewer.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

constexpr double kOnPath = 14;  // logical pixels beside the line that still are on it

QPointF pointOf(const Scene &scene, std::size_t row) {
  return {static_cast<double>(scene.point(row)[0]), static_cast<double>(scene.point(row)[1])};
}

double length(const QPointF &way) {
  return std::hypot(way.x(), way.y());
}

double distanceTo(const QPointF &a, const QPointF &b, const QPointF &place) {
  const QPointF way = b - a;
  const double square = QPointF::dotProduct(way, way), part = square > 0 ? std::clamp(QPointF::dotProduct(place - a, way) / square, 0.0, 1.0) : 0;
  return length(place - a - part * way);
}

}  // namespace

QPointF onView(const QPointF &place, const Camera &camera, const QRectF &area) {
  const double scale = area.height() / camera.height;
  return area.center() + QPointF((place.x() - camera.centre[0]) * scale, (camera.centre[1] - place.y()) * scale);
}

PathPlace nearestOnPath(const Scene &scene, const QPointF &place) {
  PathPlace nearest{0, std::numeric_limits<double>::infinity()};
  double least = nearest.distance;
  for (std::size_t row = 0; row < scene.count; ++row) {
    const double away = length(pointOf(scene, row) - place);
    if (away < least) {
      least = away;
      nearest.row = row;
    }
    nearest.distance = std::min(nearest.distance, row == 0 ? away : distanceTo(pointOf(scene, row - 1), pointOf(scene, row), place));
  }
  return nearest;
}

void paintPath(QPainter &painter, const QRectF &area, const Scene &scene, const Camera &camera, const Marks &marks) {
  QPolygonF line;
  for (std::size_t row = 0; row < scene.count; ++row) {
    line << onView(pointOf(scene, row), camera, area);
  }
  QColor colour = theme().secondary;
  colour.setAlphaF(0.7F);
  painter.setPen(QPen(colour, 1.25, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  painter.setBrush(Qt::NoBrush);
  painter.drawPolyline(line);
  if (!marks.probe) {
    return;
  }
  const QPointF at = onView(*marks.probe, camera, area);
  painter.setPen(QPen(theme().accent, 1.25, Qt::DashLine));
  if (marks.current && *marks.current < scene.count) {
    painter.drawLine(line[static_cast<qsizetype>(*marks.current)], at);
  }
  painter.setPen(QPen(theme().accent, 2));
  painter.setBrush(theme().window);
  painter.drawPolygon(QPolygonF({at + QPointF(0, -6), at + QPointF(6, 0), at + QPointF(0, 6), at + QPointF(-6, 0)}));
}

// The viewer's part: what the artifact says of its path, and what a drag along it does.

void ProjectionViewer::readPath() {
  const bool has = m_scene.count > 1 && m_scene.dims == 2 && m_artifact.metadata.contains("path") && m_artifact.metadata["path"] == Json(true);
  m_panel->offerPath(has);
  m_canvas->marks().path = has && m_panel->look().path;
  m_canvas->marks().probe.reset();
  m_canvas->overlayChanged();
}

/// On the line a drag goes from sample to sample. Beside it stands no sample: the nearest one and the way from it, in the space that the map is a shadow of,
/// are told to whoever can make something of them.
void ProjectionViewer::followPath(const QPointF &place, double unitsAPixel) {
  Marks &marks = m_canvas->marks();
  if (!marks.path || m_context.selection == nullptr) {
    return;
  }
  const PathPlace near = nearestOnPath(m_scene, place);
  const SampleId id = m_rows->id(near.row);
  m_context.selection->setCurrent(id);
  const Json axes = m_artifact.metadata.value("axes", Json::array());
  marks.probe.reset();
  std::vector<float> offset;
  if (near.distance > kOnPath * unitsAPixel && axes.size() == 2 && axes[0].is_array() && axes[1].is_array() && axes[0].size() == axes[1].size()) {
    marks.probe = place;
    const QPointF step = place - pointOf(m_scene, near.row);
    for (std::size_t i = 0; i < axes[0].size(); ++i) {
      offset.push_back(static_cast<float>(step.x() * axes[0][i].get<double>() + step.y() * axes[1][i].get<double>()));
    }
  }
  m_context.selection->setProbe(id, offset);
  m_canvas->overlayChanged();
}

}  // namespace vitrine
