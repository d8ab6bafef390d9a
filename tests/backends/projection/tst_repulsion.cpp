// The mesh against all pairs in every phase of a map's life: a speck, a ball, a wide map with empty space, and maps that go wrong.
#include "backends/projection/data.h"
#include "projection/mesh.h"
#include "projection/repulsion.h"
#include "testing.h"

using namespace vitrine;
using namespace vitrine::projection;
using namespace vitrine::testing;

class TestRepulsion : public QObject {
  Q_OBJECT

 private:
  /// Positions of a clustered map of this span.
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

 private Q_SLOTS:
  void meshAgreesWithAllPairs_data() {
    QTest::addColumn<int>("count");
    QTest::addColumn<int>("dims");
    QTest::addColumn<double>("span");
    for (const int count : {2000, 5000}) {
      for (const double span : {2e-4, 0.03, 1.9, 7.0, 25.0, 60.0, 170.0}) {
        QTest::addRow("%d points in 2D over %g", count, span) << count << 2 << span;
      }
    }
    for (const double span : {2e-4, 0.5, 7.0, 30.0, 120.0}) {
      QTest::addRow("2000 points in 3D over %g", span) << 2000 << 3 << span;
    }
  }
  void meshAgreesWithAllPairs() {
    QFETCH(int, count);
    QFETCH(int, dims);
    QFETCH(double, span);
    const auto n = static_cast<std::size_t>(count);
    const auto y = map(n, dims, span);
    std::vector<float> exact(y.size());
    std::vector<float> mesh(y.size());
    const double z = Repulsion(n, dims, Repulsion::Method::Exact, 0).evaluate(y, exact);
    Repulsion engine(n, dims, Repulsion::Method::Mesh, 0);
    QVERIFY(std::abs(engine.evaluate(y, mesh) / z - 1) < 1e-4);
    const double error = relativeError(mesh, exact);
    QVERIFY2(error < 3e-3, qPrintable(QString("%1 with %2").arg(error).arg(QString::fromStdString(engine.name()))));
  }

  /// One mesh through a growing and then shrinking map: its tables must follow.
  void meshFollowsTheMap() {
    for (const int dims : {2, 3}) {
      Repulsion engine(1000, dims, Repulsion::Method::Mesh, 2);
      for (const double span : {0.1, 1.5, 4.0, 4.4, 13.0, 40.0, 41.0, 43.0, 90.0, 20.0, 3.0}) {
        const auto y = map(1000, dims, span);
        std::vector<float> exact(y.size());
        std::vector<float> mesh(y.size());
        Repulsion(1000, dims, Repulsion::Method::Exact, 1).evaluate(y, exact);
        engine.evaluate(y, mesh);
        QVERIFY2(relativeError(mesh, exact) < 3e-3, qPrintable(QString("%1D, span %2").arg(dims).arg(span)));
      }
    }
  }

  void farPointsCostNoMemory() {
    for (const int dims : {2, 3}) {
      auto y = map(1000, dims, 50);
      y[0] = 3e5F;
      y[5] = -2e5F;
      std::vector<float> exact(y.size());
      std::vector<float> mesh(y.size());
      Repulsion(1000, dims, Repulsion::Method::Exact, 1).evaluate(y, exact);
      Repulsion engine(1000, dims, Repulsion::Method::Mesh, 1);
      engine.evaluate(y, mesh);
      QVERIFY2(relativeError(mesh, exact) < 0.02, qPrintable(QString::number(relativeError(mesh, exact))));
    }
  }

  /// Charges that stay, asked at places where none of them is.
  void heldFieldAgreesWithTheSum() {
    for (const int dims : {2, 3}) {
      const auto stride = static_cast<std::size_t>(strideOf(dims));
      const std::size_t n = 1500;
      const std::vector<float> y = map(n, dims, dims == 2 ? 60 : 12);
      Mesh field(n, dims, 2);
      const Extent extent = extentOf(y, dims);
      field.hold(y, extent);
      Rng rng(8);
      double error = 0, size = 0;
      for (int place = 0; place < 50; ++place) {
        std::array<float, 4> at{}, force{};
        std::array<double, 3> expected{};
        double potential = 0;
        for (std::size_t c = 0; c < static_cast<std::size_t>(dims); ++c) {
          at[c] = static_cast<float>(extent.low[c] + rng.uniform() * (extent.high[c] - extent.low[c]));
        }
        for (std::size_t j = 0; j < n; ++j) {
          double r = 1;
          for (std::size_t c = 0; c < static_cast<std::size_t>(dims); ++c) {
            r += std::pow(static_cast<double>(at[c]) - y[j * stride + c], 2);
          }
          potential += 1 / r;
          for (std::size_t c = 0; c < static_cast<std::size_t>(dims); ++c) {
            expected[c] += (static_cast<double>(at[c]) - y[j * stride + c]) / (r * r);
          }
        }
        QVERIFY(std::abs(field.at(at.data(), force.data()) / potential - 1) < 0.01);
        for (std::size_t c = 0; c < static_cast<std::size_t>(dims); ++c) {
          error += std::pow(force[c] - expected[c], 2);
          size += std::pow(expected[c], 2);
        }
      }
      QVERIFY2(std::sqrt(error / size) < 0.02, qPrintable(QString("%1D: %2").arg(dims).arg(std::sqrt(error / size))));
    }
  }

  void pointsAtOnePlace() {
    for (const auto method : {Repulsion::Method::Exact, Repulsion::Method::Mesh}) {
      for (const int dims : {2, 3}) {
        std::vector<float> y(100 * static_cast<std::size_t>(strideOf(dims)), 0);
        for (std::size_t e = 0; e < y.size(); ++e) {
          y[e] = e % static_cast<std::size_t>(strideOf(dims)) < static_cast<std::size_t>(dims) ? 0.7F : 0.0F;
        }
        std::vector<float> forces(y.size());
        const double z = Repulsion(100, dims, method, 1).evaluate(y, forces);
        QVERIFY(std::abs(z - 9900) < 0.1);
        QVERIFY(std::all_of(forces.begin(), forces.end(), [](float f) { return std::abs(f) < 1e-3; }));
      }
    }
  }

  void choosesTheCheaper() {
    std::vector<float> few = map(150, 2, 60);
    std::vector<float> forces(few.size());
    Repulsion small(150, 2, Repulsion::Method::Auto, 1);
    small.evaluate(few, forces);
    QCOMPARE(small.name(), std::string("exact"));
    std::vector<float> many = map(20000, 2, 60);
    forces.resize(many.size());
    Repulsion large(20000, 2, Repulsion::Method::Auto, 0);
    large.evaluate(many, forces);
    QVERIFY2(large.name().starts_with("mesh"), large.name().c_str());
  }
};
VITRINE_TEST(TestRepulsion)

#include "tst_repulsion.moc"
