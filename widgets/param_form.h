// A form that draws itself from the parameters a study declares: basic ones first, the others folded; changed ones marked, with one click back.
#pragma once

#include <optional>
#include <vector>

#include <QWidget>

#include "core/schema.h"

class QLabel;
class QToolButton;

namespace vitrine {

class ParamRow;

class ParamForm : public QWidget {
  Q_OBJECT
 public:
  explicit ParamForm(QWidget *parent = nullptr);

  /// Builds the form anew. `values` may be partial; what is unknown or out of range falls back to the default.
  void setSpecs(const std::vector<ParamSpec> &specs, const Json &values = Json::object());

  /// Complete and within range, as the controls stand.
  Json values() const;
  /// Shows these; names that are missing keep what they show. Unknown names and values out of range are shown as an error at their row or left out.
  void setValues(const Json &values);
  void reset();  ///< every value to its default

  /// The parameters of the last run: rows that differ say so, and changedSinceRun() counts them. std::nullopt = never run.
  void setLastRun(const std::optional<Json> &values);
  int changedSinceRun() const;

  /// While a study runs only its live parameters can be changed; those emit valueChanged at once.
  void setRunning(bool running);
  void showError(const QString &name, const QString &message);  ///< below that row, until its value changes
  void clearErrors();

 Q_SIGNALS:
  void valueChanged(const QString &name, const vitrine::Json &value);

 private:
  void buildFold();
  void refreshMarks();
  void rowChanged(ParamRow *row);
  std::vector<ParamRow *> m_rows;
  QWidget *m_more = nullptr;
  QToolButton *m_fold = nullptr;
  QLabel *m_summary = nullptr;
  std::optional<Json> m_lastRun;
};

}  // namespace vitrine
