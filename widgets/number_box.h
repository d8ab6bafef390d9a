// A spin box for integers and reals that shows numbers as people write them and steps by what makes sense for their size.
#pragma once

#include <QDoubleSpinBox>

#include "core/schema.h"

namespace vitrine {

class NumberBox : public QDoubleSpinBox {
  Q_OBJECT
 public:
  explicit NumberBox(const ParamSpec &spec, QWidget *parent = nullptr);

  void stepBy(int steps) override;
  QString textFromValue(double value) const override;
  double valueFromText(const QString &text) const override;
  QValidator::State validate(QString &text, int &position) const override;
  void fixup(QString &text) const override;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

 Q_SIGNALS:
  void outOfRange(const QString &message);  ///< what is typed is a number, but not an allowed one; empty when it is again

 protected:
  StepEnabled stepEnabled() const override;

 private:
  QString bare(QString text) const;  ///< without the unit
  double linearStep() const;
  double next(double value, bool up) const;
  ParamSpec m_spec;
};

}  // namespace vitrine
