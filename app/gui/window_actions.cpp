// The menus of the main window: every action has its place, a text and, where it is used often, a key.
#include <QDockWidget>
#include <QMenu>
#include <QMenuBar>
#include <QShortcut>

#include "app/gui/dialogs/about.h"
#include "app/gui/dialogs/help_window.h"
#include "app/gui/dialogs/preferences.h"
#include "app/gui/dialogs/start_page.h"
#include "app/gui/main_window.h"
#include "app/gui/run_panel.h"
#include "app/gui/versions.h"
#include "widgets/cheat_sheet.h"
#include "widgets/command_palette.h"
#include "widgets/theme.h"

namespace vitrine {

QAction *MainWindow::add(QMenu *menu, const QString &iconName, const QString &text, const QKeySequence &keys, std::function<void()> slot) {
  auto *action = new QAction(iconName.isEmpty() ? QIcon() : icon(iconName), text, this);
  action->setShortcut(keys);
  connect(action, &QAction::triggered, this, [slot = std::move(slot)] { slot(); });
  menu->addAction(action);
  addAction(action);
  return action;
}

void MainWindow::addFileActions() {
  QMenu *menu = menuBar()->addMenu(tr("&File"));
  add(menu, QStringLiteral("open"), tr("&Open..."), QKeySequence::Open, [this] { m_documents->chooseFiles(); });
  add(menu, QStringLiteral("folder"), tr("Open &folder of pictures..."), QKeySequence(tr("Ctrl+Shift+O")), [this] { m_documents->chooseFolder(); });
  add(menu, {}, tr("Open &project..."), {}, [this] { m_documents->chooseProject(); });
  add(menu, QStringLiteral("data"), tr("Open Fashion-&MNIST"), {}, [this] { m_session.openData(QStringLiteral("fashion-mnist")); });
  add(menu, QStringLiteral("model"), tr("Open the model &vit-fashion"), {}, [this] { m_session.openModel(QStringLiteral("vit-fashion")); });
  m_recentMenu = menu->addMenu(tr("Open &recent"));
  menu->addSeparator();
  add(menu, QStringLiteral("save"), tr("&Save project"), QKeySequence::Save, [this] { m_documents->save(); });
  add(menu, {}, tr("Save project &as..."), QKeySequence(tr("Ctrl+Shift+S")), [this] { m_documents->saveAs(); });
  menu->addSeparator();
  add(menu, QStringLiteral("camera"), tr("S&creenshot..."), QKeySequence(Qt::Key_F12), [this] { m_outputs->screenshot(); });
  add(menu, QStringLiteral("copy"), tr("Copy view as picture"), QKeySequence(tr("Ctrl+Shift+C")), [this] { m_outputs->copyPicture(); });
  add(menu, QStringLiteral("export"), tr("&Export data of the view..."), QKeySequence(tr("Ctrl+Shift+E")), [this] { m_outputs->exportData(); });
  add(menu, {}, tr("Export se&lection..."), {}, [this] { m_outputs->exportSelection(); });
  add(menu, QStringLiteral("film"), tr("Export run as fil&m..."), {}, [this] { m_outputs->exportFilm(); });
  menu->addSeparator();
  add(menu, {}, tr("&Quit"), QKeySequence::Quit, [this] { close(); });
}

void MainWindow::addEditActions() {
  QMenu *menu = menuBar()->addMenu(tr("&Edit"));
  QAction *undo = m_session.undo()->createUndoAction(this, tr("&Undo"));
  undo->setIcon(icon(QStringLiteral("undo")));
  undo->setShortcut(QKeySequence::Undo);
  QAction *redo = m_session.undo()->createRedoAction(this, tr("&Redo"));
  redo->setIcon(icon(QStringLiteral("redo")));
  redo->setShortcuts({QKeySequence(tr("Ctrl+Shift+Z")), QKeySequence(tr("Ctrl+Y"))});
  menu->addActions({undo, redo});
  menu->addSeparator();
  add(menu, {}, tr("&Clear selection"), QKeySequence(tr("Ctrl+D")), [this] {
    if (ViewerFrame *frame = m_area->active()) {
      frame->viewerContext().selection->clear();
    }
  });
  add(menu, QStringLiteral("image"), tr("Show selection as a &grid"), QKeySequence(tr("Ctrl+G")), [this] {
    if (ViewerFrame *frame = m_area->active()) {
      showSamples(frame->dataId());
    }
  });
  menu->addSeparator();
  add(menu, QStringLiteral("settings"), tr("&Settings..."), QKeySequence(tr("Ctrl+,")), [this] {
    auto *dialog = new Preferences(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &Preferences::changed, this, &MainWindow::applySettings);
    dialog->open();
  });
}

void MainWindow::addViewActions() {
  QMenu *menu = menuBar()->addMenu(tr("&View"));
  add(menu, {}, tr("&Start page"), QKeySequence(tr("Alt+Home")), [this] { m_area->showStart(); });
  add(menu, {}, tr("&Move view to the other side"), QKeySequence(tr("Ctrl+\\")), [this] { m_area->moveActiveBeside(); });
  add(menu, QStringLiteral("close"), tr("&Close view"), QKeySequence(tr("Ctrl+W")), [this] { m_area->closeActive(); });
  menu->addSeparator();
  for (auto *panel : findChildren<QDockWidget *>(QString(), Qt::FindDirectChildrenOnly)) {
    menu->addAction(panel->toggleViewAction());
  }
  menu->addSeparator();
  add(menu, {}, tr("&Light or dark"), QKeySequence(tr("Ctrl+Shift+L")), [this] { setDark(!theme().dark); });
  add(menu, {}, tr("&Full screen"), QKeySequence(Qt::Key_F11), [this] { setWindowState(windowState() ^ Qt::WindowFullScreen); });
}

void MainWindow::addComputeActions() {
  QMenu *menu = menuBar()->addMenu(tr("&Compute"));
  for (const StudyInfo &study : studies().all()) {
    QAction *action = add(menu, {}, QString::fromStdString(study.title) + QStringLiteral("..."), {},
                          [this, id = QString::fromStdString(study.id)] { prepareStudy(id, {}, {}); });
    action->setToolTip(QString::fromStdString(study.summary));
  }
  menu->addSeparator();
  add(menu, QStringLiteral("play"), tr("&Run with these settings"), QKeySequence(tr("Ctrl+R")), [this] { m_runPanel->start(); });
  const auto withLiveRun = [this](auto act) {
    for (const auto &run : m_session.runs()) {
      if (run->live() && run->task()->state() != Task::State::Waiting) {
        act(*run->task());
      }
    }
  };
  add(menu, QStringLiteral("pause"), tr("&Pause or go on"), QKeySequence(tr("Ctrl+P")),
      [withLiveRun] { withLiveRun([](Task &task) { task.setPaused(task.state() != Task::State::Paused); }); });
  add(menu, QStringLiteral("stop"), tr("&Stop the run"), QKeySequence(tr("Ctrl+.")), [withLiveRun] { withLiveRun([](Task &task) { task.cancel(); }); });
}

void MainWindow::addHelpActions() {
  QMenu *menu = menuBar()->addMenu(tr("&Help"));
  add(menu, QStringLiteral("help"), tr("&Help"), QKeySequence::HelpContents, [this] {
    const ViewerFrame *frame = m_area->active();  // what stands before the user's eyes
    showHelp(frame != nullptr && frame->isVisible() ? frame->helpPage() : QStringLiteral("getting-started"));
  });
  add(menu, {}, tr("&Keys"), QKeySequence(Qt::Key_H), [this] { showCheatSheet(); });
  add(menu, QStringLiteral("search"), tr("Command &palette..."), QKeySequence(tr("Ctrl+K")), [this] { showPalette(); });
  add(menu, {}, tr("The &demo: garments in a minute"), {}, [this] { demo(); });
  add(menu, {}, tr("The prototype &workshop: why a sneaker?"), {}, [this] { workshopDemo(); });
  menu->addSeparator();
  add(menu, QStringLiteral("info"), tr("&About Vitrine"), {}, [this] {
    auto *about = new About(versions(), this);
    about->setAttribute(Qt::WA_DeleteOnClose);
    about->open();
  });
}

void MainWindow::demo() {
  RunSetup setup;
  setup.study = QStringLiteral("tsne");
  setup.split = QStringLiteral("test");
  setup.limit = 5000;
  runWhenOpen(setup, QStringLiteral("fashion-mnist"), QStringLiteral("vit-fashion"));
}

void MainWindow::workshopDemo() {
  RunSetup setup;
  setup.study = QStringLiteral("prototype-net");
  setup.split = QStringLiteral("train");
  setup.limit = 10'000;
  setup.parameters = {{"epochs", 0}, {"compare", false}};
  runWhenOpen(setup, QStringLiteral("fashion-mnist"), QStringLiteral("prototypes-fashion"));
}

void MainWindow::runWhenOpen(RunSetup setup, const QString &source, const QString &model) {
  setup.data = m_session.openData(source);
  setup.model = m_session.openModel(model);
  auto *waiting = new QObject(this);  // both open in the background; the run starts with the later one
  const auto go = [this, waiting, setup] {
    const DataItem *dataItem = m_session.findData(setup.data);
    const ModelItem *modelItem = m_session.findModel(setup.model);
    if (dataItem == nullptr || modelItem == nullptr || !dataItem->error.isEmpty() || !modelItem->error.isEmpty()) {
      waiting->deleteLater();
    } else if (dataItem->dataset && modelItem->model) {
      waiting->deleteLater();
      m_runPanel->startSetup(setup);
    }
  };
  connect(&m_session, &Session::dataChanged, waiting, go);
  connect(&m_session, &Session::modelChanged, waiting, go);
  go();
}

void MainWindow::fillRecentMenu(const QStringList &paths) {
  m_recentMenu->clear();
  for (const QString &path : paths) {
    m_recentMenu->addAction(path, this, [this, path] { openPaths({path}); });
  }
  m_recentMenu->setEnabled(!paths.isEmpty());
}

void MainWindow::showHelp(const QString &page) {
  if (m_help == nullptr) {
    m_help = new HelpWindow(this);
    m_help->setWindowFlag(Qt::Window);
    m_help->resize(980, 720);
  }
  m_help->open(page);
  m_help->show();
  m_help->raise();
  m_help->activateWindow();
}

void MainWindow::showCheatSheet() {
  std::vector<CheatGroup> groups;
  for (QAction *top : menuBar()->actions()) {
    groups.push_back(cheatGroup(top->text().remove(QLatin1Char('&')), top->menu()->actions()));
  }
  if (ViewerFrame *frame = m_area->active()) {
    groups.push_back(cheatGroup(tr("This view"), frame->viewer()->tools()));
  }
  std::erase_if(groups, [](const CheatGroup &group) { return group.lines.empty(); });
  groups.push_back({tr("Mouse in a map"),
                    {{tr("Drag"), tr("move (2D), turn (3D)")},
                     {tr("Wheel"), tr("zoom to the cursor")},
                     {tr("Click"), tr("select a sample")},
                     {tr("Shift"), tr("add to the selection")},
                     {tr("Ctrl"), tr("take from the selection")},
                     {tr("Shift+Ctrl"), tr("keep what is in both")}}});
  (new CheatSheet(this))->popUp(groups);
}

void MainWindow::showPalette() {
  QList<std::pair<QString, QList<QAction *>>> groups;
  for (QAction *top : menuBar()->actions()) {
    groups << std::pair(top->text().remove(QLatin1Char('&')), top->menu()->actions());
  }
  if (ViewerFrame *frame = m_area->active()) {
    groups << std::pair(tr("This view"), frame->viewer()->tools());
  }
  std::vector<PaletteEntry> entries;
  for (const auto &run : m_session.runs()) {
    for (const Artifact &artifact : run->artifacts()) {
      entries.push_back(
          {QStringLiteral("%1 - %2").arg(run->name, QString::fromStdString(artifact.name)), tr("Result"), {}, {}, [this, key = run->id, name = artifact.name] {
             if (Run *found = m_session.findRun(key)) {
               m_area->open(found, name);
             }
           }});
    }
  }
  auto *palette = new CommandPalette(this);
  palette->setAttribute(Qt::WA_DeleteOnClose);
  palette->setCommands(groups, std::move(entries));
  palette->popUp();
}

void MainWindow::applySettings() {
  applyHabits();
  if (theme().dark != darkWanted()) {
    applyTheme(darkWanted());
  }
}

}  // namespace vitrine
