// Settings, the screenshot dialog and About: what they keep, give and say.
#include <QClipboard>
#include <QComboBox>
#include <QFileInfo>
#include <QLineEdit>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTextBrowser>

#include "app/gui/dialogs/about.h"
#include "app/gui/dialogs/preferences.h"
#include "app/gui/dialogs/screenshot_dialog.h"
#include "core/error.h"
#include "fixture.h"
#include "testing.h"
#include "widgets/param_form.h"

using namespace vitrine;
using vitrine::testing::button;

namespace {

QImage painted(QSize size) {
  QImage image(size, QImage::Format_RGB32);
  image.fill(Qt::darkCyan);
  return image;
}

}  // namespace

class SettingsTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void everySettingHasHelpAndAnAllowedDefault() {
    for (const ParamSpec &spec : settingSpecs()) {
      QVERIFY(!spec.label.empty() && spec.help.size() > 20);
      QVERIFY(checkedValue(spec, spec.defaultValue) == spec.defaultValue);
      QVERIFY(setting(QString::fromStdString(spec.name)).isValid());
    }
  }

  void keepsWhatIsAllowed() {
    const testing::OwnSettings own;
    QCOMPARE(setting("theme").toString(), QStringLiteral("dark"));
    setSetting("theme", "light");
    setSetting("recent_count", 4);
    setSetting("motion", false);
    QCOMPARE(setting("theme").toString(), QStringLiteral("light"));
    QCOMPARE(setting("recent_count").toInt(), 4);
    QCOMPARE(setting("motion").toBool(), false);
    QVERIFY(!darkWanted());
    QVERIFY(QFileInfo(settingsFile()).absoluteFilePath().startsWith(own.path()));
    QVERIFY(QFileInfo::exists(settingsFile()));
    QVERIFY_THROWS_EXCEPTION(InputError, setSetting("recent_count", 1000));
    QVERIFY_THROWS_EXCEPTION(InputError, setSetting("theme", "pink"));
    QVERIFY_THROWS_EXCEPTION(std::out_of_range, setting("no_such_key"));
    QCOMPARE(setting("recent_count").toInt(), 4);
  }

  void nonsenseInTheFileFallsBack() {
    const testing::OwnSettings own;
    QSettings file(settingsFile(), QSettings::IniFormat);
    file.setValue("settings/theme", "pink");
    file.setValue("settings/recent_count", "many");
    file.setValue("settings/film_frame_rate", -3);
    file.sync();
    QCOMPARE(setting("theme").toString(), QStringLiteral("dark"));
    QCOMPARE(setting("film_frame_rate").toInt(), 30);
    QVERIFY(setting("recent_count").toInt() >= 0);
  }

  void aFolderThatCannotBeWrittenIsNamed() {
    QTemporaryDir dir;
    QFile blocker(dir.filePath("vitrine"));  // where the settings' folder would have to be made
    QVERIFY(blocker.open(QIODevice::WriteOnly));
    QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, dir.path());
    QVERIFY_THROWS_EXCEPTION(std::runtime_error, setSetting("motion", false));
    Preferences dialog;
    auto *form = dialog.findChild<ParamForm *>();
    Q_EMIT form->valueChanged("motion", Json(false));
    QVERIFY(testing::shows(dialog, "cannot be kept"));
  }

  void theFormKeepsAtOnce() {
    const testing::OwnSettings own;
    Preferences dialog;
    QSignalSpy changed(&dialog, &Preferences::changed);
    auto *form = dialog.findChild<ParamForm *>();
    QVERIFY(form->values()["theme"] == "dark");
    for (auto *box : dialog.findChildren<QComboBox *>()) {
      if (box->findText("light") >= 0) {
        box->setCurrentIndex(box->findText("light"));
        Q_EMIT box->activated(box->currentIndex());
      }
    }
    QTRY_VERIFY(changed.count() >= 1);
    QCOMPARE(changed.front().front().toString(), QStringLiteral("theme"));
    QCOMPARE(setting("theme").toString(), QStringLiteral("light"));
  }

  void screenshotPresetsGiveTheirSize() {
    const testing::OwnSettings own;
    QTemporaryDir dir;
    ScreenshotDialog dialog(painted, QSize(1000, 500), dir.filePath("map"));
    QCOMPARE(dialog.pixels(), QSize(1000, 500));
    QCOMPARE(dialog.path(), dir.filePath("map.png"));
    auto *presets = dialog.findChild<QComboBox *>();
    const std::pair<const char *, QSize> expected[] = {{"1920 x 1080", {1920, 1080}}, {"3840 x 2160", {3840, 2160}}, {"square 2048", {2048, 2048}},
                                                       {"slide", {2000, 1125}},       {"column width", {1004, 502}}, {"as on screen", {1000, 500}}};
    for (const auto &[key, size] : expected) {
      presets->setCurrentIndex(presets->findData(QString::fromLatin1(key)));
      Q_EMIT presets->activated(presets->currentIndex());
      QCOMPARE(dialog.pixels(), size);
      QCOMPARE(dialog.picture().size(), size);
    }
    presets->setCurrentIndex(presets->findData(QStringLiteral("column width")));
    Q_EMIT presets->activated(presets->currentIndex());
    QCOMPARE(dialog.picture().dotsPerMeterX(), 11811);  // 300 dpi: 1004 px are 85 mm in print
    dialog.findChildren<QSpinBox *>().front()->setValue(777);
    QCOMPARE(dialog.picture().width(), 777);
    QCOMPARE(presets->currentText(), QStringLiteral("Own size"));
  }

  void screenshotStartsWithTheSettingAndCopies() {
    const testing::OwnSettings own;
    setSetting("screenshot_size", "square 2048");
    ScreenshotDialog dialog(painted, QSize(640, 480), QDir::tempPath() + "/x.png");
    QCOMPARE(dialog.pixels(), QSize(2048, 2048));
    button(dialog, "Copy to clipboard")->click();
    QCOMPARE(QGuiApplication::clipboard()->image().size(), QSize(2048, 2048));
    QCOMPARE(QGuiApplication::clipboard()->image().pixelColor(5, 5), QColor(Qt::darkCyan));
  }

  void screenshotOfNothingCannotBeSaved() {
    const testing::OwnSettings own;
    ScreenshotDialog empty([](QSize) { return QImage(); }, QSize(640, 480), QDir::tempPath() + "/x.png");
    QVERIFY(!button(empty, "Save")->isEnabled());
    ScreenshotDialog full(painted, QSize(640, 480), QDir::tempPath() + "/x.png");
    QVERIFY(button(full, "Save")->isEnabled());
    full.findChildren<QLineEdit *>().back()->setText("/no/such/folder/x.png");
    QVERIFY(!button(full, "Save")->isEnabled());
    QVERIFY(testing::shows(full, "/no/such/folder"));
  }

  void aboutNamesVersionsAndLicences() {
    QApplication::setApplicationVersion("9.8.7");
    About about({{"Qt", "6.4.2"}, {"VTK", "9.1.0"}});
    const QString text = about.findChild<QTextBrowser *>()->toPlainText();
    for (const char *part : {"6.4.2", "9.1.0", "BSD-3-Clause", "GPL", "x264", "Inter"}) {
      QVERIFY2(text.contains(QLatin1String(part)), part);
    }
    QVERIFY(testing::shows(about, "9.8.7"));
    button(about, "Copy diagnostics")->click();
    const QString copied = QGuiApplication::clipboard()->text();
    QVERIFY(copied.contains("Vitrine 9.8.7") && copied.contains("VTK: 9.1.0") && copied.contains("Screen: "));
  }
};

VITRINE_TEST(SettingsTest)
#include "tst_settings.moc"
