// The network of prototypes: shapes, loss terms by brute force, gradients, the same numbers for any number of threads, states and files that open again.
#include <QTemporaryDir>
#include <cmath>

#include "core/error.h"
#include "core/npy.h"
#include "core/seed.h"
#include "models/elastic.h"
#include "models/models.h"
#include "models/prototype_net.h"
#include "tensor/device.h"
#include "testing.h"
#include "tests/backends/models/bars.h"

using namespace vitrine;
using models::Elastic;
using models::LabelledPictures;
using testing::bars;
using namespace vitrine::models::prototype;

namespace {

Options smallOptions(int side = 8, int channels = 1) {
  Options options;
  options.network = {side, channels, 4, 2, false};
  options.epochs = 10;
  options.batch = 60;
  return options;
}

std::vector<double> lossesOf(Trainer &trainer, int steps) {
  std::vector<double> all;
  for (int i = 0; i < steps && trainer.step(); ++i) {
    const Losses &last = trainer.last();
    all.insert(all.end(), {last.crossEntropy, last.reconstruction, last.r1, last.r2});
  }
  return all;
}

}  // namespace

class TstPrototypeNet : public QObject {
  Q_OBJECT

  LabelledPictures m_train = bars(240, 8, 1);

 private Q_SLOTS:
  void layersHaveTheSizesOfThePaper() {
    const auto sides = [](int side) {
      std::vector<int> all;
      for (const SamePadding &layer : layersFor(side)) {
        all.push_back(layer.out());
      }
      return all;
    };
    QCOMPARE(sides(28), (std::vector<int>{14, 7, 4, 2}));
    QCOMPARE(sides(20), (std::vector<int>{10, 5, 3, 2}));
    QCOMPARE(sides(8), (std::vector<int>{4, 2, 2, 2}));
    const auto paddings = layersFor(28);
    for (std::size_t i = 0; i < 4; ++i) {  // TensorFlow's: 28 -> 14 pads 0 and 1, 7 -> 4 pads 1 and 1
      QCOMPARE(paddings[i].before(), i == 2 ? 1 : 0);
      QCOMPARE(paddings[i].after(), 1);
    }
    QCOMPARE(codeLength({28, 1, 15, 10, false}), 40);
    QCOMPARE(codeLength({8, 1, 15, 10, false}), 40);
  }

  void picturesComeBackAtTheirSize() {
    const at::NoGradGuard guard;
    for (const int side : {8, 13, 20, 28, 64}) {
      for (const int channels : {1, 3}) {
        Network network({side, channels, 5, 3, false}, at::kCPU);
        network.initialise(1, false);
        const auto w = network.views(network.flat());
        const at::Tensor z = network.encode(at::rand({2, channels, side, side}), w);
        QVERIFY(z.size(1) == codeLength(network.config()) && z.min().item<double>() >= 0);
        const at::Tensor back = network.decode(z, w);
        QVERIFY(back.sizes() == at::IntArrayRef({2, channels, side, side}) && back.min().item<double>() >= 0 && back.max().item<double>() <= 1);
      }
    }
  }

  void termsByBruteForce() {
    const at::NoGradGuard guard;
    const at::Tensor z = at::rand({4, 3}), p = at::rand({3, 3}), w = at::rand({3, 2}), y = at::zeros({4}, at::kLong);
    const Terms terms = termsOf(z, p, w, y);
    double r1 = 0, r2 = 0;
    const auto distance = [&](int i, int j) { return (z[i] - p[j]).square().sum().item<double>(); };
    for (int j = 0; j < 3; ++j) {
      r1 += std::min({distance(0, j), distance(1, j), distance(2, j), distance(3, j)}) / 3;
    }
    for (int i = 0; i < 4; ++i) {
      r2 += std::min({distance(i, 0), distance(i, 1), distance(i, 2)}) / 4;
      for (int j = 0; j < 3; ++j) {
        QVERIFY(std::abs(terms.distances[i][j].item<double>() - distance(i, j)) < 1e-5);
      }
    }
    QVERIFY(std::abs(terms.r1.item<double>() - r1) < 1e-5 && std::abs(terms.r2.item<double>() - r2) < 1e-5);
    const Terms at = termsOf(p, p, w, at::zeros({3}, at::kLong));
    QVERIFY(at.distances.diagonal().max().item<double>() < 1e-5 && at.distances.min().item<double>() >= 0);
  }

