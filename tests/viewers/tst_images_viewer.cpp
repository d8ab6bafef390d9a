// The picture grid: lazy, virtual, linked with the selection, and honest about pictures that cannot be read.
#include <QScrollBar>
#include <QSlider>

#include "bench.h"
#include "testing.h"
#include "viewers/images/images_viewer.h"
#include "viewers/images/thumbnail_grid.h"
#include "widgets/empty_state.h"
#include "widgets/theme.h"

using namespace vitrine;
using namespace vitrine::testing;

namespace {

Artifact madeGrid(std::size_t count, bool withIds) {
  ImageGrid grid;
  std::vector<SampleId> ids;
  for (std::size_t i = 0; i < count; ++i) {
    ids.push_back(static_cast<SampleId>(500 + i));
    grid.images.push_back({2, 2, 3, std::vector<std::uint8_t>(12, static_cast<std::uint8_t>(40 * i))});
    grid.captions.push_back("picture " + std::to_string(i));
  }
  grid.ids = withIds ? idsOf(ids) : nullptr;
  return artifactOf(std::move(grid), "pictures");
}

std::unique_ptr<ImagesViewer> shown(Bench &bench, bool selectionMode) {
  auto viewer = std::make_unique<ImagesViewer>();
  viewer->setSelectionMode(selectionMode);
  viewer->setContext(bench.context);
  viewer->resize(640, 420);
  viewer->QWidget::show();
  [[maybe_unused]] const bool exposed = QTest::qWaitForWindowExposed(viewer.get());
  return viewer;
}

void click(ImagesViewer &viewer, std::size_t index, Qt::KeyboardModifiers modifiers = {}) {
  QTest::mouseClick(viewer.grid().viewport(), Qt::LeftButton, modifiers, viewer.grid().cellRect(index).center().toPoint());
}

QColor shownColour(ImagesViewer &viewer, std::size_t index) {
  const QRectF cell = viewer.grid().cellRect(index);
  return viewer.grid().viewport()->grab().toImage().pixelColor(QPointF(cell.center().x(), cell.top() + 50).toPoint());
}

}  // namespace

