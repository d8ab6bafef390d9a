// The prototypes as pictures: each decoded, beside its nearest training picture, with its class and how near that is.
#pragma once

#include <QWidget>

#include "viewers/prototypes/scene.h"

namespace vitrine {

class Gallery : public QWidget {
  Q_OBJECT
 public:
  /// `scene` must outlive this.
  explicit Gallery(const WorkshopScene &scene, QWidget *parent = nullptr);

  void refresh();  ///< the scene has changed
  QRectF card(std::size_t j) const { return cardIn(rect(), j); }
  static double heightFor(const WorkshopScene &scene, double width);
  void paint(QPainter &painter, const QRectF &area) const;
  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override { return static_cast<int>(heightFor(m_scene, width)); }
  QSize sizeHint() const override { return {480, heightForWidth(480)}; }

 Q_SIGNALS:
  void chosen(std::size_t prototype, bool also);  ///< also = beside the one chosen before
  void menuWanted(const QPoint &at);              ///< for the chosen one

 protected:
  void paintEvent(QPaintEvent *event) override;
  void mousePressEvent(QMouseEvent *event) override;
  void keyPressEvent(QKeyEvent *event) override;
  void contextMenuEvent(QContextMenuEvent *event) override;
  bool event(QEvent *event) override;

 private:
  QRectF cardIn(const QRectF &area, std::size_t j) const;
  std::optional<std::size_t> at(const QPointF &place) const;
  void paintCard(QPainter &painter, const QRectF &card, std::size_t j) const;
  QString tip(std::size_t j) const;

  const WorkshopScene &m_scene;
};

}  // namespace vitrine
