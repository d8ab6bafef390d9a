// A .vnv file in the window: opened, joined with its originals whichever comes first, refused when damaged, kept in a project.
#include <QDir>

#include "testing.h"
#include "tests/backends/video/made_film.h"
#include "viewers/video/video_viewer.h"
#include "window_fixture.h"

using namespace vitrine;
using namespace vitrine::testing;

class FilmsTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    QStandardPaths::setTestModeEnabled(true);
    qRegisterMetaType<Artifact>();
    video::writeVnvFile(film().toStdString(), madeModel());
    QDir(m_dir.path()).mkpath(QStringLiteral("frames"));
    const video::Decoder decoder(video::fittedVideo(madeModel(), "film"));
    for (int i = 0; i < 8; ++i) {
      const Image frame = decoder.frame(i);
      const QImage picture(frame.pixels.data(), frame.width, frame.height, 3 * frame.width, QImage::Format_RGB888);
      QVERIFY(picture.save(m_dir.filePath(QStringLiteral("frames/%1.png").arg(i))));
    }
  }

  void opensAsAFilmAlone() {
    MainWindow window;
    window.show();
    window.openPaths({film()});
    QVERIFY(QTest::qWaitFor([&] { return bench(window) != nullptr; }, 10000));
    QVERIFY2(bench(window)->status().contains(QStringLiteral("frame 1 of 8")), qPrintable(bench(window)->status()));
    QCOMPARE(window.documents().recent().first(), film());
    const Run *run = window.session().runs().back().get();
    QVERIFY(run->artifact("path") != nullptr && run->artifact("layers") != nullptr);
    QCOMPARE(window.area().active()->title(), QStringLiteral("film.vnv - model"));
    window.openPaths({film()});
    QCOMPARE(window.session().runs().size(), 1U);
  }

  void originalsJoinWhicheverComesFirst_data() {
    QTest::addColumn<bool>("filmFirst");
    QTest::newRow("film first") << true;
    QTest::newRow("frames first") << false;
  }
  void originalsJoinWhicheverComesFirst() {
    QFETCH(bool, filmFirst);
    MainWindow window;
    window.show();
    QStringList paths = {film(), m_dir.filePath(QStringLiteral("frames"))};
    if (!filmFirst) {
      paths.swapItemsAt(0, 1);
    }
    for (const QString &path : paths) {
      window.openPaths({path});
      QVERIFY(QTest::qWaitFor([&] { return window.area().active() != nullptr && window.area().active()->viewer()->status().contains(u'8'); }, 10000));
    }
    Run *run = window.session().runs().back().get();
    QVERIFY(QTest::qWaitFor([&] { return !run->setup.data.isEmpty(); }, 10000));
    auto *viewer = qobject_cast<VideoViewer *>(window.area().open(run, "model")->viewer());
    QVERIFY(QTest::qWaitFor([&] { return std::ranges::all_of(viewer->quality(), [](double q) { return q > 80; }); }, 10000));
    const QString folder = m_dir.filePath(filmFirst ? QStringLiteral("a.vitrine") : QStringLiteral("b.vitrine"));
    window.documents().saveTo(folder);
    QVERIFY(QTest::qWaitFor([&] { return !window.documents().saving(); }, 10000));
    MainWindow again;
    again.show();
    again.openPaths({folder});
    QVERIFY(QTest::qWaitFor([&] { return !again.session().runs().empty() && again.session().runs().back()->artifact("model") != nullptr; }, 10000));
    auto *reopened = qobject_cast<VideoViewer *>(again.area().open(again.session().runs().back().get(), "model")->viewer());
    QVERIFY(QTest::qWaitFor([&] { return reopened->quality().size() == 8 && reopened->quality()[7] > 80; }, 10000));
  }

  void otherFramesAreNoOriginals() {
    QDir(m_dir.path()).mkpath(QStringLiteral("others"));
    QImage picture(32, 16, QImage::Format_RGB888);
    picture.fill(Qt::white);
    for (int i = 0; i < 9; ++i) {
      QVERIFY(picture.save(m_dir.filePath(QStringLiteral("others/%1.png").arg(i))));
    }
    MainWindow window;
    window.show();
    window.openPaths({m_dir.filePath(QStringLiteral("others")), film()});
    QVERIFY(QTest::qWaitFor([&] { return bench(window) != nullptr; }, 10000));
    QTest::qWait(500);
    QVERIFY(window.session().runs().back()->setup.data.isEmpty());
    QVERIFY(bench(window)->status().contains(QStringLiteral("frame 1 of 8")));
  }

  /// As it is shown, with a caption, in every code that this machine can write.
  void filmIsExportedAsItIsShown() {
    MainWindow window;
    window.show();
    window.openPaths({m_dir.filePath(QStringLiteral("frames")), film()});
    QVERIFY(QTest::qWaitFor([&] { return bench(window) != nullptr && !window.session().runs().back()->setup.data.isEmpty(); }, 10000));
    bench(window)->canvas().setCompare(Compare::Difference);
    for (const data::FilmCodec &codec : data::filmCodecs()) {
      if (codec.encoder.empty()) {
        continue;
      }
      const QString file = m_dir.filePath(QString::fromStdString(codec.id) + QStringLiteral(".mkv"));
      QString said;
      FilmExport *film = window.outputs().writeFilm(window.area().active(), {320, 240}, file, codec.id);
      connect(film, &FilmExport::finished, this, [&said](const QString &name) { said = name; });
      connect(film, &FilmExport::failed, this, [&said](const QString &error) { said = error; });
      QVERIFY(QTest::qWaitFor([&] { return !said.isEmpty(); }, 30000));
      QCOMPARE(said, file);
      const auto written = data::open(file.toStdString());
      QCOMPARE(written->count(), 8U);
      const Image picture = written->image(written->ids()[3]);
      QVERIFY(picture.width == 320 && picture.height == 240);
      const std::uint8_t *middle = &picture.pixels[(std::size_t{110} * 320 + 160) * 3];  // reconstruction and original are the same: grey
      QVERIFY2(std::abs(middle[0] - 128) < 6 && std::abs(middle[2] - 128) < 6, codec.id.c_str());
      int bright = 0;
      for (std::size_t at = std::size_t{226} * 320 * 3; at < picture.pixels.size(); ++at) {
        bright += picture.pixels[at] > 128 ? 1 : 0;
      }
      QVERIFY(bright > 100);  // the caption
    }
  }

  void damagedFileIsOneClearError() {
    QFile file(film());
    QVERIFY(file.open(QIODevice::ReadOnly));
    QByteArray bytes = file.readAll();
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
    const QString damaged = m_dir.filePath(QStringLiteral("damaged.vnv"));
    writeFile(damaged.toStdString(), {bytes.constData(), static_cast<std::size_t>(bytes.size())});
    MainWindow window;
    window.show();
    window.openPaths({damaged});
    QVERIFY(QTest::qWaitFor([&] { return !window.bannerText().isEmpty(); }, 10000));
    QVERIFY2(window.bannerText().contains(QStringLiteral("damaged.vnv")) && window.bannerText().contains(QStringLiteral("checksum")),
             qPrintable(window.bannerText()));
    QVERIFY(!window.bannerText().contains(u'\n'));
    QVERIFY(window.session().runs().empty() && window.area().frames().empty());
  }

 private:
  QString film() const { return m_dir.filePath(QStringLiteral("film.vnv")); }
  static VideoViewer *bench(MainWindow &window) {
    return window.area().active() == nullptr ? nullptr : qobject_cast<VideoViewer *>(window.area().active()->viewer());
  }
  QTemporaryDir m_dir;
};

VITRINE_TEST(FilmsTest)
#include "tst_films.moc"