  void gradientsAreThoseOfDifferences() {
    const auto options = at::TensorOptions().dtype(at::kDouble);
    at::Tensor z = at::rand({5, 4}, options), p = at::rand({3, 4}, options), w = at::rand({3, 2}, options);
    at::Tensor y = at::zeros({5}, at::kLong);
    const auto cost = [&](int term) {
      const Terms terms = termsOf(z, p, w, y);
      return term == 0 ? terms.crossEntropy : term == 1 ? terms.r1 : terms.r2;
    };
    for (int term = 0; term < 3; ++term) {
      for (at::Tensor *at : {&z, &p, &w}) {
        if (at == &w && term > 0) {
          continue;  // R1 and R2 do not know the weights
        }
        const at::Tensor leaf = at->detach().clone().set_requires_grad(true), kept = *at;
        *at = leaf;
        cost(term).backward();
        *at = kept;
        const at::NoGradGuard guard;
        const double step = 1e-6;
        at::Tensor &place = *at;
        place[0][1] += step;
        const double above = cost(term).item<double>();
        place[0][1] -= 2 * step;
        const double below = cost(term).item<double>();
        place[0][1] += step;
        const double wanted = (above - below) / (2 * step), got = leaf.grad().defined() ? leaf.grad()[0][1].item<double>() : 0;
        QVERIFY2(std::abs(wanted - got) < 1e-6 * std::max(1.0, std::abs(wanted)), qPrintable(QString("%1: %2, not %3").arg(term).arg(got).arg(wanted)));
      }
    }
  }

  void theReconstructionsGradientIsThatOfDifferences() {
    Network network({8, 1, 3, 2, false}, at::kCPU);
    network.initialise(2, false);
    const at::Tensor x = at::rand({3, 1, 8, 8}), gradient = at::zeros_like(network.flat());
    const auto cost = [&](const Network::Weights &w) {
      const at::Tensor pictures = x.to(w[0].scalar_type());
      return (network.decode(network.encode(pictures, w), w) - pictures).square().sum() / 3;
    };
    cost(network.leaves(gradient)).backward();
    const at::NoGradGuard guard;
    const at::Tensor weights = network.flat().to(at::kDouble), direction = gradient.to(at::kDouble) / gradient.norm().item<double>();
    const double step = 1e-6, norm = gradient.norm().item<double>();  // small and in double: no unit may cross its kink
    const double above = cost(network.views(weights + step * direction)).item<double>(), below = cost(network.views(weights - step * direction)).item<double>();
    const double slope = (above - below) / (2 * step);
    QVERIFY2(std::abs(slope - norm) < 1e-3 * norm, qPrintable(QString("%1, not %2").arg(slope).arg(norm)));
  }

  void learnsBarsInColourAndGrey() {
    for (const int channels : {1, 3}) {
      const LabelledPictures train = bars(240, 20, channels), test = bars(60, 20, channels);
      Options options = smallOptions(20, channels);
      options.elastic = false;
      options.epochs = 30;
      Trainer trainer(options, train);
      trainer.step();
      const Losses first = trainer.last();
      while (trainer.step()) {
      }
      QVERIFY2(trainer.last().accuracy > 0.95 && trainer.last().reconstruction < first.reconstruction, qPrintable(QString::number(trainer.last().accuracy)));
      const auto coder = trainer.coder();
      Image picture{20, 20, channels, {test.pixels.begin(), test.pixels.begin() + 400 * channels}};
      const auto code = coder->encode(picture);
      const Matrix batch = trainer.latents(test, 0, 1);
      for (std::size_t i = 0; i < code.size(); ++i) {
        QVERIFY(std::abs(code[i] - batch.values[i]) < 1e-4F * std::max(1.0F, batch.values[i]));
      }
      QCOMPARE(coder->decode(code).channels, channels);
      QVERIFY_EXCEPTION_THROWN(coder->decode(std::vector<float>(3)), InputError);
    }
  }

  void numbersDoNotDependOnThreads() {
    std::vector<std::vector<double>> all;
    for (const int threads : {1, 2}) {
      tensor::setThreads(threads);
      Trainer trainer(smallOptions(), m_train);
      all.push_back(lossesOf(trainer, 6));
    }
    tensor::setThreads(2);
    QCOMPARE(all[0], all[1]);
  }

  void goesOnFromASavedState() {
    const QTemporaryDir dir;
    const auto file = std::filesystem::path(dir.path().toStdString()) / "state.safetensors";
    Trainer whole(smallOptions(), m_train);
    lossesOf(whole, 6);
    whole.saveState(file);
    const auto wanted = lossesOf(whole, 5);
    Trainer resumed(smallOptions(), m_train);
    resumed.resume(file);
    QCOMPARE(resumed.stepsDone(), std::int64_t{6});
    QCOMPARE(lossesOf(resumed, 5), wanted);
    Options other = smallOptions();
    other.lambda1 = 0;
    Trainer stranger(other, m_train);
    QVERIFY_EXCEPTION_THROWN(stranger.resume(file), InputError);
    QVERIFY_EXCEPTION_THROWN(openCoder(file), InputError);
  }

