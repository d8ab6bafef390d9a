// P of t-SNE: every row's perplexity, symmetry, and the messages for perplexities that do not fit.
#include "backends/projection/data.h"
#include "core/error.h"
#include "projection/affinities.h"
#include "testing.h"

using namespace vitrine;
using namespace vitrine::projection;
using namespace vitrine::testing;

class TestAffinities : public QObject {
  Q_OBJECT

 private:
  /// Dense P by bisection in double over the same neighbours.
  static std::vector<double> densely(const KnnGraph &graph, double perplexity) {
    const std::size_t n = graph.count;
    const auto stride = static_cast<std::size_t>(graph.k);
    const auto k = static_cast<std::size_t>(std::min(graph.k, neighboursFor(perplexity, n)));
    std::vector<double> p(n * n, 0);
    for (std::size_t i = 0; i < n; ++i) {
      std::vector<double> weights(k);
      double low = -100;
      double high = 100;
      for (int step = 0; step < 200; ++step) {
        const double beta = std::exp(0.5 * (low + high));
        double sum = 0;
        double entropy = 0;
        for (std::size_t j = 0; j < k; ++j) {
          const double d = std::pow(static_cast<double>(graph.distances[i * stride + j]), 2) - std::pow(static_cast<double>(graph.distances[i * stride]), 2);
          weights[j] = std::exp(-beta * d);
          sum += weights[j];
          entropy += beta * d * weights[j];
        }
        entropy = std::log(sum) + entropy / sum;
        (entropy > std::log(perplexity) ? low : high) = 0.5 * (low + high);
        for (double &w : weights) {
          w /= sum;
        }
      }
      for (std::size_t j = 0; j < k; ++j) {
        const std::size_t other = graph.neighbours[i * stride + j];
        p[i * n + other] += weights[j] / (2 * static_cast<double>(n));
        p[other * n + i] += weights[j] / (2 * static_cast<double>(n));
      }
    }
    return p;
  }

 private Q_SLOTS:
  void agreesWithBisection() {
    const Matrix x = mixture(300, 8, 3, 1);
    const KnnGraph graph = buildKnn(x, {.k = 90});
    for (const double perplexity : {1.5, 5.0, 29.5, 30.0}) {
      const Affinities p = calibrate(graph, perplexity, {});
      const std::vector<double> expected = densely(graph, perplexity);
      std::vector<double> seen(expected.size(), 0);
      double sum = 0;
      for (std::size_t i = 0; i < x.rows; ++i) {
        for (std::uint64_t e = p.start[i]; e < p.start[i + 1]; ++e) {
          QVERIFY(p.columns[e] != i && (e == p.start[i] || p.columns[e] > p.columns[e - 1]));
          seen[i * x.rows + p.columns[e]] = p.values[e];
          sum += p.values[e];
        }
      }
      QVERIFY(std::abs(sum - 1) < 1e-5);
      for (std::size_t e = 0; e < seen.size(); ++e) {
        QVERIFY(std::abs(seen[e] - expected[e]) < 1e-4 / static_cast<double>(x.rows));
        QCOMPARE(seen[e], seen[e % x.rows * x.rows + e / x.rows]);
      }
    }
  }

  void orderIsARenaming() {
    const Matrix x = mixture(200, 5, 4, 2);
    const KnnGraph graph = buildKnn(x, {.k = 30});
    std::vector<std::uint32_t> order(x.rows);
    std::iota(order.begin(), order.end(), 0U);
    Rng(3).shuffle(order);
    const Affinities plain = calibrate(graph, 10, {});
    const Affinities named = calibrate(graph, 10, order, 3);
    QCOMPARE(named.columns.size(), plain.columns.size());
    for (std::size_t i = 0; i < x.rows; ++i) {
      for (std::uint64_t e = named.start[i]; e < named.start[i + 1]; ++e) {
        const auto row = plain.columns.begin() + static_cast<std::ptrdiff_t>(plain.start[order[i]]);
        const auto end = plain.columns.begin() + static_cast<std::ptrdiff_t>(plain.start[order[i] + 1]);
        const auto found = std::lower_bound(row, end, order[named.columns[e]]);
        QVERIFY(found != end && *found == order[named.columns[e]]);
        QVERIFY(std::abs(plain.values[static_cast<std::size_t>(found - plain.columns.begin())] / named.values[e] - 1) < 1e-3F);
      }
    }
  }

  void sameNumbersWithAnyThreads() {
    const KnnGraph graph = buildKnn(mixture(1500, 6, 4, 4), {.k = 45});
    const Affinities one = calibrate(graph, 15, {}, 1);
    const Affinities three = calibrate(graph, 15, {}, 3);
    QVERIFY(one.start == three.start && one.columns == three.columns && one.values == three.values);
  }

  void duplicatesAndEqualDistances() {
    Matrix x = mixture(120, 4, 2, 5);
    for (std::size_t r = 0; r < 60; ++r) {
      std::copy_n(x.row(0).begin(), x.cols, x.row(r).begin());
    }
    for (const Matrix &data : {x, Matrix(120, 4)}) {
      const Affinities p = calibrate(buildKnn(data, {.k = 90}), 30, {});
      QVERIFY(std::all_of(p.values.begin(), p.values.end(), [](float v) { return std::isfinite(v) && v >= 0; }));
      QVERIFY(std::abs(std::accumulate(p.values.begin(), p.values.end(), 0.0) - 1) < 1e-4);
    }
  }

  void perplexityMustFit() {
    const KnnGraph graph = buildKnn(mixture(60, 3, 1, 6), {.k = 59});
    const std::string message = messageOf<InputError>([&] { calibrate(graph, 30, {}); });
    QVERIFY2(message.starts_with("perplexity 30 needs more than 90 samples"), message.c_str());
    QVERIFY2(message.find("at most 19") != std::string::npos, message.c_str());
    QVERIFY_THROWS_EXCEPTION(InputError, checkPerplexity(0.5, 100));
    QVERIFY_THROWS_EXCEPTION(InputError, checkPerplexity(NAN, 100));
    QVERIFY_THROWS_EXCEPTION(InputError, checkPerplexity(1, 2));
    checkPerplexity(30, 91);
    QCOMPARE(neighboursFor(30, 10000), 90);
    QCOMPARE(neighboursFor(30, 50), 49);
  }
};
VITRINE_TEST(TestAffinities)

#include "tst_affinities.moc"
