// Estimates: there for every study, growing with the job, honest about memory, and near the truth of a real run.
#include "app/gui/dialogs/estimate.h"

#include "app/gui/dialogs/preferences.h"
#include "core/seed.h"
#include "fixture.h"
#include "testing.h"

using namespace vitrine;

namespace {

/// Vectors in ten loose clusters.
class Clouds : public Dataset {
 public:
  Clouds(std::size_t count, std::size_t dims) : m_matrix(count, dims) {
    Rng rng(7);
    for (std::size_t i = 0; i < count; ++i) {
      m_ids.push_back(static_cast<SampleId>(i));
      for (float &value : m_matrix.row(i)) {
        value = static_cast<float>(rng.normal() + 3.0 * static_cast<double>(i % 10));
      }
    }
    m_provenance.name = "clouds";
  }
  const Provenance &provenance() const override { return m_provenance; }
  const std::vector<SampleId> &ids() const override { return m_ids; }
  const std::vector<Column> &columns() const override { return m_columns; }
  bool hasImages() const override { return false; }
  Image image(SampleId) const override { throw InputError("no pictures"); }
  std::size_t featureCount() const override { return m_matrix.cols; }
  void values(SampleId id, std::span<float> out) const override { std::ranges::copy(m_matrix.row(static_cast<std::size_t>(id)), out.begin()); }
  std::optional<std::size_t> row(SampleId id) const override { return static_cast<std::size_t>(id); }

 private:
  Matrix m_matrix;
  std::vector<SampleId> m_ids;
  std::vector<Column> m_columns;
  Provenance m_provenance;
};

ModelInfo smallVit() {
  ModelInfo info;
  info.layers = 4;
  info.heads = 4;
  info.tokens = 50;
  info.width = 64;
  info.inputWidth = info.inputHeight = 28;
  info.inputChannels = 1;
  info.hasAttention = true;
  return info;
}

}  // namespace

class EstimateTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void everyStudyOfTheShelfHasOne() {
    const Clouds dataset(100, 784);
    const ModelInfo model = smallVit();
    for (const StudyInfo &study : studies().all()) {
      const auto small = estimate(study, Json::object(), &dataset, 1000, &model), large = estimate(study, Json::object(), &dataset, 100000, &model);
      QVERIFY2(small && large, study.id.c_str());
      QVERIFY(small->secondsLow > 0 && small->secondsLow < small->secondsHigh && small->memoryMib > 0);
      // a study that looks at no more than so many samples, whatever it is given, costs no more for a larger data set
      const double grows = study.param("samples") != nullptr ? 1 : 5;
      QVERIFY2(large->secondsHigh >= grows * small->secondsHigh && large->memoryMib >= small->memoryMib, study.id.c_str());
    }
    StudyInfo unknown;
    unknown.id = "never-measured";
    QVERIFY(!estimate(unknown, Json::object(), &dataset, 1000));
  }

  void moreIterationsTakeLonger() {
    const Clouds dataset(100, 50);
    const StudyInfo &tsne = studies().find("tsne");
    const auto few = estimate(tsne, {{"iterations", 250}}, &dataset, 20000), many = estimate(tsne, {{"iterations", 2000}}, &dataset, 20000);
    QVERIFY(many->secondsHigh > 2 * few->secondsHigh);
    QVERIFY_THROWS_EXCEPTION(InputError, estimate(tsne, {{"no_such", 1}}, &dataset, 100));
  }

  void memoryWarns() {
    const testing::OwnSettings own;
    Estimate job{1, 2, 900, 1000, 0};
    QVERIFY(job.tooBig());
    QVERIFY(job.warning().contains("1,000 MiB") || job.warning().contains("MiB"));
    job.memoryMib = 700;
    QVERIFY(!job.tooBig() && job.warning().isEmpty());
    job.limitMib = 512;
    QVERIFY(job.tooBig() && job.warning().contains("512"));
    setSetting("memory_warning", 4096);
    const Clouds dataset(100, 50);
    QCOMPARE(estimate(studies().find("tsne"), Json::object(), &dataset, 1000)->limitMib, 4096.0);
    QVERIFY(estimate(studies().find("tsne"), Json::object(), &dataset, 1000)->freeMib > 100);
  }

  void saysLittleButThat() {
    const Estimate job{9, 16, 412, 4000, 0};
    QVERIFY2(job.text().contains("about 12") && job.text().contains("410"), qPrintable(job.text()));
    QVERIFY(Estimate({0.2, 0.4, 50, 4000, 0}).text().startsWith("less than a second"));
  }

  /// Within a factor of six of a real run: the machine may be busy, so the run's processor time stands for its wall time.
  void isNearTheTruth() {
    auto dataset = std::make_shared<Clouds>(3000, 50);
    const StudyInfo &tsne = studies().find("tsne");
    const auto expected = estimate(tsne, Json::object(), dataset.get(), dataset->count());
    RunInputs inputs;
    inputs.dataset = dataset;
    inputs.ids = dataset->ids();
    RunContext context(inputs, std::make_shared<RunControl>(), {});
    timespec start{}, end{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    tsne.run(Json::object(), context);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    const double wall = 0.6 * (static_cast<double>(end.tv_sec - start.tv_sec) + 1e-9 * static_cast<double>(end.tv_nsec - start.tv_nsec));  // two threads
    QVERIFY2(wall > expected->secondsLow / 6 && wall < expected->secondsHigh * 6,
             qPrintable(QStringLiteral("%1 s, expected %2 to %3").arg(wall).arg(expected->secondsLow).arg(expected->secondsHigh)));
  }
};

VITRINE_TEST(EstimateTest)
#include "tst_estimate.moc"
