// The attention view: right weights on the screen, crisp pixels, links with the selection, and the model asked only for what the run lacks.
#include <QPainter>
#include <QSlider>

#include "bench.h"
#include "testing.h"
#include "viewers/attention/attention_viewer.h"
#include "viewers/attention/head_grid.h"
#include "widgets/banner.h"
#include "widgets/theme.h"

using namespace vitrine;
using namespace vitrine::testing;
using Mode = HeatChoice::Mode;

namespace {

/// Two samples (ids 100, 101), 2 layers, 2 heads, CLS and 2 x 2 patches. Weight of a query q for token t in head h of layer l: proportional to
/// 1 + (t + q + h + l + sample) % 5, so that every map and row differs.
AttentionMaps madeMaps(std::size_t samples = 2, int layers = 2, int heads = 2, int grid = 2, bool cls = true) {
  AttentionMaps maps;
  maps.layers = layers;
  maps.heads = heads;
  maps.gridRows = maps.gridCols = grid;
  maps.tokens = grid * grid + (cls ? 1 : 0);
  maps.hasCls = cls;
  std::vector<SampleId> ids(samples);
  std::iota(ids.begin(), ids.end(), SampleId{100});
  maps.ids = idsOf(ids);
  const auto fill = [&](std::vector<float> &out, int shift) {
    for (int q = 0; q < maps.tokens; ++q) {
      float sum = 0;
      for (int t = 0; t < maps.tokens; ++t) {
        out.push_back(static_cast<float>(1 + (t + q + shift) % 5));
        sum += out.back();
      }
      std::transform(out.end() - maps.tokens, out.end(), out.end() - maps.tokens, [sum](float v) { return v / sum; });
    }
  };
  for (std::size_t s = 0; s < samples; ++s) {
    for (int map = 0; map < layers * heads; ++map) {
      fill(maps.maps, map / heads + map % heads + static_cast<int>(s));
    }
    fill(maps.rollout, 3 + static_cast<int>(s));
    maps.images.push_back({8, 8, 1, std::vector<std::uint8_t>(64, 200)});
  }
  return maps;
}

class CountingSource : public AttentionSource {
 public:
  AttentionMaps attention(SampleId id) override {
    ++asked;
    if (id == 999) {
      throw InputError("sample 999", "has no picture");
    }
    AttentionMaps maps = madeMaps(1);
    maps.ids = nullptr;
    return maps;
  }
  std::atomic<int> asked{0};
};

HeatChoice choiceOf(Mode mode, int layer, int head, int patch) {
  return {mode, layer, head, patch};
}

}  // namespace

