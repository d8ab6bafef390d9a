// The map in VTK inside a QOpenGLWidget. A graphics card draws the points itself; on software OpenGL splatted frames join the scene by their depth.
#pragma once

#include <QOpenGLWidget>

#include "viewers/projection/map_painter.h"

namespace vitrine {

class GlView : public QOpenGLWidget, public MapPainter {
  Q_OBJECT
 public:
  /// `onCard`: let the card draw the points; false: wait for frames.
  explicit GlView(bool onCard, QWidget *parent = nullptr);
  ~GlView() override;

  QWidget *widget() override { return this; }
  bool drawsPoints() const override { return m_onCard; }
  bool wantsLinesInFrames() const override { return false; }
  void setPicture(const MapPicture &picture) override;
  void setFrame(std::shared_ptr<const SplatFrame> frame) override;

  /// World to normalised device coordinates as VTK has it, row-major: for tests against Projector.
  std::array<double, 16> vtkMatrix() const;
  /// Milliseconds that the GUI thread spent on the newest paintGL.
  double lastPaint() const { return m_lastPaint; }

 protected:
  void initializeGL() override;
  void resizeGL(int width, int height) override;
  void paintGL() override;

 private:
  struct Vtk;
  void observe();
  void aim();
  void drawLines();
  void fitToWidget();
  void release();
  std::unique_ptr<Vtk> m_vtk;
  MapPicture m_picture;
  std::shared_ptr<const SplatFrame> m_frame;
  QMetaObject::Connection m_contextGone;
  bool m_onCard, m_ready = false, m_painting = false, m_linesChanged = true;
  double m_lastPaint = 0;
};

}  // namespace vitrine
