// Part prototypes: receptive fields by occlusion, loss terms by brute force, gradients, the convex last layer, the same numbers for any number of threads.
#include <cmath>

#include "core/error.h"
#include "core/parts.h"
#include "core/seed.h"
#include "models/part_net.h"
#include "tensor/device.h"
#include "testing.h"
#include "tests/backends/models/bars.h"

using namespace vitrine;
using models::LabelledPictures;
using testing::bars;
using namespace vitrine::models::parts;

namespace {

Options smallOptions(int side = 14, int channels = 1) {
  Options options;
  options.network = {side, channels, 2, 2, false};
  options.epochs = 8;
  options.batch = 60;
  return options;
}

Matrix random(std::size_t rows, std::size_t cols, std::uint64_t seed) {
  Matrix matrix(rows, cols);
  Rng rng(seed);
  std::ranges::generate(matrix.values, [&rng] { return static_cast<float>(rng.uniform()); });
  return matrix;
}

}  // namespace

class TstPartNet : public QObject {
  Q_OBJECT

  LabelledPictures m_train = bars(240, 14, 1);

 private Q_SLOTS:
  void mapsHaveTheirSides() {
    QCOMPARE(mapSide(28), 7);
    QCOMPARE(mapSide(20), 10);
    QCOMPARE(mapSide(14), 7);
    QCOMPARE(mapSide(8), 8);
    QCOMPARE(mapSide(64), 8);
    QCOMPARE(receptiveField(28, 3, 3), (Parts::Box{8, 8, 15, 15}));
    QCOMPARE(receptiveField(8, 4, 4), (Parts::Box{1, 1, 7, 7}));
  }

  /// What stands outside the box changes nothing, what stands on each of its four edges does.
  void boxesHoldAllThatAPatchHasSeen() {
    const at::NoGradGuard guard;
    for (const int side : {8, 13, 20, 28, 33, 64}) {
      Network network({side, 1, 1, 2, false}, at::kCPU);
      network.initialise(4);
      const auto w = network.views(network.flat());
      const at::Tensor x = at::rand({1, 1, side, side}), before = network.patches(x, w)[0];
      const int map = mapSide(side);
      for (const auto &[row, column] : {std::pair{0, 0}, std::pair{map / 2, map / 2}, std::pair{map - 1, map - 1}, std::pair{map - 1, 1}}) {
        const auto box = receptiveField(side, row, column);
        const auto within = [&](const at::Tensor &of) { return of.narrow(2, box.y, box.height).narrow(3, box.x, box.width); };
        const auto change = [&](const at::Tensor &other) { return (network.patches(other, w)[0] - before)[row * map + column].abs().max().item<double>(); };
        const at::Tensor outside = at::rand_like(x);
        within(outside).copy_(within(x));
        QVERIFY2(change(outside) == 0.0, qPrintable(QStringLiteral("side %1, %2 %3: %4").arg(side).arg(row).arg(column).arg(change(outside))));
        const std::pair<int, int> edges[] = {{2, 0}, {2, box.height - 1}, {3, 0}, {3, box.width - 1}};
        for (const auto &[axis, at] : edges) {
          at::Tensor edge = x.clone();
          within(edge).narrow(axis, at, 1).fill_(3);
          QVERIFY2(change(edge) > 0, qPrintable(QStringLiteral("side %1, %2 %3, edge %4 %5").arg(side).arg(row).arg(column).arg(axis).arg(at)));
        }
      }
    }
  }

