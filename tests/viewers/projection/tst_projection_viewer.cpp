// The map under mouse and keys, linked to a selection, an undo stack and a data set. Runs a second time without OpenGL.
#include <QApplication>
#include <QComboBox>
#include <QMouseEvent>
#include <QSignalSpy>
#include <QStandardPaths>
#include <QWheelEvent>

#include "map_fixture.h"
#include "testing.h"
#include "widgets/theme.h"

using namespace vitrine;
using vitrine::testing::MapFixture;
using vitrine::testing::mapOf;

namespace {

void drag(QWidget &widget, QPoint from, QPoint to, Qt::MouseButton button = Qt::LeftButton, Qt::KeyboardModifiers modifiers = {}) {
  QTest::mousePress(&widget, button, modifiers, from);
  for (int step = 1; step <= 4; ++step) {
    QTest::mouseMove(&widget, from + (to - from) * step / 4);
  }
  QTest::mouseRelease(&widget, button, modifiers, to);
}

void wheel(QWidget &widget, QPoint place, int notches) {
  QWheelEvent event(place, widget.mapToGlobal(place), {}, {0, 120 * notches}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
  QCoreApplication::sendEvent(&widget, &event);
}

/// Ids whose points lie where `inside` says, found the slow way.
template <class Inside>
std::vector<SampleId> idsWhere(MapFixture &map, Inside inside) {
  std::vector<SampleId> ids;
  MapCanvas &canvas = map.viewer.canvas();
  for (std::size_t row = 0; row < canvas.scene().count; ++row) {
    const auto place = placeOf(canvas.scene(), row, canvas.shownCamera(), canvas.rect());
    if (place && inside(*place)) {
      ids.push_back(map.id(row));
    }
  }
  return ids;
}

/// A row with nothing else near it.
std::size_t lonelyRow(MapFixture &map) {
  std::size_t best = 0;
  double farthest = 0;
  for (std::size_t row = 0; row < map.garments->count(); row += 7) {
    double nearest = 1e9;
    for (std::size_t other = 0; other < map.garments->count(); ++other) {
      const QPoint away = map.place(row) - map.place(other);
      nearest = other == row ? nearest : std::min(nearest, std::hypot(away.x(), away.y()));
    }
    if (nearest > farthest) {
      farthest = nearest;
      best = row;
    }
  }
  return best;
}

class FixedNeighbours : public NeighbourSource {
 public:
  std::vector<Neighbour> neighbours(SampleId id, int k) override {
    std::vector<Neighbour> found;
    for (int i = 1; i <= k; ++i) {
      found.push_back({id + 3 * i, static_cast<float>(i)});
    }
    return found;
  }
  std::string space() const override { return "ids"; }
};

}  // namespace

class TstProjectionViewer : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    QStandardPaths::setTestModeEnabled(true);
    habits() = {.motion = false, .drawing = Habits::Drawing::OpenGl};
    applyTheme(true);
  }
  void cleanupTestCase() { habits() = {}; }

  void clickSelectsTheSampleUnderTheMouse() {
    MapFixture map(300);
    map.open();
    const std::size_t row = lonelyRow(map);
    QTest::mouseClick(&map.viewer.canvas(), Qt::LeftButton, {}, map.place(row));
    QCOMPARE(map.selection.ids(), std::vector<SampleId>{map.id(row)});
    QCOMPARE(map.selection.current(), map.id(row));
    QVERIFY(map.viewer.canvas().scene().isSelected(row));
    QTest::mouseClick(&map.viewer.canvas(), Qt::LeftButton, {}, {2, 2});  // ground
    QVERIFY(map.selection.ids().empty());
    QCOMPARE(map.selection.current(), SampleId{-1});
    map.undo.undo();
    QCOMPARE(map.selection.ids(), std::vector<SampleId>{map.id(row)});
    QTest::mouseClick(&map.viewer.canvas(), Qt::LeftButton, Qt::ControlModifier, map.place(row));
    QVERIFY(map.selection.ids().empty());
  }

  void controlDragMovesPointsOfARunThatTakesIt() {
    MapFixture map(300);
    map.open();
    const std::size_t row = lonelyRow(map);
    const QPoint place = map.place(row);
    const auto drag = [&] {
      QWidget *canvas = &map.viewer.canvas();
      QTest::mousePress(canvas, Qt::LeftButton, Qt::ControlModifier, place);
      QTest::mouseMove(canvas, place + QPoint(10, 0));
      QMouseEvent move(QEvent::MouseMove, place + QPoint(60, 0), canvas->mapToGlobal(place + QPoint(60, 0)), Qt::NoButton, Qt::LeftButton, Qt::ControlModifier);
      QApplication::sendEvent(canvas, &move);
      QTest::mouseRelease(canvas, Qt::LeftButton, Qt::ControlModifier, place + QPoint(60, 0));
    };
    std::vector<Action> done;
    ViewerContext context;
    context.selection = &map.selection;
    context.undo = &map.undo;
    context.interactive = &map.lane;
    context.dataset = map.garments;
    map.viewer.setContext(context);
    const Camera before = map.viewer.canvas().camera();
    drag();  // a finished map: the view is dragged
    QVERIFY(!(map.viewer.canvas().camera() == before));
    map.viewer.canvas().setCamera(before, false);
    context.actions = {"hold"};
    context.act = [&](const Action &action) { done.push_back(action); };
    map.viewer.setContext(context);
    map.selection.clear();
    drag();
    QVERIFY(map.viewer.canvas().camera() == before);
    QVERIFY(!done.empty());
    QCOMPARE(done.back().name, std::string("hold"));
    QCOMPARE(done.back().ids, std::vector<SampleId>{map.id(row)});
    const float *at = map.viewer.canvas().scene().point(row);
    const double perPixel = before.height / map.viewer.canvas().height();
    QVERIFY(std::abs(done.back().positions.row(0)[0] - at[0] - 60 * perPixel) < 1e-3 * before.height);
    QVERIFY(std::abs(done.back().positions.row(0)[1] - at[1]) < 1e-3 * before.height);
    map.selection.apply({map.id(row), map.id(row == 0 ? 1 : 0)}, SelectMode::Replace);
    drag();
    QCOMPARE(done.back().ids.size(), 2U);  // the selection moves as one
    Artifact held = mapOf(*map.garments, 2);
    held.metadata["held"] = {map.id(row), 5};
    map.viewer.show(held);
    QCOMPARE(map.viewer.canvas().marks().held, std::vector<std::size_t>{row});
  }

  void boxSelects_data() {
    QTest::addColumn<int>("dims");
    QTest::newRow("2D") << 2;
    QTest::newRow("3D") << 3;
  }
  void boxSelects() {
    QFETCH(int, dims);
    MapFixture map(2000, dims);
    map.open();
    MapCanvas &canvas = map.viewer.canvas();
    const auto within = [&](QRectF box) { return idsWhere(map, [box](QPointF p) { return box.contains(p); }); };
    map.tool("Box")->trigger();
    QCOMPARE(canvas.tool(), MapTool::Box);
    drag(canvas, {150, 120}, {400, 380});
    const auto first = within(QRectF(150, 120, 250, 260));
    QVERIFY(first.size() > 50);
    QCOMPARE(map.selection.ids(), first);
    drag(canvas, {500, 500}, {350, 300}, Qt::LeftButton, Qt::ShiftModifier);  // adds
    const auto second = within(QRectF(350, 300, 150, 200));
    std::vector<SampleId> both;
    std::set_union(first.begin(), first.end(), second.begin(), second.end(), std::back_inserter(both));
    QCOMPARE(map.selection.ids(), both);
    drag(canvas, {150, 120}, {400, 380}, Qt::LeftButton, Qt::ControlModifier);  // subtracts
    std::vector<SampleId> rest;
    std::set_difference(both.begin(), both.end(), first.begin(), first.end(), std::back_inserter(rest));
    QCOMPARE(map.selection.ids(), rest);
    map.undo.undo();
    QCOMPARE(map.selection.ids(), both);
    map.tool("Clear")->trigger();  // leaves the tool first
    QCOMPARE(canvas.tool(), MapTool::Navigate);
    QCOMPARE(map.selection.ids(), both);
    map.tool("Clear")->trigger();
    QVERIFY(map.selection.ids().empty());
  }

  void shiftDragBoxesIn2DWithoutATool() {
    MapFixture map(500);
    map.open();
    const Camera before = map.viewer.canvas().camera();
    drag(map.viewer.canvas(), {100, 100}, {500, 400}, Qt::LeftButton, Qt::ShiftModifier);
    QCOMPARE(map.selection.ids(), idsWhere(map, [](QPointF p) { return QRectF(100, 100, 400, 300).contains(p); }));
    QVERIFY(!map.selection.ids().empty() && map.viewer.canvas().camera() == before);
  }

  void lassoSelects_data() { boxSelects_data(); }
  void lassoSelects() {
    QFETCH(int, dims);
    MapFixture map(2000, dims);
    map.open();
    MapCanvas &canvas = map.viewer.canvas();
    const QPolygonF triangle({QPointF(150, 500), QPointF(350, 100), QPointF(550, 500)});
    map.tool("Lasso")->trigger();
    QTest::mousePress(&canvas, Qt::LeftButton, {}, triangle[0].toPoint());
    QTest::mouseMove(&canvas, triangle[1].toPoint());
    QTest::mouseMove(&canvas, triangle[2].toPoint());
    QTest::mouseRelease(&canvas, Qt::LeftButton, {}, triangle[2].toPoint());
    const auto inside = idsWhere(map, [&](QPointF p) { return triangle.containsPoint(p, Qt::OddEvenFill); });
    QVERIFY(inside.size() > 50);
    QCOMPARE(map.selection.ids(), inside);
  }

  void panAndZoomIn2D() {
    MapFixture map(300);
    map.open();
    MapCanvas &canvas = map.viewer.canvas();
    const QPoint place = map.place(10);
    drag(canvas, {200, 200}, {260, 170});
    QVERIFY((map.place(10) - place - QPoint(60, -30)).manhattanLength() <= 2);
    const QPoint cursor = map.place(20);
    const double height = canvas.camera().height;
    wheel(canvas, cursor, 2);
    QVERIFY(canvas.camera().height < 0.8 * height);
    QVERIFY((map.place(20) - cursor).manhattanLength() <= 2);
    wheel(canvas, cursor, 1);
    QCOMPARE(map.undo.count(), 2);  // the wheel's turns are one step
    map.undo.undo();
    QVERIFY(std::abs(canvas.camera().height - height) < 1e-9);
    map.undo.undo();
    QVERIFY((map.place(10) - place).manhattanLength() <= 2);
    QTest::mouseDClick(&canvas, Qt::LeftButton, {}, {5, 5});
    QVERIFY(canvas.followsCloud());
  }

  void turnPanAndZoomIn3D() {
    MapFixture map(300, 3);
    map.open();
    MapCanvas &canvas = map.viewer.canvas();
    const Camera first = canvas.camera();
    drag(canvas, {300, 300}, {360, 320});
    QVERIFY(canvas.camera().turn != first.turn && canvas.camera().centre == first.centre);
    const Camera turned = canvas.camera();
    drag(canvas, {300, 300}, {340, 300}, Qt::MiddleButton);
    QVERIFY(canvas.camera().turn == turned.turn && canvas.camera().centre != turned.centre);
    const Camera panned = canvas.camera();
    drag(canvas, {300, 300}, {340, 300}, Qt::LeftButton, Qt::ShiftModifier);
    QVERIFY(canvas.camera().turn == panned.turn && canvas.camera().centre != panned.centre);
    drag(canvas, {300, 300}, {300, 200}, Qt::RightButton);
    QVERIFY(canvas.camera().height < 0.8 * panned.height);
    QCOMPARE(map.undo.count(), 4);
    while (map.undo.canUndo()) {
      map.undo.undo();
    }
    QVERIFY(canvas.camera() == first);
    QTest::keyClick(&canvas, Qt::Key_Left);
    QVERIFY(canvas.camera().turn != first.turn);
    map.tool("Reset")->trigger();
    QVERIFY(canvas.camera() == canvas.home());
  }

  void hoverShowsTheSample() {
    MapFixture map(300);
    map.open();
    const std::size_t row = lonelyRow(map);
    QTest::mouseMove(&map.viewer.canvas(), map.place(row) + QPoint(2, 1));
    QTRY_COMPARE(map.selection.hovered(), map.id(row));
    QVERIFY(map.viewer.canvas().marks().caption.contains(QString::number(map.id(row))));
    QTRY_VERIFY(!map.viewer.canvas().marks().picture.isNull());
    QCOMPARE(map.viewer.canvas().marks().picture.width(), static_cast<int>(112 * map.viewer.devicePixelRatioF()) / 28 * 28);
    QTest::mouseMove(&map.viewer.canvas(), {2, 2});
    QTRY_COMPARE(map.selection.hovered(), SampleId{-1});
  }

  void coloursChangeAndComeBack() {
    MapFixture map(300);
    map.open();
    QCOMPARE(map.viewer.colouredBy(), QString("label"));
    const auto byLabel = *map.viewer.canvas().scene().colours;
    map.viewer.colourBy("price");
    QVERIFY(*map.viewer.canvas().scene().colours != byLabel);
    QVERIFY(map.viewer.panel().legend().model().numeric());
    map.undo.undo();
    QCOMPARE(*map.viewer.canvas().scene().colours, byLabel);
    QCOMPARE(map.viewer.panel().columns().currentData().toString(), QString("label"));
    map.undo.redo();
    QCOMPARE(map.viewer.colouredBy(), QString("price"));
  }

  void legendSelectsItsCategory() {
    MapFixture map(1000);
    map.open();
    Legend &legend = map.viewer.panel().legend();
    const auto idsOf = [&](std::vector<int> kinds) {
      std::vector<SampleId> ids;
      for (std::size_t row = 0; row < 1000; ++row) {
        if (std::count(kinds.begin(), kinds.end(), map.garments->columns()[0].codes[row]) > 0) {
          ids.push_back(map.id(row));
        }
      }
      return ids;
    };
    QTest::mouseClick(&legend, Qt::LeftButton, {}, legend.entryRect(3).center());
    QCOMPARE(map.selection.ids(), idsOf({3}));
    QCOMPARE(legend.model().counts[3], static_cast<qint64>(map.selection.ids().size()));
    QTest::mouseClick(&legend, Qt::LeftButton, Qt::ShiftModifier, legend.entryRect(5).center());
    QCOMPARE(map.selection.ids(), idsOf({3, 5}));
    QTest::mouseClick(&legend, Qt::LeftButton, Qt::ControlModifier, legend.entryRect(3).center());
    QCOMPARE(map.selection.ids(), idsOf({5}));
    map.tool("Invert")->trigger();
    QCOMPARE(map.selection.ids().size(), 1000 - idsOf({5}).size());
  }

  void searchFindsLabelsTextsAndIds() {
    MapFixture map(500);
    map.open();
    map.viewer.search("SNEAKER");
    QTRY_COMPARE(static_cast<qint64>(map.selection.ids().size()), map.viewer.panel().legend().model().counts[7]);
    map.viewer.search("#1300");
    QTRY_COMPARE(map.selection.ids(), std::vector<SampleId>{1300});
    map.viewer.search("mended");
    QTRY_COMPARE(map.selection.ids().size(), std::size_t{10});
    const auto before = map.selection.ids();
    map.viewer.search("no such thing");
    QTest::qWait(50);
    QCOMPARE(map.selection.ids(), before);
  }

  void tiesToNeighboursOfTheOriginalSpace() {
    for (const int dims : {2, 3}) {
      MapFixture map(300, dims);
      map.viewer.setContext({&map.selection, &map.undo, &map.lane, map.garments, std::make_shared<FixedNeighbours>(), nullptr});
      map.open();
      map.selection.setCurrent(map.id(40));
      QTRY_COMPARE(map.viewer.canvas().marks().neighbours.size(), std::size_t{10});
      QCOMPARE(map.viewer.canvas().marks().neighbours.front(), std::size_t{41});
      map.selection.setCurrent(-1);
      QVERIFY(map.viewer.canvas().marks().neighbours.empty());
    }
  }

  void selectionOfAnotherViewIsSeen() {
    MapFixture map(300);
    map.open();
    map.selection.apply({map.id(5), map.id(6), 77}, SelectMode::Replace);  // 77 is no sample of the map
    QVERIFY(map.viewer.canvas().scene().isSelected(5) && map.viewer.canvas().scene().isSelected(6));
    QCOMPARE(map.viewer.canvas().scene().selectedCount, std::size_t{2});
    map.selection.clear();
    QVERIFY(map.viewer.canvas().scene().selected == nullptr);
  }

  void liveUpdatesKeepTheCameraOfWhoMovedIt() {
    MapFixture map(300);
    map.open();
    MapCanvas &canvas = map.viewer.canvas();
    map.viewer.show(mapOf(*map.garments, 2, 80));  // grows: the view follows
    const Camera grown = canvas.camera();
    QVERIFY(grown.height > 70);
    drag(canvas, {200, 200}, {230, 200});
    const Camera moved = canvas.camera();
    map.selection.apply({map.id(5)}, SelectMode::Replace);
    map.viewer.show(mapOf(*map.garments, 2, 160));
    QVERIFY(canvas.camera() == moved);
    QVERIFY(canvas.scene().isSelected(5));
    QVERIFY(canvas.scene().bounds.high[0] > 100);
    map.tool("Fit")->trigger();  // the selected point
    QVERIFY(std::abs(canvas.camera().centre[0] - canvas.scene().point(5)[0]) < 1e-3);
    map.viewer.show(mapOf(*map.garments, 3));  // another kind of map starts anew
    QVERIFY(!canvas.camera().flat && canvas.followsCloud());
  }

  void statusSaysWhatIsShown() {
    MapFixture map(300);
    map.open();
    QCOMPARE(map.viewer.status(), QString("300\u00a0points - showing all - perplexity 30 - iteration 412/750 - KL 2.61"));
    map.selection.apply({map.id(5)}, SelectMode::Replace);
    QVERIFY(map.viewer.status().contains("1 selected"));
    QVERIFY(map.viewer.canvas().marks().badge.contains("mean little"));
    map.viewer.show(mapOf(*map.garments, 2, 40, Json::object()));
    QVERIFY(map.viewer.canvas().marks().badge.isEmpty());
  }

  void stateComesBack() {
    MapFixture map(300, 3);
    map.open();
    drag(map.viewer.canvas(), {300, 300}, {360, 320});
    map.viewer.colourBy("price");
    const Json state = Json::parse(map.viewer.state().dump());
    MapFixture other(300, 3);
    other.viewer.restore(state);
    QVERIFY(std::abs(other.viewer.canvas().camera().turn[1] - map.viewer.canvas().camera().turn[1]) < 1e-12);
    QCOMPARE(other.viewer.colouredBy(), QString("price"));
    ProjectionViewer early;  // restored before it has anything to show
    early.restore(state);
    early.setContext({&other.selection, &other.undo, &other.lane, other.garments, nullptr, nullptr});
    early.show(other.artifact);
    QVERIFY(early.canvas().camera() == other.viewer.canvas().camera());
    for (const char *broken : {R"({"camera": 3})", R"({"camera": {"flat": false, "centre": [0, 0], "height": -1, "turn": []}})", R"({"size": "big"})", "[]"}) {
      other.viewer.restore(Json::parse(broken));
    }
    QVERIFY(early.canvas().camera() == other.viewer.canvas().camera());
  }

  void exportedTableHasEverySample() {
    MapFixture map(300, 3);
    map.selection.apply({map.id(7)}, SelectMode::Replace);
    const auto artifact = map.viewer.exported();
    QVERIFY(artifact.has_value());
    const auto *table = artifact->as<Table>();
    QCOMPARE(table->columns.size(), std::size_t{7});  // x y z label price note selected
    QCOMPARE(*table->ids, map.garments->ids());
    QCOMPARE(static_cast<float>(table->columns[2].numbers[9]), map.viewer.canvas().scene().point(9)[2]);
    QCOMPARE(table->columns.back().numbers[7], 1.0);
    QCOMPARE(std::accumulate(table->columns.back().numbers.begin(), table->columns.back().numbers.end(), 0.0), 1.0);
    QVERIFY(!ProjectionViewer().exported());
  }

  void oddMapsDoNoHarm() {
    MapFixture map(1);
    map.open();
    QTest::mouseClick(&map.viewer.canvas(), Qt::LeftButton, {}, map.place(0));
    QCOMPARE(map.selection.ids().size(), std::size_t{1});
    map.tool("Fit")->trigger();
    QVERIFY(std::isfinite(map.viewer.canvas().camera().height));
    Projection broken;
    broken.ids = std::make_shared<const std::vector<SampleId>>(map.garments->ids());
    broken.positions = Matrix(1, 2);
    broken.positions.values = {std::nanf(""), 1};
    map.viewer.show({"projection", std::make_shared<const Payload>(broken), Json::object()});
    QVERIFY(!map.viewer.grab({300, 200}).isNull());
    map.viewer.show({"projection", std::make_shared<const Payload>(Projection{}), Json::object()});
    QVERIFY(map.viewer.grab({300, 200}).isNull() && map.viewer.status().isEmpty());
    QTest::mouseMove(&map.viewer.canvas(), {100, 100});
    QTest::mouseClick(&map.viewer.canvas(), Qt::LeftButton, {}, {100, 100});
    wheel(map.viewer.canvas(), {100, 100}, 1);
  }
};
VITRINE_TEST(TstProjectionViewer)
#include "tst_projection_viewer.moc"
