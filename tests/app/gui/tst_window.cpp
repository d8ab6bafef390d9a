// The window as a user meets it: open, run, click, undo, stop, refuse bad input.
#include <QApplication>
#include <QClipboard>
#include <QDir>
#include <QInputDialog>
#include <QLabel>
#include <QSlider>
#include <QTimer>
#include <QToolButton>
#include <QTreeWidget>

#include "app/gui/dialogs/help_window.h"
#include "app/gui/workspace.h"
#include "testing.h"
#include "widgets/theme.h"
#include "window_fixture.h"

using namespace vitrine;
using namespace vitrine::testing;

class WindowTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    QStandardPaths::setTestModeEnabled(true);
    qRegisterMetaType<Artifact>();
    applyTheme(true);
  }

  void opensRunsAndShows() {
    MainWindow window;
    window.resize(1280, 800);
    window.show();
    const QString data = openBlobs(window, m_dir.path());
    window.runPanel().startSetup(quickMap(data));
    Run *run = window.session().runs().back().get();
    QVERIFY(waitForEnd(run));
    QCOMPARE(run->state, QStringLiteral("done"));
    QVERIFY(run->report["metrics"].contains("kl"));
    ViewerFrame *frame = window.area().active();
    QVERIFY(frame != nullptr && frame->run() == run);
    QVERIFY(frame->viewer()->status().contains(QStringLiteral("150")));
    QVERIFY(!frame->viewer()->grab({640, 480}).isNull());
    QVERIFY(run->neighbours != nullptr);
    QVERIFY(!run->frames().empty());
    QVERIFY(window.bannerText().isEmpty());
  }

  void helpIsAboutTheViewInHand() {
    MainWindow window;
    window.show();
    const auto pageOnF1 = [&window] {
      const auto actions = window.findChildren<QAction *>();
      const auto f1 = std::ranges::find_if(actions, [](const QAction *action) { return action->shortcut() == QKeySequence(Qt::Key_F1); });
      if (f1 != actions.end()) {
        (*f1)->trigger();
      }
      const auto *help = window.findChild<HelpWindow *>();
      return help == nullptr ? QString() : help->current();
    };
    QCOMPARE(pageOnF1(), QStringLiteral("getting-started"));
    window.runPanel().startSetup(quickMap(openBlobs(window, m_dir.path())));
    QVERIFY(waitForEnd(window.session().runs().back().get()));
    QCOMPARE(pageOnF1(), QStringLiteral("projection"));
  }

  void finishedRunIsReplayed() {
    MainWindow window;
    window.show();
    window.runPanel().startSetup(quickMap(openBlobs(window, m_dir.path())));
    Run *run = window.session().runs().back().get();
    QVERIFY(waitForEnd(run));
    ViewerFrame *frame = window.area().active();
    auto *time = frame->findChild<QSlider *>(QStringLiteral("time"));
    QVERIFY(time != nullptr && time->isVisible());
    QCOMPARE(time->value(), static_cast<int>(run->frames().size()));
    window.resize(700, 600);  // the status line gives way to the replay beside it: shortened, not cut, and whole in its tool tip
    QCoreApplication::processEvents();
    const auto *line = frame->findChild<QLabel *>(QStringLiteral("viewerStatus"));
    QVERIFY(line->text().endsWith(QChar(0x2026)) && !line->toolTip().endsWith(QChar(0x2026)));
    QVERIFY(line->fontMetrics().horizontalAdvance(line->text()) <= line->width());
    const QImage end = frame->viewer()->grab({300, 200});
    time->setValue(0);
    QVERIFY(frame->viewer()->grab({300, 200}) != end);
    QVERIFY(!frame->viewer()->status().contains(QStringLiteral("agreement")));
    time->setValue(time->maximum());
    QCOMPARE(frame->viewer()->grab({300, 200}), end);
    time->setValue(time->maximum() / 2);
    const Matrix halfWay = run->frames()[static_cast<std::size_t>(time->value())].as<Projection>()->positions;
    Q_EMIT frame->branchRequested(run, run->frames()[static_cast<std::size_t>(time->value())]);
    RunSetup setup = window.runPanel().setup();
    QVERIFY(setup.start != nullptr && setup.start->values == halfWay.values);
    QVERIFY(setup.parameters["exaggeration_iterations"] == Json(0));
    window.runPanel().start();
    Run *branch = window.session().runs().back().get();
    QVERIFY(branch != run && waitForEnd(branch));
    QCOMPARE(branch->state, QStringLiteral("done"));
    QVERIFY(window.runPanel().setup().start == setup.start);  // run again: the same branch
    window.runPanel().show(run);
    QVERIFY(window.runPanel().setup().start == nullptr);
    window.runPanel().show(branch);
    QVERIFY(window.runPanel().setup().start == setup.start);
    window.runPanel().prepare(QStringLiteral("tsne"));
    QVERIFY(window.runPanel().setup().start == nullptr);
  }

  void selectionIsOneForAllViewsAndUndone() {
    MainWindow window;
    window.show();
    const QString data = openBlobs(window, m_dir.path());
    window.runPanel().startSetup(quickMap(data));
    QVERIFY(waitForEnd(window.session().runs().back().get()));
    Selection *selection = window.session().findData(data)->selection.get();
    QCOMPARE(window.area().active()->viewerContext().selection, selection);
    selection->apply({3, 4, 5}, SelectMode::Replace);
    selection->apply({5, 6}, SelectMode::Add);
    QCOMPARE(selection->ids(), (std::vector<SampleId>{3, 4, 5, 6}));
    window.session().undo()->undo();
    QCOMPARE(selection->ids(), (std::vector<SampleId>{3, 4, 5}));
    window.session().undo()->redo();
    QCOMPARE(selection->ids().size(), std::size_t{4});
  }

  void liveParameterPauseAndStop() {
    MainWindow window;
    window.show();
    const QString data = openBlobs(window, m_dir.path());
    window.runPanel().startSetup(quickMap(data, 100000));
    Run *run = window.session().runs().back().get();
    QVERIFY(QTest::qWaitFor([run] { return run->artifact("projection") != nullptr; }, 10000));
    run->task()->setLive("perplexity", 15);
    run->task()->setPaused(true);
    QVERIFY(QTest::qWaitFor([run] { return run->state == u"paused"; }, 2000));
    QElapsedTimer clock;
    clock.start();
    run->task()->cancel();
    QVERIFY(waitForEnd(run, 2000));
    QVERIFY2(clock.elapsed() < 1000, qPrintable(QStringLiteral("stopping took %1 ms").arg(clock.elapsed())));
    QCOMPARE(run->state, QStringLiteral("cancelled"));
    QVERIFY(run->setup.parameters["perplexity"] == Json(15.0));
    QVERIFY(run->artifact("projection") != nullptr);  // what it had is kept
  }

  void samplesAreHeldAndAddedWhileTheRunIsPaused() {
    MainWindow window;
    window.show();
    const QString data = openBlobs(window, m_dir.path());
    RunSetup setup = quickMap(data, 100000);
    setup.limit = 120;
    window.runPanel().startSetup(setup);
    Run *run = window.session().runs().back().get();
    QVERIFY(QTest::qWaitFor([run] { return run->artifact("projection") != nullptr; }, 10000));
    ViewerFrame *frame = window.area().active();
    auto *hold = frame->findChild<QToolButton *>(QStringLiteral("hold")), *release = frame->findChild<QToolButton *>(QStringLiteral("release"));
    QVERIFY(hold != nullptr && hold->isVisible() && release->isVisible());
    run->task()->setPaused(true);
    QVERIFY(QTest::qWaitFor([run] { return run->state == u"paused"; }, 2000));
    window.session().findData(data)->selection->apply({3, 4}, SelectMode::Replace);
    hold->click();
    const auto heldNow = [run] { return run->artifact("projection")->metadata.value("held", Json::array()).size(); };
    QVERIFY(QTest::qWaitFor([&] { return heldNow() == 2; }, 5000));
    QTimer::singleShot(300, [] {
      if (auto *dialog = qobject_cast<QInputDialog *>(QApplication::activeModalWidget())) {
        dialog->setIntValue(20);
        dialog->accept();
      }
    });
    frame->findChild<QToolButton *>(QStringLiteral("add"))->click();
    QVERIFY(QTest::qWaitFor([run] { return run->artifact("projection")->as<Projection>()->ids->size() == 140; }, 5000));
    QCOMPARE(run->artifact("projection")->as<Projection>()->ids->back(), 139);
    release->click();
    QVERIFY(QTest::qWaitFor([&] { return heldNow() == 0; }, 5000));
    QCOMPARE(run->state, QStringLiteral("paused"));
    run->task()->cancel();
    QVERIFY(waitForEnd(run, 2000));
    QVERIFY(QTest::qWaitFor([&] { return !hold->isVisible(); }, 2000));
  }

  void badFilesGiveABannerAndNothingElse_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("name");
    QTest::newRow("text as npy") << QByteArray("hello") << "x.npy";
    QTest::newRow("empty npz") << QByteArray() << "x.npz";
    QTest::newRow("ragged csv") << QByteArray("a,b\n1,2\n3\n") << "x.csv";
    QTest::newRow("broken safetensors") << QByteArray(64, '\xff') << "x.safetensors";
    QTest::newRow("pickle") << QByteArray("\x80\x02}q\x00.", 6) << "x.pt";
  }
  void badFilesGiveABannerAndNothingElse() {
    QFETCH(QByteArray, bytes);
    QFETCH(QString, name);
    const QString file = m_dir.filePath(name);
    writeFile(file.toStdString(), {bytes.constData(), static_cast<std::size_t>(bytes.size())});
    MainWindow window;
    window.show();
    window.openPaths({file}, false);
    QVERIFY(QTest::qWaitFor([&] { return !window.bannerText().isEmpty(); }, 5000));
    QVERIFY2(window.bannerText().contains(name), qPrintable(window.bannerText()));
    QDir(m_dir.path()).remove(name);
  }

  void openedDataAreShown() {
    MainWindow window;
    window.show();
    writeFile((m_dir.path() + QStringLiteral("/rows.csv")).toStdString(), "a,b,kind\n1,2,x\n3,4,y\n");
    window.openPaths({m_dir.filePath(QStringLiteral("rows.csv"))}, false);
    QVERIFY(QTest::qWaitFor([&] { return window.area().active() != nullptr; }, 5000));
    QVERIFY2(window.area().active()->viewer()->status().contains(QStringLiteral("2")), qPrintable(window.area().active()->viewer()->status()));
    QImage picture(16, 16, QImage::Format_RGB32);
    picture.fill(Qt::red);
    QVERIFY(QDir(m_dir.path()).mkpath(QStringLiteral("pictures/red")) && picture.save(m_dir.filePath(QStringLiteral("pictures/red/1.png"))));
    window.openPaths({m_dir.filePath(QStringLiteral("pictures"))}, false);
    QVERIFY(QTest::qWaitFor([&] { return window.area().frames().size() == 2; }, 5000));
    QVERIFY(window.area().active()->viewer()->status().contains(QStringLiteral("picture")));
    QVERIFY(!window.area().active()->viewer()->grab({300, 200}).isNull());
  }

  void missingRecentFileIsSaid() {
    MainWindow window;
    window.show();
    window.openPaths({m_dir.filePath(QStringLiteral("gone.csv"))}, false);
    QVERIFY(QTest::qWaitFor([&] { return !window.bannerText().isEmpty(); }, 5000));
    QVERIFY(window.bannerText().contains(QStringLiteral("gone.csv")));
  }

  void workspaceRenamesAndRemoves() {
    MainWindow window;
    window.show();
    const QString data = openBlobs(window, m_dir.path());
    window.runPanel().startSetup(quickMap(data));
    Run *run = window.session().runs().back().get();
    QVERIFY(waitForEnd(run));
    window.session().rename(run->id, QStringLiteral("first map"));
    QCOMPARE(window.area().active()->title().left(9), QStringLiteral("first map"));
    window.session().remove(run->id);
    QCOMPARE(window.area().frames().size(), std::size_t{1});  // the samples that were opened
    window.session().remove(data);
    QVERIFY(window.area().frames().empty());
    QVERIFY(window.session().data().empty());
  }

  void refusesARunWithAReason() {
    MainWindow window;
    window.show();
    const QString data = openBlobs(window, m_dir.path());
    RunSetup setup = quickMap(data);
    setup.limit = 20;
    setup.parameters["perplexity"] = 30;
    window.runPanel().startSetup(setup);
    QVERIFY(QTest::qWaitFor([&] { return !window.bannerText().isEmpty(); }, 5000));
    QVERIFY2(window.bannerText().contains(QStringLiteral("perplexity")), qPrintable(window.bannerText()));
  }

  void picturesAndTablesAreWritten() {
    MainWindow window;
    window.resize(1200, 800);
    window.show();
    const QString data = openBlobs(window, m_dir.path());
    window.runPanel().startSetup(quickMap(data));
    QVERIFY(waitForEnd(window.session().runs().back().get()));
    window.session().findData(data)->selection->apply({1, 2}, SelectMode::Replace);
    ViewerFrame *frame = window.area().active();
    window.outputs().writeShot(frame, {800, 600}, m_dir.filePath(QStringLiteral("map.png")));
    window.outputs().writeSelection(data, frame, m_dir.filePath(QStringLiteral("selection.csv")));
    window.outputs().copyPicture();
    QVERIFY(QTest::qWaitFor([&] { return QFile::exists(m_dir.filePath(QStringLiteral("selection.csv"))); }, 5000));
    QCOMPARE(QImage(m_dir.filePath(QStringLiteral("map.png"))).size(), QSize(800, 600));
    QFile csv(m_dir.filePath(QStringLiteral("selection.csv")));
    QVERIFY(csv.open(QIODevice::ReadOnly));
    const QStringList lines = QString::fromUtf8(csv.readAll()).split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), 3);
    QCOMPARE(lines[0].trimmed(), QStringLiteral("id,x,y,kind,a,b,c,d,e,f,g,h"));
    QVERIFY2(lines[1].startsWith(QStringLiteral("1,")) && lines[1].contains(QStringLiteral(",kind-1,")), qPrintable(lines[1]));
    QVERIFY(!QApplication::clipboard()->image().isNull());
  }

  void filmOfTheRun() {
    MainWindow window;
    window.show();
    const QString data = openBlobs(window, m_dir.path());
    window.runPanel().startSetup(quickMap(data));
    QVERIFY(waitForEnd(window.session().runs().back().get()));
    const QString file = m_dir.filePath(QStringLiteral("run.mp4"));
    bool done = false;
    connect(window.outputs().writeFilm(window.area().active(), {320, 240}, file), &FilmExport::finished, this, [&done] { done = true; });
    QVERIFY(QTest::qWaitFor([&done] { return done; }, 20000));
    QVERIFY(QFileInfo(file).size() > 1000);
  }

  void unwritableFolderIsSaid() {
    MainWindow window;
    window.show();
    openBlobs(window, m_dir.path());
    window.documents().saveTo(QStringLiteral("/proc/nowhere.vitrine"));
    QVERIFY(QTest::qWaitFor([&] { return !window.bannerText().isEmpty(); }, 5000));
    QVERIFY(window.bannerText().contains(QStringLiteral("nowhere.vitrine")));
    QVERIFY(window.session().modified());
  }

 private:
  QTemporaryDir m_dir;
};

VITRINE_TEST(WindowTest)
#include "tst_window.moc"
