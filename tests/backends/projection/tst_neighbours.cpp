// Neighbour graphs against brute force, the recall that lists report against the truth, and data that have no order to find.
#include <chrono>
#include <set>
#include <thread>

#include "backends/projection/data.h"
#include "core/error.h"
#include "projection/descent.h"
#include "projection/knn.h"
#include "testing.h"

using namespace vitrine;
using namespace vitrine::projection;
using namespace vitrine::testing;

class TestNeighbours : public QObject {
  Q_OBJECT

 private:
  /// Rows are rounded to float once they are centred and scaled, so a distance may be off by some ten-millionths of the cloud's spread.
  static void compareWithBruteForce(const Matrix &x, const KnnGraph &graph, double tolerance) {
    const auto k = static_cast<std::size_t>(graph.k);
    for (std::size_t i = 0; i < x.rows; i += 7) {
      const auto expected = ranked(x, i);
      const double spread = std::sqrt(squaredDistance(x, i, expected.back()));
      std::set<std::uint32_t> seen;
      for (std::size_t j = 0; j < k; ++j) {
        const std::uint32_t neighbour = graph.neighbours[i * k + j];
        QVERIFY(neighbour != i && neighbour < x.rows && seen.insert(neighbour).second);
        const double distance = std::sqrt(squaredDistance(x, i, expected[j]));
        QVERIFY(std::abs(graph.distances[i * k + j] - distance) <= tolerance * (distance + 2e-3 * spread));
        QVERIFY(std::abs(std::sqrt(squaredDistance(x, i, neighbour)) - distance) <= tolerance * (distance + 2e-3 * spread));
      }
    }
  }
  static double overlap(const KnnGraph &a, const KnnGraph &b) {
    const auto k = static_cast<std::size_t>(a.k);
    std::size_t hits = 0;
    for (std::size_t i = 0; i < a.count; ++i) {
      const std::set<std::uint32_t> row(a.neighbours.begin() + static_cast<std::ptrdiff_t>(i * k),
                                        a.neighbours.begin() + static_cast<std::ptrdiff_t>((i + 1) * k));
      hits += static_cast<std::size_t>(std::count_if(b.neighbours.begin() + static_cast<std::ptrdiff_t>(i * k),
                                                     b.neighbours.begin() + static_cast<std::ptrdiff_t>((i + 1) * k),
                                                     [&](std::uint32_t j) { return row.contains(j); }));
    }
    return static_cast<double>(hits) / static_cast<double>(a.neighbours.size());
  }

 private Q_SLOTS:
  void exactSearch() {
    for (const std::size_t columns : {1, 3, 50, 784}) {
      const Matrix x = mixture(500, columns, 4, columns);
      const KnnGraph graph = buildKnn(x, {.k = 30});
      QCOMPARE(graph.method, std::string("exact"));
      compareWithBruteForce(x, graph, 1e-4);
    }
  }

  void duplicates() {
    Matrix x = mixture(400, 6, 3, 2);
    for (std::size_t r = 0; r < 200; ++r) {  // 200 samples at one place, 20 pairs at others
      std::copy_n(x.row(0).begin(), x.cols, x.row(r).begin());
    }
    for (std::size_t r = 200; r < 240; r += 2) {
      std::copy_n(x.row(r).begin(), x.cols, x.row(r + 1).begin());
    }
    const KnnGraph graph = buildKnn(x, {.k = 25});
    compareWithBruteForce(x, graph, 1e-4);
    QCOMPARE(graph.distances[0], 0.0F);
    QCOMPARE(graph.distances[210 * 25], 0.0F);
    compareWithBruteForce(x, buildKnn(x, {.k = 25, .method = KnnOptions::Method::Lists, .recall = 1}), 1e-4);
  }

  void allEqual() {
    const Matrix x(50, 4);
    const KnnGraph graph = buildKnn(x, {.k = 10});
    for (std::size_t i = 0; i < 50; ++i) {
      std::set<std::uint32_t> row(graph.neighbours.begin() + static_cast<std::ptrdiff_t>(i * 10),
                                  graph.neighbours.begin() + static_cast<std::ptrdiff_t>(i * 10 + 10));
      QVERIFY(row.size() == 10 && !row.contains(static_cast<std::uint32_t>(i)));
    }
    QVERIFY(std::all_of(graph.distances.begin(), graph.distances.end(), [](float d) { return d == 0; }));
  }

