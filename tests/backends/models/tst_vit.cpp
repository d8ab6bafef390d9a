// The network by itself: shapes, taps, names, and gradients against finite differences.
#include "models/vit.h"

#include "core/error.h"
#include "made_up.h"
#include "testing.h"

using namespace vitrine;
using namespace vitrine::models;
using vitrine::testing::smallVit;

namespace {

at::Tensor pictures(std::int64_t count, const VitConfig &config) {
  Rng rng(3);
  at::Tensor x = at::empty({count, config.channels, config.imageSize, config.imageSize});
  std::generate_n(x.data_ptr<float>(), x.numel(), [&] { return static_cast<float>(rng.normal()); });
  return x;
}

Vit freshVit(const VitConfig &config) {
  Vit vit(config);
  vit.initialise(5);
  Rng rng(9);  // a fresh classifier is zero: give it something to say
  float *weights = vit.flat().data_ptr<float>();
  std::for_each(weights, weights + vit.flat().numel(), [&](float &value) { value += static_cast<float>(0.05 * rng.normal()); });
  return vit;
}

QString refusal(const WeightFile &file) {
  try {
    Vit vit(configOf(file, "x"));
    vit.load(file, "x");
    return {};
  } catch (const InputError &error) {
    return error.what();
  }
}

}  // namespace

