// Why a sample was called what it was: a sentence, the picture, and the evidence of each prototype.
#pragma once

#include <QWidget>

#include "viewers/prototypes/scene.h"

namespace vitrine {

class WhyView : public QWidget {
  Q_OBJECT
 public:
  /// `scene` must outlive this.
  explicit WhyView(const WorkshopScene &scene, QWidget *parent = nullptr);

  void refresh();  ///< the scene has changed
  /// Draws into an area of this width and returns the height it needs; `painter` may be null to ask only for that.
  static double draw(QPainter *painter, const QRectF &area, const WorkshopScene &scene);
  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override { return static_cast<int>(draw(nullptr, QRectF(0, 0, width, 0), m_scene)) + 1; }
  QSize sizeHint() const override { return {320, heightForWidth(320)}; }

 Q_SIGNALS:
  void chosen(std::size_t prototype, bool also);

 protected:
  void paintEvent(QPaintEvent *event) override;
  void mousePressEvent(QMouseEvent *event) override;

 private:
  const WorkshopScene &m_scene;
};

}  // namespace vitrine
