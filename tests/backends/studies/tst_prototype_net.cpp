// What the prototype network's study promises beyond every study: its artifacts, rivals on request, a spread over seeds, files that open again.
#include <QTemporaryDir>

#include "core/npy.h"
#include "core/prototypes.h"
#include "core/report.h"
#include "models/models.h"
#include "models/prototype_trainer.h"
#include "testing.h"
#include "tests/checks/study_runs.h"

using namespace vitrine;

namespace {

/// The made-up pictures in colour: the label is the hue, wherever the bar is.
class Coloured : public Dataset {
 public:
  explicit Coloured(std::shared_ptr<const Dataset> grey) : m_grey(std::move(grey)) {}
  const Provenance &provenance() const override { return m_grey->provenance(); }
  const std::vector<SampleId> &ids() const override { return m_grey->ids(); }
  const std::vector<Column> &columns() const override { return m_grey->columns(); }
  bool hasImages() const override { return true; }
  Image image(SampleId id) const override {
    const Image grey = m_grey->image(id);
    const auto kind = static_cast<std::size_t>(m_grey->label()->codes[*m_grey->row(id)]);
    Image colour{grey.width, grey.height, 3, {}};
    for (std::size_t i = 0; i < grey.pixels.size(); ++i) {
      for (std::size_t c = 0; c < 3; ++c) {
        colour.pixels.push_back(kind % 3 == c || (kind == 3 && c < 2) ? grey.pixels[i] : grey.pixels[i] / 4);
      }
    }
    return colour;
  }
  std::size_t featureCount() const override { return 0; }
  void values(SampleId, std::span<float>) const override {}
  std::optional<std::size_t> row(SampleId id) const override { return m_grey->row(id); }
  std::size_t trainCount() const override { return m_grey->trainCount(); }

 private:
  std::shared_ptr<const Dataset> m_grey;
};

}  // namespace

class TstPrototypeStudy : public QObject {
  Q_OBJECT

  const StudyInfo &m_study = studies().find("prototype-net");

  RunInputs inputs() const {
    RunInputs inputs = checks::smokeInputs(m_study);
    inputs.dataset = checks::madeUpPictures(400);
    inputs.ids = inputs.dataset->ids();
    return inputs;
  }

 private Q_SLOTS:
  void learnsToTellPlacesApart() {
    const Json parameters = {{"epochs", 40}, {"prototypes", 6}, {"batch_size", 50}, {"augmentation", false}, {"compare", false}};
    const auto outcome = checks::runStudy(m_study, parameters, inputs());
    QVERIFY2(outcome.record.metrics.at("test_accuracy") > 0.9, qPrintable(QString::number(outcome.record.metrics.at("test_accuracy"))));
    QVERIFY(!outcome.record.metrics.contains("blackbox_accuracy") && !outcome.record.metrics.contains("test_accuracy_sd"));
    const auto *layer = outcome.artifact("prototypes")->as<Prototypes>();
    QCOMPARE(layer->testCount, std::size_t{100});
    QCOMPARE(layer->ids->size(), std::size_t{400});
    QCOMPARE((*layer->ids)[0], SampleId{300});  // test samples first
    QVERIFY(layer->replay.size() >= 20 && layer->replay.back().epoch == 40);
    QVERIFY(std::abs(PrototypeScores(*layer).of(layerOf(*layer)).accuracy() - outcome.record.metrics.at("test_accuracy")) < 1e-12);
    QCOMPARE(outcome.artifact("maturity")->as<Curve>()->series[0].y.size(), std::size_t{40});
  }

  void colourIsLearned() {
    RunInputs colour = inputs();
    colour.dataset = std::make_shared<Coloured>(colour.dataset);
    const Json parameters = {{"epochs", 40}, {"prototypes", 6}, {"batch_size", 50}, {"augmentation", false}, {"compare", false}};
    const auto outcome = checks::runStudy(m_study, parameters, colour);
    QVERIFY2(outcome.record.metrics.at("test_accuracy") > 0.9, qPrintable(QString::number(outcome.record.metrics.at("test_accuracy"))));
    const auto *layer = outcome.artifact("prototypes")->as<Prototypes>();
    QCOMPARE(layer->coder->decode(layer->prototypes.row(0)).channels, 3);
  }