class TstVit : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void shapesOfTheTaps_data() {
    QTest::addColumn<bool>("convStem");
    QTest::newRow("patches") << false;
    QTest::newRow("convolutions") << true;
  }
  void shapesOfTheTaps() {
    QFETCH(bool, convStem);
    const at::NoGradGuard guard;
    const VitConfig config = smallVit(convStem);
    Vit vit = freshVit(config);
    QCOMPARE(parameterCount(config), vit.flat().numel());
    VitTaps taps;
    const at::Tensor tokens = vit.tokens(pictures(3, config), &taps);
    QCOMPARE(tokens.sizes().vec(), (std::vector<std::int64_t>{3, 10, 16}));
    QCOMPARE(vit.logits(tokens).sizes().vec(), (std::vector<std::int64_t>{3, 4}));
    QCOMPARE(taps.tokens.size(), std::size_t{3});
    QCOMPARE(taps.attention.size(), std::size_t{2});
    for (const at::Tensor &attention : taps.attention) {
      QCOMPARE(attention.sizes().vec(), (std::vector<std::int64_t>{3, 2, 10, 10}));
      QVERIFY((attention.sum(-1) - 1).abs().max().item<float>() < 1e-6F);
    }
    QVERIFY((taps.tokens[0].select(1, 0) - taps.tokens[0][0][0]).abs().max().item<float>() < 1e-6F);  // CLS has seen nothing yet
    QVERIFY((tokens - vit.tokens(pictures(3, config))).abs().max().item<float>() == 0.0F);            // taps change nothing
  }

  /// A patch embedding is a convolution with stride = patch, and so is each layer of the stem.
  void embeddingIsTheConvolution() {
    const at::NoGradGuard guard;
    for (const bool convStem : {false, true}) {
      const VitConfig config = smallVit(convStem);
      Vit vit = freshVit(config);
      WeightFile file;
      vit.store(file);
      const auto weight = [&](const std::string &name) {
        const WeightTensor &tensor = file.tensors.at(name);
        return at::from_blob(const_cast<float *>(tensor.values.data()), tensor.shape).clone();
      };
      const at::Tensor x = pictures(2, config);
      const at::Tensor grid = convStem ? at::conv2d(at::gelu(at::conv2d(x, weight("stem.0.weight"), weight("stem.0.bias"), 2, 1)), weight("stem.1.weight"),
                                                    weight("stem.1.bias"), 2, 1)
                                       : at::conv2d(x, weight("patch_embed.proj.weight"), weight("patch_embed.proj.bias"), 4);
      const at::Tensor wanted = grid.flatten(2).transpose(1, 2) + weight("pos_embed").slice(1, 1);
      VitTaps taps;
      vit.tokens(x, &taps);
      QVERIFY((taps.tokens[0].slice(1, 1) - wanted).abs().max().item<float>() < 1e-5F);
    }
  }

  void gradientsMatchFiniteDifferences_data() { shapesOfTheTaps_data(); }
  void gradientsMatchFiniteDifferences() {
    QFETCH(bool, convStem);
    const VitConfig config = smallVit(convStem);
    Vit vit = freshVit(config);
    const at::Tensor gradient = vit.trackGradients(), x = pictures(4, config), y = at::arange(4);
    const auto cost = [&] { return at::cross_entropy_loss(vit.logits(vit.tokens(x)), y); };
    cost().backward();
    const at::NoGradGuard guard;
    Rng rng(11);
    double worst = 0;
    for (int probe = 0; probe < 12; ++probe) {  // along random directions: float32 allows no single weights
      at::Tensor direction = at::empty_like(gradient);
      std::generate_n(direction.data_ptr<float>(), direction.numel(), [&] { return static_cast<float>(rng.normal()); });
      constexpr double kStep = 5e-4;
      vit.flat().add_(direction, kStep);
      const double up = cost().item<double>();
      vit.flat().add_(direction, -2 * kStep);
      const double down = cost().item<double>();
      vit.flat().add_(direction, kStep);
      const double slope = (gradient * direction).sum().item<double>();
      worst = std::max(worst, std::abs((up - down) / (2 * kStep) - slope) / (std::abs(slope) + 0.1));
    }
    QVERIFY2(worst < 0.01, qPrintable(QString::number(worst)));
  }

  void weightsComeBack() {
    const at::NoGradGuard guard;
    for (const bool convStem : {false, true}) {
      VitConfig config = smallVit(convStem);
      config.mean = 0.25F;
      config.deviation = 0.125F;
      Vit vit = freshVit(config);
      WeightFile file;
      vit.store(file);
      describeConfig(config, file);
      const std::string bytes = safetensorsBytes(file);
      const VitConfig read = configOf(parseSafetensors(std::vector<std::uint8_t>(bytes.begin(), bytes.end()), "x"), "x");
      QCOMPARE(numbersOf(read), numbersOf(config));
      Vit again(read);
      again.load(file, "x");
      QVERIFY(at::equal(again.flat(), vit.flat()));
    }
  }

  void misfitsAreRefused() {
    const VitConfig config = smallVit();
    Vit vit = freshVit(config);
    WeightFile file;
    vit.store(file);
    describeConfig(config, file);
    QVERIFY(refusal(file).isEmpty());
    const auto with = [&](const std::function<void(WeightFile &)> &change) {
      WeightFile changed = file;
      change(changed);
      return refusal(changed);
    };
    QVERIFY(with([](WeightFile &f) {
              f.tensors.erase("norm.bias");
              f.tensors["spare"] = {{16}, std::vector<float>(16)};
            }).contains("lacks tensor norm.bias"));
    QVERIFY(with([](WeightFile &f) { f.tensors.erase("cls_token"); }).contains("no Vision Transformer"));
    QVERIFY(with([](WeightFile &f) { f.tensors["norm.weight"].shape = {4, 4}; }).contains("norm.weight is 4 x 4, not 16"));
    QVERIFY(with([](WeightFile &f) { f.tensors["norm.weight"].values[3] = NAN; }).contains("not finite"));
    QVERIFY(with([](WeightFile &f) { f.metadata["vitrine"] = R"({"heads": 3})"; }).contains("3 heads do not divide"));
    QVERIFY(with([](WeightFile &f) { f.metadata["vitrine"] = R"({"heads": "two"})"; }).contains("wrong type"));
    QVERIFY(with([](WeightFile &f) { f.metadata["vitrine"] = "]"; }).contains("no JSON object"));
    QVERIFY(with([](WeightFile &f) { f.metadata["vitrine"] = R"({"heads": 2, "deviation": 0})"; }).contains("deviation"));
    QVERIFY(with([](WeightFile &f) { f.tensors["cls_token"].shape = {1, 1, 4096}; }).contains("lacks"));
  }

 private:
  static std::vector<double> numbersOf(const VitConfig &c) {
    return {double(c.imageSize), double(c.channels), double(c.patch),    double(c.width), double(c.depth),     double(c.heads),
            double(c.mlpWidth),  double(c.classes),  double(c.convStem), double(c.mean),  double(c.deviation), double(c.classNames.size())};
  }
};
VITRINE_TEST(TstVit)

#include "tst_vit.moc"
