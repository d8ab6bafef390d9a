// The map itself: one scene, one camera and one picker; a painter for what the machine can do; and the mouse.
#pragma once

#include <memory>

#include <QElapsedTimer>
#include <QTimer>
#include <QWidget>

#include "viewers/projection/map_painter.h"
#include "viewers/projection/marks.h"
#include "viewers/projection/picker.h"

namespace vitrine {

class EmptyState;
class NewestJob;

enum class MapTool { Navigate, Box, Lasso };

class MapCanvas : public QWidget {
  Q_OBJECT
 public:
  explicit MapCanvas(QWidget *parent = nullptr);
  ~MapCanvas() override;

  /// Keeps the camera, except that a view nobody has moved follows its cloud.
  void setScene(Scene scene);
  const Scene &scene() const { return m_scene; }

  /// The camera that the view has or is on its way to.
  const Camera &camera() const { return m_goal; }
  void setCamera(const Camera &camera, bool eased = true);
  /// As it is on the screen at this moment.
  const Camera &shownCamera() const;
  bool followsCloud() const { return m_follows; }
  void setFollowsCloud(bool follows) { m_follows = follows; }
  Camera home() const;                         ///< the whole cloud, from the first point of view
  Camera framing(const Bounds &bounds) const;  ///< the box, from the present point of view

  void setTool(MapTool tool);
  MapTool tool() const { return m_tool; }
  /// Whether Ctrl + left moves points of a flat map.
  void setMovable(bool movable) { m_movable = movable; }
  void setSizes(double points, double opacity);  ///< factors on what suits the number of points
  Marks &marks() { return m_marks; }             ///< call marksChanged() afterwards
  void marksChanged();
  void overlayChanged();  ///< where only what belongs to the mouse changed
  void setBadge(const QString &badge);
  /// Lets go of a band or drag without effect; false if there was none.
  bool cancelBand();
  void themeChanged();

  /// Paints the map into `area` of a picture: points by the splatter, marks without those of the mouse.
  void paintPicture(QPainter &painter, const QRectF &area) const;
  double pointRadius() const;            ///< logical pixels
  int oneIn() const { return m_oneIn; }  ///< level of detail of what is on the screen
  bool settled() const;                  ///< nothing is moving or being drawn
  MapPainter &painter() { return *m_painter; }
  /// Replaces the painter: by default the best the machine has.
  void usePainter(OpenGl kind);

 Q_SIGNALS:
  void pointHovered(std::ptrdiff_t row);  ///< -1 = none
  void pointClicked(std::ptrdiff_t row, Qt::KeyboardModifiers modifiers);
  void rowsChosen(const std::vector<std::size_t> &rows, vitrine::SelectMode mode);
  /// A point is on its way under the mouse: where it was taken and where it is to be, in the map's coordinates.
  void pointDragged(std::size_t row, const QPointF &from, const QPointF &to, bool begins);
  /// A drag that began on the path goes on: the place in the map's coordinates.
  void pathDragged(const QPointF &place, double unitsAPixel);
  /// A move by hand has ended; `merges` with the one before it if that was a moment ago.
  void cameraMoved(const vitrine::Camera &before, const vitrine::Camera &after, bool merges);
  void fitWanted();
  void frameShown(double milliseconds);  ///< a splatted frame is on its way to the screen; the time it took to make

 protected:
  bool eventFilter(QObject *watched, QEvent *event) override;
  void resizeEvent(QResizeEvent *event) override;
  void showEvent(QShowEvent *event) override;
  void mousePressEvent(QMouseEvent *event) override;
  void mouseMoveEvent(QMouseEvent *event) override;
  void mouseReleaseEvent(QMouseEvent *event) override;
  void mouseDoubleClickEvent(QMouseEvent *event) override;
  void wheelEvent(QWheelEvent *event) override;
  void keyPressEvent(QKeyEvent *event) override;
  void leaveEvent(QEvent *event) override;

 private:
  enum class Drag { None, Pan, Turn, Roll, Zoom, Box, Lasso, Move, Path };
  struct Frames;

  MapPicture picture() const;
  PointStyle style(const Camera &camera, double width, double height, double ratio) const;
  double aspect() const { return height() > 0 ? static_cast<double>(width()) / height() : 1; }
  Camera limited(Camera camera) const;
  double expectedTime() const;  ///< ms to splat every point
  void refresh();
  void requestFrame(bool moving);
  void takeFrame(std::shared_ptr<const SplatFrame> frame, double milliseconds);
  void ease();
  void paintOverlay(QPainter &painter);
  Projector projector() const;
  ScreenPoint onScreen(const QPointF &position) const;
  QPointF inMap(const QPointF &position) const;
  double unitsAPixel() const { return shownCamera().height / std::max(height(), 1); }
  std::optional<std::size_t> rowUnder(const QPointF &position) const;
  Drag dragFor(Qt::MouseButton button, Qt::KeyboardModifiers modifiers) const;
  void dragTo(const QPointF &position);
  void finishBand(Qt::KeyboardModifiers modifiers);
  void hover(const QPointF &position);
  void moveByHand(const Camera &camera, bool merges, bool eased);
  void showCursor();

  Scene m_scene;
  Camera m_camera, m_goal, m_start;
  bool m_follows = true;
  double m_size = 1, m_opacity = 1;
  int m_oneIn = 1;
  Marks m_marks;
  QRegion m_marked;  ///< of the overlay, as it is on the screen

  std::unique_ptr<MapPainter> m_painter;
  EmptyState *m_empty;
  QWidget *m_overlay;
  std::shared_ptr<Frames> m_frames;
  std::shared_ptr<const SplatFrame> m_frame;
  std::unique_ptr<NewestJob> m_splatting, m_picking;
  QTimer m_easing, m_rest;
  QElapsedTimer m_easeClock;

  MapTool m_tool = MapTool::Navigate;
  Drag m_drag = Drag::None;
  bool m_moved = false, m_hovering = false, m_movable = false;
  std::size_t m_movedRow = 0;
  QPointF m_press, m_last;
  Camera m_before;
};

}  // namespace vitrine
