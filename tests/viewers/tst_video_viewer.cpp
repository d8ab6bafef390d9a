// The video bench: the right pictures beside each other, quality against the originals, seeking, playing, zooming.
#include <cmath>

#include <QElapsedTimer>
#include <QSlider>
#include <QThread>
#include <QToolButton>
#include <QUndoStack>

#include "testing.h"
#include "viewers/video/video_viewer.h"
#include "widgets/selection.h"
#include "widgets/theme.h"

using namespace vitrine;

namespace {

/// Grey frames whose value is ten times their number plus an offset; frame 5 may be off by more.
class GreyFilm : public FrameSource {
 public:
  explicit GreyFilm(int offset, int worst = 0) : m_offset(offset), m_worst(worst) {}
  std::size_t count() const override { return 12; }
  int width() const override { return 16; }
  int height() const override { return 8; }
  double rate() const override { return 50; }
  Image frame(std::size_t i) const override {
    if (i >= count()) {
      throw InputError("film", "has no frame " + std::to_string(i));
    }
    const int value = 10 * static_cast<int>(i) + 20 + m_offset + (i == 5 ? m_worst : 0);
    return {16, 8, 3, std::vector<std::uint8_t>(16 * 8 * 3, static_cast<std::uint8_t>(value))};
  }
  std::vector<std::uint8_t> file() const override { return {}; }

 private:
  int m_offset, m_worst;
};

/// Takes longer to decode than its 50 frames a second leave, but for its previews.
class SlowFilm : public GreyFilm {
 public:
  SlowFilm() : GreyFilm(0) {}
  Image frame(std::size_t i) const override {
    QThread::msleep(60);
    return GreyFilm::frame(i);
  }
  Image preview(std::size_t i) const override { return {8, 4, 3, std::vector<std::uint8_t>(8 * 4 * 3, GreyFilm::frame(i).pixels[0])}; }
};

/// Makes a film brighter by ten for each bit, in no time or slowly.
class BrightEditor : public FilmEditor {
 public:
  explicit BrightEditor(int milliseconds, int bits = 8) : m_milliseconds(milliseconds), m_bits(bits) {}
  int weightBits() const override { return m_bits; }
  Video edited(const FilmEdit &edit) const override {
    QThread::msleep(static_cast<unsigned long>(m_milliseconds));
    return {nullptr, std::make_shared<GreyFilm>(10 * edit.weightBits), nullptr};
  }
  std::size_t bytes(const FilmEdit &edit) const override {
    QThread::msleep(static_cast<unsigned long>(m_milliseconds));
    return edit.weightBits == 0 ? 8000 : 1000 * static_cast<std::size_t>(edit.weightBits);
  }

 private:
  int m_milliseconds, m_bits;
};

struct Fixture {
  Fixture() : selection(&undo) {
    context.selection = &selection;
    context.undo = &undo;
    context.originals = std::make_shared<GreyFilm>(0);
    viewer.resize(800, 420);
    viewer.setContext(context);
    std::vector<SampleId> ids;
    for (SampleId id = 100; id < 112; ++id) {
      ids.push_back(id);
    }
    film = {
        "model", std::make_shared<const Payload>(Video{std::make_shared<const std::vector<SampleId>>(ids), std::make_shared<GreyFilm>(2, 20), nullptr}), {}};
    viewer.show(film);
    viewer.QWidget::show();
  }
  bool measured() const {
    return std::ranges::none_of(viewer.quality(), [](double q) { return std::isnan(q); });
  }
  QUndoStack undo;
  Selection selection;
  ViewerContext context;
  Artifact film;
  VideoViewer viewer;
};

}  // namespace

