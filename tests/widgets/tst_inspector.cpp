// The inspector speaks of the current sample, off the GUI thread, and a neighbour's click makes it current.
#include <QLabel>
#include <QSignalSpy>
#include <QTableWidget>
#include <QUndoStack>

#include "samples.h"
#include "testing.h"
#include "widgets/inspector.h"
#include "widgets/neighbour_strip.h"
#include "widgets/sample_picture.h"
#include "widgets/selection.h"
#include "widgets/selection_summary.h"
#include "widgets/task.h"
#include "widgets/thumbnail_cache.h"

using namespace vitrine;
using vitrine::testing::Samples;

namespace {

class Next : public NeighbourSource {
 public:
  std::vector<Neighbour> neighbours(SampleId id, int k) override {
    askedOn = std::this_thread::get_id();
    if (id == 104) {
      throw InputError("sample 104 is not among the samples of this run");
    }
    std::vector<Neighbour> found;
    for (int i = 1; i <= k; ++i) {
      found.push_back({100 + (id - 100 + i) % 20, static_cast<float>(i)});
    }
    return found;
  }
  std::string space() const override { return "16 pixels, Euclidean"; }
  std::atomic<std::thread::id> askedOn{};
};

QString words(const QWidget &widget) {
  QStringList all;
  for (const auto *label : widget.findChildren<QLabel *>()) {
    if (label->isVisible()) {
      all << label->text();
    }
  }
  return all.join(u'\n');
}

}  // namespace

class TestInspector : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void emptyFirst();
  void showsTheCurrentSample();
  void unreadablePictureSaysSo();
  void neighboursAreAskedAndFollowed();
  void attentionSlot();
  void summaryCountsByLabel();
  void contextMayGo();
};

void TestInspector::emptyFirst() {
  Lane lane("lane");
  ThumbnailCache thumbnails;
  Inspector inspector(&lane, &thumbnails);
  inspector.show();
  QVERIFY(words(inspector).contains("Click a point"));
  Selection selection;
  inspector.setContext(std::make_shared<Samples>(), &selection);
  selection.setCurrent(9999);  // not of this data set
  QVERIFY(words(inspector).contains("Click a point"));
}

void TestInspector::showsTheCurrentSample() {
  Lane lane("lane");
  ThumbnailCache thumbnails;
  Selection selection;
  auto data = std::make_shared<Samples>();
  Inspector inspector(&lane, &thumbnails);
  inspector.setContext(data, &selection);
  inspector.resize(320, 800);
  inspector.show();
  selection.setCurrent(107);
  QVERIFY(words(inspector).contains("odd \u00b7 sample 107"));
  auto *picture = inspector.findChild<SamplePicture *>();
  QTRY_COMPARE(picture->picture().size(), QSize(4, 4));
  QVERIFY(data->decodedOn.load() != std::this_thread::get_id());
  QTRY_VERIFY(picture->note().startsWith("4 \u00d7 4 pixels, shown \u00d7"));
  const double zoom = picture->note().section(u'\u00d7', 2).toDouble();
  QCOMPARE(zoom, std::floor(zoom));  // whole numbers only
  auto *table = inspector.findChild<QTableWidget *>();
  QCOMPARE(table->rowCount(), 4);
  QCOMPARE(table->item(1, 0)->text(), QStringLiteral("label"));
  QCOMPARE(table->item(1, 1)->text(), QStringLiteral("odd"));
  QCOMPARE(table->item(3, 1)->text(), QStringLiteral("sample 7"));
}

void TestInspector::unreadablePictureSaysSo() {
  Lane lane("lane");
  ThumbnailCache thumbnails;
  Selection selection;
  Inspector inspector(&lane, &thumbnails);
  inspector.setContext(std::make_shared<Samples>(), &selection);
  inspector.show();
  selection.setCurrent(103);
  QTRY_VERIFY(words(inspector).contains("103.png: the file ends at byte 12"));
}

