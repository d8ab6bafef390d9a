// VTK renders into its own framebuffer in Qt's context; the colours are then copied into the widget's.
#include "viewers/projection/gl_view.h"

#include <cmath>

#include <QElapsedTimer>
#include <QGuiApplication>
#include <QOffscreenSurface>
#include <QOpenGLContext>
#include <QOpenGLFunctions>

#include <vtkActor.h>
#include <vtkCallbackCommand.h>
#include <vtkCamera.h>
#include <vtkCellArray.h>
#include <vtkFloatArray.h>
#include <vtkGenericOpenGLRenderWindow.h>
#include <vtkMatrix4x4.h>
#include <vtkOpenGLFramebufferObject.h>
#include <vtkOpenGLState.h>
#include <vtkPointData.h>
#include <vtkPointGaussianMapper.h>
#include <vtkPoints.h>
#include <vtkPolyData.h>
#include <vtkPolyDataMapper.h>
#include <vtkProperty.h>
#include <vtkRenderer.h>
#include <vtkUnsignedCharArray.h>

#include "viewers/projection/card_points.h"
#include "viewers/projection/splat_prop.h"

namespace vitrine {

struct GlView::Vtk {
  vtkNew<vtkGenericOpenGLRenderWindow> window;
  vtkNew<vtkRenderer> renderer;
  vtkNew<vtkActor> lines;
  vtkNew<vtkPolyDataMapper> lineMapper;
  vtkNew<SplatProp> splat;
  CardPoints points;
  QSurface *surface = nullptr;
  std::vector<unsigned long> observers;
};

OpenGl openGl() {
  static const OpenGl kind = [] {
    const QString platform = QGuiApplication::platformName();
    for (const char *none : {"offscreen", "minimal", "minimalegl", "vnc", "linuxfb"}) {
      if (platform == QLatin1String(none)) {
        return OpenGl::None;  // QOpenGLWidget does not work there, whatever the context says
      }
    }
    QOpenGLContext context;
    QSurfaceFormat format;
    format.setVersion(3, 2);
    format.setProfile(QSurfaceFormat::CoreProfile);
    context.setFormat(format);
    QOffscreenSurface surface;
    surface.setFormat(format);
    surface.create();
    if (!context.create() || !context.makeCurrent(&surface) || context.format().version() < qMakePair(3, 2)) {
      return OpenGl::None;
    }
    const auto *text = reinterpret_cast<const char *>(context.functions()->glGetString(GL_RENDERER));
    const QString renderer = QString::fromLatin1(text).toLower();
    context.doneCurrent();
    const bool software = renderer.contains("llvmpipe") || renderer.contains("softpipe") || renderer.contains("swrast") || renderer.contains("software");
    return software ? OpenGl::Software : OpenGl::Hardware;
  }();
  return kind;
}

GlView::GlView(bool onCard, QWidget *parent) : QOpenGLWidget(parent), m_vtk(std::make_unique<Vtk>()), m_onCard(onCard) {
  QSurfaceFormat format;
  format.setVersion(3, 2);
  format.setProfile(QSurfaceFormat::CoreProfile);
  format.setDepthBufferSize(24);
  format.setStencilBufferSize(8);
  setFormat(format);
  setUpdateBehavior(QOpenGLWidget::NoPartialUpdate);
  setAttribute(Qt::WA_OpaquePaintEvent);
  auto *window = m_vtk->window.Get();
  window->SetOwnContext(0);  // Qt owns it
  window->SetFrameBlitModeToNoBlit();
  window->SwapBuffersOff();                // VTK would copy colours and depths to a second framebuffer of its own; paintGL() reads the first
  m_vtk->renderer->SetBackgroundAlpha(1);  // or Qt would blend the window's ground in
  window->SetMultiSamples(onCard ? 4 : 0);
  window->SetReadyForRendering(false);
  window->AddRenderer(m_vtk->renderer);
  m_vtk->lines->SetMapper(m_vtk->lineMapper);
  m_vtk->lineMapper->SetColorModeToDirectScalars();
  m_vtk->lines->GetProperty()->LightingOff();
  m_vtk->lines->SetVisibility(false);
  m_vtk->renderer->AddActor(m_vtk->lines);  // before the frame, which is blended over what stands behind it
  if (onCard) {
    m_vtk->points.addTo(m_vtk->renderer);
  } else {
    m_vtk->renderer->AddViewProp(m_vtk->splat);
  }
  observe();
}

GlView::~GlView() {
  disconnect(m_contextGone);  // the context dies in ~QOpenGLWidget, after our members
  release();
  for (const unsigned long tag : m_vtk->observers) {
    m_vtk->window->RemoveObserver(tag);
  }
}

void GlView::observe() {
  const auto on = [this](unsigned long event, void (*call)(vtkObject *, unsigned long, void *, void *)) {
    vtkNew<vtkCallbackCommand> command;
    command->SetClientData(this);
    command->SetCallback(call);
    m_vtk->observers.push_back(m_vtk->window->AddObserver(event, command));
  };
  on(vtkCommand::WindowMakeCurrentEvent, [](vtkObject *, unsigned long, void *self, void *) {
    // Not QOpenGLWidget::makeCurrent(): that would bind the widget's framebuffer in the middle of VTK's rendering.
    auto *view = static_cast<GlView *>(self);
    if (view->context() != nullptr && view->m_vtk->surface != nullptr && QOpenGLContext::currentContext() != view->context()) {
      view->context()->makeCurrent(view->m_vtk->surface);
    }
  });
  on(vtkCommand::WindowIsCurrentEvent, [](vtkObject *, unsigned long, void *self, void *result) {
    auto *view = static_cast<GlView *>(self);
    *static_cast<bool *>(result) = view->context() != nullptr && QOpenGLContext::currentContext() == view->context();
  });
  on(vtkCommand::WindowSupportsOpenGLEvent, [](vtkObject *, unsigned long, void *, void *result) { *static_cast<int *>(result) = 1; });
  on(vtkCommand::WindowIsDirectEvent, [](vtkObject *, unsigned long, void *, void *result) { *static_cast<int *>(result) = 1; });
  on(vtkCommand::WindowFrameEvent, [](vtkObject *, unsigned long, void *self, void *) {
    auto *view = static_cast<GlView *>(self);
    if (!view->m_painting) {
      view->update();
    }
  });
}

void GlView::release() {
  if (!m_ready) {
    return;
  }
  makeCurrent();
  m_vtk->window->Finalize();
  m_vtk->window->SetReadyForRendering(false);
  m_ready = false;
  doneCurrent();
}

void GlView::initializeGL() {
  // Runs again after a move to another window, with a new context.
  m_contextGone = connect(context(), &QOpenGLContext::aboutToBeDestroyed, this, &GlView::release);
  m_vtk->surface = context()->surface();
  m_vtk->window->SetForceMaximumHardwareLineWidth(1);
  m_vtk->window->SetReadyForRendering(true);
  m_vtk->window->SetMapped(1);
  m_vtk->window->OpenGLInitContext();
  m_ready = true;
  fitToWidget();
}

void GlView::fitToWidget() {
  const double ratio = devicePixelRatioF();
  m_vtk->window->SetSize(static_cast<int>(std::lround(width() * ratio)), static_cast<int>(std::lround(height() * ratio)));
  m_vtk->window->SetDPI(static_cast<int>(72 * ratio));
  m_vtk->lines->GetProperty()->SetLineWidth(static_cast<float>(ratio));
}

void GlView::resizeGL(int, int) {
  fitToWidget();
}

void GlView::setPicture(const MapPicture &picture) {
  m_picture = picture;
  m_linesChanged = true;
  if (picture.scene.count == 0) {
    m_frame = nullptr;
    m_vtk->splat->setFrame(nullptr);
  }
  if (m_onCard) {
    m_vtk->points.setPicture(picture, height());
  }
  if (picture.showNow || m_onCard) {
    update();
  }
}

void GlView::setFrame(std::shared_ptr<const SplatFrame> frame) {
  m_frame = std::move(frame);
  m_vtk->splat->setFrame(m_frame);
  update();
}

void GlView::aim() {
  // A 3D frame can only be shown as it was drawn, so the rest of the scene waits for it.
  const Camera &camera = m_frame != nullptr && !m_onCard && !m_picture.camera.flat ? m_frame->camera : m_picture.camera;
  vtkCamera *vtk = m_vtk->renderer->GetActiveCamera();
  const Vec3 up = camera.eyeAxis(1), back = camera.eyeAxis(2);
  const double away = camera.distance();
  vtk->SetParallelProjection(camera.flat);
  vtk->SetParallelScale(camera.height / 2);
  vtk->SetViewAngle(kViewAngle);
  vtk->SetFocalPoint(camera.centre.data());
  vtk->SetPosition(camera.centre[0] + away * back[0], camera.centre[1] + away * back[1], camera.centre[2] + away * back[2]);
  vtk->SetViewUp(up.data());
  const int *size = m_vtk->window->GetSize();
  const Projector projector(camera, m_picture.scene.bounds, size[0], size[1]);
  if (camera.flat) {
    vtk->SetClippingRange(away * 0.5, away * 1.5);
  } else {
    vtk->SetClippingRange(projector.nearest(), projector.farthest());
  }
  const QColor &ground = m_picture.ground;
  m_vtk->renderer->SetBackground(ground.redF(), ground.greenF(), ground.blueF());
  if (m_frame != nullptr && !m_onCard) {
    const QRectF place = placeOf(*m_frame, m_picture.camera, QSizeF(size[0], size[1]));
    m_vtk->splat->setPlace({static_cast<float>(-place.x() / place.width()), static_cast<float>((place.bottom() - size[1]) / place.height()),
                            static_cast<float>(size[0] / place.width()), static_cast<float>(size[1] / place.height())});
  }
}

void GlView::drawLines() {
  const bool deep = !m_picture.camera.flat && m_picture.scene.count > 0;
  m_vtk->lines->SetVisibility(deep);
  if (!deep || !m_linesChanged) {
    return;
  }
  std::vector<Segment> segments = m_picture.ties;
  if (m_picture.grid != 0) {
    const std::vector<Segment> grid = boxGrid(m_picture.scene.bounds, m_picture.camera, m_picture.grid);
    segments.insert(segments.end(), grid.begin(), grid.end());
  }
  vtkNew<vtkPoints> points;
  vtkNew<vtkCellArray> cells;
  vtkNew<vtkUnsignedCharArray> colours;
  colours->SetNumberOfComponents(3);
  for (const Segment &segment : segments) {
    const vtkIdType ends[] = {points->InsertNextPoint(segment.from.data()), points->InsertNextPoint(segment.to.data())};
    cells->InsertNextCell(2, ends);
    for (int end = 0; end < 2; ++end) {
      colours->InsertNextTuple3(segment.colour & 0xffU, segment.colour >> 8 & 0xffU, segment.colour >> 16 & 0xffU);
    }
  }
  vtkNew<vtkPolyData> lines;
  lines->SetPoints(points);
  lines->SetLines(cells);
  lines->GetPointData()->SetScalars(colours);
  m_vtk->lineMapper->SetInputData(lines);
  m_linesChanged = false;
}

void GlView::paintGL() {
  if (!m_ready) {
    return;
  }
  QElapsedTimer clock;
  clock.start();
  m_painting = true;
  aim();
  drawLines();
  auto *window = m_vtk->window.Get();
  vtkOpenGLState *state = window->GetState();
  state->Reset();  // Qt changed it behind VTK's back
  state->Push();
  state->vtkglDepthFunc(GL_LEQUAL);
  state->vtkglDisable(GL_SCISSOR_TEST);
  window->SetReadyForRendering(true);
  window->Render();
  const int *size = window->GetSize();
  window->GetRenderFramebuffer()->Bind(GL_READ_FRAMEBUFFER);
  window->GetRenderFramebuffer()->ActivateReadBuffer(0);
  state->vtkglBindFramebuffer(GL_DRAW_FRAMEBUFFER, defaultFramebufferObject());
  state->vtkglBlitFramebuffer(0, 0, size[0], size[1], 0, 0, size[0], size[1], GL_COLOR_BUFFER_BIT, GL_NEAREST);
  state->Pop();
  QOpenGLContext::currentContext()->functions()->glBindFramebuffer(GL_FRAMEBUFFER, defaultFramebufferObject());
  state->ResetFramebufferBindings();
  m_painting = false;
  m_lastPaint = static_cast<double>(clock.nsecsElapsed()) / 1e6;
}

std::array<double, 16> GlView::vtkMatrix() const {
  const int *size = m_vtk->window->GetSize();
  vtkMatrix4x4 *matrix = m_vtk->renderer->GetActiveCamera()->GetCompositeProjectionTransformMatrix(static_cast<double>(size[0]) / size[1], -1, 1);
  std::array<double, 16> values{};
  for (int i = 0; i < 16; ++i) {
    values[static_cast<std::size_t>(i)] = matrix->GetElement(i / 4, i % 4);
  }
  return values;
}

}  // namespace vitrine
