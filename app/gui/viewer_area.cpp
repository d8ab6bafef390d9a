#include "app/gui/viewer_area.h"

#include <QApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QTabBar>
#include <QToolBar>
#include <QToolButton>
#include <QVBoxLayout>

#include "models/models.h"
#include "viewers/images/images_viewer.h"
#include "viewers/table/table_viewer.h"
#include "widgets/format.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

QToolButton *flatButton(const QString &iconName, const QString &text, QWidget *parent) {
  auto *button = new QToolButton(parent);
  button->setIcon(icon(iconName));
  button->setToolTip(text);
  button->setAccessibleName(text);
  button->setAutoRaise(true);
  return button;
}

/// Without the line that QTabWidget draws above its corner in document mode.
class Tabs : public QTabWidget {
 public:
  using QTabWidget::QTabWidget;

 protected:
  void paintEvent(QPaintEvent *) override {}
};

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

}  // namespace

ViewerFrame::ViewerFrame(Session &session, Run *run, std::string artifact, const ViewerInfo &info, QWidget *parent)
    : QWidget(parent), m_session(session), m_run(run), m_artifact(std::move(artifact)), m_dataId(run->setup.data) {
  m_viewer = info.make(this);
  build();
  connect(run, &Run::artifactChanged, this, [this](const Artifact &changed) {
    if (changed.name == m_artifact) {
      m_viewer->show(changed);
    }
  });
  connect(run, &Run::neighboursChanged, this, &ViewerFrame::refreshContext);
  connect(run, &Run::changed, this, [this] {
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
  m_progress = new QProgressBar(this);
  m_progress->setRange(0, 1000);
  m_progress->setTextVisible(false);
  m_progress->setFixedSize(96, 4);
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
  auto *below = new QHBoxLayout;
  below->setContentsMargins(8, 2, 8, 2);
  below->setSpacing(8);
  below->addWidget(m_status, 1);
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

ViewerContext ViewerFrame::viewerContext() const {
  ViewerContext context;
  context.undo = m_session.undo();
  context.interactive = m_session.interactive();
  context.selection = m_orphan;
  context.neighbours = m_run ? m_run->neighbours : nullptr;
  if (const DataItem *item = m_session.findData(m_dataId)) {
    context.selection = item->selection.get();
    context.dataset = item->dataset;
    context.attention = attentionFor(m_session, m_run, *item);
  }
  return context;
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
  if (m_run && !m_run->live() && m_artifact == "projection") {
    const Json metrics = m_run->report.value("metrics", Json::object());
    const std::pair<const char *, QString> shown[] = {{"label_agreement", tr("10-NN label agreement")}, {"map_recall", tr("10-NN recall of the map")}};
    for (const auto &[name, words] : shown) {
      if (metrics.contains(name)) {
        text += QStringLiteral(" - %1 %2").arg(words, number(metrics[name].get<double>()));
      }
    }
  }
  m_status->setText(text);
  m_status->setToolTip(text);
}

void ViewerFrame::refreshRunControls() {
  const bool live = m_run && m_run->live();
  for (QWidget *widget : std::initializer_list<QWidget *>{m_progress, m_pause, m_stop}) {
    widget->setVisible(live);
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

Json ViewerFrame::state() const {
  return {{"run", m_run ? m_run->id.toStdString() : ""},
          {"artifact", m_artifact},
          {"data", m_dataId.toStdString()},
          {"table", m_asTable},
          {"viewer", m_viewer->state()}};
}

ViewerArea::ViewerArea(Session &session, QWidget *startPage, QWidget *parent) : QSplitter(Qt::Horizontal, parent), m_session(session), m_start(startPage) {
  setChildrenCollapsible(false);
  QTabWidget *first = addPane();
  first->addTab(startPage, tr("Start"));
  first->tabBar()->setTabButton(0, QTabBar::RightSide, nullptr);
  m_activePane = first;
  connect(&session, &Session::dataChanged, this, [this](const QString &id) {
    if (m_session.findData(id) == nullptr) {
      closeWhere([&](const ViewerFrame &frame) { return frame.run() == nullptr && frame.dataId() == id; });
    }
  });
  connect(&session, &Session::runRemoved, this, [this](const QString &id) {
    closeWhere([&](const ViewerFrame &frame) { return frame.run() != nullptr && frame.run()->id == id; });
  });
  connect(&session, &Session::dataChanged, this, [this, &session](const QString &id) {
    for (ViewerFrame *frame : session.findData(id) == nullptr ? frames() : std::vector<ViewerFrame *>()) {
      if (frame->run() == nullptr && frame->dataId() == id) {
        delete frame;
      }
    }
    tidy();
  });
  connect(qApp, &QApplication::focusChanged, this, [this](QWidget *, QWidget *now) {
    for (int i = 0; i < count(); ++i) {
      if (now != nullptr && widget(i)->isAncestorOf(now)) {
        m_activePane = static_cast<QTabWidget *>(widget(i));
        announce();
      }
    }
  });
}

QTabWidget *ViewerArea::addPane() {
  auto *tabs = new Tabs(this);
  tabs->setDocumentMode(true);
  tabs->setTabsClosable(true);
  tabs->setMovable(true);
  tabs->setUsesScrollButtons(true);
  auto *corner = new QWidget(tabs);
  auto *row = new QHBoxLayout(corner);
  row->setContentsMargins(4, 0, 4, 0);
  row->setSpacing(0);
  const auto add = [&](const char *iconName, const QString &text, auto slot) {
    QToolButton *button = flatButton(QString::fromLatin1(iconName), text, corner);
    button->setIconSize({16, 16});
    row->addWidget(button);
    connect(button, &QToolButton::clicked, this, [this, tabs, slot] {
      m_activePane = tabs;
      announce();
      slot();
    });
  };
  add("camera", tr("Screenshot of this view..."), [this] { Q_EMIT screenshotRequested(); });
  add("copy", tr("Copy this view as a picture"), [this] { Q_EMIT copyRequested(); });
  add("export", tr("Export the data of this view..."), [this] { Q_EMIT exportRequested(); });
  add("view-split-left-right", tr("Move this view to the other side"), [this] { moveActiveBeside(); });
  tabs->setCornerWidget(corner);
  connect(tabs, &QTabWidget::tabCloseRequested, this, [this, tabs](int index) { closeTab(tabs, index); });
  connect(tabs, &QTabWidget::currentChanged, this, [this, tabs] {
    m_activePane = tabs;
    announce();
  });
  connect(tabs, &QTabWidget::tabBarClicked, this, [this, tabs] {
    m_activePane = tabs;
    announce();
  });
  addWidget(tabs);
  return tabs;
}

QTabWidget *ViewerArea::pane(bool beside) {
  if (!beside) {
    return m_activePane != nullptr ? m_activePane : static_cast<QTabWidget *>(widget(0));
  }
  const int index = indexOf(m_activePane) + 1;
  if (index < count()) {
    return static_cast<QTabWidget *>(widget(index));
  }
  QTabWidget *added = addPane();
  setSizes(QList<int>(count(), std::max(1, width() / count())));
  return added;
}

ViewerFrame *ViewerArea::place(ViewerFrame *frame, bool beside) {
  QTabWidget *tabs = pane(beside);
  const int index = tabs->addTab(frame, frame->title());
  const auto *info =
      frame->run() != nullptr && frame->run()->artifact(frame->artifact()) != nullptr ? viewerFor(frame->run()->artifact(frame->artifact())->kind()) : nullptr;
  tabs->setTabIcon(index, icon(info != nullptr ? QString::fromLatin1(info->iconName) : QStringLiteral("image")));
  connect(frame, &ViewerFrame::titleChanged, this, [this, frame] {
    for (int i = 0; i < count(); ++i) {
      auto *each = static_cast<QTabWidget *>(widget(i));
      if (const int at = each->indexOf(frame); at >= 0) {
        each->setTabText(at, frame->title());
      }
    }
  });
  tabs->setCurrentWidget(frame);
  m_activePane = tabs;
  announce();
  return frame;
}

void ViewerArea::closeWhere(const std::function<bool(const ViewerFrame &)> &wanted) {
  for (ViewerFrame *frame : frames()) {
    if (wanted(*frame)) {
      delete frame;
    }
  }
  tidy();
}

ViewerFrame *ViewerArea::raised(ViewerFrame *frame) {
  for (int i = 0; i < count(); ++i) {
    auto *tabs = static_cast<QTabWidget *>(widget(i));
    if (tabs->indexOf(frame) >= 0) {
      tabs->setCurrentWidget(frame);
      m_activePane = tabs;
    }
  }
  announce();
  return frame;
}

ViewerFrame *ViewerArea::open(Run *run, const std::string &artifact, bool beside) {
  for (ViewerFrame *frame : frames()) {
    if (frame->run() == run && frame->artifact() == artifact) {
      return raised(frame);
    }
  }
  const Artifact *shown = run->artifact(artifact);
  const ViewerInfo *info = shown != nullptr ? viewerFor(shown->kind()) : nullptr;
  return info != nullptr ? place(new ViewerFrame(m_session, run, artifact, *info), beside) : nullptr;
}

ViewerFrame *ViewerArea::openData(const QString &dataId) {
  for (ViewerFrame *frame : frames()) {
    if (frame->run() == nullptr && frame->dataId() == dataId) {
      return raised(frame);
    }
  }
  const DataItem *item = m_session.findData(dataId);
  return place(new ViewerFrame(m_session, dataId, item != nullptr && item->dataset && !item->dataset->hasImages()), false);
}

ViewerFrame *ViewerArea::active() const {
  return m_activePane != nullptr ? qobject_cast<ViewerFrame *>(m_activePane->currentWidget()) : nullptr;
}

std::vector<ViewerFrame *> ViewerArea::frames() const {
  std::vector<ViewerFrame *> all;
  for (int i = 0; i < count(); ++i) {
    const auto *tabs = static_cast<QTabWidget *>(widget(i));
    for (int j = 0; j < tabs->count(); ++j) {
      if (auto *frame = qobject_cast<ViewerFrame *>(tabs->widget(j))) {
        all.push_back(frame);
      }
    }
  }
  return all;
}

void ViewerArea::closeTab(QTabWidget *tabs, int index) {
  if (auto *frame = qobject_cast<ViewerFrame *>(tabs->widget(index))) {
    tabs->removeTab(index);
    frame->deleteLater();
    tidy();
  }
}

void ViewerArea::closeActive() {
  if (m_activePane != nullptr) {
    closeTab(m_activePane, m_activePane->currentIndex());
  }
}

void ViewerArea::moveActiveBeside() {
  ViewerFrame *frame = active();
  if (frame == nullptr) {
    return;
  }
  QTabWidget *from = m_activePane;
  const bool last = indexOf(from) + 1 == count() && count() > 1;
  QTabWidget *to = last ? static_cast<QTabWidget *>(widget(0)) : pane(true);
  const QIcon tabIcon = from->tabIcon(from->indexOf(frame));
  to->setCurrentIndex(to->addTab(frame, tabIcon, frame->title()));
  m_activePane = to;
  tidy();
}

void ViewerArea::tidy() {
  for (int i = count() - 1; i > 0; --i) {
    auto *tabs = static_cast<QTabWidget *>(widget(i));
    if (tabs->count() == 0) {
      if (m_activePane == tabs) {
        m_activePane = static_cast<QTabWidget *>(widget(0));
      }
      tabs->hide();
      tabs->setParent(nullptr);
      tabs->deleteLater();
    }
  }
  announce();
}

void ViewerArea::announce() {
  ViewerFrame *frame = active();
  if (frame != m_announced || frame == nullptr) {
    m_announced = frame;
    Q_EMIT activeChanged(frame);
  }
}

void ViewerArea::showStart() {
  m_activePane = static_cast<QTabWidget *>(widget(0));
  m_activePane->setCurrentWidget(m_start);
}

Json ViewerArea::state() const {
  Json panes = Json::array();
  for (int i = 0; i < count(); ++i) {
    const auto *tabs = static_cast<QTabWidget *>(widget(i));
    Json list = Json::array();
    for (int j = 0; j < tabs->count(); ++j) {
      if (const auto *frame = qobject_cast<ViewerFrame *>(tabs->widget(j))) {
        list.push_back(frame->state());
      }
    }
    panes.push_back({{"tabs", list}, {"current", tabs->currentIndex()}, {"width", sizes().value(i)}});
  }
  return {{"panes", panes}};
}

void ViewerArea::restore(const Json &state) {
  QList<int> widths;
  bool first = true;
  for (const auto &saved : state.value("panes", Json::array())) {
    QTabWidget *tabs = first ? static_cast<QTabWidget *>(widget(0)) : addPane();
    first = false;
    for (const auto &entry : saved.value("tabs", Json::array())) {
      m_activePane = tabs;
      Run *run = m_session.findRun(QString::fromStdString(entry.value("run", std::string())));
      const QString dataId = QString::fromStdString(entry.value("data", std::string()));
      ViewerFrame *frame = run != nullptr                          ? open(run, entry.value("artifact", std::string()))
                           : m_session.findData(dataId) != nullptr ? place(new ViewerFrame(m_session, dataId, entry.value("table", false)), false)
                                                                   : nullptr;
      if (frame != nullptr) {
        frame->viewer()->restore(entry.value("viewer", Json::object()));
      }
    }
    tabs->setCurrentIndex(std::min(saved.value("current", 0), tabs->count() - 1));
    widths << saved.value("width", 1);
  }
  setSizes(widths);
  tidy();
}

}  // namespace vitrine
