// What lies over the points: rings, ties, the hover card, the rubber band, the honest badge, the axes of a 3D view.
#pragma once

#include <optional>

#include <QImage>
#include <QPainter>
#include <QPolygonF>
#include <QRegion>

#include "viewers/projection/scene.h"
#include "widgets/selection.h"

namespace vitrine {

struct Marks {
  std::optional<std::size_t> hovered, current;
  std::vector<std::size_t> neighbours;  ///< of the current point, in the original space
  std::vector<std::size_t> held;        ///< kept in place by hand
  QImage picture;                       ///< of the hovered sample, in device pixels
  QString caption;                      ///< of the hovered sample
  QPolygonF band;                       ///< outline that is being drawn, in logical pixels
  bool closed = true;                   ///< the band is a rectangle
  std::optional<SelectMode> mode;       ///< what letting go would do to the selection
  bool path = false;                    ///< a line joins the samples in their order
  std::optional<QPointF> probe;         ///< a place beside the path that is looked at, in the map's coordinates
  QString badge;
  std::vector<std::size_t> keepClear;  ///< some of the selected rows: no card may cover them
};

/// A row's place on `area`, in logical pixels; std::nullopt behind the eye or for a position that is no number.
std::optional<QPointF> placeOf(const Scene &scene, std::size_t row, const Camera &camera, const QRectF &area);

/// Ties and rings of current and neighbours, badge and axes; with `live` also what belongs to the mouse.
void paintMarks(QPainter &painter, const QRectF &area, const Scene &scene, const Camera &camera, double radius, const Marks &marks, bool live);

/// What paintMarks() draws on with `live`, the badge left out: a widget need repaint no more than that when camera or marks change.
QRegion marksRegion(const QRectF &area, const Scene &scene, const Camera &camera, double radius, const Marks &marks, double pixelRatio);

}  // namespace vitrine
