// Text that can be selected and copied: versions, licences, the machine.
#include "app/gui/dialogs/about.h"

#include <QApplication>
#include <QClipboard>
#include <QDialogButtonBox>
#include <QPainter>
#include <QPushButton>
#include <QScreen>
#include <QSvgRenderer>
#include <QSysInfo>
#include <QTextBrowser>
#include <QThread>
#include <QVBoxLayout>

#include "app/gui/dialogs/label.h"
#include "app/gui/dialogs/preferences.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

/// Parts that a binary carries or shows, and the licence each comes under in Debian.
constexpr std::pair<const char *, const char *> kLicences[] = {
    {"Qt 6", "LGPL-3"},
    {"VTK", "BSD-3-Clause"},
    {"PyTorch (libtorch)", "BSD-3-Clause"},
    {"OpenCV", "Apache-2.0"},
    {"FFmpeg, with x264", "GPL-2 or later"},
    {"OpenBLAS", "BSD-3-Clause"},
    {"nlohmann/json", "MIT"},
    {"CLI11", "BSD-3-Clause"},
    {"libzip", "BSD-3-Clause"},
    {"zlib", "zlib"},
    {"Inter (typeface)", "OFL-1.1"},
    {"Breeze (icons)", "LGPL-3 or later"},
    {"Fashion-MNIST (data)", "MIT"},
};

QPixmap programIcon(int side, qreal scale) {
  QPixmap pixmap(QSize(side, side) * scale);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  QSvgRenderer(QStringLiteral(":/icons/vitrine.svg")).render(&painter, QRectF(pixmap.rect()));
  painter.end();
  pixmap.setDevicePixelRatio(scale);
  return pixmap;
}

QString html(const Versions &versions) {
  QString text = QStringLiteral("<p>%1</p><table cellpadding='2'>").arg(About::tr("Built from"));
  for (const auto &[name, version] : versions) {
    text += QStringLiteral("<tr><td>%1&nbsp;&nbsp;</td><td>%2</td></tr>").arg(name.toHtmlEscaped(), version.toHtmlEscaped());
  }
  text += QStringLiteral("</table><p>%1</p><p>%2</p><table cellpadding='2'>")
              .arg(About::tr("Vitrine's own source is under the BSD-3-Clause licence."),
                   About::tr("This program is linked with FFmpeg as Debian builds it (with x264), which is under the GPL. The program as a "
                             "whole may therefore be passed on under the GPL only; with OpenCV's Apache-2.0 that means its version 3."));
  for (const auto &[name, licence] : kLicences) {
    text += QStringLiteral("<tr><td>%1&nbsp;&nbsp;</td><td>%2</td></tr>").arg(QLatin1String(name), QLatin1String(licence));
  }
  return text + QStringLiteral("</table><p><a href='help:trust'>%1</a></p>").arg(About::tr("What was measured, and how to repeat it"));
}

}  // namespace

QString diagnostics(const Versions &versions) {
  QString text = QStringLiteral("Vitrine %1\n").arg(QApplication::applicationVersion());
  for (const auto &[name, version] : versions) {
    text += QStringLiteral("%1: %2\n").arg(name, version);
  }
  text += QStringLiteral("System: %1, %2, kernel %3\n").arg(QSysInfo::prettyProductName(), QSysInfo::currentCpuArchitecture(), QSysInfo::kernelVersion());
  text += QStringLiteral("Cores: %1\nWindow system: %2\n").arg(QThread::idealThreadCount()).arg(QGuiApplication::platformName());
  for (const QScreen *screen : QGuiApplication::screens()) {
    text += QStringLiteral("Screen: %1 x %2, scale %3\n").arg(screen->size().width()).arg(screen->size().height()).arg(screen->devicePixelRatio());
  }
  return text + QStringLiteral("Settings: %1\n").arg(settingsFile());
}

About::About(const Versions &versions, QWidget *parent) : QDialog(parent) {
  setWindowTitle(tr("About Vitrine"));
  resize(560, 560);
  auto *picture = new QLabel;
  constexpr int kIcon = 72;
  picture->setPixmap(programIcon(kIcon, devicePixelRatioF()));
  auto *name = roleLabel(tr("Vitrine %1").arg(QApplication::applicationVersion()), "heading");
  name->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  auto *what = roleLabel(tr("A glass case for neural representations: embeddings, attention, and the samples behind them."), "secondary");
  what->setWordWrap(true);
  auto *words = new QVBoxLayout;
  words->addWidget(name);
  words->addWidget(what);
  words->addStretch(1);
  auto *head = new QHBoxLayout;
  head->setSpacing(16);
  head->addWidget(picture);
  head->addLayout(words, 1);

  auto *text = new QTextBrowser;
  text->document()->setDefaultFont(uiFont(10));
  text->setHtml(html(versions));
  text->document()->setDocumentMargin(0);
  text->setAccessibleName(tr("Versions and licences"));
  text->setOpenLinks(false);
  connect(text, &QTextBrowser::anchorClicked, this, [this](const QUrl &url) { Q_EMIT helpRequested(url.path()); });

  auto *buttons = new QDialogButtonBox;
  auto *close = buttons->addButton(tr("Close"), QDialogButtonBox::RejectRole);
  close->setDefault(true);
  auto *copy = buttons->addButton(tr("Copy diagnostics"), QDialogButtonBox::ActionRole);
  copy->setAutoDefault(false);
  copy->setToolTip(tr("Versions, system and screens as text, for a report of a fault"));
  connect(copy, &QPushButton::clicked, this, [versions, copy] {
    QGuiApplication::clipboard()->setText(diagnostics(versions));
    copy->setText(tr("Copied"));
  });
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto *layout = new QVBoxLayout(this);
  layout->setContentsMargins(20, 20, 20, 12);
  layout->setSpacing(16);
  layout->addLayout(head);
  layout->addWidget(text, 1);
  layout->addWidget(buttons);
}

}  // namespace vitrine