class AttentionNumbers : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void weightsAreTheQuerysRow() {
    const AttentionMaps maps = madeMaps();
    // head 1 of layer 0, CLS of sample 0: 1 + (t + 1) % 5 = 2 3 4 5 1, sum 15
    const auto head = patchWeights(maps, 0, choiceOf(Mode::Head, 0, 1, -1));
    QCOMPARE(head, (std::vector<float>{3 / 15.0F, 4 / 15.0F, 5 / 15.0F, 1 / 15.0F}));
    QCOMPARE(clsWeight(maps, 0, choiceOf(Mode::Head, 0, 1, -1)), static_cast<double>(2 / 15.0F));
    // patch 2 is token 3: 1 + (t + 3 + 0) % 5 = 4 5 1 2 3
    const auto patch = patchWeights(maps, 0, choiceOf(Mode::Head, 0, 0, 2));
    QCOMPARE(patch, (std::vector<float>{5 / 15.0F, 1 / 15.0F, 2 / 15.0F, 3 / 15.0F}));
    // mean of heads 0 (2 3 4 5 of 1 2 3 4 5) and 1 (3 4 5 1 of 2 3 4 5 1)
    const auto mean = patchWeights(maps, 0, choiceOf(Mode::Average, 0, 0, -1));
    QVERIFY(std::abs(mean[0] - 2.5F / 15) < 1e-6F && std::abs(mean[3] - 3.0F / 15) < 1e-6F);
    // rollout of sample 1: shift 4: 1 + (t + 4) % 5 = 5 1 2 3 4
    QCOMPARE(patchWeights(maps, 1, choiceOf(Mode::Rollout, 0, 0, -1)), (std::vector<float>{1 / 15.0F, 2 / 15.0F, 3 / 15.0F, 4 / 15.0F}));
  }

  void withoutClsTheMeanOfAllPatches() {
    const AttentionMaps maps = madeMaps(1, 1, 1, 2, false);
    const auto weights = patchWeights(maps, 0, choiceOf(Mode::Head, 0, 0, -1));
    QCOMPARE(weights.size(), std::size_t{4});
    float first = 0;
    for (int q = 0; q < 4; ++q) {
      first += maps.maps[static_cast<std::size_t>(q * 4)] / 4;
    }
    QVERIFY(std::abs(weights[0] - first) < 1e-6F);
    QVERIFY(std::isnan(clsWeight(maps, 0, choiceOf(Mode::Head, 0, 0, -1))));
  }

  void whatTheMapsLackIsEmpty() {
    AttentionMaps maps = madeMaps();
    maps.rollout.clear();
    QVERIFY(patchWeights(maps, 0, choiceOf(Mode::Rollout, 0, 0, -1)).empty());
    QVERIFY(patchWeights(maps, 2, choiceOf(Mode::Head, 0, 0, -1)).empty());
    QVERIFY(patchWeights(maps, 0, choiceOf(Mode::Head, 2, 0, -1)).empty());
    QVERIFY(patchWeights(maps, 0, choiceOf(Mode::Head, 0, 0, 4)).empty());
  }

  void blendIsCrispAndExact() {
    const Image picture{2, 2, 3, {255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255}};
    const std::vector<float> weights = {0, 0.1F, 0.2F, 0.4F};
    const QImage plain = heatPicture(picture, weights, 2, 2, 0.4, 0, 5);
    QCOMPARE(plain.size(), QSize(10, 10));
    QCOMPARE(plain.pixelColor(4, 4), QColor(255, 0, 0));
    QCOMPARE(plain.pixelColor(5, 4), QColor(0, 255, 0));
    const QImage heat = heatPicture(picture, weights, 2, 2, 0.4, 1, 5);
    QCOMPARE(heat.pixelColor(0, 0), mapColour("magma", 0));
    QCOMPARE(heat.pixelColor(9, 9), mapColour("magma", 1));
    QCOMPARE(heat.pixelColor(5, 9), heat.pixelColor(9, 5));
    const QImage half = heatPicture(picture, weights, 2, 2, 0.4, 0.5, 5);
    const QColor white = mapColour("magma", 1);  // over white: half of each
    QVERIFY(std::abs(half.pixelColor(9, 9).blue() - (white.blue() + 255) / 2) <= 1);
    const QColor overRed = half.pixelColor(0, 0);  // red is grey 76 once desaturated, half of it over black
    QVERIFY2(std::abs(overRed.red() - 38) <= 2 && std::abs(overRed.green() - 38) <= 2, qPrintable(overRed.name()));
  }

  void shrinksWithAnAreaFilter() {
    const Image picture{4, 4, 1, {0, 200, 0, 200, 200, 0, 200, 0, 0, 200, 0, 200, 200, 0, 200, 0}};
    const QImage small = heatPicture(picture, {}, 1, 1, 0, 0.5, 0.5);
    QCOMPARE(small.size(), QSize(2, 2));
    QCOMPARE(small.pixelColor(0, 0), QColor(100, 100, 100));
  }
};

class AttentionView : public QObject {
  Q_OBJECT

  std::unique_ptr<AttentionViewer> shown(Bench &bench, AttentionMaps maps = madeMaps()) {
    auto viewer = std::make_unique<AttentionViewer>();
    viewer->setContext(bench.context);
    viewer->resize(800, 560);
    viewer->show(artifactOf(std::move(maps), "attention"));
    viewer->QWidget::show();
    viewer->activateWindow();  // shortcuts go to active windows only
    [[maybe_unused]] const bool active = QTest::qWaitForWindowActive(viewer.get());
    return viewer;
  }

