// What the study of part prototypes promises beyond every study: projection, exact evidence, a twin on request, a payload that opens again.
#include <QTemporaryDir>

#include "core/parts.h"
#include "core/report.h"
#include "testing.h"
#include "tests/checks/study_runs.h"

using namespace vitrine;

class TstPartsStudy : public QObject {
  Q_OBJECT

  const StudyInfo &m_study = studies().find("proto-parts");

  RunInputs inputs() const {
    RunInputs inputs = checks::smokeInputs(m_study);
    inputs.dataset = checks::madeUpPictures(400);
    inputs.ids = inputs.dataset->ids();
    return inputs;
  }

 private Q_SLOTS:
  void learnsToTellPlacesApart() {
    const Json parameters = {{"epochs", 15}, {"prototypes_per_class", 2}, {"batch_size", 50}, {"augmentation", 0}, {"compare", false}};
    const RunInputs given = inputs();
    const auto outcome = checks::runStudy(m_study, parameters, given);
    const auto &metrics = outcome.record.metrics;
    QVERIFY2(metrics.at("test_accuracy") > 0.9, qPrintable(QString::number(metrics.at("test_accuracy"))));
    QVERIFY(!metrics.contains("blackbox_accuracy") && metrics.contains("accuracy_before_projection") && metrics.contains("accuracy_after_projection"));
    QVERIFY(metrics.at("distinct_parts") >= 1 && metrics.at("distinct_parts") <= 8 && metrics.at("projection_moved") >= 0);
    const auto *parts = outcome.artifact("parts")->as<Parts>();
    QVERIFY(partsFit(*parts) && outcome.artifact("parts")->metadata.empty());
    QCOMPARE(parts->ids->size(), std::size_t{100});
    QCOMPARE((*parts->ids)[0], SampleId{300});
    QCOMPARE(partAccuracy(*parts), metrics.at("test_accuracy"));
    for (std::size_t j = 0; j < parts->sources.size(); ++j) {  // from a training picture of its class
      const Parts::Source &source = parts->sources[j];
      QCOMPARE(source.speaksFor, static_cast<std::int32_t>(j / 2));
      QVERIFY(source.id >= 0 && source.id < 300 && source.id % 4 == source.speaksFor);
      QCOMPARE(source.picture.pixels, given.dataset->image(source.id).pixels);
    }
    for (const Check &check : outcome.record.checks) {
      QVERIFY2(check.kind == Check::Kind::Trend || check.passed, check.name.c_str());
    }
    QCOMPARE(outcome.artifact("accuracy")->as<Curve>()->series[1].y.size(), std::size_t{15});
  }

  void theTwinIsTrainedOnRequest() {
    const auto outcome = checks::runStudy(m_study, {{"epochs", 1}, {"prototypes_per_class", 1}}, inputs());
    QVERIFY(outcome.record.metrics.contains("blackbox_accuracy"));
    QCOMPARE(outcome.record.checks.size(), std::size_t{5});
  }

  void theRunOpensAgain() {
    const auto outcome = checks::runStudy(m_study, m_study.smoke, inputs());
    const QTemporaryDir dir;
    const auto folder = std::filesystem::path(dir.path().toStdString());
    const Artifact back = readArtifact(writeArtifact(*outcome.artifact("parts"), folder), folder);
    QCOMPARE(partPredictions(*back.as<Parts>()), partPredictions(*outcome.artifact("parts")->as<Parts>()));
  }
};
VITRINE_TEST(TstPartsStudy)

#include "tst_proto_parts.moc"
