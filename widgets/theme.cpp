// Palette, fonts and style sheet of the house, dark and light. Colours come from here and nowhere else.
#include "widgets/theme.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <QApplication>
#include <QFile>
#include <QFontDatabase>
#include <QPalette>
#include <QStyleFactory>

#include "widgets/tabular_figures.h"

static void initThemeResources() {
  Q_INIT_RESOURCE(widgets);
}  // a static library's resources are dropped without it

namespace vitrine {

namespace {

Theme darkTheme() {
  Theme t;
  t.dark = true;
  t.window = QColor(0x15181d);
  t.panel = QColor(0x1c2027);
  t.raised = QColor(0x262b34);
  t.text = QColor(0xe6e9ee);
  t.secondary = QColor(0x97a0ad);
  t.accent = QColor(0x4c9ee8);
  t.warning = QColor(0xe5a93d);
  t.error = QColor(0xf2706b);
  t.hairline = QColor(0x2f3540);
  return t;
}

Theme lightTheme() {
  Theme t;
  t.dark = false;
  t.window = QColor(0xf6f7f9);
  t.panel = QColor(0xffffff);
  t.raised = QColor(0xeceff3);
  t.text = QColor(0x1b1f26);
  t.secondary = QColor(0x5b6470);
  t.accent = QColor(0x4c9ee8);
  t.warning = QColor(0x946000);
  t.error = QColor(0xc4302b);
  t.hairline = QColor(0xdbe0e7);
  return t;
}

Theme &current() {
  static Theme theme = darkTheme();
  return theme;
}

QColor mixed(const QColor &a, const QColor &b, double t) {
  return QColor::fromRgbF(static_cast<float>(a.redF() * (1 - t) + b.redF() * t), static_cast<float>(a.greenF() * (1 - t) + b.greenF() * t),
                          static_cast<float>(a.blueF() * (1 - t) + b.blueF() * t));
}

QPalette paletteOf(const Theme &t) {
  QPalette p;
  p.setColor(QPalette::Window, t.window);
  p.setColor(QPalette::WindowText, t.text);
  p.setColor(QPalette::Base, t.panel);
  p.setColor(QPalette::AlternateBase, mixed(t.panel, t.raised, 0.45));
  p.setColor(QPalette::Text, t.text);
  p.setColor(QPalette::PlaceholderText, t.secondary);
  p.setColor(QPalette::Button, t.raised);
  p.setColor(QPalette::ButtonText, t.text);
  p.setColor(QPalette::BrightText, t.error);
  p.setColor(QPalette::ToolTipBase, t.raised);
  p.setColor(QPalette::ToolTipText, t.text);
  p.setColor(QPalette::Highlight, mixed(t.panel, t.accent, t.dark ? 0.42 : 0.28));  // dark enough for the text on it
  p.setColor(QPalette::HighlightedText, t.text);
  p.setColor(QPalette::Link, t.dark ? t.accent : QColor(0x1d6fb8));
  p.setColor(QPalette::LinkVisited, t.dark ? t.accent : QColor(0x1d6fb8));
  p.setColor(QPalette::Light, mixed(t.raised, t.text, 0.12));
  p.setColor(QPalette::Midlight, t.raised);
  p.setColor(QPalette::Mid, t.hairline);
  p.setColor(QPalette::Dark, mixed(t.window, Qt::black, 0.3));
  p.setColor(QPalette::Shadow, Qt::black);
  for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::HighlightedText}) {
    p.setColor(QPalette::Disabled, role, mixed(t.window, t.text, 0.42));
  }
  p.setColor(QPalette::Disabled, QPalette::Highlight, t.raised);
  return p;
}

/// The sheet with @names for colours; a name that the theme lacks would stay visible as a parse warning.
QString styleSheetOf(const Theme &t) {
  QFile file(QStringLiteral(":/theme/vitrine.qss"));
  if (!file.open(QIODevice::ReadOnly)) {
    return {};
  }
  QString sheet = QString::fromUtf8(file.readAll());
  const std::pair<const char *, QColor> names[] = {
      {"@window", t.window},
      {"@panel", t.panel},
      {"@raised", t.raised},
      {"@text", t.text},
      {"@secondary", t.secondary},
      {"@accent", t.accent},
      {"@warning", t.warning},
      {"@error", t.error},
      {"@hairline", t.hairline},
      {"@hover", mixed(t.raised, t.text, 0.08)},
      {"@pressed", mixed(t.raised, t.text, 0.16)},
      {"@onAccent", QColor(0x0b1622)},
      {"@accentHover", mixed(t.accent, Qt::white, 0.15)},
      {"@field", t.dark ? t.window : t.panel},
      {"@fieldBorder", mixed(t.hairline, t.text, 0.14)},
      {"@faint", mixed(t.window, t.text, 0.42)},
      {"@selected", mixed(t.panel, t.accent, t.dark ? 0.42 : 0.28)},
      {"@scroll", mixed(t.panel, t.text, 0.22)},
      {"@warnGround", mixed(t.panel, t.warning, 0.14)},
      {"@stripe", mixed(t.panel, t.raised, 0.35)},
      {"@errorGround", mixed(t.panel, t.error, 0.14)},
  };
  std::vector<std::pair<QString, QString>> sorted;
  for (const auto &[name, colour] : names) {
    sorted.emplace_back(QString::fromLatin1(name), colour.isValid() ? colour.name() : QString());
  }
  // Longest first: @accent must not eat the head of @accentHover.
  std::sort(sorted.begin(), sorted.end(), [](const auto &a, const auto &b) { return a.first.size() > b.first.size(); });
  for (const auto &[name, colour] : sorted) {
    sheet.replace(name, colour);
  }
  return sheet.replace(QStringLiteral("%tone"), t.dark ? QStringLiteral("dark") : QStringLiteral("light"));
}

}  // namespace

Habits &habits() {
  static Habits habits;
  return habits;
}

const Theme &theme() {
  return current();
}

void applyTheme(bool dark) {
  initThemeResources();
  current() = dark ? darkTheme() : lightTheme();
  QIcon::setThemeSearchPaths(QIcon::themeSearchPaths() << QStringLiteral("/usr/share/icons") << QStringLiteral("/usr/local/share/icons"));
  QIcon::setThemeName(QStringLiteral("breeze"));
  QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
  QApplication::setPalette(paletteOf(current()));
  QApplication::setFont(uiFont(10));
  qApp->setStyleSheet(styleSheetOf(current()));
}

PaperTheme::PaperTheme() : m_before(std::exchange(current(), lightTheme())) {}
PaperTheme::~PaperTheme() {
  current() = m_before;
}

QFont uiFont(int pointSize) {
  static const QString family = [] {
    const QString tabular = tabularInter();
    return tabular.isEmpty() ? QFontDatabase::systemFont(QFontDatabase::GeneralFont).family() : tabular;
  }();
  QFont font(family, pointSize);
  font.setHintingPreference(QFont::PreferNoHinting);  // even spacing at every scale
  return font;
}

QFont monoFont(int pointSize) {
  QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
  font.setPointSize(pointSize);
  font.setStyleHint(QFont::Monospace);
  return font;
}

}  // namespace vitrine
