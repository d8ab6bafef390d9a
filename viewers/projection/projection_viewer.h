// The map of a projection: thousands to millions of samples as points in 2D or 3D, coloured by any column, linked to every other view by its selection.
#pragma once

#include "viewers/projection/map_canvas.h"
#include "viewers/projection/sample_rows.h"
#include "viewers/projection/side_panel.h"
#include "viewers/viewer.h"

namespace vitrine {

class ThumbnailCache;

class ProjectionViewer : public Viewer {
  Q_OBJECT
 public:
  explicit ProjectionViewer(QWidget *parent = nullptr);
  ~ProjectionViewer() override;

  void setContext(const ViewerContext &context) override;
  /// A Projection of 2 or 3 columns. New positions of the same samples keep camera, colours and selection.
  void show(const Artifact &artifact) override;
  using Viewer::show;
  QImage grab(QSize pixels) override;
  QList<QAction *> tools() override { return m_tools; }
  QString status() const override;
  Json state() const override;
  void restore(const Json &state) override;
  /// ids, coordinates, the data set's columns, and whether the sample is selected.
  std::optional<Artifact> exported() const override;

  /// Colours by a column of the data set; empty = one colour. Undoable when `undoable`.
  void colourBy(const QString &column, bool undoable = true);
  QString colouredBy() const { return m_column; }
  /// Selects and frames the samples whose label or text holds `text`, or whose id it is.
  void search(const QString &text);
  /// Frames the selection, or everything where nothing is selected.
  void fit();
  void home();

  MapCanvas &canvas() { return *m_canvas; }
  SidePanel &panel() { return *m_panel; }

 protected:
  void changeEvent(QEvent *event) override;
  void resizeEvent(QResizeEvent *event) override;

 private:
  void buildTools();
  void connectCanvas();
  QAction *tool(const char *iconName, const QString &text, const char *key, const QString &help, const std::function<void()> &act);
  void readSamples();
  void readColours();
  const Column *ownColumn() const;
  void readSelection();
  void readCurrent();
  void readHeld();
  void readPath();
  void followPath(const QPointF &place, double unitsAPixel);
  void drag(std::size_t row, const QPointF &from, const QPointF &to, bool begins);
  void showHovered(SampleId id);
  void askNeighbours();
  void showStrip();
  void showBadge();
  void click(std::ptrdiff_t row, Qt::KeyboardModifiers modifiers);
  void chooseEntry(int entry, SelectMode mode);
  void useTool(MapTool wanted);
  void escape();
  void moveCamera(const Camera &after, bool follows);
  void pushCamera(const Camera &before, const Camera &after, bool merges);
  QString caption(std::size_t row) const;

  ViewerContext m_context;
  Artifact m_artifact;
  Scene m_scene;
  std::shared_ptr<const SampleRows> m_rows;
  std::shared_ptr<const Column> m_colouring;  ///< in row order
  QString m_column;
  bool m_columnChosen = false;   ///< by hand or from a project; else the label
  std::optional<Json> m_camera;  ///< restored before there was anything to see
  bool m_hoverIsOurs = false;
  Action m_dragged;  ///< the points under the mouse, where they were taken

  MapCanvas *m_canvas;
  SidePanel *m_panel;
  std::unique_ptr<ThumbnailCache> m_thumbnails;
  QList<QAction *> m_tools;
  QAction *m_box = nullptr, *m_lasso = nullptr;
};

Viewer *makeProjectionViewer(QWidget *parent);

}  // namespace vitrine
