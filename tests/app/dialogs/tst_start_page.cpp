// The start page: its signals, missing files, the search, and the layout from 800 to 2560 pixels.
#include <set>

#include <QLineEdit>
#include <QSignalSpy>

#include "app/gui/dialogs/shelf_art.h"
#include "app/gui/dialogs/start_page.h"
#include "app/gui/dialogs/study_card.h"
#include "fixture.h"
#include "testing.h"
#include "widgets/theme.h"

using namespace vitrine;
using vitrine::testing::button;
using vitrine::testing::shows;

class StartPageTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { applyTheme(true); }

  void buttonsAsk() {
    StartPage page;
    QSignalSpy demo(&page, &StartPage::demoRequested), open(&page, &StartPage::openRequested), folder(&page, &StartPage::openFolderRequested),
        help(&page, &StartPage::helpRequested), workshop(&page, &StartPage::workshopRequested);
    for (const QString &text : {QStringLiteral("Start the demo"), QStringLiteral("Why a sneaker?"), QStringLiteral("Open..."), QStringLiteral("Open folder..."),
                                QStringLiteral("Getting started")}) {
      QVERIFY2(button(page, text) != nullptr, qPrintable(text));
      button(page, text)->click();
    }
    QCOMPARE(demo.count(), 1);
    QCOMPARE(workshop.count(), 1);
    QCOMPARE(open.count(), 1);
    QCOMPARE(folder.count(), 1);
    QCOMPARE(help.count(), 1);
    QCOMPARE(help.front().front().toString(), QStringLiteral("getting-started"));
  }

  void picturesHaveNoGrain() {
    for (const QSize size : {QSize(331, 179), QSize(720, 432), QSize(401, 300)}) {
      const QImage picture = shelfPicture(QStringLiteral("demo"), QStringLiteral("projection"), size, 1).toImage();
      const QColor corner = picture.pixelColor(4, 4);
      for (int i = 0; i < 400; ++i) {  // no garment lies there
        const QColor here = picture.pixelColor(4 + i % 20, 4 + i / 20);
        QVERIFY2(std::abs(here.lightness() - corner.lightness()) <= 2, qPrintable(QString("%1 beside %2").arg(here.name(), corner.name())));
      }
    }
  }

  void recentFilesOpenAndMissingOnesOnlyLeave() {
    QTemporaryDir dir;
    const QString there = dir.filePath("there.csv"), gone = dir.filePath("gone.npy");
    QFile file(there);
    QVERIFY(file.open(QIODevice::WriteOnly));
    StartPage page;
    page.resize(1280, 800);
    QSignalSpy opened(&page, &StartPage::recentRequested), removed(&page, &StartPage::recentRemoved);
    page.setRecent({there, gone});
    QVERIFY(button(page, "there.csv")->isEnabled());
    QVERIFY(!button(page, "gone.npy")->isEnabled());
    QVERIFY(shows(page, "missing"));
    button(page, "there.csv")->click();
    QCOMPARE(opened.count(), 1);
    QCOMPARE(opened.front().front().toString(), there);
    button(page, "Remove gone.npy from the list")->click();
    QCOMPARE(removed.count(), 1);
    QCOMPARE(removed.front().front().toString(), gone);
    QTRY_VERIFY(button(page, "gone.npy") == nullptr);
    QVERIFY(!shows(page, "missing"));
    QVERIFY(button(page, "there.csv") != nullptr);
  }

  void searchNarrowsTheShelf() {
    StartPage page;
    page.resize(1280, 800);
    page.show();
    auto *search = page.findChild<QLineEdit *>();
    const auto visible = [&page] {
      int count = 0;
      for (auto *card : page.findChildren<StudyCard *>()) {
        count += card->isHidden() ? 0 : 1;
      }
      return count;
    };
    QCOMPARE(visible(), static_cast<int>(studies().all().size()));
    const auto &first = studies().all().front();
    search->setText(QString::fromStdString(first.title));
    QVERIFY(visible() >= 1);
    search->setText(QStringLiteral("no-study-is-called-like-this"));
    QCOMPARE(visible(), 0);
    QVERIFY(shows(page, "No study has all of these words"));
    search->clear();
    QCOMPARE(visible(), static_cast<int>(studies().all().size()));
  }

  void gridFillsEveryWidth() {
    for (const int width : {800, 1280, 1920, 2560}) {
      CardGrid grid;
      std::vector<StudyInfo> infos(7);
      for (std::size_t i = 0; i < infos.size(); ++i) {
        infos[i].id = "study-" + std::to_string(i);
        grid.add(new StudyCard(infos[i]));
      }
      grid.resize(width, grid.heightForWidth(width));
      grid.show();
      std::set<int> lefts;
      int right = 0, bottom = 0;
      for (auto *card : grid.findChildren<StudyCard *>()) {
        QVERIFY(card->width() >= StudyCard::kMinimumWidth);
        lefts.insert(card->x());
        right = std::max(right, card->geometry().right() + 1);
        bottom = std::max(bottom, card->geometry().bottom() + 1);
        for (auto *other : grid.findChildren<StudyCard *>()) {
          QVERIFY(other == card || !other->geometry().intersects(card->geometry()));
        }
      }
      QCOMPARE(static_cast<int>(lefts.size()), std::min(7, grid.columns()));
      QCOMPARE(bottom, grid.height());
      QVERIFY(right <= width);
      QVERIFY(grid.columns() > 7 || right == width);
    }
  }

  void arrowsAndEnterReachEveryCard() {
    QWidget window;
    auto *grid = new CardGrid(&window);
    std::vector<StudyInfo> infos(5);
    for (std::size_t i = 0; i < infos.size(); ++i) {
      infos[i].id = "study-" + std::to_string(i);
      grid->add(new StudyCard(infos[i]));
    }
    grid->resize(800, grid->heightForWidth(800));
    window.resize(800, 800);
    window.show();
    window.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    QCOMPARE(grid->columns(), 3);
    const auto cards = grid->findChildren<StudyCard *>();
    cards[0]->setFocus();
    const std::pair<Qt::Key, int> walk[] = {{Qt::Key_Right, 1}, {Qt::Key_Down, 4}, {Qt::Key_Left, 3}, {Qt::Key_Up, 0}};
    for (const auto &[key, expected] : walk) {
      QTest::keyClick(QApplication::focusWidget(), key);
      QCOMPARE(QApplication::focusWidget(), cards[expected]);
    }
    QSignalSpy clicked(cards[0], &StudyCard::clicked);
    QTest::keyClick(cards[0], Qt::Key_Return);
    QCOMPARE(clicked.count(), 1);
  }

  void tabReachesDemoSearchAndShelf() {
    StartPage page;
    page.resize(1280, 800);
    page.setRecent({QStringLiteral("/nowhere/gone.csv")});
    page.show();
    page.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&page));
    std::set<QWidget *> reached;
    for (int i = 0; i < 200; ++i) {
      QTest::keyClick(QApplication::focusWidget() != nullptr ? QApplication::focusWidget() : &page, Qt::Key_Tab);
      reached.insert(QApplication::focusWidget());
    }
    QVERIFY(reached.count(button(page, "Start the demo")) == 1);
    QVERIFY(reached.count(page.findChild<QLineEdit *>()) == 1);
    for (auto *card : page.findChildren<StudyCard *>()) {
      QVERIFY2(reached.count(card) == 1, qPrintable(card->id()));
    }
  }
};

VITRINE_TEST(StartPageTest)
#include "tst_start_page.moc"
