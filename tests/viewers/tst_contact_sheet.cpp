// Every viewer with a sample of every kind it accepts, dark and light, at two sizes, on one sheet that people look at and the baseline keeps.
#include <QApplication>
#include <QDir>
#include <QPainter>

#include "bench.h"
#include "samples.h"
#include "testing.h"
#include "widgets/theme.h"

using namespace vitrine;

namespace {

constexpr QSize kLarge(880, 560), kSmall(400, 300);
constexpr int kMargin = 24, kTitle = 28;

/// The viewer as it stands on the screen once nothing moves any more.
QImage shot(const ViewerInfo &info, const Artifact &artifact, const ViewerContext &context, QSize size, QString *status) {
  const std::unique_ptr<Viewer> viewer(info.make(nullptr));
  viewer->setContext(context);
  viewer->resize(size);
  viewer->show(artifact);
  viewer->QWidget::show();
  [[maybe_unused]] const bool exposed = QTest::qWaitForWindowExposed(viewer.get());
  QImage before, now = viewer->QWidget::grab().toImage();
  for (int round = 0; round < 20 && before != now; ++round) {
    before = now;
    QTest::qWait(150);
    now = viewer->QWidget::grab().toImage();
  }
  *status = viewer->status();
  return now.convertToFormat(QImage::Format_RGB32);
}

/// One row of the sheet: title and status, large beside small.
QImage row(const ViewerInfo &info, const Artifact &artifact, const ViewerContext &context) {
  QString status;
  const QImage small = shot(info, artifact, context, kSmall, &status), large = shot(info, artifact, context, kLarge, &status);
  QImage image(kLarge.width() + kSmall.width() + 3 * kMargin, kLarge.height() + kTitle + kMargin, QImage::Format_RGB32);
  image.fill(theme().window);
  QPainter painter(&image);
  painter.setFont(uiFont(10));
  painter.setPen(theme().secondary);
  painter.drawText(QRect(kMargin, 0, kLarge.width(), kTitle), Qt::AlignLeft | Qt::AlignVCenter,
                   QStringLiteral("%1 (%2): %3").arg(QLatin1String(info.title), QString::fromStdString(artifact.kind()), status));
  painter.drawImage(kMargin, kTitle, large);
  painter.drawImage(2 * kMargin + kLarge.width(), kTitle, small);
  return image;
}

/// Mean difference per channel of the worst tile of 16 x 16 pixels, both at a quarter of their size, so that another version of the font
/// renderer passes and a missing or misplaced part does not.
double worstTile(const QImage &a, const QImage &b) {
  const QSize size(a.width() / 4, a.height() / 4);
  const QImage left = a.scaled(size, Qt::IgnoreAspectRatio, Qt::SmoothTransformation), right = b.scaled(size, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
  double worst = 0;
  for (int y = 0; y < size.height(); y += 16) {
    for (int x = 0; x < size.width(); x += 16) {
      double sum = 0;
      int count = 0;
      for (int dy = 0; dy < 16 && y + dy < size.height(); ++dy) {
        for (int dx = 0; dx < 16 && x + dx < size.width(); ++dx, ++count) {
          const QRgb p = left.pixel(x + dx, y + dy), q = right.pixel(x + dx, y + dy);
          sum += (std::abs(qRed(p) - qRed(q)) + std::abs(qGreen(p) - qGreen(q)) + std::abs(qBlue(p) - qBlue(q))) / 3.0;
        }
      }
      worst = std::max(worst, sum / count);
    }
  }
  return worst;
}

}  // namespace

class ContactSheet : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void everyViewerLooksAsItDid();
};

void ContactSheet::everyViewerLooksAsItDid() {
  testing::Bench bench(samples::garments());
  bench.context.originals = samples::originals();
  const SampleId first = bench.context.dataset->ids()[bench.context.dataset->trainCount()];
  bench.selection.apply({first + 1, first + 2, first + 5, first + 9}, SelectMode::Replace);
  bench.selection.setCurrent(first + 2);
  std::vector<QImage> columns[2];
  for (const bool dark : {true, false}) {
    applyTheme(dark);
    for (const ViewerInfo &info : viewers()) {
      for (const std::string &kind : info.kinds) {
        columns[dark ? 0 : 1].push_back(row(info, samples::sampleOf(kind, *bench.context.dataset), bench.context));
      }
    }
  }
  const QSize one = columns[0].front().size();
  QImage sheet(2 * one.width(), one.height() * static_cast<int>(columns[0].size()), QImage::Format_RGB32);
  QPainter painter(&sheet);
  for (int column = 0; column < 2; ++column) {
    for (std::size_t i = 0; i < columns[column].size(); ++i) {
      painter.drawImage(column * one.width(), static_cast<int>(i) * one.height(), columns[column][i]);
    }
  }
  painter.end();
  const QDir folder(qEnvironmentVariable("VITRINE_SHOTS", QStringLiteral(VITRINE_BIN_DIR "/../shots")));
  QVERIFY(folder.mkpath(QStringLiteral(".")));
  QVERIFY(sheet.save(folder.filePath(QStringLiteral("contact-sheet.png"))));

  const QImage half = sheet.scaled(sheet.size() / 2, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
  const QString baselineFile = QStringLiteral(VITRINE_SOURCE_DIR "/tests/baselines/contact-sheet.png");
  if (qEnvironmentVariableIsSet("VITRINE_ACCEPT_BASELINE")) {  // after somebody has looked at the sheet
    QVERIFY(half.save(baselineFile));
  }
  const QImage baseline = QImage(baselineFile).convertToFormat(QImage::Format_RGB32);
  QVERIFY2(!baseline.isNull(), qPrintable(baselineFile + QStringLiteral(" is missing: look at the new sheet, then run again with VITRINE_ACCEPT_BASELINE=1")));
  QCOMPARE(half.size(), baseline.size());
  const double worst = worstTile(half, baseline);
  QVERIFY2(worst < 24, qPrintable(QStringLiteral("the sheet differs from its baseline by up to %1 of 255 in a tile; look at %2")
                                      .arg(worst)
                                      .arg(folder.filePath(QStringLiteral("contact-sheet.png")))));
}

VITRINE_TEST(ContactSheet)

#include "tst_contact_sheet.moc"
