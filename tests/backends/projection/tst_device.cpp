// The code that runs on a card, on torch's processor device: neighbours, forces and maps against the kernels'.
#include <array>

#include "backends/projection/data.h"
#include "core/error.h"
#include "projection/device_knn.h"
#include "projection/device_tsne.h"
#include "projection/quality.h"
#include "projection/repulsion.h"
#include "projection/tsne.h"
#include "projection/umap.h"
#include "tensor/device.h"
#include "testing.h"

using namespace vitrine;
using namespace vitrine::projection;
using namespace vitrine::testing;

class TestDevice : public QObject {
  Q_OBJECT

 private:
  static constexpr DeviceTsne::Rates kRates{0.8F, 0.01F, 5};

  /// A clustered map of this span in the kernels' layout.
  static std::vector<float> map(std::size_t n, int dims, double span) {
    const Matrix x = mixture(n, static_cast<std::size_t>(dims), 15, 1, 6);
    const auto [low, high] = std::minmax_element(x.values.begin(), x.values.end());
    const auto stride = static_cast<std::size_t>(strideOf(dims));
    std::vector<float> y(n * stride, 0);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t c = 0; c < x.cols; ++c) {
        y[i * stride + c] = static_cast<float>((x.row(i)[c] - *low) / (*high - *low) * span);
      }
    }
    return y;
  }
  static Affinities noEdges(std::size_t n) { return {std::vector<std::uint64_t>(n + 1, 0), {}, {}}; }
  static double finalKl(const std::shared_ptr<const Matrix> &x, const std::string &device, Matrix *positions = nullptr) {
    TsneOptions options;
    options.iterations = 250;
    options.exaggerationIterations = 80;
    options.device = device;
    options.repulsion = Repulsion::Method::Mesh;
    Tsne engine(x, options);
    engine.run(120);
    engine.setPerplexity(29);  // arrays come back, are handed over again, and nothing is lost
    engine.setPerplexity(30);
    engine.run(250);
    if (positions != nullptr) {
      *positions = engine.positions();
    }
    return engine.kl();
  }

 private Q_SLOTS:
  void neighbours() {
    for (const std::size_t columns : {2, 50}) {
      Matrix x = mixture(1500, columns, 5, columns);
      std::copy_n(x.row(3).begin(), x.cols, x.row(700).begin());
      const KnnGraph kernels = buildKnn(x, {.k = 40});
      const KnnGraph torch = buildKnnOn("torch", x, {.k = 40});
      QCOMPARE(torch.k, 40);
      std::size_t same = 0;
      for (std::size_t e = 0; e < kernels.neighbours.size(); ++e) {
        same += kernels.neighbours[e] == torch.neighbours[e] ? 1 : 0;
        QVERIFY(std::abs(kernels.distances[e] - torch.distances[e]) < 1e-4);
      }
      QVERIFY(same > kernels.neighbours.size() * 999 / 1000);  // distances equal to the last digit may change places
    }
    const KnnGraph few = buildKnnOn("torch", mixture(12, 3, 1, 4), {.k = 90});
    QCOMPARE(few.k, 11);
    std::atomic<bool> stop{true};
    QVERIFY_THROWS_EXCEPTION(Cancelled, buildKnnOn("torch", mixture(50, 3, 1, 4), {.k = 5}, stop));
  }

  void repulsion_data() {
    QTest::addColumn<int>("count");
    QTest::addColumn<int>("dims");
    QTest::addColumn<double>("span");
    for (const double span : {2e-4, 0.03, 1.9, 7.0, 25.0, 60.0, 170.0}) {
      QTest::addRow("2000 points in 2D over %g", span) << 2000 << 2 << span;
    }
    for (const double span : {2e-4, 0.5, 7.0, 15.0}) {
      QTest::addRow("1000 points in 3D over %g", span) << 1000 << 3 << span;
    }
  }
  void repulsion() {
    QFETCH(int, count);
    QFETCH(int, dims);
    QFETCH(double, span);
    const auto n = static_cast<std::size_t>(count);
    const auto y = map(n, dims, span);
    const std::vector<float> zeros(y.size(), 0);
    std::vector<float> expected(y.size()), attraction(y.size()), forces(y.size());
    const double z = Repulsion(n, dims, Repulsion::Method::Exact, 2).evaluate(y, expected);
    for (const bool mesh : {false, true}) {
      DeviceTsne device("torch", n, dims, mesh ? Repulsion::Method::Mesh : Repulsion::Method::Exact, kRates);
      device.setAffinities(noEdges(n));
      device.set(y, zeros, zeros);
      QVERIFY(std::abs(device.forces(attraction, forces) / z - 1) < 1e-4);
      const double error = relativeError(forces, expected), wanted = mesh ? 5e-3 : 2e-5;
      QVERIFY2(error < wanted, qPrintable(QString("%1 with %2").arg(error).arg(QString::fromStdString(device.name()))));
    }
  }

  void attraction() {
    for (const int dims : {2, 3}) {
      const Matrix x = mixture(800, 10, 4, 3);
      const Affinities p = calibrate(buildKnn(x, {.k = 60}), 20, {});
      const auto y = map(800, dims, 20);
      const auto stride = static_cast<std::size_t>(strideOf(dims));
      std::vector<float> expected(y.size(), 0), forces(y.size()), repulsion(y.size()), zeros(y.size(), 0);
      for (std::size_t i = 0; i < p.count(); ++i) {
        for (std::uint64_t e = p.start[i]; e < p.start[i + 1]; ++e) {
          float r = 1;
          for (std::size_t c = 0; c < stride; ++c) {
            r += std::pow(y[i * stride + c] - y[p.columns[e] * stride + c], 2.0F);
          }
          for (std::size_t c = 0; c < stride; ++c) {
            expected[i * stride + c] += p.values[e] * (y[i * stride + c] - y[p.columns[e] * stride + c]) / r;
          }
        }
      }
      DeviceTsne device("torch", 800, dims, Repulsion::Method::Exact, kRates);
      device.setAffinities(p);
      device.set(y, zeros, zeros);
      device.forces(forces, repulsion);
      QVERIFY(relativeError(forces, expected) < 1e-5);
    }
  }

  /// The same schedule ends in another, equally good map.
  void mapsAreAsGood() {
    const auto x = shared(mixture(2000, 20, 8, 4));
    Matrix onTorch;
    const double kernels = finalKl(x, "cpu"), torch = finalKl(x, "torch", &onTorch);
    QVERIFY2(std::abs(torch / kernels - 1) < 0.01, qPrintable(QString("KL %1 by kernels, %2 by torch").arg(kernels).arg(torch)));
    const double exact = exactKl(*x, onTorch);
    QVERIFY2(std::abs(torch / exact - 1) < 0.01, qPrintable(QString("KL %1 by torch, %2 over all pairs").arg(torch).arg(exact)));
  }

  /// Until rounding has grown.
  void firstStepsAreTheSame() {
    const auto x = shared(mixture(600, 20, 8, 4));
    std::vector<Matrix> maps;
    for (const char *device : {"cpu", "torch"}) {
      TsneOptions options;
      options.repulsion = Repulsion::Method::Exact;
      options.device = device;
      Tsne engine(x, options);
      engine.run(3);
      engine.run(6);
      maps.push_back(engine.positions());
      for (std::size_t c = 0; c < 2; ++c) {  // the kernels centre one step later
        double mean = 0;
        for (std::size_t i = 0; i < 600; ++i) {
          mean += static_cast<double>(maps.back().row(i)[c]) / 600;
        }
        for (std::size_t i = 0; i < 600; ++i) {
          maps.back().row(i)[c] -= static_cast<float>(mean);
        }
      }
    }
    const double error = relativeError(maps[1].values, maps[0].values);
    QVERIFY2(error < 1e-3, qPrintable(QString::number(error)));
  }

  void placesByHand() {
    const auto x = shared(mixture(400, 6, 4, 5));
    TsneOptions options;
    options.device = "torch";
    Tsne engine(x, options);
    engine.run(50);
    Matrix moved = engine.positions();
    moved.row(7)[0] += 100;
    engine.setPositions(moved);
    QCOMPARE(engine.positions().row(7)[0], moved.row(7)[0]);
    engine.run(51);
    QVERIFY(engine.positions().row(7)[0] > 50);
    const std::array<std::size_t, 1> rows{3};
    const Matrix before = engine.positions();
    const auto stays = [&] {
      const Matrix now = engine.positions();
      return std::equal(before.row(3).begin(), before.row(3).end(), now.row(3).begin());
    };
    engine.hold(rows);
    engine.run(60);
    QVERIFY(stays());
    Matrix more = *x;
    more.values.insert(more.values.end(), x->row(3).begin(), x->row(3).end());
    ++more.rows;
    engine.extend(shared(more), {});
    engine.run(61);
    QCOMPARE(engine.positions().rows, std::size_t{401});
    QVERIFY(stays());
    QVERIFY(engine.repulsionName().find("torch") != std::string::npos);
  }

  void umapIsAsGood() {
    const Matrix x = mixture(2000, 10, 8, 3);
    for (const int dims : {2, 3}) {
      std::array<MapQuality, 2> quality;
      for (const bool torch : {false, true}) {
        Umap engine(buildKnn(x, {.k = 14}), {.dims = dims, .device = torch ? "torch" : "cpu"});
        engine.run(1 << 30);
        quality[torch] = mapQuality(x, engine.positions(), {});
      }
      const auto [kernels, torch] = quality;
      QVERIFY2(std::abs(torch.recall - kernels.recall) < 0.03 && std::abs(torch.trustworthiness - kernels.trustworthiness) < 0.01,
               qPrintable(QString("%1D: recall %2 by kernels, %3 by torch; trustworthiness %4, %5")
                              .arg(dims)
                              .arg(kernels.recall)
                              .arg(torch.recall)
                              .arg(kernels.trustworthiness)
                              .arg(torch.trustworthiness)));
    }
  }

  void umapGoesOn() {
    const Matrix x = mixture(500, 8, 5, 5);
    const UmapOptions options{.epochs = 60, .device = "torch"};
    Umap whole(buildKnn(x, {.k = 14}), options), parts(buildKnn(x, {.k = 14}), options);
    whole.run(60);
    parts.run(13);
    const Matrix early = parts.positions();
    parts.run(60);
    QVERIFY(parts.positions().values == whole.positions().values);
    QVERIFY(early.values != whole.positions().values);
    const std::vector<std::uint32_t> neighbours{3, 8, 13, 18};  // of one group
    const std::vector<float> distances{0.1F, 0.2F, 0.3F, 0.4F};
    const Matrix map = whole.positions(), placed = whole.transform(neighbours, distances, 4);
    double mine = 0, others = 0;
    for (std::size_t i = 0; i < 100; ++i) {
      const double away = std::hypot(placed.row(0)[0] - map.row(i)[0], placed.row(0)[1] - map.row(i)[1]);
      (i % 5 == 3 ? mine : others) += i % 5 == 3 ? away / 20 : away / 80;
    }
    QVERIFY2(mine < others / 2, qPrintable(QString("%1 from its group, %2 from the others").arg(mine).arg(others)));
  }

  void noCardIsSaid() {
    if (!tensor::cudaAvailable()) {
      QVERIFY_THROWS_EXCEPTION(InputError, Umap(buildKnn(mixture(400, 6, 4, 5), {.k = 14}), {.device = "cuda"}));
      TsneOptions options;
      options.device = "cuda";
      QVERIFY_THROWS_EXCEPTION(InputError, Tsne(shared(mixture(400, 6, 4, 5)), options));
    }
  }
};
VITRINE_TEST(TestDevice)

#include "tst_device.moc"