 private Q_SLOTS:
  void initTestCase() { applyTheme(true); }

  void numbersOnTheScreen() {
    Bench bench;
    const auto viewer = shown(bench);
    viewer->restore({{"mode", "head"}, {"layer", 0}, {"head", 1}, {"patch", -1}});
    QCOMPARE(viewer->canvas().readOut(0), QStringLiteral("patch (1,1): 0.200"));
    QCOMPARE(viewer->canvas().readOut(2), QStringLiteral("patch (2,1): 0.333"));
    QCOMPARE(viewer->canvas().readOut(4), QString());
    QCOMPARE(viewer->canvas().top(), static_cast<double>(5 / 15.0F));
    const auto exported = viewer->exported();
    const auto &table = std::get<Table>(*exported->payload);
    QCOMPARE(table.columns[2].numbers[2], static_cast<double>(5 / 15.0F));
    QCOMPARE(table.columns[0].numbers[2], 2.0);
    QCOMPARE(table.columns[1].numbers[2], 1.0);
  }

  void firstShownIsTheLastLayersMean() {
    Bench bench;
    const auto viewer = shown(bench);
    QCOMPARE(viewer->scene().choice, choiceOf(Mode::Average, 1, 0, -1));
  }

  void everySliderChangesThePicture() {
    Bench bench;
    const auto viewer = shown(bench);
    for (const char *name : {"layer", "head", "opacity"}) {
      auto *slider = viewer->findChild<QSlider *>(QLatin1String(name));
      QVERIFY2(slider != nullptr, name);
      const QImage before = viewer->grab({700, 500});
      slider->setValue(slider->value() > slider->minimum() ? slider->minimum() : slider->maximum());
      QVERIFY2(viewer->grab({700, 500}) != before, name);
    }
    const QImage head = viewer->grab({700, 500});
    QTest::keyClick(viewer.get(), Qt::Key_R);
    QCOMPARE(viewer->scene().choice.mode, Mode::Rollout);
    QVERIFY(viewer->grab({700, 500}) != head);
  }

  void keysChooseLayerAndHead() {
    Bench bench;
    const auto viewer = shown(bench);
    QTest::keyClick(viewer.get(), Qt::Key_Down);
    QCOMPARE(viewer->scene().choice, choiceOf(Mode::Average, 0, 0, -1));
    QTest::keyClick(viewer.get(), Qt::Key_Right);  // from the mean to the head that was chosen last
    QCOMPARE(viewer->scene().choice, choiceOf(Mode::Head, 0, 0, -1));
    QTest::keyClick(viewer.get(), Qt::Key_Right);
    QTest::keyClick(viewer.get(), Qt::Key_Right);
    QTest::keyClick(viewer.get(), Qt::Key_Up);
    QCOMPARE(viewer->scene().choice, choiceOf(Mode::Head, 1, 1, -1));
  }

  void clickOnAPatchAsksIt() {
    Bench bench;
    const auto viewer = shown(bench);
    auto *canvas = viewer->findChild<AttentionCanvas *>();
    const QRectF picture = canvas->pictureRect();
    QVERIFY(picture.width() > 100);
    const QPoint lowerRight = (picture.center() + QPointF(picture.width() / 4, picture.height() / 4)).toPoint();
    QTest::mouseClick(canvas, Qt::LeftButton, {}, lowerRight);
    QCOMPARE(viewer->scene().choice.patch, 3);
    QCOMPARE(viewer->scene().queryName(), QStringLiteral("patch (2,2)"));
    QTest::mouseClick(canvas, Qt::LeftButton, {}, lowerRight);
    QCOMPARE(viewer->scene().choice.patch, -1);
  }

  void clickOnATileChoosesIt() {
    Bench bench;
    const auto viewer = shown(bench);
    auto *grid = viewer->findChild<HeadGrid *>();
    QTest::mouseClick(grid, Qt::LeftButton, {}, grid->cellRect(grid->rect(), 0, 1).center().toPoint());
    QCOMPARE(viewer->scene().choice, choiceOf(Mode::Head, 0, 1, -1));
    QTest::mouseClick(grid, Qt::LeftButton, {}, grid->cellRect(grid->rect(), 2, 2).center().toPoint());
    QCOMPARE(viewer->scene().choice.mode, Mode::Rollout);
  }

