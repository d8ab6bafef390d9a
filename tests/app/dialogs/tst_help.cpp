// The help: every link leads somewhere, every study has its page, the search finds, the window turns pages.
#include <QFileInfo>
#include <QLineEdit>
#include <QListWidget>
#include <QRegularExpression>
#include <QScrollBar>
#include <QTextBrowser>
#include <QTextTable>

#include "app/gui/dialogs/help_window.h"
#include "fixture.h"
#include "testing.h"
#include "widgets/theme.h"

using namespace vitrine;

class HelpTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void pagesAreThere() {
    const auto pages = helpPages();
    QVERIFY(pages.size() >= 10 + studies().all().size());
    QCOMPARE(pages.front().id, QStringLiteral("getting-started"));
    for (const HelpPage &page : pages) {
      QVERIFY2(page.title != page.id, qPrintable(page.id + " has no heading"));
      QVERIFY2(page.markdown.size() > 200, qPrintable(page.id));
    }
  }

  void everyLinkLeadsSomewhere() {
    const auto pages = helpPages();
    QStringList ids;
    for (const HelpPage &page : pages) {
      ids << page.id;
    }
    static const QRegularExpression link(QStringLiteral("(!?)\\[[^\\]]*\\]\\(([^)]+)\\)"));
    for (const HelpPage &page : pages) {
      for (auto it = link.globalMatch(page.markdown); it.hasNext();) {
        const auto match = it.next();
        const QString target = match.captured(2).section(QChar('#'), 0, 0);
        if (target.startsWith(QStringLiteral("http")) || target.isEmpty()) {
          continue;
        }
        const bool leads = !match.captured(1).isEmpty()                  ? QFileInfo::exists(page.folder + QChar('/') + target)
                           : target.startsWith(QStringLiteral("study:")) ? ids.contains(target)
                                                                         : target.endsWith(QStringLiteral(".md")) && ids.contains(target.chopped(3));
        QVERIFY2(leads, qPrintable(page.id + ": " + match.captured(2)));
      }
    }
  }

  void studiesDescribeThemselves() {
    for (const StudyInfo &study : studies().all()) {
      const QString page = studyPage(study);
      QVERIFY(page.contains(QString::fromStdString(study.summary)) && page.contains(QString::fromStdString(study.claim)));
      for (const ParamSpec &spec : study.params) {
        QVERIFY2(page.contains(QStringLiteral("`%1`").arg(QString::fromStdString(spec.name))), spec.name.c_str());
      }
    }
  }

  void aParameterRowSaysAll() {
    StudyInfo study;
    study.id = "made-up";
    study.title = "Made up";
    ParamSpec spec;
    spec.name = "width";
    spec.label = "Width";
    spec.help = "More | is wider.";
    spec.defaultValue = 2.5;
    spec.range(1, 8).unit("px").live();
    study.params = {spec};
    QVERIFY2(studyPage(study).contains("| Width `width` *live* | 2.5 px | 1 to 8 | More \\| is wider. |"), qPrintable(studyPage(study)));
  }

  void searchRanksTitlesFirst() {
    const std::vector<HelpPage> pages = {{"a", "Apples", "# Apples\n\nA pear is mentioned here.", {}, {}}, {"b", "Pears", "# Pears\n\nNothing else.", {}, {}}};
    const auto hits = searchHelp(pages, "pear");
    QCOMPARE(hits.size(), std::size_t{2});
    QCOMPARE(hits[0].page, std::size_t{1});
    QVERIFY(hits[1].excerpt.contains("pear is mentioned"));
    QVERIFY(searchHelp(pages, "pear mentioned").size() == 1);
    QVERIFY(searchHelp(pages, "plum").empty());
    QVERIFY(searchHelp(pages, "  ").empty());
  }

  void windowTurnsPages() {
    applyTheme(true);
    HelpWindow window;
    QCOMPARE(window.current(), QStringLiteral("getting-started"));
    window.open("projection.md#reading");
    QCOMPARE(window.current(), QStringLiteral("projection"));
    const auto &study = studies().all().front();
    window.open("study:" + QString::fromStdString(study.id));
    auto *text = window.findChild<QTextBrowser *>();
    QVERIFY(text->toPlainText().contains(QString::fromStdString(study.title)));
    Q_EMIT text->anchorClicked(QUrl("data.md"));
    QCOMPARE(window.current(), QStringLiteral("data"));
    QTest::keyClick(&window, Qt::Key_Left, Qt::AltModifier);
    QCOMPARE(window.current(), "study:" + QString::fromStdString(study.id));
    QTest::keyClick(&window, Qt::Key_Left, Qt::AltModifier);
    QCOMPARE(window.current(), QStringLiteral("projection"));
    QTest::keyClick(&window, Qt::Key_Right, Qt::AltModifier);
    QCOMPARE(window.current(), "study:" + QString::fromStdString(study.id));
    window.open("no-such-page");
    QCOMPARE(window.current(), QStringLiteral("getting-started"));
  }

  void picturesFitTheText() {
    HelpWindow window;
    window.show();
    auto *text = window.findChild<QTextBrowser *>();
    for (const int width : {1040, 640, 1400}) {
      window.resize(width, 500);
      for (const char *page : {"video", "projection", "prototypes"}) {
        window.open(QString::fromLatin1(page));
        QApplication::processEvents();
        QVERIFY2(text->horizontalScrollBar()->maximum() == 0 && text->document()->idealWidth() <= text->viewport()->width(), page);
      }
    }
  }

  void windowSearches() {
    HelpWindow window;
    auto *index = window.findChild<QListWidget *>();
    auto *search = window.findChild<QLineEdit *>();
    const int all = index->count();
    search->setText("perplexity");
    QVERIFY(index->count() > 0 && index->count() < all);
    QTest::keyClick(search, Qt::Key_Return);
    QVERIFY(window.findChild<QTextBrowser *>()->toPlainText().contains("erplexity"));
    QVERIFY(!window.findChild<QTextBrowser *>()->extraSelections().isEmpty());
    search->setText("zzzqqq");
    QVERIFY(index->item(0)->text().contains("No page"));
    search->clear();
    QCOMPARE(index->count(), all);
  }
};

VITRINE_TEST(HelpTest)
#include "tst_help.moc"
