// The studies embed, attention and train-vit beyond what every study must do: what their numbers mean.
#include <QTemporaryDir>
#include <cmath>
#include <numeric>

#include "models/models.h"
#include "testing.h"
#include "tests/checks/study_runs.h"

using namespace vitrine;
using checks::runStudy;

namespace {

const Check *checkNamed(const checks::Outcome &outcome, const std::string &name) {
  for (const Check &check : outcome.record.checks) {
    if (check.name == name) {
      return &check;
    }
  }
  return nullptr;
}

bool logged(const checks::Outcome &outcome, const std::string &part) {
  return std::any_of(outcome.record.log.begin(), outcome.record.log.end(), [&](const std::string &line) { return line.find(part) != std::string::npos; });
}

RunInputs inputsOf(std::size_t count, bool withModel) {
  RunInputs inputs;
  inputs.dataset = checks::madeUpPictures(count);
  inputs.ids = inputs.dataset->ids();
  inputs.model = withModel ? models::open("vit-fashion") : nullptr;
  return inputs;
}

}  // namespace

class TstFamily : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void embedWithoutAModelIsTheDataItself() {
    const RunInputs inputs = inputsOf(150, false);
    const auto outcome = runStudy(studies().find("embed"), Json::object(), inputs);
    const auto *embedding = outcome.artifact("embedding")->as<Embedding>();
    QCOMPARE(embedding->vectors.values, gather(*inputs.dataset, inputs.ids).values);
    QVERIFY(logged(outcome, "no model"));
    QVERIFY(outcome.record.metrics.at("label_agreement") > 0.9);  // bars in noise are easy
  }

  void embedAsksTheModel() {
    const RunInputs inputs = inputsOf(60, true);
    const auto &study = studies().find("embed");
    const auto last = runStudy(study, Json::object(), inputs);
    std::vector<Image> pictures;
    for (const SampleId id : inputs.ids) {
      pictures.push_back(inputs.dataset->image(id));
    }
    const Matrix wanted = inputs.model->encode(pictures, -1, Pooling::Cls);
    const auto &vectors = last.artifact("embedding")->as<Embedding>()->vectors;
    QCOMPARE(vectors.cols, wanted.cols);
    for (std::size_t i = 0; i < wanted.values.size(); ++i) {
      QVERIFY(std::abs(vectors.values[i] - wanted.values[i]) < 1e-4F);
    }
    QCOMPARE(last.artifact("embedding")->metadata.at("model").get<std::string>(), std::string("vit-fashion"));
    QVERIFY(last.record.baselines.contains("raw values"));

    const auto first = runStudy(study, {{"layer", 0}}, inputs);  // the class token has seen nothing: all alike
    const auto &same = first.artifact("embedding")->as<Embedding>()->vectors;
    QVERIFY(std::equal(same.row(0).begin(), same.row(0).end(), same.row(59).begin()));
    QVERIFY_EXCEPTION_THROWN(runStudy(study, {{"layer", 64}}, inputs), InputError);
  }

  void attentionGivesMapsAndCurves() {
    const RunInputs inputs = inputsOf(12, true);
    const auto outcome = runStudy(studies().find("attention"), {{"samples", 10}, {"blanked", 4}}, inputs);
    const auto *maps = outcome.artifact("attention")->as<AttentionMaps>();
    QCOMPARE(*maps->ids, (std::vector<SampleId>(inputs.ids.begin(), inputs.ids.begin() + 10)));
    QCOMPARE(maps->images.size(), std::size_t{10});
    const auto *entropy = outcome.artifact("attention-entropy")->as<Curve>();
    QCOMPARE(entropy->series.size(), static_cast<std::size_t>(maps->heads + 1));
    double bits = 0;  // of the first layer's first head, from the maps
    for (std::size_t s = 0; s < 10; ++s) {
      for (const float share : maps->map(s, 0, 0)) {
        bits -= share > 0 ? static_cast<double>(share) * std::log2(static_cast<double>(share)) : 0;
      }
    }
    QVERIFY(std::abs(entropy->series[0].y[0] - bits / (10 * maps->tokens)) < 1e-9);
    QVERIFY(entropy->series.back().y[0] <= std::log2(maps->tokens));
    for (const Check &check : outcome.record.checks) {
      QVERIFY2(check.kind == Check::Kind::Trend || check.passed, check.name.c_str());
    }
    const double correlation = outcome.record.metrics.at("rollout_blanking_correlation");
    QVERIFY(correlation >= -1 && correlation <= 1);
  }

  void trainingWritesAModelThatItsFileRepeats() {
    QTemporaryDir dir;
    RunInputs inputs = inputsOf(400, false);
    inputs.outputDir = dir.path().toStdString() + "/new/folder";
    const auto outcome = runStudy(studies().find("train-vit"), studies().find("train-vit").smoke, inputs);
    const auto model = models::open((inputs.outputDir / "model.safetensors").string());
    QCOMPARE(model->info().inputWidth, 14);
    QCOMPARE(model->info().details.at("data").get<std::string>(), std::string("made-up pictures"));
    QVERIFY(model->info().details.at("command").get<std::string>().find("--set patch_size=7") != std::string::npos);
    QVERIFY(checkNamed(outcome, "the saved file gives the same classes")->passed);
    QCOMPARE(outcome.record.metrics.at("test_pictures"), 100.0);
    QVERIFY2(outcome.record.metrics.at("test_accuracy") > 0.6, qPrintable(QString::number(outcome.record.metrics.at("test_accuracy"))));
    const auto *curve = outcome.artifact("training")->as<Curve>();
    QCOMPARE(curve->series.at(2).y.size(), std::size_t{4});
    QVERIFY(curve->series.at(0).y.front() > curve->series.at(0).y.back());
    QCOMPARE(curve->series.at(2).y.back(), outcome.record.metrics.at("test_accuracy"));
    const auto *classes = outcome.artifact("classes")->as<Table>();
    const auto &counts = classes->columns.at(1).numbers;
    QCOMPARE(std::accumulate(counts.begin(), counts.end(), 0.0), 100.0);
  }

  void withoutATestHalfATenthIsHeldOut() {
    RunInputs inputs = inputsOf(400, false);
    inputs.ids.resize(200);  // all in the training half
    const auto outcome = runStudy(studies().find("train-vit"), studies().find("train-vit").smoke, inputs);
    QVERIFY(logged(outcome, "every tenth"));
    QCOMPARE(outcome.record.metrics.at("test_pictures"), 20.0);
    inputs.ids.resize(12);
    QVERIFY_EXCEPTION_THROWN(runStudy(studies().find("train-vit"), Json::object(), inputs), InputError);
  }

  void theLearningRateIsLive() {
    const RunInputs inputs = inputsOf(400, false);
    const auto &study = studies().find("train-vit");
    const auto control = std::make_shared<RunControl>();
    const auto frozen = runStudy(study, study.smoke, inputs, control, [&](std::int64_t, std::int64_t, const std::string &what) {
      if (what == "training") {
        control->setLive("learning_rate", 1e-6);
      }
    });
    const auto usual = runStudy(study, study.smoke, inputs);
    QVERIFY(frozen.record.metrics.at("final_loss") > usual.record.metrics.at("final_loss") + 0.05);
    QCOMPARE(frozen.parameters.at("learning_rate").get<double>(), 1e-6);
  }
};
VITRINE_TEST(TstFamily)

#include "tst_family.moc"
