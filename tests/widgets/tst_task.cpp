// A run as the window sees it: progress, pause, cancel, live changes, errors, and no word after its end.
#include <cmath>
#include <numeric>

#include <QSignalSpy>
#include <QTemporaryDir>

#include "core/npy.h"
#include "core/seed.h"
#include "studies.h"
#include "testing.h"
#include "widgets/task.h"

using namespace vitrine;
using namespace vitrine::testing;

class TestTask : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void runsToItsEnd();
  void signalsComeOnTheOwnThread();
  void cancelsWithinASecond();
  void cancelsWhileItWaits();
  void pausesAndGoesOn();
  void takesLiveParameters();
  void failures_data();
  void failures();
  void deletedWhileRunning();
  void deletedFromItsOwnSignal();
  void laneDeletedFirst();
  void framesComeInOrder();
  void positionsAreRecordedOnDisk();
  void recordingsAreSmallAndComeBack();
  void damagedRecordingsAreRefused();
  void framesKeepTheirBudget();
  void timeLeft();
};

void TestTask::runsToItsEnd() {
  Lane lane("lane");
  Task task(counting(), {{"steps", 20}}, {});
  QCOMPARE(task.parameters().at("speed").get<double>(), 1.0);
  QSignalSpy states(&task, &Task::stateChanged), progress(&task, &Task::progressChanged), logged(&task, &Task::logged);
  task.start(lane);
  QCOMPARE(task.state(), Task::State::Waiting);
  QTRY_COMPARE(task.state(), Task::State::Done);
  QCOMPARE(states.count(), 2);  // running, done
  QVERIFY(progress.count() > 0 && progress.count() <= 21);
  QCOMPARE(logged.count(), 1);
  QCOMPARE(task.fraction(), 1.0);
  QCOMPARE(task.record().metrics.at("steps"), 20.0);
  QCOMPARE(task.artifacts().size(), std::size_t{1});
  QCOMPARE(task.artifacts().front().as<Table>()->columns.front().numbers.front(), 19.0);  // the rate limit never eats the last one
  QVERIFY(task.secondsElapsed() >= 0 && task.secondsElapsed() < 5);                       // as this thread saw it: a busy one hears late of the start
}

void TestTask::signalsComeOnTheOwnThread() {
  Lane lane("lane");
  Task task(counting(), {{"steps", 5}}, {});
  QThread *seen = nullptr;
  int calls = 0;
  connect(
      &task, &Task::artifactChanged, this, [&] { seen = QThread::currentThread(), ++calls; }, Qt::DirectConnection);
  task.start(lane);
  QTRY_VERIFY(task.finished());
  QCOMPARE(seen, QThread::currentThread());
  QVERIFY(calls >= 1);
}

void TestTask::cancelsWithinASecond() {
  Lane lane("lane");
  Task task(counting(), {{"endless", true}}, {});
  task.start(lane);
  QTRY_VERIFY(!task.artifacts().empty());
  QElapsedTimer clock;
  clock.start();
  task.cancel();
  QCOMPARE(task.what(), QStringLiteral("stopping"));
  QTRY_COMPARE_WITH_TIMEOUT(task.state(), Task::State::Cancelled, 1000);
  QVERIFY(clock.elapsed() < 1000);
  QVERIFY(task.error().isEmpty());
  QVERIFY(!task.artifacts().empty());  // what was there stays
}

void TestTask::cancelsWhileItWaits() {
  Lane lane("lane");
  Task first(counting(), {{"endless", true}}, {}), second(counting(), Json::object(), {});
  first.start(lane);
  second.start(lane);
  QTRY_COMPARE(first.state(), Task::State::Running);
  second.cancel();
  QCOMPARE(second.state(), Task::State::Cancelled);
  first.cancel();
  QTRY_COMPARE(first.state(), Task::State::Cancelled);
  QTest::qWait(50);
  QVERIFY(second.artifacts().empty());  // it never began
}

