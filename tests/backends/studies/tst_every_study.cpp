// What every study must do, whatever it computes. A new study is tested here before its author writes a test.
#include <QTemporaryDir>
#include <algorithm>
#include <cmath>
#include <future>
#include <thread>

#include "core/report.h"
#include "models/prototype_trainer.h"
#include "testing.h"
#include "tests/checks/study_runs.h"
#include "video/decoder.h"

using namespace vitrine;
using namespace std::chrono_literals;

namespace {

const StudyInfo &study(const QString &id) {
  return studies().find(id.toStdString());
}

std::vector<float> numbers(const Artifact &artifact) {
  if (const auto *embedding = artifact.as<Embedding>()) {
    return embedding->vectors.values;
  }
  if (const auto *projection = artifact.as<Projection>()) {
    return projection->positions.values;
  }
  if (const auto *attention = artifact.as<AttentionMaps>()) {
    return attention->maps;
  }
  return {};
}

/// A run in a thread of its own, at full size: default parameters, 1,500 samples.
struct LongRun {
  std::shared_ptr<RunControl> control = std::make_shared<RunControl>();
  std::atomic<int> steps{0};
  std::future<QString> result;

  explicit LongRun(const StudyInfo &info) {
    RunInputs inputs = checks::smokeInputs(info);
    if (inputs.dataset) {
      inputs.dataset = checks::madeUpPictures(info.family == "video" ? 100 : 1500);  // as a film these are many frames
      inputs.ids = inputs.dataset->ids();
    }
    result = std::async(std::launch::async, [this, &info, inputs]() -> QString {
      try {
        checks::runStudy(info, Json::object(), inputs, control, [this](std::int64_t, std::int64_t, const std::string &) { ++steps; });
        return "done";
      } catch (const Cancelled &) {
        return "cancelled";
      } catch (const std::exception &error) {
        return error.what();
      }
    });
  }
  ~LongRun() { control->cancel(); }
};

}  // namespace

class TstEveryStudy : public QObject {
  Q_OBJECT
  void rows() {
    QTest::addColumn<QString>("id");
    for (const auto &info : studies().all()) {
      QTest::newRow(info.id.c_str()) << QString::fromStdString(info.id);
    }
  }

 private Q_SLOTS:
  void initTestCase() {
    QVERIFY(studies().all().size() >= 5);
    setPictureFiles({nullptr, nullptr, video::openVideo, models::prototype::openCoder});
  }

  void explainsItself_data() { rows(); }
  void explainsItself() {
    QFETCH(QString, id);
    const StudyInfo &info = study(id);
    QVERIFY(QRegularExpression("^[a-z0-9]+(-[a-z0-9]+)*$").match(id).hasMatch());
    for (const std::string *text : {&info.title, &info.family, &info.paper, &info.summary, &info.claim}) {
      QVERIFY(!text->empty());
    }
    QVERIFY2(info.help.size() > 300, "the help is too short to help");
    for (const auto &spec : info.params) {
      QVERIFY2(QRegularExpression("^[a-z][a-z0-9_]*$").match(QString::fromStdString(spec.name)).hasMatch(), spec.name.c_str());
      QVERIFY2(!spec.label.empty() && spec.help.size() > 20, spec.name.c_str());
      const bool number = spec.type == ParamSpec::Type::Integer || spec.type == ParamSpec::Type::Real;
      QVERIFY2(!number || spec.minimum, (spec.name + " has no lower bound").c_str());
    }
  }

  void parametersRoundTrip_data() { rows(); }
  void parametersRoundTrip() {
    QFETCH(QString, id);
    const StudyInfo &info = study(id);
    for (const Json &given : {Json(Json::object()), info.smoke}) {
      const Json all = completed(info.params, given);
      QCOMPARE(all.size(), info.params.size());
      QVERIFY(completed(info.params, Json::parse(all.dump())) == all);
      for (const auto &spec : info.params) {
        const Json &value = all.at(spec.name);
        QVERIFY2(parseText(spec, value.is_string() ? value.get<std::string>() : value.dump()) == value, spec.name.c_str());
      }
    }
  }

  void refusesValuesOutOfRange_data() { rows(); }
  void refusesValuesOutOfRange() {
    QFETCH(QString, id);
    const StudyInfo &info = study(id);
    for (const auto &spec : info.params) {
      if (spec.minimum) {
        QVERIFY_EXCEPTION_THROWN(completed(info.params, {{spec.name, *spec.minimum - 1}}), InputError);
      }
      if (spec.maximum) {
        QVERIFY_EXCEPTION_THROWN(completed(info.params, {{spec.name, *spec.maximum + 1}}), InputError);
      }
      if (!spec.choices.empty()) {
        QVERIFY_EXCEPTION_THROWN(completed(info.params, {{spec.name, "no such choice"}}), InputError);
      }
    }
    QVERIFY_EXCEPTION_THROWN(completed(info.params, {{"no_such_parameter", 1}}), InputError);
  }

