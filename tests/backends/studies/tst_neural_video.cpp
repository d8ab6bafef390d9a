// The studies of neural video: a fit that is stopped goes on from its checkpoint, and rounded training makes small files good ones.
#include <filesystem>

#include <QTemporaryDir>

#include "testing.h"
#include "tests/checks/study_runs.h"

using namespace vitrine;

class TstNeuralVideo : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void goesOnFromItsCheckpoint() {
    const QTemporaryDir dir;
    const StudyInfo &study = studies().find("hnerv-plus");
    const RunInputs inputs = checks::smokeInputs(study);
    Json parameters = study.smoke;
    parameters["compare"] = false;
    parameters["epochs"] = 30;
    const auto whole = checks::runStudy(study, parameters, inputs);
    const std::string file = dir.filePath("fit.state").toStdString();
    parameters["checkpoint"] = file;
    const auto control = std::make_shared<RunControl>();
    bool cancelled = false;
    try {
      checks::runStudy(study, parameters, inputs, control, [&](std::int64_t i, std::int64_t, const std::string &what) {
        if (what == "fitting" && i >= 5) {
          control->cancel();
        }
      });
    } catch (const Cancelled &) {
      cancelled = true;
    }
    QVERIFY(cancelled && std::filesystem::exists(file));
    std::int64_t first = 0;
    const auto rest = checks::runStudy(study, parameters, inputs, std::make_shared<RunControl>(),
                                       [&](std::int64_t i, std::int64_t, const std::string &what) { first = what == "fitting" && first == 0 ? i : first; });
    QVERIFY2(first > 5, qPrintable(QString::number(first)));
    QCOMPARE(rest.artifact("codes")->as<Embedding>()->vectors.values, whole.artifact("codes")->as<Embedding>()->vectors.values);
    QCOMPARE(rest.record.metrics.at("psnr"), whole.record.metrics.at("psnr"));
    QCOMPARE(rest.record.metrics.at("bytes"), whole.record.metrics.at("bytes"));
    parameters["epochs"] = 5;
    QVERIFY_EXCEPTION_THROWN(checks::runStudy(study, parameters, inputs), InputError);
  }

  void unwritableCheckpointsAreNamed() {
    const StudyInfo &study = studies().find("hnerv");
    Json parameters = study.smoke;
    parameters["checkpoint"] = "/nowhere/fit.state";
    try {
      checks::runStudy(study, parameters, checks::smokeInputs(study));
      QFAIL("a checkpoint in a folder that is not there was taken");
    } catch (const InputError &error) {
      QVERIFY2(std::string(error.what()).find("/nowhere") != std::string::npos, error.what());
    }
  }
};
VITRINE_TEST(TstNeuralVideo)
#include "tst_neural_video.moc"
