// One parameter in the form: its control, the dot that marks a change, and what is wrong with it.
#pragma once

#include <QAbstractButton>
#include <QLabel>

#include "core/schema.h"

class QGridLayout;

namespace vitrine {

/// The accent dot beside a changed value; a click (or Space) goes back to the default.
class ResetDot : public QAbstractButton {
  Q_OBJECT
 public:
  explicit ResetDot(QWidget *parent);
  QSize sizeHint() const override { return {16, 24}; }

 protected:
  void paintEvent(QPaintEvent *event) override;
  void enterEvent(QEnterEvent *event) override;
  void leaveEvent(QEvent *event) override;
};

class ParamRow : public QObject {
  Q_OBJECT
 public:
  /// Adds its widgets below what the grid holds.
  ParamRow(const ParamSpec &spec, QGridLayout *grid, QWidget *owner);

  const ParamSpec &spec() const { return m_spec; }
  Json value() const;
  int controlWidth() const { return m_control->sizeHint().width(); }
  void setValue(const Json &value);  ///< must be checked
  bool isDefault() const { return value() == m_spec.defaultValue; }
  void setLastRun(const Json *value);  ///< null: nothing to compare with
  bool differsFromRun() const { return m_hasRun && value() != m_lastRun; }
  void setRunning(bool running);
  void setError(const QString &message);

 Q_SIGNALS:
  void changed();

 private:
  void makeControl(QWidget *owner);
  void refresh();
  bool eventFilter(QObject *watched, QEvent *event) override;
  ParamSpec m_spec;
  ResetDot *m_dot;
  QLabel *m_label, *m_note;
  QWidget *m_control = nullptr;
  bool m_hasRun = false, m_quiet = false, m_running = false;
  Json m_lastRun;
  QString m_error;
};

}  // namespace vitrine
