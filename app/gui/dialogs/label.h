// A label in one of the style sheet's roles; every dialog here needs a few.
#pragma once

#include <QLabel>

namespace vitrine {

/// Roles: "heading", "title", "section", "secondary", "small", "warning", "error"; empty for plain text.
inline QLabel *roleLabel(const QString &text, const char *role = "", QWidget *parent = nullptr) {
  auto *label = new QLabel(text, parent);
  label->setProperty("role", QString::fromLatin1(role));
  return label;
}

}  // namespace vitrine
