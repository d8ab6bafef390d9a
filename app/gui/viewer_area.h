// The centre of the window: viewers in tabs and side-by-side panes. Each tab shows one artifact of one run, or the selection.
#pragma once

#include <QPointer>
#include <QSplitter>
#include <QTabWidget>

#include "app/gui/session.h"
#include "viewers/viewer.h"

class QLabel;
class QToolBar;
class QToolButton;
class QProgressBar;

namespace vitrine {

/// A viewer with its tools at the left edge, the status line below, and pause and stop while its run goes on.
class ViewerFrame : public QWidget {
  Q_OBJECT
 public:
  ViewerFrame(Session &session, Run *run, std::string artifact, const ViewerInfo &info, QWidget *parent = nullptr);
  /// The samples of a data set: a grid of those selected (of all if none is), or, without pictures, the table of its columns.
  ViewerFrame(Session &session, const QString &dataId, bool asTable, QWidget *parent = nullptr);

  Viewer *viewer() const { return m_viewer; }
  Run *run() const { return m_run; }
  const std::string &artifact() const { return m_artifact; }
  QString dataId() const { return m_dataId; }
  QString title() const;
  Json state() const;  ///< for the project: run, artifact, viewer state
  ViewerContext viewerContext() const;

 Q_SIGNALS:
  void titleChanged();

 private:
  void build();
  void showColumns();
  void refreshContext();
  Selection *m_orphan = nullptr;  ///< used when the data set was closed: the view lives on
  void refreshRunControls();
  void refreshStatus();
  Session &m_session;
  QPointer<Run> m_run;
  std::string m_artifact;
  QString m_dataId;
  bool m_asTable = false;
  Viewer *m_viewer = nullptr;
  QToolBar *m_tools = nullptr;
  QLabel *m_status = nullptr;
  QProgressBar *m_progress = nullptr;
  QToolButton *m_pause = nullptr, *m_stop = nullptr;
};

class ViewerArea : public QSplitter {
  Q_OBJECT
 public:
  ViewerArea(Session &session, QWidget *startPage, QWidget *parent = nullptr);

  /// Shows the artifact: raises its tab if there is one, else opens it in the active pane (`beside`: in a pane to the right).
  ViewerFrame *open(Run *run, const std::string &artifact, bool beside = false);
  ViewerFrame *openData(const QString &dataId);
  ViewerFrame *active() const;
  std::vector<ViewerFrame *> frames() const;
  void closeActive();
  void moveActiveBeside();
  void showStart();
  Json state() const;
  void restore(const Json &state);

 Q_SIGNALS:
  void activeChanged(vitrine::ViewerFrame *frame);
  void screenshotRequested();
  void copyRequested();
  void exportRequested();

 private:
  QTabWidget *addPane();
  QTabWidget *pane(bool beside);
  void closeWhere(const std::function<bool(const ViewerFrame &)> &wanted);
  ViewerFrame *raised(ViewerFrame *frame);
  ViewerFrame *place(ViewerFrame *frame, bool beside);
  void closeTab(QTabWidget *tabs, int index);
  void tidy();  ///< drops empty panes, shows the start page when nothing is open
  void announce();
  Session &m_session;
  QWidget *m_start;
  QTabWidget *m_activePane = nullptr;
  QPointer<ViewerFrame> m_announced;
};

}  // namespace vitrine
