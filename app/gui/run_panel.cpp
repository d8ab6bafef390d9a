#include "app/gui/run_panel.h"

#include <QComboBox>
#include <QEvent>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSpinBox>
#include <QVBoxLayout>

#include "app/gui/dialogs/estimate.h"
#include "core/error.h"
#include "tensor/device.h"
#include "widgets/format.h"
#include "widgets/param_form.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

constexpr int kNarrowest = 250;

QLabel *quietLabel(QWidget *parent) {
  auto *label = new QLabel(parent);
  label->setWordWrap(true);
  label->setFont(uiFont(9));
  label->setProperty("quiet", true);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  return label;
}

void selectData(QComboBox *box, const QString &id) {
  if (const int index = box->findData(id); index >= 0) {
    box->setCurrentIndex(index);
  }
}

/// The figures of a run's report, and the checks that it failed or passed, as HTML.
QString resultText(const Run &run) {
  QString text;
  const Json metrics = run.report.value("metrics", Json::object());
  for (const auto &[name, value] : metrics.items()) {
    if (value.is_number()) {
      text += QStringLiteral("<tr><td>%1</td><td align=right>&nbsp;&nbsp;%2</td></tr>")
                  .arg(QString::fromStdString(name).replace(QLatin1Char('_'), QLatin1Char(' ')).toHtmlEscaped(), number(value.get<double>()).toHtmlEscaped());
    }
  }
  text = QStringLiteral("<table cellspacing=0 cellpadding=1>%1</table>").arg(text);
  const Json checks = run.report.value("checks", Json::array());
  for (const auto &check : checks) {
    const bool passed = check.value("passed", false);
    const QString name = QString::fromStdString(check.value("name", std::string())).replace(QLatin1Char('_'), QLatin1Char(' '));
    const QString want = passed ? QString() : QObject::tr(" (wanted: %1)").arg(QString::fromStdString(check.value("want", std::string())));
    text += QStringLiteral("<p>%1 %2</p>").arg(passed ? QStringLiteral("\u2713") : QStringLiteral("\u2717"), (name + want).toHtmlEscaped());
  }
  return text;
}

}  // namespace

RunPanel::RunPanel(Session &session, QWidget *parent) : QWidget(parent), m_session(session) {
  build();
  connect(&session, &Session::itemsChanged, this, &RunPanel::refreshLists);
  connect(&session, &Session::runChanged, this, [this](Run *run) {
    if (run == m_run) {
      refreshState();
    }
  });
  refreshLists();
  prepare(QString::fromStdString(studies().all().empty() ? std::string() : studies().all().front().id));
}