  void smallRunHolds_data() { rows(); }
  void smallRunHolds() {
    QFETCH(QString, id);
    const StudyInfo &info = study(id);
    const QTemporaryDir folder;
    RunInputs inputs = checks::smokeInputs(info);
    inputs.outputDir = folder.path().toStdString();  // a study that leaves a file of its own checks it
    bool honest = true;
    const auto outcome =
        checks::runStudy(info, info.smoke, inputs, std::make_shared<RunControl>(),
                         [&](std::int64_t i, std::int64_t n, const std::string &what) { honest = honest && i >= 0 && i <= n && !what.empty(); });
    QVERIFY2(honest, "progress beyond its end, or without a word");
    QVERIFY(!outcome.artifacts.empty() && !outcome.record.metrics.empty());
    QVERIFY2(std::any_of(outcome.record.checks.begin(), outcome.record.checks.end(), [](const Check &check) { return check.kind == Check::Kind::Exact; }),
             "no exact check");
    for (const auto &check : outcome.record.checks) {
      QVERIFY2(check.kind == Check::Kind::Trend || check.passed, (check.name + " = " + std::to_string(check.value) + ", wanted " + check.want).c_str());
      QVERIFY2(std::isfinite(check.value) && !check.want.empty() && (check.provenance == "V" || check.provenance == "M" || check.provenance == "R"),
               check.name.c_str());
    }
    for (const auto &artifact : outcome.artifacts) {
      const auto values = numbers(artifact);
      QVERIFY2(std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); }), artifact.name.c_str());
    }
    writesAReport(info, inputs, outcome);
  }

  void sameSeedSameNumbers_data() { rows(); }
  void sameSeedSameNumbers() {
    QFETCH(QString, id);
    const StudyInfo &info = study(id);
    const RunInputs inputs = checks::smokeInputs(info);
    const auto first = checks::runStudy(info, info.smoke, inputs), second = checks::runStudy(info, info.smoke, inputs);
    const std::string difference = checks::difference(first, second);
    QVERIFY2(difference.empty(), difference.c_str());
  }

  void pausesWithinASecond_data() { rows(); }
  void pausesWithinASecond() {
    QFETCH(QString, id);
    LongRun run(study(id));
    QTRY_VERIFY_WITH_TIMEOUT(run.steps > 0 || run.result.wait_for(0s) == std::future_status::ready, 20000);
    run.control->setPaused(true);
    run.result.wait_for(1s);
    const int before = run.steps;
    const bool ended = run.result.wait_for(400ms) == std::future_status::ready;
    QCOMPARE(run.steps.load(), before);
    run.control->setPaused(false);
    if (!ended) {
      QTRY_VERIFY_WITH_TIMEOUT(run.steps > before || run.result.wait_for(0s) == std::future_status::ready, 20000);
    }
  }

  void cancelsWithinASecond_data() { rows(); }
  void cancelsWithinASecond() {
    QFETCH(QString, id);
    for (const auto delay : {0ms, 150ms, 600ms, 1500ms}) {
      LongRun run(study(id));
      const bool ended = run.result.wait_for(delay) == std::future_status::ready;
      run.control->cancel();
      const auto start = std::chrono::steady_clock::now();
      const QString end = run.result.get();
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      QVERIFY2(end == "cancelled" || (ended && end == "done"), qPrintable(end));
      QVERIFY2(seconds < 1, qPrintable(QString("took %1 s to cancel after %2 ms").arg(seconds).arg(delay.count())));
    }
  }

 private:
  static void writesAReport(const StudyInfo &info, const RunInputs &inputs, const checks::Outcome &outcome) {
    QTemporaryDir folder;
    const RunSummary summary{info.id, info.version, outcome.parameters, inputs, outcome.record, outcome.artifacts, peakRssMib()};
    writeReport(summary, folder.path().toStdString());
    const Json report = reportJson(summary);
    QCOMPARE(report.at("artifacts").size(), outcome.artifacts.size());
    for (std::size_t i = 0; i < outcome.artifacts.size(); ++i) {
      const Artifact back = readArtifact(report.at("artifacts")[i], folder.path().toStdString());
      QCOMPARE(back.kind(), outcome.artifacts[i].kind());
      QVERIFY2(numbers(back) == numbers(outcome.artifacts[i]), back.name.c_str());
    }
  }
};
VITRINE_TEST(TstEveryStudy)

#include "tst_every_study.moc"