  void fewerSamplesThanNeighbours() {
    const Matrix two = mixture(2, 3, 1, 4);
    const KnnGraph graph = buildKnn(two, {.k = 90});
    QCOMPARE(graph.k, 1);
    QCOMPARE(graph.neighbours, (std::vector<std::uint32_t>{1, 0}));
    const Matrix twelve = mixture(12, 3, 1, 4);
    compareWithBruteForce(twelve, buildKnn(twelve, {.k = 90}), 1e-4);
  }

  void unitsAndOffsetDoNotMatter() {
    const Matrix x = mixture(600, 8, 5, 5);
    const KnnGraph expected = buildKnn(x, {.k = 15});
    for (const auto &[scale, offset] : {std::pair{1e6F, 0.0F}, {1e-6F, 0.0F}, {1e-22F, 0.0F}, {1.0F, 100.0F}}) {
      Matrix other = x;
      for (float &v : other.values) {
        v = v * scale + offset;
      }
      const KnnGraph graph = buildKnn(other, {.k = 15});
      QVERIFY(overlap(expected, graph) > 0.995);  // the offset itself costs the input digits
      QVERIFY(std::abs(graph.distances[0] / expected.distances[0] / scale - 1) < 1e-3);
    }
  }

  void listsFindWhatTheySay() {
    const Matrix x = mixture(12000, 20, 12, 6, 1.5);
    const KnnGraph exact = buildKnn(x, {.k = 30, .method = KnnOptions::Method::Exact});
    for (const double wanted : {0.9, 0.99}) {
      const KnnGraph lists = buildKnn(x, {.k = 30, .method = KnnOptions::Method::Lists, .recall = wanted});
      const double truth = overlap(exact, lists);
      QVERIFY2(std::abs(truth - lists.recall) < 0.015, qPrintable(QString("true %1, reported %2").arg(truth).arg(lists.recall)));
      QVERIFY(truth > wanted - 0.02);
      QVERIFY(lists.method.find("probed") != std::string::npos);
      std::vector<std::uint32_t> order = lists.order;
      std::sort(order.begin(), order.end());
      for (std::size_t i = 0; i < order.size(); ++i) {
        QCOMPARE(order[i], static_cast<std::uint32_t>(i));
      }
    }
  }

  /// A graph in which two of five neighbours are strangers: a sweep brings the true ones back, in order, each once.
  void sweepMendsAGraph() {
    const Matrix x = mixture(3000, 12, 6, 12, 1.5);
    const KnnGraph exact = buildKnn(x, {.k = 30, .method = KnnOptions::Method::Exact});
    PackedPoints points;
    points.depth = x.cols;
    float scale = 1;
    points.rows = normalisedRows(x, scale);
    std::vector<std::uint32_t> order(x.rows);
    std::iota(order.begin(), order.end(), 0U);
    KnnGraph graph = exact;
    for (std::size_t i = 0; i < x.rows; ++i) {
      const auto all = ranked(x, i);
      std::vector<std::size_t> row;
      for (std::size_t j = 0; j < 30; ++j) {
        row.push_back(j % 5 < 3 ? j : 40 + 50 * j + i % 50);
      }
      std::sort(row.begin(), row.end());
      for (std::size_t j = 0; j < 30; ++j) {
        graph.neighbours[i * 30 + j] = static_cast<std::uint32_t>(all[row[j]]);
        graph.distances[i * 30 + j] = static_cast<float>(std::sqrt(squaredDistance(x, i, all[row[j]])));
      }
    }
    QVERIFY(std::abs(overlap(exact, graph) - 0.6) < 0.01);
    QVERIFY(descend(points, order, scale, 15, 2, kNeverStop, graph) > 0.2);
    QVERIFY2(overlap(exact, graph) > 0.97, qPrintable(QString::number(overlap(exact, graph))));
    descend(points, order, scale, 30, 1, kNeverStop, graph);
    QVERIFY2(overlap(exact, graph) > 0.995, qPrintable(QString::number(overlap(exact, graph))));
    for (std::size_t e = 0; e < graph.neighbours.size(); e += 37) {
      QVERIFY(std::abs(graph.distances[e] - std::sqrt(squaredDistance(x, e / 30, graph.neighbours[e]))) < 1e-3);
      QVERIFY(e % 30 == 0 || graph.distances[e] >= graph.distances[e - 1]);
    }
  }

