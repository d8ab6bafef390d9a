// Declares the settings, keeps them in one ini file, and shows them in the same form as the studies' parameters.
#include "app/gui/dialogs/preferences.h"

#include <stdexcept>

#include <QGuiApplication>
#include <QPalette>
#include <QPushButton>
#include <QScrollArea>
#include <QSettings>
#include <QVBoxLayout>

#include "app/gui/dialogs/label.h"
#include "core/error.h"
#include "widgets/banner.h"
#include "widgets/param_form.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

struct Settings {
  std::string theme = "dark";
  bool motion = true;
  std::string drawing = "automatic";
  bool confirmClose = true;
  bool keepRecordings = true;
  int recentCount = 10;
  int threads = 0;
  int memoryWarning = 0;
  std::string screenshotSize = "as on screen";
  int filmFrameRate = 30;
  int interfaceScale = 100;
};

Schema<Settings> schema() {
  using S = Settings;
  Schema<S> s;
  s.add("theme", &S::theme, "Theme", "Dark rests the eyes beside dark pictures, light suits projectors and print; system follows the desktop.")
      .oneOf({"dark", "light", "system"});
  s.add("motion", &S::motion, "Motion", "The camera glides to a new place in a fifth of a second. Off: it jumps.");
  s.add("drawing", &S::drawing, "Maps are drawn by",
        "Automatic: OpenGL on a graphics card, else the processor, which is faster than OpenGL without a card. Counts for views opened from now on.")
      .oneOf({"automatic", "opengl", "processor"});
  s.add("confirm_close", &S::confirmClose, "Ask before closing", "Ask whether to save when a project has unsaved changes or a task is running.");
  s.add("keep_recordings", &S::keepRecordings, "Keep recordings in projects",
        "A saved run can be played, branched and exported as a film later too. Takes up to two bytes a coordinate and frame of disk: 30 MiB for 10,000 "
        "points and 750 frames.");
  s.add("recent_count", &S::recentCount, "Recent entries", "How many projects and files the start page and the menu remember; 0 keeps none.").range(0, 30);
  s.add("threads", &S::threads, "Threads (0 = all)",
        "Used by runs that start from now on. More is faster up to the number of cores; 0 takes all cores. A result is repeated exactly only with the "
        "same number.")
      .range(0, 256);
  s.add("memory_warning", &S::memoryWarning, "Memory warning (0 = automatic)",
        "A run that is estimated to need more memory than this says so before it starts. 0 means four fifths of what is free then.")
      .range(0, 1 << 20)
      .unit("MiB");
  s.add("screenshot_size", &S::screenshotSize, "Screenshot size", "What the screenshot dialog proposes.")
      .oneOf({"as on screen", "1920 x 1080", "3840 x 2160", "square 2048", "slide", "column width"});
  s.add("film_frame_rate", &S::filmFrameRate, "Film frame rate",
        "Frames a second of exported films. More is smoother and makes a longer run fit a shorter film.")
      .range(1, 60)
      .unit("1/s");
  s.add("interface_scale", &S::interfaceScale, "Interface scale",
        "Size of text and controls, on top of the screen's own scale. Takes effect at the next start.")
      .range(75, 300)
      .unit("%")
      .inAdvanced();
  return s;
}

const ParamSpec &specOf(const QString &key) {
  for (const ParamSpec &spec : settingSpecs()) {
    if (spec.name == key.toStdString()) {
      return spec;
    }
  }
  throw std::out_of_range("no setting is called " + key.toStdString());
}

Json toJson(const ParamSpec &spec, const QVariant &value) {
  switch (spec.type) {
    case ParamSpec::Type::Boolean: return value.toBool();
    case ParamSpec::Type::Integer: return value.toLongLong();
    case ParamSpec::Type::Real: return value.toDouble();
    case ParamSpec::Type::Text: return value.toString().toStdString();
  }
  return {};
}

QVariant toVariant(const Json &value) {
  return value.is_boolean()          ? QVariant(value.get<bool>())
         : value.is_number_integer() ? QVariant(static_cast<qlonglong>(value.get<std::int64_t>()))
         : value.is_number()         ? QVariant(value.get<double>())
                                     : QVariant(QString::fromStdString(value.get<std::string>()));
}

