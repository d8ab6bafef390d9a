// What leaves the window: pictures, films, selections, tables and arrays. Files are written on the files lane, never by the GUI thread.
#pragma once

#include <QImage>
#include <QPointer>

#include "app/gui/viewer_area.h"

namespace vitrine {

/// Writes a picture (PNG or JPEG by its ending). Any thread. Throws std::runtime_error naming file and reason.
void writePicture(const QImage &picture, const QString &file);

/// The selected samples of a data set: id, columns, and the coordinates they have in `projection` (may be null).
Table selectionTable(const DataItem &data, const Projection *projection);

/// Writes a table, curve, matrix or projection: .csv, .tsv or .npy by the file's ending. Any thread. Throws.
void writeData(const Artifact &artifact, const QString &file);

/// Renders the recorded frames of a run through its viewer, one an event-loop turn, and encodes them on a thread of its own.
class FilmExport : public QObject {
  Q_OBJECT
 public:
  FilmExport(ViewerFrame *frame, const QString &file, QSize size, double framesPerSecond, QObject *parent = nullptr);
  ~FilmExport() override;
  void cancel();

 Q_SIGNALS:
  void progress(int done, int total);
  void finished(const QString &file);
  void failed(const QString &error);

 private:
  void renderNext();
  void end(const QString &error);
  struct Encoder;
  QPointer<ViewerFrame> m_frame;
  Recording m_frames;
  std::vector<std::size_t> m_order;  ///< of the frames that are shown
  std::unique_ptr<Viewer> m_viewer;
  std::shared_ptr<Encoder> m_encoder;
  Lane m_lane{QStringLiteral("film")};
  QString m_file;
  QSize m_size;
  std::size_t m_next = 0;
  bool m_done = false;
};

}  // namespace vitrine
