// Pictures of samples in a grid: those of a run's artifact, or - in selection mode - those of the shared selection, of all samples if it is empty.
#pragma once

#include "viewers/viewer.h"

class QLabel;
class QSlider;

namespace vitrine {

class EmptyState;
class ThumbnailGrid;

class ImagesViewer : public Viewer {
  Q_OBJECT
 public:
  explicit ImagesViewer(QWidget *parent = nullptr);
  /// On: the grid follows the shared selection, all samples while that is empty (pictures and captions from ViewerContext::dataset) and takes no artifact.
  void setSelectionMode(bool on);

  void setContext(const ViewerContext &context) override;
  using Viewer::show;
  void show(const Artifact &artifact) override;
  QImage grab(QSize pixels) override;
  QList<QAction *> tools() override { return {m_smaller, m_larger, m_selectAll}; }
  QString status() const override;
  Json state() const override;
  void restore(const Json &state) override;
  /// Ids with caption; in selection mode with all columns of the data set.
  std::optional<Artifact> exported() const override;

  ThumbnailGrid &grid() { return *m_grid; }

 private:
  void setSide(int side);
  void followSelection();
  bool all() const;  ///< nothing is selected, so selection mode shows every sample
  QString shown() const;
  void refresh();

  ViewerContext m_context;
  std::optional<Artifact> m_artifact;
  std::shared_ptr<const Dataset> m_pictures;
  bool m_selectionMode = false;
  ThumbnailGrid *m_grid;
  EmptyState *m_empty;
  QLabel *m_title;
  QSlider *m_size;
  QAction *m_smaller, *m_larger, *m_selectAll;
};

Viewer *makeImagesViewer(QWidget *parent);

}  // namespace vitrine
