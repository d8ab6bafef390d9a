#include "app/gui/main_window.h"

#include <QApplication>
#include <QCloseEvent>
#include <QDockWidget>
#include <QMimeData>
#include <QSettings>
#include <QStatusBar>
#include <QStyleHints>
#include <QVBoxLayout>

#include "app/gui/dialogs/help_window.h"
#include "app/gui/dialogs/preferences.h"
#include "app/gui/dialogs/start_page.h"
#include "app/gui/run_panel.h"
#include "app/gui/workspace.h"
#include "core/error.h"
#include "viewers/attention/heat.h"
#include "widgets/banner.h"
#include "widgets/inspector.h"
#include "widgets/log_view.h"
#include "widgets/task_list.h"
#include "widgets/theme.h"
#include "widgets/thumbnail_cache.h"

namespace vitrine {

MainWindow::MainWindow(QWidget *parent) : QMainWindow(parent) {
  setObjectName(QStringLiteral("mainWindow"));
  setAcceptDrops(true);
  setDockNestingEnabled(true);
  buildCentre();
  buildDocks();
  connectParts();
  addFileActions();
  addEditActions();
  addViewActions();
  addComputeActions();
  addHelpActions();
  resize(1360, 860);
  const QSettings settings(settingsFile(), QSettings::IniFormat);
  restoreGeometry(settings.value(QStringLiteral("window/geometry")).toByteArray());
  restoreState(settings.value(QStringLiteral("window/state")).toByteArray());
  m_start->setRecent(m_documents->recent());
  fillRecentMenu(m_documents->recent());
  setWindowTitle(m_documents->title());
}

MainWindow::~MainWindow() {
  m_session.clear();  // runs stop and views let go before the parts they use die
}

void MainWindow::buildCentre() {
  auto *centre = new QWidget(this);
  auto *column = new QVBoxLayout(centre);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  m_banner = new Banner(centre);
  m_start = new StartPage(centre);
  m_area = new ViewerArea(m_session, m_start, centre);
  column->addWidget(m_banner);
  column->addWidget(m_area, 1);
  setCentralWidget(centre);
  m_documents = new Documents(m_session, *m_area, this);
  m_outputs = new Outputs(m_session, *m_area, this);
}

QDockWidget *MainWindow::dock(const QString &name, const QString &title, QWidget *content, Qt::DockWidgetArea area) {
  auto *result = new QDockWidget(title, this);
  result->setObjectName(name);
  result->setWidget(content);
  addDockWidget(area, result);
  return result;
}

void MainWindow::buildDocks() {
  m_workspace = new Workspace(m_session);
  m_inspector = new Inspector(m_session.interactive(), new ThumbnailCache(nullptr, std::size_t{64} << 20, this));
  m_runPanel = new RunPanel(m_session);
  m_tasks = new TaskList;
  m_log = new LogView;
  QDockWidget *left = dock(QStringLiteral("workspace"), tr("Workspace"), m_workspace, Qt::LeftDockWidgetArea);
  QDockWidget *run = dock(QStringLiteral("run"), tr("Run"), m_runPanel, Qt::LeftDockWidgetArea);
  QDockWidget *right = dock(QStringLiteral("inspector"), tr("Inspector"), m_inspector, Qt::RightDockWidgetArea);
  QDockWidget *tasks = dock(QStringLiteral("tasks"), tr("Tasks"), m_tasks, Qt::BottomDockWidgetArea);
  QDockWidget *log = dock(QStringLiteral("log"), tr("Log"), m_log, Qt::BottomDockWidgetArea);
  tabifyDockWidget(tasks, log);
  tasks->raise();
  setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
  setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
  resizeDocks({left, right}, {270, 270}, Qt::Horizontal);
  resizeDocks({left, run}, {300, 460}, Qt::Vertical);
  resizeDocks({tasks}, {110}, Qt::Vertical);
}

void MainWindow::connectParts() {
  connect(&m_session, &Session::failed, this, &MainWindow::showError);
  connect(&m_session, &Session::logged, this, &MainWindow::say);
  connect(&m_session, &Session::runAdded, this, &MainWindow::runStarted);
  connect(&m_session, &Session::runRemoved, this, [this](const QString &id) { m_tasks->remove(id); });
  connect(&m_session, &Session::runChanged, this, [this](Run *run) { m_tasks->rename(run->id, run->name); });
  connect(m_documents, &Documents::failed, this, &MainWindow::showError);
  connect(m_documents, &Documents::said, this, &MainWindow::say);
  connect(m_documents, &Documents::titleChanged, this, [this] { setWindowTitle(m_documents->title()); });
  connect(m_documents, &Documents::recentChanged, m_start, &StartPage::setRecent);
  connect(m_documents, &Documents::recentChanged, this, &MainWindow::fillRecentMenu);
  connect(m_outputs, &Outputs::failed, this, &MainWindow::showError);
  connect(m_outputs, &Outputs::said, this, &MainWindow::say);
  connect(m_area, &ViewerArea::activeChanged, this, &MainWindow::activeViewChanged);
  connect(m_area, &ViewerArea::screenshotRequested, m_outputs, &Outputs::screenshot);
  connect(m_area, &ViewerArea::copyRequested, m_outputs, &Outputs::copyPicture);
  connect(m_area, &ViewerArea::branchRequested, m_runPanel, &RunPanel::branch);
  connect(m_area, &ViewerArea::exportRequested, m_outputs, &Outputs::exportData);
  connect(m_start, &StartPage::demoRequested, this, &MainWindow::demo);
  connect(m_start, &StartPage::workshopRequested, this, &MainWindow::workshopDemo);
  connect(m_start, &StartPage::openRequested, m_documents, &Documents::chooseFiles);
  connect(m_start, &StartPage::openFolderRequested, m_documents, &Documents::chooseFolder);
  connect(m_start, &StartPage::recentRequested, this, [this](const QString &path) { openPaths({path}); });
  connect(m_start, &StartPage::recentRemoved, m_documents, &Documents::forget);
  connect(m_start, &StartPage::studyRequested, this, [this](const QString &id) { prepareStudy(id, {}, {}); });
  connect(m_start, &StartPage::helpRequested, this, &MainWindow::showHelp);
  connect(m_workspace, &Workspace::artifactRequested, m_area, [this](Run *run, const std::string &name) { m_area->open(run, name); });
  connect(m_workspace, &Workspace::runAgainRequested, m_runPanel, qOverload<Run *>(&RunPanel::show));
  connect(m_workspace, &Workspace::currentRunChanged, m_runPanel, qOverload<Run *>(&RunPanel::show));
  connect(m_workspace, &Workspace::studyRequested, this, &MainWindow::prepareStudy);
  connect(m_workspace, &Workspace::selectionGridRequested, this, &MainWindow::showSamples);
  connect(m_workspace, &Workspace::failed, this, &MainWindow::showError);
  connect(m_runPanel, &RunPanel::failed, this, &MainWindow::showError);
  connect(m_tasks, &TaskList::resultRequested, this, [this](const QString &id) {
    if (Run *run = m_session.findRun(id); run != nullptr && !run->artifacts().empty()) {
      m_area->open(run, run->artifacts().front().name);
    }
  });
  connect(m_inspector, &Inspector::attentionClicked, this, [this] { prepareStudy(QStringLiteral("attention"), {}, {}); });
}

void MainWindow::prepareStudy(const QString &study, const QString &dataId, const QString &modelId) {
  if (dataId.isEmpty() && m_session.data().empty()) {
    m_session.openData(QStringLiteral("fashion-mnist"));
  }
  const StudyInfo &info = studies().find(study.toStdString());
  if ((info.needsModel || info.usesModel) && m_session.models().empty()) {
    m_session.openModel(QStringLiteral("vit-fashion"));
  }
  m_runPanel->prepare(study, dataId, modelId);
  if (auto *panel = findChild<QDockWidget *>(QStringLiteral("run"))) {
    panel->show();
    panel->raise();
  }
  m_runPanel->setFocus();
}

void MainWindow::showSamples(const QString &dataId) {
  const DataItem *item = m_session.findData(dataId);
  if (item == nullptr || !item->dataset) {
    return;
  }
  m_area->openData(dataId);
}

void MainWindow::openPaths(const QStringList &paths, bool ask) {
  m_documents->open(paths, ask);
}

void MainWindow::runStarted(Run *run) {
  if (run->task() == nullptr) {
    return;
  }
  m_tasks->add(run->task(), run->name, run->id);
  // The first thing that a run makes is shown as soon as it is there; the rest waits in the workspace.
  connect(run, &Run::artifactChanged, this, [this, run, shown = false](const Artifact &artifact) mutable {
    if (!std::exchange(shown, true)) {
      m_area->open(run, artifact.name);
    }
  });
}

void MainWindow::activeViewChanged(ViewerFrame *frame) {
  disconnect(m_currentLink);
  m_inspector->setAttentionPicture({}, {});
  const DataItem *item = frame != nullptr ? m_session.findData(frame->dataId()) : nullptr;
  if (item == nullptr || !item->dataset) {
    m_inspector->setContext(nullptr, nullptr);
    m_inspector->setNeighbours(nullptr);
    return;
  }
  m_inspector->setContext(item->dataset, item->selection.get());
  m_inspector->setNeighbours(frame->run() != nullptr ? frame->run()->neighbours : nullptr);
  m_currentLink = connect(item->selection.get(), &Selection::currentChanged, this, &MainWindow::currentSampleChanged);
  if (frame->run() != nullptr) {
    m_runPanel->show(frame->run());
    connect(frame->run(), &Run::neighboursChanged, m_inspector, [this, frame = QPointer<ViewerFrame>(frame)] {
      if (frame && frame == m_area->active() && frame->run() != nullptr) {
        m_inspector->setNeighbours(frame->run()->neighbours);
      }
    });
  }
  currentSampleChanged(item->selection->current());
}

void MainWindow::currentSampleChanged(SampleId id) {
  ViewerFrame *frame = m_area->active();
  const auto source = frame != nullptr ? frame->viewerContext().attention : nullptr;
  if (id < 0 || !source) {
    m_inspector->setAttentionPicture({}, {});
    return;
  }
  m_session.interactive()->ask(
      QStringLiteral("inspector-attention"), this,
      [source, id] {
        const AttentionMaps maps = source->attention(id);
        HeatChoice rollout;
        rollout.mode = HeatChoice::Mode::Rollout;
        const auto weights = patchWeights(maps, 0, rollout);
        const double top = weights.empty() ? 1.0 : static_cast<double>(*std::max_element(weights.begin(), weights.end()));
        return heatPicture(maps.images.front(), weights, maps.gridRows, maps.gridCols, top, 0.6, 6);
      },
      [this](const QImage &picture) { m_inspector->setAttentionPicture(picture, tr("attention rollout of CLS")); },
      [this](const QString &error) { say(error); });
}

void MainWindow::showError(const QString &what, const QString &details) {
  m_banner->show(Banner::Kind::Error, what, details.section(QLatin1Char('\n'), 0, 0), what + QStringLiteral("\n") + details);
  m_log->append(what + QStringLiteral(": ") + details);
}

QString MainWindow::bannerText() const {
  return m_banner->isHidden() ? QString() : m_banner->text();
}

void MainWindow::say(const QString &line) {
  m_log->append(line);
  statusBar()->showMessage(line, 8000);
}

void MainWindow::setDark(bool dark) {
  applyTheme(dark);
  setSetting(QStringLiteral("theme"), dark ? QStringLiteral("dark") : QStringLiteral("light"));
}

void MainWindow::closeEvent(QCloseEvent *event) {
  QSettings settings(settingsFile(), QSettings::IniFormat);
  settings.setValue(QStringLiteral("window/geometry"), saveGeometry());
  settings.setValue(QStringLiteral("window/state"), saveState());
  if (m_leaving) {
    event->accept();
    return;
  }
  event->ignore();
  m_documents->leave([this] {
    m_leaving = true;
    close();
  });
}

void MainWindow::dragEnterEvent(QDragEnterEvent *event) {
  event->mimeData()->hasUrls() ? event->acceptProposedAction() : event->ignore();
}

void MainWindow::dropEvent(QDropEvent *event) {
  QStringList paths;
  for (const QUrl &url : event->mimeData()->urls()) {
    if (url.isLocalFile()) {
      paths << url.toLocalFile();
    } else {
      showError(tr("Not opened"), tr("%1 is no local file; download it first").arg(url.toString()));
    }
  }
  event->acceptProposedAction();
  openPaths(paths);
}

}  // namespace vitrine