void RunPanel::addInputs(QFormLayout *form) {
  m_study = new QComboBox(this);
  for (const StudyInfo &study : studies().all()) {
    m_study->addItem(QString::fromStdString(study.title), QString::fromStdString(study.id));
  }
  m_data = new QComboBox(this);
  m_model = new QComboBox(this);
  m_split = new QComboBox(this);
  m_split->addItem(tr("all samples"), QStringLiteral("all"));
  m_split->addItem(tr("training split"), QStringLiteral("train"));
  m_split->addItem(tr("test split"), QStringLiteral("test"));
  m_limit = new QSpinBox(this);
  m_limit->setRange(0, 100'000'000);
  m_limit->setSingleStep(1000);
  m_limit->setGroupSeparatorShown(true);
  m_limit->setSpecialValueText(tr("no limit"));
  m_limit->setToolTip(tr("Only the first so many samples of the split"));
  m_seed = new QSpinBox(this);
  m_seed->setRange(0, 1'000'000'000);
  m_seed->setValue(1);
  m_device = new QComboBox(this);
  m_device->addItem(tr("automatic"), QStringLiteral("auto"));
  m_device->addItem(tr("processor"), QStringLiteral("cpu"));
  m_device->addItem(tr("CUDA"), QStringLiteral("cuda"));
  const std::pair<QString, QWidget *> rows[] = {{tr("Study"), m_study},   {tr("Data set"), m_data}, {tr("Model"), m_model},  {tr("Samples"), m_split},
                                                {tr("At most"), m_limit}, {tr("Seed"), m_seed},     {tr("Device"), m_device}};
  for (const auto &[label, widget] : rows) {
    if (auto *box = qobject_cast<QComboBox *>(widget)) {  // a long name must not widen the panel
      box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
      box->setMinimumContentsLength(8);
    }
    widget->setAccessibleName(label);
    form->addRow(label, widget);
  }
}

void RunPanel::build() {
  auto *inside = new QWidget(this);
  auto *column = new QVBoxLayout(inside);
  column->setContentsMargins(12, 8, 12, 8);
  column->setSpacing(8);
  auto *form = new QFormLayout;
  form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  form->setHorizontalSpacing(12);
  form->setVerticalSpacing(4);
  addInputs(form);
  m_summary = quietLabel(inside);
  m_form = new ParamForm(inside);
  m_estimate = quietLabel(inside);
  m_result = quietLabel(inside);
  column->addLayout(form);
  column->addWidget(m_summary);
  column->addWidget(m_form);
  column->addWidget(m_result);
  column->addStretch(1);
  auto *scroll = m_scroll = new QScrollArea(this);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setWidget(inside);
  scroll->setMinimumWidth(kNarrowest);
  inside->installEventFilter(this);
  m_start = new QPushButton(icon(QStringLiteral("play")), tr("Run"), this);
  m_start->setProperty("primary", true);
  m_pause = new QPushButton(icon(QStringLiteral("pause")), tr("Pause"), this);
  m_stop = new QPushButton(icon(QStringLiteral("stop")), tr("Stop"), this);
  auto *buttons = new QHBoxLayout;
  buttons->setContentsMargins(12, 4, 12, 8);
  buttons->addWidget(m_estimate, 1);
  buttons->addWidget(m_pause);
  buttons->addWidget(m_stop);
  buttons->addWidget(m_start);
  auto *all = new QVBoxLayout(this);
  all->setContentsMargins(0, 0, 0, 0);
  all->setSpacing(0);
  all->addWidget(scroll, 1);
  all->addLayout(buttons);
  connectParts();
}

void RunPanel::connectParts() {
  connect(m_study, &QComboBox::activated, this, [this] { prepare(m_study->currentData().toString()); });
  for (QComboBox *box : {m_data, m_model, m_split}) {
    connect(box, &QComboBox::currentIndexChanged, this, &RunPanel::refreshEstimate);
  }
  connect(m_limit, &QSpinBox::valueChanged, this, &RunPanel::refreshEstimate);
  connect(m_form, &ParamForm::valueChanged, this, [this](const QString &name, const Json &value) {
    if (m_run && m_run->live()) {
      try {
        m_run->task()->setLive(name.toStdString(), value);
      } catch (const InputError &error) {
        Q_EMIT failed(tr("Not changed"), QString::fromUtf8(error.what()));
      }
    }
    refreshEstimate();
  });
  connect(m_start, &QPushButton::clicked, this, &RunPanel::start);
  connect(m_pause, &QPushButton::clicked, this, [this] {
    if (m_run && m_run->live()) {
      m_run->task()->setPaused(m_run->task()->state() != Task::State::Paused);
    }
  });
  connect(m_stop, &QPushButton::clicked, this, [this] {
    if (m_run && m_run->live()) {
      m_run->task()->cancel();
    }
  });
}

void RunPanel::refreshLists() {
  const auto fill = [](QComboBox *box, const QString &none, const auto &items) {
    const QSignalBlocker block(box);
    const QString current = box->currentData().toString();
    box->clear();
    if (!none.isEmpty()) {
      box->addItem(none, QString());
    }
    for (const auto &item : items) {
      box->addItem(item->name, item->id);
    }
    selectData(box, current);
  };
  fill(m_data, m_session.data().empty() ? tr("none open yet") : QString(), m_session.data());
  fill(m_model, tr("none"), m_session.models());
  refreshEstimate();
}

void RunPanel::chooseStudy(const QString &study, const Json &values) {
  m_startFrom = nullptr;
  selectData(m_study, study);
  const StudyInfo &info = studies().find(study.toStdString());
  m_summary->setText(QString::fromStdString(info.summary));
  m_model->setEnabled(info.needsModel || info.usesModel);
  m_shownStudy = study;
  m_form->setSpecs(info.params, values);
}

/// The form never scrolls sideways: what it needs across, the panel takes.
bool RunPanel::eventFilter(QObject *watched, QEvent *event) {
  if (event->type() == QEvent::LayoutRequest && watched == m_scroll->widget()) {
    m_scroll->setMinimumWidth(std::max(kNarrowest, m_scroll->widget()->minimumSizeHint().width() + m_scroll->verticalScrollBar()->sizeHint().width()));
  }
  return QWidget::eventFilter(watched, event);
}

void RunPanel::prepare(const QString &study, const QString &dataId, const QString &modelId) {
  m_run = nullptr;
  chooseStudy(study, Json::object());
  selectData(m_data, dataId);
  selectData(m_model, modelId);
  const StudyInfo &info = studies().find(study.toStdString());
  if (info.needsModel && m_model->currentData().toString().isEmpty() && m_model->count() > 1) {
    m_model->setCurrentIndex(1);
  }
  refreshState();
}

void RunPanel::show(Run *run) {
  if (run == nullptr || run == m_run) {
    return;
  }
  m_run = nullptr;  // filling the form is no change of the run
  fill(run->setup);
  m_run = run;
  refreshState();
}

void RunPanel::startSetup(const RunSetup &setup) {
  m_run = nullptr;
  fill(setup);
  start();
}

void RunPanel::fill(const RunSetup &setup) {
  try {
    chooseStudy(setup.study, setup.parameters);
  } catch (const InputError &) {  // made by a study that this program does not have: its results are shown, its form is not
    m_summary->setText(setup.study.isEmpty() ? tr("Opened from a file: a film that was fitted before.")
                                             : tr("This program has no study called %1.").arg(setup.study));
    m_form->setSpecs({}, Json::object());
  }
  m_startFrom = setup.start;  // a branch that is run again branches again
  selectData(m_data, setup.data);
  selectData(m_model, setup.model);
  selectData(m_split, setup.split);
  m_limit->setValue(static_cast<int>(setup.limit));
  m_seed->setValue(static_cast<int>(setup.seed));
  selectData(m_device, setup.device);
}

void RunPanel::branch(Run *run, const Artifact &frame) {
  const auto *projection = frame.as<Projection>();
  if (run == nullptr || projection == nullptr) {
    return;
  }
  RunSetup from = run->setup;
  if (from.parameters.contains("exaggeration_iterations")) {
    from.parameters["exaggeration_iterations"] = 0;  // the groups have gathered already
  }
  m_run = nullptr;
  fill(from);
  m_startFrom = std::shared_ptr<const Matrix>(frame.payload, &projection->positions);
  m_summary->setText(tr("Goes on from iteration %1 of %2. Change what you like, then run it.")
                         .arg(frame.metadata.value("iteration", frame.metadata.value("epoch", 0)))
                         .arg(run->name));
  refreshState();
  setFocus();
}

RunSetup RunPanel::setup() const {
  RunSetup setup;
  setup.start = m_startFrom;
  setup.study = m_study->currentData().toString();
  setup.data = m_data->currentData().toString();
  setup.model = m_model->isEnabled() ? m_model->currentData().toString() : QString();
  setup.parameters = m_form->values();
  setup.split = m_split->currentData().toString();
  setup.limit = m_limit->value();
  setup.seed = m_seed->value();
  setup.device = m_device->currentData().toString();
  return setup;
}

void RunPanel::start() {
  try {
    m_run = m_session.start(setup());
    refreshState();
    Q_EMIT started(m_run);
  } catch (const InputError &error) {
    Q_EMIT failed(tr("The run cannot start"), QString::fromUtf8(error.what()));
  }
}

void RunPanel::refreshState() {
  const bool live = m_run && m_run->live();
  const bool paused = live && m_run->task()->state() == Task::State::Paused;
  for (QWidget *input : std::initializer_list<QWidget *>{m_study, m_data, m_split, m_limit, m_seed, m_device}) {
    input->setEnabled(!live);
  }
  const StudyInfo &info = studies().find(m_shownStudy.toStdString());
  m_model->setEnabled(!live && (info.needsModel || info.usesModel));
  m_form->setLastRun(m_run ? std::optional<Json>(m_run->setup.parameters) : std::nullopt);
  m_form->setRunning(live);
  m_start->setVisible(!live);
  m_start->setText(m_run ? tr("Run again") : tr("Run"));
  m_pause->setVisible(live);
  m_stop->setVisible(live);
  m_pause->setText(paused ? tr("Go on") : tr("Pause"));
  m_pause->setIcon(icon(paused ? QStringLiteral("play") : QStringLiteral("pause")));
  m_result->setText(m_run && !live ? (m_run->error.isEmpty() ? resultText(*m_run) : m_run->error.toHtmlEscaped()) : QString());
  m_result->setVisible(!m_result->text().isEmpty());
  refreshEstimate();
}

void RunPanel::refreshEstimate() {
  m_estimate->clear();
  const DataItem *item = m_session.findData(m_data->currentData().toString());
  if (m_shownStudy.isEmpty() || item == nullptr || !item->dataset || (m_run && m_run->live())) {
    return;
  }
  const auto &dataset = *item->dataset;
  const QString split = m_split->currentData().toString();
  std::size_t samples = split == u"train" ? dataset.trainCount() : split == u"test" ? dataset.count() - dataset.trainCount() : dataset.count();
  if (m_limit->value() > 0) {
    samples = std::min(samples, static_cast<std::size_t>(m_limit->value()));
  }
  const ModelItem *modelItem = m_session.findModel(m_model->currentData().toString());
  const ModelInfo *model = modelItem != nullptr && modelItem->model ? &modelItem->model->info() : nullptr;
  if (const auto cost = estimate(studies().find(m_shownStudy.toStdString()), m_form->values(), &dataset, samples, model)) {
    m_estimate->setText(cost->text() + (cost->tooBig() ? QStringLiteral("\n") + cost->warning() : QString()));
  }
}

}  // namespace vitrine