  void termsByBruteForce() {
    const at::NoGradGuard guard;
    const at::Tensor z = at::rand({3, 4, 5}), p = at::rand({4, 5}), w = at::rand({4, 2}), y = at::tensor({0, 1, 1}, at::kLong);
    const Terms terms = termsOf(z, p, w, y);
    double cluster = 0, separation = 0;
    for (int i = 0; i < 3; ++i) {
      double own = 1e9, other = 1e9;
      for (int j = 0; j < 4; ++j) {
        double least = 1e9;
        for (int at = 0; at < 4; ++at) {
          least = std::min(least, (z[i][at] - p[j]).square().sum().item<double>());
        }
        QVERIFY(std::abs(terms.squared[i][j].item<double>() - least) < 1e-5);
        double &mine = j / 2 == y[i].item<int>() ? own : other;
        mine = std::min(mine, least);
      }
      cluster += own / 3;
      separation += other / 3;
    }
    QVERIFY(std::abs(terms.cluster.item<double>() - cluster) < 1e-5 && std::abs(terms.separation.item<double>() - separation) < 1e-5);
    QVERIFY((terms.logits - at::mm(similarity(terms.squared), w)).abs().max().item<double>() < 1e-5);
  }

  void gradientsAreThoseOfDifferences() {
    const auto options = at::TensorOptions().dtype(at::kDouble);
    at::Tensor z = at::rand({3, 4, 5}, options), p = at::rand({4, 5}, options);
    const at::Tensor w = at::rand({4, 2}, options), y = at::tensor({0, 1, 1}, at::kLong);
    const auto cost = [&] {
      const Terms terms = termsOf(z, p, w, y);
      return terms.crossEntropy + 0.8 * terms.cluster - 0.08 * terms.separation;
    };
    for (at::Tensor *at : {&z, &p}) {
      const at::Tensor kept = *at, leaf = kept.clone().set_requires_grad(true);
      *at = leaf;
      cost().backward();
      *at = kept;
      const at::NoGradGuard guard;
      const double step = 1e-6;
      at::Tensor values = kept.view({-1});
      for (int i = 0; i < values.numel(); i += 3) {
        values[i] += step;
        const double above = cost().item<double>();
        values[i] -= 2 * step;
        const double below = cost().item<double>();
        values[i] += step;
        const double wanted = (above - below) / (2 * step), got = leaf.grad().view({-1})[i].item<double>();
        QVERIFY2(std::abs(wanted - got) < 1e-6 * std::max(1.0, std::abs(wanted)), qPrintable(QStringLiteral("%1, not %2").arg(got).arg(wanted)));
      }
    }
  }

  void aPatchIsMostLikeItself() {
    Trainer trainer(smallOptions(), m_train);
    const Matrix patches = trainer.patches(m_train, 5, 6);
    Matrix prototypes = trainer.prototypes();
    std::ranges::copy(patches.row(9), prototypes.row(2).begin());
    trainer.setPrototypes(prototypes);
    QCOMPARE(trainer.prototypes().values, prototypes.values);
    const NearestParts found = nearestParts(patches, patches.rows, trainer.prototypes());
    QCOMPARE(found.squared.values[2], 0.0F);
    QCOMPARE(found.positions[2], 9);
    QVERIFY(std::abs(partSimilarity(0) - std::log(1e4)) < 1e-9);
  }