  void theFileIsTheSameNetwork() {
    const QTemporaryDir dir;
    const auto file = std::filesystem::path(dir.path().toStdString()) / "network.safetensors";
    Trainer trainer(smallOptions(), m_train);
    lossesOf(trainer, 3);
    const auto coder = trainer.coder({{"data", "bars"}});
    const auto bytes = coder->file();
    writeFile(file, {reinterpret_cast<const char *>(bytes.data()), bytes.size()});
    const auto again = openCoder(file);
    QCOMPARE(again->file(), bytes);
    const Image picture{8, 8, 1, {m_train.pixels.begin(), m_train.pixels.begin() + 64}};
    QCOMPARE(again->encode(picture), coder->encode(picture));
    QCOMPARE(again->decode(coder->encode(picture)).pixels, coder->decode(coder->encode(picture)).pixels);
  }

  void theFileIsAModel() {
    const QTemporaryDir dir;
    const auto file = std::filesystem::path(dir.path().toStdString()) / "bars.safetensors";
    Trainer trainer(smallOptions(), m_train);
    lossesOf(trainer, 20);
    const auto bytes = trainer.coder()->file();
    writeFile(file, {reinterpret_cast<const char *>(bytes.data()), bytes.size()});
    const auto model = models::open(file.string());
    QCOMPARE(model->info().name, std::string("bars"));
    QCOMPARE(model->info().width, 40);
    std::vector<Image> pictures;
    for (std::size_t i = 0; i < 30; ++i) {
      pictures.push_back(
          {8, 8, 1, {m_train.pixels.begin() + static_cast<std::ptrdiff_t>(i * 64), m_train.pixels.begin() + static_cast<std::ptrdiff_t>(i * 64 + 64)}});
    }
    const Matrix codes = model->encode(pictures, -1, Pooling::Cls), chances = model->classify(pictures),
                 logits = trainer.logits(trainer.latents(m_train, 0, 30));
    QCOMPARE(codes.rows, std::size_t{30});
    for (std::size_t i = 0; i < 30; ++i) {
      const double wanted = 1 / (1 + std::exp(static_cast<double>(logits.row(i)[1] - logits.row(i)[0])));
      QVERIFY(std::abs(static_cast<double>(chances.row(i)[0]) - wanted) < 1e-5);
    }
    QVERIFY_EXCEPTION_THROWN(model->attention(pictures), InputError);
    QVERIFY_EXCEPTION_THROWN(model->encode(pictures, 2, Pooling::Cls), InputError);
  }

  void startsFromAFile() {
    const QTemporaryDir dir;
    const auto file = std::filesystem::path(dir.path().toStdString()) / "network.safetensors";
    Trainer first(smallOptions(), m_train);
    lossesOf(first, 20);
    const auto bytes = first.coder()->file();
    writeFile(file, {reinterpret_cast<const char *>(bytes.data()), bytes.size()});
    Options options = smallOptions();
    options.from = file;
    Trainer second(options, m_train);
    QCOMPARE(second.prototypes().values, first.prototypes().values);
    QCOMPARE(second.latents(m_train, 0, 9).values, first.latents(m_train, 0, 9).values);
    options.network.prototypes = 7;
    QVERIFY_EXCEPTION_THROWN(Trainer(options, m_train), InputError);
  }

  void theTwinHasNoPrototypes() {
    Options options = smallOptions();
    options.network.blackBox = true;
    options.elastic = false;
    options.epochs = 30;
    Trainer trainer(options, m_train);
    while (trainer.step()) {
    }
    QVERIFY(trainer.last().accuracy > 0.95 && trainer.last().r1 == 0.0);
    QCOMPARE(trainer.logits(trainer.latents(m_train, 0, 10)).cols, std::size_t{2});
  }

  void deformationMovesNothingWithoutStrength() {
    std::vector<float> still(64), bent(64), again(64);
    const std::span<const std::uint8_t> picture(m_train.pixels.data(), 64);
    Elastic(8, 2, 0).deform(picture, 1, 5, still.data());
    Elastic(8, 2, 8).deform(picture, 1, 5, bent.data());
    Elastic(8, 2, 8).deform(picture, 1, 5, again.data());
    for (std::size_t i = 0; i < 64; ++i) {
      QCOMPARE(still[i], static_cast<float>(picture[i]) / 255.0F);
    }
    QVERIFY(bent != still && bent == again);
  }

  void badInputIsRefused() {
    LabelledPictures wrong = m_train;
    wrong.labels[7] = 2;
    QVERIFY_EXCEPTION_THROWN(Trainer(smallOptions(), wrong), InputError);
    wrong = m_train;
    wrong.pixels.pop_back();
    QVERIFY_EXCEPTION_THROWN(Trainer(smallOptions(), wrong), InputError);
    Options options = smallOptions();
    options.network.prototypes = 0;
    QVERIFY_EXCEPTION_THROWN(Trainer(options, m_train), InputError);
  }
};
VITRINE_TEST(TstPrototypeNet)

#include "tst_prototypes.moc"
