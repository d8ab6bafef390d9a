// Parts that look alike: what is said must be the payload's, one selection for all views, and a state that comes back.
#include <numeric>

#include <QComboBox>

#include "bench.h"
#include "testing.h"
#include "viewers/prototypes/parts_viewer.h"
#include "widgets/theme.h"

using namespace vitrine;
using namespace vitrine::testing;

namespace {

/// Twelve samples (100 ...), four classes of two prototypes each. Sample i is called class i % 3, which is wrong for the sixth alone.
Parts made() {
  constexpr std::size_t kSamples = 12, kPrototypes = 8;
  Parts parts;
  std::vector<SampleId> ids(kSamples);
  std::iota(ids.begin(), ids.end(), SampleId{100});
  parts.ids = idsOf(ids);
  parts.classNames = {"boot", "coat", "bag", "hat"};
  parts.mapSide = 2;
  parts.width = parts.height = 4;
  parts.boxes = {{0, 0, 3, 3}, {1, 0, 3, 3}, {0, 1, 3, 3}, {1, 1, 3, 3}};
  parts.similarity = Matrix(kSamples, kPrototypes);
  parts.weights = Matrix(kPrototypes, parts.classNames.size());
  for (std::size_t j = 0; j < kPrototypes; ++j) {
    parts.sources.push_back(
        {static_cast<std::int32_t>(j / 2), static_cast<SampleId>(j), static_cast<std::int32_t>(j % 4), {4, 4, 1, std::vector<std::uint8_t>(16)}});
    for (std::size_t k = 0; k < parts.classNames.size(); ++k) {
      parts.weights.row(j)[k] = k == j / 2 ? 1.0F : -0.25F;
    }
  }
  for (std::size_t i = 0; i < kSamples; ++i) {
    parts.labels.push_back(i == 5 ? 0 : static_cast<std::int32_t>(i % 3));
    for (std::size_t j = 0; j < kPrototypes; ++j) {
      parts.similarity.row(i)[j] = (j / 2 == i % 3 ? 4.0F : 1.0F) + 0.01F * static_cast<float>(i + j);
      parts.positions.push_back(static_cast<std::int32_t>((i + j) % 4));
    }
  }
  return parts;
}

struct Shown {
  std::shared_ptr<const Dataset> data = std::make_shared<MadeDataset>(40);
  Bench bench{data};
  Artifact artifact = artifactOf(made(), "parts");
  std::unique_ptr<PartsViewer> view = std::make_unique<PartsViewer>();

  Shown() {
    view->resize(700, 400);
    view->setContext(bench.context);
    view->show(artifact);
    wait();
  }
  void wait() const {
    QVERIFY(QTest::qWaitFor([this] { return !view->busy() && view->scene().payload != nullptr; }));
  }
  QAction *tool(const QString &text) const {
    const auto tools = view->tools();
    const auto at = std::ranges::find_if(tools, [&](const QAction *action) { return action->text() == text; });
    return at == tools.end() ? nullptr : *at;
  }
};

}  // namespace

class PartsViewerTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { applyTheme(true); }

  void saysWhatThePayloadSays() {
    const Shown s;
    const PartsScene &scene = s.view->scene();
    QCOMPARE(scene.sample, SampleId{100});
    QVERIFY(!scene.picture.isNull() && scene.row == std::size_t{0});
    QCOMPARE(scene.asked(), std::size_t{0});
    double sum = 0;
    for (const PartEvidence &e : scene.evidence) {
      sum += e.points;
    }
    QVERIFY(std::abs(sum - scene.scores[0]) < 1e-9);
    QCOMPARE(scene.listed().size(), std::size_t{5});
    QVERIFY(scene.listed().front().points >= scene.listed().back().points);
    QCOMPARE(scene.boxed(), (std::vector<std::size_t>{1, 0}));  // only those that speak for it
    QVERIFY(sentence(scene).contains(QStringLiteral("Called boot")) && sentence(scene).contains(QStringLiteral("right")));
    QVERIFY(s.view->status().contains(QStringLiteral("8\u00a0prototypes")));
  }

  void followsTheSelectionAndFindsMistakes() {
    Shown s;
    s.bench.selection.setCurrent(107);
    s.wait();
    QCOMPARE(s.view->scene().called(), std::size_t{1});
    s.tool(QStringLiteral("Next mistake"))->trigger();
    s.wait();
    QCOMPARE(s.bench.selection.current(), SampleId{105});
    QVERIFY(sentence(s.view->scene()).contains(QStringLiteral("In truth it is boot")));
    s.tool(QStringLiteral("Next sample"))->trigger();
    QCOMPARE(s.bench.selection.current(), SampleId{106});
    QTest::keyClick(s.view.get(), Qt::Key_PageUp);
    QCOMPARE(s.bench.selection.current(), SampleId{105});
    s.bench.selection.setCurrent(130);  // of the data set, but not of the payload
    s.wait();
    QVERIFY(!s.view->scene().row && s.view->scene().evidence.empty() && !s.view->grab({500, 300}).isNull());
  }

  void anyClassMayBeAskedFor() {
    const Shown s;
    auto *box = s.view->findChild<QComboBox *>();
    QCOMPARE(box->count(), 4);
    QCOMPARE(box->currentIndex(), 0);
    box->setCurrentIndex(2);
    Q_EMIT box->activated(2);
    QCOMPARE(s.view->scene().asked(), std::size_t{2});
    QCOMPARE(s.view->scene().evidence.front().prototype / 2, std::size_t{2});
    Q_EMIT box->activated(0);
    QVERIFY(!s.view->scene().askedClass);
  }

  void theChosenPartIsSelectedElsewhere() {
    Shown s;
    QVERIFY(!s.tool(QStringLiteral("Select alike"))->isEnabled());
    s.view->choose(4);
    QCOMPARE(s.view->scene().boxed().back(), std::size_t{4});
    s.tool(QStringLiteral("Select alike"))->trigger();
    QCOMPARE(s.bench.selection.ids().size(), std::size_t{12});
    QCOMPARE(s.bench.selection.current(), SampleId{111});  // the most similar
    s.view->choose(4);
    QVERIFY(!s.view->scene().chosen);
  }

  void stateComesBack() {
    Shown s;
    s.bench.selection.setCurrent(104);
    s.view->askFor(std::size_t{3});
    s.view->choose(6);
    s.tool(QStringLiteral("All parts"))->trigger();
    s.view->setPage(PartsViewer::Page::Prototypes);
    s.wait();
    const Json state = Json::parse(s.view->state().dump());
    PartsViewer other;
    Bench bench(s.data);
    other.setContext(bench.context);
    other.restore(state);  // before there is anything to show
    other.show(s.artifact);
    QVERIFY(QTest::qWaitFor([&] { return !other.busy() && other.scene().payload != nullptr; }));
    QVERIFY2(other.state() == state, other.state().dump().c_str());
    QCOMPARE(other.scene().listed().size(), std::size_t{8});
    other.restore({{"page", 9}, {"sample", "x"}, {"chosen", 99}, {"class", -1}, {"all", 3}});
    QVERIFY(!other.scene().chosen && !other.scene().askedClass && !other.scene().all);
  }

  void exportsWhatIsInFront() {
    const Shown s;
    const Artifact why = *s.view->exported();
    const auto *rows = why.as<Table>();
    QCOMPARE(why.name, std::string("parts-evidence"));
    QVERIFY(why.metadata.at("class") == "boot");
    QCOMPARE(rows->columns[4].name, std::string("points"));
    QCOMPARE(std::accumulate(rows->columns[4].numbers.begin(), rows->columns[4].numbers.end(), 0.0), s.view->scene().scores[0]);
    s.view->setPage(PartsViewer::Page::Prototypes);
    QCOMPARE(s.view->exported()->as<Table>()->columns[0].size(), std::size_t{8});
  }

  void aTrainingThatGoesOnKeepsTheQuestion() {
    Shown s;
    s.bench.selection.setCurrent(103);
    s.view->askFor(std::size_t{1});
    Parts later = made();
    later.similarity.row(3)[2] += 1;
    s.view->show({"parts", std::make_shared<const Payload>(later), {{"stage", "epoch 2"}}});
    s.wait();
    QCOMPARE(s.view->scene().sample, SampleId{103});
    QCOMPARE(s.view->scene().asked(), std::size_t{1});
    QVERIFY(s.view->status().contains(QStringLiteral("epoch 2")));
  }

  void drawsAtAnySizeAndWithoutPictures() {
    const Shown s;
    for (const QSize size : {QSize(240, 180), QSize(880, 560), QSize(1760, 1120)}) {
      QCOMPARE(s.view->grab(size).size(), size);
    }
    PartsViewer bare;
    Bench nothing;
    bare.setContext(nothing.context);
    bare.show(s.artifact);
    QVERIFY(!bare.grab({400, 300}).isNull() && bare.scene().picture.isNull());
  }
};

VITRINE_TEST(PartsViewerTest)

#include "tst_parts_viewer.moc"
