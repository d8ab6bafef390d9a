// The table view: sorted, filtered, copied, linked both ways, and fluid with a hundred thousand rows.
#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>

#include "bench.h"
#include "core/seed.h"
#include "testing.h"
#include "viewers/table/row_view.h"
#include "viewers/table/rows.h"
#include "viewers/table/table_viewer.h"
#include "widgets/empty_state.h"
#include "widgets/theme.h"

using namespace vitrine;
using namespace vitrine::testing;

namespace {

Table madeTable(bool withIds) {
  Column name, value;
  name.name = "name";
  name.kind = Column::Kind::Text;
  name.texts = {"delta", "alpha", "charlie", "bravo"};
  value.name = "value";
  value.numbers = {4, 1.5, 30, 0.2};
  return {withIds ? idsOf({107, 101, 104, 102}) : nullptr, {name, value}};
}

Embedding madeEmbedding(std::size_t rows, std::size_t dims) {
  Embedding embedding;
  std::vector<SampleId> ids(rows);
  std::iota(ids.begin(), ids.end(), SampleId{100});
  embedding.ids = idsOf(std::move(ids));
  embedding.vectors = Matrix(rows, dims);
  Rng rng(1);
  std::generate(embedding.vectors.values.begin(), embedding.vectors.values.end(), [&rng] { return static_cast<float>(rng.normal()); });
  return embedding;
}

std::unique_ptr<TableViewer> shown(const ViewerContext &context, const Artifact &artifact) {
  auto viewer = std::make_unique<TableViewer>();
  viewer->setContext(context);
  viewer->resize(640, 420);
  viewer->show(artifact);
  viewer->QWidget::show();
  [[maybe_unused]] const bool exposed = QTest::qWaitForWindowExposed(viewer.get());
  return viewer;
}

QStringList columnTexts(TableViewer &viewer, int column) {
  QStringList texts;
  for (int line = 0; line < viewer.table().rowCount(); ++line) {
    texts += viewer.table().index(line, column).data().toString();
  }
  return texts;
}

void clickLine(TableViewer &viewer, int line, Qt::KeyboardModifiers modifiers = {}) {
  QTest::mouseClick(viewer.view().viewport(), Qt::LeftButton, modifiers, QPoint(30, viewer.view().rowViewportPosition(line) + 8));
}

void typeFilter(TableViewer &viewer, const QString &text) {
  viewer.findChild<QLineEdit *>(QStringLiteral("filter"))->setText(text);
}

}  // namespace

