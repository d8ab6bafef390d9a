// The curve view: round ticks, true read-outs, zoom, logarithms, gaps, live updates, many points.
#include <QWheelEvent>

#include "bench.h"
#include "core/report.h"
#include "testing.h"
#include "viewers/curve/curve_viewer.h"
#include "widgets/theme.h"

using namespace vitrine;
using namespace vitrine::testing;

namespace {

Curve parabola(int points = 11) {
  Curve curve{"step", "loss", {{"train", {}, {}}, {"test", {}, {}}}};
  for (int i = 0; i < points; ++i) {
    curve.series[0].x.push_back(i);
    curve.series[0].y.push_back(i * i);
    curve.series[1].x.push_back(i);
    curve.series[1].y.push_back(100 - i);
  }
  return curve;
}

QStringList textsOf(const std::vector<Tick> &ticks) {
  QStringList texts;
  for (const Tick &tick : ticks) {
    texts += tick.text;
  }
  return texts;
}

std::unique_ptr<CurveViewer> shown(const Curve &curve) {
  auto viewer = std::make_unique<CurveViewer>();
  viewer->resize(700, 460);
  viewer->show(artifactOf(curve, "training"));
  viewer->QWidget::show();
  [[maybe_unused]] const bool exposed = QTest::qWaitForWindowExposed(viewer.get());
  return viewer;
}

void wheel(QWidget *widget, QPointF at, int steps) {
  QWheelEvent event(at, widget->mapToGlobal(at), {}, {0, 120 * steps}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
  QCoreApplication::sendEvent(widget, &event);
}

}  // namespace

class CurveView : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void ticksAreRound() {
    QCOMPARE(textsOf(linearTicks({0, 1}, 5)), (QStringList{"0", "0.2", "0.4", "0.6", "0.8", "1.0"}));
    QCOMPARE(textsOf(linearTicks({-3, 11}, 4)), (QStringList{"0", "5", "10"}));
    QCOMPARE(textsOf(linearTicks({0, 70000}, 4)), (QStringList{"0", "20,000", "40,000", "60,000"}));
    QCOMPARE(textsOf(linearTicks({2.30, 2.34}, 4)), (QStringList{"2.30", "2.31", "2.32", "2.33", "2.34"}));
    QCOMPARE(textsOf(linearTicks({0, 4e-7}, 2)), (QStringList{"0", "2e-07", "4e-07"}));
    QVERIFY(linearTicks({1, 1}, 4).empty());
    QVERIFY(linearTicks({0, std::numeric_limits<double>::infinity()}, 4).empty());
    const auto logarithmic = logTicks({-2, 2}, 10);
    QCOMPARE(logarithmic.size(), std::size_t{5});
    QCOMPARE(logarithmic.front().value, -2.0);
    QVERIFY(logTicks({0.1, 0.2}, 5).size() >= 2);  // 1.26 to 1.58: no power of ten in it
  }

  void hoverReadsTheNearestPoint() {
    const auto viewer = shown(parabola());
    const QRectF field = viewer->plot().frame(viewer->rect());
    const QPointF at = viewer->plot().toScreen(7.2, 49, field);
    QTest::mouseMove(viewer.get(), at.toPoint());
    QTRY_VERIFY(viewer->hoverX().has_value());
    QCOMPARE(*viewer->hoverX(), 7.0);
    QCOMPARE(viewer->plot().nearest(0, 7.2), std::optional<std::size_t>(7));
    QCOMPARE(viewer->plot().curve()->series[0].y[7], 49.0);
    QVERIFY(!viewer->plot().nearestX({2, 2}, viewer->rect()).has_value());
  }

  void fitShowsAllAndZeroWhereItMatters() {
    const auto viewer = shown(parabola());
    QVERIFY(viewer->plot().x.lo <= 0 && viewer->plot().x.hi >= 10);
    QCOMPARE(viewer->plot().y.lo, 0.0);
    QVERIFY(viewer->plot().y.hi >= 100);
  }

  void wheelZoomsAtTheMouseAndADoubleClickFits() {
    const auto viewer = shown(parabola());
    const Range x = viewer->plot().x, y = viewer->plot().y;
    const QRectF field = viewer->plot().frame(viewer->rect());
    const QPointF at(field.left() + 0.25 * field.width(), field.center().y());
    const double under = x.lo + 0.25 * x.length();
    wheel(viewer.get(), at, 3);
    QVERIFY(viewer->plot().x.length() < 0.7 * x.length());
    const QRectF after = viewer->plot().frame(viewer->rect());
    QVERIFY(std::abs(viewer->plot().x.lo + (at.x() - after.left()) / after.width() * viewer->plot().x.length() - under) < 0.05 * x.length());
    wheel(viewer.get(), {field.center().x(), field.bottom() + 20}, 2);  // below the field: only this axis
    QVERIFY(viewer->plot().y.length() > 0.5 * y.length());
    QTest::mouseDClick(viewer.get(), Qt::LeftButton, {}, field.center().toPoint());
    QCOMPARE(viewer->plot().x, x);
    QCOMPARE(viewer->plot().y, y);
  }

