#include "app/gui/viewer_frame.h"

#include <unordered_set>

#include <QEvent>
#include <QHBoxLayout>
#include <QInputDialog>
#include <QLabel>
#include <QMessageBox>
#include <QProgressBar>
#include <QSlider>
#include <QTimer>
#include <QToolBar>
#include <QToolButton>
#include <QVBoxLayout>

#include "models/models.h"
#include "video/clip.h"
#include "viewers/images/images_viewer.h"
#include "viewers/table/table_viewer.h"
#include "widgets/format.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

/// The attention of any sample: from the run's own model, else from the first open model that has attention.
std::shared_ptr<AttentionSource> attentionFor(const Session &session, const Run *run, const DataItem &data) {
  if (!data.dataset || !data.dataset->hasImages()) {
    return nullptr;
  }
  const ModelItem *item = run != nullptr ? session.findModel(run->setup.model) : nullptr;
  if (item == nullptr || !item->model || !item->model->info().hasAttention) {
    item = nullptr;
    for (const auto &other : session.models()) {
      if (other->model && other->model->info().hasAttention) {
        item = other.get();
        break;
      }
    }
  }
  return item != nullptr ? models::attentionSource(item->model, data.dataset) : nullptr;
}

bool takesStart(const Run &run) {
  const auto &all = studies().all();
  return std::any_of(all.begin(), all.end(), [&](const StudyInfo &study) { return run.setup.study.toStdString() == study.id && study.takesStart; });
}

}  // namespace

ViewerFrame::ViewerFrame(Session &session, Run *run, std::string artifact, const ViewerInfo &info, QWidget *parent)
    : QWidget(parent), m_session(session), m_run(run), m_artifact(std::move(artifact)), m_dataId(run->setup.data) {
  m_viewer = info.make(this);
  build();
  connect(run, &Run::artifactChanged, this, [this](const Artifact &changed) {
    if (changed.name == m_artifact) {
      if (changed.as<Video>() != nullptr) {
        refreshContext();  // other originals
      }
      m_viewer->show(changed);
    }
  });
  connect(run, &Run::neighboursChanged, this, &ViewerFrame::refreshContext);
  connect(run, &Run::changed, this, [this] {
    if (m_dataId != m_run->setup.data) {
      m_dataId = m_run->setup.data;  // the originals of a film were opened
      refreshContext();
    }
    refreshRunControls();
    refreshStatus();
    Q_EMIT titleChanged();
  });
  if (Task *task = run->task()) {
    connect(task, &Task::progressChanged, this, [this, task] { m_progress->setValue(static_cast<int>(task->fraction() * 1000)); });
  }
  refreshRunControls();
  if (const Artifact *shown = run->artifact(m_artifact)) {
    m_viewer->show(*shown);
  }
}

ViewerFrame::ViewerFrame(Session &session, const QString &dataId, bool asTable, QWidget *parent)
    : QWidget(parent), m_session(session), m_dataId(dataId), m_asTable(asTable) {
  if (asTable) {
    m_viewer = makeTableViewer(this);
  } else {
    auto *images = new ImagesViewer(this);
    images->setSelectionMode(true);
    m_viewer = images;
  }
  build();
  showColumns();
  refreshRunControls();
}

void ViewerFrame::build() {
  m_tools = new QToolBar(this);
  m_tools->setOrientation(Qt::Vertical);
  m_tools->setIconSize({18, 18});
  m_tools->addActions(m_viewer->tools());
  m_tools->setVisible(!m_viewer->tools().isEmpty());
  m_viewer->addActions(m_viewer->tools());
  m_status = new QLabel(this);
  m_status->setObjectName(QStringLiteral("viewerStatus"));
  m_status->setFont(uiFont(9));
  m_status->setTextInteractionFlags(Qt::TextSelectableByMouse);
  m_status->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
  m_status->installEventFilter(this);
  m_progress = new QProgressBar(this);
  m_progress->setRange(0, 1000);
  m_progress->setTextVisible(false);
  m_progress->setFixedSize(96, 4);
  buildReplay();
  buildActions();
  auto *below = new QHBoxLayout;
  below->setContentsMargins(8, 2, 8, 2);
  below->setSpacing(8);
  below->addWidget(m_status, 1);
  below->addWidget(m_replay);
  below->addWidget(m_time);
  below->addWidget(m_branch);
  below->addWidget(m_hold);
  below->addWidget(m_release);
  below->addWidget(m_add);
  below->addWidget(m_progress);
  below->addWidget(m_pause);
  below->addWidget(m_stop);
  auto *middle = new QHBoxLayout;
  middle->setContentsMargins(0, 0, 0, 0);
  middle->setSpacing(0);
  middle->addWidget(m_tools);
  middle->addWidget(m_viewer, 1);
  auto *all = new QVBoxLayout(this);
  all->setContentsMargins(0, 0, 0, 0);
  all->setSpacing(0);
  all->addLayout(middle, 1);
  all->addLayout(below);
  connect(m_viewer, &Viewer::statusChanged, this, &ViewerFrame::refreshStatus);
  connect(&m_session, &Session::dataChanged, this, [this](const QString &id) {
    if (id == m_dataId) {
      refreshContext();
      showColumns();
    }
  });
  connect(&m_session, &Session::modelChanged, this, &ViewerFrame::refreshContext);
  refreshContext();
  setFocusProxy(m_viewer);
}

