// The control that fits the type, and the marks around it.
#include "widgets/param_row.h"

#include <QCheckBox>
#include <QComboBox>
#include <QEvent>
#include <QGridLayout>
#include <QLineEdit>
#include <QPainter>
#include <QSignalBlocker>
#include <QStyle>

#include "widgets/number_box.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

/// A value as the form shows it, for the words around the control.
QString shown(const ParamSpec &spec, const Json &value) {
  if (spec.type == ParamSpec::Type::Boolean) {
    return value.get<bool>() ? QObject::tr("on") : QObject::tr("off");
  }
  if (spec.type == ParamSpec::Type::Text) {
    return value.get<std::string>().empty() ? QObject::tr("empty") : QString::fromStdString(value.get<std::string>());
  }
  const QString number = QString::number(value.get<double>(), 'g', 8);
  return spec.unitName.empty() ? number : number + QChar(0x202f) + QString::fromStdString(spec.unitName);
}

QString toolTipOf(const ParamSpec &spec) {
  QString tip = QStringLiteral("<p>%1</p><p>").arg(QString::fromStdString(spec.help).toHtmlEscaped());
  tip += QObject::tr("Default: %1.").arg(shown(spec, spec.defaultValue).toHtmlEscaped());
  if (spec.minimum && spec.maximum) {
    tip += u' ' + QObject::tr("Allowed: %1 to %2.").arg(QString::number(*spec.minimum, 'g', 8), QString::number(*spec.maximum, 'g', 8));
  } else if (spec.minimum) {
    tip += u' ' + QObject::tr("Allowed: at least %1.").arg(QString::number(*spec.minimum, 'g', 8));
  }
  if (spec.isLive) {
    tip += u' ' + QObject::tr("May change while the study runs.");
  }
  return tip + QStringLiteral("</p>");
}

}  // namespace

ResetDot::ResetDot(QWidget *parent) : QAbstractButton(parent) {
  setFixedSize(sizeHint());
  setCursor(Qt::PointingHandCursor);
  QSizePolicy policy = sizePolicy();
  policy.setRetainSizeWhenHidden(true);
  setSizePolicy(policy);
}

void ResetDot::enterEvent(QEnterEvent *) {
  update();
}
void ResetDot::leaveEvent(QEvent *) {
  update();
}

void ResetDot::paintEvent(QPaintEvent *) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QPointF centre = QRectF(rect()).center();
  painter.setPen(Qt::NoPen);
  if (underMouse() || hasFocus()) {
    QColor ring = theme().accent;
    ring.setAlphaF(0.3F);
    painter.setBrush(ring);
    painter.drawEllipse(centre, 7, 7);
  }
  painter.setBrush(theme().accent);
  painter.drawEllipse(centre, 3, 3);
}

ParamRow::ParamRow(const ParamSpec &spec, QGridLayout *grid, QWidget *owner)
    : QObject(owner), m_spec(spec), m_dot(new ResetDot(owner)), m_label(new QLabel(owner)), m_note(new QLabel(owner)) {
  const QString label = QString::fromStdString(spec.label);
  const bool isNumber = spec.type == ParamSpec::Type::Integer || spec.type == ParamSpec::Type::Real;  // numbers carry the unit in the box
  m_label->setText(isNumber || spec.unitName.empty() ? label : QStringLiteral("%1 (%2)").arg(label, QString::fromStdString(spec.unitName)));
  m_label->setWordWrap(true);
  m_label->setToolTip(toolTipOf(spec));
  m_label->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  m_label->setMinimumWidth(64);
  makeControl(owner);
  m_control->setAccessibleName(spec.unitName.empty() ? label : QStringLiteral("%1 (%2)").arg(label, QString::fromStdString(spec.unitName)));
  m_control->setAccessibleDescription(QString::fromStdString(spec.help));
  m_control->setToolTip(toolTipOf(spec));
  m_control->setFocusPolicy(Qt::StrongFocus);
  m_control->installEventFilter(this);
  m_label->setBuddy(m_control);
  const QString back = tr("Back to the default, %1").arg(shown(spec, spec.defaultValue));
  m_dot->setToolTip(back);
  m_dot->setAccessibleName(QStringLiteral("%1: %2").arg(label, back));
  m_note->setWordWrap(true);
  m_note->hide();
  const int row = grid->rowCount();
  grid->addWidget(m_dot, row, 0);
  grid->addWidget(m_label, row, 1);
  grid->addWidget(m_control, row, 2, spec.type == ParamSpec::Type::Boolean ? Qt::AlignLeft | Qt::AlignVCenter : Qt::Alignment());
  if (spec.isLive) {
    auto *tail = new QLabel(tr("live"), owner);
    tail->setProperty("role", "small");
    tail->setToolTip(tr("May change while the study runs"));
    grid->addWidget(tail, row, 3);
  }
  grid->addWidget(m_note, row + 1, 1, 1, 3);
  connect(m_dot, &QAbstractButton::clicked, this, [this] {
    m_control->setFocus();
    setValue(m_spec.defaultValue);
    Q_EMIT changed();
  });
  setValue(spec.defaultValue);
}

