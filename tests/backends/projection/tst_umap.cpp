// UMAP: its curve, its graph, its map; the same for any number of threads, resumed or not; new samples find their place.
#include "backends/projection/data.h"
#include "projection/quality.h"
#include "projection/umap.h"
#include "testing.h"

using namespace vitrine;
using namespace vitrine::projection;
using namespace vitrine::testing;

class TestUmap : public QObject {
  Q_OBJECT

 private:
  static Matrix mapOf(const Matrix &x, const UmapOptions &options) {
    Umap umap(buildKnn(x, {.k = options.neighbours - 1}), options);
    umap.run(1 << 30);
    return umap.positions();
  }

 private Q_SLOTS:
  void curve() {
    const auto [a, b] = umapCurve(0.1, 1);  // umap-learn prints 1.57694, 0.89506
    QVERIFY2(std::abs(a - 1.57694) < 2e-3 && std::abs(b - 0.89506) < 1e-3, qPrintable(QString("%1 %2").arg(a).arg(b)));
    const auto [wideA, wideB] = umapCurve(0.5, 1.5);
    QVERIFY(wideA > 0 && wideA < a && wideB > b);
  }

  void fuzzyGraphByDefinition() {
    const Matrix x = mixture(200, 4, 3, 2);
    const KnnGraph graph = buildKnn(x, {.k = 9});
    const Affinities w = fuzzyGraph(graph, 10, {});
    std::vector<std::vector<float>> rows(200, std::vector<float>(9));
    for (std::size_t i = 0; i < 200; ++i) {
      fuzzyRow(std::span(graph.distances).subspan(i * 9, 9), rows[i]);
      QVERIFY(std::abs(std::accumulate(rows[i].begin(), rows[i].end(), 0.0) - std::log2(10.0)) < 1e-3);
      QCOMPARE(rows[i][0], 1.0F);  // the nearest belongs in full
    }
    const auto directed = [&](std::size_t i, std::size_t j) {
      for (std::size_t e = 0; e < 9; ++e) {
        if (graph.neighbours[i * 9 + e] == j) {
          return rows[i][e];
        }
      }
      return 0.0F;
    };
    for (std::size_t i = 0; i < 200; ++i) {
      for (std::uint64_t e = w.start[i]; e < w.start[i + 1]; ++e) {
        const float there = directed(i, w.columns[e]), back = directed(w.columns[e], i);
        QVERIFY(std::abs(w.values[e] - (there + back - there * back)) < 1e-6);
      }
    }
  }

  void spectralStartSeparates() {
    const Matrix x = mixture(300, 6, 3, 4, 8);
    const Affinities w = fuzzyGraph(buildKnn(x, {.k = 40}), 41, {});
    const Matrix start = spectralStart(w, {}, 2, 1);
    QCOMPARE(start.rows, std::size_t{300});
    const MapQuality quality = mapQuality(x, start, {});
    QVERIFY2(quality.trustworthiness > 0.8, qPrintable(QString::number(quality.trustworthiness)));
  }

  void keepsNeighbours() {
    const Matrix x = mixture(1500, 10, 6, 3);
    for (const int dims : {2, 3}) {
      const MapQuality quality = mapQuality(x, mapOf(x, {.dims = dims}), {});
      QVERIFY2(quality.trustworthiness > 0.93 && quality.recall > 0.2,
               qPrintable(QString("%1D: %2 %3").arg(dims).arg(quality.trustworthiness).arg(quality.recall)));
    }
  }

  void sameForAnyThreadsAndResumed() {
    const Matrix x = mixture(800, 8, 5, 5);
    const Matrix one = mapOf(x, {.epochs = 60, .threads = 1}), two = mapOf(x, {.epochs = 60, .threads = 2}), other = mapOf(x, {.epochs = 60, .seed = 2});
    QVERIFY(one.values == two.values);
    QVERIFY(one.values != other.values);
    Umap resumed(buildKnn(x, {.k = 14}), {.epochs = 60, .threads = 2});
    QCOMPARE(resumed.run(13), 13);
    QCOMPARE(resumed.run(1000), 60);
    QVERIFY(resumed.positions().values == one.values);
  }

  void oddData() {
    Matrix equal(50, 3);
    Matrix half = mixture(300, 5, 3, 9);
    for (std::size_t r = 0; r < 150; ++r) {
      std::copy_n(half.row(0).begin(), half.cols, half.row(r).begin());
    }
    for (const Matrix &x : {equal, half, mixture(4, 3, 1, 1), mixture(300, 1, 2, 6)}) {
      const Matrix y = mapOf(x, {.neighbours = 10, .epochs = 80});
      QVERIFY(std::all_of(y.values.begin(), y.values.end(), [](float v) { return std::isfinite(v); }));
    }
    QVERIFY_THROWS_EXCEPTION(InputError, mapOf(half, {.neighbours = 1}));
    QVERIFY_THROWS_EXCEPTION(InputError, mapOf(half, {.minDist = 9}));
    QVERIFY_THROWS_EXCEPTION(InputError, mapOf(half, {.dims = 4}));
    QVERIFY_THROWS_EXCEPTION(InputError, mapOf(mixture(2, 3, 1, 1), {}));
  }

  void newSamplesFindTheirPlace() {
    const Matrix all = mixture(1300, 8, 5, 7);
    Matrix old(1200, 8), fresh(100, 8);
    std::copy_n(all.values.begin(), old.values.size(), old.values.begin());
    std::copy(all.values.begin() + static_cast<std::ptrdiff_t>(old.values.size()), all.values.end(), fresh.values.begin());
    Umap umap(buildKnn(old, {.k = 14}), {});
    umap.run(1 << 30);
    const Matrix before = umap.positions();
    const NeighbourIndex index(shared(old));
    std::vector<std::uint32_t> neighbours;
    std::vector<float> distances;
    for (std::size_t i = 0; i < fresh.rows; ++i) {
      for (const Hit &hit : index.nearest(fresh.row(i), 14)) {
        neighbours.push_back(static_cast<std::uint32_t>(hit.row));
        distances.push_back(hit.distance);
      }
    }
    const Matrix placed = umap.transform(neighbours, distances, 14);
    QVERIFY(umap.positions().values == before.values);
    int right = 0;
    for (std::size_t i = 0; i < fresh.rows; ++i) {
      std::size_t best = 0;
      double least = INFINITY;
      for (std::size_t j = 0; j < old.rows; ++j) {
        double square = 0;
        for (std::size_t c = 0; c < 2; ++c) {
          square += std::pow(static_cast<double>(placed.row(i)[c] - before.row(j)[c]), 2);
        }
        if (square < least) {
          least = square;
          best = j;
        }
      }
      right += best % 5 == (1200 + i) % 5 ? 1 : 0;  // the group of the mixture
    }
    int nearest = 0;
    for (std::size_t i = 0; i < fresh.rows; ++i) {
      nearest += neighbours[i * 14] % 5 == (1200 + i) % 5 ? 1 : 0;
    }
    QVERIFY2(right > nearest - 8, qPrintable(QString("%1 of 100 beside their own kind, %2 in the original space").arg(right).arg(nearest)));
  }
};

VITRINE_TEST(TestUmap)
#include "tst_umap.moc"
