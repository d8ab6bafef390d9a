// Tables: what is found out about a file, and what is refused with line and column.
#include <chrono>
#include <cmath>

#include "data/columns.h"
#include "data/data.h"
#include "files.h"
#include "testing.h"

using namespace vitrine;
using namespace vitrine::testing;

namespace {

std::shared_ptr<const Dataset> table(const std::string &text, const data::TableOptions &options = {}, const char *name = "t.csv") {
  const Folder folder;
  return data::openTable(folder.put(name, text), options);
}

QString said(const std::string &text, const data::TableOptions &options = {}) {
  return refusal([&] { table(text, options); });
}

std::vector<float> row(const Dataset &set, SampleId id) {
  std::vector<float> values(set.featureCount());
  set.values(id, values);
  return values;
}

std::vector<std::string> names(const Dataset &set) {
  std::vector<std::string> all;
  for (const auto &column : set.columns()) {
    all.push_back(column.name);
  }
  return all;
}

}  // namespace

class TstTables : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void findsSeparatorsAndHeaders_data() {
    QTest::addColumn<QString>("text");
    QTest::newRow("comma") << "a,b,label\n1,2,x\n3,4,y\n5,6,x\n7,8,y\n";
    QTest::newRow("semicolon") << "a;b;label\n1;2;x\n3;4;y\n5;6;x\n7;8;y\n";
    QTest::newRow("tab, no end") << "a\tb\tlabel\n1\t2\tx\n3\t4\ty\n5\t6\tx\n7\t8\ty";
    QTest::newRow("blanks") << " a  b label\n 1   2 x\n3 4 y\n5\t6 x \n7 8 y\n";
    QTest::newRow("crlf, mark, blank lines") << QString::fromUtf8("\xEF\xBB\xBF") + "a,b,label\r\n1,2,x\r\n\r\n3,4,y\r\n5,6,x\r\n7,8,y\r\n\r\n";
    QTest::newRow("old mac") << "a,b,label\r1,2,x\r3,4,y\r5,6,x\r7,8,y";
    QTest::newRow("quotes, trailing separator") << "\"a\",\"b\",\"label\",\n\"1\",+2,\"x\",\n3, 4 ,y,\n5.0,6e0,\"x\",\n7,8,y,\n";
  }
  void findsSeparatorsAndHeaders() {
    QFETCH(QString, text);
    const auto set = table(text.toStdString());
    QCOMPARE(set->count(), std::size_t{4});
    QCOMPARE(set->featureCount(), std::size_t{2});
    QCOMPARE(row(*set, 0), (std::vector<float>{1, 2}));
    QCOMPARE(row(*set, 3), (std::vector<float>{7, 8}));
    QCOMPARE(set->label()->name, std::string("label"));
    QCOMPARE(set->label()->categories, (std::vector<std::string>{"x", "y"}));
    QCOMPARE(set->label()->codes, (std::vector<std::int32_t>{0, 1, 0, 1}));
    QCOMPARE(set->column("b")->numbers, (std::vector<double>{2, 4, 6, 8}));
    QVERIFY(!set->hasImages() && !refusal([&] { set->image(0); }).isEmpty());
  }

  void readsQuotedCells() {
    const auto set = table("n,text\n1,\"a, \"\"b\"\"\nc\"\n2,\"\"\n3,'q'\n4,\"x\" y\n");
    QCOMPARE(set->count(), std::size_t{4});
    QCOMPARE(set->column("text")->texts, (std::vector<std::string>{"a, \"b\"\nc", "", "'q'", "\"x\" y"}));
    QVERIFY(said("n,text\n1,a\n2,\"b\n3,c\n").contains("t.csv:3: a quote"));
  }

  void tellsColumnsApart() {
    std::string text = "id,species,name,size,age\n";
    for (int i = 0; i < 40; ++i) {
      text += std::to_string(i) + (i % 2 == 0 ? ",cat," : ",dog,") + "n" + std::to_string(i) + "," + std::to_string(i * 0.5) + ",7\n";
    }
    const auto set = table(text);
    QCOMPARE(set->featureCount(), std::size_t{2});  // size and age; ids would spoil every distance
    QCOMPARE(names(*set), (std::vector<std::string>{"species", "id", "name", "size", "age"}));
    QCOMPARE(set->label()->categories, (std::vector<std::string>{"cat", "dog"}));
    QVERIFY(set->column("name")->kind == Column::Kind::Text);
    QVERIFY(set->column("id")->kind == Column::Kind::Number);
  }

  void wholeNumbersNamedLabelAreClasses() {
    const auto set = table("y,a\n10,1\n2,2\n10,3\n2,4\n");
    QCOMPARE(set->featureCount(), std::size_t{1});
    QCOMPARE(set->label()->categories, (std::vector<std::string>{"2", "10"}));  // by value, not by text
    QCOMPARE(table("x,a\n10,1\n2,2\n10,3\n2,4\n")->featureCount(), std::size_t{2});
  }

  void pandasHeadersAreNoData() {
    QCOMPARE(row(*table("0,1,2\n5,6,7\n8,9,10\n"), 0), (std::vector<float>{5, 6, 7}));
    const auto set = table(",0,1,2\n0,5,6,7\n1,8,9,10\n");
    QCOMPARE(set->featureCount(), std::size_t{3});
    QVERIFY(set->column("index") != nullptr);
  }

  void theUserDecides() {
    const std::string text = "a,b,c,d\n1,2,x,u\n1,4,y,v\n2,6,x,w\n";
    data::TableOptions options;
    options.labelColumns = {"c", "a"};
    options.ignoredColumns = {"d"};
    options.chosen = true;
    const auto set = table(text, options);
    QCOMPARE(names(*set), (std::vector<std::string>{"c", "a", "b"}));
    QCOMPARE(set->featureCount(), std::size_t{1});
    QVERIFY(set->column("a")->kind == Column::Kind::Category);
    options.labelColumns = {"a"};
    QVERIFY(said(text, options).contains(":2: column 3 (c) holds 'x', not a number"));
    options.labelColumns = {"size"};
    QVERIFY(said(text, options).contains("has no column 'size'; its columns are a, b, c, d"));
    data::TableOptions plain;
    plain.header = false;
    QVERIFY(said("1,2\n3,4\n", plain).isEmpty());
    plain.header = true;
    QCOMPARE(table("7,8\n3,4\n5,6\n", plain)->count(), std::size_t{2});
  }

  void refusesWithLineAndColumn_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("message");
    QTest::newRow("word") << "1,2\n3,abc\n5,6\n"
                          << ":2: column 2 holds 'abc', not a number";
    QTest::newRow("word under a name") << "a,b\n1,2\n3,4\n5,six\n"
                                       << ":4: column 2 (b) holds 'six'";
    QTest::newRow("ragged") << "1,2,3\n4,5,6\n7,8\n9,1,2\n"
                            << ":3: has 2 cells, most lines have 3";
    QTest::newRow("ragged, more") << "1,2\n4,5\n7,8,9\n"
                                  << ":3: has 3 cells";
    QTest::newRow("empty cell") << "a,b\n1,2\n,4\n5,6\n"
                                << ":3: column 1 (a) is empty";
    QTest::newRow("missing") << "1,2\n3,NA\n5,6\n"
                             << ":2: column 2 holds 'NA', but every sample needs a value";
    QTest::newRow("nan") << "1,2\n3,nan\n5,6\n"
                         << ":2: column 2 holds 'nan', which is not a finite number";
    QTest::newRow("inf") << "1,2\n3,-inf\n5,6\n"
                         << ":2: column 2 holds '-inf'";
    QTest::newRow("too large") << "1,2\n3,1e39\n5,6\n"
                               << "'1e39', which is not a finite number";
    QTest::newRow("far too large") << "1,2\n3,1e999\n5,6\n"
                                   << "'1e999', which is not a finite number";
    QTest::newRow("no numbers") << "a,b\nc,d\ne,f\n"
                                << "no table of numbers";
    QTest::newRow("one row") << "a,b\n1,2\n"
                             << "holds 1 row";
    QTest::newRow("prose")
        << "Call me Ishmael. Some years ago, never mind\nhow long precisely,\nhaving little or no money in my purse,\nand nothing, as it were,\nto\n"
        << "no table";
    QTest::newRow("empty") << ""
                           << "is empty";
    QTest::newRow("control") << QString("1,\x01\x02\n3,4\n5,6\n")
                             << "holds '?"
                                "?'";
  }
  void refusesWithLineAndColumn() {
    QFETCH(QString, text);
    QFETCH(QString, message);
    const QString answer = said(text.toStdString());
    QVERIFY2(answer.contains(message) && answer.contains("t.csv") && !answer.contains('\n'), qPrintable(answer));
  }

  void refusesWhatIsNoText() {
    QVERIFY(said(std::string("\xFF\xFE"
                             "1\0,\0",
                             6))
                .contains("UTF-16"));
    QVERIFY(said(std::string("1,2\n3,\0\n", 8)).contains("byte 6 is 0"));
  }

  void latinOneBecomesReadable() {
    const auto set = table("n,label\n1,caf\xE9\n2,caf\xE9\n3,na\xEFve\n4,na\xEFve\n");
    QCOMPARE(set->label()->categories, (std::vector<std::string>{"caf\xC3\xA9", "na\xC3\xAFve"}));
  }

  void readsPackedTables() {
    const Folder folder;
    QCOMPARE(data::openTable(folder.put("a.csv.gz", gzip("1,2\n3,4\n")))->count(), std::size_t{2});
  }

  void previewsLookOnly() {
    const Folder folder;
    std::string text = "a;b\n";
    for (int i = 0; i < 300000; ++i) {
      text += std::to_string(i) + ";w\xE9\n";
    }
    const auto preview = data::previewTable(folder.put("big.csv", text), 5);
    QCOMPARE(preview.separator, ';');
    QVERIFY(preview.header);
    QCOMPARE(preview.names, (std::vector<std::string>{"a", "b"}));
    QCOMPARE(preview.rows.size(), std::size_t{5});
    QCOMPARE(preview.rows[4], (std::vector<std::string>{"4", "w\xC3\xA9"}));
    QCOMPARE(preview.numeric, (std::vector<bool>{true, false}));
    QVERIFY(refusal([&] { data::previewTable(folder.put("no.csv", std::string("\0\0", 2))); }).contains("not a text file"));
  }

  void manyTextsSpillWithoutLoss() {
    data::ColumnBuilder builder;
    for (int i = 0; i < 3000; ++i) {
      builder.add(QString("t%1").arg(i / 2).toStdString());
    }
    const Column column = builder.finish("c", true);
    QVERIFY(column.kind == Column::Kind::Text);
    QCOMPARE(column.texts.size(), std::size_t{3000});
    QCOMPARE(column.texts[0], std::string("t0"));
    QCOMPARE(column.texts[2999], std::string("t1499"));
  }

  void isQuick() {
    std::string text;
    for (int i = 0; i < 20000; ++i) {  // as the letter-recognition data
      text += static_cast<char>('A' + i % 26);
      for (int c = 0; c < 16; ++c) {
        text += ',';
        text += std::to_string((i * 7 + c * 3) % 16);
      }
      text += '\n';
    }
    const Folder folder;
    const auto file = folder.put("letters.data", text);
    const auto begin = std::chrono::steady_clock::now();
    const auto set = data::open(file.string());
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    QCOMPARE(set->count(), std::size_t{20000});
    QCOMPARE(set->label()->categories.size(), std::size_t{26});
    QVERIFY2(seconds < 0.5, qPrintable(QString::number(seconds)));  // 0.03 s on an idle machine
  }
};
VITRINE_TEST(TstTables)

#include "tst_tables.moc"
