// What the dialogs' tests share: a settings folder of their own, and finding a widget by its text.
#pragma once

#include <QAbstractButton>
#include <QLabel>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>

namespace vitrine::testing {

/// Settings of a test go to a folder that vanishes with it.
class OwnSettings {
 public:
  OwnSettings() { QSettings::setPath(QSettings::IniFormat, QSettings::UserScope, m_dir.path()); }
  QString path() const { return m_dir.path(); }

 private:
  QTemporaryDir m_dir;
};

inline QAbstractButton *button(const QWidget &in, const QString &text) {
  for (auto *candidate : in.findChildren<QAbstractButton *>()) {
    if (candidate->text().remove(QChar('&')) == text || candidate->accessibleName() == text) {
      return candidate;
    }
  }
  return nullptr;
}

inline bool shows(const QWidget &in, const QString &text) {
  const auto labels = in.findChildren<QLabel *>();
  return std::any_of(labels.begin(), labels.end(), [&](const QLabel *label) { return label->isVisibleTo(&in) && label->text().contains(text); });
}

}  // namespace vitrine::testing
