// What this program is, what it is built from, and under which licences.
#pragma once

#include <utility>
#include <vector>

#include <QDialog>

namespace vitrine {

/// Name and version of each part ("Qt", "6.4.2"), as the composition root knows them; this file links none of them.
using Versions = std::vector<std::pair<QString, QString>>;

/// The same lines as "copy diagnostics" puts on the clipboard: versions, system, screens, settings file.
QString diagnostics(const Versions &versions);

class About : public QDialog {
  Q_OBJECT
 public:
  explicit About(const Versions &versions, QWidget *parent = nullptr);

 Q_SIGNALS:
  void helpRequested(const QString &page);
};

}  // namespace vitrine
