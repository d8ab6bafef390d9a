// Presets fill the two numbers; the preview is the view's own picture in that shape, drawn small.
#include "app/gui/dialogs/screenshot_dialog.h"

#include <QClipboard>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QGuiApplication>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QTimer>
#include <QVBoxLayout>

#include "app/gui/dialogs/label.h"
#include "app/gui/dialogs/preferences.h"

namespace vitrine {

namespace {

struct Preset {
  const char *key;  ///< as in the setting screenshot_size
  const char *text;
  int width, height;  ///< 0: follows the view's shape
  int dpi;
};
constexpr Preset kPresets[] = {
    {"as on screen", QT_TR_NOOP("As on screen"), 0, 0, 96},
    {"1920 x 1080", QT_TR_NOOP("1920 x 1080"), 1920, 1080, 96},
    {"3840 x 2160", QT_TR_NOOP("3840 x 2160"), 3840, 2160, 96},
    {"square 2048", QT_TR_NOOP("Square, 2048"), 2048, 2048, 96},
    {"slide", QT_TR_NOOP("Slide (13.33 x 7.5 in at 150 dpi)"), 2000, 1125, 150},
    {"column width", QT_TR_NOOP("Column width (85 mm at 300 dpi)"), 1004, 0, 300},
};
constexpr int kLargest = 16384;
constexpr QSize kPreview(420, 300);

}  // namespace

ScreenshotDialog::ScreenshotDialog(std::function<QImage(QSize)> grab, QSize onScreen, const QString &path, QWidget *parent)
    : QDialog(parent), m_grab(std::move(grab)), m_onScreen(onScreen.expandedTo({16, 16})) {
  setWindowTitle(tr("Screenshot"));
  m_preview = new QLabel;
  m_preview->setFixedSize(kPreview);
  m_preview->setAlignment(Qt::AlignCenter);
  m_preview->setProperty("role", "raised");
  m_note = roleLabel({}, "small");
  m_note->setWordWrap(true);

  auto *buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
  m_save = buttons->addButton(tr("Save"), QDialogButtonBox::AcceptRole);
  m_save->setDefault(true);
  m_copy = buttons->addButton(tr("Copy to clipboard"), QDialogButtonBox::ActionRole);
  m_copy->setAutoDefault(false);
  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(m_copy, &QPushButton::clicked, this, [this] {
    QGuiApplication::clipboard()->setImage(picture());
    m_note->setText(tr("Copied %1 x %2 pixels.").arg(pixels().width()).arg(pixels().height()));
  });

  auto *top = new QHBoxLayout;
  top->setSpacing(16);
  top->addWidget(m_preview);
  top->addWidget(makeForm(path), 1);
  auto *layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 16, 16, 12);
  layout->setSpacing(12);
  layout->addLayout(top);
  layout->addWidget(m_note);
  layout->addWidget(buttons);
  const int wanted = m_preset->findData(setting(QStringLiteral("screenshot_size")));
  m_preset->setCurrentIndex(std::max(0, wanted));
  choosePreset(std::max(0, wanted));
}

QWidget *ScreenshotDialog::makeForm(const QString &path) {
  m_preset = new QComboBox;
  for (const Preset &preset : kPresets) {
    m_preset->addItem(tr(preset.text), QString::fromLatin1(preset.key));
  }
  m_preset->addItem(tr("Own size"));
  m_width = new QSpinBox;
  m_height = new QSpinBox;
  for (QSpinBox *box : {m_width, m_height}) {
    box->setRange(16, kLargest);
    box->setSuffix(tr(" px"));
    box->setKeyboardTracking(false);
    connect(box, &QSpinBox::valueChanged, this, &ScreenshotDialog::sizeEdited);
  }
  m_width->setAccessibleName(tr("Width"));
  m_height->setAccessibleName(tr("Height"));
  auto *sizes = new QHBoxLayout;
  sizes->addWidget(m_width, 1);
  sizes->addWidget(roleLabel(tr("by"), "secondary"));
  sizes->addWidget(m_height, 1);
  m_path = new QLineEdit(QDir::toNativeSeparators(path));
  m_path->setMinimumWidth(300);
  connect(m_path, &QLineEdit::textChanged, this, &ScreenshotDialog::refresh);
  auto *browse = new QPushButton(tr("Browse..."));
  browse->setAutoDefault(false);
  connect(browse, &QPushButton::clicked, this, &ScreenshotDialog::browse);
  auto *file = new QHBoxLayout;
  file->addWidget(m_path, 1);
  file->addWidget(browse);
  auto *panel = new QWidget;
  auto *form = new QFormLayout(panel);
  form->setContentsMargins(0, 0, 0, 0);
  form->setSpacing(8);
  form->setRowWrapPolicy(QFormLayout::WrapAllRows);
  form->addRow(tr("&Preset"), m_preset);
  const auto named = [form](const QString &text, QWidget *buddy, QLayout *field) {
    auto *label = new QLabel(text);
    label->setBuddy(buddy);
    form->addRow(label, field);
  };
  named(tr("&Size"), m_width, sizes);
  named(tr("&File"), m_path, file);
  connect(m_preset, &QComboBox::activated, this, &ScreenshotDialog::choosePreset);
  return panel;
}

