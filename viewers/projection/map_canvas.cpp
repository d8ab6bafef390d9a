// Frames, camera and painters of the map. The mouse is in map_gestures.cpp.
#include "viewers/projection/map_canvas.h"

#include <algorithm>
#include <cmath>
#include <thread>

#include <QEvent>
#include <QPainter>

#include "viewers/projection/gl_view.h"
#include "viewers/newest_job.h"
#include "viewers/projection/plain_view.h"
#include "widgets/empty_state.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

constexpr int kEaseMilliseconds = 200;
constexpr double kMovingBudget = 60;  // ms a frame may take while something moves; more points than that are thinned out
constexpr double kSoon = 15;          // ms for a frame that is not worth a preview
constexpr double kPixelCost = 6;      // ns a pixel, whatever the number of points
constexpr double kScanCost = 4;       // ns a point that is left out
constexpr std::size_t kKeepClear = 1500;

std::uint32_t rgba(const QColor &colour) {
  return static_cast<std::uint32_t>(colour.red()) | static_cast<std::uint32_t>(colour.green()) << 8 | static_cast<std::uint32_t>(colour.blue()) << 16 |
         0xff000000U;
}

QColor mixed(const QColor &a, const QColor &b, double t) {
  return QColor::fromRgbF(static_cast<float>(a.redF() + (b.redF() - a.redF()) * t), static_cast<float>(a.greenF() + (b.greenF() - a.greenF()) * t),
                          static_cast<float>(a.blueF() + (b.blueF() - a.blueF()) * t));
}

/// Draws the frame and, where the painter cannot, the lines of a 3D scene.
bool splat(Splatter &splatter, const MapPicture &picture, int oneIn, bool lines, double ratio, SplatFrame &frame, const std::atomic<bool> *stop) {
  if (!splatter.draw(picture.scene, picture.camera, picture.style, oneIn, frame, stop)) {
    return false;
  }
  if (lines && !picture.camera.flat) {
    const Projector projector(picture.camera, picture.scene.bounds, frame.width, frame.height);
    drawSegments(boxGrid(picture.scene.bounds, picture.camera, picture.grid), projector, static_cast<float>(ratio), frame);
    drawSegments(picture.ties, projector, static_cast<float>(ratio), frame);
  }
  return true;
}

/// A frame through software OpenGL costs the GUI thread five times what a splatted one does by itself, and takes the cores from a run.
OpenGl painterWanted() {
  if (habits().drawing == Habits::Drawing::Processor) {
    return OpenGl::None;
  }
  const OpenGl given = openGl();
  return given == OpenGl::Software && habits().drawing == Habits::Drawing::Automatic ? OpenGl::None : given;
}

}  // namespace

/// What the splatting thread keeps between frames; shared so that it outlives whoever goes first.
struct MapCanvas::Frames {
  Splatter splatter{std::clamp(static_cast<int>(std::thread::hardware_concurrency()) - 1, 1, 4)};  // one core stays for the window
  std::vector<std::shared_ptr<SplatFrame>> pool;
  std::atomic<double> nanosecondsAPoint{50};

  std::shared_ptr<SplatFrame> next() {
    for (const auto &frame : pool) {
      if (frame.use_count() == 1) {
        return frame;
      }
    }
    return pool.emplace_back(std::make_shared<SplatFrame>());
  }
};

MapCanvas::MapCanvas(QWidget *parent)
    : QWidget(parent),
      m_empty(new EmptyState(QStringLiteral("projection"), tr("No projection yet"),
                             tr("Run t-SNE or PCA on a data set: its map appears here and moves while it is being computed."), this)),
      m_overlay(new QWidget(this)),
      m_frames(std::make_shared<Frames>()),
      m_splatting(std::make_unique<NewestJob>()),
      m_picking(std::make_unique<NewestJob>()) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  m_overlay->setAttribute(Qt::WA_TransparentForMouseEvents);
  m_overlay->installEventFilter(this);
  m_easing.setInterval(15);
  connect(&m_easing, &QTimer::timeout, this, &MapCanvas::ease);
  m_rest.setSingleShot(true);
  m_rest.setInterval(180);
  connect(&m_rest, &QTimer::timeout, this, [this] {
    if (m_oneIn > 1) {
      requestFrame(false);
    }
  });
  usePainter(painterWanted());
}

MapCanvas::~MapCanvas() {
  m_splatting.reset();  // their threads post to us
  m_picking.reset();
}

void MapCanvas::usePainter(OpenGl kind) {
  m_frame = nullptr;
  if (kind == OpenGl::None) {
    m_painter.reset(new PlainView(this));
  } else {
    m_painter.reset(new GlView(kind == OpenGl::Hardware, this));
  }
  QWidget *widget = m_painter->widget();
  widget->setAttribute(Qt::WA_TransparentForMouseEvents);
  widget->setGeometry(rect());
  widget->lower();
  widget->setVisible(true);
  m_overlay->raise();
  m_empty->raise();
  refresh();
}

