// What may change while t-SNE runs: every change keeps the positions and comes in smoothly.
#include "backends/projection/data.h"
#include "core/error.h"
#include "projection/quality.h"
#include "projection/tsne.h"
#include "testing.h"

using namespace vitrine;
using namespace vitrine::projection;
using namespace vitrine::testing;

class TestTsneLive : public QObject {
  Q_OBJECT

 private:
  static double span(const Matrix &y) {
    const auto [low, high] = std::minmax_element(y.values.begin(), y.values.end());
    return static_cast<double>(*high - *low);
  }
  static double largestMove(const Matrix &a, const Matrix &b) {
    double worst = 0;
    for (std::size_t r = 0; r < a.rows; ++r) {
      double square = 0;
      for (std::size_t c = 0; c < a.cols; ++c) {
        square += std::pow(static_cast<double>(a.row(r)[c]) - static_cast<double>(b.row(r)[c]), 2);
      }
      worst = std::max(worst, square);
    }
    return std::sqrt(worst);
  }
  /// Mean distance in the map of a sample's ten nearest in the original space.
  static double neighbourDistance(const Tsne &tsne) {
    const Matrix y = tsne.positions();
    const KnnGraph &graph = tsne.graph();
    double sum = 0;
    for (std::size_t i = 0; i < graph.count; ++i) {
      for (std::size_t j = 0; j < 10; ++j) {
        sum += std::sqrt(squaredDistance(y, i, graph.neighbours[i * static_cast<std::size_t>(graph.k) + j]));
      }
    }
    return sum / (10 * static_cast<double>(graph.count));
  }

 private Q_SLOTS:
  void perplexityWithoutANewSearch() {
    const auto x = shared(mixture(1200, 8, 6, 1));
    Tsne tsne(x, {.perplexity = 30, .exaggerationIterations = 100});
    tsne.run(300);
    const Matrix before = tsne.positions();
    const auto graph = tsne.graph().neighbours;
    tsne.setPerplexity(8);
    QVERIFY(tsne.positions().values == before.values);
    QVERIFY(tsne.graph().neighbours == graph);
    QVERIFY(std::abs(tsne.kl() - exactKl(*x, before, 8)) < 5e-3);
    tsne.run(301);
    QVERIFY(largestMove(before, tsne.positions()) <= 5.01);
    tsne.run(600);
    QVERIFY(tsne.kl() < exactKl(*x, before, 8));
    QCOMPARE(tsne.options().perplexity, 8.0);
  }

  void largerPerplexitySearchesAgain() {
    const Matrix data = mixture(1200, 8, 6, 2);
    Tsne tsne(shared(data), {.perplexity = 10, .exaggerationIterations = 100});
    tsne.run(250);
    const Matrix before = tsne.positions();
    tsne.setPerplexity(40);
    QCOMPARE(tsne.graph().k, 120);
    QVERIFY(tsne.positions().values == before.values);
    QVERIFY(std::abs(tsne.kl() - exactKl(data, before, 40)) < 5e-3);
    tsne.run(400);
    QVERIFY(tsne.kl() < exactKl(data, before, 40));
    QVERIFY_THROWS_EXCEPTION(InputError, tsne.setPerplexity(500));
    QCOMPARE(tsne.options().perplexity, 40.0);
    Tsne fromGraph(buildKnn(data, {.k = 30}), data, {.perplexity = 10});
    const std::string message = messageOf<InputError>([&] { fromGraph.setPerplexity(11); });
    QVERIFY2(message.find("perplexity above 10") != std::string::npos, message.c_str());
  }

  /// The list search orders samples anew: positions, velocities and gains must follow their samples.
  void newOrderKeepsEverySampleItsPlace() {
    const auto x = shared(mixture(26000, 4, 8, 3));
    Tsne tsne(x, {.perplexity = 5});
    QVERIFY(!tsne.graph().order.empty());
    tsne.run(30);
    const Matrix before = tsne.positions();
    tsne.setPerplexity(6);
    QVERIFY(tsne.positions().values == before.values);
    tsne.run(31);
    Tsne steady(x, {.perplexity = 5});
    steady.run(31);
    const double step = largestMove(before, steady.positions()), apart = largestMove(steady.positions(), tsne.positions());
    QVERIFY2(apart < 0.5 * step, qPrintable(QString("%1 apart after a step of %2").arg(apart).arg(step)));
  }