  void theLastLayerStandsStillAtItsBest() {
    constexpr double kLambda = 5e-3;
    const Matrix g = random(60, 4, 2);
    std::vector<std::int32_t> labels;
    for (std::size_t i = 0; i < g.rows; ++i) {
      labels.push_back(g.row(i)[0] + g.row(i)[1] > g.row(i)[2] + g.row(i)[3] + 0.3F * g.row(i)[(i * 7) % 4] ? 0 : 1);
    }
    Matrix start(4, 2);
    start.values = {1, -0.5F, 1, -0.5F, -0.5F, 1, -0.5F, 1};
    int steps = 0;
    const LastLayer first = fitLastLayer(g, labels, start, 2, kLambda, 0, [](int) {});
    const LastLayer best = fitLastLayer(g, labels, start, 2, kLambda, 20000, [&steps](int) { ++steps; });
    QVERIFY(best.objective < first.objective && first.weights.values == start.values && steps >= best.iterations);
    for (std::size_t j = 0; j < 4; ++j) {  // 0 must be among the subgradients of each weight
      for (std::size_t k = 0; k < 2; ++k) {
        double slope = 0;
        for (std::size_t i = 0; i < g.rows; ++i) {
          double scores[2] = {0, 0};
          for (std::size_t l = 0; l < 4; ++l) {
            scores[0] += static_cast<double>(g.row(i)[l]) * static_cast<double>(best.weights.row(l)[0]);
            scores[1] += static_cast<double>(g.row(i)[l]) * static_cast<double>(best.weights.row(l)[1]);
          }
          const double p = 1 / (1 + std::exp(scores[1 - k] - scores[k]));
          slope += static_cast<double>(g.row(i)[j]) * (p - (labels[i] == static_cast<int>(k) ? 1 : 0)) / static_cast<double>(g.rows);
        }
        const auto weight = static_cast<double>(best.weights.row(j)[k]);
        const double lambda = j / 2 == k ? 0 : kLambda, off = weight == 0 ? std::max(0.0, std::abs(slope) - lambda) : slope + (weight > 0 ? lambda : -lambda);
        QVERIFY2(std::abs(off) < 5e-4, qPrintable(QStringLiteral("%1 %2: %3").arg(j).arg(k).arg(off)));
      }
    }
    const LastLayer strict = fitLastLayer(g, labels, start, 2, 10, 2000, [](int) {});
    for (std::size_t j = 0; j < 4; ++j) {
      QCOMPARE(strict.weights.row(j)[1 - j / 2], 0.0F);  // no prototype speaks of another class
    }
  }

  void learnsBarsInColourAndGrey() {
    for (const int channels : {1, 3}) {
      for (const bool blackBox : {false, true}) {
        const LabelledPictures train = bars(240, 14, channels);
        Options options = smallOptions(14, channels);
        options.network.blackBox = blackBox;
        options.bend = 0;
        options.epochs = 20;
        Trainer trainer(options, train);
        trainer.step();
        const Losses first = trainer.last();
        while (trainer.step()) {
        }
        QVERIFY2(trainer.last().accuracy > 0.95 && trainer.last().crossEntropy < first.crossEntropy, qPrintable(QString::number(trainer.last().accuracy)));
        QVERIFY(blackBox ? trainer.last().cluster == 0.0 : trainer.last().cluster < first.cluster);
        QCOMPARE(trainer.logits(train, 3, 10).rows, std::size_t{7});
      }
    }
  }

  void theFirstStageLeavesTheLastLayerAlone() {
    Trainer trainer(smallOptions(), m_train);
    const Matrix before = trainer.weights();
    QCOMPARE(before.values, (std::vector<float>{1, -0.5F, 1, -0.5F, -0.5F, 1, -0.5F, 1}));
    const Matrix prototypes = trainer.prototypes();
    trainer.step();
    QCOMPARE(trainer.weights().values, before.values);
    QVERIFY(trainer.prototypes().values != prototypes.values);
  }

  void numbersDoNotDependOnThreads() {
    std::vector<std::vector<float>> all;
    for (const int threads : {1, 2}) {
      tensor::setThreads(threads);
      Trainer trainer(smallOptions(), m_train);
      for (int i = 0; i < 6; ++i) {
        trainer.step();
      }
      all.push_back(trainer.prototypes().values);
    }
    tensor::setThreads(2);
    QCOMPARE(all[0], all[1]);
  }

  void badInputIsRefused() {
    LabelledPictures wrong = m_train;
    wrong.labels[7] = 2;
    QVERIFY_EXCEPTION_THROWN(Trainer(smallOptions(), wrong), InputError);
    Options options = smallOptions();
    options.network.perClass = 501;
    QVERIFY_EXCEPTION_THROWN(Trainer(options, m_train), InputError);
    options = smallOptions();
    options.network.side = 3;
    QVERIFY_EXCEPTION_THROWN(Trainer(options, m_train), InputError);
  }
};
VITRINE_TEST(TstPartNet)

#include "tst_parts.moc"
