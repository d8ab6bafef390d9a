// The quality of a film's frames as a line that seeks.
#pragma once

#include <vector>

#include <QWidget>

namespace vitrine {

/// PSNR over the frames, in dB; a click or drag seeks.
class QualityStrip : public QWidget {
  Q_OBJECT
 public:
  explicit QualityStrip(QWidget *parent = nullptr);
  void setQuality(const std::vector<double> &decibels);  ///< NaN = not known yet
  void setFrame(std::size_t frame);
  static constexpr int kHeight = 64;
  static constexpr std::size_t kWorst = 5;                 ///< frames that are marked
  std::vector<std::size_t> worst(std::size_t most) const;  ///< frames, the worst first
  static void paint(QPainter &painter, const QRectF &area, const std::vector<double> &decibels, std::size_t frame, const std::vector<std::size_t> &worst);

 Q_SIGNALS:
  void frameChosen(std::size_t frame);
  void dragged(bool going);  ///< a drag along the strip begins or ends

 protected:
  void paintEvent(QPaintEvent *event) override;
  void mousePressEvent(QMouseEvent *event) override;
  void mouseMoveEvent(QMouseEvent *event) override;
  void mouseReleaseEvent(QMouseEvent *event) override;

 private:
  void choose(double x);
  std::vector<double> m_quality;
  std::size_t m_frame = 0;
};

}  // namespace vitrine