void TestTask::pausesAndGoesOn() {
  Lane lane("lane");
  Task task(counting(), {{"steps", 200}}, {});
  task.start(lane);
  QTRY_VERIFY(!task.artifacts().empty());
  task.setPaused(true);
  QCOMPARE(task.state(), Task::State::Paused);
  QTest::qWait(60);  // whatever was on its way
  const double held = task.artifacts().front().as<Table>()->columns.front().numbers.front();
  QTest::qWait(100);
  QCOMPARE(task.artifacts().front().as<Table>()->columns.front().numbers.front(), held);
  task.setPaused(false);
  QCOMPARE(task.state(), Task::State::Running);
  QTRY_COMPARE(task.state(), Task::State::Done);

  Task stopped(counting(), {{"endless", true}}, {});
  stopped.start(lane);
  QTRY_COMPARE(stopped.state(), Task::State::Running);
  stopped.setPaused(true);
  stopped.cancel();  // a paused run must still hear it
  QTRY_COMPARE_WITH_TIMEOUT(stopped.state(), Task::State::Cancelled, 1000);
}

void TestTask::takesLiveParameters() {
  Lane lane("lane");
  Task task(counting(), {{"endless", true}}, {});
  task.start(lane);
  QTRY_COMPARE(seenSpeed.load(), 1.0);
  task.setLive("speed", 42);
  QTRY_COMPARE(seenSpeed.load(), 42.0);
  QCOMPARE(task.parameters().at("speed").get<double>(), 42.0);
  QVERIFY_THROWS_EXCEPTION(InputError, task.setLive("steps", 5));
  QVERIFY_THROWS_EXCEPTION(InputError, task.setLive("speed", 1e6));
  QVERIFY_THROWS_EXCEPTION(InputError, task.setLive("nothing", 1));
  QCOMPARE(task.parameters().at("speed").get<double>(), 42.0);
  task.cancel();
  QTRY_VERIFY(task.finished());
  QVERIFY_THROWS_EXCEPTION(InputError, task.setLive("speed", 2));
}

void TestTask::failures_data() {
  QTest::addColumn<QString>("fail");
  QTest::addColumn<QString>("sentence");
  QTest::addColumn<QString>("details");
  QTest::newRow("input") << "input"
                         << "numbers.csv: line 3 has no number; mend it"
                         << "line 3 has no number";
  QTest::newRow("torch") << "torch"
                         << "The size of tensor a (3) must match"
                         << "frame #0";
  QTest::newRow("memory") << "memory"
                          << "not enough memory for this run; take fewer samples (limit) or close other data sets"
                          << "bad_alloc";
  QTest::newRow("odd") << "odd"
                       << "an error of unknown kind"
                       << "not a std::exception";
}

void TestTask::failures() {
  QFETCH(QString, fail);
  QFETCH(QString, sentence);
  QFETCH(QString, details);
  Lane lane("lane");
  Task task(counting(), {{"steps", 2}, {"fail", fail.toStdString()}}, {});
  task.start(lane);
  QTRY_COMPARE(task.state(), Task::State::Failed);
  QCOMPARE(task.error(), sentence);
  QVERIFY(!task.error().contains(u'\n'));
  QVERIFY2(task.errorDetails().contains(details), qPrintable(task.errorDetails()));
  QVERIFY(task.errorDetails().contains("counting") && task.errorDetails().contains("\"steps\":2"));
  QCOMPARE(task.record().metrics.at("steps"), 2.0);
}

void TestTask::deletedWhileRunning() {
  Lane lane("lane");
  int heard = 0;
  {
    Task task(counting(), {{"endless", true}}, {});
    connect(&task, &Task::artifactChanged, this, [&heard] { ++heard; });
    connect(&task, &Task::stateChanged, this, [&heard] { ++heard; });
    task.start(lane);
    QTRY_COMPARE(runsAlive.load(), 1);
    QTRY_VERIFY(heard > 0);
    heard = 0;
  }
  QCOMPARE(runsAlive.load(), 0);  // the destructor has waited
  QTest::qWait(50);
  QCOMPARE(heard, 0);
}

