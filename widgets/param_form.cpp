// The form of a study, drawn from its schema.
#include "widgets/param_form.h"

#include <algorithm>

#include <QGridLayout>
#include <QLabel>
#include <QToolButton>

#include "core/error.h"
#include "widgets/param_row.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

QGridLayout *formGrid(QWidget *owner) {
  auto *grid = new QGridLayout(owner);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setHorizontalSpacing(8);
  grid->setVerticalSpacing(4);
  grid->setColumnStretch(1, 1);
  grid->setColumnMinimumWidth(3, QFontMetrics(uiFont(9)).horizontalAdvance(QObject::tr("live")));
  return grid;
}

}  // namespace

ParamForm::ParamForm(QWidget *parent) : QWidget(parent) {
  auto *column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(4);
}

void ParamForm::setSpecs(const std::vector<ParamSpec> &specs, const Json &given) {
  qDeleteAll(findChildren<QWidget *>(Qt::FindDirectChildrenOnly));
  qDeleteAll(m_rows);
  m_rows.clear();
  m_lastRun.reset();
  auto *column = static_cast<QVBoxLayout *>(layout());
  m_summary = new QLabel(this);
  m_summary->setProperty("role", "small");
  m_summary->setTextInteractionFlags(Qt::LinksAccessibleByMouse | Qt::LinksAccessibleByKeyboard);
  m_summary->hide();
  connect(m_summary, &QLabel::linkActivated, this, [this] {
    const Json last = m_lastRun.value_or(Json::object());
    setValues(last);
  });
  auto *basic = new QWidget(this);
  m_fold = new QToolButton(this);
  m_more = new QWidget(this);
  column->addWidget(m_summary);
  column->addWidget(basic);
  column->addWidget(m_fold, 0, Qt::AlignLeft);
  column->addWidget(m_more);
  QGridLayout *grids[] = {formGrid(basic), formGrid(m_more)};
  for (const auto &spec : specs) {
    auto *row = new ParamRow(spec, grids[spec.advanced ? 1 : 0], spec.advanced ? m_more : basic);
    row->setParent(this);
    connect(row, &ParamRow::changed, this, [this, row] { rowChanged(row); });
    m_rows.push_back(row);
  }
  int control = 112;
  for (const ParamRow *row : m_rows) {
    control = std::max(control, row->controlWidth());
  }
  for (QGridLayout *grid : grids) {  // the controls of both parts stand below one another
    grid->setColumnMinimumWidth(2, std::min(control, 160));
  }
  buildFold();
  setValues(given);
}

void ParamForm::buildFold() {
  const bool any = std::any_of(m_rows.begin(), m_rows.end(), [](const ParamRow *row) { return row->spec().advanced; });
  m_fold->setProperty("fold", true);  // before it is shown: the style sheet looks once
  m_fold->setVisible(any);
  m_fold->setCheckable(true);
  m_fold->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  m_more->hide();
  const auto fold = [this](bool open) {
    m_more->setVisible(open);
    m_fold->setIcon(icon(open ? QStringLiteral("down") : QStringLiteral("forward")));
    m_fold->setAccessibleName(open ? tr("Fewer parameters") : tr("More parameters"));
    refreshMarks();
  };
  connect(m_fold, &QToolButton::toggled, this, fold);
  fold(false);
}

Json ParamForm::values() const {
  Json all = Json::object();
  for (const ParamRow *row : m_rows) {
    all[row->spec().name] = row->value();
  }
  return all;
}

void ParamForm::setValues(const Json &values) {
  for (ParamRow *row : m_rows) {
    const auto it = values.find(row->spec().name);
    if (it == values.end()) {
      continue;
    }
    try {
      const Json checked = checkedValue(row->spec(), *it);
      const bool differs = checked != row->value();
      row->setValue(checked);
      if (differs) {
        Q_EMIT valueChanged(QString::fromStdString(row->spec().name), checked);
      }
    } catch (const InputError &error) {
      row->setError(QString::fromUtf8(error.what()));
    }
  }
  refreshMarks();
}

void ParamForm::reset() {
  Json defaults = Json::object();
  for (const ParamRow *row : m_rows) {
    defaults[row->spec().name] = row->spec().defaultValue;
  }
  setValues(defaults);
}

void ParamForm::setLastRun(const std::optional<Json> &values) {
  m_lastRun = values;
  for (ParamRow *row : m_rows) {
    const bool known = values && values->contains(row->spec().name);
    row->setLastRun(known ? &values->at(row->spec().name) : nullptr);
  }
  refreshMarks();
}

int ParamForm::changedSinceRun() const {
  return static_cast<int>(std::count_if(m_rows.begin(), m_rows.end(), [](const ParamRow *row) { return row->differsFromRun(); }));
}

void ParamForm::setRunning(bool running) {
  for (ParamRow *row : m_rows) {
    row->setRunning(running);
  }
}

void ParamForm::showError(const QString &name, const QString &message) {
  for (ParamRow *row : m_rows) {
    if (QString::fromStdString(row->spec().name) == name) {
      row->setError(message);
      m_fold->setChecked(m_fold->isChecked() || row->spec().advanced);
    }
  }
}

void ParamForm::clearErrors() {
  for (ParamRow *row : m_rows) {
    row->setError({});
  }
}

void ParamForm::rowChanged(ParamRow *row) {
  refreshMarks();
  Q_EMIT valueChanged(QString::fromStdString(row->spec().name), row->value());
}

void ParamForm::refreshMarks() {
  const int changed = changedSinceRun();
  m_summary->setText(tr("%1 changed since the last run \u00b7 <a href=\"last\">back to it</a>").arg(changed));
  m_summary->setVisible(changed > 0);
  const auto hidden = std::count_if(m_rows.begin(), m_rows.end(), [](const ParamRow *row) { return row->spec().advanced && !row->isDefault(); });
  const bool open = m_fold->isChecked();
  m_fold->setText(open ? tr("Less") : hidden > 0 ? tr("More (%1 changed)").arg(hidden) : tr("More"));
}

}  // namespace vitrine