class TableView : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { applyTheme(true); }

  void sortsByValueNotByText() {
    Bench bench;
    const auto viewer = shown(bench.context, artifactOf(madeTable(true)));
    QCOMPARE(columnTexts(*viewer, 1), (QStringList{"delta", "alpha", "charlie", "bravo"}));
    viewer->view().sortByColumn(2, Qt::DescendingOrder);
    QCOMPARE(columnTexts(*viewer, 1), (QStringList{"charlie", "delta", "alpha", "bravo"}));
    viewer->view().sortByColumn(1, Qt::AscendingOrder);
    QCOMPARE(columnTexts(*viewer, 0), (QStringList{"101", "102", "104", "107"}));
  }

  void linksRowsWithTheSelectionBothWays() {
    Bench bench;
    const auto viewer = shown(bench.context, artifactOf(madeTable(true)));
    viewer->view().sortByColumn(1, Qt::AscendingOrder);  // 101 102 104 107
    clickLine(*viewer, 2);
    QCOMPARE(bench.selection.ids(), (std::vector<SampleId>{104}));
    QCOMPARE(bench.selection.current(), SampleId{104});
    clickLine(*viewer, 0, Qt::ShiftModifier);  // from there to here
    QCOMPARE(bench.selection.ids(), (std::vector<SampleId>{101, 102, 104}));
    clickLine(*viewer, 1, Qt::ControlModifier);
    QCOMPARE(bench.selection.ids(), (std::vector<SampleId>{101, 104}));
    QVERIFY(viewer->view().rowSelected(0) && !viewer->view().rowSelected(1) && viewer->view().rowSelected(2));
    bench.selection.apply({107}, SelectMode::Replace);
    bench.selection.setCurrent(107);
    QVERIFY(viewer->view().rowSelected(3) && !viewer->view().rowSelected(0));
    QVERIFY(viewer->view().rowCurrent(3));
    const QImage image = viewer->view().viewport()->grab().toImage();
    QCOMPARE(image.pixel(2, viewer->view().rowViewportPosition(3) + 12), viewer->palette().color(QPalette::Highlight).rgb());
    QCOMPARE(image.pixel(2, viewer->view().rowViewportPosition(1) + 12), theme().panel.rgb());
    QTest::keyClick(&viewer->view(), Qt::Key_Up);
    QCOMPARE(bench.selection.current(), SampleId{104});
    bench.undo.undo();
    QCOMPARE(bench.selection.ids(), (std::vector<SampleId>{101, 104}));
  }

  void rowsThatAreNoSamplesKeepToThemselves() {
    Bench bench;
    const auto viewer = shown(bench.context, artifactOf(madeTable(false)));
    QVERIFY(viewer->view().isColumnHidden(0));
    clickLine(*viewer, 1);
    QVERIFY(viewer->view().rowSelected(1));
    QVERIFY(bench.selection.ids().empty());
    QCOMPARE(bench.selection.current(), SampleId{-1});
  }

  void barsStandBesideNumbersWhereTheTableAsksForThem() {
    Bench bench;
    Artifact artifact = artifactOf(madeTable(false));
    const auto plain = shown(bench.context, artifact);
    QVERIFY(!plain->table().index(2, 2).data(ColumnTable::kShareRole).isValid());
    artifact.metadata["bars"] = {"value"};
    const auto viewer = shown(bench.context, artifact);
    QCOMPARE(viewer->table().index(2, 2).data(ColumnTable::kShareRole).toDouble(), 1.0);
    QCOMPARE(viewer->table().index(1, 2).data(ColumnTable::kShareRole).toDouble(), 0.05);
    QVERIFY(!viewer->table().index(2, 1).data(ColumnTable::kShareRole).isValid());
    const QImage picture = viewer->grab({640, 420});
    const auto differs = [&](int line) {  // two pixels from both ends of the bar's cell
      const int y = 28 + 24 * line + 12, left = viewer->view().columnViewportPosition(2);
      return picture.pixel(left + 6, y) != picture.pixel(left + viewer->view().columnWidth(2) / 2, y);
    };
    QVERIFY(differs(1) && !differs(2));  // a short bar ends before the middle, the longest does not
  }

  void filterFindsTextsNumbersAndIds() {
    Bench bench;
    const auto viewer = shown(bench.context, artifactOf(madeTable(true)));
    typeFilter(*viewer, "ALPH");
    QTRY_COMPARE(columnTexts(*viewer, 1), (QStringList{"alpha"}));
    QVERIFY2(viewer->status().startsWith("1 of 4 rows"), qPrintable(viewer->status()));
    typeFilter(*viewer, "107");
    QTRY_COMPARE(columnTexts(*viewer, 1), (QStringList{"delta"}));
    typeFilter(*viewer, "0.2");
    QTRY_COMPARE(columnTexts(*viewer, 1), (QStringList{"bravo"}));
    typeFilter(*viewer, "nothing like it");
    QTRY_COMPARE(viewer->table().rowCount(), 0);
    typeFilter(*viewer, "");
    QTRY_COMPARE(viewer->table().rowCount(), 4);
  }

  void onlySelectedFollowsTheSelection() {
    Bench bench;
    const auto viewer = shown(bench.context, artifactOf(madeTable(true)));
    bench.selection.apply({101, 104}, SelectMode::Replace);
    viewer->tools()[1]->trigger();
    QCOMPARE(columnTexts(*viewer, 1), (QStringList{"alpha", "charlie"}));
    bench.selection.apply({107}, SelectMode::Add);
    QCOMPARE(columnTexts(*viewer, 1), (QStringList{"delta", "alpha", "charlie"}));
    viewer->tools()[1]->trigger();
    QCOMPARE(viewer->table().rowCount(), 4);
  }

  void copiesSelectedRowsAsTheyStand() {
    Bench bench;
    const auto viewer = shown(bench.context, artifactOf(madeTable(true)));
    viewer->view().sortByColumn(2, Qt::DescendingOrder);
    bench.selection.apply({101, 107}, SelectMode::Replace);
    viewer->view().setFocus();
    QGuiApplication::clipboard()->clear();
    viewer->copy();
    QTRY_COMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("id\tname\tvalue\n107\tdelta\t4\n101\talpha\t1.5\n"));
  }

  void embeddingShowsLabelAndFirstDimensions() {
    Bench bench(std::make_shared<MadeDataset>(50));
    const Artifact artifact = artifactOf(madeEmbedding(50, 784), "embedding");
    const auto viewer = shown(bench.context, artifact);
    QTRY_COMPARE(viewer->table().columnCount(), 1 + 1 + 64);
    QCOMPARE(viewer->table().index(1, 1).data().toString(), QStringLiteral("coat"));
    const float value = std::get<Embedding>(*artifact.payload).vectors.row(1)[63];
    QCOMPARE(viewer->table().index(1, 65).data(Qt::ToolTipRole).toString(), QString::number(static_cast<double>(value), 'g', 12));
    QVERIFY2(viewer->status().contains("showing 64 of 784 columns"), qPrintable(viewer->status()));
    QVERIFY(viewer->exported()->as<Embedding>() != nullptr);  // all of it, not what is shown
    typeFilter(*viewer, "bag");
    QTRY_COMPARE(viewer->table().rowCount(), 16);
    QCOMPARE(shownDimensions(madeEmbedding(5, 3)), std::size_t{3});
  }

  void aHundredThousandRowsStayFluid() {
    const auto data = std::make_shared<MadeDataset>(100'000);
    Bench bench(data);
    const auto viewer = shown(bench.context, artifactOf(madeEmbedding(100'000, 20)));
    QTRY_COMPARE(viewer->table().rowCount(), 100'000);
    std::vector<SampleId> half;
    std::copy_if(data->ids().begin(), data->ids().end(), std::back_inserter(half), [](SampleId id) { return id % 2 == 0; });
    const qint64 select = bestOfThree([&] {  // fifty thousand separate rows
      bench.selection.apply(half, SelectMode::Replace);
      viewer->view().viewport()->repaint();
      bench.selection.clear();
    });
    QVERIFY2(select < 50, qPrintable(QString::number(select)));
    const qint64 scroll = bestOfThree([&, line = 0]() mutable {
      viewer->view().scrollTo(viewer->table().index(line += 30'000, 0));
      viewer->view().viewport()->repaint();
    });
    QVERIFY2(scroll < 50, qPrintable(QString::number(scroll)));
    const qint64 sort = bestOfThree([&, column = 2]() mutable { viewer->view().sortByColumn(++column, Qt::AscendingOrder); });
    QVERIFY2(sort < 150, qPrintable(QString::number(sort)));
    typeFilter(*viewer, "coat");
    QTRY_COMPARE(viewer->table().rowCount(), 33'333);
  }

  void emptyAndOne() {
    Bench bench;
    TableViewer nothing;
    QVERIFY(nothing.grab({300, 200}).isNull());
    const auto empty = shown(bench.context, artifactOf(Table{}));
    QVERIFY(empty->findChild<EmptyState *>()->isVisible());
    QVERIFY(empty->grab({300, 200}).isNull());
    empty->copy();
    const auto one = shown(bench.context, artifactOf(madeEmbedding(1, 2)));
    QTRY_COMPARE(one->table().rowCount(), 1);
    QCOMPARE(one->grab({300, 200}).size(), QSize(300, 200));
  }

  void grabsWhatItShows() {
    Bench bench;
    const auto viewer = shown(bench.context, artifactOf(madeTable(true)));
    for (const QSize size : {QSize(100, 60), QSize(1280, 800), QSize(2560, 1440)}) {
      QCOMPARE(viewer->grab(size).size(), size);
    }
    const QImage before = viewer->grab({640, 400});
    bench.selection.apply({104}, SelectMode::Replace);
    QVERIFY(viewer->grab({640, 400}) != before);
  }

  void stateSurvives() {
    Bench bench;
    const auto viewer = shown(bench.context, artifactOf(madeTable(true)));
    const Json state = {{"filter", "a"}, {"only_selected", false}, {"sort", 2}, {"descending", true}};
    viewer->restore(state);
    QCOMPARE(viewer->state().dump(), state.dump());
    QTRY_COMPARE(columnTexts(*viewer, 1), (QStringList{"charlie", "delta", "alpha", "bravo"}));
  }
};

VITRINE_TEST(TableView)

#include "tst_table_viewer.moc"
