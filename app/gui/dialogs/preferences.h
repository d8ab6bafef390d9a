// The program's settings: one table that declares them, a file that keeps them, a form that draws itself from the table.
#pragma once

#include <vector>

#include <QDialog>
#include <QVariant>

#include "core/schema.h"

namespace vitrine {

/// Every setting, declared once: key, label, help, type, default and range (preferences.cpp).
const std::vector<ParamSpec> &settingSpecs();
/// The value in force: the file's if it is there and allowed, else the default. Throws std::out_of_range for an unknown key.
QVariant setting(const QString &key);
/// Keeps a value; one that is not allowed throws InputError, a file that cannot be written std::runtime_error naming it.
void setSetting(const QString &key, const QVariant &value);
/// What the setting "theme" means now. "system" follows the desktop's own palette, which is taken at the first call: make it before applyTheme().
bool darkWanted();
/// Hands the views what the settings ask of them.
void applyHabits();
/// The file below the user's configuration folder. Other state (window geometry, recent files) may live in the same file.
QString settingsFile();

/// Every change is in force at once; there is no "apply".
class Preferences : public QDialog {
  Q_OBJECT
 public:
  explicit Preferences(QWidget *parent = nullptr);

 Q_SIGNALS:
  void changed(const QString &key);
};

}  // namespace vitrine
