// What leaves the window: pictures, films, selections, tables and arrays. Files are written on the files lane, never by the GUI thread.
#pragma once

#include <QImage>
#include <QPointer>

#include "app/gui/viewer_area.h"
#include "data/picture.h"

namespace vitrine {

/// Writes a picture (PNG or JPEG by its ending). Any thread. Throws std::runtime_error naming file and reason.
void writePicture(const QImage &picture, const QString &file);

/// The selected samples of a data set: id, columns, and the coordinates they have in `projection` (may be null).
Table selectionTable(const DataItem &data, const Projection *projection);

/// Writes a table, curve, matrix or projection: .csv, .tsv or .npy by the file's ending. Any thread. Throws.
void writeData(const Artifact &artifact, const QString &file);

/// Renders the film of a view through a viewer of the same kind, or else the recorded frames of its run, one an event-loop turn, and encodes them on a thread
/// of its own.
class FilmExport : public QObject {
  Q_OBJECT
 public:
  /// `framesPerSecond` is for recorded runs: a film has its own rate.
  FilmExport(ViewerFrame *frame, const QString &file, QSize size, double framesPerSecond, const data::FilmOptions &options, QObject *parent = nullptr);
  ~FilmExport() override;
  void cancel();

 Q_SIGNALS:
  void progress(int done, int total);
  void finished(const QString &file);
  void failed(const QString &error);

 private:
  void renderNext();
  void encode(const QImage &picture);
  std::size_t total() const { return m_length > 0 ? m_length : m_order.size(); }
  void end(const QString &error);
  struct Encoder;
  QPointer<ViewerFrame> m_frame;
  Recording m_frames;
  std::vector<std::size_t> m_order;  ///< of the frames that are shown
  std::unique_ptr<Viewer> m_viewer;
  std::shared_ptr<Encoder> m_encoder;
  Lane m_lane{QStringLiteral("film")};
  QString m_file, m_title;
  QSize m_size;
  std::size_t m_length = 0;  ///< of a film that the view shows by itself
  std::size_t m_next = 0;
  bool m_done = false;
};

}  // namespace vitrine