/// The frame at this place of the run's recording; nothing behind its end, or where it can no longer be read (a project's file that has gone).
std::optional<Artifact> ViewerFrame::recorded(int at) {
  if (!m_run || at < 0 || static_cast<std::size_t>(at) >= m_run->frames().size()) {
    return std::nullopt;
  }
  try {
    return m_run->frames()[static_cast<std::size_t>(at)];
  } catch (const std::runtime_error &error) {
    Q_EMIT m_session.logged(QString::fromUtf8(error.what()));
    return std::nullopt;
  }
}

/// A finished run that was recorded can be looked at as it came about: dragged by hand or played.
void ViewerFrame::buildReplay() {
  m_time = new QSlider(Qt::Horizontal, this);
  m_time->setMinimumWidth(64);
  m_time->setMaximumWidth(160);
  m_time->setObjectName(QStringLiteral("time"));
  m_time->setToolTip(tr("Drag to see the run as it came about"));
  m_time->setAccessibleName(tr("Point in time of the run"));
  m_replay = flatButton(QStringLiteral("play"), tr("Play the run once more"), this);
  m_branch = flatButton(QStringLiteral("branch"), tr("Go on from here with other settings, as a new run"), this);
  m_branch->hide();
  connect(m_branch, &QToolButton::clicked, this, [this] {
    const auto frame = recorded(m_time->value());
    if (frame) {
      Q_EMIT branchRequested(m_run, *frame);
    }
  });
  auto *clock = new QTimer(this);
  clock->setInterval(33);
  connect(clock, &QTimer::timeout, this, [this, clock] {
    m_time->setValue(m_time->value() + 1);
    if (m_time->value() == m_time->maximum() || !m_time->isVisible()) {
      clock->stop();
    }
  });
  connect(m_replay, &QToolButton::clicked, this, [this, clock] {
    if (clock->isActive()) {
      clock->stop();
      return;
    }
    m_time->setValue(m_time->value() == m_time->maximum() ? 0 : m_time->value());
    clock->start();
  });
  connect(m_time, &QSlider::valueChanged, this, [this](int at) {
    const Artifact *last = m_run ? m_run->artifact(m_artifact) : nullptr;
    if (last != nullptr) {
      const auto frame = recorded(at);
      m_viewer->show(frame.value_or(*last));
      m_branch->setVisible(m_time->isVisible() && frame && takesStart(*m_run));
      refreshStatus();
    }
  });
}

/// What may be done by hand to a run while it goes on.
void ViewerFrame::buildActions() {
  m_pause = flatButton(QStringLiteral("pause"), tr("Pause the run"), this);
  m_stop = flatButton(QStringLiteral("stop"), tr("Stop the run and keep what it has"), this);
  connect(m_pause, &QToolButton::clicked, this, [this] {
    if (m_run && m_run->live()) {
      m_run->task()->setPaused(m_run->task()->state() != Task::State::Paused);
    }
  });
  connect(m_stop, &QToolButton::clicked, this, [this] {
    if (m_run && m_run->live()) {
      m_run->task()->cancel();
    }
  });
  m_hold = flatButton(QStringLiteral("pin"), tr("Hold the selected samples where they are (Ctrl + drag moves a point or the selection)"), this);
  m_release = flatButton(QStringLiteral("unpin"), tr("Let the selected samples go again (all that are held if none is selected)"), this);
  m_add = flatButton(QStringLiteral("add"), tr("Add samples of the data set to the running map"), this);
  m_hold->setObjectName(QStringLiteral("hold"));
  m_release->setObjectName(QStringLiteral("release"));
  m_add->setObjectName(QStringLiteral("add"));
  const auto act = [this](const char *name) {
    const Selection *selection = viewerContext().selection;
    const std::vector<SampleId> ids = selection != nullptr ? selection->ids() : std::vector<SampleId>();
    if (m_run && m_run->live() && (!ids.empty() || name == std::string("release"))) {
      m_run->task()->act({name, ids});
    }
  };
  connect(m_hold, &QToolButton::clicked, this, [act] { act("hold"); });
  connect(m_release, &QToolButton::clicked, this, [act] { act("release"); });
  connect(m_add, &QToolButton::clicked, this, &ViewerFrame::addSamples);
}