  void cancelledChangeChangesNothing() {
    Tsne tsne(shared(mixture(1000, 8, 6, 4)), {.perplexity = 10});
    tsne.run(50);
    const double before = tsne.kl();
    const std::atomic<bool> stop{true};
    for (const double perplexity : {5.0, 20.0}) {
      bool cancelled = false;
      try {
        tsne.setPerplexity(perplexity, stop);
      } catch (const Cancelled &) {
        cancelled = true;
      }
      QVERIFY(cancelled);
      QCOMPARE(tsne.kl(), before);
      QCOMPARE(tsne.options().perplexity, 10.0);
    }
  }

  void exaggerationContractsSmoothly() {
    Tsne tsne(shared(mixture(1000, 8, 6, 5)), {.perplexity = 15, .exaggerationIterations = 100});
    tsne.run(500);
    const double wide = span(tsne.positions()), loose = neighbourDistance(tsne);
    tsne.setExaggeration(8);
    Matrix before = tsne.positions();
    for (int i = 501; i <= 540; ++i) {
      tsne.run(i);
      const Matrix now = tsne.positions();
      QVERIFY(largestMove(before, now) < 0.2 * wide);
      before = now;
    }
    tsne.run(700);
    const double tight = neighbourDistance(tsne);
    QVERIFY2(tight < 0.6 * loose, qPrintable(QString("%1 after %2").arg(tight).arg(loose)));
    tsne.setExaggeration(0);  // back to the schedule, which is past its exaggeration
    tsne.run(1100);
    QVERIFY2(neighbourDistance(tsne) > 1.3 * tight, qPrintable(QString("%1 after %2").arg(neighbourDistance(tsne)).arg(tight)));
    QVERIFY_THROWS_EXCEPTION(InputError, tsne.setExaggeration(0.5));
  }

  void learningRate() {
    Tsne tsne(shared(mixture(500, 8, 6, 6)), {.perplexity = 15, .exaggerationIterations = 50});
    tsne.run(200);
    tsne.setLearningRate(1e-9);
    tsne.run(260);  // the old momentum dies away
    const Matrix before = tsne.positions();
    tsne.run(300);
    QVERIFY(largestMove(before, tsne.positions()) < 1e-3);
    tsne.setLearningRate(1e9);  // far too much: points fly, but stay finite, and come back
    tsne.run(340);
    QVERIFY(std::isfinite(span(tsne.positions())));
    tsne.setLearningRate(0);
    tsne.run(600);
    QVERIFY(std::isfinite(tsne.kl()));
    QVERIFY_THROWS_EXCEPTION(InputError, tsne.setLearningRate(-1));
  }

  void givenPositions() {
    Tsne tsne(shared(mixture(400, 8, 6, 7)), {.perplexity = 15});
    tsne.run(300);
    Matrix moved = tsne.positions();
    moved.row(5)[0] += 3;
    tsne.setPositions(moved);
    QVERIFY(tsne.positions().values == moved.values);
    QCOMPARE(tsne.iteration(), 300);
    tsne.run(301);
    QVERIFY(tsne.positions().values != moved.values);
    QVERIFY_THROWS_EXCEPTION(InputError, tsne.setPositions(Matrix(400, 3)));
    moved.row(2)[1] = NAN;
    QVERIFY_THROWS_EXCEPTION(InputError, tsne.setPositions(moved));
  }

