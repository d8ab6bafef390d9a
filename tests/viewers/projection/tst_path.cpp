// The path of a film's codes on the map: drawn only where the artifact says so, dragged along, and left.
#include <QSignalSpy>

#include "map_fixture.h"
#include "testing.h"
#include "viewers/projection/path.h"
#include "widgets/theme.h"

using namespace vitrine;
using vitrine::testing::MapFixture;

namespace {

/// Samples on a line from left to right, with the axes of a three-dimensional space of codes.
Artifact lineOf(const Ids &ids, bool path) {
  Projection line{ids, Matrix(ids->size(), 2), {}};
  for (std::size_t row = 0; row < ids->size(); ++row) {
    line.positions.row(row)[0] = static_cast<float>(10 * row);
    line.positions.row(row)[1] = row % 2 == 0 ? 0.0F : 5.0F;
  }
  return {"path", std::make_shared<const Payload>(std::move(line)), path ? Json{{"path", true}, {"axes", {{1, 0, 0}, {0, 0.6, 0.8}}}} : Json::object()};
}

}  // namespace

class TstPath : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { applyTheme(true); }

  void nearestIsWhatBruteForceSays() {
    const auto ids = std::make_shared<const std::vector<SampleId>>(std::vector<SampleId>{0, 1, 2});
    const Artifact line = lineOf(ids, true);
    const Scene scene = sceneOf(line.payload);
    QCOMPARE(nearestOnPath(scene, {11, 5}).row, 1U);
    QVERIFY(std::abs(nearestOnPath(scene, {5, 2.5}).distance) < 1e-9);  // in the middle of a leg
    QVERIFY(std::abs(nearestOnPath(scene, {20, -3}).distance - 3) < 1e-9);
    QCOMPARE(nearestOnPath(scene, {20, -3}).row, 2U);
  }

  void dragAlongSeeksAndBesideProbes() {
    MapFixture f(5);
    const auto ids = std::make_shared<const std::vector<SampleId>>(f.garments->ids());
    f.viewer.show(lineOf(ids, true));
    f.open();
    QVERIFY(f.viewer.canvas().marks().path);
    MapCanvas &canvas = f.viewer.canvas();
    for (std::size_t row = 0; row < 5; ++row) {
      const float *point = canvas.scene().point(row);
      const QPointF place = onView({static_cast<double>(point[0]), static_cast<double>(point[1])}, canvas.shownCamera(), canvas.rect());
      QVERIFY((place - f.place(row)).manhattanLength() < 3);
    }
    std::vector<float> offset;
    SampleId nearest = -1;
    connect(&f.selection, &Selection::probed, this, [&](SampleId id, const std::vector<float> &way) {
      nearest = id;
      offset = way;
    });
    const Camera before = canvas.camera();
    QTest::mousePress(&canvas, Qt::LeftButton, {}, f.place(0));
    QTest::mouseMove(&canvas, (f.place(0) + f.place(1)) / 2);
    QTest::mouseMove(&canvas, f.place(1));
    QCOMPARE(f.selection.current(), f.id(1));
    QVERIFY(nearest == f.id(1) && offset.empty());
    const QPoint beside = f.place(3) - QPoint(0, 60);
    QTest::mouseMove(&canvas, beside);
    QCOMPARE(nearest, f.id(3));
    const double unit = canvas.shownCamera().height / canvas.height();
    QVERIFY(offset.size() == 3 && canvas.marks().probe);
    QVERIFY2(std::abs(offset[0]) < 2 * unit, qPrintable(QString::number(offset[0])));
    QVERIFY(std::abs(offset[1] - 0.6 * 60 * unit) < 2 * unit && std::abs(offset[2] - 0.8 * 60 * unit) < 2 * unit);
    QTest::mouseRelease(&canvas, Qt::LeftButton, {}, beside);
    QVERIFY(canvas.camera() == before);
    f.selection.setCurrent(f.id(0));
    QVERIFY(!canvas.marks().probe);
  }

  void otherMapsHaveNoPath() {
    MapFixture f(5);
    f.viewer.show(lineOf(std::make_shared<const std::vector<SampleId>>(f.garments->ids()), false));
    f.open();
    QVERIFY(!f.viewer.canvas().marks().path);
    const Camera before = f.viewer.canvas().camera();
    QTest::mousePress(&f.viewer.canvas(), Qt::LeftButton, {}, f.place(0));
    QTest::mouseMove(&f.viewer.canvas(), f.place(1));
    QTest::mouseRelease(&f.viewer.canvas(), Qt::LeftButton, {}, f.place(1));
    QVERIFY(!(f.viewer.canvas().camera() == before) && f.selection.current() < 0);  // pans as ever
  }
};
VITRINE_TEST(TstPath)

#include "tst_path.moc"
