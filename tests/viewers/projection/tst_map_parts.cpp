// Parts of the map without a window: camera, splatter, lines, picker, rows.
#include <numeric>

#include "map_fixture.h"
#include "testing.h"
#include "viewers/projection/lines.h"
#include "viewers/newest_job.h"

using namespace vitrine;
using vitrine::testing::Garments;
using vitrine::testing::mapOf;

namespace {

/// A scene of points given by hand.
Scene sceneFrom(std::vector<float> values, std::size_t dims) {
  Projection projection;
  projection.positions = Matrix(values.size() / dims, dims);
  projection.positions.values = std::move(values);
  std::vector<SampleId> ids(projection.positions.rows);
  std::iota(ids.begin(), ids.end(), 0);
  projection.ids = std::make_shared<const std::vector<SampleId>>(ids);
  return sceneOf(std::make_shared<const Payload>(std::move(projection)));
}

Camera lookingAt(const Scene &scene, int width, int height) {
  Camera camera;
  camera.flat = scene.dims < 3;
  return fitted(scene.bounds, static_cast<double>(width) / height, camera);
}

int alpha(const SplatFrame &frame, int x, int y) {
  return static_cast<int>(frame.argb[static_cast<std::size_t>(y * frame.width + x)] >> 24);
}

SplatFrame drawn(const Scene &scene, const Camera &camera, const PointStyle &style, int width = 200, int height = 160, int oneIn = 1) {
  Splatter splatter;
  SplatFrame frame;
  frame.width = width;
  frame.height = height;
  splatter.draw(scene, camera, style, oneIn, frame);
  return frame;
}

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

}  // namespace