  void heldSamplesStayAndDrawTheirNeighbours() {
    Tsne tsne(shared(mixture(600, 8, 6, 7)), {.perplexity = 15, .exaggerationIterations = 100});
    tsne.run(300);
    const Matrix before = tsne.positions();
    std::vector<std::size_t> rows = {17};  // and its company, twelve to the right
    const auto *near = &tsne.graph().neighbours[17 * static_cast<std::size_t>(tsne.graph().k)];
    rows.insert(rows.end(), near, near + 12);
    Matrix places(rows.size(), 2);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      places.row(i)[0] = before.row(rows[i])[0] + 12;
      places.row(i)[1] = before.row(rows[i])[1];
    }
    tsne.hold(rows, places);
    QCOMPARE(tsne.held().size(), rows.size());
    const auto others = [&](const Matrix &y) {
      double sum = 0;
      for (std::size_t j = 12; j < 30; ++j) {
        sum += std::sqrt(squaredDistance(y, 17, tsne.graph().neighbours[17 * static_cast<std::size_t>(tsne.graph().k) + j]));
      }
      return sum;
    };
    const double apart = others(tsne.positions());
    tsne.run(600);
    const Matrix after = tsne.positions();
    QCOMPARE(after.row(17)[0], before.row(17)[0] + 12);
    QVERIFY2(others(after) < 0.8 * apart, qPrintable(QStringLiteral("%1 of %2").arg(others(after)).arg(apart)));  // they come after
    tsne.hold(rows);                                                                                              // where they are
    tsne.release(std::array<std::size_t, 1>{17});
    QCOMPARE(tsne.held().size(), rows.size() - 1);
    tsne.run(620);
    QVERIFY(tsne.positions().row(17)[0] != after.row(17)[0]);
    tsne.release();
    QVERIFY(tsne.held().empty());
    places.row(0)[0] = 1e9F;
    places.row(1)[0] = NAN;
    tsne.hold(rows, places);
    QVERIFY(tsne.positions().row(17)[0] < 4 * span(before));
    QCOMPARE(tsne.positions().row(rows[1])[0], 0.0F);
    QVERIFY_THROWS_EXCEPTION(InputError, tsne.hold(std::array<std::size_t, 1>{600}));
    QVERIFY_THROWS_EXCEPTION(InputError, tsne.hold(rows, Matrix(1, 2)));
  }

  void heldThroughAnotherGraph() {
    Tsne tsne(shared(mixture(1200, 8, 6, 1)), {.perplexity = 10, .exaggerationIterations = 50});
    tsne.run(100);
    const std::array<std::size_t, 1> rows = {700};
    tsne.hold(rows);
    const float at = tsne.positions().row(700)[0];
    tsne.setPerplexity(60);
    tsne.run(150);
    QCOMPARE(tsne.positions().row(700)[0], at);
  }

  void moreSamplesJoinTheirNeighbours() {
    const Matrix all = mixture(1500, 8, 6, 3);
    Matrix first(1000, all.cols);
    std::copy_n(all.values.begin(), first.values.size(), first.values.begin());
    Tsne tsne(shared(first), {.perplexity = 20, .exaggerationIterations = 100});
    tsne.run(400);
    const Matrix before = tsne.positions();
    tsne.extend(shared(all), {});
    QCOMPARE(tsne.count(), 1500U);
    QCOMPARE(tsne.iteration(), 400);
    const Matrix after = tsne.positions();
    QVERIFY(std::equal(before.values.begin(), before.values.end(), after.values.begin()));  // the old stay where they were
    double worst = 0;
    for (std::size_t i = 1000; i < 1500; ++i) {
      worst = std::max(worst, std::sqrt(squaredDistance(after, i, tsne.graph().neighbours[i * static_cast<std::size_t>(tsne.graph().k)])));
    }
    QVERIFY(worst < 0.25 * span(before));
    const double entering = tsne.kl();
    tsne.run(401);
    QVERIFY(largestMove(after, tsne.positions()) <= 5.01);
    tsne.run(700);
    QVERIFY(tsne.kl() < entering);
    Tsne whole(shared(all), {.perplexity = 20, .exaggerationIterations = 100});
    whole.run(700);
    QVERIFY2(tsne.kl() < whole.kl() + 0.1, qPrintable(QStringLiteral("%1 against %2").arg(tsne.kl()).arg(whole.kl())));
    QVERIFY_THROWS_EXCEPTION(InputError, tsne.extend(shared(first), {}));
  }

  void duplicatesOfNothingStartInTheMiddle() {
    Matrix all = mixture(400, 8, 6, 3);
    Matrix first(300, all.cols);
    std::copy_n(all.values.begin(), first.values.size(), first.values.begin());
    for (std::size_t i = 300; i < 400; ++i) {  // far from all, and all the same
      std::fill(all.row(i).begin(), all.row(i).end(), 1e4F);
    }
    Tsne tsne(shared(first), {.perplexity = 10, .exaggerationIterations = 50});
    tsne.run(100);
    tsne.extend(shared(all), {});
    tsne.run(200);
    const Matrix y = tsne.positions();
    QVERIFY(std::ranges::all_of(y.values, [](float v) { return std::isfinite(v); }));
  }
};
VITRINE_TEST(TestTsneLive)

#include "tst_tsne_live.moc"
