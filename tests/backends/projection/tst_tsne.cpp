// t-SNE: the gradient is that of the cost, the map is as good as with exact forces, and odd data give a finite map or a clear refusal.
#include <thread>

#include "backends/projection/data.h"
#include "core/error.h"
#include "projection/kernels/kernels.h"
#include "projection/quality.h"
#include "projection/tsne.h"
#include "testing.h"

using namespace vitrine;
using namespace vitrine::projection;
using namespace vitrine::testing;

class TestTsne : public QObject {
  Q_OBJECT

 private:
  static bool finite(const Matrix &y) {
    return std::all_of(y.values.begin(), y.values.end(), [](float v) { return std::isfinite(v); });
  }
  static double cost(const Affinities &p, const Matrix &y) {
    double z = 0;
    double sum = 0;
    for (std::size_t i = 0; i < y.rows; ++i) {
      for (std::size_t j = 0; j < y.rows; ++j) {
        z += i == j ? 0 : 1 / (1 + squaredDistance(y, i, j));
      }
      for (std::uint64_t e = p.start[i]; e < p.start[i + 1]; ++e) {
        sum += static_cast<double>(p.values[e]) * std::log(static_cast<double>(p.values[e]) * (1 + squaredDistance(y, i, p.columns[e])));
      }
    }
    return sum + std::log(z);
  }

 private Q_SLOTS:
  void gradientIsThatOfTheCost() {
    const Matrix x = mixture(60, 5, 3, 1);
    const Affinities p = calibrate(buildKnn(x, {.k = 30}), 10, {});
    for (const int dims : {2, 3}) {
      Matrix y = mixture(60, static_cast<std::size_t>(dims), 3, 2, 1);
      const auto stride = static_cast<std::size_t>(strideOf(dims));
      std::vector<float> positions(60 * stride, 0);
      for (std::size_t i = 0; i < 60; ++i) {
        std::copy_n(y.row(i).begin(), y.cols, positions.begin() + static_cast<std::ptrdiff_t>(i * stride));
      }
      std::vector<float> attraction(positions.size());
      std::vector<float> repulsion(positions.size());
      kernels().map->attract({dims, p.start.data(), p.columns.data(), p.values.data(), positions.data()}, 0, 60, attraction.data());
      const double z = Repulsion(60, dims, Repulsion::Method::Exact, 1).evaluate(positions, repulsion);
      double size = 0;
      double error = 0;
      for (std::size_t i = 0; i < 60; ++i) {
        for (std::size_t c = 0; c < y.cols; ++c) {
          const float before = y.row(i)[c];
          y.row(i)[c] = before + 1e-3F;
          double difference = cost(p, y);
          y.row(i)[c] = before - 1e-3F;
          difference = (difference - cost(p, y)) / 2e-3;
          y.row(i)[c] = before;
          const double gradient = 4 * (static_cast<double>(attraction[i * stride + c]) - static_cast<double>(repulsion[i * stride + c]) / z);
          size += difference * difference;
          error += (gradient - difference) * (gradient - difference);
        }
      }
      QVERIFY2(std::sqrt(error / size) < 2e-3, qPrintable(QString::number(std::sqrt(error / size))));
    }
  }

  void meshIsAsGoodAsExactForces() {
    const auto x = shared(mixture(2500, 12, 20, 3, 2));
    const KnnGraph graph = buildKnn(*x, {.k = 60});
    const Matrix start = mixture(2500, 2, 20, 4);
    TsneOptions options{.perplexity = 20, .iterations = 500, .exaggerationIterations = 150};
    options.repulsion = Repulsion::Method::Exact;
    Tsne exact(graph, start, options);
    options.repulsion = Repulsion::Method::Mesh;
    Tsne mesh(graph, start, options);
    exact.run(500);
    mesh.run(500);
    QVERIFY2(mesh.repulsionName().starts_with("mesh"), mesh.repulsionName().c_str());
    QVERIFY2(std::abs(mesh.kl() / exact.kl() - 1) < 0.01, qPrintable(QString("%1 and %2").arg(mesh.kl()).arg(exact.kl())));
    QVERIFY(std::abs(exactKl(*x, mesh.positions(), 20) - mesh.kl()) < 2e-3);
  }

