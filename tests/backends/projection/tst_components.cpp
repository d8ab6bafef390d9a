// Principal components against their definition: orthonormal axes that the covariance only stretches, by the variance it says.
#include "backends/projection/data.h"
#include "core/error.h"
#include "projection/eigen.h"
#include "projection/pca.h"
#include "testing.h"

using namespace vitrine;
using namespace vitrine::projection;
using namespace vitrine::testing;

class TestComponents : public QObject {
  Q_OBJECT

 private:
  /// Largest |V V^T - I|.
  static double skew(const Matrix &axes) {
    double worst = 0;
    for (std::size_t a = 0; a < axes.rows; ++a) {
      for (std::size_t b = 0; b <= a; ++b) {
        const double dot = std::inner_product(axes.row(a).begin(), axes.row(a).end(), axes.row(b).begin(), 0.0);
        worst = std::max(worst, std::abs(dot - (a == b ? 1 : 0)));
      }
    }
    return worst;
  }
  /// Largest |C v - variance v| over the components, relative to the first variance; C v by two passes over the data.
  static double residual(const Matrix &x, const Pca &pca) {
    double worst = 0;
    for (std::size_t k = 0; k < pca.components.rows; ++k) {
      std::vector<double> product(x.cols, 0);
      for (std::size_t r = 0; r < x.rows; ++r) {
        double score = 0;
        for (std::size_t c = 0; c < x.cols; ++c) {
          score += (static_cast<double>(x.row(r)[c]) - static_cast<double>(pca.mean[c])) * static_cast<double>(pca.components.row(k)[c]);
        }
        for (std::size_t c = 0; c < x.cols; ++c) {
          product[c] += score * (static_cast<double>(x.row(r)[c]) - static_cast<double>(pca.mean[c])) / static_cast<double>(x.rows - 1);
        }
      }
      double square = 0;
      for (std::size_t c = 0; c < x.cols; ++c) {
        square += std::pow(product[c] - pca.variance[k] * static_cast<double>(pca.components.row(k)[c]), 2);
      }
      worst = std::max(worst, std::sqrt(square) / pca.variance[0]);
    }
    return worst;
  }

 private Q_SLOTS:
  void wayOfEachShape_data() {
    QTest::addColumn<int>("rows");
    QTest::addColumn<int>("columns");
    QTest::addColumn<int>("components");
    QTest::addColumn<double>("tolerance");
    QTest::newRow("all of a small covariance") << 500 << 20 << 20 << 1e-5;
    QTest::newRow("leading ones of a covariance") << 900 << 300 << 12 << 1e-4;
    QTest::newRow("fewer samples than columns") << 60 << 700 << 10 << 1e-4;
    QTest::newRow("leading ones of a Gram matrix") << 300 << 900 << 8 << 1e-4;
    QTest::newRow("too large to square") << 2100 << 2200 << 3 << 1e-2;
  }
  void wayOfEachShape() {
    QFETCH(int, rows);
    QFETCH(int, columns);
    QFETCH(int, components);
    QFETCH(double, tolerance);
    const Matrix x = mixture(static_cast<std::size_t>(rows), static_cast<std::size_t>(columns), 5, 1);
    const Pca pca = fitPca(x, {.components = components});
    QCOMPARE(pca.components.rows, static_cast<std::size_t>(components));
    QVERIFY(skew(pca.components) < 1e-5);
    QVERIFY2(residual(x, pca) < tolerance, qPrintable(QString::number(residual(x, pca))));
    QVERIFY(std::is_sorted(pca.variance.rbegin(), pca.variance.rend()));
    const Matrix scores = pca.transform(x);
    double square = 0;
    for (std::size_t r = 0; r < x.rows; ++r) {
      square += std::pow(static_cast<double>(scores.row(r)[0]), 2);
    }
    QVERIFY(std::abs(square / static_cast<double>(x.rows - 1) / pca.variance[0] - 1) < 1e-3);
    QVERIFY(pca.explained() > 0 && pca.explained() < 1 + 1e-6);
  }