class TstMapParts : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void zoomKeepsThePlaceUnderTheCursor() {
    const Scene scene = sceneFrom({-3, 1, 5, -2, 2, 2}, 2);
    Camera camera = lookingAt(scene, 400, 300);
    float x, y, zoomedX, zoomedY;
    Projector(camera, scene.bounds, 400, 300)(scene.point(1), 2, x, y);
    camera.zoom(3, (x - 200) / 300.0, (y - 150) / 300.0);
    Projector(camera, scene.bounds, 400, 300)(scene.point(1), 2, zoomedX, zoomedY);
    QVERIFY(std::abs(x - zoomedX) < 0.01 && std::abs(y - zoomedY) < 0.01);
    camera.pan(0.1, 0.2);
    float pannedX, pannedY;
    Projector(camera, scene.bounds, 400, 300)(scene.point(1), 2, pannedX, pannedY);
    QVERIFY(std::abs(pannedX - zoomedX - 30) < 0.01 && std::abs(pannedY - zoomedY - 60) < 0.01);
  }

  void fittedCameraShowsEveryPoint() {
    const Garments garments(3000);
    for (const int dims : {2, 3}) {
      const Scene scene = sceneOf(mapOf(garments, dims).payload);
      for (const QSize size : {QSize(900, 300), QSize(300, 900), QSize(500, 500)}) {
        Camera camera = lookingAt(scene, size.width(), size.height());
        for (int turn = 0; turn < 4; ++turn) {
          const Projector projector(camera, scene.bounds, size.width(), size.height());
          for (std::size_t row = 0; row < scene.count; ++row) {
            float x, y;
            QVERIFY(projector(scene.point(row), dims, x, y));
            QVERIFY2(x > 0 && y > 0 && x < size.width() && y < size.height(), qPrintable(QString("%1D row %2").arg(dims).arg(row)));
          }
          if (dims == 3) {
            camera.rotate(0.9, 0.4);
          }
        }
      }
    }
  }

  void easingStartsAndEndsWhereItShould() {
    Camera a, b;
    a.flat = b.flat = false;
    b.height = 0.02;
    b.centre = {3, -1, 2};
    b.rotate(1.2, -0.4);
    QVERIFY(between(a, b, 0) == a && between(a, b, 1) == b);
    const Camera middle = between(a, b, 0.5);
    QVERIFY(std::abs(middle.height - 0.2) < 1e-9);
    double length = 0;
    for (const double value : middle.turn) {
      length += value * value;
    }
    QVERIFY(std::abs(length - 1) < 1e-12);
  }

  void onePointIsARoundSoftDisc() {
    const Scene scene = sceneFrom({0, 0}, 2);
    PointStyle style;
    style.radius = 5;
    style.weight = 1e6F;  // opaque
    const SplatFrame frame = drawn(scene, lookingAt(scene, 200, 160), style);
    double area = 0, momentX = 0, momentY = 0;
    for (int y = 0; y < 160; ++y) {
      for (int x = 0; x < 200; ++x) {
        const double cover = alpha(frame, x, y) > 250 ? 1 : alpha(frame, x, y) / 255.0;
        area += cover;
        momentX += cover * (x + 0.5);
        momentY += cover * (y + 0.5);
      }
    }
    QVERIFY2(area > 70 && area < 100, qPrintable(QString::number(area)));  // 25 pi = 78.5 and a soft edge
    QVERIFY(std::abs(momentX / area - 100) < 0.3 && std::abs(momentY / area - 80) < 0.3);
    style.weight = 1;
    QVERIFY(std::abs(alpha(drawn(scene, lookingAt(scene, 200, 160), style), 100, 80) - 128) <= 1);
  }

  /// Discs that hang over an edge, from inside and from outside, are cut there: the picture is the middle of a larger one.
  void edgesCutDiscsAndNothingElse() {
    for (const int dims : {2, 3}) {
      Rng random(3);
      std::vector<float> values(3000 * static_cast<std::size_t>(dims));
      std::generate(values.begin(), values.end(), [&] { return static_cast<float>(2 * random.uniform() - 1); });
      const Scene scene = sceneFrom(values, dims);
      PointStyle style;
      style.radius = 14;
      style.weight = 0.02F;
      Camera camera = lookingAt(scene, 200, 160);
      camera.zoom(2.5);
      const SplatFrame frame = drawn(scene, camera, style);
      camera.zoom(0.5);
      const bool same = dims == 2;  // in perspective a wider picture is seen from farther away
      const SplatFrame wider = drawn(scene, camera, style, 400, 320);
      int worst = 0, covered = 0;
      for (int y = 0; y < 160; ++y) {
        for (int x = 0; x < 200; ++x) {
          worst = std::max(worst, std::abs(alpha(frame, x, y) - alpha(wider, x + 100, y + 80)));
          covered += alpha(frame, x, y) > 0 ? 1 : 0;
        }
      }
      QVERIFY2(covered > 20000 && (!same || worst <= 3), qPrintable(QStringLiteral("%1 covered, off by %2").arg(covered).arg(worst)));
    }
  }

  void denseplacesAreStronger() {
    std::vector<float> values{-1, 0};
    for (int i = 0; i < 50; ++i) {
      values.insert(values.end(), {1, 0});
    }
    const Scene scene = sceneFrom(values, 2);
    PointStyle style;
    style.weight = 0.5F;
    const Camera camera = lookingAt(scene, 200, 160);
    const SplatFrame frame = drawn(scene, camera, style);
    float x, y;
    const Projector projector(camera, scene.bounds, 200, 160);
    projector(scene.point(0), 2, x, y);
    const int alone = alpha(frame, static_cast<int>(x), static_cast<int>(y));
    projector(scene.point(1), 2, x, y);
    const int crowd = alpha(frame, static_cast<int>(x), static_cast<int>(y));
    QVERIFY2(alone > 70 && alone < 100 && crowd > 240, qPrintable(QString("%1 %2").arg(alone).arg(crowd)));
  }

  void selectedPointsLieOnTopAndOthersKeepTheirHue() {
    Scene scene = sceneFrom({-1, 0, 1, 0, 1, 0}, 2);
    scene.colours = std::make_shared<const std::vector<std::uint32_t>>(std::vector<std::uint32_t>{0xff0000ffU, 0xff0000ffU, 0xff00ff00U});  // red, red, green
    scene.selected = std::make_shared<const std::vector<std::uint8_t>>(std::vector<std::uint8_t>{0, 0, 1});
    scene.selectedCount = 1;
    PointStyle style;
    style.weight = 1e6F;
    const Camera camera = lookingAt(scene, 200, 160);
    const SplatFrame frame = drawn(scene, camera, style);
    float x, y;
    const Projector projector(camera, scene.bounds, 200, 160);
    projector(scene.point(1), 2, x, y);
    const QRgb top = frame.argb[static_cast<std::size_t>(static_cast<int>(y) * 200 + static_cast<int>(x))];
    QVERIFY(qGreen(top) > 200 && qRed(top) < 40);
    projector(scene.point(0), 2, x, y);
    const QRgb dimmed = frame.argb[static_cast<std::size_t>(static_cast<int>(y) * 200 + static_cast<int>(x))];
    QVERIFY(qAlpha(dimmed) > 40 && qAlpha(dimmed) < 110 && qRed(dimmed) > 2 * qGreen(dimmed));
  }

  void nearPointsHideFarOnes() {
    Scene scene = sceneFrom({0, 0, 1, 0, 0, -1, 0.5, 0.5, 0}, 3);
    scene.colours = std::make_shared<const std::vector<std::uint32_t>>(std::vector<std::uint32_t>{0xff0000ffU, 0xff00ff00U, 0xffff0000U});
    PointStyle style;
    style.radius = 6;
    style.weight = 1e6F;
    const Camera camera = lookingAt(scene, 200, 160);
    const SplatFrame frame = drawn(scene, camera, style);
    const Projector projector(camera, scene.bounds, 200, 160);
    float x, y;
    projector(scene.point(0), 3, x, y);
    const std::size_t pixel = static_cast<std::size_t>(static_cast<int>(y) * 200 + static_cast<int>(x));
    QVERIFY(qRed(frame.argb[pixel]) > 180 && qGreen(frame.argb[pixel]) < 60);
    QVERIFY(std::abs(frame.depth[pixel] - projector.depth(projector.distance(scene.point(0), 3))) < 1e-5);
    QCOMPARE(frame.depth[0], 1.0F);
  }

  void linesAreHiddenByPointsAndHideThem() {
    const Scene scene = sceneFrom({0, 0, 0, -1, -1, -1, 1, 1, 1}, 3);
    PointStyle style;
    style.radius = 8;
    style.weight = 1e6F;
    style.plain = 0xff0000ffU;
    const Camera camera = lookingAt(scene, 200, 160);
    const Projector projector(camera, scene.bounds, 200, 160);
    for (const float z : {-0.5F, 0.5F}) {
      SplatFrame frame = drawn(scene, camera, style);
      const std::vector<Segment> line{{{-0.8F, 0, z}, {0.8F, 0, z}, 0xff00ff00U}};
      drawSegments(line, projector, 2, frame);
      const QRgb middle = frame.argb[80 * 200 + 100], beside = frame.argb[80 * 200 + 70];
      QVERIFY(qGreen(beside) > 150);
      QCOMPARE(qGreen(middle) > 150, z > 0);
    }
  }

  void whatIsNoNumberIsLeftOut() {
    for (const std::size_t dims : {2U, 3U}) {
      std::vector<float> values(4 * dims, 1);
      values[0] = kNan;
      values[dims] = std::numeric_limits<float>::infinity();
      values[2 * dims] = -1;
      const Scene scene = sceneFrom(values, dims);
      QVERIFY(std::isfinite(scene.bounds.ball) && scene.bounds.low[0] == -1 && scene.bounds.high[0] == 1);
      const Camera camera = lookingAt(scene, 200, 160);
      drawn(scene, camera, {});
      const Projector projector(camera, scene.bounds, 200, 160);
      QCOMPARE(rowsInBox(scene, projector, {0, 0}, {200, 160}), (std::vector<std::size_t>{2, 3}));
    }
    QCOMPARE(sceneFrom({kNan, kNan}, 2).bounds.empty, true);
    QCOMPARE(sceneOf(std::make_shared<const Payload>(Curve{})).count, std::size_t{0});
  }

  void pickFindsTheNearest_data() {
    QTest::addColumn<int>("dims");
    QTest::newRow("2D") << 2;
    QTest::newRow("3D") << 3;
  }
  void pickFindsTheNearest() {
    QFETCH(int, dims);
    const Garments garments(4000);
    const Scene scene = sceneOf(mapOf(garments, dims).payload);
    Camera camera = lookingAt(scene, 800, 600);
    if (dims == 3) {
      camera.rotate(0.5, 0.3);
    }
    const Projector projector(camera, scene.bounds, 800, 600);
    for (std::size_t row = 0; row < scene.count; row += 97) {
      float x, y;
      projector(scene.point(row), dims, x, y);
      const auto found = nearestRow(scene, projector, {x, y}, 8, 2);
      QVERIFY(found.has_value());
      float foundX, foundY;
      projector(scene.point(*found), dims, foundX, foundY);
      if (dims == 2) {
        QVERIFY(std::hypot(foundX - x, foundY - y) < 1e-3);
      } else {  // another one may cover the place, but then it is nearer to the eye
        QVERIFY(projector.distance(scene.point(*found), 3) <= projector.distance(scene.point(row), 3));
      }
    }
    QVERIFY(!nearestRow(scene, projector, {-500, -500}, 8, 2));
  }

  void boxAndLassoAgreeWithTheirDefinitions() {
    const Garments garments(5000);
    for (const int dims : {2, 3}) {
      const Scene scene = sceneOf(mapOf(garments, dims).payload);
      const Projector projector(lookingAt(scene, 800, 600), scene.bounds, 800, 600);
      const std::vector<std::size_t> box = rowsInBox(scene, projector, {500, 400}, {200, 150});
      const std::vector<ScreenPoint> rectangle{{200, 150}, {500, 150}, {500, 400}, {200, 400}};
      QVERIFY(box.size() > 100);
      QCOMPARE(rowsInLasso(scene, projector, rectangle), box);
      std::vector<ScreenPoint> circle;
      for (int i = 0; i < 400; ++i) {
        circle.push_back({350 + 120 * std::cos(0.0157F * static_cast<float>(i)), 300 + 120 * std::sin(0.0157F * static_cast<float>(i))});
      }
      std::size_t inside = 0;
      const std::vector<std::size_t> lasso = rowsInLasso(scene, projector, circle);
      for (std::size_t row = 0; row < scene.count; ++row) {
        float x, y;
        projector(scene.point(row), dims, x, y);
        const float away = std::hypot(x - 350, y - 300);
        inside += away < 119 ? 1 : 0;
        QVERIFY(away < 119 || away > 121 || std::abs(away - 120) < 1.01F);
        if (away < 119 || away > 121) {
          QCOMPARE(std::binary_search(lasso.begin(), lasso.end(), row), away < 119);
        }
      }
      QVERIFY(inside > 50);
    }
  }

  void thinningIsHonest() {
    const Garments garments(40000);
    const Scene scene = sceneOf(mapOf(garments, 2).payload);
    PointStyle style;
    style.radius = 0.85F;
    const Camera camera = lookingAt(scene, 800, 600);
    const auto ink = [&](int oneIn) {
      const SplatFrame frame = drawn(scene, camera, style, 800, 600, oneIn);
      return std::count_if(frame.argb.begin(), frame.argb.end(), [](std::uint32_t pixel) { return pixel != 0; });
    };
    const auto all = ink(1), quarter = ink(4);
    QVERIFY2(quarter < 0.55 * all && quarter > 0.2 * all, qPrintable(QString("%1 %2").arg(all).arg(quarter)));
  }

  void aRaisedFlagStopsTheSplatter() {
    const Garments garments(40000);
    const Scene scene = sceneOf(mapOf(garments, 2).payload);
    Splatter splatter;
    SplatFrame frame;
    frame.width = frame.height = 300;
    const std::atomic<bool> stop{true};
    QVERIFY(!splatter.draw(scene, lookingAt(scene, 300, 300), {}, 1, frame, &stop));
    QVERIFY(splatter.draw(scene, lookingAt(scene, 300, 300), {}, 1, frame));
    SplatFrame fresh = drawn(scene, lookingAt(scene, 300, 300), {}, 300, 300);
    QVERIFY(frame.argb == fresh.argb);  // nothing is left of the half picture
  }

  void newestJobWins() {
    std::atomic<int> last{0}, runs{0};
    {
      NewestJob jobs;
      for (int i = 1; i <= 50; ++i) {
        jobs.request([i, &last, &runs](const std::atomic<bool> &) {
          last = i;
          ++runs;
          QThread::msleep(2);
        });
      }
      QTRY_VERIFY(jobs.idle());
    }
    QCOMPARE(last.load(), 50);
    QVERIFY(runs < 50);
  }

  void rowsAndSamples() {
    const auto garments = std::make_shared<Garments>(100);
    const auto ids = std::make_shared<const std::vector<SampleId>>(std::vector<SampleId>{1030, 1000, 5, 1009});  // out of order, one unknown
    const SampleRows rows(ids, garments);
    QCOMPARE(rows.row(1009), std::optional<std::size_t>(3));
    QVERIFY(!rows.row(1003));
    QCOMPARE(rows.rows({5, 1000, 1003, 1030}), (std::vector<std::size_t>{2, 1, 0}));
    const Column label = rows.gathered(garments->columns()[0]);
    QCOMPARE(label.codes[0], garments->columns()[0].codes[10]);
    QCOMPARE(label.codes[2], -1);
    const SampleRows part(std::make_shared<const std::vector<SampleId>>(std::vector<SampleId>{1030, 1033, 1036}), garments);
    QCOMPARE(part.gathered(garments->columns()[1]).numbers[2], garments->columns()[1].numbers[12]);
    QCOMPARE(matchingRows(rows, garments.get(), "#1009"), (std::vector<std::size_t>{3}));
    const SampleRows all(std::make_shared<const std::vector<SampleId>>(garments->ids()), garments);
    QCOMPARE(matchingRows(all, garments.get(), "MENDED"), (std::vector<std::size_t>{7, 57}));
  }
};
VITRINE_TEST(TstMapParts)
#include "tst_map_parts.moc"