  void followsTheSelectionBothWays() {
    Bench bench(std::make_shared<MadeDataset>(10));
    const auto viewer = shown(bench);
    QCOMPARE(viewer->scene().sampleName, QStringLiteral("sample 100, boot"));
    bench.selection.setCurrent(101);
    QCOMPARE(viewer->scene().sample, std::size_t{1});
    QCOMPARE(viewer->scene().sampleName, QStringLiteral("sample 101, coat"));
    viewer->tools()[0]->trigger();  // previous
    QCOMPARE(viewer->scene().sample, std::size_t{0});
    QCOMPARE(bench.selection.current(), SampleId{100});
    bench.selection.setCurrent(105);  // not in the run, no model: the picture stays, the status says why
    QCOMPARE(viewer->scene().sample, std::size_t{0});
    QVERIFY2(viewer->status().contains("not among the 2 samples"), qPrintable(viewer->status()));
  }

  void asksTheModelForWhatTheRunLacks() {
    Bench bench(std::make_shared<MadeDataset>(10));
    const auto source = std::make_shared<CountingSource>();
    bench.context.attention = source;
    const auto viewer = shown(bench);
    bench.selection.setCurrent(101);
    QCOMPARE(source->asked.load(), 0);
    bench.selection.setCurrent(107);
    QTRY_COMPARE(viewer->scene().sampleName, QStringLiteral("sample 107, coat"));
    QCOMPARE(source->asked.load(), 1);
    viewer->show(artifactOf(madeMaps(), "attention"));  // a partial result does not take the asked picture away
    QCOMPARE(viewer->scene().sampleName, QStringLiteral("sample 107, coat"));
    bench.selection.setCurrent(999);
    QTRY_VERIFY(viewer->findChild<Banner *>()->isVisible());
    QVERIFY(viewer->findChild<Banner *>()->text().contains("has no picture"));
    QCOMPARE(viewer->scene().sampleName, QStringLiteral("sample 107, coat"));
    bench.selection.setCurrent(100);
    QVERIFY(!viewer->findChild<Banner *>()->isVisible());
  }

  void grabsAtAnySize() {
    Bench bench;
    const auto viewer = shown(bench);
    for (const QSize size : {QSize(64, 64), QSize(320, 240), QSize(1280, 800), QSize(301, 999), QSize(2560, 1440)}) {
      const QImage image = viewer->grab(size);
      QCOMPARE(image.size(), size);
      QCOMPARE(image.pixelColor(0, 0), theme().panel);
    }
    QVERIFY(viewer->grab({0, 10}).isNull());
    AttentionViewer empty;
    QVERIFY(empty.grab({320, 240}).isNull());
  }

  void manyHeadsStayFluid() {
    Bench bench;
    const auto viewer = shown(bench);
    const Artifact large = artifactOf(madeMaps(2, 12, 12, 14), "attention");
    int next = 0;
    const qint64 change = bestOfThree([&] {
      viewer->show(large);
      bench.selection.setCurrent(100 + ++next % 2);
      viewer->repaint();
    });
    QVERIFY2(change < 100, qPrintable(QString::number(change)));
  }

  void stateSurvives() {
    Bench bench;
    const auto viewer = shown(bench);
    const Json state = {{"mode", "head"}, {"layer", 1}, {"head", 1}, {"patch", 2}, {"opacity", 0.25}, {"sample", 101}};
    viewer->restore(state);
    QCOMPARE(viewer->state().dump(), state.dump());
    viewer->restore(Json::object());
    viewer->restore({{"layer", 99}, {"head", -3}, {"patch", 77}});
    QCOMPARE(viewer->scene().choice.layer, 1);
    QCOMPARE(viewer->scene().choice.head, 0);
    QCOMPARE(viewer->scene().choice.patch, -1);
  }
};

VITRINE_TEST(AttentionNumbers)
VITRINE_TEST(AttentionView)

#include "tst_attention_viewer.moc"
