// A viewer shows artifacts of one or more kinds. One folder each; the registry is the list in viewers/registry.cpp.
#pragma once

#include <QAction>
#include <QWidget>

#include "core/run_context.h"
#include "core/sources.h"

class QUndoStack;

namespace vitrine {

class Selection;
class Lane;

/// What the window lends to its viewers. Any pointer but selection, undo and interactive may be null.
struct ViewerContext {
  Selection *selection = nullptr;
  QUndoStack *undo = nullptr;
  Lane *interactive = nullptr;
  std::shared_ptr<const Dataset> dataset;  ///< of the artifact's samples
  std::shared_ptr<NeighbourSource> neighbours;
  std::shared_ptr<AttentionSource> attention;
  std::shared_ptr<const FrameSource> originals = {};  ///< of a Video: the frames it was made from, cut as it is
  std::vector<std::string> actions = {};              ///< what may be done by hand to the run that makes the artifact; empty once it has ended
  std::function<void(const Action &)> act = {};       ///< does it
};

class Viewer : public QWidget {
  Q_OBJECT
 public:
  using QWidget::QWidget;

  virtual void setContext(const ViewerContext &context) = 0;
  /// Shows or updates; called again with each partial result of the same name. Keeps camera, colours and selection.
  virtual void show(const Artifact &artifact) = 0;
  using QWidget::show;
  /// The picture at any size in pixels, as on screen but without hover marks; empty while there is nothing to show.
  virtual QImage grab(QSize pixels) = 0;
  /// At most seven tools for the left edge; QAction with icon, text, shortcut, tool tip. Shortcuts fire in the focused view only.
  virtual QList<QAction *> tools() { return {}; }
  /// The quiet line below.
  virtual QString status() const { return {}; }
  /// Camera, colouring, layer and head..., kept in the project and restored.
  virtual Json state() const { return Json::object(); }
  virtual void restore(const Json &) {}
  /// A film that the view can show by itself (none: 0 pictures), at `filmRate()` pictures a second.
  virtual std::size_t filmLength() const { return 0; }
  virtual double filmRate() const { return 25; }
  /// Its picture i as the view would show it, under a line that says what it is of. What takes time is done elsewhere; `done` is called on the GUI thread.
  virtual void filmPicture(std::size_t, QSize, const QString & /*title*/, std::function<void(const QImage &)>) {}
  /// The data as a table or array that "export data" writes; std::nullopt if there is none.
  virtual std::optional<Artifact> exported() const { return std::nullopt; }

 protected:
  /// An action for tools(): `shortcut` works while this view or a child has the focus and stands in the tool tip.
  QAction *addTool(const QString &iconName, const QString &text, const QString &shortcut, const QString &toolTip);
  bool event(QEvent *event) override;            ///< leaves arrows to a slider and the space bar to a button that has the focus
  void paintEvent(QPaintEvent *event) override;  ///< the panel's ground

 Q_SIGNALS:
  void statusChanged();
  /// A step for the undo stack is made by the viewer itself through ViewerContext::undo.
};

struct ViewerInfo {
  const char *id;     ///< "projection"
  const char *title;  ///< "Projection"
  const char *iconName;
  const char *help;                ///< the page of resources/help that F1 opens: "projection"
  std::vector<std::string> kinds;  ///< payload kinds it accepts; the first viewer of a kind is its default
  Viewer *(*make)(QWidget *parent);
};
const std::vector<ViewerInfo> &viewers();
const ViewerInfo *viewerFor(const std::string &kind);

}  // namespace vitrine
