// Curves over one axis (training, costs): hover reads values, the wheel zooms, dragging moves, a double click fits; partial results draw on live.
#pragma once

#include "viewers/curve/plot.h"
#include "viewers/viewer.h"

namespace vitrine {

class EmptyState;

class CurveViewer : public Viewer {
  Q_OBJECT
 public:
  explicit CurveViewer(QWidget *parent = nullptr);

  void setContext(const ViewerContext &) override {}  // lines are no samples
  using Viewer::show;
  void show(const Artifact &artifact) override;
  QImage grab(QSize pixels) override;
  QList<QAction *> tools() override { return {m_fit, m_log, m_in, m_out}; }
  QString status() const override;
  Json state() const override;
  void restore(const Json &state) override;
  std::optional<Artifact> exported() const override { return m_artifact; }

  const Plot &plot() const { return m_plot; }
  std::optional<double> hoverX() const { return m_hoverX; }
  QSize sizeHint() const override { return {640, 400}; }

 protected:
  void paintEvent(QPaintEvent *event) override;
  void wheelEvent(QWheelEvent *event) override;
  void mousePressEvent(QMouseEvent *event) override;
  void mouseMoveEvent(QMouseEvent *event) override;
  void mouseReleaseEvent(QMouseEvent *event) override;
  void mouseDoubleClickEvent(QMouseEvent *event) override;
  void leaveEvent(QEvent *event) override;
  void keyPressEvent(QKeyEvent *event) override;

 private:
  void fit();
  void zoomBy(double factor, QPointF anchor);
  void moved();  ///< after any change of what is in view
  std::optional<std::size_t> legendAt(QPointF position) const;

  std::optional<Artifact> m_artifact;
  Plot m_plot;
  bool m_fitted = true;  ///< the axes follow the data until the user moves them
  std::optional<double> m_hoverX;
  std::optional<QPointF> m_dragFrom;
  EmptyState *m_empty;
  QAction *m_fit, *m_log, *m_in, *m_out;
};

Viewer *makeCurveViewer(QWidget *parent);

}  // namespace vitrine