void TestInspector::neighboursAreAskedAndFollowed() {
  Lane lane("lane");
  ThumbnailCache thumbnails;
  Selection selection;
  auto source = std::make_shared<Next>();
  Inspector inspector(&lane, &thumbnails);
  inspector.setContext(std::make_shared<Samples>(), &selection);
  inspector.resize(326, 900);
  inspector.show();
  selection.setCurrent(110);
  QVERIFY(words(inspector).contains("Run a projection"));
  inspector.setNeighbours(source);
  auto *strip = inspector.findChild<NeighbourStrip *>();
  QTRY_COMPARE(strip->size(), std::size_t{Inspector::kNeighbours});
  QVERIFY(source->askedOn.load() != std::this_thread::get_id());
  QVERIFY(words(inspector).contains("16 pixels, Euclidean"));
  const auto tiles = strip->findChildren<NeighbourTile *>();
  QVERIFY2(tiles.front()->accessibleName().contains("distance 1"), qPrintable(tiles.front()->accessibleName()));
  tiles[1]->setFocus();
  QTest::keyClick(tiles[1], Qt::Key_Right);
  QTest::keyClick(tiles[2], Qt::Key_Return);
  QCOMPARE(selection.current(), SampleId{113});  // the third neighbour of 110
  QTRY_VERIFY(strip->findChildren<NeighbourTile *>().front()->id() == 114);
  selection.setCurrent(104);
  QTRY_VERIFY(words(inspector).contains("sample 104 is not among"));
  QCOMPARE(strip->size(), std::size_t{0});
}

void TestInspector::attentionSlot() {
  Lane lane("lane");
  ThumbnailCache thumbnails;
  Selection selection;
  Inspector inspector(&lane, &thumbnails);
  inspector.setContext(std::make_shared<Samples>(), &selection);
  inspector.show();
  selection.setCurrent(101);
  QImage heat(14, 14, QImage::Format_RGB32);
  heat.fill(Qt::red);
  QVERIFY(!words(inspector).contains("Attention"));
  inspector.setAttentionPicture(heat, "Layer 3, head 2");
  QVERIFY(words(inspector).contains("Layer 3, head 2"));
  QSignalSpy clicked(&inspector, &Inspector::attentionClicked);
  QTest::keyClick(inspector.findChildren<SamplePicture *>().back(), Qt::Key_Return);
  QCOMPARE(clicked.count(), 1);
  inspector.setAttentionPicture({}, {});
  QVERIFY(!words(inspector).contains("Layer 3, head 2"));
}

void TestInspector::summaryCountsByLabel() {
  Lane lane("lane");
  Selection selection;
  SelectionSummary summary(&lane);
  summary.setContext(std::make_shared<Samples>(), &selection);
  QCOMPARE(summary.text(), QStringLiteral("Nothing selected"));
  const int empty = summary.sizeHint().height();
  selection.apply({100, 101, 102}, SelectMode::Replace);
  QCOMPARE(summary.text(), QStringLiteral("3 of 20\u00a0samples selected"));
  QTRY_VERIFY(summary.sizeHint().height() > empty);  // a line for each of the two labels
  selection.clear();
  QCOMPARE(summary.text(), QStringLiteral("Nothing selected"));
}

void TestInspector::contextMayGo() {
  Lane lane("lane");
  ThumbnailCache thumbnails;
  Inspector inspector(&lane, &thumbnails);
  inspector.show();
  {
    Selection selection;
    inspector.setContext(std::make_shared<Samples>(), &selection);
    inspector.setNeighbours(std::make_shared<Next>());
    selection.setCurrent(110);
  }
  QVERIFY(words(inspector).contains("Click a point"));
  QTest::qWait(30);  // answers that were on their way
  inspector.setContext(nullptr, nullptr);
  inspector.setNeighbours(nullptr);
  QVERIFY(words(inspector).contains("Click a point"));
}

VITRINE_TEST(TestInspector)
#include "tst_inspector.moc"