  void sweepStopsSoon() {
    PackedPoints points;
    points.depth = 50;
    KnnGraph graph;
    graph.count = 60000;
    graph.k = 60;
    Rng rng(3);
    points.rows.resize(graph.count * points.depth);
    std::generate(points.rows.begin(), points.rows.end(), [&] { return static_cast<float>(rng.normal()); });
    graph.neighbours.resize(graph.count * 60);
    std::generate(graph.neighbours.begin(), graph.neighbours.end(), [&] { return static_cast<std::uint32_t>(rng.below(graph.count)); });
    graph.distances.assign(graph.neighbours.size(), 1e6F);
    std::vector<std::uint32_t> order(graph.count);
    std::iota(order.begin(), order.end(), 0U);
    std::atomic<bool> stop{false};
    std::chrono::steady_clock::time_point asked;
    std::thread stopper([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      asked = std::chrono::steady_clock::now();
      stop = true;
    });
    descend(points, order, 1, 45, 2, stop, graph);
    const auto answered = std::chrono::steady_clock::now();
    stopper.join();
    QVERIFY(answered > asked && answered - asked < std::chrono::milliseconds(300));
  }

  /// A limit on comparisons that the lists cannot do with: sweeps lift the recall, and what is reported stays true.
  void sweepsWhereListsFallShort() {
    const Matrix x = mixture(12000, 20, 12, 6, 1.5);
    const KnnGraph exact = buildKnn(x, {.k = 30, .method = KnnOptions::Method::Exact});
    const KnnGraph most = buildKnn(x, {.k = 30, .method = KnnOptions::Method::Lists, .recall = 0.5, .comparisons = 400});
    const KnnGraph graph = buildKnn(x, {.k = 30, .method = KnnOptions::Method::Lists, .comparisons = 400, .threads = 2});
    const double truth = overlap(exact, graph);
    QVERIFY2(graph.method.find("of descent") != std::string::npos, graph.method.c_str());
    QVERIFY2(truth > overlap(exact, most) + 0.1, qPrintable(QString("%1 after %2").arg(truth).arg(overlap(exact, most))));
    QVERIFY2(std::abs(truth - graph.recall) < 0.015, qPrintable(QString("true %1, reported %2").arg(truth).arg(graph.recall)));
    const KnnGraph one = buildKnn(x, {.k = 30, .method = KnnOptions::Method::Lists, .comparisons = 400, .threads = 1});
    QVERIFY(one.neighbours == graph.neighbours && one.distances == graph.distances && one.method == graph.method);
  }

  void sweepsOverDuplicates() {
    Matrix x = mixture(5000, 8, 3, 13);
    for (std::size_t r = 0; r < 2000; ++r) {
      std::copy_n(x.row(0).begin(), x.cols, x.row(r).begin());
    }
    const KnnGraph graph = buildKnn(x, {.k = 20, .method = KnnOptions::Method::Lists, .recall = 1, .comparisons = 1});
    QVERIFY2(graph.method.find("of descent") != std::string::npos, graph.method.c_str());
    for (std::size_t i = 0; i < x.rows; ++i) {
      const auto row = graph.neighbours.begin() + static_cast<std::ptrdiff_t>(i * 20);
      const std::set<std::uint32_t> different(row, row + 20);
      QVERIFY(different.size() == 20 && !different.contains(static_cast<std::uint32_t>(i)));
      QVERIFY(
          std::is_sorted(graph.distances.begin() + static_cast<std::ptrdiff_t>(i * 20), graph.distances.begin() + static_cast<std::ptrdiff_t>(i * 20 + 20)));
      QVERIFY(i >= 2000 || graph.distances[i * 20 + 19] == 0);
    }
  }

  void listsOfOneHugeGroup() {
    Matrix x = mixture(3000, 5, 1, 7);
    for (std::size_t r = 0; r < 2990; ++r) {
      std::copy_n(x.row(0).begin(), x.cols, x.row(r).begin());
    }
    const KnnGraph graph = buildKnn(x, {.k = 40, .method = KnnOptions::Method::Lists});
    for (std::size_t i = 0; i < x.rows; i += 299) {
      for (std::size_t j = 0; j < 40; ++j) {
        QVERIFY(graph.neighbours[i * 40 + j] != i);
      }
    }
    QCOMPARE(graph.distances[39], 0.0F);
    QVERIFY(graph.distances[2999 * 40] > 0);
  }