void ScreenshotDialog::choosePreset(int index) {
  if (index < 0 || index >= static_cast<int>(std::size(kPresets))) {
    return;  // "own size" leaves the numbers as they are
  }
  const Preset &preset = kPresets[index];
  const int width = preset.width > 0 ? preset.width : m_onScreen.width();
  const int height = preset.height > 0 ? preset.height : static_cast<int>(std::lround(static_cast<double>(width) * m_onScreen.height() / m_onScreen.width()));
  const QSignalBlocker quietWidth(m_width), quietHeight(m_height);
  m_width->setValue(width);
  m_height->setValue(height);
  m_dpi = preset.dpi;
  refresh();
}

void ScreenshotDialog::sizeEdited() {
  m_preset->setCurrentIndex(m_preset->count() - 1);
  refresh();
}

void ScreenshotDialog::browse() {
  const QString chosen = QFileDialog::getSaveFileName(this, tr("Save the picture"), path(), tr("PNG (*.png);;JPEG (*.jpg)"));
  if (!chosen.isEmpty()) {
    m_path->setText(QDir::toNativeSeparators(chosen));
  }
}

void ScreenshotDialog::refresh() {
  const QSize shape = pixels().scaled(kPreview - QSize(16, 16), Qt::KeepAspectRatio).expandedTo({1, 1});
  QImage picture = m_grab(shape * devicePixelRatioF());
  const bool any = !picture.isNull();
  if (any) {
    picture.setDevicePixelRatio(devicePixelRatioF());
    m_preview->setPixmap(QPixmap::fromImage(picture));
  } else {
    m_preview->setText(tr("This view has nothing to show yet."));
  }
  const QFileInfo info(path());
  const bool folder = QFileInfo(info.absolutePath()).isWritable();
  const double inches = 1.0 / m_dpi, mm = 25.4;
  QString note = tr("%1 megapixels, %2 x %3 mm at %4 dpi.")
                     .arg(pixels().width() * 1e-6 * pixels().height(), 0, 'f', 2)
                     .arg(pixels().width() * inches * mm, 0, 'f', 0)
                     .arg(pixels().height() * inches * mm, 0, 'f', 0)
                     .arg(m_dpi);
  if (!folder) {
    note += tr(" The folder %1 cannot be written: choose another.").arg(info.absolutePath());
  } else if (info.exists()) {
    note += tr(" The file exists and will be replaced.");
  }
  m_note->setText(note);
  m_save->setEnabled(any && folder && !m_path->text().trimmed().isEmpty());
  m_copy->setEnabled(any);
}

QSize ScreenshotDialog::pixels() const {
  return {m_width->value(), m_height->value()};
}

QString ScreenshotDialog::path() const {
  const QFileInfo info(QDir::fromNativeSeparators(m_path->text().trimmed()));
  return info.suffix().isEmpty() ? info.absoluteFilePath() + QStringLiteral(".png") : info.absoluteFilePath();
}

QImage ScreenshotDialog::picture() const {
  QImage picture = m_grab(pixels());
  const int perMetre = static_cast<int>(std::lround(m_dpi / 0.0254));
  picture.setDotsPerMeterX(perMetre);
  picture.setDotsPerMeterY(perMetre);
  return picture;
}

}  // namespace vitrine
