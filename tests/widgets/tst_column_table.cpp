// The table model: every value of the columns, in any order, filtered, found by id.
#include <QAbstractItemModelTester>

#include "samples.h"
#include "testing.h"
#include "widgets/column_table.h"

using namespace vitrine;
using vitrine::testing::Samples;

class TestColumnTable : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void showsTheDataset();
  void sorts();
  void filters();
  void onlyThese();
  void tablesWithoutIds();
  void aMillionRows();
};

void TestColumnTable::showsTheDataset() {
  ColumnTable model;
  const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
  model.setDataset(std::make_shared<Samples>());
  QCOMPARE(model.rowCount(), 20);
  QCOMPARE(model.columnCount(), 4);
  QCOMPARE(model.headerData(1, Qt::Horizontal, Qt::DisplayRole).toString(), QStringLiteral("label"));
  QCOMPARE(model.index(3, 0).data().toString(), QStringLiteral("103"));
  QCOMPARE(model.index(3, 1).data().toString(), QStringLiteral("odd"));
  QCOMPARE(model.index(3, 2).data().toString(), QStringLiteral("1.50"));
  QCOMPARE(model.index(5, 2).data().toString(), QString());  // missing
  QCOMPARE(model.index(3, 3).data().toString(), QStringLiteral("sample 3"));
  QCOMPARE(model.index(3, 1).data(ColumnTable::kIdRole).toLongLong(), 103);
  QVERIFY(model.index(3, 2).data(Qt::TextAlignmentRole).toInt() & Qt::AlignRight);
}

void TestColumnTable::sorts() {
  ColumnTable model;
  const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
  model.setDataset(std::make_shared<Samples>());
  const QPersistentModelIndex kept = model.index(3, 2);
  for (const auto order : {Qt::AscendingOrder, Qt::DescendingOrder}) {
    model.sort(2, order);
    for (int line = 1; line < 19; ++line) {
      const double before = model.index(line - 1, 2).data(Qt::ToolTipRole).toDouble(), now = model.index(line, 2).data(Qt::ToolTipRole).toDouble();
      QVERIFY(order == Qt::AscendingOrder ? before <= now : before >= now);
    }
    QCOMPARE(model.idAt(19), SampleId{105});  // the missing one is last both ways
    QCOMPARE(kept.data(ColumnTable::kIdRole).toLongLong(), 103);
    QCOMPARE(model.lineOf(103), kept.row());
  }
  model.sort(1, Qt::AscendingOrder);
  QCOMPARE(model.index(0, 1).data().toString(), QStringLiteral("even"));
  QCOMPARE(model.index(19, 1).data().toString(), QStringLiteral("odd"));
  model.sort(0, Qt::DescendingOrder);
  QCOMPARE(model.idAt(0), SampleId{119});
  model.sort(-1, Qt::AscendingOrder);
  QCOMPARE(model.idAt(0), SampleId{100});
}

void TestColumnTable::filters() {
  ColumnTable model;
  model.setDataset(std::make_shared<Samples>());
  model.setFilter("SAMPLE 1");
  QCOMPARE(model.rowCount(), 11);
  QCOMPARE(model.total(), std::size_t{20});
  QCOMPARE(model.lineOf(103), -1);
  model.setFilter("even");
  QCOMPARE(model.rowCount(), 10);
  model.setFilter("nowhere");
  QCOMPARE(model.rowCount(), 0);
  model.setFilter({});
  QCOMPARE(model.rowCount(), 20);
}

void TestColumnTable::onlyThese() {
  ColumnTable model;
  model.setDataset(std::make_shared<Samples>());
  model.sort(0, Qt::DescendingOrder);
  model.setOnly(true, {110, 102, 999});
  QCOMPARE(model.rowCount(), 2);
  QCOMPARE(model.idAt(0), SampleId{110});
  QCOMPARE(model.lineOf(102), 1);
  model.setOnly(true, {});
  QCOMPARE(model.rowCount(), 0);
  model.setOnly(false);
  QCOMPARE(model.rowCount(), 20);
}

void TestColumnTable::tablesWithoutIds() {
  Column a;
  a.name = "a";
  a.numbers = {3, 1, 2};
  ColumnTable model;
  model.setTable(std::make_shared<const Payload>(Table{nullptr, {a}}));
  QCOMPARE(model.columnCount(), 1);
  QCOMPARE(model.idAt(0), SampleId{-1});
  QCOMPARE(model.lineOf(0), -1);
  model.sort(0, Qt::AscendingOrder);
  QCOMPARE(model.index(0, 0).data().toString(), QStringLiteral("1"));
  model.setTable(std::make_shared<const Payload>(Curve{}));
  QCOMPARE(model.rowCount(), 0);
}

void TestColumnTable::aMillionRows() {
  Column a;
  a.numbers.resize(1'000'000);
  for (std::size_t i = 0; i < a.numbers.size(); ++i) {
    a.numbers[i] = static_cast<double>((i * 7919) % a.numbers.size());
  }
  ColumnTable model;
  model.setTable(std::make_shared<const Payload>(Table{nullptr, {a}}));
  QElapsedTimer clock;
  clock.start();
  model.sort(0, Qt::AscendingOrder);
  QVERIFY2(clock.elapsed() < 50, qPrintable(QString::number(clock.elapsed())));  // the GUI thread only asks
  QTRY_COMPARE(model.index(999'999, 0).data().toString(), QStringLiteral("999,999"));
  model.setFilter(QStringLiteral("77777"));
  model.sort(0, Qt::DescendingOrder);  // the older question is dropped
  QTRY_COMPARE(model.rowCount(), 19);
  QCOMPARE(model.index(0, 0).data().toString(), QStringLiteral("977,777"));
}

VITRINE_TEST(TestColumnTable)
#include "tst_column_table.moc"
