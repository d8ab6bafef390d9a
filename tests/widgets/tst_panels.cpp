// Task list, banner, empty state, log and thumbnails.
#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QToolButton>

#include "samples.h"
#include "studies.h"
#include "testing.h"
#include "widgets/banner.h"
#include "widgets/empty_state.h"
#include "widgets/log_view.h"
#include "widgets/task.h"
#include "widgets/task_list.h"
#include "widgets/theme.h"
#include "widgets/thumbnail_cache.h"

using namespace vitrine;
using namespace vitrine::testing;

namespace {

QString words(const QWidget &widget) {
  QStringList all;
  for (const auto *label : widget.findChildren<QLabel *>()) {
    if (label->isVisibleTo(&widget)) {
      all << label->text();
    }
  }
  return all.join(u'\n');
}

template <class Button>
Button *button(const QWidget &widget, const QString &name) {
  for (auto *each : widget.findChildren<Button *>()) {
    if (each->isVisibleTo(&widget) && (each->accessibleName().startsWith(name) || each->text() == name)) {
      return each;
    }
  }
  return nullptr;
}

}  // namespace

class TestPanels : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void taskListFollowsARun();
  void taskListTellsOfFailure();
  void taskListOutlivesTasks();
  void bannerSaysWhatAndWhatToDo();
  void emptyStateOffersActions();
  void logKeepsTheLastLines();
  void thumbnailsAreMadeOnce();
  void thumbnailsTellOfFailure();
  void thumbnailsKeepTheirBudget();
  void thumbnailsForget();
};

void TestPanels::taskListFollowsARun() {
  Lane lane("lane");
  TaskList list;
  QVERIFY(words(list).contains("Running studies"));
  Task task(counting(), {{"endless", true}}, {});
  QSignalSpy result(&list, &TaskList::resultRequested);
  list.add(&task, "Counting sheep", "run-1");
  QCOMPARE(list.running(), 1);
  QVERIFY(words(list).contains("waits for its turn"));
  task.start(lane);
  QTRY_VERIFY(words(list).contains("counting"));
  auto *pause = button<QToolButton>(list, "Pause or resume Counting sheep");
  QVERIFY(pause != nullptr && pause->isEnabled());
  pause->click();
  QCOMPARE(task.state(), Task::State::Paused);
  QVERIFY(words(list).contains("paused"));
  pause->click();
  QCOMPARE(task.state(), Task::State::Running);
  list.rename("run-1", "Counting goats");
  button<QToolButton>(list, "Stop Counting goats")->click();
  QTRY_COMPARE(task.state(), Task::State::Cancelled);
  QCOMPARE(list.running(), 0);
  QVERIFY(words(list).contains("stopped after"));
  auto *link = button<QPushButton>(list, "Show the result");
  QVERIFY(link != nullptr);  // partial results are results
  link->click();
  QCOMPARE(result.count(), 1);
  QCOMPARE(result.front().front().toString(), QStringLiteral("run-1"));
  list.clearFinished();
  QVERIFY(words(list).contains("Running studies"));
}

void TestPanels::taskListTellsOfFailure() {
  Lane lane("lane");
  TaskList list;
  Task task(counting(), {{"steps", 1}, {"fail", "input"}}, {});
  list.add(&task, "Counting");
  task.start(lane);
  QTRY_VERIFY(words(list).contains("numbers.csv: line 3 has no number"));
  button<QPushButton>(list, "Copy details")->click();
  QVERIFY(QGuiApplication::clipboard()->text().contains("counting (version 1)"));
}

void TestPanels::taskListOutlivesTasks() {
  Lane lane("lane");
  TaskList list;
  {
    Task done(counting(), {{"steps", 1}}, {}), cut(counting(), {{"endless", true}}, {});
    list.add(&done, "Done", "a");
    list.add(&cut, "Cut", "b");
    done.start(lane);
    QTRY_VERIFY(done.finished());
    cut.start(lane);
    QTRY_COMPARE(cut.state(), Task::State::Running);
  }
  QVERIFY(words(list).contains("done in"));
  QCOMPARE(list.running(), 0);
  list.remove("a");
  QVERIFY(!words(list).contains("done in"));
  QVERIFY(words(list).contains("Cut"));
}

