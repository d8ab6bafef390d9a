// The two ways to bring a map onto the screen share this face: VTK in an OpenGL widget, and QPainter where there is no OpenGL.
#pragma once

#include <memory>

#include <QColor>
#include <QRectF>
#include <QWidget>

#include "viewers/projection/lines.h"

namespace vitrine {

/// All that a painter needs to know. Points come as splatted frames, unless the painter draws them itself.
struct MapPicture {
  Scene scene;
  Camera camera;
  PointStyle style;
  std::vector<Segment> ties;  ///< lines between points, 3D only
  std::uint32_t grid = 0;     ///< colour of the grid behind a 3D cloud; 0 = none
  QColor ground;
  bool showNow = true;  ///< do not wait for the next frame: it may take a while, and the last one can be moved to its place meanwhile
};

class MapPainter {
 public:
  virtual ~MapPainter() = default;
  virtual QWidget *widget() = 0;
  /// Draws points itself (a graphics card) or wants frames (everything else).
  virtual bool drawsPoints() const = 0;
  /// Lines are drawn into the frames by whoever makes them.
  virtual bool wantsLinesInFrames() const = 0;
  virtual void setPicture(const MapPicture &picture) = 0;
  virtual void setFrame(std::shared_ptr<const SplatFrame> frame) = 0;
};

/// Where a 2D frame that was drawn with its own camera lies in a view of `size` that looks through `camera`.
QRectF placeOf(const SplatFrame &frame, const Camera &camera, const QSizeF &size);

/// What OpenGL the platform gives: asked once, kept.
enum class OpenGl { None, Software, Hardware };
OpenGl openGl();

}  // namespace vitrine
