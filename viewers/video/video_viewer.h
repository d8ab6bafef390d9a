// A film that a network made, beside the frames it was made from: plays, steps, compares, and shows where it is worst.
#pragma once

#include <QTimer>

#include "viewers/newest_job.h"
#include "viewers/video/film_knobs.h"
#include "viewers/video/quality_strip.h"
#include "viewers/video/video_canvas.h"
#include "viewers/viewer.h"

namespace vitrine {

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
  std::size_t filmLength() const override { return count(); }
  double filmRate() const override { return m_film == nullptr ? 25 : m_film->rate(); }
  /// For a viewer that nobody looks at: it stops measuring, and one picture is asked for after the other.
  void filmPicture(std::size_t i, QSize pixels, const QString &title, std::function<void(const QImage &)> done) override;

  void seek(std::size_t frame);
  void choose(std::size_t frame);  ///< by hand: seeks, and tells the other views
  std::size_t frame() const { return m_frame; }
  bool shownAtHalfSize() const { return m_shownHalf; }  ///< only while it plays, where whole frames come too slowly
  std::size_t shownFrame() const { return m_shown; }    ///< the one on the screen: the wanted one may still be decoded
  void setPlaying(bool playing);
  bool playing() const { return m_clock.isActive(); }
  const std::vector<double> &quality() const { return m_quality; }
  VideoCanvas &canvas() { return *m_canvas; }
  FilmKnobs &knobs() { return *m_knobs; }
  /// The film with its code changed; the picture follows as soon as it is decoded, the bytes as soon as they are counted.
  void setEdit(const FilmEdit &edit);

 protected:
  void hideEvent(QHideEvent *event) override;

 private:
  void buildTools();
  void reset();
  struct Decoded;
  static void fill(Decoded &wanted, const FilmEditor *editor, const FrameSource *originals);
  Decoded wanted(bool whole = false) const;
  std::shared_ptr<const FilmEditor> editorWanted() const;
  void take(const Decoded &decoded);
  void decode();
  void takeKnobs(const FilmEdit &edit);  ///< moved by hand: can be undone
  void change();
  void countBytes();
  std::optional<std::size_t> frameOf(SampleId id) const;
  void measure();
  void refreshTools();
  std::size_t count() const { return m_film == nullptr ? 0 : m_film->count(); }

  ViewerContext m_context;
  Artifact m_artifact;
  std::shared_ptr<const FrameSource> m_film, m_originals;  ///< m_film: as the knobs have it
  std::shared_ptr<LatentDecoder> m_latents;
  FilmEdit m_made;                ///< what was done to m_film
  std::vector<float> m_offset;    ///< of the code that is wanted from that of m_frame; empty = none
  std::vector<double> m_quality;  ///< dB of each frame; NaN until measured
  std::size_t m_frame = 0, m_shown = 0;
  VideoCanvas *m_canvas;
  QualityStrip *m_strip;
  FilmKnobs *m_knobs;
  FilmEdit m_edit;  ///< as the knobs stand
  std::size_t m_openedBytes = 0;
  QList<QAction *> m_tools;
  QAction *m_play = nullptr, *m_side = nullptr, *m_wipe = nullptr, *m_difference = nullptr;
  QTimer m_clock, m_rest;  ///< m_rest: the knobs have been let go
  QString m_error;
  double m_wholeSeconds = 0;  ///< to decode a whole frame: the least so far; the first takes longer
  bool m_shownHalf = false;   ///< what is on the screen is a preview
  bool m_seen = false;        ///< a frame of this film is on the screen
  std::shared_ptr<std::atomic<bool>> m_stale = std::make_shared<std::atomic<bool>>(false);  ///< of what is being measured
  NewestJob m_decoding, m_measuring, m_counting;
};

Viewer *makeVideoViewer(QWidget *parent);

}  // namespace vitrine
