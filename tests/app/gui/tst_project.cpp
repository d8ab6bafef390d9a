// A project comes back as it was saved; unknown keys survive; old formats and broken files are told apart.
#include <QDir>
#include <QSlider>

#include "testing.h"
#include "window_fixture.h"

using namespace vitrine;
using namespace vitrine::testing;

class ProjectTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() {
    QStandardPaths::setTestModeEnabled(true);
    qRegisterMetaType<Artifact>();
  }

  void savedAndReopened() {
    const QString folder = m_dir.filePath(QStringLiteral("work.vitrine"));
    std::vector<float> positions;
    Matrix halfWay;
    std::size_t frames = 0;
    {
      MainWindow window;
      window.show();
      const QString data = openBlobs(window, m_dir.path());
      window.runPanel().startSetup(quickMap(data));
      Run *run = window.session().runs().back().get();
      QVERIFY(waitForEnd(run));
      window.session().rename(run->id, QStringLiteral("my map"));
      window.session().findData(data)->selection->apply({7, 9}, SelectMode::Replace);
      positions = run->artifact("projection")->as<Projection>()->positions.values;
      frames = run->frames().size();
      RunSetup branch = run->setup;
      halfWay = run->frames()[frames / 2].as<Projection>()->positions;
      branch.start = std::make_shared<const Matrix>(halfWay);
      QVERIFY(waitForEnd(window.session().start(branch)));
      window.documents().saveTo(folder);
      QVERIFY(QTest::qWaitFor([&] { return !window.documents().saving(); }, 10000));
      QVERIFY2(window.bannerText().isEmpty(), qPrintable(window.bannerText()));
      QVERIFY(!window.session().modified());
    }
    MainWindow window;
    window.show();
    window.openPaths({folder});
    QVERIFY(QTest::qWaitFor([&] { return !window.session().runs().empty() && !window.session().data().empty() && window.session().data().front()->dataset; },
                            10000));
    const Run *run = window.session().runs().front().get();
    QCOMPARE(run->name, QStringLiteral("my map"));
    QCOMPARE(run->state, QStringLiteral("done"));
    QVERIFY(run->report["metrics"].contains("kl"));
    QCOMPARE(run->artifact("projection")->as<Projection>()->positions.values, positions);
    QCOMPARE(window.session().data().front()->selection->ids(), (std::vector<SampleId>{7, 9}));
    QVERIFY(window.area().active() != nullptr && window.area().active()->run() == window.session().runs()[1].get());
    QVERIFY(!window.session().modified());
    QCOMPARE(run->frames().size(), frames);
    const Matrix again = run->frames()[frames / 2].as<Projection>()->positions;
    for (std::size_t i = 0; i < again.values.size(); ++i) {
      QVERIFY(std::abs(again.values[i] - halfWay.values[i]) < 0.01F);
    }
    auto *time = window.area().open(window.session().runs()[0].get(), "projection")->findChild<QSlider *>(QStringLiteral("time"));
    QVERIFY(time->isVisible() && time->maximum() == static_cast<int>(frames));
    time->setValue(0);
    QVERIFY(window.session().runs()[1]->setup.start != nullptr && window.session().runs()[1]->setup.start->values == halfWay.values);

    std::filesystem::resize_file(folder.toStdString() + "/artifacts/" + run->id.toStdString() + "/recording.bin", 3);
    time->setValue(1);  // can no longer be read: the map stays, and the log says so
    QVERIFY(window.bannerText().isEmpty());
    const auto contents = project::read(folder.toStdString());
    QVERIFY(contents.missing.size() == 1 && contents.runs[0].frames.empty() && contents.runs[0].artifacts.size() == run->artifacts().size());
  }

  void unknownKeysAreKept() {
    const std::string folder = m_dir.filePath(QStringLiteral("keys.vitrine")).toStdString();
    Session session;
    const Json before = {{"format", 1}, {"from the future", 42}};
    project::write(project::snapshot(session, Json::object(), before), folder);
    QVERIFY(project::read(folder).json["from the future"] == Json(42));
  }

  /// A project that Vitrine 0.1.0 saved (map, attention, pictures of components, a table) must open for ever.
  void formatOneOpens() {
    const QString kept = QStringLiteral(VITRINE_SOURCE_DIR "/tests/app/gui/format-1");
    const std::filesystem::path copy = m_dir.filePath(QStringLiteral("format-1")).toStdString();
    std::filesystem::copy(kept.toStdString(), copy, std::filesystem::copy_options::recursive);
    MainWindow window;
    window.show();
    window.openPaths({QString::fromStdString((copy / "kept.vitrine").string())});
    QVERIFY(QTest::qWaitFor([&] { return window.session().runs().size() == 3 && window.session().data().front()->dataset; }, 10000));
    QVERIFY2(window.bannerText().isEmpty(), qPrintable(window.bannerText()));
    const Run &map = *window.session().runs()[0];
    QCOMPARE(map.name, QStringLiteral("kept map"));
    QCOMPARE(map.setup.study, QStringLiteral("tsne"));
    QCOMPARE(map.artifact("projection")->as<Projection>()->positions.rows, std::size_t{60});
    QVERIFY(map.report["metrics"].contains("kl"));
    const Run &components = *window.session().runs()[1];
    QVERIFY(components.artifact("components")->as<ImageGrid>()->images.size() > 2);
    QCOMPARE(components.artifact("components")->as<ImageGrid>()->images[0].width, 12);
    const Run &attention = *window.session().runs()[2];
    const auto *maps = attention.artifact("attention")->as<AttentionMaps>();
    QVERIFY(maps->images.size() == 3 && maps->layers == 4 && maps->ids->size() == 3);
    QCOMPARE(window.session().data().front()->selection->ids(), (std::vector<SampleId>{7, 9}));
    for (const char *name : {"attention", "attention-entropy"}) {
      QVERIFY(!window.area().open(window.session().runs()[2].get(), name)->viewer()->grab({400, 300}).isNull());
    }
  }

  /// Makes that project anew for a later format: VITRINE_NEW_FIXTURE names the folder.
  void newFixture() {
    if (!qEnvironmentVariableIsSet("VITRINE_NEW_FIXTURE")) {
      QSKIP("only on request");
    }
    const QString folder = qEnvironmentVariable("VITRINE_NEW_FIXTURE");
    Rng random(4);
    for (int i = 0; i < 60; ++i) {
      const QString kind = QStringLiteral("kind-%1").arg(i % 3);
      QVERIFY(QDir(folder).mkpath(QStringLiteral("pictures/") + kind));
      QImage picture(12, 12, QImage::Format_Grayscale8);
      for (int p = 0; p < 144; ++p) {
        picture.bits()[p / 12 * picture.bytesPerLine() + p % 12] = static_cast<uchar>((p * (i % 3 + 1)) % 120 + random.below(120));
      }
      QVERIFY(picture.save(QStringLiteral("%1/pictures/%2/%3.png").arg(folder, kind).arg(i)));
    }
    MainWindow window;
    const QString data = window.session().openData(folder + QStringLiteral("/pictures")), model = window.session().openModel(QStringLiteral("vit-fashion"));
    QVERIFY(QTest::qWaitFor([&] { return window.session().findData(data)->dataset && window.session().findModel(model)->model; }, 10000));
    const std::pair<QString, Json> runs[] = {{"tsne", {{"perplexity", 5}, {"iterations", 300}}}, {"pca", Json::object()}, {"attention", {{"samples", 3}}}};
    for (const auto &[study, parameters] : runs) {
      RunSetup setup;
      setup.study = study;
      setup.data = data;
      setup.model = study == u"attention" ? model : QString();
      setup.parameters = parameters;
      window.runPanel().startSetup(setup);
      QVERIFY(waitForEnd(window.session().runs().back().get()));
    }
    window.session().rename(window.session().runs().front()->id, QStringLiteral("kept map"));
    window.session().findData(data)->selection->apply({7, 9}, SelectMode::Replace);
    window.documents().saveTo(folder + QStringLiteral("/kept.vitrine"));
    QVERIFY(QTest::qWaitFor([&] { return !window.documents().saving(); }, 10000));
  }

  void refusals() {
    QVERIFY_EXCEPTION_THROWN(project::migrated({{"format", 99}}, "x"), InputError);
    QVERIFY_EXCEPTION_THROWN(project::migrated(Json::array(), "x"), InputError);
    const std::string folder = m_dir.filePath(QStringLiteral("broken.vitrine")).toStdString();
    std::filesystem::create_directories(folder);
    writeFile(folder + "/project.json", "{\"format\": 1, ");
    QVERIFY_EXCEPTION_THROWN(project::read(folder), InputError);
    QVERIFY_EXCEPTION_THROWN(project::read(folder + "/nowhere"), InputError);
  }

 private:
  QTemporaryDir m_dir;
};

VITRINE_TEST(ProjectTest)
#include "tst_project.moc"
