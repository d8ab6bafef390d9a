// Frame times of the projection view: splat on its thread, paint on the GUI thread, hover, selection. Also writes the pictures to look at.
// bench_projection_view [--shots DIR] [--size WxH] [COUNT ...]
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
  Times splat, paint, whole;
  LongestBlock block;
  QObject::connect(&canvas, &MapCanvas::frameShown, &canvas, [&](double ms) { splat.values.push_back(ms); });
  const auto *gl = qobject_cast<GlView *>(canvas.painter().widget());
  for (int i = 0; i < 60; ++i) {
    Camera camera = canvas.camera();
    dims > 2 ? camera.rotate(0.03, 0.01) : camera.pan(0.004, 0.002);
    const std::size_t before = splat.values.size();
    QElapsedTimer clock;
    clock.start();
    canvas.setCamera(camera, false);
    while (splat.values.size() == before) {
      QApplication::processEvents(QEventLoop::WaitForMoreEvents);
    }
    QApplication::processEvents();
    whole.values.push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6);
    if (gl != nullptr) {
      paint.values.push_back(gl->lastPaint());
    }
  }
  const double worst = block.take();
  QElapsedTimer clock;
  clock.start();
  map.viewer.tools()[3]->trigger();  // invert: everything
  const double select = static_cast<double>(clock.nsecsElapsed()) / 1e6;
  clock.start();
  const auto row = nearestRow(canvas.scene(), Projector(canvas.camera(), canvas.scene().bounds, size.width(), size.height()), {200, 200}, 8, 2);
  const double pick = static_cast<double>(clock.nsecsElapsed()) / 1e6;
  out() << QStringLiteral("%1D %2 points %3x%4: frame %5 ms (95%: %6), splat %7 (95%: %8), paint %9, longest block %10, pick %11, select all %12, 1 in %13 %14\n")
               .arg(dims).arg(count).arg(canvas.width()).arg(canvas.height()).arg(whole.at(0.5), 0, 'f', 1).arg(whole.at(0.95), 0, 'f', 1).arg(splat.at(0.5), 0, 'f', 1)
               .arg(splat.at(0.95), 0, 'f', 1).arg(paint.at(0.5), 0, 'f', 1).arg(worst, 0, 'f', 1).arg(pick, 0, 'f', 1).arg(select, 0, 'f', 1).arg(canvas.oneIn()).arg(row ? "" : ".");
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