Camera MapCanvas::home() const {
  Camera camera;
  camera.flat = m_scene.dims < 3;
  if (!camera.flat) {
    camera.rotate(0.6, 0.35);
  }
  return fitted(m_scene.bounds, aspect(), camera);
}

Camera MapCanvas::framing(const Bounds &bounds) const {
  Camera camera = fitted(bounds, aspect(), m_goal);
  const double least = fitted(m_scene.bounds, aspect(), m_goal).height / 12;  // one point alone is shown with its surroundings
  camera.height = std::max(camera.height, bounds.ball > 0 ? least / 20 : least);
  return camera;
}

Camera MapCanvas::limited(Camera camera) const {
  const double whole = 2 * m_scene.bounds.radius();
  camera.height = std::clamp(camera.height, whole * 1e-4, whole * 40);
  return camera;
}

void MapCanvas::setScene(Scene scene) {
  const bool first = m_scene.count == 0 || m_scene.dims != scene.dims;
  const bool moved = m_scene.positions != scene.positions;
  if (m_scene.selected != scene.selected) {
    m_marks.keepClear.clear();
    for (std::size_t row = 0, seen = 0; row < scene.count && scene.selectedCount > 0; ++row) {
      if (scene.isSelected(row) && seen++ % (scene.selectedCount / kKeepClear + 1) == 0) {
        m_marks.keepClear.push_back(row);
      }
    }
  }
  m_scene = std::move(scene);
  if (m_empty->isVisibleTo(this) != (m_scene.count == 0)) {
    m_empty->setVisible(m_scene.count == 0);
    m_overlay->update();
  }
  if (first) {
    m_follows = true;
    setCamera(home(), false);
    return;
  }
  if (moved && m_follows) {
    setCamera(fitted(m_scene.bounds, aspect(), m_goal), false);  // eased it would lag behind a cloud that grows fast
    return;
  }
  refresh();
}

void MapCanvas::setCamera(const Camera &camera, bool eased) {
  m_start = m_camera;
  m_goal = camera;
  if (eased && isVisible() && camera.flat == m_camera.flat && habits().motion) {
    m_easeClock.start();
    m_easing.start();
  } else {
    m_easing.stop();
    m_camera = m_goal;
  }
  refresh();
}

void MapCanvas::ease() {
  const double t = std::min(1.0, static_cast<double>(m_easeClock.elapsed()) / kEaseMilliseconds);
  m_camera = between(m_start, m_goal, 1 - std::pow(1 - t, 3));
  if (t >= 1) {
    m_easing.stop();
  }
  refresh();
}

const Camera &MapCanvas::shownCamera() const {
  return !m_camera.flat && m_frame != nullptr && !m_frame->camera.flat && !m_painter->drawsPoints() ? m_frame->camera : m_camera;
}

bool MapCanvas::settled() const {
  return !m_easing.isActive() && m_splatting->idle() && m_drag == Drag::None && !m_rest.isActive();
}

PointStyle MapCanvas::style(const Camera &camera, double width, double height, double ratio) const {
  const double zoom = fitted(m_scene.bounds, width / std::max(height, 1.0), camera).height / camera.height;
  PointStyle style = pointStyle(m_scene.count, static_cast<int>(width * ratio), static_cast<int>(height * ratio), zoom, ratio);
  style.radius *= static_cast<float>(m_size);
  style.weight *= static_cast<float>(m_opacity * m_opacity);
  style.dark = theme().dark;
  style.ground = rgba(theme().window);
  style.plain = rgba(theme().accent);
  return style;
}

double MapCanvas::pointRadius() const {
  return style(m_camera, width(), height(), devicePixelRatioF()).radius / devicePixelRatioF();
}

MapPicture MapCanvas::picture() const {
  MapPicture picture;
  picture.scene = m_scene;
  picture.camera = m_camera;
  picture.style = style(m_camera, width(), height(), devicePixelRatioF());
  picture.ground = theme().window;
  if (m_camera.flat) {
    return picture;
  }
  picture.grid = rgba(mixed(theme().window, theme().text, theme().dark ? 0.10 : 0.12));
  for (const std::size_t row : m_marks.neighbours) {
    if (m_marks.current && row < m_scene.count && *m_marks.current < m_scene.count) {
      const float *a = m_scene.point(*m_marks.current), *b = m_scene.point(row);
      picture.ties.push_back({{a[0], a[1], a[2]}, {b[0], b[1], b[2]}, rgba(mixed(theme().window, theme().accent, 0.85))});
    }
  }
  return picture;
}

double MapCanvas::expectedTime() const {
  return static_cast<double>(m_scene.count) * m_frames->nanosecondsAPoint / 1e6;
}

void MapCanvas::refresh() {
  MapPicture next = picture();
  next.showNow = m_scene.count == 0 || (m_camera.flat && expectedTime() > kSoon);
  m_painter->setPicture(next);
  overlayChanged();
  if (!m_painter->drawsPoints()) {
    requestFrame(true);
    m_rest.start();
  }
}