  /// Late in a run the forces nearly cancel: what is left of them must still be right to 1 %. (At the end of the exaggeration nothing but rounding is left.)
  void meshHoldsTheWholeGradient() {
    const auto x = shared(mixture(2000, 12, 20, 3, 1));
    const KnnGraph graph = buildKnn(*x, {.k = 90});
    Tsne engine(graph, mixture(2000, 2, 20, 4), {.repulsion = Repulsion::Method::Exact});
    const Affinities p = calibrate(engine.graph(), 30, {});
    for (const int iteration : {20, 260, 350, 500, 750}) {
      engine.run(iteration);
      const auto y = engine.positions().values;
      std::vector<float> attraction(y.size()), exact(y.size()), mesh(y.size());
      kernels().map->attract({2, p.start.data(), p.columns.data(), p.values.data(), y.data()}, 0, 2000, attraction.data());
      const double z = Repulsion(2000, 2, Repulsion::Method::Exact, 0).evaluate(y, exact);
      const double about = Repulsion(2000, 2, Repulsion::Method::Mesh, 0).evaluate(y, mesh);
      const float factor = iteration < 250 ? 12 : 1;
      for (std::size_t e = 0; e < y.size(); ++e) {
        exact[e] = factor * attraction[e] - static_cast<float>(exact[e] / z);
        mesh[e] = factor * attraction[e] - static_cast<float>(mesh[e] / about);
      }
      QVERIFY2(relativeError(mesh, exact) < 0.01, qPrintable(QString("%1 at iteration %2").arg(relativeError(mesh, exact)).arg(iteration)));
    }
  }

  void groupsPartInTwoAndThreeDimensions() {
    std::vector<std::int32_t> labels;
    for (int r = 0; r < 600; ++r) {
      labels.push_back(r % 6);
    }
    const auto x = shared(mixture(600, 10, 6, 5, 8));
    for (const int dims : {2, 3}) {
      Tsne tsne(x, {.perplexity = 15, .dims = dims});
      const double before = tsne.kl();
      QCOMPARE(tsne.run(400), 400);
      QVERIFY(tsne.kl() < 0.5 * before);
      const MapQuality quality = mapQuality(*x, tsne.positions(), labels);
      QVERIFY(quality.labelAgreement > 0.98);
      QVERIFY2(quality.recall > 0.35, qPrintable(QString::number(quality.recall)));
    }
  }

