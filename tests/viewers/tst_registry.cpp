// Every kind of payload has a viewer, and every viewer keeps the promises of viewers/viewer.h with an empty, a missing and a wrong artifact.
#include <set>

#include "bench.h"
#include "core/resources.h"
#include "testing.h"
#include "widgets/theme.h"

using namespace vitrine;
using namespace vitrine::testing;

class Registry : public QObject {
  Q_OBJECT

  static Artifact emptyOf(const std::string &kind) {
    static const std::map<std::string, Payload> empty = {{"embedding", Embedding{}}, {"projection", Projection{}}, {"attention", AttentionMaps{}},
                                                         {"images", ImageGrid{}},    {"curve", Curve{}},           {"table", Table{}},
                                                         {"maps", Maps{}},           {"video", Video{}},           {"prototypes", Prototypes{}},
                                                         {"parts", Parts{}}};
    return {"empty", std::make_shared<const Payload>(empty.at(kind))};
  }

 private Q_SLOTS:
  void initTestCase() { applyTheme(true); }

  void everyPayloadKindHasAViewer() {
    for (const char *kind : kPayloadKinds) {
      QVERIFY2(viewerFor(kind) != nullptr, kind);
    }
    QVERIFY(viewerFor("hologram") == nullptr);
  }

  void viewersAreDeclaredOnceAndInFull() {
    std::set<std::string> ids;
    for (const ViewerInfo &info : viewers()) {
      QVERIFY2(ids.insert(info.id).second, info.id);
      QVERIFY2(info.title[0] != 0 && !info.kinds.empty(), info.id);
      QVERIFY2(!icon(QLatin1String(info.iconName)).isNull(), info.id);
      QVERIFY2(std::filesystem::exists(resources() / "help" / (std::string(info.help) + ".md")), info.id);
      for (const std::string &kind : info.kinds) {
        QVERIFY2(std::find(kPayloadKinds.begin(), kPayloadKinds.end(), kind) != kPayloadKinds.end(), kind.c_str());
      }
    }
  }

  void nothingToShowIsNoPicture() {
    Bench bench;
    for (const ViewerInfo &info : viewers()) {
      const std::unique_ptr<Viewer> viewer(info.make(nullptr));
      viewer->setContext(bench.context);
      QVERIFY2(viewer->grab({320, 240}).isNull(), info.id);
      QVERIFY2(viewer->tools().size() <= 7, info.id);
      for (const std::string &kind : info.kinds) {
        viewer->show(emptyOf(kind));
        QVERIFY2(viewer->grab({320, 240}).isNull(), kind.c_str());
        viewer->restore(viewer->state());
        viewer->restore(Json::object());
        (void)viewer->status();
      }
    }
  }

  void toolsHaveNameIconShortcutAndHelp() {
    for (const ViewerInfo &info : viewers()) {
      const std::unique_ptr<Viewer> viewer(info.make(nullptr));
      for (const QAction *tool : viewer->tools()) {
        QVERIFY2(!tool->text().isEmpty() && !tool->icon().isNull() && !tool->toolTip().isEmpty() && !tool->shortcut().isEmpty(),
                 qPrintable(QStringLiteral("%1: %2").arg(QLatin1String(info.id), tool->text())));
        QCOMPARE(tool->shortcutContext(), Qt::WidgetWithChildrenShortcut);
      }
    }
  }

  void contextMayComeTwice() {
    Bench first, second;
    for (const ViewerInfo &info : viewers()) {
      const std::unique_ptr<Viewer> viewer(info.make(nullptr));
      viewer->setContext(first.context);
      viewer->show(emptyOf(info.kinds.front()));
      viewer->setContext(second.context);
      first.selection.apply({1}, SelectMode::Replace);
      first.selection.setCurrent(1);
      second.selection.setCurrent(2);
      first.selection.setCurrent(-1);
      first.selection.clear();
    }
  }
};

VITRINE_TEST(Registry)

#include "tst_registry.moc"
