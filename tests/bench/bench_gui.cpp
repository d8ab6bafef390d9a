// How long the GUI thread is ever busy while a t-SNE runs and the mouse moves over the map, and how soon the window is there.
// Usage: bench_gui [--opengl] [samples ...]   (default 5000 20000 70000; Fashion-MNIST's pixels; --opengl: though there is no graphics card)
#include <algorithm>
#include <cmath>
#include <cstdio>

#include <QApplication>
#include <QElapsedTimer>
#include <QMouseEvent>
#include <QProcess>
#include <QStandardPaths>
#include <QTest>
#include <QTimer>

#include "app/gui/main_window.h"
#include "app/gui/run_panel.h"
#include "tensor/device.h"
#include "widgets/theme.h"

using namespace vitrine;

namespace {

/// A timer that should fire every millisecond: what lies between two firings is time in which no event was handled.
struct BlockMeter {
  QTimer timer;
  QElapsedTimer clock;
  std::vector<double> gaps;
  BlockMeter() {
    timer.setTimerType(Qt::PreciseTimer);
    timer.setInterval(1);
    clock.start();
    QObject::connect(&timer, &QTimer::timeout, [this] { gaps.push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6), clock.restart(); });
    timer.start();
  }
  double quantile(double q) {
    std::sort(gaps.begin(), gaps.end());
    return gaps.empty() ? 0 : gaps[static_cast<std::size_t>(q * static_cast<double>(gaps.size() - 1))];
  }
};

void moveMouse(QWidget *view, int step) {
  QWidget *target = view->childAt(view->rect().center());
  target = target != nullptr ? target : view;
  const QPointF at(target->width() * (0.5 + 0.35 * std::cos(step * 0.07)), target->height() * (0.5 + 0.35 * std::sin(step * 0.11)));
  QMouseEvent event(QEvent::MouseMove, at, target->mapToGlobal(at), Qt::NoButton, Qt::NoButton, Qt::NoModifier);
  QApplication::sendEvent(target, &event);
}

void measure(std::int64_t samples) {
  MainWindow window;
  window.resize(1600, 1000);
  window.show();
  const QString data = window.session().openData(QStringLiteral("fashion-mnist"));
  if (!QTest::qWaitFor([&] { return window.session().findData(data)->dataset != nullptr; }, 20000)) {
    std::printf("Fashion-MNIST is not installed\n");
    return;
  }
  RunSetup setup;
  setup.study = QStringLiteral("tsne");
  setup.data = data;
  setup.limit = samples;
  window.runPanel().startSetup(setup);
  Run *run = window.session().runs().back().get();
  (void)QTest::qWaitFor([&] { return run->artifact("projection") != nullptr || !run->live(); }, 120000);
  BlockMeter meter;
  QTimer mouse;
  int step = 0;
  QObject::connect(&mouse, &QTimer::timeout, [&] {
    if (ViewerFrame *frame = window.area().active()) {
      moveMouse(frame->viewer(), ++step);
    }
  });
  mouse.start(16);
  QElapsedTimer clock;
  clock.start();
  (void)QTest::qWaitFor([&] { return !run->live() || clock.elapsed() > 30000; }, 40000);
  std::printf("%8lld samples: longest block %.1f ms, 99.9 %% below %.1f ms, 99 %% below %.1f ms (%zu event-loop turns, %d mouse moves, %.1f s, run %s)\n",
              static_cast<long long>(samples), meter.quantile(1), meter.quantile(0.999), meter.quantile(0.99), meter.gaps.size(), step,
              static_cast<double>(clock.elapsed()) / 1000, qPrintable(run->state));
  std::fflush(stdout);
}

void measureStart() {
  std::vector<double> seconds;
  for (int i = 0; i < 6; ++i) {
    QProcess process;
    process.start(QStringLiteral(VITRINE_BIN_DIR "/vitrine"), {QStringLiteral("--startup-time")});
    process.waitForFinished(30000);
    if (i > 0) {  // the first warms the page cache
      seconds.push_back(process.readAllStandardOutput().trimmed().toDouble());
    }
  }
  std::sort(seconds.begin(), seconds.end());
  std::printf("window on screen after %.2f s (median of 5 warm starts, %.2f to %.2f)\n", seconds[2], seconds.front(), seconds.back());
}

}  // namespace

int main(int argc, char **argv) {
  tensor::ensureEnvironment(argv);
  QApplication app(argc, argv);
  QApplication::setApplicationName(QStringLiteral("vitrine-bench"));
  QStandardPaths::setTestModeEnabled(true);
  qRegisterMetaType<Artifact>();
  applyTheme(true);
  measureStart();
  QStringList arguments = app.arguments().mid(1);
  if (arguments.removeAll(QStringLiteral("--opengl")) > 0) {
    habits().drawing = Habits::Drawing::OpenGl;
  }
  for (const QString &samples : arguments.isEmpty() ? QStringList{QStringLiteral("5000"), QStringLiteral("20000"), QStringLiteral("70000")} : arguments) {
    measure(samples.toLongLong());
  }
  return 0;
}
