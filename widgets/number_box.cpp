// Steps of 1-2-5 where the scale is logarithmic, of a tenth of the size elsewhere.
#include "widgets/number_box.h"

#include <algorithm>
#include <cmath>

#include <QLineEdit>
#include <QRegularExpression>

#include "core/error.h"

namespace vitrine {

namespace {

constexpr double kUnbounded = 9e15;  // integers up to here are exact
double decade(double size) {
  return std::pow(10, std::floor(std::log10(size) + 1e-9));
}

}  // namespace

NumberBox::NumberBox(const ParamSpec &spec, QWidget *parent) : QDoubleSpinBox(parent), m_spec(spec) {
  setLocale(QLocale::c());
  setDecimals(spec.type == ParamSpec::Type::Integer ? 0 : 15);
  setRange(spec.minimum.value_or(-kUnbounded), spec.maximum.value_or(kUnbounded));
  setKeyboardTracking(false);  // a live parameter takes what was meant, not each digit of it
  setAlignment(Qt::AlignRight);
  if (!spec.unitName.empty()) {
    setSuffix(QChar(0x202f) + QString::fromStdString(spec.unitName));
  }
  connect(lineEdit(), &QLineEdit::textEdited, this, [this](const QString &text) {
    bool ok = false;
    const double typed = bare(text).toDouble(&ok);
    QString message;
    if (ok) {
      try {
        checkedValue(m_spec, typed);
      } catch (const InputError &error) {
        message = QString::fromUtf8(error.what()).section(QStringLiteral(": "), 1);
      }
    }
    Q_EMIT outOfRange(message);
  });
}

double NumberBox::linearStep() const {
  const double size = std::max({std::abs(value()), std::abs(m_spec.defaultValue.get<double>()), 1e-6});
  double step = decade(size) / 10;
  if (m_spec.minimum && m_spec.maximum && *m_spec.maximum > *m_spec.minimum) {
    step = std::min(step, decade((*m_spec.maximum - *m_spec.minimum) / 50));
  }
  return m_spec.type == ParamSpec::Type::Integer ? std::max(step, 1.0) : step;
}

double NumberBox::next(double from, bool up) const {
  if (!m_spec.logarithmic) {
    const double step = linearStep();
    return (up ? std::floor(from / step + 1 + 1e-9) : std::ceil(from / step - 1 - 1e-9)) * step;
  }
  const bool integer = m_spec.type == ParamSpec::Type::Integer;
  const double smallest = integer ? 1 : std::max(1e-6, minimum());
  if (from <= 0 || (from < smallest * 1.001 && !up)) {
    return up ? (from < 0 ? 0 : smallest) : minimum();
  }
  const double base = decade(from);
  for (const double factor : {0.5, 1.0, 2.0, 5.0, 10.0}) {
    if (up && base * factor > from * 1.001) {
      return base * factor;
    }
  }
  for (const double factor : {5.0, 2.0, 1.0, 0.5}) {
    if (!up && base * factor < from * 0.999) {
      return base * factor;
    }
  }
  return from;
}

void NumberBox::stepBy(int steps) {
  double to = value();
  for (int i = 0; i < std::abs(steps); ++i) {
    to = std::clamp(next(to, steps > 0), minimum(), maximum());
  }
  setValue(to);
  selectAll();
  Q_EMIT outOfRange({});
}

QAbstractSpinBox::StepEnabled NumberBox::stepEnabled() const {
  StepEnabled enabled = StepNone;
  enabled |= value() < maximum() ? StepUpEnabled : StepNone;
  enabled |= value() > minimum() ? StepDownEnabled : StepNone;
  return enabled;
}

QString NumberBox::textFromValue(double value) const {
  if (value == std::floor(value) && std::abs(value) < 1e15) {
    return QString::number(value, 'f', 0);
  }
  return QString::number(value, 'g', 8);
}

double NumberBox::valueFromText(const QString &text) const {
  return bare(text).toDouble();
}

QValidator::State NumberBox::validate(QString &text, int &) const {
  static const QRegularExpression real(QStringLiteral("^\\s*[+-]?\\d*(\\.\\d*)?([eE][+-]?\\d*)?\\s*$")), integer(QStringLiteral("^\\s*[+-]?\\d*\\s*$"));
  const QString typedText = bare(text);
  if (!(m_spec.type == ParamSpec::Type::Integer ? integer : real).match(typedText).hasMatch()) {
    return QValidator::Invalid;
  }
  bool ok = false;
  const double typed = typedText.toDouble(&ok);
  return ok && typed >= minimum() && typed <= maximum() ? QValidator::Acceptable : QValidator::Intermediate;
}

void NumberBox::fixup(QString &text) const {
  bool ok = false;
  const double typed = bare(text).toDouble(&ok);
  text = textFromValue(ok ? std::clamp(typed, minimum(), maximum()) : value());
}

QString NumberBox::bare(QString text) const {
  text = text.trimmed();
  const QString unit = suffix().trimmed();
  if (!unit.isEmpty() && text.endsWith(unit)) {
    text.chop(unit.size());
  }
  return text.trimmed();
}

QSize NumberBox::sizeHint() const {
  const int unit = suffix().isEmpty() ? 0 : fontMetrics().horizontalAdvance(suffix());
  return {std::max(112, 80 + unit), QDoubleSpinBox::sizeHint().height()};
}

}  // namespace vitrine
