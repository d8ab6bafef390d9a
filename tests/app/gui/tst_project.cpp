// A project comes back as it was saved; unknown keys survive; old formats and broken files are told apart.
#include <QDir>

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
    QVERIFY(window.area().active() != nullptr && window.area().active()->run() == run);
    QVERIFY(!window.session().modified());
  }

  void unknownKeysAreKept() {
    const std::string folder = m_dir.filePath(QStringLiteral("keys.vitrine")).toStdString();
    Session session;
    const Json before = {{"format", 1}, {"from the future", 42}};
    project::write(project::snapshot(session, Json::object(), before), folder);
    QVERIFY(project::read(folder).json["from the future"] == Json(42));
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
