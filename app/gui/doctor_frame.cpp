#include "app/gui/doctor_frame.h"

#include <unistd.h>

#include <ctime>
#include <fstream>
#include <sstream>

#include <QElapsedTimer>
#include <QOffscreenSurface>
#include <QOpenGLContext>
#include <QOpenGLFunctions>

#include "core/seed.h"
#include "viewers/viewer.h"
#include "widgets/format.h"
#include "widgets/selection.h"
#include "widgets/task.h"

namespace vitrine {

namespace {

QString renderer() {
  QOffscreenSurface surface;
  surface.create();
  QOpenGLContext context;
  if (!context.create() || !context.makeCurrent(&surface)) {
    return QStringLiteral("no OpenGL (maps are drawn by the processor alone)");
  }
  return QString::fromLatin1(reinterpret_cast<const char *>(context.functions()->glGetString(GL_RENDERER)));
}

Artifact cloud(std::size_t points) {
  Rng rng(1);
  std::vector<SampleId> ids(points);
  Projection projection;
  projection.positions = Matrix(points, 2);
  for (std::size_t i = 0; i < points; ++i) {
    ids[i] = static_cast<SampleId>(i);
    projection.positions.row(i)[0] = static_cast<float>(rng.normal() + 6 * static_cast<double>(i % 5));
    projection.positions.row(i)[1] = static_cast<float>(rng.normal() + 6 * static_cast<double>(i % 3));
  }
  projection.ids = std::make_shared<const std::vector<SampleId>>(std::move(ids));
  return {"projection", std::make_shared<const Payload>(std::move(projection)), Json::object()};
}

}  // namespace

double secondsSinceStart() {
  std::ifstream stat("/proc/self/stat");
  std::string text;
  std::getline(stat, text);
  std::istringstream fields(text.substr(text.rfind(')') + 2));  // the name in brackets may hold spaces
  std::string field;
  for (int i = 3; i <= 22 && fields >> field; ++i) {
  }
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9 - std::stod(field) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

QString doctorFrame() {
  constexpr std::size_t kPoints = 100'000;
  constexpr int kFrames = 10;
  const ViewerInfo *info = viewerFor("projection");
  if (info == nullptr) {
    return {};
  }
  Selection selection;
  Lane lane(QStringLiteral("clicks"));
  const std::unique_ptr<Viewer> viewer(info->make(nullptr));
  ViewerContext context;
  context.selection = &selection;
  context.interactive = &lane;
  viewer->resize(1000, 700);
  viewer->setContext(context);
  viewer->show(cloud(kPoints));
  if (viewer->grab({1000, 700}).isNull()) {
    return {};
  }
  QElapsedTimer clock;
  clock.start();
  for (int i = 0; i < kFrames; ++i) {
    viewer->grab({1000, 700});
  }
  return QStringLiteral("%1; %2 points in %3 a frame").arg(renderer(), count(kPoints), duration(static_cast<double>(clock.nsecsElapsed()) / 1e9 / kFrames));
}

}  // namespace vitrine
