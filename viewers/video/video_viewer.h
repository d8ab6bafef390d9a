// A film that a network made, beside the frames it was made from: plays, steps, compares, and shows where it is worst.
#pragma once

#include <QTimer>

#include "viewers/newest_job.h"
#include "viewers/video/video_canvas.h"
#include "viewers/viewer.h"

namespace vitrine {

/// PSNR over the frames, in dB; a click or drag seeks.
class QualityStrip : public QWidget {
  Q_OBJECT
 public:
  explicit QualityStrip(QWidget *parent = nullptr);
  void setQuality(const std::vector<double> &decibels);  ///< NaN = not known yet
  void setFrame(std::size_t frame);
  std::vector<std::size_t> worst(std::size_t most) const;  ///< frames, the worst first
  static void paint(QPainter &painter, const QRectF &area, const std::vector<double> &decibels, std::size_t frame, const std::vector<std::size_t> &worst);

 Q_SIGNALS:
  void frameChosen(std::size_t frame);

 protected:
  void paintEvent(QPaintEvent *event) override;
  void mousePressEvent(QMouseEvent *event) override;
  void mouseMoveEvent(QMouseEvent *event) override;

 private:
  std::vector<double> m_quality;
  std::size_t m_frame = 0;
};

class VideoViewer : public Viewer {
  Q_OBJECT
 public:
  explicit VideoViewer(QWidget *parent = nullptr);
  ~VideoViewer() override;

  void setContext(const ViewerContext &context) override;
  void show(const Artifact &artifact) override;
  using Viewer::show;
  QImage grab(QSize pixels) override;
  QList<QAction *> tools() override { return m_tools; }
  QString status() const override;
  Json state() const override;
  void restore(const Json &state) override;
  /// Frame by frame: its number and its quality in dB.
  std::optional<Artifact> exported() const override;

  void seek(std::size_t frame);
  std::size_t frame() const { return m_frame; }
  std::size_t shownFrame() const { return m_shown; }  ///< the one on the screen: the wanted one may still be decoded
  void setPlaying(bool playing);
  bool playing() const { return m_clock.isActive(); }
  const std::vector<double> &quality() const { return m_quality; }
  VideoCanvas &canvas() { return *m_canvas; }

 protected:
  void hideEvent(QHideEvent *event) override;

 private:
  void buildTools();
  void reset();
  struct Decoded;
  static Decoded decoded(const FrameSource &film, const FrameSource *originals, std::size_t frame);
  void take(const Decoded &decoded);
  void decode();
  void measure();
  void refreshTools();
  std::size_t count() const { return m_film == nullptr ? 0 : m_film->count(); }

  ViewerContext m_context;
  Artifact m_artifact;
  std::shared_ptr<const FrameSource> m_film, m_originals;
  std::vector<double> m_quality;  ///< dB of each frame; NaN until measured
  std::size_t m_frame = 0, m_shown = 0;
  VideoCanvas *m_canvas;
  QualityStrip *m_strip;
  QList<QAction *> m_tools;
  QAction *m_play = nullptr, *m_side = nullptr, *m_wipe = nullptr, *m_difference = nullptr;
  QTimer m_clock;
  QString m_error;
  bool m_seen = false;                                                                      ///< a frame of this film is on the screen
  std::shared_ptr<std::atomic<bool>> m_stale = std::make_shared<std::atomic<bool>>(false);  ///< of what is being measured
  NewestJob m_decoding, m_measuring;
};

Viewer *makeVideoViewer(QWidget *parent);

}  // namespace vitrine
