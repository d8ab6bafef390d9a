// Samples that follow each other, as the frames of a film do: the line through them on a flat map, and places on and beside it.
#pragma once

#include <QPainter>

#include "viewers/projection/marks.h"

namespace vitrine {

/// Where a place of the map lies on a flat view of it.
QPointF onView(const QPointF &place, const Camera &camera, const QRectF &area);

struct PathPlace {
  std::size_t row = 0;  ///< of the nearest sample
  double distance = 0;  ///< to the line, in the map's units
};
/// By brute force: paths have thousands of samples at most. The scene is flat and not empty.
PathPlace nearestOnPath(const Scene &scene, const QPointF &place);

/// The line in order; marks.probe, if there is one, with a tie to its nearest sample (marks.current).
void paintPath(QPainter &painter, const QRectF &area, const Scene &scene, const Camera &camera, const Marks &marks);

}  // namespace vitrine
