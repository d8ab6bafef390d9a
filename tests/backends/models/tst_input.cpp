// Pictures on their way into a model: sizes, channels, and rollout's arithmetic on the way out.
#include <numeric>

#include "core/error.h"
#include "models/input.h"
#include "models/rollout.h"
#include "testing.h"

using namespace vitrine;
using namespace vitrine::models;

namespace {

Image filled(int width, int height, int channels, std::initializer_list<int> pixel) {
  Image image{width, height, channels, {}};
  for (int i = 0; i < width * height; ++i) {
    for (const int value : pixel) {
      image.pixels.push_back(static_cast<std::uint8_t>(value));
    }
  }
  return image;
}

/// Rollout by its definition, in double.
std::vector<double> slowRollout(const std::vector<float> &maps, int layers, int heads, int t) {
  std::vector<double> out(static_cast<std::size_t>(t * t), 0.0);
  for (int i = 0; i < t; ++i) {
    out[static_cast<std::size_t>(i * t + i)] = 1;
  }
  for (int layer = 0; layer < layers; ++layer) {
    std::vector<double> next(out.size(), 0.0);
    for (int i = 0; i < t; ++i) {
      for (int k = 0; k < t; ++k) {
        double mixing = i == k ? 0.5 : 0.0;
        for (int h = 0; h < heads; ++h) {
          mixing += 0.5 / heads * static_cast<double>(maps[static_cast<std::size_t>(((layer * heads + h) * t + i) * t + k)]);
        }
        for (int j = 0; j < t; ++j) {
          next[static_cast<std::size_t>(i * t + j)] += mixing * out[static_cast<std::size_t>(k * t + j)];
        }
      }
    }
    out = next;
  }
  return out;
}

}  // namespace

class TstInput : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void aFittingPictureIsUntouched() {
    Image image = filled(4, 4, 1, {7});
    image.pixels[5] = 200;
    QCOMPARE(toInput(image, 4, 1).pixels, image.pixels);
  }

  void channelsAreConverted_data() {
    QTest::addColumn<int>("channels");
    QTest::addColumn<QVector<int>>("pixel");
    QTest::addColumn<int>("wanted");
    QTest::addColumn<QVector<int>>("result");
    QTest::newRow("grey to RGB") << 1 << QVector<int>{90} << 3 << QVector<int>{90, 90, 90};
    QTest::newRow("RGB to grey is luma") << 3 << QVector<int>{100, 200, 50} << 1 << QVector<int>{153};  // 29.9 + 117.4 + 5.7
    QTest::newRow("transparent is white") << 4 << QVector<int>{10, 20, 30, 0} << 3 << QVector<int>{255, 255, 255};
    QTest::newRow("half transparent") << 4 << QVector<int>{0, 0, 0, 51} << 1 << QVector<int>{204};
  }
  void channelsAreConverted() {
    QFETCH(int, channels);
    QFETCH(QVector<int>, pixel);
    QFETCH(int, wanted);
    QFETCH(QVector<int>, result);
    Image image{5, 3, channels, {}};
    for (int i = 0; i < 15; ++i) {
      std::copy(pixel.begin(), pixel.end(), std::back_inserter(image.pixels));
    }
    for (const int side : {2, 5, 9}) {  // down, across and up alike
      const Image fitted = toInput(image, side, wanted);
      QCOMPARE(fitted.width, side);
      QCOMPARE(fitted.pixels.size(), static_cast<std::size_t>(side * side * wanted));
      for (std::size_t i = 0; i < fitted.pixels.size(); ++i) {
        QCOMPARE(static_cast<int>(fitted.pixels[i]), result[static_cast<int>(i) % wanted]);
      }
    }
  }

  void shrinkingAverages() {
    Image image{4, 2, 1, {10, 20, 30, 40, 50, 60, 70, 80}};
    QCOMPARE(toInput(image, 2, 1).pixels, (std::vector<std::uint8_t>{15, 35, 55, 75}));
    Image uneven{3, 1, 1, {0, 90, 240}};  // halves of the middle pixel go both ways: (0 + 45) / 1.5 and (45 + 240) / 1.5
    const Image fitted = toInput(uneven, 2, 1);
    QCOMPARE(static_cast<int>(fitted.pixels[0]), 30);
    QCOMPARE(static_cast<int>(fitted.pixels[1]), 190);
  }

  void growingIsBilinear() {
    Image image{2, 2, 1, {0, 100, 0, 100}};
    QCOMPARE(toInput(image, 4, 1).pixels, (std::vector<std::uint8_t>{0, 25, 75, 100, 0, 25, 75, 100, 0, 25, 75, 100, 0, 25, 75, 100}));
  }

  void brokenPicturesAreRefused() {
    QVERIFY_EXCEPTION_THROWN(toInput(Image{}, 4, 1), InputError);
    QVERIFY_EXCEPTION_THROWN(toInput(Image{2, 2, 1, {1, 2, 3}}, 4, 1), InputError);
    QVERIFY_EXCEPTION_THROWN(toInput(Image{2, 1, 2, {1, 2, 3, 4}}, 4, 1), InputError);
  }

  void rolloutOfSelfAttentionIsIdentity() {
    const std::vector<float> identity = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    std::vector<float> maps, out(9);
    for (int i = 0; i < 6; ++i) {
      maps.insert(maps.end(), identity.begin(), identity.end());
    }
    rollout(maps, 3, 2, 3, out);
    QCOMPARE(out, identity);
  }

  void rolloutOfOneLayerIsHalfResidual() {
    const std::vector<float> maps = {0.5F, 0.5F, 0.0F, 1.0F, /* second head */ 1.0F, 0.0F, 1.0F, 0.0F};
    std::vector<float> out(4);
    rollout(maps, 1, 2, 2, out);
    QCOMPARE(out, (std::vector<float>{0.875F, 0.125F, 0.25F, 0.75F}));
  }

  void rolloutFollowsItsDefinition() {
    constexpr int kLayers = 4, kHeads = 3, kTokens = 7;
    std::vector<float> maps;
    for (int row = 0; row < kLayers * kHeads * kTokens; ++row) {
      std::vector<float> values;
      for (int i = 0; i < kTokens; ++i) {
        values.push_back(static_cast<float>((row * 31 + i * 17) % 13 + 1));
      }
      const float sum = std::accumulate(values.begin(), values.end(), 0.0F);
      std::transform(values.begin(), values.end(), std::back_inserter(maps), [&](float value) { return value / sum; });
    }
    std::vector<float> out(kTokens * kTokens);
    rollout(maps, kLayers, kHeads, kTokens, out);
    const auto wanted = slowRollout(maps, kLayers, kHeads, kTokens);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      QVERIFY(std::abs(static_cast<double>(out[i]) - wanted[i]) < 1e-6);
    }
    for (int row = 0; row < kTokens; ++row) {
      QVERIFY(std::abs(std::accumulate(out.begin() + row * kTokens, out.begin() + (row + 1) * kTokens, 0.0) - 1) < 1e-6);
    }
  }
};
VITRINE_TEST(TstInput)

#include "tst_input.moc"