std::vector<SampleId> ViewerFrame::moreSamples() const {
  const DataItem *item = m_session.findData(m_dataId);
  const Artifact *shown = m_run ? m_run->artifact(m_artifact) : nullptr;
  const auto *map = shown != nullptr ? shown->as<Projection>() : nullptr;
  if (item == nullptr || !item->dataset || map == nullptr) {
    return {};
  }
  const std::unordered_set<SampleId> there(map->ids->begin(), map->ids->end());
  std::vector<SampleId> more = splitIds(*item->dataset, splitOf(m_run->setup.split), 0);
  std::erase_if(more, [&](SampleId id) { return there.contains(id); });
  return more;
}

void ViewerFrame::addSamples() {
  std::vector<SampleId> more = moreSamples();
  if (more.empty()) {
    QMessageBox::information(this, tr("Add samples"), tr("All samples of the data set are on the map already."));
    return;
  }
  const int most = static_cast<int>(std::min<std::size_t>(more.size(), 10'000'000));
  bool wanted = false;
  const int number =
      QInputDialog::getInt(this, tr("Add samples"), tr("How many of the %1 that are left:").arg(count(most)), std::min(1000, most), 1, most, 100, &wanted);
  if (wanted && m_run && m_run->live()) {
    more.resize(static_cast<std::size_t>(number));
    m_run->task()->act({"add", more});
  }
}

void ViewerFrame::refreshReplay() {
  const bool recorded = m_run && !m_run->live() && !m_run->frames().empty() && m_run->frames().name(0) == m_artifact;
  m_time->setVisible(recorded);
  m_replay->setVisible(recorded);
  if (recorded && m_time->maximum() != static_cast<int>(m_run->frames().size())) {
    const QSignalBlocker quiet(m_time);
    m_time->setRange(0, static_cast<int>(m_run->frames().size()));  // the last place is the result itself
    m_time->setValue(m_time->maximum());
  }
}

ViewerContext ViewerFrame::viewerContext() const {
  ViewerContext context;
  context.undo = m_session.undo();
  context.interactive = m_session.interactive();
  context.selection = m_run ? m_run->ownSelection() : m_orphan;
  context.neighbours = m_run ? m_run->neighbours : nullptr;
  if (const DataItem *item = m_session.findData(m_dataId)) {
    context.selection = item->selection.get();
    context.dataset = item->dataset;
    context.attention = attentionFor(m_session, m_run, *item);
  }
  context.originals = originalsOf(context.dataset);
  if (m_run && m_run->live()) {
    context.actions = m_run->task()->study().actions;
    context.act = [run = m_run](const Action &action) {
      if (run && run->live()) {
        run->task()->act(action);
      }
    };
  }
  return context;
}

/// The frames that a film of ours was made from; made once for each film. Where they are gone the film stands alone.
std::shared_ptr<const FrameSource> ViewerFrame::originalsOf(const std::shared_ptr<const Dataset> &dataset) const {
  const Artifact *shown = m_run ? m_run->artifact(m_artifact) : nullptr;
  const auto *film = shown != nullptr ? shown->as<Video>() : nullptr;
  if (film == nullptr || dataset == nullptr) {
    return nullptr;
  }
  if (m_originalsOf != shown->payload) {
    m_originalsOf = shown->payload;
    try {
      const auto size = [&](const char *name) { return video::parseSize(shown->metadata.value(name, std::string()), name); };
      m_originals = video::originalFrames(dataset, film->ids, size("crop"), size("resize"));
    } catch (const std::exception &) {
      m_originals = nullptr;
    }
  }
  return m_originals;
}