QSettings open() {
  return QSettings(settingsFile(), QSettings::IniFormat);
}

QString entry(const QString &key) {
  return QStringLiteral("settings/") + key;
}

}  // namespace

const std::vector<ParamSpec> &settingSpecs() {
  static const std::vector<ParamSpec> specs = schema().specs();
  return specs;
}

QString settingsFile() {
  return QSettings(QSettings::IniFormat, QSettings::UserScope, QStringLiteral("vitrine"), QStringLiteral("vitrine")).fileName();
}

QVariant setting(const QString &key) {
  const ParamSpec &spec = specOf(key);
  const QVariant kept = open().value(entry(key));
  if (kept.isValid()) {
    try {
      return toVariant(checkedValue(spec, toJson(spec, kept)));
    } catch (const InputError &) {  // edited by hand or from another version: the default is a better start than a refusal
    }
  }
  return toVariant(spec.defaultValue);
}

void setSetting(const QString &key, const QVariant &value) {
  const ParamSpec &spec = specOf(key);
  const Json checked = checkedValue(spec, toJson(spec, value));
  QSettings file = open();
  file.setValue(entry(key), toVariant(checked));
  file.sync();
  if (file.status() != QSettings::NoError) {
    throw std::runtime_error(settingsFile().toStdString() + ": the setting cannot be kept; check that the file and its folder can be written");
  }
}

bool darkWanted() {
  static const bool darkDesktop = [] {
    const QPalette palette = QGuiApplication::palette();
    return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness();
  }();
  const QString wanted = setting(QStringLiteral("theme")).toString();
  return wanted == QStringLiteral("system") ? darkDesktop : wanted == QStringLiteral("dark");
}

void applyHabits() {
  const QString drawing = setting(QStringLiteral("drawing")).toString();
  habits().motion = setting(QStringLiteral("motion")).toBool();
  habits().drawing = drawing == u"opengl" ? Habits::Drawing::OpenGl : drawing == u"processor" ? Habits::Drawing::Processor : Habits::Drawing::Automatic;
}

Preferences::Preferences(QWidget *parent) : QDialog(parent) {
  setWindowTitle(tr("Settings"));
  resize(560, 520);
  auto *banner = new Banner;
  auto *form = new ParamForm;
  Json values = Json::object();
  for (const ParamSpec &spec : settingSpecs()) {
    values[spec.name] = toJson(spec, setting(QString::fromStdString(spec.name)));
  }
  form->setSpecs(settingSpecs(), values);
  connect(form, &ParamForm::valueChanged, this, [this, banner](const QString &name, const Json &value) {
    try {
      setSetting(name, toVariant(value));
    } catch (const std::exception &error) {
      banner->show(Banner::Kind::Error, QString::fromUtf8(error.what()));
    }
    Q_EMIT changed(name);
  });
  auto *scroll = new QScrollArea;
  scroll->setWidgetResizable(true);
  scroll->setWidget(form);
  scroll->viewport()->setAutoFillBackground(false);
  form->setAutoFillBackground(false);
  auto *close = new QPushButton(tr("Close"));
  close->setDefault(true);
  connect(close, &QPushButton::clicked, this, &QDialog::accept);
  auto *reset = new QPushButton(tr("All to defaults"));
  reset->setAutoDefault(false);
  connect(reset, &QPushButton::clicked, form, &ParamForm::reset);
  auto *place = roleLabel(tr("Kept in %1").arg(settingsFile()), "small");
  place->setTextInteractionFlags(Qt::TextSelectableByMouse);
  auto *buttons = new QHBoxLayout;
  buttons->addWidget(reset);
  buttons->addStretch(1);
  buttons->addWidget(close);
  auto *layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 16, 16, 12);
  layout->setSpacing(12);
  layout->addWidget(banner);
  layout->addWidget(scroll, 1);
  layout->addWidget(place);
  layout->addLayout(buttons);
}

}  // namespace vitrine
