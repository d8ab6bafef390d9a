// Several maps of the same samples side by side (small multiples, Tufte 1983): what is marked in one is marked in all.
#pragma once

#include <QImage>

#include "viewers/newest_job.h"
#include "viewers/projection/picker.h"
#include "viewers/projection/sample_rows.h"
#include "viewers/viewer.h"
#include "widgets/selection.h"

class QComboBox;

namespace vitrine {

class MapsViewer : public Viewer {
  Q_OBJECT
 public:
  explicit MapsViewer(QWidget *parent = nullptr);
  ~MapsViewer() override;

  void setContext(const ViewerContext &context) override;
  void show(const Artifact &artifact) override;
  using Viewer::show;
  QImage grab(QSize pixels) override;
  QString status() const override;
  Json state() const override;
  void restore(const Json &state) override;
  /// ids and the coordinates of every map.
  std::optional<Artifact> exported() const override;

  QComboBox &columns() { return *m_columns; }
  QRectF cell(std::size_t map) const;                            ///< of the map itself, its caption left out; in logical pixels of the view
  QPointF placeOf(std::size_t map, std::size_t row) const;       ///< of a sample in a map
  bool settled() const { return m_drawing.idle() && !m_stale; }  ///< nothing is being drawn

 protected:
  void paintEvent(QPaintEvent *event) override;
  void resizeEvent(QResizeEvent *event) override;
  void changeEvent(QEvent *event) override;
  void mousePressEvent(QMouseEvent *event) override;
  void mouseMoveEvent(QMouseEvent *event) override;
  void mouseReleaseEvent(QMouseEvent *event) override;
  void leaveEvent(QEvent *event) override;

 private:
  QRectF cellIn(const QRectF &area, std::size_t map) const;
  QRectF mapArea() const;
  std::optional<std::size_t> mapAt(const QPointF &place) const;
  std::optional<std::size_t> rowAt(const QPointF &place) const;
  void readColumns();
  void readColours();
  void readSelection();
  void redraw();
  void paintMaps(QPainter &painter, const QRectF &area, const std::vector<QImage> &images, bool live) const;

  ViewerContext m_context;
  Artifact m_artifact;
  std::vector<Scene> m_scenes;
  std::vector<std::string> m_captions;
  SampleRows m_rows;
  std::vector<QImage> m_images;
  QString m_column;
  QComboBox *m_columns;
  bool m_stale = false;  ///< what is on the screen is of an older state
  std::optional<std::size_t> m_pressedIn;
  QPointF m_press, m_at;
  NewestJob m_drawing;
};

Viewer *makeMapsViewer(QWidget *parent);

}  // namespace vitrine
