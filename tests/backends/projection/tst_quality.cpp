// Quality measures against their definitions, written out.
#include "backends/projection/data.h"
#include "core/error.h"
#include "projection/affinities.h"
#include "projection/quality.h"
#include "testing.h"

using namespace vitrine;
using namespace vitrine::projection;
using namespace vitrine::testing;

class TestQuality : public QObject {
  Q_OBJECT

 private:
  static Matrix firstColumns(const Matrix &x, std::size_t columns) {
    Matrix y(x.rows, columns);
    for (std::size_t r = 0; r < x.rows; ++r) {
      std::copy_n(x.row(r).begin(), columns, y.row(r).begin());
    }
    return y;
  }

 private Q_SLOTS:
  void byDefinition() {
    const Matrix x = mixture(250, 20, 5, 1);
    const Matrix y = firstColumns(x, 2);
    std::vector<std::int32_t> labels;
    for (std::size_t r = 0; r < x.rows; ++r) {
      labels.push_back(r % 10 == 0 ? -1 : static_cast<std::int32_t>(r % 5));
    }
    for (const std::size_t k : {1, 10}) {
      const MapQuality quality = mapQuality(x, y, labels, {.k = static_cast<int>(k)});
      double shared = 0, agreeing = 0, labelled = 0, falseNear = 0, torn = 0;
      for (std::size_t i = 0; i < x.rows; ++i) {
        const auto near = ranked(x, i);
        const auto nearInMap = ranked(y, i);
        for (std::size_t j = 0; j < k; ++j) {
          const auto rank = std::find(near.begin(), near.end(), nearInMap[j]) - near.begin() + 1;
          const auto rankInMap = std::find(nearInMap.begin(), nearInMap.end(), near[j]) - nearInMap.begin() + 1;
          shared += rank <= static_cast<std::ptrdiff_t>(k) ? 1 : 0;
          falseNear += std::max<double>(0, static_cast<double>(rank) - static_cast<double>(k));
          torn += std::max<double>(0, static_cast<double>(rankInMap) - static_cast<double>(k));
          if (labels[i] >= 0 && labels[nearInMap[j]] >= 0) {
            ++labelled;
            agreeing += labels[i] == labels[nearInMap[j]] ? 1 : 0;
          }
        }
      }
      const double pairs = static_cast<double>(x.rows * k);
      const double scale = 2 / (pairs * (2.0 * static_cast<double>(x.rows) - 3.0 * static_cast<double>(k) - 1));
      QVERIFY(std::abs(quality.recall - shared / pairs) < 1e-9);
      QVERIFY(std::abs(quality.trustworthiness - (1 - scale * falseNear)) < 1e-9);
      QVERIFY(std::abs(quality.continuity - (1 - scale * torn)) < 1e-9);
      QVERIFY(std::abs(quality.labelAgreement - agreeing / labelled) < 1e-9);
    }
  }

