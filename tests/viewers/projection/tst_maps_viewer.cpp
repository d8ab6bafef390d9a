// Maps side by side: one selection in all, colours, pictures, export.
#include <QComboBox>

#include "map_fixture.h"
#include "testing.h"
#include "viewers/projection/maps_viewer.h"
#include "widgets/theme.h"

using namespace vitrine;
using namespace vitrine::testing;

namespace {

Artifact mapsOf(const Garments &garments) {
  const Projection first = *mapOf(garments, 2).as<Projection>();
  Matrix mirrored = first.positions;
  for (std::size_t row = 0; row < mirrored.rows; ++row) {
    mirrored.row(row)[0] *= -1;
  }
  Column stability;
  stability.name = "stability";
  stability.numbers.assign(mirrored.rows, 0.5);
  return {"maps", std::make_shared<const Payload>(Maps{first.ids, {first.positions, mirrored, first.positions}, {"one", "two", "three"}, {stability}}), {}};
}

struct Fixture {
  Fixture() : garments(std::make_shared<Garments>(200)), selection(&undo), lane(QStringLiteral("clicks")) {
    ViewerContext context;
    context.selection = &selection;
    context.undo = &undo;
    context.interactive = &lane;
    context.dataset = garments;
    viewer.resize(900, 400);
    viewer.setContext(context);
    viewer.show(mapsOf(*garments));
    viewer.QWidget::show();
  }
  std::shared_ptr<Garments> garments;
  QUndoStack undo;
  Selection selection;
  Lane lane;
  MapsViewer viewer;
};

}  // namespace

class TstMapsViewer : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { applyTheme(true); }

  void cellsShareTheView() {
    const Fixture f;
    for (std::size_t map = 0; map < 3; ++map) {
      const QRectF cell = f.viewer.cell(map);
      QVERIFY(QRectF(f.viewer.rect()).contains(cell));
      QVERIFY(cell.width() > 200);
      QVERIFY(map == 0 || !cell.intersects(f.viewer.cell(map - 1)));
      for (const std::size_t row : {0, 77, 199}) {
        QVERIFY(cell.contains(f.viewer.placeOf(map, row)));
      }
    }
  }

  void whatIsMarkedInOneIsMarkedInAll() {
    Fixture f;
    QTRY_VERIFY(f.viewer.settled());
    const QImage before = f.viewer.grab({900, 400});
    QTest::mouseClick(&f.viewer, Qt::LeftButton, {}, f.viewer.placeOf(1, 42).toPoint());
    QCOMPARE(f.selection.ids().size(), 1U);
    const std::size_t row = *f.garments->row(f.selection.current());
    QVERIFY((f.viewer.placeOf(1, row) - f.viewer.placeOf(1, 42)).manhattanLength() < 9);  // it, or one that lies on it
    const QImage after = f.viewer.grab({900, 400});
    for (std::size_t map = 0; map < 3; ++map) {
      const QRect cell = f.viewer.cell(map).toRect();
      QVERIFY(before.copy(cell) != after.copy(cell));
    }
    QVERIFY(f.viewer.status().contains(QStringLiteral("3 maps")));
    const QRect third = f.viewer.cell(2).toRect();
    QTest::mousePress(&f.viewer, Qt::LeftButton, {}, third.topLeft() + QPoint(1, 1));
    QTest::mouseMove(&f.viewer, third.center());
    QTest::mouseRelease(&f.viewer, Qt::LeftButton, {}, third.bottomRight() - QPoint(1, 1));
    QCOMPARE(f.selection.ids().size(), 200U);
    QTest::mouseClick(&f.viewer, Qt::LeftButton, {}, third.topLeft() + QPoint(1, 1));
    QVERIFY(f.selection.ids().empty());
  }

  void coloursByAnyColumn() {
    Fixture f;
    QCOMPARE(f.viewer.columns().currentText(), QStringLiteral("label"));
    const QImage before = f.viewer.grab({600, 300});
    f.viewer.restore({{"column", "stability"}});
    QCOMPARE(f.viewer.columns().currentText(), QStringLiteral("stability"));
    QVERIFY(f.viewer.grab({600, 300}) != before);
    QVERIFY(f.viewer.state().at("column") == "stability");
  }

  void exportsEveryMap() {
    const Fixture f;
    const auto table = f.viewer.exported();
    QVERIFY(table);
    QCOMPARE(table->as<Table>()->columns.size(), 6U);
    QCOMPARE(table->as<Table>()->columns[2].numbers[7], -table->as<Table>()->columns[0].numbers[7]);
  }

  void nothingToShowDoesNoHarm() {
    MapsViewer viewer;
    QVERIFY(viewer.grab({200, 100}).isNull());
    viewer.show(Artifact{"maps", std::make_shared<const Payload>(Maps{std::make_shared<const std::vector<SampleId>>(), {}, {}, {}}), {}});
    viewer.QWidget::show();
    QTest::mouseClick(&viewer, Qt::LeftButton, {}, {20, 60});
    QVERIFY(viewer.status().isEmpty());
  }
};
VITRINE_TEST(TstMapsViewer)

#include "tst_maps_viewer.moc"
