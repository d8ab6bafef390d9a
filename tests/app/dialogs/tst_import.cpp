// The import dialog on files as people have them: roles, messages, and what openTable() is given.
#include <QComboBox>
#include <QSignalSpy>
#include <QTableView>

#include "app/gui/dialogs/import_dialog.h"
#include "app/gui/dialogs/import_model.h"
#include "fixture.h"
#include "testing.h"
#include "widgets/task.h"

using namespace vitrine;

class ImportTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void mapsNumbersAndLabels() {
    const auto file = write("letters.csv", "letter,x,y box,width\nT,2,8.5,3\nI,5,12,3\nD,4,11,6\n");
    ImportDialog dialog(file, &m_lane);
    wait(dialog);
    QVERIFY2(dialog.importable(), qPrintable(dialog.message()));
    QCOMPARE(dialog.message(), QStringLiteral("3 samples expected, 3 values each; label: letter"));
    const auto options = dialog.options();
    QVERIFY(options.chosen);
    QCOMPARE(options.separator, ',');
    QCOMPARE(options.header, std::optional<bool>(true));
    QCOMPARE(options.labelColumns, std::vector<std::string>{"letter"});
    const auto dataset = data::openTable(file, options);
    QCOMPARE(dataset->count(), std::size_t{3});
    QCOMPARE(dataset->featureCount(), std::size_t{3});
    QVERIFY(dataset->label() != nullptr);
    QCOMPARE(dataset->label()->name, std::string("letter"));
  }

  void ignoredColumnsStayOut() {
    const auto file = write("ids.csv", "id,a,b,kind\n1,0.5,1,red\n2,0.25,2,blue\n");
    ImportDialog dialog(file, &m_lane);
    wait(dialog);
    auto *table = dialog.findChild<QTableView *>();
    table->selectColumn(0);
    QTest::keyClick(table, Qt::Key_I);
    QCOMPARE(dialog.message(), QStringLiteral("2 samples expected, 2 values each; label: kind; ignored: id"));
    QCOMPARE(dialog.options().ignoredColumns, std::vector<std::string>{"id"});
    QCOMPARE(data::openTable(file, dialog.options())->featureCount(), std::size_t{2});
  }

  void roleIsChosenInTheHeaderRow() {
    const auto file = write("roles.csv", "a,b\n1,2\n3,4\n");
    ImportDialog dialog(file, &m_lane);
    dialog.show();
    wait(dialog);
    auto *table = dialog.findChild<QTableView *>();
    const QModelIndex cell = table->model()->index(0, 1);
    QTest::mouseClick(table->viewport(), Qt::LeftButton, {}, table->visualRect(cell).center());
    QComboBox *editor = nullptr;
    QTRY_VERIFY((editor = table->viewport()->findChild<QComboBox *>()) != nullptr);
    editor->setCurrentIndex(static_cast<int>(ColumnRole::Label));
    Q_EMIT editor->activated(editor->currentIndex());
    QCOMPARE(dialog.message(), QStringLiteral("2 samples expected, 1 value each; label: b"));
  }

  void textAmongValuesIsNamed() {
    const auto file = write("mixed.csv", "a,b\n1,2\n3,four\n5,6\n7,8\n");
    ImportDialog dialog(file, &m_lane);
    wait(dialog);
    auto *table = dialog.findChild<QTableView *>();
    table->selectColumn(1);
    QTest::keyClick(table, Qt::Key_L);
    QVERIFY2(dialog.importable(), qPrintable(dialog.message()));
    QTest::keyClick(table, Qt::Key_V);
    QVERIFY(!dialog.importable());
    QVERIFY2(dialog.message().contains("Row 2") && dialog.message().contains("column 2") && dialog.message().contains("four"), qPrintable(dialog.message()));
  }

  void noValuesCannotBeOpened() {
    const auto file = write("words.csv", "a,b\nx,y\nz,w\n");
    ImportDialog dialog(file, &m_lane);
    wait(dialog);
    QVERIFY(!dialog.importable());
    QVERIFY(dialog.message().contains("at least one number"));
  }

  void separatorAndHeaderAreTheUsersWord() {
    const auto file = write("semicolons.txt", "1;2;3\n4;5;6\n");
    ImportDialog dialog(file, &m_lane);
    wait(dialog);
    QCOMPARE(dialog.options().separator, ';');
    QCOMPARE(dialog.message(), QStringLiteral("2 samples expected, 3 values each; no label"));
    auto *header = dialog.findChildren<QComboBox *>().at(1);
    QSignalSpy ready(&dialog, &ImportDialog::previewReady);
    header->setCurrentIndex(1);
    Q_EMIT header->activated(1);
    QVERIFY(ready.wait(5000));
    QCOMPARE(dialog.options().header, std::optional<bool>(true));
    QVERIFY2(!dialog.importable() && dialog.message().contains("two or more"), qPrintable(dialog.message()));
  }

  void brokenFilesSayLineOrReason() {
    for (const QByteArray &text : {QByteArray(), QByteArray("a,b\n1,\0\n", 8),
                                   QByteArray("\xFF\xFE"
                                              "a,b")}) {
      const auto file = write("broken.csv", text);
      ImportDialog dialog(file, &m_lane);
      wait(dialog);
      QVERIFY(!dialog.importable());
      QVERIFY2(dialog.message().contains("broken.csv"), qPrintable(dialog.message()));
    }
    ImportDialog missing(std::filesystem::path(m_dir.filePath("missing.csv").toStdString()), &m_lane);
    wait(missing);
    QVERIFY(missing.message().contains("missing.csv"));
  }

  void linesAreCounted() {
    QCOMPARE(countLines(write("quotes.csv", "a,b\n\"one\ntwo\",1\n\n3,4")).lines, std::size_t{3});
    QByteArray large("a,b\n");
    while (large.size() < (3 << 20)) {
      large += "12,34\n";
    }
    const auto file = write("large.csv", large);
    const auto estimated = countLines(file, std::size_t{1} << 20);
    QVERIFY(!estimated.exact);
    const double lines = static_cast<double>(large.count('\n'));
    QVERIFY(std::abs(static_cast<double>(estimated.lines) - lines) < 0.01 * lines);
    QVERIFY(countLines(file).exact);
    QCOMPARE(static_cast<double>(countLines(file).lines), lines);
  }

 private:
  std::filesystem::path write(const QString &name, const QByteArray &text) {
    QFile file(m_dir.filePath(name));
    if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size()) {
      qFatal("cannot write %s", qPrintable(name));
    }
    return file.fileName().toStdString();
  }
  static void wait(ImportDialog &dialog) {
    QSignalSpy ready(&dialog, &ImportDialog::previewReady);
    QVERIFY(ready.wait(5000));
  }
  QTemporaryDir m_dir;
  Lane m_lane{QStringLiteral("files")};
};

VITRINE_TEST(ImportTest)
#include "tst_import.moc"