class ImagesView : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { applyTheme(true); }

  void followsTheSelection() {
    const auto data = std::make_shared<MadeDataset>(50);
    Bench bench(data);
    const auto viewer = shown(bench, true);
    QCOMPARE(viewer->grid().ids(), data->ids());  // nothing is selected: all are shown
    QVERIFY(viewer->status().startsWith(QStringLiteral("50")));
    bench.selection.apply({110, 105, 149, 4000}, SelectMode::Replace);  // 4000 is of another data set
    QCOMPARE(viewer->grid().ids(), (std::vector<SampleId>{105, 110, 149}));
    QVERIFY(!viewer->findChild<EmptyState *>()->isVisible());
    QTRY_COMPARE(shownColour(*viewer, 1), QColor(110, 110, 110));
    QCOMPARE(shownColour(*viewer, 2), QColor(149, 149, 149));
    const auto exported = viewer->exported();
    const auto &table = std::get<Table>(*exported->payload);
    QCOMPARE(*table.ids, viewer->grid().ids());
    QCOMPARE(table.columns[0].text(1), std::string("coat"));
    bench.selection.apply({4000}, SelectMode::Replace);
    QVERIFY(viewer->findChild<EmptyState *>()->isVisible());
    QVERIFY(viewer->grab({300, 200}).isNull());
    bench.undo.undo();
    bench.undo.undo();
    QCOMPARE(viewer->grid().ids(), data->ids());
  }

  void clicksMarkAndSelect() {
    Bench bench(std::make_shared<MadeDataset>(50));
    const auto viewer = shown(bench, true);
    bench.selection.apply({101, 102, 105}, SelectMode::Replace);
    click(*viewer, 1);
    QCOMPARE(bench.selection.current(), SampleId{102});
    QCOMPARE(bench.selection.ids().size(), std::size_t{3});  // a click in the selection's own grid does not empty it
    click(*viewer, 1, Qt::ControlModifier);
    QCOMPARE(bench.selection.ids(), (std::vector<SampleId>{101, 105}));
    click(*viewer, 1, Qt::ShiftModifier | Qt::ControlModifier);
    QCOMPARE(bench.selection.ids(), (std::vector<SampleId>{105}));
  }

  void picturesOfARunSelectTheirSamples() {
    Bench bench;
    const auto viewer = shown(bench, false);
    viewer->show(madeGrid(6, true));
    QTRY_COMPARE(shownColour(*viewer, 3), QColor(120, 120, 120));
    click(*viewer, 2);
    QCOMPARE(bench.selection.ids(), (std::vector<SampleId>{502}));
    click(*viewer, 4, Qt::ShiftModifier);
    QCOMPARE(bench.selection.ids(), (std::vector<SampleId>{502, 504}));
    QCOMPARE(bench.selection.current(), SampleId{504});
    const QImage before = viewer->grab({600, 400});
    bench.selection.apply({500}, SelectMode::Add);  // another view selects: the frame shows here
    QVERIFY(viewer->grab({600, 400}) != before);
    QCOMPARE(std::get<Table>(*viewer->exported()->payload).columns[0].texts[4], std::string("picture 4"));
  }

  void picturesThatAreNoSamplesDoNotTouchTheSelection() {
    Bench bench;
    const auto viewer = shown(bench, false);
    viewer->show(madeGrid(6, false));
    click(*viewer, 2);
    QCOMPARE(bench.selection.current(), SampleId{-1});
    QVERIFY(bench.selection.ids().empty());
  }

  void arrowsWalk() {
    Bench bench(std::make_shared<MadeDataset>(200));
    const auto viewer = shown(bench, true);
    std::vector<SampleId> ids(200);
    std::iota(ids.begin(), ids.end(), SampleId{100});
    bench.selection.apply(ids, SelectMode::Replace);
    const int across = viewer->grid().columns();
    QVERIFY(across >= 4);
    QTest::keyClick(&viewer->grid(), Qt::Key_Home);
    QTest::keyClick(&viewer->grid(), Qt::Key_Right);
    QTest::keyClick(&viewer->grid(), Qt::Key_Down);
    QCOMPARE(bench.selection.current(), SampleId{100 + 1 + across});
    QTest::keyClick(&viewer->grid(), Qt::Key_End);
    QCOMPARE(bench.selection.current(), SampleId{299});
    const QRectF last = viewer->grid().cellRect(199);
    QVERIFY(last.top() >= 0 && last.bottom() <= viewer->grid().viewport()->height());  // scrolled into view
    QTest::keyClick(&viewer->grid(), Qt::Key_Space);
    QVERIFY(!bench.selection.contains(299));
  }

  void aHundredThousandAreNoMoreThanAScreenful() {
    const auto data = std::make_shared<MadeDataset>(100'000);
    Bench bench(data);
    const auto viewer = shown(bench, true);
    bench.selection.apply(data->ids(), SelectMode::Replace);
    QTRY_VERIFY(data->reads > 10);
    QTest::qWait(100);
    QVERIFY2(data->reads < 200, qPrintable(QString::number(data->reads)));
    const qint64 scroll = bestOfThree([&, step = 0]() mutable {
      viewer->grid().verticalScrollBar()->setValue(viewer->grid().verticalScrollBar()->maximum() / 4 * ++step);
      viewer->grid().viewport()->repaint();
    });
    QVERIFY2(scroll < 50, qPrintable(QString::number(scroll)));
    const qint64 jump = bestOfThree([&, id = SampleId{50'000}]() mutable { bench.selection.setCurrent(++id); });
    QVERIFY2(jump < 50, qPrintable(QString::number(jump)));
  }

  void sizeSliderChangesThePicture() {
    Bench bench(std::make_shared<MadeDataset>(60));
    const auto viewer = shown(bench, true);
    bench.selection.apply({100, 101, 102, 104, 105, 106}, SelectMode::Replace);
    const QImage before = viewer->grab({640, 400});
    viewer->findChild<QSlider *>(QStringLiteral("size"))->setValue(192);
    QCOMPARE(viewer->grid().side(), 192);
    QVERIFY(viewer->grab({640, 400}) != before);
    viewer->tools()[0]->trigger();
    QVERIFY(viewer->grid().side() < 192);
  }

  void anUnreadablePictureIsSaidSo() {
    Bench bench(std::make_shared<MadeDataset>(10));
    const auto viewer = shown(bench, true);
    bench.selection.apply({102, 103}, SelectMode::Replace);
    QTRY_COMPARE(shownColour(*viewer, 0), QColor(102, 102, 102));
    const QRectF cell = viewer->grid().cellRect(1);
    const auto written = [&] {  // "no picture" stands in the cell's box in the secondary colour
      const QImage image = viewer->grid().viewport()->grab().toImage().copy(cell.adjusted(10, 10, -10, -30).toRect());
      for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
          if (image.pixelColor(x, y) != theme().panel && image.pixelColor(x, y) != theme().raised) {
            return true;
          }
        }
      }
      return false;
    };
    QTRY_VERIFY(written());
    QCOMPARE(viewer->grab({300, 200}).size(), QSize(300, 200));
  }

  void grabsAtAnySizeWithoutWaitingForTheScreen() {
    Bench bench(std::make_shared<MadeDataset>(30));
    const auto viewer = shown(bench, true);
    bench.selection.apply({110, 111}, SelectMode::Replace);
    for (const QSize size : {QSize(120, 160), QSize(1280, 800), QSize(2560, 1440)}) {
      QCOMPARE(viewer->grab(size).size(), size);
    }
    const QImage image = viewer->grab({640, 420});  // decoded at once, no event loop in between
    QCOMPARE(image.pixelColor(60, 60), QColor(110, 110, 110));
  }

  void stateSurvives() {
    Bench bench(std::make_shared<MadeDataset>(300));
    const auto viewer = shown(bench, true);
    bench.selection.apply(bench.context.dataset->ids(), SelectMode::Replace);
    viewer->restore({{"side", 64}, {"top", 150}});
    QCOMPARE(viewer->state().dump(), Json({{"side", 64}, {"top", 150}}).dump());
  }
};

VITRINE_TEST(ImagesView)

#include "tst_images_viewer.moc"
