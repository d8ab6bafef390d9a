// Every instruction set that this CPU has gives what plain loops in double give.
#include <array>
#include <complex>

#include "backends/projection/data.h"
#include "projection/dense.h"
#include "projection/fft_plan.h"
#include "testing.h"

using namespace vitrine;
using namespace vitrine::projection;
using namespace vitrine::testing;

struct Forces {
  std::vector<float> attraction, repulsion;
  double z = 0;
};

/// The forces' definition, in double precision: rows of `stride` coordinates, weights as compressed rows.
Forces forcesOf(const std::vector<float> &y, std::size_t stride, const std::vector<std::uint64_t> &start, const std::vector<std::uint32_t> &columns,
                const std::vector<float> &values) {
  const std::size_t n = y.size() / stride;
  Forces expected{std::vector<float>(n * stride, 0), std::vector<float>(n * stride, 0)};
  const auto kernel = [&](std::size_t i, std::size_t j) {
    double r = 1;
    for (std::size_t c = 0; c < stride; ++c) {
      r += std::pow(static_cast<double>(y[i * stride + c]) - static_cast<double>(y[j * stride + c]), 2);
    }
    return 1 / r;
  };
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t c = 0; c < stride; ++c) {
      double attracted = 0;
      double repelled = 0;
      for (std::uint64_t e = start[i]; e < start[i + 1]; ++e) {
        attracted += values[e] * kernel(i, columns[e]) * (y[i * stride + c] - y[columns[e] * stride + c]);
      }
      for (std::size_t j = 0; j < n; ++j) {
        repelled += kernel(i, j) * kernel(i, j) * (y[i * stride + c] - y[j * stride + c]);
      }
      expected.attraction[i * stride + c] = static_cast<float>(attracted);
      expected.repulsion[i * stride + c] = static_cast<float>(repelled);
    }
    for (std::size_t j = 0; j < n; ++j) {
      expected.z += i == j ? 0 : kernel(i, j);
    }
  }
  return expected;
}

class TestKernels : public QObject {
  Q_OBJECT

 private:
  static void eachSet() {
    QTest::addColumn<int>("set");
    for (std::size_t i = 0; i < supportedKernels().size(); ++i) {
      QTest::newRow(supportedKernels()[i].name) << static_cast<int>(i);
    }
  }
  static const Kernels &set() {
    QFETCH(int, set);
    return supportedKernels()[static_cast<std::size_t>(set)];
  }
  static std::vector<float> normals(std::size_t count, std::uint64_t seed) {
    Rng rng(seed);
    std::vector<float> values(count);
    std::generate(values.begin(), values.end(), [&] { return static_cast<float>(rng.normal()); });
    return values;
  }

 private Q_SLOTS:
  void fourierTransform_data() { eachSet(); }
  void fourierTransform() {
    const FftKernels &fft = *set().fft;
    for (const int wanted : {4, 30, 66, 120, 216, 250, 432}) {
      const FftTables tables(wanted);
      const FftPlan &plan = tables.plan();
      QVERIFY(plan.length >= wanted && plan.length % 2 == 0);
      const auto lanes = static_cast<std::size_t>(fft.lanes);
      const auto length = static_cast<std::size_t>(plan.length);
      const std::vector<float> before = normals(length * 2 * lanes, 1);
      std::vector<float> after = before;
      fft.forward(after.data(), plan);
      for (const std::size_t lane : {std::size_t{0}, lanes - 1}) {
        for (std::size_t k = 0; k < length; ++k) {
          std::complex<double> sum = 0;
          for (std::size_t e = 0; e < length; ++e) {
            const double angle = -2 * M_PI * static_cast<double>(e * k % length) / static_cast<double>(length);
            sum += std::complex<double>(before[e * 2 * lanes + lane], before[(e * 2 + 1) * lanes + lane]) * std::polar(1.0, angle);
          }
          const auto place = static_cast<std::size_t>(plan.place[k]);
          const std::complex<double> got(after[place * 2 * lanes + lane], after[(place * 2 + 1) * lanes + lane]);
          QVERIFY2(std::abs(got - sum) < 1e-4, qPrintable(QString("length %1, frequency %2").arg(length).arg(k)));
        }
      }
    }
  }

  void tileProduct_data() { eachSet(); }
  void tileProduct() {
    const DenseKernels &dense = *set().dense;
    const auto rows = static_cast<std::size_t>(dense.rows);
    const auto columns = static_cast<std::size_t>(dense.columns);
    const std::size_t depth = 37;
    const auto a = normals(rows * depth, 2);
    const auto b = normals(columns * depth, 3);
    std::vector<float> c(rows * columns, 1);
    dense.addTile(a.data(), b.data(), static_cast<int>(depth), c.data(), static_cast<std::int64_t>(columns));
    for (std::size_t i = 0; i < rows; ++i) {
      for (std::size_t j = 0; j < columns; ++j) {
        double sum = 1;
        for (std::size_t k = 0; k < depth; ++k) {
          sum += static_cast<double>(a[k * rows + i]) * static_cast<double>(b[k * columns + j]);
        }
        QVERIFY(std::abs(c[i * columns + j] - sum) < 1e-4);
      }
    }
  }

