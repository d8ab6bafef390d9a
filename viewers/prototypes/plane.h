// The codes of all samples in their principal plane, prototypes as stars that can be dragged.
#pragma once

#include <QImage>
#include <QWidget>

#include "viewers/prototypes/scene.h"

namespace vitrine {

class PlaneView : public QWidget {
  Q_OBJECT
 public:
  /// `scene` must outlive this.
  explicit PlaneView(const WorkshopScene &scene, QWidget *parent = nullptr);

  void refresh();                                    ///< the scene has changed
  void setSelected(std::vector<std::uint8_t> rows);  ///< 1 = selected; empty = nothing is
  void setHovered(std::optional<std::size_t> row);
  void fit();
  QPointF starPlace(std::size_t j) const;   ///< logical pixels
  QPointF rowPlace(std::size_t row) const;  ///< logical pixels
  void paint(QPainter &painter, const QRectF &area, bool live) const;

 Q_SIGNALS:
  void rowClicked(std::optional<std::size_t> row, Qt::KeyboardModifiers modifiers);
  void rowsBoxed(const std::vector<std::size_t> &rows, Qt::KeyboardModifiers modifiers);
  void rowHovered(std::optional<std::size_t> row);
  void starChosen(std::size_t j, bool also);
  void starDragged(std::size_t j, float x, float y);  ///< to this place of the plane; again and again
  void starDropped(std::size_t j);
  void menuWanted(const QPoint &at);

 protected:
  void paintEvent(QPaintEvent *event) override;
  void wheelEvent(QWheelEvent *event) override;
  void mousePressEvent(QMouseEvent *event) override;
  void mouseMoveEvent(QMouseEvent *event) override;
  void mouseReleaseEvent(QMouseEvent *event) override;
  void mouseDoubleClickEvent(QMouseEvent *event) override;
  void leaveEvent(QEvent *event) override;
  void keyPressEvent(QKeyEvent *event) override;
  void contextMenuEvent(QContextMenuEvent *event) override;
  void resizeEvent(QResizeEvent *event) override;
  void changeEvent(QEvent *event) override;

 private:
  struct View {
    double x = 0, y = 0, scale = 1;  ///< world place in the middle, pixels a unit
  };
  View viewIn(const QRectF &area) const;
  QImage points(const QRectF &area, double ratio) const;
  QPointF placed(const QRectF &area, float x, float y) const;
  std::optional<std::size_t> starAt(const QPointF &place) const;
  std::optional<std::size_t> rowAt(const QPointF &place) const;
  void paintStars(QPainter &painter, const QRectF &area) const;
  void paintSample(QPainter &painter, const QRectF &area) const;
  void paintLegend(QPainter &painter, const QRectF &area) const;
  void stale();

  const WorkshopScene &m_scene;
  std::shared_ptr<const Prototypes> m_bounded;  ///< whose bounds are known
  double m_low[2] = {0, 0}, m_high[2] = {1, 1}, m_zoom = 1;
  QPointF m_offset;           ///< of the middle, in pixels at zoom 1
  Matrix m_stars, m_trained;  ///< m x 2: as they are, as they were trained
  std::vector<std::uint8_t> m_selected;
  std::optional<std::size_t> m_hovered, m_dragged;
  std::optional<QPointF> m_press;
  QPointF m_at;
  bool m_moved = false;
  QImage m_points;  ///< null = to be drawn
};

}  // namespace vitrine
