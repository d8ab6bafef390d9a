// The picture as the model saw it under the heat of one query, with its colour bar; click a patch to ask what that patch attends to.
#pragma once

#include <memory>

#include <QWidget>

#include "viewers/attention/heat.h"

namespace vitrine {

class EmptyState;

/// All that the attention view draws: whose maps, which of them, how strong.
struct AttentionScene {
  std::shared_ptr<const AttentionMaps> maps;  ///< null = nothing to show
  std::size_t sample = 0;                     ///< row of the maps
  HeatChoice choice;
  double opacity = 0.5;
  QString sampleName;  ///< "17, Ankle boot"

  int patches() const { return maps ? maps->gridRows * maps->gridCols : 0; }
  QString queryName() const;   ///< "CLS", "patch (3,4)", "all patches"
  QString choiceName() const;  ///< "layer 2, head 1", "layer 2, mean of 4 heads", "rollout over 4 layers"
};

class AttentionCanvas : public QWidget {
  Q_OBJECT
 public:
  explicit AttentionCanvas(QWidget *parent = nullptr);
  void setScene(const AttentionScene &scene);

  /// Returns where the picture stands; `withMarks` adds what the mouse points at.
  QRectF paint(QPainter &painter, const QRectF &area, bool withMarks) const;
  /// "patch (3,4): 0.0213" (row and column from 1); empty where there is none.
  QString readOut(int patch) const;
  int patchAt(QPointF position) const;  ///< -1 = beside the picture
  const std::vector<float> &weights() const { return m_weights; }
  double top() const { return m_top; }  ///< the colour bar's end
  QRectF pictureRect() const { return m_place; }
  QSize sizeHint() const override { return {480, 480}; }
  QSize minimumSizeHint() const override { return {160, 160}; }

 Q_SIGNALS:
  void patchClicked(int patch);

 protected:
  void paintEvent(QPaintEvent *event) override;
  void mouseMoveEvent(QMouseEvent *event) override;
  void mousePressEvent(QMouseEvent *event) override;
  void leaveEvent(QEvent *event) override;

 private:
  void paintCaption(QPainter &painter, const QRectF &line) const;
  QRectF paintPicture(QPainter &painter, const QRectF &box) const;
  void paintBar(QPainter &painter, const QRectF &place) const;
  QRectF patchRect(const QRectF &place, int patch) const;
  void paintMark(QPainter &painter, const QRectF &frame, const QColor &colour, double width) const;
  void paintReadOut(QPainter &painter, const QRectF &area, const QRectF &patch) const;

  AttentionScene m_scene;
  std::vector<float> m_weights;
  double m_top = 0, m_cls = 0;
  QRectF m_place;
  EmptyState *m_empty;
  int m_hovered = -1;
};

}  // namespace vitrine
