// The t-SNE study: live parameters, frames, neighbours, what it refuses.
#include <limits>

#include "data/data.h"
#include "testing.h"
#include "tests/checks/checks.h"
#include "tests/checks/study_runs.h"

using namespace vitrine;

namespace {

const StudyInfo &tsne() {
  return studies().find("tsne");
}

RunInputs inputsOf(std::shared_ptr<const Dataset> dataset) {
  RunInputs inputs;
  inputs.dataset = std::move(dataset);
  inputs.ids = inputs.dataset->ids();
  return inputs;
}

std::shared_ptr<const Dataset> vectors(std::size_t rows, std::size_t cols, float spoiled) {
  const auto base = checks::madeUpPictures(rows);
  Matrix matrix(rows, cols);
  for (std::size_t i = 0; i < matrix.values.size(); ++i) {
    matrix.values[i] = static_cast<float>((i * 7919) % 101);
  }
  matrix.values.back() = spoiled;
  return data::withVectors(base, base->ids(), std::move(matrix), "spoiled");
}

}  // namespace

class TstTsne : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void keepsTheFourPlacesApart() {
    const auto outcome = checks::runStudy(tsne(), {{"iterations", 300}, {"exaggeration_iterations", 100}, {"perplexity", 15}}, checks::smokeInputs(tsne()));
    QVERIFY2(outcome.record.metrics.at("label_agreement") > 0.95, std::to_string(outcome.record.metrics.at("label_agreement")).c_str());
    QVERIFY(outcome.record.baselines.at("pca").contains("map_recall"));
    for (const char *stage : {"knn", "optimise", "total"}) {
      QVERIFY2(stage == std::string("total") || outcome.record.seconds.contains(stage), stage);
    }
    const auto &cost = outcome.artifact("cost")->as<Curve>()->series.at(0);
    QVERIFY(cost.y.back() < cost.y.front());
    QCOMPARE(cost.y.back(), outcome.record.metrics.at("kl"));
  }

  void drawsInThreeDimensions() {
    Json parameters = tsne().smoke;
    parameters["dims"] = 3;
    QCOMPARE(checks::runStudy(tsne(), parameters, checks::smokeInputs(tsne())).artifact("projection")->as<Projection>()->positions.cols, 3U);
  }

  void recordsEveryFifthIteration() {
    RunInputs inputs = checks::smokeInputs(tsne());
    inputs.recording = true;
    const auto outcome = checks::runStudy(tsne(), {{"iterations", 100}, {"perplexity", 10}}, inputs);
    QCOMPARE(outcome.frames.size(), 20U);
    QCOMPARE(outcome.frames[3].metadata.at("iteration").get<double>(), 20.0);
    QCOMPARE(outcome.frames.back().as<Projection>()->positions.values, outcome.artifact("projection")->as<Projection>()->positions.values);
  }

  /// Without an early exaggeration a map goes on from its start; UMAP takes one too.
  void goesOnFromAStart() {
    RunInputs inputs = checks::smokeInputs(tsne());
    Matrix start(inputs.ids.size(), 2);
    for (std::size_t i = 0; i < start.rows; ++i) {
      start.row(i)[0] = static_cast<float>(i % 20);
      start.row(i)[1] = static_cast<float>(i / 20);
    }
    inputs.start = std::make_shared<const Matrix>(start);
    const auto far = [&](const StudyInfo &study, const Json &parameters) {
      const Matrix map = checks::runStudy(study, parameters, inputs).artifact("projection")->as<Projection>()->positions;
      float most = 0;
      for (std::size_t i = 0; i < map.values.size(); ++i) {
        most = std::max(most, std::abs(map.values[i] - start.values[i] + (i % 2 == 0 ? 9.5F : 4.5F)));  // the map is centred
      }
      return most;
    };
    QVERIFY(far(tsne(), {{"iterations", 10}, {"exaggeration_iterations", 0}, {"learning_rate", 0.01}, {"perplexity", 10}}) < 0.1F);
    QVERIFY(far(tsne(), {{"iterations", 10}, {"exaggeration_iterations", 10}, {"perplexity", 10}}) > 8);
    const auto one = checks::runStudy(studies().find("umap"), {{"epochs", 50}}, inputs);
    inputs.start = nullptr;
    const auto other = checks::runStudy(studies().find("umap"), {{"epochs", 50}}, inputs);
    QVERIFY(one.artifact("projection")->as<Projection>()->positions.values != other.artifact("projection")->as<Projection>()->positions.values);
    inputs.start = std::make_shared<const Matrix>(start.rows - 1, 2);
    QVERIFY_EXCEPTION_THROWN(checks::runStudy(tsne(), {{"perplexity", 10}}, inputs), InputError);
    QVERIFY_EXCEPTION_THROWN(checks::runStudy(studies().find("umap"), Json::object(), inputs), InputError);
  }

  /// The studies around t-SNE take the card's path with it (here torch's processor device) and find as good a map there.
  void othersUseTheDevice() {
    const std::pair<const char *, const char *> measures[] = {{"tsne", "map_recall"}, {"ensemble", "stability"}, {"place", "placed_recall"}};
    for (const auto &[id, measure] : measures) {
      const StudyInfo &study = studies().find(id);
      RunInputs inputs = checks::smokeInputs(study);
      const double here = checks::runStudy(study, study.smoke, inputs).record.metrics.at(measure);
      inputs.device = "torch";
      const double there = checks::runStudy(study, study.smoke, inputs).record.metrics.at(measure);
      QVERIFY2(there != here && std::abs(there - here) < 0.1, qPrintable(QString("%1: %2 and %3").arg(id).arg(here).arg(there)));
    }
  }

  void recordingChangesNothing() {
    RunInputs inputs = checks::smokeInputs(tsne());
    const auto quiet = checks::runStudy(tsne(), tsne().smoke, inputs);
    inputs.recording = true;
    QCOMPARE(QString::fromStdString(checks::difference(quiet, checks::runStudy(tsne(), tsne().smoke, inputs))), QString());
  }

  void takesLiveChanges_data() {
    QTest::addColumn<int>("exaggerated");
    QTest::addColumn<double>("atTheEnd");
    QTest::newRow("after the first phase they stay") << 0 << 3.0;
    QTest::newRow("in the first phase they end with it") << 50 << 1.0;
  }
  void takesLiveChanges() {
    QFETCH(int, exaggerated);
    QFETCH(double, atTheEnd);
    const auto control = std::make_shared<RunControl>();
    const Json parameters = {{"iterations", 200}, {"perplexity", 10}, {"exaggeration_iterations", exaggerated}};
    const auto outcome = checks::runStudy(tsne(), parameters, checks::smokeInputs(tsne()), control, [&](std::int64_t i, std::int64_t, const std::string &what) {
      if (what == "optimising" && i == 0) {
        control->setLive("perplexity", 60.0);
        control->setLive("exaggeration", 3.0);
      }
    });
    const Json &metadata = outcome.artifact("projection")->metadata;
    QCOMPARE(metadata.at("perplexity").get<double>(), 60.0);
    QCOMPARE(metadata.at("exaggeration").get<double>(), atTheEnd);
    QCOMPARE(outcome.parameters.at("perplexity").get<double>(), 60.0);
    const auto still = checks::runStudy(tsne(), parameters, checks::smokeInputs(tsne()));
    QVERIFY(!checks::difference(outcome, still).empty());
  }

  void aLivePerplexityTooLargeIsCutAndSaid() {
    const auto control = std::make_shared<RunControl>();
    control->setLive("perplexity", 400.0);
    const auto outcome = checks::runStudy(tsne(), tsne().smoke, checks::smokeInputs(tsne()), control);
    QCOMPARE(outcome.artifact("projection")->metadata.at("perplexity").get<double>(), 66.0);
    QVERIFY(QByteArray(outcome.record.log.front().c_str()).contains("400"));
  }

  void takesActions() {
    RunInputs inputs = checks::smokeInputs(tsne());
    inputs.ids.resize(150);
    const auto control = std::make_shared<RunControl>();
    Matrix place(1, 2);
    place.values = {1e-5F, 2e-5F};  // the map is small at first
    const auto outcome = checks::runStudy(tsne(), tsne().smoke, inputs, control, [&, done = 0](std::int64_t i, std::int64_t, const std::string &what) mutable {
      if (what == "optimising" && i == 0 && done++ == 0) {
        control->act({"add", {150, 151, 3, 150000}, {}});  // one is there already, one is nowhere
        control->act({"hold", {5, 199}, Matrix(2, 2)});    // 199 is not of this run
        control->act({"hold", {7}, place});
        control->act({"release", {5}, {}});
      }
    });
    const Artifact &artifact = *outcome.artifact("projection");
    const auto *map = artifact.as<Projection>();
    QCOMPARE(map->ids->size(), 152U);
    QCOMPARE(map->ids->back(), 151);
    QCOMPARE(map->positions.rows, 152U);
    QCOMPARE(map->positions.row(7)[1], 2e-5F);
    QVERIFY(artifact.metadata.at("held") == Json::array({7}));
    QCOMPARE(outcome.neighbours->neighbours(151, 5).size(), 5U);
    QVERIFY(outcome.record.metrics.at("label_agreement") > 0.8);  // measured with the labels of all
  }

  void aBadSampleThatIsAddedDoesNotEndTheRun() {
    RunInputs inputs = inputsOf(vectors(151, 8, std::numeric_limits<float>::quiet_NaN()));
    inputs.ids.pop_back();
    const auto control = std::make_shared<RunControl>();
    control->act({"add", {150}, {}});
    const auto outcome = checks::runStudy(tsne(), tsne().smoke, inputs, control);
    QCOMPARE(outcome.artifact("projection")->as<Projection>()->ids->size(), 150U);
    QVERIFY2(QByteArray(outcome.record.log.front().c_str()).contains("sample 150"), outcome.record.log.front().c_str());
  }

  void offersExactNeighbours() {
    const auto outcome = checks::runStudy(tsne(), tsne().smoke, checks::smokeInputs(tsne()));
    const auto found = outcome.neighbours->neighbours(5, 10);
    QCOMPARE(found.size(), 10U);
    for (std::size_t i = 0; i < found.size(); ++i) {
      QVERIFY(found[i].id != 5);
      QCOMPARE(found[i].id % 4, 1);  // all with the bar in the same place
      QVERIFY(i == 0 || found[i].distance >= found[i - 1].distance);
    }
    QVERIFY(outcome.neighbours->neighbours(100000, 10).empty());
    QVERIFY(QByteArray(outcome.neighbours->space().c_str()).contains("50 principal components of the pixels"));
  }

  void refuses_data() {
    QTest::addColumn<int>("rows");
    QTest::addColumn<float>("spoiled");
    QTest::addColumn<QString>("part");
    QTest::newRow("not a number") << 120 << std::numeric_limits<float>::quiet_NaN() << "sample 119, column 5";
    QTest::newRow("infinite") << 120 << std::numeric_limits<float>::infinity() << "infinite";
    QTest::newRow("too few samples") << 60 << 0.0F << "perplexity to 19";
    QTest::newRow("one row") << 1 << 0.0F << "1 sample is too few";
  }
  void refuses() {
    QFETCH(int, rows);
    QFETCH(float, spoiled);
    QFETCH(QString, part);
    checks::requireRefused([&] { checks::runStudy(tsne(), Json::object(), inputsOf(vectors(static_cast<std::size_t>(rows), 6, spoiled))); },
                           part.toStdString());
  }

  void equalSamplesDoNotHurt() {
    const auto base = checks::madeUpPictures(150);
    Matrix same(150, 8);
    const auto outcome = checks::runStudy(tsne(), tsne().smoke, inputsOf(data::withVectors(base, base->ids(), std::move(same), "equal")));
    for (const float value : outcome.artifact("projection")->as<Projection>()->positions.values) {
      QVERIFY(std::isfinite(value));
    }
  }
};
VITRINE_TEST(TstTsne)

#include "tst_tsne.moc"