  void stoppingAndGoingOnIsOneRun() {
    const auto x = shared(mixture(1500, 8, 5, 6));
    const TsneOptions options{.perplexity = 10, .exaggerationIterations = 60, .threads = 2};
    Tsne whole(x, options);
    whole.run(150);
    Tsne parts(x, options);
    std::atomic<bool> stop{true};
    QCOMPARE(parts.run(150, stop), 0);
    stop = false;
    std::thread stopper([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(15));
      stop = true;
    });
    parts.run(150, stop);
    stopper.join();
    for (int limit = 0; limit <= 150; limit += 25) {
      parts.run(limit);
      parts.kl();  // looking must not change anything
    }
    QCOMPARE(parts.iteration(), 150);
    QVERIFY(parts.positions().values == whole.positions().values);
    QCOMPARE(parts.run(10), 150);
  }

  void seedDecidesWhatDataDoNot() {
    const auto x = shared(mixture(500, 6, 4, 7));
    const auto run = [&](std::uint64_t seed) {
      Tsne tsne(x, {.perplexity = 10, .seed = seed, .threads = 2});
      tsne.run(80);
      return tsne.positions().values;
    };
    QVERIFY(run(1) == run(1));
    const auto line = shared(mixture(500, 1, 4, 7));  // one column: the second axis of the start comes from the seed
    const auto first = Tsne(line, {.perplexity = 10, .seed = 1}).positions().values;
    QVERIFY(first == Tsne(line, {.perplexity = 10, .seed = 1}).positions().values);
    QVERIFY(first != Tsne(line, {.perplexity = 10, .seed = 2}).positions().values);
  }

  void rotationAndOrderDoNotMatter() {
    const Matrix x = mixture(800, 3, 8, 8, 2);
    Matrix turned(x.rows, 3);
    Matrix shuffled(x.rows, 3);
    std::vector<std::size_t> order(x.rows);
    std::iota(order.begin(), order.end(), std::size_t{0});
    Rng(2).shuffle(order);
    for (std::size_t r = 0; r < x.rows; ++r) {
      const auto row = x.row(r);
      turned.row(r)[0] = 0.6F * row[0] - 0.8F * row[2];
      turned.row(r)[1] = row[1];
      turned.row(r)[2] = 0.8F * row[0] + 0.6F * row[2];
      std::copy_n(x.row(order[r]).begin(), 3, shuffled.row(r).begin());
    }
    std::vector<double> costs;
    for (const Matrix &data : {x, turned, shuffled}) {
      Tsne tsne(shared(data), {.perplexity = 15});
      tsne.run(750);
      costs.push_back(tsne.kl());
    }
    QVERIFY2(std::abs(costs[1] / costs[0] - 1) < 0.03 && std::abs(costs[2] / costs[0] - 1) < 0.03,
             qPrintable(QString("%1 %2 %3").arg(costs[0]).arg(costs[1]).arg(costs[2])));
  }

  void supervisionGathersLabels() {
    const Matrix x = mixture(600, 8, 3, 4, 1);
    std::vector<std::int32_t> labels;
    for (std::size_t i = 0; i < x.rows; ++i) {
      labels.push_back(i % 3 == 2 ? -1 : static_cast<std::int32_t>(i % 3));
    }
    double agreement[2];
    for (const int supervised : {0, 1}) {
      Tsne tsne(shared(x), {.perplexity = 20, .supervision = 0.9 * supervised, .labels = labels});
      tsne.run(500);
      agreement[supervised] = mapQuality(x, tsne.positions(), labels, {}).labelAgreement;
    }
    QVERIFY2(agreement[1] > agreement[0] + 0.05, qPrintable(QString("%1, supervised %2").arg(agreement[0]).arg(agreement[1])));
    QVERIFY_THROWS_EXCEPTION(InputError, Tsne(shared(x), {.supervision = 0.5}));
    QVERIFY_THROWS_EXCEPTION(InputError, Tsne(shared(x), {.supervision = 2, .labels = labels}));
  }

  void newSamplesFindTheirPlace() {
    const Matrix all = mixture(1300, 8, 5, 7);
    Matrix old(1200, 8);
    std::copy_n(all.values.begin(), old.values.size(), old.values.begin());
    const auto x = shared(old);
    const NeighbourIndex index(x);
    std::vector<std::uint32_t> neighbours;
    std::vector<float> distances;
    for (std::size_t i = 1200; i < 1300; ++i) {
      for (const Hit &hit : index.nearest(all.row(i), 15)) {
        neighbours.push_back(static_cast<std::uint32_t>(hit.row));
        distances.push_back(hit.distance);
      }
    }
    for (const int dims : {2, 3}) {
      Tsne tsne(x, {.perplexity = 20, .dims = dims});
      tsne.run(500);
      const Matrix before = tsne.positions();
      const Matrix placed = tsne.transform(neighbours, distances, 15);
      QVERIFY(tsne.positions().values == before.values);
      int right = 0, nearest = 0;
      for (std::size_t i = 0; i < placed.rows; ++i) {
        std::size_t best = 0;
        double least = INFINITY;
        for (std::size_t j = 0; j < before.rows; ++j) {
          double square = 0;
          for (std::size_t c = 0; c < placed.cols; ++c) {
            square += std::pow(static_cast<double>(placed.row(i)[c]) - static_cast<double>(before.row(j)[c]), 2);
          }
          best = square < least ? j : best;
          least = std::min(least, square);
        }
        right += best % 5 == (1200 + i) % 5 ? 1 : 0;  // the group of the mixture
        nearest += neighbours[i * 15] % 5 == (1200 + i) % 5 ? 1 : 0;
      }
      QVERIFY2(right > nearest - 8, qPrintable(QString("%1 of 100 beside their own kind, %2 in the original space").arg(right).arg(nearest)));
    }
    QVERIFY_THROWS_EXCEPTION(InputError, Tsne(x, {.perplexity = 20}).transform(neighbours, distances, 2));
  }

  void oddData_data() {
    QTest::addColumn<int>("kind");
    QTest::newRow("all equal") << 0;
    QTest::newRow("collinear") << 1;
    QTest::newRow("scaled by a million") << 2;
    QTest::newRow("half of them at one place") << 3;
    QTest::newRow("one far away") << 4;
    QTest::newRow("one column") << 5;
  }
  void oddData() {
    QFETCH(int, kind);
    Matrix x = kind == 5 ? mixture(300, 1, 3, 9) : mixture(300, 5, 3, 9);
    for (std::size_t r = 0; r < x.rows; ++r) {
      for (std::size_t c = 0; c < x.cols; ++c) {
        float &v = x.row(r)[c];
        v = kind == 0 ? 1.0F : kind == 1 ? static_cast<float>(r * (c + 1)) : kind == 2 ? 1e6F * v : kind == 3 && r < 150 ? x.row(0)[c] : v;
      }
    }
    if (kind == 4) {
      x.row(7)[0] = 1e6F;
    }
    for (const auto method : {Repulsion::Method::Exact, Repulsion::Method::Mesh}) {
      for (const int dims : {2, 3}) {
        Tsne tsne(shared(x), {.perplexity = 20, .dims = dims, .repulsion = method});
        tsne.run(dims == 2 ? 400 : 280);
        QVERIFY(finite(tsne.positions()));
        QVERIFY(std::isfinite(tsne.kl()));
        const Matrix y = tsne.positions();
        QVERIFY2(squaredDistance(y, 1, 2) > 0, "equal samples must part, or nobody sees that there are several");
      }
    }
    if (kind == 2) {
      Tsne plain(shared(mixture(300, 5, 3, 9)), {.perplexity = 20});
      Tsne scaled(shared(x), {.perplexity = 20});
      plain.run(750);
      scaled.run(750);
      QVERIFY(std::abs(plain.kl() / scaled.kl() - 1) < 0.05);
    }
  }

  void refusals() {
    const auto fewer = shared(mixture(60, 5, 2, 10));
    const std::string message = messageOf<InputError>([&] { Tsne(fewer, {}); });
    QVERIFY2(message.starts_with("perplexity 30 needs more than 90 samples"), message.c_str());
    for (const std::size_t rows : {std::size_t{1}, std::size_t{2}}) {
      QVERIFY_THROWS_EXCEPTION(InputError, Tsne(shared(mixture(rows, 5, 1, 10)), {.perplexity = 1}));
    }
    QVERIFY_THROWS_EXCEPTION(InputError, Tsne(fewer, {.perplexity = 10, .dims = 4}));
    QVERIFY_THROWS_EXCEPTION(InputError, Tsne(fewer, {.perplexity = 10, .exaggeration = 0}));
    QVERIFY_THROWS_EXCEPTION(InputError, Tsne(fewer, {.perplexity = 10, .learningRate = -1}));
    Matrix holes = *fewer;
    holes.row(3)[3] = NAN;
    const std::string where = messageOf<InputError>([&] { Tsne(shared(holes), {.perplexity = 10}); });
    QVERIFY2(where.find("row 3, column 3") != std::string::npos, where.c_str());
    QVERIFY_THROWS_EXCEPTION(InputError, Tsne(buildKnn(*fewer, {.k = 30}), Matrix(59, 2), {.perplexity = 10}));
  }
};
VITRINE_TEST(TestTsne)

#include "tst_tsne.moc"
