// Commands by a few letters, and the sheet of keys.
#include <QAction>
#include <QLabel>
#include <QLineEdit>
#include <QMainWindow>

#include "testing.h"
#include "widgets/cheat_sheet.h"
#include "widgets/command_palette.h"

using namespace vitrine;

class TestCommands : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void scores();
  void findsAndRunsByKeyboard();
  void leavesOutWhatCannotRun();
  void sheetShowsEveryShortcut();
};

void TestCommands::scores() {
  QList<int> hits;
  QCOMPARE(fuzzyScore("xyz", "Open file"), -1);
  QCOMPARE(fuzzyScore("fo", "Open file"), -1);  // letters in order only
  QCOMPARE(fuzzyScore("", "Open file"), 0);
  QVERIFY(fuzzyScore("OF", "open file", &hits) > 0);
  QCOMPARE(hits, (QList<int>{0, 5}));
  QVERIFY(fuzzyScore("run", "Run t-SNE") > fuzzyScore("run", "Return to map"));      // a run of letters
  QVERIFY(fuzzyScore("ts", "Run t-SNE") > fuzzyScore("ts", "Points"));               // starts of words
  QVERIFY(fuzzyScore("save", "Save project") > fuzzyScore("save", "Export, save"));  // the start of all
  QCOMPARE(fuzzyScore("a", ""), -1);
}

void TestCommands::findsAndRunsByKeyboard() {
  QMainWindow window;
  window.resize(800, 600);
  window.show();
  QAction open("&Open...", &window), save("Save project", &window), undo("Undo", &window);
  save.setShortcut(QKeySequence("Ctrl+S"));
  int saved = 0, extra = 0;
  connect(&save, &QAction::triggered, this, [&saved] { ++saved; });
  CommandPalette palette(&window);
  palette.setCommands({{"File", {&open, &save}}, {"Edit", {&undo}}}, {{"Open Fashion-MNIST", "Data", {}, {}, [&extra] { ++extra; }}});
  palette.popUp();
  QVERIFY(palette.isVisible());
  QCOMPARE(palette.shown(), 4);
  auto *search = palette.findChild<QLineEdit *>();
  QTest::keyClicks(search, "sav");
  QCOMPARE(palette.shown(), 1);
  QTest::keyClick(search, Qt::Key_Return);
  QCOMPARE(saved, 1);
  QVERIFY(!palette.isVisible());

  palette.popUp();
  QCOMPARE(palette.shown(), 4);  // a fresh search
  QTest::keyClicks(search, "data fash");
  QCOMPARE(palette.shown(), 1);  // the group counts as well
  QTest::keyClick(search, Qt::Key_Enter);
  QCOMPARE(extra, 1);

  palette.popUp();
  QTest::keyClicks(search, "open");
  QCOMPARE(palette.shown(), 2);
  QTest::keyClick(search, Qt::Key_Down);
  QTest::keyClick(search, Qt::Key_Return);
  QCOMPARE(extra, 2);
  palette.popUp();
  QTest::keyClicks(search, "qqq");
  QCOMPARE(palette.shown(), 0);
  QTest::keyClick(search, Qt::Key_Return);  // nothing to run, nothing happens
  QTest::keyClick(search, Qt::Key_Escape);
  QVERIFY(!palette.isVisible());
}

void TestCommands::leavesOutWhatCannotRun() {
  QMainWindow window;
  QAction disabled("Disabled", &window), hidden("Hidden", &window), line("Line", &window), good("Good", &window);
  disabled.setEnabled(false);
  hidden.setVisible(false);
  line.setSeparator(true);
  CommandPalette palette(&window);
  palette.setCommands({{"All", {&disabled, &hidden, &line, &good}}});
  QCOMPARE(palette.shown(), 1);
}

void TestCommands::sheetShowsEveryShortcut() {
  QMainWindow window;
  window.resize(1000, 700);
  window.show();
  QAction undo("&Undo", &window), plain("No key", &window);
  undo.setShortcut(QKeySequence("Ctrl+Z"));
  const CheatGroup group = cheatGroup("Edit", {&undo, &plain});
  QCOMPARE(group.lines.size(), std::size_t{1});
  QCOMPARE(group.lines.front().second, QStringLiteral("Undo"));
  CheatSheet sheet(&window);
  sheet.popUp({group, {"Mouse", {{"Shift+Drag", "Add"}, {"Ctrl++", "Bigger"}}}, {"Empty", {}}});
  QVERIFY(sheet.isVisible());
  QCOMPARE(sheet.size(), window.size());
  QStringList words;
  for (const auto *label : sheet.findChildren<QLabel *>()) {
    words << label->text();
  }
  for (const char *word : {"Undo", "Ctrl", "Z", "Shift", "Drag", "Add", "+"}) {
    QVERIFY2(words.contains(word), word);
  }
  QVERIFY(!words.contains("Empty"));
  QTest::keyClick(&sheet, Qt::Key_Space);
  QVERIFY(!sheet.isVisible());
}

VITRINE_TEST(TestCommands)
#include "tst_commands.moc"
