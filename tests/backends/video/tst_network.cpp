// Shapes, sizes and single operations of neural video against the paper's tables, formulas written out, and torch's own operations.
#include <qfloat16.h>  // QCOMPARE asks for the whole type

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "core/error.h"
#include "testing.h"
#include "video/convolution.h"
#include "video/loss.h"
#include "video/network.h"
#include "video/optimiser.h"
#include "video/shuffle.h"

using namespace vitrine::video;

namespace {

NetworkConfig bunny(double size) {
  NetworkConfig config;
  config.width = 1280;
  config.height = 640;
  config.frames = 132;
  config.size = size;
  config.strides = {5, 4, 4, 2, 2};
  return config;
}

NetworkConfig small() {
  NetworkConfig config = bunny(0.35);
  config.width = 320;
  config.height = 160;
  config.strides = {5, 4, 2, 2};
  return config;
}

double largestDifference(const at::Tensor &a, const at::Tensor &b) {
  return (a.to(at::kFloat) - b.to(at::kFloat)).abs().max().item<double>();
}

}  // namespace

class TstNetwork : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// The weight gradients that we compute ourselves, and all that comes with them.
  void convolutionsGoBackAsTorchs() {
    at::manual_seed(3);
    struct Case {
      int channels, outs, kernel, groups, width;
      at::ScalarType type;
    };
    for (const Case &c : {Case{21, 3, 3, 1, 11, at::kFloat},
                          {33, 3, 3, 1, 7, at::kBFloat16},
                          {5, 3, 3, 1, 1, at::kFloat},
                          {20, 20, 7, 20, 9, at::kFloat},
                          {64, 64, 7, 64, 2, at::kFloat},
                          {6, 6, 3, 6, 5, at::kFloat}}) {
      const at::Tensor x = at::randn({2, 4, c.width, c.channels}).to(c.type),
                       weight = at::randn({c.outs, c.channels / c.groups, c.kernel, c.kernel}).to(c.type), bias = at::randn({c.outs}).to(c.type),
                       slope = at::randn({2, 4, c.width, c.outs}).to(c.type);
      std::vector<std::vector<at::Tensor>> results;
      for (const auto &convolution : {convolved, convolvedByTorch}) {
        const at::AutoGradMode grad(true);
        std::vector<at::Tensor> leaves;
        for (const at::Tensor &t : {x, weight, bias}) {
          leaves.push_back(t.detach().clone().set_requires_grad(true));
        }
        const at::Tensor y = convolution(leaves[0], leaves[1], leaves[2], false, c.groups);
        y.backward(slope);
        results.push_back({y.detach(), leaves[0].grad(), leaves[1].grad(), leaves[2].grad()});
      }
      for (std::size_t i = 0; i < 4; ++i) {
        const double size = results[1][i].to(at::kFloat).abs().max().item<double>();
        QVERIFY2(largestDifference(results[0][i], results[1][i]) < (c.type == at::kFloat ? 1e-5 : 1e-2) * size,
                 qPrintable(QString("%1 channels, result %2").arg(c.channels).arg(i)));
      }
    }
  }

  void sizesAreThePapers_data() {
    QTest::addColumn<double>("size");
    QTest::addColumn<int>("stem");
    QTest::addColumn<qint64>("parameters");
    QTest::addColumn<double>("gigaMacs");
    QTest::newRow("0.35") << 0.35 << 32 << qint64{312'830} << 5.86;
    QTest::newRow("0.75") << 0.75 << 48 << qint64{719'256} << 13.89;
    QTest::newRow("1.5") << 1.5 << 68 << qint64{1'488'276} << 28.84;  // of the published quant_vid.pth too
    QTest::newRow("3") << 3.0 << 97 << qint64{3'012'686} << 59.34;
  }
  void sizesAreThePapers() {
    QFETCH(double, size);
    QFETCH(int, stem);
    QFETCH(qint64, parameters);
    QFETCH(double, gigaMacs);
    const NetworkConfig config = bunny(size);
    QCOMPARE(decoderLayers(config).front().out, stem);
    QCOMPARE(qint64{decoderParameters(config)}, parameters);
    QCOMPARE(qint64{codeParameters(config)}, qint64{16'896});
    QVERIFY(std::abs(static_cast<double>(decoderMacs(config)) / 1e9 - gigaMacs) < 0.01);
  }

  void widthsRoundHalvesToEven() {
    std::vector<int> outs, kernels;
    for (const DecoderLayer &layer : decoderLayers(bunny(1.5))) {
      outs.push_back(layer.out);
      kernels.push_back(layer.kernel);
    }
    QCOMPARE(outs, (std::vector<int>{68, 1425, 768, 640, 132, 112, 3}));
    QCOMPARE(kernels, (std::vector<int>{1, 1, 3, 5, 5, 5, 3}));
    const Network network(small(), at::kCPU);
    QCOMPARE(qint64{network.decoderCount()}, qint64{324'585});                           // 43-900(1) 36-480(3) 30-100(5) 25-84(5), head 21
    QCOMPARE(qint64{network.flat().numel() - network.encoderStart()}, qint64{203'952});  // the encoder of protocol P1
  }

  void badShapesAreRefusedWithAdvice() {
    NetworkConfig config = bunny(1.5);
    config.height = 720;
    try {
      validate(config);
      QFAIL("720 rows are no multiple of 320");
    } catch (const vitrine::InputError &error) {
      QVERIFY(QString(error.what()).contains("crop to 640x1280"));
    }
    config = bunny(0.01);
    QVERIFY_EXCEPTION_THROWN(validate(config), vitrine::InputError);
    QVERIFY_EXCEPTION_THROWN(parseStrides("5,x"), vitrine::InputError);
    QCOMPARE(stridesFor(320, 160), (std::vector<int>{5, 4, 2, 2}));
    QCOMPARE(stridesFor(1280, 640), (std::vector<int>{5, 4, 4, 2, 2}));
    const NetworkConfig again = networkConfigOf(toJson(small()), "test");
    QCOMPARE(toJson(again), toJson(small()));
    vitrine::Json broken = toJson(small());
    broken["strides"] = "5";
    QVERIFY_EXCEPTION_THROWN(networkConfigOf(broken, "test"), vitrine::InputError);
  }

  void convolutionAndShuffleAreTorchs() {
    at::manual_seed(1);
    NetworkConfig config = small();
    config.width = config.height = 20;
    config.strides = {5, 2};
    config.size = 0.02;
    config.frames = 1;
    Network network(config, at::kCPU);
    network.initialise(3);
    const at::Tensor codes = at::randn({1, 2, 2, 16});
    const at::Tensor fast = network.decode(codes, network.working(at::kFloat));
    at::Tensor x = codes.permute({0, 3, 1, 2});
    const auto layers = decoderLayers(config);
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const auto part = [&](std::size_t slot) {
        const Network::Slot &s = network.slots()[slot];
        return network.flat().narrow(0, s.offset, s.count).view(s.shape);
      };
      x = at::conv2d(x, part(2 * i), part(2 * i + 1), at::IntArrayRef(1), at::IntArrayRef((layers[i].kernel - 1) / 2));
      x = i + 1 < layers.size() ? at::gelu(at::pixel_shuffle(x, layers[i].strideX)) : x;
    }
    QVERIFY(largestDifference(fast.permute({0, 3, 1, 2}), x) < 1e-5);
  }

  void kernelsAndTorchAgree_data() {
    QTest::addColumn<int>("activation");
    QTest::addColumn<bool>("brain");
    QTest::newRow("gelu") << static_cast<int>(Activation::Gelu) << false;
    QTest::newRow("sine") << static_cast<int>(Activation::Sine) << false;
    QTest::newRow("gelu, bfloat16") << static_cast<int>(Activation::Gelu) << true;
    QTest::newRow("sine, bfloat16") << static_cast<int>(Activation::Sine) << true;
  }
  void kernelsAndTorchAgree() {
    QFETCH(int, activation);
    QFETCH(bool, brain);
    at::manual_seed(2);
    const at::Tensor z = (at::randn({2, 3, 7, 2 * 3 * 5}) * 4).to(brain ? at::kBFloat16 : at::kFloat), gradient = at::randn({2, 6, 21, 5}).to(z.scalar_type());
    const auto both = [&](auto operation) {
      const at::AutoGradMode grad(true);
      at::Tensor leaf = z.clone().set_requires_grad(true);
      const at::Tensor out = operation(leaf, 2, 3, static_cast<Activation>(activation));
      out.backward(gradient);
      return std::pair(out.detach(), leaf.grad());
    };
    const auto [ours, oursBack] = both(shuffled);
    const auto [theirs, theirsBack] = both(shuffledByTorch);
    const double bound = brain ? 0.04 : 1e-5;  // of values up to 16
    QVERIFY2(largestDifference(ours, theirs) < bound, qPrintable(QString::number(largestDifference(ours, theirs))));
    QVERIFY2(largestDifference(oursBack, theirsBack) < bound, qPrintable(QString::number(largestDifference(oursBack, theirsBack))));
  }

  void lossIsTheMeanSquareOfTheHead() {
    at::manual_seed(3);
    const at::Tensor z = at::randn({1, 4, 5, 3}) * 2, bytes = at::randint(0, 256, {1, 4, 5, 3}).to(at::kByte);
    const at::AutoGradMode grad(true);
    at::Tensor leaf = z.clone().set_requires_grad(true);
    const at::Tensor loss = (at::tanh(leaf) * 0.5 + 0.5 - bytes.to(at::kFloat) / 255).square().mean();
    loss.backward();
    at::Tensor dz = at::empty_like(z);
    const double sum = kernels().real.squaredError(z.data_ptr<float>(), bytes.data_ptr<std::uint8_t>(), nullptr, 60, 1.0F / 60, dz.data_ptr<float>());
    QVERIFY(std::abs(sum / 60 - loss.item<double>()) < 1e-6);
    QVERIFY(largestDifference(dz, leaf.grad()) < 1e-7);
    std::vector<std::uint8_t> out(60);
    kernels().real.toBytes(z.data_ptr<float>(), 60, out.data());
    const at::Tensor rounded = ((at::tanh(z) * 0.5 + 0.5) * 255 + 0.5).floor().view(-1);
    for (int i = 0; i < 60; ++i) {
      QVERIFY(std::abs(rounded[i].item<float>() - static_cast<float>(out[static_cast<std::size_t>(i)])) <= 1);
    }
    QVERIFY(std::abs(structuralSimilarity(at::rand({1, 20, 20, 3}), at::rand({1, 20, 20, 3})).item<double>()) < 0.3);
    const at::Tensor same = at::rand({1, 20, 20, 3});
    QVERIFY(std::abs(structuralSimilarity(same, same).item<double>() - 1) < 1e-5);
    const at::Tensor flat = at::full({2, 6, 8, 3}, 0.25F), checks = 0.5 * (1 - 2 * ((at::arange(6).view({1, 6, 1, 1}) + at::arange(8).view({1, 1, 8, 1})) % 2));
    // one coefficient of each picture and channel is not 0: sqrt(6 x 8) times the amplitude, among 6 x 5 complex ones
    QVERIFY(std::abs(spectralError(flat).item<double>() - 0.25 * std::sqrt(48.0) / 60) < 1e-6);
    QVERIFY(std::abs(spectralError(checks.expand({1, 6, 8, 3})).item<double>() - 0.5 * std::sqrt(48.0) / 60) < 1e-6);
  }

  void scheduleWarmsUpAndFalls() {
    QCOMPARE(scheduleAt(0), 0.1);
    QVERIFY(std::abs(scheduleAt(0.05) - 0.55) < 1e-12);
    QVERIFY(std::abs(scheduleAt(0.1) - 1) < 1e-12);
    QVERIFY(std::abs(scheduleAt(0.55) - 0.5) < 1e-12);
    QVERIFY(scheduleAt(0.999) < 1e-4);
  }

  void muonsDirectionIsNearlyOrthogonal() {
    at::manual_seed(4);
    for (const auto &shape : {std::vector<std::int64_t>{24, 90}, std::vector<std::int64_t>{90, 24}}) {
      const at::Tensor of = at::randn(shape), x = orthogonalised(of, at::kFloat);
      const auto [u, values, v] = at::linalg_svd(of, false);
      const at::Tensor seen = at::mm(at::mm(u.t(), x), v.t()), kept = seen.diagonal();  // the same singular vectors, other values
      QVERIFY((seen - at::diag(kept)).abs().max().item<double>() < 1e-4);
      QVERIFY(kept.min().item<double>() > 0.7 && kept.max().item<double>() < 1.3);
    }
  }
};
VITRINE_TEST(TstNetwork)
#include "tst_network.moc"