  void matrixProductOfAnySize() {
    for (const auto &[m, n, depth] : {std::array<std::size_t, 3>{1, 1, 1}, {5, 40, 3}, {25, 33, 300}, {12, 32, 256}, {13, 7, 700}}) {
      const auto a = normals(m * depth, 4);
      const auto b = normals(depth * n, 5);
      std::vector<float> c(m * n, 0);
      multiplyAdd({a.data(), depth, 1}, {b.data(), n, 1}, m, n, depth, c.data(), n);
      for (std::size_t e = 0; e < c.size(); ++e) {
        double sum = 0;
        for (std::size_t k = 0; k < depth; ++k) {
          sum += static_cast<double>(a[e / n * depth + k]) * static_cast<double>(b[k * n + e % n]);
        }
        QVERIFY(std::abs(c[e] - sum) < 1e-3);
      }
    }
  }

  void forces_data() { eachSet(); }
  void forces() {
    const MapKernels &map = *set().map;
    for (const int dims : {2, 3}) {
      const std::size_t n = 101;
      const auto stride = static_cast<std::size_t>(dims == 2 ? 2 : 4);
      std::vector<float> y = normals(n * stride, 6);
      std::vector<float> axis[3];
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t c = 0; c < stride; ++c) {
          y[i * stride + c] *= c < static_cast<std::size_t>(dims) ? 3.0F : 0.0F;
        }
      }
      for (std::size_t c = 0; c < 3; ++c) {
        axis[c].assign(112, 1e18F);
        for (std::size_t i = 0; i < n && c < stride; ++i) {
          axis[c][i] = y[i * stride + c];
        }
      }
      std::vector<std::uint64_t> start{0};
      std::vector<std::uint32_t> columns;
      std::vector<float> values;
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t e = 0; e < i % 23; ++e) {  // rows of every length, 0 too
          columns.push_back(static_cast<std::uint32_t>((i * 7 + e * 3 + 1) % n));
          values.push_back(0.01F * static_cast<float>(e + 1));
        }
        start.push_back(columns.size());
      }
      std::vector<float> attraction(n * stride);
      std::vector<float> repulsion(n * stride);
      map.attract({dims, start.data(), columns.data(), values.data(), y.data()}, 0, static_cast<std::int64_t>(n), attraction.data());
      const double z = map.repelExactly({dims, static_cast<std::int64_t>(n), 112, {axis[0].data(), axis[1].data(), axis[2].data()}}, 0,
                                        static_cast<std::int64_t>(n), repulsion.data());
      const Forces expected = forcesOf(y, stride, start, columns, values);
      QVERIFY(relativeError(attraction, expected.attraction) < 1e-5);
      QVERIFY(relativeError(repulsion, expected.repulsion) < 1e-5);
      QVERIFY(std::abs(z / expected.z - 1) < 1e-5);
    }
  }

  void calibration_data() { eachSet(); }
  void calibration() {
    std::vector<float> distances(96);
    std::vector<float> p(96);
    for (const float unit : {1e-6F, 1.0F, 1e6F}) {
      for (int j = 0; j < 90; ++j) {
        distances[static_cast<std::size_t>(j)] = unit * (1 + 0.1F * static_cast<float>(j));
      }
      set().map->calibrateRow(distances.data(), 90, std::log(30.0F), 1, p.data());
      double sum = 0;
      double entropy = 0;
      for (std::size_t j = 0; j < 90; ++j) {
        sum += p[j];
        entropy -= p[j] > 0 ? p[j] * std::log(static_cast<double>(p[j])) : 0;
      }
      QVERIFY(std::abs(sum - 1) < 1e-5);
      QVERIFY(std::abs(std::exp(entropy) - 30) < 0.01);
    }
  }

  void selection_data() { eachSet(); }
  void selection() {
    const auto values = normals(1003, 7);
    std::vector<std::int32_t> positions(20);
    const auto expected = std::count_if(values.begin(), values.end(), [](float v) { return v < -1; });
    QCOMPARE(set().dense->countBelow(values.data(), 1003, -1), expected);
    QCOMPARE(set().dense->collectBelow(values.data(), 1003, -1, positions.data(), 20), expected);
    QVERIFY(expected > 20);
    std::size_t next = 0;
    for (std::size_t i = 0; i < values.size() && next < 20; ++i) {
      if (values[i] < -1) {
        QCOMPARE(positions[next++], static_cast<std::int32_t>(i));
      }
    }
  }
};
VITRINE_TEST(TestKernels)

#include "tst_kernels.moc"
