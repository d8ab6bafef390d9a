// One tab: a viewer with its tools, its status line and the controls of its run.
#pragma once

#include <optional>

#include <QPointer>
#include <QWidget>

#include "app/gui/session.h"
#include "viewers/viewer.h"

class QLabel;
class QProgressBar;
class QSlider;
class QToolBar;
class QToolButton;

namespace vitrine {

/// A small button that shows its icon only; the text is its tool tip and accessible name.
QToolButton *flatButton(const QString &iconName, const QString &text, QWidget *parent);

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
  QString helpPage() const;  ///< of what is shown
  Json state() const;        ///< for the project: run, artifact, viewer state
  ViewerContext viewerContext() const;

 Q_SIGNALS:
  void titleChanged();
  /// The run is to be taken up again from a recorded frame (a Projection).
  void branchRequested(vitrine::Run *run, const vitrine::Artifact &frame);

 protected:
  bool eventFilter(QObject *watched, QEvent *event) override;

 private:
  void build();
  void buildReplay();
  std::optional<Artifact> recorded(int at);
  void buildActions();
  void addSamples();
  /// Samples of the run's data and split that it does not have yet, in order.
  std::vector<SampleId> moreSamples() const;
  void refreshReplay();
  std::shared_ptr<const FrameSource> originalsOf(const std::shared_ptr<const Dataset> &dataset) const;
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
  mutable std::shared_ptr<const Payload> m_originalsOf;  ///< whose originals are at hand
  mutable std::shared_ptr<const FrameSource> m_originals;
  Viewer *m_viewer = nullptr;
  QToolBar *m_tools = nullptr;
  QLabel *m_status = nullptr;
  QProgressBar *m_progress = nullptr;
  QToolButton *m_pause = nullptr, *m_stop = nullptr, *m_replay = nullptr, *m_branch = nullptr;
  QToolButton *m_hold = nullptr, *m_release = nullptr, *m_add = nullptr;
  QSlider *m_time = nullptr;
};

}  // namespace vitrine
