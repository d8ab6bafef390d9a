// The prototype workshop: an edit changes every number by exactly what it should, undo brings all of them back, one selection with the other views, sheets.
#include <numeric>

#include <QFile>
#include <QScrollArea>
#include <QScrollBar>
#include <QTemporaryDir>

#include "core/seed.h"
#include "testing.h"
#include "tests/viewers/bench.h"
#include "viewers/prototypes/plane.h"
#include "viewers/prototypes/sheets.h"
#include "viewers/prototypes/workshop_viewer.h"
#include "widgets/theme.h"

using namespace vitrine;
using namespace vitrine::testing;

namespace {

constexpr std::size_t kSamples = 300, kDims = 8, kPrototypes = 5, kClasses = 3;

/// Codes that are pictures of two grey halves.
class HalvesCoder : public PictureCoder {
 public:
  std::size_t dims() const override { return kDims; }
  Image input(const Image &picture) const override { return picture; }
  std::vector<float> encode(const Image &) const override { return std::vector<float>(kDims, 0.5F); }
  Image decode(std::span<const float> latent) const override {
    const auto grey = [](float v) { return static_cast<std::uint8_t>(std::clamp(60 * v, 0.0F, 255.0F)); };
    return {2, 1, 1, {grey(latent[0]), grey(latent[1])}};
  }
  std::vector<std::uint8_t> file() const override { return {}; }
};

/// Three clouds, five prototypes: one in each cloud, one between two, one far away. Class 2 is owned by a single one.
Prototypes clouds() {
  Prototypes p;
  Rng rng(3);
  std::vector<SampleId> ids(kSamples);
  std::iota(ids.begin(), ids.end(), SampleId{100});
  p.ids = std::make_shared<const std::vector<SampleId>>(ids);
  p.testCount = 200;
  p.latents = Matrix(kSamples, kDims);
  for (std::size_t i = 0; i < kSamples; ++i) {
    p.labels.push_back(static_cast<std::int32_t>(i % kClasses));
    for (std::size_t c = 0; c < kDims; ++c) {
      p.latents.row(i)[c] = static_cast<float>(0.8 * rng.normal() + (c == i % kClasses ? 3 : 1));
    }
  }
  p.classNames = {"boot", "coat", "bag"};
  p.prototypes = Matrix(kPrototypes, kDims);
  p.weights = Matrix(kPrototypes, kClasses);
  for (std::size_t j = 0; j < kPrototypes; ++j) {
    for (std::size_t c = 0; c < kDims; ++c) {
      p.prototypes.row(j)[c] = c == j % kClasses ? 3.1F : 1.1F;
    }
    for (std::size_t k = 0; k < kClasses; ++k) {
      p.weights.row(j)[k] = k == j % kClasses ? -0.9F : 0.11F * static_cast<float>(j + 1);
    }
    p.nearest.push_back(ids[200 + j]);
    p.nearestSquared.push_back(0.5F);
  }
  p.coder = std::make_shared<HalvesCoder>();
  p.replay = {{1, p.prototypes, p.weights, std::vector<Image>(kPrototypes, Image{2, 1, 1, {9, 9}})}};
  return p;
}

struct Fixture {
  Bench bench{std::make_shared<MadeDataset>(kSamples)};
  WorkshopViewer view;
  Fixture() {
    view.resize(1000, 700);
    view.setContext(bench.context);
    view.show(artifactOf(clouds(), "prototypes"));
    settle();
  }
  void settle() { QTRY_VERIFY(view.scene().ready() && !view.busy()); }
  void ask(SampleId id) {
    bench.selection.setCurrent(id);
    settle();
  }
  void trigger(const QString &text) {
    for (QAction *tool : view.tools()) {
      if (tool->text() == text) {
        QVERIFY2(tool->isEnabled(), qPrintable(text));
        tool->trigger();
        settle();
        return;
      }
    }
    QFAIL(qPrintable("no tool " + text));
  }
};

/// Every number that the workshop shows of a layer.
auto numbers(const WorkshopScene &scene) {
  return std::tuple(scene.why.logits, scene.why.probabilities, scene.why.distances, scene.means, scene.now.predicted, scene.now.confusion, scene.now.right,
                    scene.layer.prototypes.values, scene.layer.weights.values, scene.layer.on);
}

}  // namespace

