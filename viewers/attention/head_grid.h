// Small multiples: what the query attends to in every layer (down) and head (across), the mean of each layer, and the rollout. A click chooses.
#pragma once

#include <QWidget>

#include "viewers/attention/attention_canvas.h"

namespace vitrine {

class HeadGrid : public QWidget {
  Q_OBJECT
 public:
  explicit HeadGrid(QWidget *parent = nullptr);
  void setScene(const AttentionScene &scene);
  void paint(QPainter &painter, const QRectF &area, bool withMarks) const;
  /// The cell of a layer's head; head == heads is the mean of the layer, layer == layers the rollout.
  QRectF cellRect(const QRectF &area, int layer, int head) const;
  QSize sizeHint() const override { return {256, 256}; }
  QSize minimumSizeHint() const override { return {120, 60}; }

 Q_SIGNALS:
  void chosen(const vitrine::HeatChoice &choice);

 protected:
  void paintEvent(QPaintEvent *event) override;
  void mouseMoveEvent(QMouseEvent *event) override;
  void mousePressEvent(QMouseEvent *event) override;
  void leaveEvent(QEvent *event) override;
  bool event(QEvent *event) override;

 private:
  struct Tile {
    HeatChoice choice;
    int row = 0, column = 0;
    QImage image;
  };
  bool isChosen(const Tile &tile) const;
  const Tile *tileAt(QPointF position) const;
  double cellSize(const QRectF &area) const;
  void paintTitles(QPainter &painter, const QRectF &area) const;

  AttentionScene m_scene;
  std::vector<Tile> m_tiles;
  const AttentionMaps *m_tilesOf = nullptr;  ///< tiles are made anew only when sample or query change
  std::size_t m_tilesSample = 0;
  int m_tilesPatch = -1;
  int m_hovered = -1;
};

}  // namespace vitrine