  void draggingMovesWhatIsSeen() {
    const auto viewer = shown(parabola());
    const Range x = viewer->plot().x;
    const QPoint from = viewer->plot().frame(viewer->rect()).center().toPoint();
    QTest::mousePress(viewer.get(), Qt::LeftButton, {}, from);
    QMouseEvent move(QEvent::MouseMove, from + QPoint(100, 0), viewer->mapToGlobal(from + QPoint(100, 0)), Qt::NoButton, Qt::LeftButton, Qt::NoModifier);
    QCoreApplication::sendEvent(viewer.get(), &move);
    QTest::mouseRelease(viewer.get(), Qt::LeftButton, {}, from + QPoint(100, 0));
    QVERIFY(viewer->plot().x.lo < x.lo - 0.5);
    QVERIFY(std::abs(viewer->plot().x.length() - x.length()) < 1e-9);
  }

  void partialResultsFollowUnlessZoomed() {
    const auto viewer = shown(parabola(11));
    viewer->show(artifactOf(parabola(21), "training"));
    QVERIFY(viewer->plot().x.hi >= 20);
    wheel(viewer.get(), viewer->plot().frame(viewer->rect()).center(), 2);
    const Range x = viewer->plot().x;
    viewer->show(artifactOf(parabola(41), "training"));
    QCOMPARE(viewer->plot().x, x);
  }

  void logarithmsLeaveOutWhatHasNone() {
    Curve curve = parabola();
    curve.series[1].y[4] = std::numeric_limits<double>::quiet_NaN();
    const auto viewer = shown(curve);
    QVERIFY2(viewer->status().contains("1 values are missing"), qPrintable(viewer->status()));
    const QImage linear = viewer->grab({700, 460});
    viewer->tools()[1]->trigger();
    QVERIFY(viewer->plot().logY());
    QVERIFY(viewer->grab({700, 460}) != linear);
    QVERIFY2(viewer->status().contains("2 values not above zero"), qPrintable(viewer->status()));
    QVERIFY(std::abs(viewer->plot().y.lo - 0) < 0.2 && std::abs(viewer->plot().y.hi - 2) < 0.2);  // 1 to 100
    QCOMPARE(viewer->plot().nearest(0, 0), std::optional<std::size_t>(1));                        // the zero cannot be shown
  }

  void legendHidesALine() {
    const auto viewer = shown(parabola());
    const QImage both = viewer->grab({700, 460});
    QTest::mouseClick(viewer.get(), Qt::LeftButton, {}, viewer->plot().legendRow(1, viewer->rect()).center().toPoint());
    QVERIFY(viewer->plot().hidden(1));
    QVERIFY(viewer->grab({700, 460}) != both);
    QCOMPARE(viewer->plot().points(), std::size_t{11});
  }

  void exportsWhatItShows() {
    const auto viewer = shown(parabola(3));
    QCOMPARE(QString::fromStdString(csv(std::get<Curve>(*viewer->exported()->payload))), QStringLiteral("step,train,test\n0,0,100\n1,1,99\n2,4,98\n"));
  }

  void emptyOneAndTooMany() {
    CurveViewer nothing;
    QVERIFY(nothing.grab({300, 200}).isNull());
    QVERIFY(!nothing.exported());
    const auto empty = shown(Curve{});
    QVERIFY(empty->grab({300, 200}).isNull());
    const auto one = shown(Curve{"x", "y", {{"", {5}, {7}}}});
    QVERIFY(one->plot().x.lo < 5 && one->plot().x.hi > 5 && one->plot().y.lo < 7 && one->plot().y.hi > 7);
    QCOMPARE(one->grab({300, 200}).size(), QSize(300, 200));
    Curve many{"x", "y", {{"noise", {}, {}}}};
    for (std::int64_t i = 0; i < 1'000'000; ++i) {
      many.series[0].x.push_back(static_cast<double>(i));
      many.series[0].y.push_back(static_cast<double>(i * 7919 % 1009));
    }
    const auto viewer = shown(many);
    const qint64 paint = bestOfThree([&] { viewer->repaint(); });
    QVERIFY2(paint < 100, qPrintable(QString::number(paint)));
    QTest::keyClick(viewer.get(), Qt::Key_Plus);
    for (int i = 0; i < 40; ++i) {
      wheel(viewer.get(), viewer->plot().frame(viewer->rect()).center(), 3);
    }
    QVERIFY(viewer->plot().x.length() > 0);
    for (int i = 0; i < 80; ++i) {
      wheel(viewer.get(), viewer->plot().frame(viewer->rect()).center(), -9);
    }
    QVERIFY(std::isfinite(viewer->plot().x.length()));
    viewer->repaint();
  }

  void grabsInBothThemes() {
    const auto viewer = shown(parabola());
    for (const bool dark : {true, false}) {
      applyTheme(dark);
      for (const QSize size : {QSize(80, 60), QSize(1280, 800), QSize(2560, 1440)}) {
        const QImage image = viewer->grab(size);
        QCOMPARE(image.size(), size);
        QCOMPARE(image.pixelColor(size.width() - 1, size.height() - 1), theme().panel);
      }
    }
  }

  void stateSurvives() {
    const auto viewer = shown(parabola());
    const Json state = {{"log_y", true}, {"hidden", {"test"}}, {"x", {1.0, 3.0}}, {"y", {0.0, 1.5}}};
    viewer->restore(state);
    QCOMPARE(viewer->state().dump(), state.dump());
    viewer->restore(Json::object());
    QVERIFY(!viewer->plot().logY() && !viewer->plot().hidden(1) && viewer->plot().x.hi >= 10);
  }
};

VITRINE_TEST(CurveView)

#include "tst_curve_viewer.moc"