class TstVideoViewer : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { applyTheme(true); }

  void qualityIsPsnrOfEachFrame() {
    Fixture f;
    QTRY_VERIFY(f.measured());
    const double two = 20 * std::log10(255.0 / 2);
    QVERIFY(std::abs(f.viewer.quality()[0] - two) < 1e-3);
    QVERIFY(std::abs(f.viewer.quality()[5] - 20 * std::log10(255.0 / 22)) < 1e-3);
    QVERIFY2(f.viewer.status().contains(QStringLiteral("worst frames 6")), qPrintable(f.viewer.status()));
    const auto table = f.viewer.exported();
    QVERIFY(table && table->as<Table>()->columns[1].numbers[5] == f.viewer.quality()[5]);
  }

  void picturesAreTheFramesWanted() {
    Fixture f;
    f.viewer.seek(3);
    QTRY_COMPARE(f.viewer.shownFrame(), 3U);
    VideoCanvas &canvas = f.viewer.canvas();
    const QImage both = f.viewer.grab({800, 420});
    const auto colourAt = [&](const QRectF &pixel) { return qRed(both.pixel(pixel.center().toPoint())); };
    QCOMPARE(colourAt(canvas.pixelPlace(4, 4, 0)), 50);
    QCOMPARE(colourAt(canvas.pixelPlace(4, 4, 1)), 52);
    canvas.setCompare(Compare::Difference);
    canvas.setGain(8);
    const QImage difference = f.viewer.grab({800, 420});
    QCOMPARE(qRed(difference.pixel(canvas.pixelPlace(4, 4).center().toPoint())), 128 + 16);
    canvas.setCompare(Compare::Wipe);
    canvas.setWipe(0.5);
    const QImage wiped = f.viewer.grab({800, 420});
    QCOMPARE(qRed(wiped.pixel(canvas.pixelPlace(2, 4).center().toPoint())), 50);
    QCOMPARE(qRed(wiped.pixel(canvas.pixelPlace(13, 4).center().toPoint())), 52);
  }

  void clickOnTheStripSeeks() {
    Fixture f;
    QTRY_VERIFY(f.measured());
    auto *strip = f.viewer.findChild<QualityStrip *>();
    QTest::mouseClick(strip, Qt::LeftButton, {}, {strip->width() - 54, 20});
    QTRY_COMPARE(f.viewer.shownFrame(), 11U);
    QCOMPARE(strip->worst(1), std::vector<std::size_t>{5});
    f.selection.setCurrent(104);  // chosen elsewhere
    QTRY_COMPARE(f.viewer.shownFrame(), 4U);
  }

  void playsASlowFilmAtHalfSize() {
    Fixture f;
    f.viewer.show({"slow", std::make_shared<const Payload>(Video{f.film.as<Video>()->ids, std::make_shared<SlowFilm>(), nullptr}), {}});
    f.viewer.seek(2);
    QTRY_COMPARE(f.viewer.shownFrame(), 2U);
    QVERIFY(!f.viewer.shownAtHalfSize());
    f.viewer.setPlaying(true);
    QTRY_VERIFY(f.viewer.shownAtHalfSize() && f.viewer.shownFrame() > 3);
    QVERIFY(!f.viewer.grab({400, 200}).isNull());
    QVERIFY(!f.viewer.shownAtHalfSize());  // a picture is of the whole frame
    QTRY_VERIFY(f.viewer.shownAtHalfSize());
    f.viewer.setPlaying(false);
    QTRY_VERIFY(!f.viewer.shownAtHalfSize());  // so is what stands still
    f.viewer.setPlaying(true);
    f.viewer.seek(7);
    f.viewer.setPlaying(false);  // before the half-size picture came
    QTRY_COMPARE(f.viewer.shownFrame(), 7U);
    QTRY_VERIFY(!f.viewer.shownAtHalfSize());
  }

  void playsInALoop() {
    Fixture f;
    f.viewer.seek(10);
    f.viewer.setPlaying(true);
    QTRY_VERIFY(f.viewer.shownFrame() < 5);
    f.viewer.setPlaying(false);
    QVERIFY(!f.viewer.playing());
    f.viewer.setPlaying(true);
    f.viewer.hide();
    QVERIFY(!f.viewer.playing());  // nobody looks
  }

  void zoomKeepsThePlaceUnderTheMouse() {
    Fixture f;
    QTRY_VERIFY(!f.viewer.status().isEmpty() && f.viewer.grab({800, 420}).width() == 800);
    QTest::qWait(50);
    VideoCanvas &canvas = f.viewer.canvas();
    const QPointF place = canvas.pixelPlace(12, 2).center();
    QWheelEvent wheel(place, canvas.mapToGlobal(place), {}, {0, 600}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
    QApplication::sendEvent(&canvas, &wheel);
    QVERIFY(canvas.zoom() > 3);
    QVERIFY(canvas.pixelPlace(12, 2).adjusted(-1, -1, 1, 1).contains(place));
    QTest::mouseMove(&canvas, place.toPoint());
    QTRY_VERIFY(f.viewer.status().contains(QStringLiteral("12, 2: ")));
    canvas.fit();
    QCOMPARE(canvas.zoom(), 1.0);
  }

  /// Beside the path: the frame's code and the way from it, decoded; the next frame that is chosen is a frame again.
  void aCodeBesideThePathIsShown() {
    class Codes : public LatentDecoder {
     public:
      std::size_t dims() const override { return 2; }
      std::vector<float> latent(std::size_t frame) const override { return {static_cast<float>(10 * frame), 0}; }
      Image decode(std::span<const float> code) const override {
        return {16, 8, 3, std::vector<std::uint8_t>(16 * 8 * 3, static_cast<std::uint8_t>(code[0] + 10 * code[1]))};
      }
    };
    Fixture f;
    const auto *plain = f.film.as<Video>();
    f.viewer.show({"model", std::make_shared<const Payload>(Video{plain->ids, plain->frames, std::make_shared<Codes>()}), {}});
    f.selection.setProbe(104, {3, 5});
    QTRY_COMPARE(f.viewer.shownFrame(), 4U);
    QCOMPARE(qRed(f.viewer.grab({800, 420}).pixel(f.viewer.canvas().pixelPlace(4, 4, 1).center().toPoint())), 40 + 3 + 50);
    f.selection.setProbe(104, {3});  // of another space
    QTest::qWait(50);
    QCOMPARE(qRed(f.viewer.grab({800, 420}).pixel(f.viewer.canvas().pixelPlace(4, 4, 1).center().toPoint())), 62);
    f.viewer.choose(6);
    QCOMPARE(f.selection.current(), 106);
    QTRY_COMPARE(f.viewer.shownFrame(), 6U);
    QCOMPARE(qRed(f.viewer.grab({800, 420}).pixel(f.viewer.canvas().pixelPlace(4, 4, 1).center().toPoint())), 82);
  }

  void knobsChangeThePictureTheQualityAndTheBytes() {
    Fixture f;
    const auto *plain = f.film.as<Video>();
    QVERIFY(!f.viewer.knobs().isVisible());
    f.viewer.show({"model", std::make_shared<const Payload>(Video{plain->ids, plain->frames, nullptr, std::make_shared<BrightEditor>(0)}), {}});
    QVERIFY(f.viewer.knobs().isVisible());
    QTRY_COMPARE(f.viewer.knobs().costs().section(u' ', 0, 1), QStringLiteral("8,000 bytes"));
    f.viewer.findChild<QSlider *>(QStringLiteral("bits"))->setValue(3);
    QTRY_VERIFY(f.measured() && std::abs(f.viewer.quality()[5] - 20 * std::log10(255.0 / 30)) < 1e-3);
    QTRY_VERIFY2(f.viewer.knobs().costs().contains(QStringLiteral("38 %")), qPrintable(f.viewer.knobs().costs()));
    QCOMPARE(f.viewer.knobs().costs().section(u' ', 0, 4), QStringLiteral("3,000 bytes - 15.6 bpp"));  // 12 frames of 16 x 8
    Fixture g;
    g.viewer.show({"model", std::make_shared<const Payload>(Video{plain->ids, plain->frames, nullptr, std::make_shared<BrightEditor>(0)}), {}});
    g.viewer.restore(f.viewer.state());
    QCOMPARE(g.viewer.knobs().edit().weightBits, 3);
    QTRY_VERIFY(g.measured() && std::abs(g.viewer.quality()[5] - 20 * std::log10(255.0 / 30)) < 1e-3);
  }

  void knobsAreTakenBack() {
    Fixture f;
    const auto *plain = f.film.as<Video>();
    const auto film = [&] {
      return Artifact{"model", std::make_shared<const Payload>(Video{plain->ids, plain->frames, nullptr, std::make_shared<BrightEditor>(0)}), {}};
    };
    f.viewer.show(film());
    for (const int bits : {5, 4, 3}) {  // one pull at the slider is one step
      f.viewer.findChild<QSlider *>(QStringLiteral("bits"))->setValue(bits);
    }
    QCOMPARE(f.undo.count(), 1);
    QTRY_VERIFY(f.measured() && std::abs(f.viewer.quality()[5] - 20 * std::log10(255.0 / 30)) < 1e-3);
    f.undo.undo();
    QCOMPARE(f.viewer.knobs().edit(), FilmEdit{});
    QTRY_VERIFY(f.measured() && f.viewer.quality()[5] > 60);
    f.undo.redo();
    QCOMPARE(f.viewer.knobs().edit().weightBits, 3);
    f.viewer.show(film());
    f.undo.undo();  // of another film
    QCOMPARE(f.viewer.knobs().edit().weightBits, 3);
  }

  void arrowsMoveTheKnobThatHasTheFocus() {
    Fixture f;
    const auto *plain = f.film.as<Video>();
    f.viewer.show({"model", std::make_shared<const Payload>(Video{plain->ids, plain->frames, nullptr, std::make_shared<BrightEditor>(0)}), {}});
    f.viewer.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&f.viewer));
    auto *bits = f.viewer.findChild<QSlider *>(QStringLiteral("bits"));
    bits->setFocus();
    QTest::keyClick(bits, Qt::Key_Left);
    QCOMPARE(f.viewer.knobs().edit().weightBits, 7);
    QCOMPARE(f.selection.current(), -1);
    QTest::keyClick(bits, Qt::Key_D);  // which no slider takes
    QCOMPARE(f.viewer.canvas().compare(), Compare::Difference);
    auto *back = f.viewer.knobs().findChild<QToolButton *>();
    back->setFocus();
    QTest::keyClick(back, Qt::Key_Space);  // presses it and does not play
    QCOMPARE(f.viewer.knobs().edit(), FilmEdit{});
    QVERIFY(!f.viewer.playing());
    f.viewer.canvas().setFocus();
    QTest::keyClick(&f.viewer.canvas(), Qt::Key_Right);
    QCOMPARE(f.selection.current(), 101);
  }

  void bitsEndAtTheFilms() {
    Fixture f;
    const auto *plain = f.film.as<Video>();
    const auto show = [&](int bits) {
      f.viewer.show({"model", std::make_shared<const Payload>(Video{plain->ids, plain->frames, nullptr, std::make_shared<BrightEditor>(0, bits)}), {}});
    };
    auto *bits = f.viewer.findChild<QSlider *>(QStringLiteral("bits"));
    show(6);
    QCOMPARE(bits->maximum(), 6);
    QCOMPARE(f.viewer.knobs().edit(), FilmEdit{});
    show(8);
    QCOMPARE(f.viewer.knobs().edit(), FilmEdit{});  // as filed there, too
    bits->setValue(7);
    QCOMPARE(f.viewer.knobs().edit().weightBits, 7);
    show(6);  // which has no more
    QCOMPARE(f.viewer.knobs().edit(), FilmEdit{});
    QTRY_VERIFY(f.measured());
    bits->setValue(5);
    QCOMPARE(f.viewer.knobs().edit().weightBits, 5);
    Json state = f.viewer.state();
    show(6);
    f.viewer.restore(state);
    bits->setValue(6);  // back before it could be made: nothing is, and the film as it was is measured
    QTRY_VERIFY(f.measured());
    state["weight_bits"] = 7;
    f.viewer.restore(state);  // of a time when a film of six bits could be asked for seven
    QCOMPARE(f.viewer.knobs().edit(), FilmEdit{});
    QTRY_VERIFY(f.measured());
  }

  /// Seeking while a change is still being made loses neither, and the window does not wait for them.
  void slowChangesHoldNobodyUp() {
    Fixture f;
    const auto *plain = f.film.as<Video>();
    f.viewer.show({"model", std::make_shared<const Payload>(Video{plain->ids, plain->frames, nullptr, std::make_shared<BrightEditor>(150)}), {}});
    QElapsedTimer clock;
    clock.start();
    auto *bits = f.viewer.findChild<QSlider *>(QStringLiteral("bits"));
    for (int value = 8; value >= 2; --value) {
      bits->setValue(value);
      f.viewer.seek(static_cast<std::size_t>(value));
    }
    QVERIFY2(clock.elapsed() < 100, qPrintable(QString::number(clock.elapsed())));
    QTRY_COMPARE(f.viewer.shownFrame(), 2U);
    QTRY_VERIFY(f.measured() && std::abs(f.viewer.quality()[5] - 20 * std::log10(255.0 / 20)) < 1e-3);
    QTRY_VERIFY(f.viewer.knobs().costs().startsWith(QStringLiteral("2,000 bytes")));
  }

  void stateComesBackAndAFilmAloneIsShown() {
    Fixture f;
    f.viewer.seek(7);
    f.viewer.canvas().setCompare(Compare::Wipe);
    Fixture g;
    g.viewer.restore(f.viewer.state());
    QTRY_COMPARE(g.viewer.shownFrame(), 7U);
    QVERIFY(g.viewer.canvas().compare() == Compare::Wipe);
    g.viewer.restore({{"frame", 1000}, {"compare", "x"}});
    QCOMPARE(g.viewer.frame(), 7U);  // no such frame
    g.context.originals = nullptr;
    g.viewer.setContext(g.context);
    QTest::qWait(50);
    QVERIFY(!g.viewer.grab({300, 200}).isNull());
    QVERIFY(!g.viewer.findChild<QualityStrip *>()->isVisible());
  }
};
VITRINE_TEST(TstVideoViewer)

#include "tst_video_viewer.moc"
