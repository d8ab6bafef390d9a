// Every dialog drawn in both themes: nothing clipped, nothing blank. With VITRINE_SHOTS=<folder> the pictures are kept.
#include <set>

#include <QDir>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QSignalSpy>

#include "app/gui/dialogs/about.h"
#include "app/gui/dialogs/help_window.h"
#include "app/gui/dialogs/import_dialog.h"
#include "app/gui/dialogs/preferences.h"
#include "app/gui/dialogs/screenshot_dialog.h"
#include "app/gui/dialogs/start_page.h"
#include "fixture.h"
#include "testing.h"
#include "widgets/task.h"
#include "widgets/theme.h"

using namespace vitrine;

class LooksTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void everyPieceIsDrawn() {
    const testing::OwnSettings own;
    for (const bool dark : {true, false}) {
      applyTheme(dark);
      startPage();
      importing();
      about();
      Preferences preferences;
      check(preferences, "preferences", preferences.size());
      ScreenshotDialog shot(view, QSize(1200, 760), QDir::homePath() + "/map.png");
      check(shot, "screenshot", shot.sizeHint());
      help();
    }
  }

 private:
  static QImage view(QSize size) {
    QImage image(size, QImage::Format_RGB32);
    image.fill(theme().window);
    QPainter painter(&image);
    painter.setRenderHint(QPainter::Antialiasing);
    for (std::size_t i = 0; i < 8; ++i) {
      painter.setBrush(categoryColour(i, 8));
      painter.drawEllipse(QPointF(size.width() * (0.1 + 0.11 * static_cast<double>(i)), size.height() * (0.3 + 0.06 * static_cast<double>(i % 4))), 9, 9);
    }
    return image;
  }

  void startPage() {
    StartPage page;
    page.setRecent({QDir::homePath(), QStringLiteral("/data/letters/letter-recognition.csv"), QStringLiteral("/data/garments.vitrine")});
    for (const QSize size : {QSize(800, 600), QSize(1280, 800), QSize(2560, 1440)}) {
      check(page, QStringLiteral("start-%1").arg(size.width()), size);
    }
  }

  void importing() {
    QTemporaryDir dir;
    QFile file(dir.filePath("letter-recognition.csv"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    QByteArray text = "letter,x_box,y_box,width,height,on_pixels,x_bar,y_bar,source\n";
    for (int row = 0; row < 400; ++row) {
      text += QByteArray(1, static_cast<char>('A' + row * 7 % 26));
      for (int i = 0; i < 7; ++i) {
        text += ',' + QByteArray::number((row * 31 + i * 17) % 16);
      }
      text += ",scan " + QByteArray::number(row / 40) + '\n';
    }
    file.write(text);
    file.close();
    Lane lane(QStringLiteral("files"));
    ImportDialog dialog(file.fileName().toStdString(), &lane);
    QSignalSpy ready(&dialog, &ImportDialog::previewReady);
    QVERIFY(ready.wait(5000));
    check(dialog, "import", dialog.size());
  }

  void about() {
    QApplication::setApplicationVersion("0.1.0");
    About dialog({{"Qt", "6.4.2"}, {"VTK", "9.1.0"}, {"libtorch", "1.13.0"}, {"OpenCV", "4.6.0"}, {"FFmpeg", "5.1.6"}});
    check(dialog, "about", dialog.size());
  }

  void help() {
    HelpWindow window;
    for (const char *page : {"getting-started", "projection", "study:tsne", "command-line"}) {
      window.open(page);
      check(window, QStringLiteral("help-%1").arg(QString(page).replace(':', '-')), QSize(1040, 720));
    }
  }

  /// No label or button narrower than its text, and more than two colours on the picture.
  void check(QWidget &widget, const QString &name, QSize size) {
    widget.resize(size);
    widget.show();
    QTest::qWait(30);
    for (auto *label : widget.findChildren<QLabel *>()) {
      if (label->isVisible() && !label->wordWrap() && !label->text().isEmpty()) {
        QVERIFY2(label->width() + 1 >= label->minimumSizeHint().width(), qPrintable(name + ": " + label->text()));
      }
    }
    for (auto *button : widget.findChildren<QPushButton *>()) {
      if (button->isVisible()) {
        QVERIFY2(button->width() + 1 >= button->fontMetrics().horizontalAdvance(button->text()), qPrintable(name + ": " + button->text()));
      }
    }
    const QImage picture = widget.grab().toImage().convertToFormat(QImage::Format_RGB32);
    std::set<QRgb> colours;
    for (int y = 0; y < picture.height(); y += 3) {
      for (int x = 0; x < picture.width(); x += 3) {
        colours.insert(picture.pixel(x, y));
      }
    }
    QVERIFY2(colours.size() > 12, qPrintable(name));
    const QString folder = qEnvironmentVariable("VITRINE_SHOTS");
    if (!folder.isEmpty()) {
      QVERIFY(QDir().mkpath(folder));
      QVERIFY(picture.save(QStringLiteral("%1/%2-%3.png").arg(folder, name, theme().dark ? "dark" : "light")));
    }
  }
};

VITRINE_TEST(LooksTest)
#include "tst_looks.moc"