void TestPanels::bannerSaysWhatAndWhatToDo() {
  QWidget window;
  Banner banner(&window);
  window.show();
  QVERIFY(!banner.isVisible());
  QSignalSpy dismissed(&banner, &Banner::dismissed);
  banner.show(Banner::Kind::Error, "<b>a.png</b>: is no picture.", "Choose another file", "byte 12");
  QVERIFY(banner.isVisible());
  QCOMPARE(banner.text(), QStringLiteral("<b>a.png</b>: is no picture. Choose another file"));
  QCOMPARE(banner.findChild<QLabel *>()->textFormat(), Qt::PlainText);  // a file's name is never read as markup
  QVERIFY(banner.accessibleName().startsWith("Error: "));
  button<QPushButton>(banner, "Copy details")->click();
  QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("byte 12"));
  int ran = 0;
  banner.setAction("Retry", [&ran] { ++ran; });
  button<QPushButton>(banner, "Retry")->click();
  QCOMPARE(ran, 1);
  QVERIFY(!banner.isVisible());
  QCOMPARE(dismissed.count(), 1);
  banner.show(Banner::Kind::Warning, "Careful");
  QVERIFY(button<QPushButton>(banner, "Retry") == nullptr);  // belonged to the last message
  QTest::keyClick(&banner, Qt::Key_Escape);
  QVERIFY(!banner.isVisible());
}

void TestPanels::emptyStateOffersActions() {
  EmptyState place("data", "No data", "Open some.");
  QAction open("Open", &place);
  int opened = 0;
  connect(&open, &QAction::triggered, this, [&opened] { ++opened; });
  QPushButton *openButton = place.addAction(&open);
  openButton->click();
  QCOMPARE(opened, 1);
  open.setEnabled(false);
  QVERIFY(!openButton->isEnabled());
  QVERIFY(words(place).contains("Open some."));
}

void TestPanels::logKeepsTheLastLines() {
  LogView log;
  for (int i = 0; i < 5100; ++i) {
    log.append(QString::number(i), "t-SNE");
  }
  QVERIFY(log.text().endsWith("t-SNE: 5099"));
  QCOMPARE(log.text().count(u'\n'), 4999);
  log.clear();
  QVERIFY(log.text().isEmpty());
}

void TestPanels::thumbnailsAreMadeOnce() {
  auto data = std::make_shared<Samples>();
  ThumbnailCache cache;
  QSignalSpy ready(&cache, &ThumbnailCache::ready);
  QVERIFY(cache.get(data, 107, 16).isNull());
  QVERIFY(cache.get(data, 107, 16).isNull());
  QTRY_COMPARE(ready.count(), 1);
  const QImage image = cache.get(data, 107, 16);
  QCOMPARE(image.size(), QSize(16, 16));
  QCOMPARE(qGray(image.pixel(3, 3)), 7);
  QTest::qWait(20);
  QCOMPARE(data->decoded.load(), 1);
  QVERIFY(data->decodedOn.load() != std::this_thread::get_id());
  QVERIFY(cache.get(data, 107, 32).isNull());  // another size is another picture
  QVERIFY(cache.get(nullptr, 107, 32).isNull());
}

void TestPanels::thumbnailsTellOfFailure() {
  auto data = std::make_shared<Samples>();
  Lane lane("lane");
  ThumbnailCache cache(&lane);
  QVERIFY(cache.get(data, 103, 16).isNull());
  QVERIFY(!cache.failed(data.get(), 103, 16));
  QTRY_VERIFY(cache.failed(data.get(), 103, 16));
  QVERIFY(cache.get(data, 103, 16).isNull());
  QTest::qWait(20);
  QCOMPARE(data->decoded.load(), 1);  // not tried again and again
}

void TestPanels::thumbnailsKeepTheirBudget() {
  auto data = std::make_shared<Samples>(60);
  ThumbnailCache cache(nullptr, 20 * 32 * 32 * 4);
  int made = 0;
  connect(&cache, &ThumbnailCache::ready, this, [&made] { ++made; });
  for (SampleId id = 110; id < 160; ++id) {
    cache.get(data, id, 32);
  }
  QTRY_COMPARE(made, 50);
  QVERIFY(cache.bytesUsed() <= 20 * 32 * 32 * 4);
  QVERIFY(!cache.get(data, 111, 32).isNull());  // asked early, so made last: newest wishes come first
  QVERIFY(cache.get(data, 150, 32).isNull());
}

void TestPanels::thumbnailsForget() {
  auto data = std::make_shared<Samples>();
  ThumbnailCache cache;
  int made = 0;
  connect(&cache, &ThumbnailCache::ready, this, [&made] { ++made; });
  cache.get(data, 101, 16);
  QTRY_COMPARE(made, 1);
  cache.get(data, 102, 16);
  cache.get(data, 104, 16);
  cache.forget(data.get());
  QCOMPARE(cache.bytesUsed(), std::size_t{0});
  QTest::qWait(40);
  QCOMPARE(cache.bytesUsed(), std::size_t{0});  // the one in the making is not kept either
  QCOMPARE(made, 1);
  QVERIFY(cache.get(data, 101, 16).isNull());
  QTRY_COMPARE(made, 2);
}

VITRINE_TEST(TestPanels)
#include "tst_panels.moc"
