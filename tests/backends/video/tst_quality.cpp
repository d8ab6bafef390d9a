// Quality measures against numbers of an independent program: numpy 1.24 in double precision, whole 11 x 11 windows instead of separable ones, means of
// 2 x 2 by reshaping; it knew of this code nothing but the papers' and pytorch_msssim's definitions.
#include "video/quality.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "testing.h"

using namespace vitrine;

namespace {

struct Pair {
  Image a, b;
};

/// The program's two pictures: a ramp with a pattern, and the same with uneven noise.
Pair pictures(int width, int height) {
  Pair pair{{width, height, 3, {}}, {width, height, 3, {}}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) {
        const int value = ((x * 3 + y * 5 + c * 40) % 256 + (x * y) % 17) / 2, noise = (x * 7919 + y * 104729 + 93) % 61;
        pair.a.pixels.push_back(static_cast<std::uint8_t>(value));
        pair.b.pixels.push_back(static_cast<std::uint8_t>(std::clamp(value + noise - 30 + c, 0, 255)));
      }
    }
  }
  return pair;
}

}  // namespace

class TstQuality : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void agreesWithNumpy_data() {
    QTest::addColumn<int>("width");
    QTest::addColumn<int>("height");
    QTest::addColumn<double>("psnr");
    QTest::addColumn<double>("ssim");
    QTest::addColumn<double>("msssim");
    QTest::newRow("small") << 40 << 30 << 23.298429406 << 0.310614348 << -1.0;
    QTest::newRow("odd") << 203 << 161 << 23.376461654 << 0.364012659 << 0.868958041;
    QTest::newRow("even") << 320 << 180 << 23.375928889 << 0.363923108 << 0.868992057;
  }
  void agreesWithNumpy() {
    QFETCH(int, width);
    QFETCH(int, height);
    QFETCH(double, psnr);
    QFETCH(double, ssim);
    QFETCH(double, msssim);
    const Pair pair = pictures(width, height);
    const auto a = video::planesOf(pair.a), b = video::planesOf(pair.b);
    const video::PlanesView x{a, width, height, 3}, y{b, width, height, 3};
    QVERIFY2(std::abs(video::psnr(x, y) - psnr) < 1e-4, qPrintable(QString::number(video::psnr(x, y), 'g', 9)));
    for (const int threads : {1, 2}) {
      QVERIFY2(std::abs(video::ssim(x, y, threads) - ssim) < 2e-5, qPrintable(QString::number(video::ssim(x, y, threads), 'g', 9)));
      const auto multi = video::msSsim(x, y, threads);
      QCOMPARE(multi.has_value(), msssim > 0);
      QVERIFY2(!multi || std::abs(*multi - msssim) < 2e-5, qPrintable(QString::number(multi.value_or(0), 'g', 9)));
    }
  }

  void equalPicturesArePerfect() {
    const auto a = video::planesOf(pictures(200, 170).a);
    const video::PlanesView x{a, 200, 170, 3};
    QCOMPARE(video::psnr(x, x), 90.0);
    QVERIFY(std::abs(video::ssim(x, x) - 1) < 1e-6 && std::abs(*video::msSsim(x, x) - 1) < 1e-6);
  }

  void refusesWhatCannotBeCompared() {
    const std::vector<float> a(300), b(303);
    QVERIFY_THROWS_EXCEPTION(InputError, video::psnr({a, 10, 10, 3}, {b, 101, 1, 3}));
    QVERIFY_THROWS_EXCEPTION(InputError, video::ssim({a, 10, 10, 3}, {a, 10, 10, 3}));
    QVERIFY(!video::msSsim({a, 10, 10, 3}, {a, 10, 10, 3}));
  }
};
VITRINE_TEST(TstQuality)

#include "tst_quality.moc"
