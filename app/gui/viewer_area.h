// The centre of the window: viewers in tabs and side-by-side panes. Each tab shows one artifact of one run, or the selection.
#pragma once

#include <QSplitter>
#include <QTabWidget>

#include "app/gui/viewer_frame.h"

namespace vitrine {

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
  void branchRequested(vitrine::Run *run, const vitrine::Artifact &frame);

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