void MapCanvas::requestFrame(bool moving) {
  const double ratio = devicePixelRatioF();
  const QSize size = (QSizeF(this->size()) * ratio).toSize();
  if (m_scene.count == 0 || size.isEmpty() || !isVisible()) {
    m_frame = nullptr;
    return;
  }
  const double expected = expectedTime();
  const int oneIn = moving && expected > kMovingBudget * 1.3 ? static_cast<int>(std::min(std::ceil(expected / kMovingBudget), 64.0)) : 1;
  const bool lines = m_painter->wantsLinesInFrames();
  m_splatting->request([this, frames = m_frames, picture = picture(), size, oneIn, lines, ratio](const std::atomic<bool> &stop) {
    QElapsedTimer clock;
    clock.start();
    const auto frame = frames->next();
    frame->width = size.width();
    frame->height = size.height();
    if (!splat(frames->splatter, picture, oneIn, lines, ratio, *frame, &stop)) {
      return;
    }
    const double took = static_cast<double>(clock.nsecsElapsed());
    if (picture.scene.count > 200000) {
      const auto count = static_cast<double>(picture.scene.count);
      const double drawn = count / oneIn, fixed = kPixelCost * size.width() * size.height() + kScanCost * count;
      const double each = std::max(took - fixed, 0.0) / drawn;
      frames->nanosecondsAPoint = 0.7 * frames->nanosecondsAPoint + 0.3 * each;
    }
    QMetaObject::invokeMethod(this, [this, frame, took] { takeFrame(frame, took / 1e6); });
  });
}

void MapCanvas::takeFrame(std::shared_ptr<const SplatFrame> frame, double milliseconds) {
  if (m_scene.count == 0 || m_painter->drawsPoints()) {
    return;
  }
  m_frame = std::move(frame);
  m_oneIn = m_frame->oneIn;
  m_painter->setFrame(m_frame);
  overlayChanged();
  Q_EMIT frameShown(milliseconds);
}

void MapCanvas::setSizes(double points, double opacity) {
  m_size = points;
  m_opacity = opacity;
  refresh();
}

void MapCanvas::overlayChanged() {
  const QRegion now = m_scene.count == 0 ? QRegion() : marksRegion(rect(), m_scene, shownCamera(), pointRadius(), m_marks, devicePixelRatioF());
  m_overlay->update(m_marked | now);
  m_marked = now;
}

void MapCanvas::setBadge(const QString &badge) {
  if (badge != m_marks.badge) {
    m_marks.badge = badge;
    m_overlay->update();
  }
}

void MapCanvas::marksChanged() {
  if (m_camera.flat) {
    overlayChanged();
  } else {
    refresh();  // ties stand in the scene
  }
}

void MapCanvas::themeChanged() {
  m_overlay->update();
  refresh();
}

void MapCanvas::resizeEvent(QResizeEvent *) {
  m_painter->widget()->setGeometry(rect());
  m_overlay->setGeometry(rect());
  m_empty->setGeometry(rect());
  if (m_follows && m_scene.count > 0) {
    setCamera(fitted(m_scene.bounds, aspect(), m_goal), false);
  } else {
    refresh();
  }
}

void MapCanvas::showEvent(QShowEvent *) {
  refresh();
  QTimer::singleShot(0, this, [this] {
    const auto *view = qobject_cast<QOpenGLWidget *>(m_painter->widget());
    if (view != nullptr && isVisible() && !view->isValid()) {
      usePainter(OpenGl::None);
    }
  });
}

bool MapCanvas::eventFilter(QObject *watched, QEvent *event) {
  if (watched == m_overlay && event->type() == QEvent::Paint) {
    QPainter painter(m_overlay);
    paintOverlay(painter);
    return true;
  }
  return QWidget::eventFilter(watched, event);
}

void MapCanvas::paintOverlay(QPainter &painter) {
  if (m_scene.count > 0) {
    paintMarks(painter, rect(), m_scene, shownCamera(), pointRadius(), m_marks, true);
  }
}

void MapCanvas::paintPicture(QPainter &painter, const QRectF &area) const {
  const double ratio = painter.device()->devicePixelRatioF();
  const QSize pixels = (area.size() * ratio).toSize();
  painter.fillRect(area, theme().window);
  if (m_scene.count == 0 || pixels.isEmpty()) {
    return;
  }
  MapPicture scene = picture();
  const double shape = area.width() / area.height();
  scene.camera = m_follows ? fitted(m_scene.bounds, shape, m_goal) : m_goal;
  if (!m_follows) {
    scene.camera.height *= std::max(1.0, aspect() / shape);  // a narrower picture still shows all that the view does
  }
  scene.style = style(scene.camera, area.width(), area.height(), ratio);
  SplatFrame frame;
  frame.width = pixels.width();
  frame.height = pixels.height();
  Splatter splatter(static_cast<int>(std::thread::hardware_concurrency()));
  splat(splatter, scene, 1, true, ratio, frame, nullptr);
  const QImage image(reinterpret_cast<const uchar *>(frame.argb.data()), frame.width, frame.height, QImage::Format_ARGB32_Premultiplied);
  painter.drawImage(area, image);
  paintMarks(painter, area, m_scene, scene.camera, scene.style.radius / ratio, m_marks, false);
}

}  // namespace vitrine