class TstWorkshop : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { applyTheme(true); }

  void aPrototypeThatGoesTakesItsContributionAlong() {
    Fixture f;
    for (const SampleId id : {100, 141, 260}) {
      f.ask(id);
      for (std::size_t j = 0; j < kPrototypes; ++j) {
        const auto before = numbers(f.view.scene());
        const Why why = f.view.scene().why;
        f.view.choose(j);
        f.trigger("Switch off or on");
        for (std::size_t k = 0; k < kClasses; ++k) {
          const double contribution = static_cast<double>(why.distances[j]) * static_cast<double>(f.view.scene().layer.weights.row(j)[k]);
          const double change = f.view.scene().why.logits[k] - why.logits[k];
          QVERIFY2(std::abs(change + contribution) <= 1e-12 * (1 + std::abs(why.logits[k])), qPrintable(QString("%1, not %2").arg(change).arg(-contribution)));
        }
        f.bench.undo.undo();
        f.settle();
        QVERIFY(numbers(f.view.scene()) == before);
      }
    }
  }

  void everyEditIsJudgedAndTakenBack() {
    Fixture f;
    f.ask(107);
    const Prototypes &payload = *f.view.scene().payload;
    const auto trained = numbers(f.view.scene());
    const PrototypeLayer layer = layerOf(payload);
    const std::vector<std::pair<QString, PrototypeLayer>> edits = {
        {"merge", merged(layer, 0, 3)}, {"reassign", reassigned(layer, 2, 0)}, {"off", switched(switched(layer, 2, false), 4, false)}};
    for (const auto &[name, wanted] : edits) {
      f.view.edit(wanted, name);
      f.settle();
      const auto expected = PrototypeScores(payload).of(wanted);
      QCOMPARE(f.view.scene().now.confusion, expected.confusion);
      QCOMPARE(f.view.scene().now.right, expected.right);
      QVERIFY(f.view.scene().edited());
      f.bench.undo.undo();
      f.settle();
      QVERIFY2(numbers(f.view.scene()) == trained, qPrintable(name));
      QVERIFY(!f.view.scene().edited());
    }
    f.view.edit(edits[2].second, "off");  // the two that alone speak for bags: all bags are lost
    f.settle();
    QVERIFY(f.view.scene().now.right < f.view.scene().before.right);
    f.trigger("As trained");
    QVERIFY(numbers(f.view.scene()) == trained);
  }

  void aDragIsOneStepAndItsPictureFollows() {
    Fixture f;
    f.ask(103);
    const auto before = numbers(f.view.scene());
    const QImage picture = f.view.scene().pictures[1];
    const int steps = f.bench.undo.count();
    for (int i = 1; i <= 5; ++i) {
      f.view.moveTo(1, static_cast<float>(i), 4);
    }
    f.view.settle(1);
    f.settle();
    QCOMPARE(f.bench.undo.count(), steps + 1);
    const Matrix place = inPlane(f.view.scene().plane, f.view.scene().layer.prototypes);
    QVERIFY(std::abs(place.row(1)[0] - 5) < 1e-4F && std::abs(place.row(1)[1] - 4) < 1e-4F);
    QVERIFY(f.view.scene().pictures[1] != picture);
    QCOMPARE(f.view.scene().now.right, PrototypeScores(*f.view.scene().payload).of(f.view.scene().layer).right);
    f.bench.undo.undo();
    f.settle();
    QVERIFY(numbers(f.view.scene()) == before);
    QVERIFY(f.view.scene().pictures[1] == picture);
  }

  void oneSelectionWithTheOtherViews() {
    Fixture f;
    f.ask(155);
    QCOMPARE(f.view.scene().sample.id, SampleId{155});
    QCOMPARE(f.view.scene().sample.truth, 1);
    f.trigger("Next mistake");
    const SampleId id = f.bench.selection.current();
    const auto row = static_cast<std::size_t>(id - 100);
    QVERIFY(row < 200 && f.view.scene().now.predicted[row] != f.view.scene().payload->labels[row]);
    QCOMPARE(f.view.scene().sample.id, id);
    Q_EMIT f.view.plane().rowsBoxed({3, 4, 9}, Qt::NoModifier);
    QCOMPARE(f.bench.selection.ids().size(), std::size_t{3});
    QVERIFY(f.bench.selection.contains(103) && f.bench.selection.contains(109));
    Q_EMIT f.view.plane().rowClicked(std::size_t{9}, Qt::NoModifier);
    f.settle();
    QCOMPARE(f.view.scene().sample.id, SampleId{109});
  }

  void evidenceOfAnyClassSumsToItsScore() {
    Fixture f;
    f.ask(121);
    for (std::size_t k = 0; k < kClasses; ++k) {
      f.view.askFor(k);
      double sum = 0;
      for (const Evidence &one : f.view.scene().why.evidence) {
        sum += one.contribution;
      }
      QVERIFY(std::abs(sum - f.view.scene().why.logits[k]) < 1e-9);
    }
  }

  void stateBringsTheEditsBack() {
    Fixture f;
    f.ask(130);
    f.view.edit(merged(switched(f.view.scene().layer, 4, false), 0, 3), "both");
    f.settle();
    f.view.choose(1);
    f.view.choose(2, true);
    f.settle();
    const Json state = f.view.state();
    Fixture again;
    again.view.restore(state);
    again.settle();
    QVERIFY(again.view.scene().chosen == f.view.scene().chosen);
    QVERIFY(again.view.scene().layer.on == f.view.scene().layer.on);
    QCOMPARE(again.view.scene().layer.prototypes.values, f.view.scene().layer.prototypes.values);
    QCOMPARE(again.view.scene().now.right, f.view.scene().now.right);
  }

  void askingWhyNotNamesTheTruth() {
    Fixture f;
    for (SampleId id = 100; id < 400; ++id) {
      f.ask(id);
      const WorkshopScene &scene = f.view.scene();
      if (scene.sample.truth >= 0 && static_cast<std::size_t>(scene.sample.truth) != scene.why.predicted) {
        break;
      }
    }
    const WorkshopScene &scene = f.view.scene();
    const auto truth = static_cast<std::size_t>(scene.sample.truth);
    QVERIFY(truth != scene.why.predicted);
    const QString called = scene.className(scene.why.predicted), labelled = scene.className(truth);
    QVERIFY2(sentence(scene).contains("That is wrong: it is labelled " + labelled), qPrintable(sentence(scene)));
    f.view.askFor(truth);
    QVERIFY2(sentence(scene).startsWith("Why not " + labelled + ", its true class?"), qPrintable(sentence(scene)));
    QVERIFY2(sentence(scene).contains(called + " got more") && !sentence(scene).contains("wrong"), qPrintable(sentence(scene)));
  }

  void prototypesOfOtherClassesAreExplained() {
    Fixture f;
    f.ask(100);
    const auto called = f.view.scene().why.predicted;
    PrototypeLayer layer = f.view.scene().layer;  // the nearest prototype speaks most for another class, and a little for this one
    const std::size_t j = namedNear(f.view.scene()).front(), other = (called + 1) % kClasses;
    layer.weights.row(j)[other] = layer.weights.row(j)[called] - 0.01F;
    f.view.edit(layer, "another class");
    f.settle();
    f.view.askFor(called);
    QVERIFY2(sentence(f.view.scene()).contains(QString("counts for %1, too").arg(f.view.scene().className(called))), qPrintable(sentence(f.view.scene())));
  }

  void paperIsWhite() {
    for (const bool pdf : {true, false}) {  // a picture is for the screen
      bool painted = false, dark = false;
      (void)sheetJob(pdf ? "sheet.pdf" : "sheet.png", {100, 80}, [&](QPainter &, const QRectF &) {
        painted = true;
        dark = theme().dark;
      });
      QVERIFY(painted);
      QCOMPARE(dark, !pdf);
      QVERIFY(theme().dark);
    }
  }

  void aNewAnswerStandsAtTheTop() {
    Fixture f;
    f.view.resize(900, 440);
    f.view.QWidget::show();
    f.ask(112);
    QScrollBar *bar = nullptr;
    for (auto *area : f.view.findChildren<QScrollArea *>()) {
      bar = area->widget()->accessibleName() == "Why" ? area->verticalScrollBar() : bar;
    }
    QTRY_VERIFY(bar != nullptr && bar->maximum() > 0);
    bar->setValue(bar->maximum());
    f.ask(113);
    QCOMPARE(bar->value(), 0);
  }

  void sheetsAreWritten() {
    Fixture f;
    f.ask(112);
    f.view.edit(switched(f.view.scene().layer, 1, false), "off");
    f.settle();
    const QTemporaryDir dir;
    for (const auto sheet : {WorkshopViewer::Sheet::Gallery, WorkshopViewer::Sheet::Explanation, WorkshopViewer::Sheet::Report}) {
      const QString png = dir.filePath(QString("%1.png").arg(static_cast<int>(sheet))), pdf = dir.filePath(QString("%1.pdf").arg(static_cast<int>(sheet)));
      QCOMPARE(f.view.sheet(sheet, png)(), QString());
      QCOMPARE(f.view.sheet(sheet, pdf)(), QString());
      const QImage image(png);
      QVERIFY(image.width() > 600 && image.height() > 300);
      QFile file(pdf);
      QVERIFY(file.open(QIODevice::ReadOnly) && file.read(5) == "%PDF-" && file.size() > 3000);
    }
    QVERIFY(!f.view.sheet(WorkshopViewer::Sheet::Gallery, dir.filePath("no/such/folder/x.png"))().isEmpty());
  }

  void brokenLayersAreNotShown() {
    Fixture f;
    Prototypes broken = clouds();
    broken.weights = Matrix(2, kClasses);
    f.view.show(artifactOf(std::move(broken), "broken"));
    QCOMPARE(f.view.scene().count(), std::size_t{0});
  }
};
VITRINE_TEST(TstWorkshop)

#include "tst_workshop.moc"