  void pointsAddUpToTheMap() {
    const Matrix x = mixture(700, 12, 5, 4);
    const Matrix y = firstColumns(x, 2);
    PointQuality points;
    const MapQuality quality = mapQuality(x, y, {}, {.queries = 400}, kNeverStop, &points);
    const MapQuality plain = mapQuality(x, y, {}, {.queries = 400});
    QVERIFY(quality.recall == plain.recall && quality.trustworthiness == plain.trustworthiness);
    QVERIFY(points.rows.size() == 400 && std::is_sorted(points.rows.begin(), points.rows.end()));
    const auto mean = [](const std::vector<float> &values) { return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size()); };
    QVERIFY(std::abs(mean(points.recall) - quality.recall) < 1e-6);
    QVERIFY(std::abs(mean(points.trustworthiness) - quality.trustworthiness) < 1e-6);
    QVERIFY(std::abs(mean(points.continuity) - quality.continuity) < 1e-6);
  }

  void shepard() {
    const Matrix x = mixture(500, 3, 4, 6);
    Matrix same = x, noise(500, 2);
    for (float &v : same.values) {
      v = 7 * v + 3;
    }
    Rng rng(1);
    std::generate(noise.values.begin(), noise.values.end(), [&] { return static_cast<float>(rng.normal()); });
    QVERIFY(shepardCorrelation(x, same) > 0.9999);
    QVERIFY(std::abs(shepardCorrelation(x, noise)) < 0.05);
    QCOMPARE(shepardCorrelation(x, Matrix(500, 2)), 0.0);
  }

  void perfectAndRandomMaps() {
    const Matrix x = mixture(3000, 2, 6, 2);
    const MapQuality perfect = mapQuality(x, x, {});
    QCOMPARE(perfect.recall, 1.0);
    QCOMPARE(perfect.trustworthiness, 1.0);
    QCOMPARE(perfect.continuity, 1.0);
    QCOMPARE(perfect.labelAgreement, 0.0);
    const MapQuality random = mapQuality(mixture(3000, 20, 1, 3), mixture(3000, 2, 1, 4), {});
    QVERIFY(random.recall < 0.01);
    QVERIFY(std::abs(random.trustworthiness - 0.5) < 0.03);
  }

  /// A group far from the origin and much smaller than its distance: the map's digits must not be lost.
  void closePointsFarAway() {
    Matrix y(400, 2);
    Rng rng(5);
    for (std::size_t r = 0; r < y.rows; ++r) {
      y.row(r)[0] = static_cast<float>((r % 2 == 0 ? 100 : -100) + 0.01 * rng.normal());
      y.row(r)[1] = static_cast<float>(0.01 * rng.normal());
    }
    QCOMPARE(mapQuality(y, y, {}).recall, 1.0);
  }

  void sampleIsSeeded() {
    const Matrix x = mixture(4000, 10, 6, 6);
    const Matrix y = firstColumns(x, 2);
    const MapQuality a = mapQuality(x, y, {}, {.queries = 300, .threads = 1});
    const MapQuality b = mapQuality(x, y, {}, {.queries = 300, .threads = 3});
    QCOMPARE(a.recall, b.recall);
    QCOMPARE(a.trustworthiness, b.trustworthiness);
    const MapQuality all = mapQuality(x, y, {}, {.queries = 4000});
    QVERIFY(std::abs(a.recall - all.recall) < 0.03);
    QVERIFY(a.recall != all.recall);
  }

  void divergenceByDefinition() {
    const Matrix x = mixture(200, 6, 3, 7);
    for (const std::size_t dims : {2, 3}) {
      const Matrix y = firstColumns(x, dims);
      const Affinities p = calibrate(buildKnn(x, {.k = 30}), 10, {});
      double z = 0;
      for (std::size_t i = 0; i < x.rows; ++i) {
        for (std::size_t j = 0; j < x.rows; ++j) {
          z += i == j ? 0 : 1 / (1 + squaredDistance(y, i, j));
        }
      }
      double kl = 0;
      for (std::size_t i = 0; i < x.rows; ++i) {
        for (std::uint64_t e = p.start[i]; e < p.start[i + 1]; ++e) {
          const double q = 1 / (1 + squaredDistance(y, i, p.columns[e])) / z;
          kl += p.values[e] > 0 ? p.values[e] * std::log(p.values[e] / q) : 0;
        }
      }
      QVERIFY(std::abs(exactKl(x, y, 10) - kl) < 1e-4);
    }
  }

  void smallAndWrong() {
    const Matrix three = mixture(3, 4, 1, 8);
    QVERIFY(std::isfinite(mapQuality(three, firstColumns(three, 2), {}).trustworthiness));
    QVERIFY_THROWS_EXCEPTION(InputError, mapQuality(mixture(2, 4, 1, 8), mixture(2, 2, 1, 8), {}));
    QVERIFY_THROWS_EXCEPTION(InputError, mapQuality(three, mixture(4, 2, 1, 8), {}));
    QVERIFY_THROWS_EXCEPTION(InputError, mapQuality(three, firstColumns(three, 2), std::vector<std::int32_t>(2)));
    QVERIFY_THROWS_EXCEPTION(InputError, exactKl(mixture(100, 4, 1, 8), mixture(100, 4, 1, 8), 10));
    const std::atomic<bool> stop{true};
    bool cancelled = false;
    try {
      mapQuality(three, firstColumns(three, 2), {}, {}, stop);
    } catch (const Cancelled &) {
      cancelled = true;
    }
    QVERIFY(cancelled);
  }
};
VITRINE_TEST(TestQuality)

#include "tst_quality.moc"