  void allEigenvectorsOfASymmetricMatrix() {
    const std::size_t n = 150;
    Rng rng(3);
    std::vector<double> a(n * n);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        a[i * n + j] = a[j * n + i] = rng.normal();
      }
    }
    const Eigen eigen = eigenOf(a, n);
    QVERIFY(skew(eigen.vectors) < 1e-5);
    for (std::size_t k = 0; k < n; ++k) {
      for (std::size_t i = 0; i < n; ++i) {
        double sum = -eigen.values[k] * static_cast<double>(eigen.vectors.row(k)[i]);
        for (std::size_t j = 0; j < n; ++j) {
          sum += a[i * n + j] * static_cast<double>(eigen.vectors.row(k)[j]);
        }
        QVERIFY(std::abs(sum) < 1e-4);
      }
    }
  }

  void repeatsAndHasAFixedSign() {
    const Matrix x = mixture(400, 200, 4, 5);
    const Pca a = fitPca(x, {.components = 6, .seed = 9});
    const Pca b = fitPca(x, {.components = 6, .seed = 9});
    QVERIFY(a.components.values == b.components.values && a.variance == b.variance);
    const Pca other = fitPca(x, {.components = 6, .seed = 10});
    for (std::size_t k = 0; k < 6; ++k) {
      const auto axis = a.components.row(k);
      QVERIFY(*std::max_element(axis.begin(), axis.end(), [](float p, float q) { return std::abs(p) < std::abs(q); }) > 0);
      QVERIFY(std::inner_product(axis.begin(), axis.end(), other.components.row(k).begin(), 0.0) > 0.999);
    }
  }

  void scaleDoesNotMatter() {
    const Matrix x = mixture(300, 30, 3, 6);
    Matrix large = x;
    for (float &v : large.values) {
      v = v * 1e6F + 1e6F;
    }
    const Pca a = fitPca(x, {.components = 3});
    const Pca b = fitPca(large, {.components = 3});
    for (std::size_t k = 0; k < 3; ++k) {
      QVERIFY(std::abs(b.variance[k] / a.variance[k] / 1e12 - 1) < 1e-3);
    }
  }

  void degenerateData() {
    Matrix equal(20, 5);
    std::fill(equal.values.begin(), equal.values.end(), 2.5F);
    const Pca none = fitPca(equal, {.components = 3});
    QVERIFY(skew(none.components) < 1e-5);
    QCOMPARE(none.variance, std::vector<double>(3, 0.0));
    QCOMPARE(none.explained(), 1.0);
    for (float v : none.transform(equal).values) {
      QCOMPARE(v, 0.0F);
    }
    Matrix line(30, 4);
    for (std::size_t r = 0; r < line.rows; ++r) {
      for (std::size_t c = 0; c < 4; ++c) {
        line.row(r)[c] = static_cast<float>(r * (c + 1));
      }
    }
    const Pca one = fitPca(line, {.components = 4});
    QVERIFY(skew(one.components) < 1e-5);
    QVERIFY(one.variance[0] > 0 && one.variance[1] < 1e-6 * one.variance[0]);
    QCOMPARE(fitPca(Matrix(1, 3), {.components = 2}).components.rows, std::size_t{1});
  }

  void refusesWhatHasNoComponents() {
    Matrix x = mixture(10, 3, 1, 7);
    x.row(4)[2] = NAN;
    const std::string message = messageOf<InputError>([&] { fitPca(x, {}); });
    QVERIFY2(message.find("row 4, column 2") != std::string::npos, message.c_str());
    QVERIFY_THROWS_EXCEPTION(InputError, fitPca(Matrix(0, 3), {}));
    QVERIFY_THROWS_EXCEPTION(InputError, fitPca(mixture(10, 3, 1, 7), {}).transform(Matrix(2, 4)));
  }

  void stops() {
    const std::atomic<bool> stop{true};
    bool cancelled = false;
    try {
      fitPca(mixture(500, 100, 2, 8), {}, stop);
    } catch (const Cancelled &) {
      cancelled = true;
    }
    QVERIFY(cancelled);
  }
};
VITRINE_TEST(TestComponents)

#include "tst_components.moc"
