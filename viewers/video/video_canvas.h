// One frame and what a network made of it: side by side, under a wipe line, or their difference; one zoom for both.
#pragma once

#include <optional>

#include <QImage>
#include <QWidget>

namespace vitrine {

enum class Compare { Side, Wipe, Difference };

class VideoCanvas : public QWidget {
  Q_OBJECT
 public:
  explicit VideoCanvas(QWidget *parent = nullptr);

  /// RGB888 pictures of one size; `original` may be null: then the made one stands alone.
  void setPictures(const QImage &original, const QImage &made, const QString &caption);
  void setCompare(Compare compare);
  Compare compare() const { return m_compare; }
  void setGain(int gain);  ///< of the difference
  int gain() const { return m_gain; }
  void fit();
  double zoom() const { return m_zoom; }  ///< 1 = the whole picture
  void setWipe(double part);              ///< 0 = all made, 1 = all original
  double wipe() const { return m_wipe; }
  /// "12, 40: 18 30 41, made 20 31 40" for the pixel under the mouse; empty elsewhere.
  QString pixelText() const;
  /// Where a pixel of the picture in box 0 or 1 (side by side) is drawn, in logical pixels.
  QRectF pixelPlace(int x, int y, int box = 0) const;
  void paint(QPainter &painter, const QRectF &area) const;

 Q_SIGNALS:
  void pixelChanged();

 protected:
  void paintEvent(QPaintEvent *event) override;
  void wheelEvent(QWheelEvent *event) override;
  void mousePressEvent(QMouseEvent *event) override;
  void mouseMoveEvent(QMouseEvent *event) override;
  void mouseReleaseEvent(QMouseEvent *event) override;
  void mouseDoubleClickEvent(QMouseEvent *event) override;
  void leaveEvent(QEvent *event) override;

 private:
  std::vector<QRectF> boxes(const QRectF &area) const;
  QRectF placed(const QRectF &box) const;  ///< of the whole picture
  void paintBox(QPainter &painter, const QRectF &box, const QImage &picture, const QString &caption) const;
  void paintValues(QPainter &painter, const QRectF &box, const QImage &picture) const;
  const QImage &difference() const;

  QImage m_original, m_made;
  mutable QImage m_difference;
  QString m_caption;
  Compare m_compare = Compare::Side;
  int m_gain = 4;
  double m_zoom = 1, m_wipe = 0.5;
  QPointF m_centre{0.5, 0.5};  ///< of the view, in parts of the picture
  std::optional<QPointF> m_drag;
  std::optional<QPoint> m_pixel;
};

}  // namespace vitrine