  void rivalsAndSpreadOnRequest() {
    const auto outcome = checks::runStudy(m_study, {{"epochs", 1}, {"seeds", 2}, {"prototypes", 3}}, inputs());
    for (const char *name :
         {"test_accuracy", "test_accuracy_sd", "blackbox_accuracy", "blackbox_accuracy_sd", "prototype_to_data", "prototype_to_data_without_r", "scaled_ratio",
          "scaled_ratio_sd", "classes_without_prototype", "argmin_agreement", "epoch_cpu_seconds"}) {
      QVERIFY2(outcome.record.metrics.contains(name), name);
    }
  }

  void trainingSamplesAloneAreTestedOnTheTestHalf() {
    RunInputs only = inputs();
    only.ids.resize(200);
    const auto outcome = checks::runStudy(m_study, {{"epochs", 1}, {"prototypes", 3}, {"compare", false}}, only);
    QCOMPARE(outcome.artifact("prototypes")->as<Prototypes>()->testCount, std::size_t{100});
  }

  void aModelIsGoneOnWithOrShownAsItIs() {
    const QTemporaryDir dir;
    const auto file = std::filesystem::path(dir.path().toStdString()) / "mine.safetensors";
    const Json parameters = {{"epochs", 3}, {"prototypes", 4}, {"compare", false}};
    const auto first = checks::runStudy(m_study, parameters, inputs());
    const auto *made = first.artifact("prototypes")->as<Prototypes>();
    const auto bytes = made->coder->file();
    writeFile(file, {reinterpret_cast<const char *>(bytes.data()), bytes.size()});
    RunInputs given = inputs();
    given.model = models::open(file.string());
    const auto shown = checks::runStudy(m_study, {{"epochs", 0}}, given);
    QCOMPARE(shown.record.metrics.at("test_accuracy"), first.record.metrics.at("test_accuracy"));
    QCOMPARE(shown.artifact("prototypes")->as<Prototypes>()->prototypes.values, made->prototypes.values);
    QVERIFY(!shown.record.metrics.contains("blackbox_accuracy") && !shown.record.metrics.contains("epoch_cpu_seconds"));
    const auto on = checks::runStudy(m_study, {{"epochs", 1}}, given);
    QCOMPARE(on.artifact("prototypes")->as<Prototypes>()->prototypes.rows, std::size_t{4});
    QVERIFY(on.artifact("prototypes")->as<Prototypes>()->prototypes.values != made->prototypes.values);
    QVERIFY_EXCEPTION_THROWN(checks::runStudy(m_study, {{"epochs", 0}}, inputs()), InputError);
    given.model = models::open("vit-fashion");
    QVERIFY_EXCEPTION_THROWN(checks::runStudy(m_study, {{"epochs", 0}}, given), InputError);
  }

  void theRunOpensAgainWithItsDecoder() {
    setPictureFiles({nullptr, nullptr, nullptr, models::prototype::openCoder});
    const auto outcome = checks::runStudy(m_study, m_study.smoke, inputs());
    const QTemporaryDir dir;
    const auto folder = std::filesystem::path(dir.path().toStdString());
    const Artifact &made = *outcome.artifact("prototypes");
    const Artifact back = readArtifact(writeArtifact(made, folder), folder);
    const auto *one = made.as<Prototypes>(), *two = back.as<Prototypes>();
    QVERIFY(two->coder != nullptr);
    QCOMPARE(two->coder->decode(two->prototypes.row(1)).pixels, one->coder->decode(one->prototypes.row(1)).pixels);
    QVERIFY(two->replay.size() == one->replay.size() && two->replay.back().pictures[2].pixels == one->replay.back().pictures[2].pixels);
  }
};
VITRINE_TEST(TstPrototypeStudy)

#include "tst_prototype_net.moc"