void ViewerFrame::refreshContext() {
  if (m_orphan == nullptr) {
    m_orphan = new Selection(m_session.undo(), this);
  }
  m_viewer->setContext(viewerContext());
  refreshStatus();
}

void ViewerFrame::showColumns() {
  const DataItem *item = m_session.findData(m_dataId);
  if (!m_asTable || item == nullptr || !item->dataset) {
    return;
  }
  const std::shared_ptr<const Dataset> samples = item->dataset;
  if (!samples->columns().empty()) {
    m_viewer->show(Artifact{"samples", std::make_shared<const Payload>(Table{{samples, &samples->ids()}, samples->columns()})});
  } else {
    m_session.interactive()->ask(
        QStringLiteral("samples of ") + m_dataId, this,
        [samples] {
          return Embedding{{samples, &samples->ids()}, gather(*samples, samples->ids())};
        },
        [this](Embedding values) {
          m_viewer->show(Artifact{"samples", std::make_shared<const Payload>(std::move(values))});
        });
  }
}

void ViewerFrame::refreshStatus() {
  QString text = m_viewer->status();
  const bool asItEnded = m_time->value() == m_time->maximum();
  if (m_run && !m_run->live() && m_artifact == "projection" && asItEnded) {
    const Json metrics = m_run->report.value("metrics", Json::object());
    const std::pair<const char *, QString> shown[] = {{"label_agreement", tr("10-NN label agreement")}, {"map_recall", tr("10-NN recall of the map")}};
    for (const auto &[name, words] : shown) {
      if (metrics.contains(name)) {
        text += QStringLiteral(" - %1 %2").arg(words, number(metrics[name].get<double>()));
      }
    }
  }
  m_status->setToolTip(text);  // whole
  m_status->setText(m_status->fontMetrics().elidedText(text, Qt::ElideRight, std::max(0, m_status->width())));
}

void ViewerFrame::refreshRunControls() {
  const bool live = m_run && m_run->live();
  refreshReplay();
  for (QWidget *widget : std::initializer_list<QWidget *>{m_progress, m_pause, m_stop}) {
    widget->setVisible(live);
  }
  const bool byHand = live && m_artifact == "projection" && !m_run->task()->study().actions.empty();
  if (byHand != m_hold->isVisibleTo(this)) {
    for (QWidget *widget : std::initializer_list<QWidget *>{m_hold, m_release, m_add}) {
      widget->setVisible(byHand);
    }
    refreshContext();
  }
  if (live) {
    const bool paused = m_run->task()->state() == Task::State::Paused;
    m_pause->setIcon(icon(paused ? QStringLiteral("play") : QStringLiteral("pause")));
    m_pause->setToolTip(paused ? tr("Go on") : tr("Pause the run"));
    m_pause->setAccessibleName(m_pause->toolTip());
  }
}

QString ViewerFrame::title() const {
  if (!m_run) {
    const DataItem *item = m_session.findData(m_dataId);
    return tr("%1 - samples").arg(item != nullptr ? item->name : QString());
  }
  const QString name = QString::fromStdString(m_artifact);
  return m_run->artifacts().size() < 2 ? m_run->name : QStringLiteral("%1 - %2").arg(m_run->name, name);
}

/// The status line has what the replay and the buttons beside it leave.
bool ViewerFrame::eventFilter(QObject *watched, QEvent *event) {
  if (watched == m_status && event->type() == QEvent::Resize) {
    refreshStatus();
  }
  return QWidget::eventFilter(watched, event);
}

QString ViewerFrame::helpPage() const {
  const Artifact *shown = m_run ? m_run->artifact(m_artifact) : nullptr;
  const ViewerInfo *info = shown != nullptr ? viewerFor(shown->kind()) : nullptr;
  return QString::fromLatin1(info != nullptr ? info->help : "data");
}

Json ViewerFrame::state() const {
  return {{"run", m_run ? m_run->id.toStdString() : ""},
          {"artifact", m_artifact},
          {"data", m_dataId.toStdString()},
          {"table", m_asTable},
          {"viewer", m_viewer->state()}};
}

QToolButton *flatButton(const QString &iconName, const QString &text, QWidget *parent) {
  auto *button = new QToolButton(parent);
  button->setIcon(icon(iconName));
  button->setToolTip(text);
  button->setAccessibleName(text);
  button->setAutoRaise(true);
  return button;
}

}  // namespace vitrine
