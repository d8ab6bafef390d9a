// Frame times of the projection view: splat on its thread, paint on the GUI thread, hover, selection. Also writes the pictures to look at.
// bench_projection_view [--shots DIR] [--size WxH] [COUNT ...]
#include <ctime>

#include <QApplication>
#include <QElapsedTimer>
#include <QTextStream>
#include <QWheelEvent>

#include "tests/viewers/projection/map_fixture.h"
#include "viewers/projection/gl_view.h"
#include "widgets/theme.h"

using namespace vitrine;
using vitrine::testing::MapFixture;

namespace {

QTextStream &out() {
  static QTextStream stream(stdout);
  return stream;
}

/// The longest time between two turns of the event loop while it has something to do.
class LongestBlock : public QObject {
 public:
  LongestBlock() { startTimer(0); }
  double take() { return std::exchange(m_worst, 0); }

 protected:
  void timerEvent(QTimerEvent *) override {
    if (m_clock.isValid()) {
      m_worst = std::max(m_worst, static_cast<double>(m_clock.nsecsElapsed()) / 1e6);
    }
    m_clock.start();
  }

 private:
  QElapsedTimer m_clock;
  double m_worst = 0;
};

/// Milliseconds that this thread has computed: on a busy machine the clock on the wall says little.
double computed() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

struct Times {
  std::vector<double> values;
  double at(double share) {
    std::sort(values.begin(), values.end());
    return values.empty() ? 0 : values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
  }
};

void frames(std::size_t count, int dims, QSize size) {
  MapFixture map(count, dims, size);
  map.viewer.QWidget::show();
  MapCanvas &canvas = map.viewer.canvas();
  while (!canvas.settled()) {
    QApplication::processEvents(QEventLoop::WaitForMoreEvents);
  }
  Times splat, paint, whole, own;
  LongestBlock block;
  QObject::connect(&canvas, &MapCanvas::frameShown, &canvas, [&](double ms) { splat.values.push_back(ms); });
  const auto *gl = qobject_cast<GlView *>(canvas.painter().widget());
  for (int i = 0; i < 60; ++i) {
    Camera camera = canvas.camera();
    dims > 2 ? camera.rotate(0.03, 0.01) : camera.pan(0.004, 0.002);
    const std::size_t before = splat.values.size();
    QElapsedTimer clock;
    clock.start();
    const double start = computed();
    canvas.setCamera(camera, false);
    while (splat.values.size() == before) {
      QApplication::processEvents(QEventLoop::WaitForMoreEvents);
    }
    QApplication::processEvents();
    own.values.push_back(computed() - start);
    whole.values.push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6);
    if (gl != nullptr) {
      paint.values.push_back(gl->lastPaint());
    }
  }
  const double worst = block.take();
  double start = computed();
  map.viewer.tools()[3]->trigger();  // invert: everything
  const double select = computed() - start;
  start = computed();
  const auto row = nearestRow(canvas.scene(), Projector(canvas.camera(), canvas.scene().bounds, canvas.width(), canvas.height()), {200, 200}, 8, 2);
  const double pick = computed() - start;
  out() << QStringLiteral("%1D %2 points, %3 x %4, one in %5:\n").arg(dims).arg(count).arg(canvas.width()).arg(canvas.height()).arg(canvas.oneIn())
        << QStringLiteral("  camera to screen %1 ms (95 %: %2), splat %3 (%4), GL paint %5 (%6)\n")
               .arg(whole.at(0.5), 0, 'f', 1)
               .arg(whole.at(0.95), 0, 'f', 1)
               .arg(splat.at(0.5), 0, 'f', 1)
               .arg(splat.at(0.95), 0, 'f', 1)
               .arg(paint.at(0.5), 0, 'f', 1)
               .arg(paint.at(0.95), 0, 'f', 1)
        << QStringLiteral("  GUI thread: %1 ms computed a frame (95 %: %2), longest block %3; select all %4, pick %5 (%6)\n")
               .arg(own.at(0.5), 0, 'f', 1)
               .arg(own.at(0.95), 0, 'f', 1)
               .arg(worst, 0, 'f', 1)
               .arg(select, 0, 'f', 1)
               .arg(pick, 0, 'f', 1)
               .arg(row ? "hit" : "ground");
  out().flush();
}

void settle(MapFixture &map) {
  QElapsedTimer clock;
  clock.start();
  while (clock.elapsed() < 400 || !map.viewer.canvas().settled()) {
    QApplication::processEvents(QEventLoop::AllEvents, 20);
  }
}

void shots(const QString &folder, std::size_t count, int dims, bool dark, QSize size) {
  applyTheme(dark);
  MapFixture map(count, dims, size);
  map.viewer.QWidget::show();
  settle(map);
  const QString name = QStringLiteral("%1/%2d-%3-%4-%5").arg(folder).arg(dims).arg(count).arg(dark ? "dark" : "light").arg(size.width());
  map.viewer.QWidget::grab().save(name + "-screen.png");
  map.viewer.grab(size).save(name + "-grab.png");
  Q_EMIT map.viewer.panel().legend().entryChosen(3, SelectMode::Replace);
  map.selection.setCurrent(map.selection.ids().front());
  settle(map);
  Q_EMIT map.viewer.canvas().pointHovered(static_cast<std::ptrdiff_t>(count / 3));
  settle(map);
  map.viewer.QWidget::grab().save(name + "-selected.png");
  map.selection.clear();
  map.viewer.colourBy("price");
  MapLook look;
  look.shapes = true;
  settle(map);
  map.viewer.QWidget::grab().save(name + "-numbers.png");
  map.viewer.colourBy("label");
  map.viewer.panel().setLook(look);
  Q_EMIT map.viewer.panel().lookChanged(look);
  settle(map);
  map.viewer.QWidget::grab().save(name + "-shapes.png");
}

}  // namespace

int main(int argc, char **argv) {
  QApplication app(argc, argv);
  QApplication::setApplicationName("vitrine-bench");
  applyTheme(true);
  QStringList arguments = app.arguments().mid(1);
  QString folder;
  QSize size(1200, 800);
  std::vector<std::size_t> counts;
  for (qsizetype i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--shots") {
      folder = arguments.value(++i);
    } else if (arguments[i] == "--size") {
      const QStringList sides = arguments.value(++i).split('x');
      size = QSize(sides.value(0).toInt(), sides.value(1).toInt());
    } else {
      counts.push_back(arguments[i].toULongLong());
    }
  }
  if (counts.empty()) {
    counts = {100000, 1000000};
  }
  for (const std::size_t count : counts) {
    for (const int dims : {2, 3}) {
      if (folder.isEmpty()) {
        frames(count, dims, size);
        continue;
      }
      shots(folder, count, dims, true, size);
      shots(folder, count, dims, false, size);
    }
  }
  return 0;
}
