// The actions that take something out of the window: they ask for a file, and the work goes to the files lane.
#pragma once

#include "app/gui/exporter.h"

namespace vitrine {

class Outputs : public QObject {
  Q_OBJECT
 public:
  Outputs(Session &session, ViewerArea &area, QWidget *window);

  void screenshot();       ///< of the active view, through a dialog
  void copyPicture();      ///< of the active view as it is, to the clipboard
  void exportData();       ///< of the active view: CSV, TSV or NPY
  void exportSelection();  ///< ids, columns and coordinates
  void exportFilm();       ///< of the film in the active view, or of its recorded run

  // The same without questions, for the tour, --shot and the tests.
  void writeShot(ViewerFrame *frame, QSize pixels, const QString &file);
  void writeWindow(const QString &file);  ///< the whole window as it is on screen
  FilmExport *writeFilm(ViewerFrame *frame, QSize pixels, const QString &file, const std::string &codec = "h264");
  void writeSelection(const QString &dataId, ViewerFrame *coordinates, const QString &file);
  void writeArtifactData(const Artifact &artifact, const QString &file);

 Q_SIGNALS:
  void said(const QString &line);
  void failed(const QString &what, const QString &details);

 private:
  QString askFile(const QString &title, const QString &name, const QString &filter, QString *chosen = nullptr);
  void onFiles(std::function<void()> write, const QString &file);
  Session &m_session;
  ViewerArea &m_area;
  QWidget *m_window;
  QString m_lastFolder;
};

}  // namespace vitrine