void TestTask::deletedFromItsOwnSignal() {
  Lane lane("lane");
  auto *task = new Task(counting(), {{"endless", true}}, {});
  QPointer<Task> watch(task);
  connect(task, &Task::artifactChanged, this, [task] { delete task; });
  task->start(lane);
  QTRY_VERIFY(watch.isNull());
  QCOMPARE(runsAlive.load(), 0);
}

void TestTask::laneDeletedFirst() {
  auto lane = std::make_unique<Lane>("lane");
  Task running(counting(), {{"endless", true}}, {}), waiting(counting(), Json::object(), {});
  running.start(*lane);
  waiting.start(*lane);
  QTRY_COMPARE(running.state(), Task::State::Running);
  QElapsedTimer clock;
  clock.start();
  lane.reset();
  QVERIFY(clock.elapsed() < 1000);
  QTRY_COMPARE(running.state(), Task::State::Cancelled);
  QCOMPARE(waiting.state(), Task::State::Cancelled);
}

void TestTask::framesComeInOrder() {
  Lane lane("lane");
  RunInputs inputs;
  inputs.recording = true;
  Task task(counting(), {{"steps", 50}}, inputs);
  task.start(lane);
  QTRY_COMPARE(task.state(), Task::State::Done);
  QCOMPARE(task.frames().size(), std::size_t{50});  // every one, though artifacts are limited to 30 a second
  for (std::size_t i = 0; i < 50; ++i) {
    QCOMPARE(task.frames()[i].as<Table>()->columns.front().numbers.front(), static_cast<double>(i));
  }
}

void TestTask::positionsAreRecordedOnDisk() {
  Recording recording;
  Projection projection{std::make_shared<const std::vector<SampleId>>(std::vector<SampleId>{4, 7, 9}), Matrix(3, 2)};
  for (int i = 0; i < 40; ++i) {
    projection.positions.values = {-1.0F * i, 2, 0.25F, 5.5F, 3.0F * i, 2};
    recording.add({"projection", std::make_shared<const Payload>(projection), {{"iteration", i}}});
  }
  QCOMPARE(recording.size(), std::size_t{40});
  QVERIFY(recording.bytes() <= 40 * (6 * 2 + 1));
  const Recording copy = recording;
  recording.thin();
  QCOMPARE(recording.size(), std::size_t{20});
  for (const auto &[kept, i] : {std::pair{copy[31], 31}, std::pair{recording[10], 20}}) {
    const auto *back = kept.as<Projection>();
    QVERIFY(kept.metadata.at("iteration") == i && *back->ids == *projection.ids);
    QVERIFY(std::abs(back->positions.values[0] + static_cast<float>(i)) < 2e-3F && std::abs(back->positions.values[4] - 3.0F * static_cast<float>(i)) < 2e-3F);
    QVERIFY(std::abs(back->positions.values[3] - 5.5F) < 1e-3F);
  }
}

/// A map that spreads, then settles: late frames must cost about a byte a coordinate, and every frame must be right after thinning, saving and reading.
void TestTask::recordingsAreSmallAndComeBack() {
  const std::size_t n = 3000;
  const auto ids = std::make_shared<const std::vector<SampleId>>([&] {
    std::vector<SampleId> all(n);
    std::iota(all.begin(), all.end(), 7);
    return all;
  }());
  Rng rng(2);
  Matrix positions(n, 2);
  std::generate(positions.values.begin(), positions.values.end(), [&] { return static_cast<float>(1e-3 * rng.normal()); });
  Recording recording;
  std::vector<Matrix> truth;
  std::size_t before = 0, last = 0;
  for (int i = 0; i < 41; ++i) {
    for (float &v : positions.values) {
      v = v * (i < 20 ? 1.6F : 1.0001F) + (i < 20 ? 0.0F : static_cast<float>(0.01 * rng.normal()));
    }
    truth.push_back(positions);
    recording.add({"projection", std::make_shared<const Payload>(Projection{ids, positions}), {{"iteration", i}}});
    last = recording.bytes() - std::exchange(before, recording.bytes());
  }
  QVERIFY2(last < n * 2 * 5 / 4, qPrintable(QString::number(last)));  // the whole would be 4 bytes a sample
  recording.thin();
  QTemporaryDir dir;
  const std::filesystem::path folder = dir.path().toStdString();
  QCOMPARE(recording.write(folder).size(), std::size_t{3});
  const Recording back = Recording::read(folder / "recording.json");
  QCOMPARE(back.size(), recording.size());
  for (std::size_t i = 0; i < back.size(); ++i) {
    const Artifact frame = back[i];
    const auto *map = frame.as<Projection>();
    QVERIFY(frame.metadata.at("iteration") == static_cast<int>(2 * i) && *map->ids == *ids);
    const auto &values = truth[2 * i].values;
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    for (std::size_t k = 0; k < values.size(); ++k) {
      QVERIFY(std::abs(map->positions.values[k] - values[k]) <= (*high - *low) / 20000);  // stored twice
    }
  }
  recording.write(folder);  // over the file that is open
  QCOMPARE(back[3].as<Projection>()->positions.rows, n);
}