  void sameNumbersWithAnyThreads() {
    const Matrix x = mixture(4000, 10, 6, 8);
    for (const auto method : {KnnOptions::Method::Exact, KnnOptions::Method::Lists}) {
      const KnnGraph one = buildKnn(x, {.k = 20, .method = method, .threads = 1});
      const KnnGraph three = buildKnn(x, {.k = 20, .method = method, .threads = 3});
      QVERIFY(one.neighbours == three.neighbours && one.distances == three.distances && one.order == three.order);
    }
  }

  void orderOfTheRowsDoesNotMatter() {
    const Matrix x = mixture(300, 6, 3, 9);
    std::vector<std::size_t> order(x.rows);
    std::iota(order.begin(), order.end(), std::size_t{0});
    Rng(1).shuffle(order);
    Matrix shuffled(x.rows, x.cols);
    for (std::size_t r = 0; r < x.rows; ++r) {
      std::copy_n(x.row(order[r]).begin(), x.cols, shuffled.row(r).begin());
    }
    const KnnGraph a = buildKnn(x, {.k = 10});
    const KnnGraph b = buildKnn(shuffled, {.k = 10});
    for (std::size_t r = 0; r < x.rows; ++r) {
      for (std::size_t j = 0; j < 10; ++j) {
        QCOMPARE(order[b.neighbours[r * 10 + j]], static_cast<std::size_t>(a.neighbours[order[r] * 10 + j]));
      }
    }
  }

  void singleQueries() {
    const auto x = shared(mixture(800, 12, 4, 10));
    const NeighbourIndex index(x);
    for (const std::size_t row : {std::size_t{0}, std::size_t{799}}) {
      const auto expected = ranked(*x, row);
      const auto hits = index.nearest(row, 10);
      QCOMPARE(hits.size(), std::size_t{10});
      for (std::size_t j = 0; j < 10; ++j) {
        QCOMPARE(hits[j].row, expected[j]);
        QVERIFY(std::abs(hits[j].distance - std::sqrt(squaredDistance(*x, row, expected[j]))) < 1e-4);
      }
    }
    QCOMPARE(index.nearest(x->row(5), 1).at(0).row, std::size_t{5});
    QCOMPARE(index.nearest(std::size_t{3}, 5000).size(), std::size_t{799});
    QVERIFY_THROWS_EXCEPTION(InputError, index.nearest(std::vector<float>(3), 1));
    QVERIFY_THROWS_EXCEPTION(InputError, index.nearest(std::size_t{800}, 1));
  }

  void refusals() {
    QVERIFY_THROWS_EXCEPTION(InputError, buildKnn(mixture(1, 3, 1, 1), {}));
    QVERIFY_THROWS_EXCEPTION(InputError, buildKnn(Matrix(5, 0), {}));
    Matrix x = mixture(10, 3, 1, 1);
    x.row(7)[1] = INFINITY;
    const std::string message = messageOf<InputError>([&] { buildKnn(x, {}); });
    QVERIFY2(message.find("row 7, column 1") != std::string::npos, message.c_str());
  }

  void stopsSoon() {
    const Matrix x = mixture(60000, 60, 4, 11);
    for (const auto method : {KnnOptions::Method::Exact, KnnOptions::Method::Lists}) {
      std::atomic<bool> stop{false};
      std::chrono::steady_clock::time_point asked;
      std::thread stopper([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(60));
        asked = std::chrono::steady_clock::now();
        stop = true;
      });
      bool cancelled = false;
      try {
        buildKnn(x, {.method = method, .recall = 0.9999}, stop);
      } catch (const Cancelled &) {
        cancelled = true;
      }
      const auto answered = std::chrono::steady_clock::now();
      stopper.join();
      QVERIFY(cancelled);
      QVERIFY(answered - asked < std::chrono::milliseconds(500));
    }
  }
};
VITRINE_TEST(TestNeighbours)

#include "tst_neighbours.moc"
