// The three views of part prototypes: a sample with the boxes of its strongest parts, pairs of parts that look alike, and all prototypes.
#pragma once

#include <QWidget>

#include "viewers/prototypes/parts_scene.h"

namespace vitrine {

/// What a view of parts shares: a scene, a paint function, and a prototype chosen by click or arrow keys.
class PartsView : public QWidget {
  Q_OBJECT
 public:
  /// `scene` must outlive this.
  PartsView(const PartsScene &scene, const QString &name, QWidget *parent);
  void refresh();  ///< the scene has changed

 Q_SIGNALS:
  void chosen(std::size_t prototype);

 protected:
  virtual std::vector<std::size_t> order() const = 0;                     ///< prototypes as the arrow keys go through them
  virtual std::optional<std::size_t> at(const QPointF &place) const = 0;  ///< the prototype there
  virtual void paint(QPainter &painter) const = 0;
  virtual QString tip(std::size_t prototype) const = 0;
  virtual int columns() const { return 1; }
  void paintEvent(QPaintEvent *event) override;
  void mousePressEvent(QMouseEvent *event) override;
  void keyPressEvent(QKeyEvent *event) override;
  bool event(QEvent *event) override;
  const PartsScene &m_scene;
};

/// The sentence, and the sample with boxes.
class PartsPicture : public PartsView {
 public:
  explicit PartsPicture(const PartsScene &scene, QWidget *parent = nullptr);
  static void draw(QPainter &painter, const QRectF &area, const PartsScene &scene);
  QSize sizeHint() const override { return {320, 360}; }

 protected:
  std::vector<std::size_t> order() const override { return m_scene.boxed(); }
  std::optional<std::size_t> at(const QPointF &place) const override;
  void paint(QPainter &painter) const override { draw(painter, rect(), m_scene); }
  QString tip(std::size_t prototype) const override;
};

/// "This part looks like that part": a row a prototype, and the sum.
class PartsPairs : public PartsView {
 public:
  explicit PartsPairs(const PartsScene &scene, QWidget *parent = nullptr);
  /// Draws into an area of this width and returns the height it needs; `painter` may be null to ask only for that.
  static double draw(QPainter *painter, const QRectF &area, const PartsScene &scene);
  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override { return static_cast<int>(draw(nullptr, QRectF(0, 0, width, 0), m_scene)) + 1; }
  QSize sizeHint() const override { return {400, heightForWidth(400)}; }

 protected:
  std::vector<std::size_t> order() const override;
  std::optional<std::size_t> at(const QPointF &place) const override;
  void paint(QPainter &painter) const override { draw(&painter, rect(), m_scene); }
  QString tip(std::size_t prototype) const override;
};

/// Every prototype's training picture with its box.
class PartsGallery : public PartsView {
 public:
  explicit PartsGallery(const PartsScene &scene, QWidget *parent = nullptr);
  static double draw(QPainter *painter, const QRectF &area, const PartsScene &scene);
  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override { return static_cast<int>(draw(nullptr, QRectF(0, 0, width, 0), m_scene)) + 1; }
  QSize sizeHint() const override { return {400, heightForWidth(400)}; }

 protected:
  std::vector<std::size_t> order() const override;
  std::optional<std::size_t> at(const QPointF &place) const override;
  void paint(QPainter &painter) const override { draw(&painter, rect(), m_scene); }
  QString tip(std::size_t prototype) const override;
  int columns() const override;
};

}  // namespace vitrine