void TestTask::damagedRecordingsAreRefused() {
  QTemporaryDir dir;
  const std::filesystem::path folder = dir.path().toStdString(), index = folder / "recording.json", frames = folder / "recording.bin";
  QVERIFY_EXCEPTION_THROWN(Recording::read(index), InputError);
  Recording recording;
  const auto ids = std::make_shared<const std::vector<SampleId>>(std::vector<SampleId>{4, 7, 9});
  for (int i = 0; i < 20; ++i) {
    recording.add({"projection", std::make_shared<const Payload>(Projection{ids, Matrix(3, 2)}), Json::object()});
  }
  recording.write(folder);
  const auto good = readFile(index);
  const std::string text(good.begin(), good.end());
  int refused = 0;
  Rng rng(5);
  for (int i = 0; i < 500; ++i) {
    std::string broken = text;
    broken[rng.below(broken.size())] = static_cast<char>('0' + rng.below(10));
    writeFile(index, broken);
    try {
      const Recording read = Recording::read(index);
      for (std::size_t f = 0; f < read.size(); ++f) {
        (void)read[f];
      }
    } catch (const std::runtime_error &) {
      ++refused;
    }
  }
  QVERIFY2(refused > 100, qPrintable(QString::number(refused)));
  writeFile(index, text);
  std::filesystem::resize_file(frames, 20);
  QVERIFY_EXCEPTION_THROWN(Recording::read(index), InputError);
}

void TestTask::framesKeepTheirBudget() {
  Lane lane("lane");
  RunInputs inputs;
  inputs.recording = true;
  Task task(counting(), {{"steps", 100}}, inputs);
  task.setFrameBudget(30 * sizeof(double));  // a frame of the study is one number
  QSignalSpy logged(&task, &Task::logged);
  task.start(lane);
  QTRY_COMPARE(task.state(), Task::State::Done);
  QVERIFY(task.frames().size() > 15 && task.frames().size() <= 31);
  for (std::size_t i = 0; i < task.frames().size(); ++i) {  // even steps in time, from the first frame on
    QCOMPARE(task.frames()[i].as<Table>()->columns.front().numbers.front(), static_cast<double>(4 * i));
  }
  QVERIFY2(logged[1].front().toString().contains("one frame in 4"), qPrintable(logged[1].front().toString()));
}

void TestTask::timeLeft() {
  Lane lane("lane");
  Task task(counting(), {{"steps", 500}}, {});
  QVERIFY(std::isnan(task.secondsLeft()));
  task.start(lane);
  QTRY_VERIFY_WITH_TIMEOUT(!std::isnan(task.secondsLeft()), 4000);
  const double told = task.secondsElapsed() + task.secondsLeft();
  QTRY_COMPARE_WITH_TIMEOUT(task.state(), Task::State::Done, 10000);
  QVERIFY2(std::abs(told / task.secondsElapsed() - 1) < 0.5, qPrintable(QString::number(told / task.secondsElapsed())));
  QVERIFY(std::isnan(task.secondsLeft()));
}

VITRINE_TEST(TestTask)
#include "tst_task.moc"