void ParamRow::makeControl(QWidget *owner) {
  const auto edited = [this] {
    if (!m_quiet) {
      m_error.clear();
      refresh();
      Q_EMIT changed();
    }
  };
  if (m_spec.type == ParamSpec::Type::Boolean) {
    auto *box = new QCheckBox(owner);
    connect(box, &QCheckBox::toggled, this, edited);
    m_control = box;
  } else if (m_spec.type != ParamSpec::Type::Text) {
    auto *box = new NumberBox(m_spec, owner);
    connect(box, &NumberBox::valueChanged, this, edited);
    connect(box, &NumberBox::outOfRange, this, &ParamRow::setError);
    connect(box, &NumberBox::editingFinished, this, [this] { setError({}); });
    m_control = box;
  } else if (!m_spec.choices.empty()) {
    auto *box = new QComboBox(owner);
    for (const auto &choice : m_spec.choices) {
      box->addItem(QString::fromStdString(choice));
    }
    connect(box, &QComboBox::currentIndexChanged, this, edited);
    m_control = box;
  } else {
    auto *line = new QLineEdit(owner);
    line->setMinimumWidth(112);
    connect(line, &QLineEdit::textChanged, this, edited);
    m_control = line;
  }
}

Json ParamRow::value() const {
  if (const auto *box = qobject_cast<QCheckBox *>(m_control)) {
    return box->isChecked();
  }
  if (auto *box = qobject_cast<NumberBox *>(m_control)) {
    return checkedValue(m_spec, box->value());
  }
  if (const auto *box = qobject_cast<QComboBox *>(m_control)) {
    return box->currentText().toStdString();
  }
  return static_cast<QLineEdit *>(m_control)->text().toStdString();
}

void ParamRow::setValue(const Json &value) {
  m_quiet = true;
  if (auto *check = qobject_cast<QCheckBox *>(m_control)) {
    check->setChecked(value.get<bool>());
  } else if (auto *box = qobject_cast<NumberBox *>(m_control)) {
    box->setValue(value.get<double>());
  } else if (auto *choice = qobject_cast<QComboBox *>(m_control)) {
    choice->setCurrentText(QString::fromStdString(value.get<std::string>()));
  } else {
    static_cast<QLineEdit *>(m_control)->setText(QString::fromStdString(value.get<std::string>()));
  }
  m_quiet = false;
  m_error.clear();
  refresh();
}

void ParamRow::setLastRun(const Json *value) {
  m_hasRun = value != nullptr;
  m_lastRun = m_hasRun ? *value : Json();
  refresh();
}

void ParamRow::setRunning(bool running) {
  m_running = running;
  refresh();
}

void ParamRow::setError(const QString &message) {
  if (m_error != message) {
    m_error = message;
    refresh();
  }
}

void ParamRow::refresh() {
  const bool frozen = m_running && !m_spec.isLive;
  m_control->setEnabled(!frozen);
  m_label->setEnabled(!frozen);
  m_dot->setVisible(!isDefault());
  m_dot->setEnabled(!frozen);
  const bool differs = differsFromRun();
  m_note->setText(!m_error.isEmpty() ? m_error : differs ? tr("last run: %1").arg(shown(m_spec, m_lastRun)) : QString());
  m_note->setVisible(!m_note->text().isEmpty());
  const QString role = m_error.isEmpty() ? QStringLiteral("small") : QStringLiteral("error");
  if (m_note->property("role").toString() != role) {
    m_note->setProperty("role", role);
    m_control->setProperty("invalid", !m_error.isEmpty());
    for (QWidget *widget : {static_cast<QWidget *>(m_note), m_control}) {
      widget->style()->unpolish(widget);
      widget->style()->polish(widget);
    }
  }
}

bool ParamRow::eventFilter(QObject *watched, QEvent *event) {
  if (event->type() == QEvent::Wheel && !m_control->hasFocus()) {  // scrolling over a form must not change it
    event->ignore();
    return true;
  }
  return QObject::eventFilter(watched, event);
}

}  // namespace vitrine
