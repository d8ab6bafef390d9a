// Training: the loss falls, numbers repeat whatever the threads, and a saved state goes on as if nothing had happened.
#include <QTemporaryDir>

#include "core/error.h"
#include "made_up.h"
#include "models/softmax_regression.h"
#include "tensor/device.h"
#include "testing.h"

using namespace vitrine;
using namespace vitrine::models;
using vitrine::testing::barPictures;
using vitrine::testing::smallVit;

namespace {

TrainerOptions smallOptions() {
  TrainerOptions options;
  options.model = smallVit();
  options.epochs = 6;
  options.batch = 40;  // three chunks
  options.learningRate = 5e-3;
  options.flip = false;
  options.shift = 1;
  options.seed = 3;
  return options;
}

std::vector<double> lossesOf(Trainer &trainer, int steps) {
  std::vector<double> losses;
  for (int i = 0; i < steps && trainer.step(); ++i) {
    losses.push_back(trainer.lastLoss());
  }
  return losses;
}

template <class Classifier>
double accuracyOf(const Classifier &classifier, const LabelledPictures &pictures) {
  const auto predicted = classifier.predict(pictures, 0, pictures.count());
  std::size_t right = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    right += predicted[i] == pictures.labels[i] ? 1 : 0;
  }
  return static_cast<double>(right) / static_cast<double>(predicted.size());
}

}  // namespace

class TstTrainer : public QObject {
  Q_OBJECT

  LabelledPictures m_train = barPictures(400, 12, 1000), m_test = barPictures(200, 12, 5000);

 private Q_SLOTS:
  void learnsWhereBarsAre() {
    Trainer trainer(smallOptions(), m_train);
    QCOMPARE(trainer.stepsTotal(), std::int64_t{60});
    const auto losses = lossesOf(trainer, 1000);
    QCOMPARE(losses.size(), std::size_t{60});
    QVERIFY(!trainer.step());
    QVERIFY2(losses.front() > 1.3 && losses.back() < 0.7, qPrintable(QString::number(losses.back())));  // smoothing keeps it above 0.33 or so
    QVERIFY2(accuracyOf(trainer, m_test) > 0.95, qPrintable(QString::number(accuracyOf(trainer, m_test))));
  }

  void threadsDoNotMatter() {
    Trainer first(smallOptions(), m_train);
    const auto two = lossesOf(first, 8);
    tensor::setThreads(1);
    Trainer second(smallOptions(), m_train);
    const auto one = lossesOf(second, 8);
    tensor::setThreads(2);
    QCOMPARE(one, two);
  }

  void seedsMatter() {
    TrainerOptions options = smallOptions();
    Trainer first(options, m_train);
    options.seed = 4;
    Trainer second(options, m_train);
    QVERIFY(lossesOf(first, 5) != lossesOf(second, 5));
  }

  void goesOnFromASavedState() {
    QTemporaryDir dir;
    const auto file = std::filesystem::path(dir.path().toStdString()) / "state.safetensors";
    Trainer whole(smallOptions(), m_train);
    lossesOf(whole, 13);  // in the middle of an epoch
    whole.saveState(file);
    const auto wanted = lossesOf(whole, 10);
    Trainer resumed(smallOptions(), m_train);
    resumed.resume(file);
    QCOMPARE(resumed.stepsDone(), std::int64_t{13});
    QCOMPARE(lossesOf(resumed, 10), wanted);

    TrainerOptions other = smallOptions();
    other.batch = 50;
    Trainer stranger(other, m_train);
    QVERIFY_EXCEPTION_THROWN(stranger.resume(file), InputError);
    whole.saveModel(file, {});
    QVERIFY_EXCEPTION_THROWN(resumed.resume(file), InputError);
  }

  void badInputIsRefused() {
    LabelledPictures wrong = m_train;
    wrong.labels[7] = 4;
    QVERIFY_EXCEPTION_THROWN(Trainer(smallOptions(), wrong), InputError);
    wrong = m_train;
    wrong.pixels.pop_back();
    QVERIFY_EXCEPTION_THROWN(Trainer(smallOptions(), wrong), InputError);
    TrainerOptions options = smallOptions();
    options.model.patch = 5;
    QVERIFY_EXCEPTION_THROWN(Trainer(options, m_train), InputError);
    options = smallOptions();
    options.model.heads = 3;
    QVERIFY_EXCEPTION_THROWN(Trainer(options, m_train), InputError);
  }

  void theLinearBaselineLearnsToo() {
    SoftmaxRegression linear(m_train, 4, 40, 1), again(m_train, 4, 40, 1);
    while (linear.step()) {
      again.step();
    }
    QVERIFY(accuracyOf(linear, m_test) > 0.95);
    QCOMPARE(again.predict(m_test, 0, 200), linear.predict(m_test, 0, 200));
  }
};
VITRINE_TEST(TstTrainer)

#include "tst_trainer.moc"
