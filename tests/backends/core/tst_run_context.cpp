// Progress, pause, cancel, live parameters and the rate of partial results.
#include <thread>

#include "core/study.h"
#include "testing.h"

using namespace vitrine;
using namespace std::chrono_literals;

namespace {

struct Knobs {
  double speed = 1;
  int size = 2;
};

Schema<Knobs> knobs() {
  Schema<Knobs> schema;
  schema.add("speed", &Knobs::speed, "Speed", "Faster.").range(0, 10).live();
  schema.add("size", &Knobs::size, "Size", "Larger.").range(1, 5);
  return schema;
}

Curve line(double y) {
  return {"x", "y", {{"line", {0}, {y}}}};
}

struct Run {
  std::shared_ptr<RunControl> control = std::make_shared<RunControl>();
  std::vector<std::string> progress;
  std::vector<Artifact> artifacts, frames;
  RunContext context;

  explicit Run(RunInputs inputs = {})
      : context(std::move(inputs), control,
                {.progress = [this](std::int64_t, std::int64_t, const std::string &what) { progress.push_back(what); },
                 .artifact = [this](const Artifact &artifact) { artifacts.push_back(artifact); },
                 .frame = [this](const Artifact &frame) { frames.push_back(frame); },
                 .log = {},
                 .neighbours = {}}) {}
};

}  // namespace

class TstRunContext : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void stepThrowsAfterCancel() {
    Run run;
    run.context.step(0, 2, "first");
    run.control->cancel();
    QVERIFY(run.context.stopFlag());
    QVERIFY_EXCEPTION_THROWN(run.context.step(1, 2, "second"), Cancelled);
    QCOMPARE(run.progress, std::vector<std::string>{"first"});
  }

  void pauseWaitsAndCancelWakes() {
    Run run;
    run.control->setPaused(true);
    std::atomic<int> state{0};
    std::thread worker([&] {
      try {
        run.context.step(0, 1, "work");
        state = 1;
      } catch (const Cancelled &) {
        state = 2;
      }
    });
    std::this_thread::sleep_for(100ms);
    QCOMPARE(state.load(), 0);
    run.control->cancel();
    worker.join();
    QCOMPARE(state.load(), 2);
  }

  void resumeGoesOn() {
    Run run;
    run.control->setPaused(true);
    std::thread other([&] {
      std::this_thread::sleep_for(50ms);
      run.control->setPaused(false);
    });
    run.context.step(0, 1, "work");
    other.join();
    QCOMPARE(run.progress.size(), 1U);
  }

  void aPausedRunTakesActions() {
    Run run;
    run.control->setPaused(true);
    run.control->act({"hold", {1, 2}, Matrix(2, 2)});
    run.control->act({"hold", {1, 2}, Matrix(2, 3)});  // the same samples farther on: only the last place counts
    run.control->act({"release", {1}});
    run.context.step(0, 1, "work");  // does not wait
    std::vector<Action> actions;
    QVERIFY(run.context.takeActions([&](const Action &action) {
      run.context.step(0, 1, "taking it");  // does not wait either
      actions.push_back(action);
    }));
    QCOMPARE(actions.size(), 2U);
    QCOMPARE(actions[0].positions.cols, 3U);
    QCOMPARE(actions[1].name, std::string("release"));
    QVERIFY(!run.context.takeActions([](const Action &) {}));
    QVERIFY(run.context.paused());
  }

  void moreSamplesComeAfterTheOthers() {
    Run run;
    const Ids before = run.context.sharedIds();
    run.context.addIds({7, 9});
    QCOMPARE(run.context.ids().size(), before->size() + 2);  // whoever holds the old list keeps it
    QCOMPARE(run.context.sharedIds()->back(), 9);
  }

  void partialResultsAreFewAndTheLastOneArrives() {
    Run run;
    const auto start = std::chrono::steady_clock::now();
    int emitted = 0;
    while (std::chrono::steady_clock::now() - start < 200ms) {
      run.context.emit("line", line(++emitted));
    }
    run.context.flush();
    QVERIFY2(emitted > 100, "the loop is too slow to tell");
    QVERIFY2(run.artifacts.size() >= 3 && run.artifacts.size() <= 8, std::to_string(run.artifacts.size()).c_str());
    QCOMPARE(run.artifacts.back().as<Curve>()->series[0].y[0], static_cast<double>(emitted));
    run.context.flush();
    QCOMPARE(run.artifacts.back().as<Curve>()->series[0].y[0], static_cast<double>(emitted));
  }

  void aPausedPictureIsTheNewestOne() {
    Run run;
    run.context.emit("line", line(1));
    run.context.emit("line", line(2));  // held back by the rate limit
    QCOMPARE(run.artifacts.size(), 1U);
    run.control->setPaused(true);
    std::thread other([&] {
      std::this_thread::sleep_for(30ms);
      run.control->setPaused(false);
    });
    run.context.step(0, 1, "work");
    other.join();
    QCOMPARE(run.artifacts.size(), 2U);
  }

  void recordsNothingUnlessAsked() {
    Run quiet;
    quiet.context.record("line", line(1));
    QVERIFY(quiet.frames.empty());
    RunInputs inputs;
    inputs.recording = true;
    Run loud(inputs);
    for (int i = 0; i < 100; ++i) {
      loud.context.record("line", line(i));
    }
    QCOMPARE(loud.frames.size(), 100U);
  }

  void liveValuesArriveOnceAndTheNewestWins() {
    const auto schema = knobs();
    Run run;
    run.context.bind(&schema, completed(schema.specs(), {{"size", 3}}));
    Knobs values = schema.parse({{"size", 3}});
    QVERIFY(!run.context.poll(values));
    run.control->setLive("speed", 4.0);
    run.control->setLive("speed", 5.0);
    QVERIFY(run.context.poll(values));
    QCOMPARE(values.speed, 5.0);
    QCOMPARE(values.size, 3);
    QVERIFY(!run.context.poll(values));
    QCOMPARE(run.context.values().at("speed").get<double>(), 5.0);
  }

  void aRunWithoutInputsSaysSo() {
    Run run;
    QVERIFY_EXCEPTION_THROWN(run.context.dataset(), InputError);
    QVERIFY_EXCEPTION_THROWN(run.context.model(), InputError);
  }

  void registryRefusesTwinsAndKnowsItsStudies() {
    StudyRegistry registry;
    StudyInfo info;
    info.id = "one";
    registry.add(
        info, knobs(), +[](const Knobs &values, RunContext &context) { context.metric("speed", values.speed); });
    QVERIFY_EXCEPTION_THROWN(registry.add(
                                 info, knobs(), +[](const Knobs &, RunContext &) {}),
                             std::logic_error);
    try {
      registry.find("two");
      QFAIL("found a study that is not there");
    } catch (const InputError &error) {
      QVERIFY(QByteArray(error.what()).contains("one"));
    }
    Run run;
    registry.find("one").run({{"speed", 7}}, run.context);
    QCOMPARE(run.context.results().metrics.at("speed"), 7.0);
    QVERIFY_EXCEPTION_THROWN(registry.find("one").run({{"speed", 11}}, run.context), InputError);
  }
};
VITRINE_TEST(TstRunContext)

#include "tst_run_context.moc"
