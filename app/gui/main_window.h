// The window: composes docks, viewers and actions. Knows no study and computes nothing.
#pragma once

#include <QMainWindow>

#include "app/gui/documents.h"
#include "app/gui/outputs.h"

class QDockWidget;
class QLabel;

namespace vitrine {

class Banner;
class CheatSheet;
class CommandPalette;
class HelpWindow;
class Inspector;
class LogView;
class RunPanel;
class StartPage;
class TaskList;
class Workspace;

class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  explicit MainWindow(QWidget *parent = nullptr);
  ~MainWindow() override;

  /// The garments: opens Fashion-MNIST and vit-fashion and maps the embeddings of 5,000 test pictures.
  void demo();
  /// A network of prototypes that was trained before, judged on Fashion-MNIST's test pictures.
  void workshopDemo();
  void openPaths(const QStringList &paths, bool ask = true);
  void showHelp(const QString &page);
  void setDark(bool dark);

  Session &session() { return m_session; }
  ViewerArea &area() { return *m_area; }
  Outputs &outputs() { return *m_outputs; }
  Documents &documents() { return *m_documents; }
  RunPanel &runPanel() { return *m_runPanel; }
  QString bannerText() const;  ///< empty when no banner is up

 protected:
  void closeEvent(QCloseEvent *event) override;
  void dragEnterEvent(QDragEnterEvent *event) override;
  void dropEvent(QDropEvent *event) override;

 private:
  void buildCentre();
  void buildDocks();
  void connectParts();
  void addFileActions();
  void addEditActions();
  void addViewActions();
  void addComputeActions();
  void addHelpActions();
  QAction *add(QMenu *menu, const QString &iconName, const QString &text, const QKeySequence &keys, std::function<void()> slot);
  QDockWidget *dock(const QString &name, const QString &title, QWidget *content, Qt::DockWidgetArea area);
  void activeViewChanged(ViewerFrame *frame);
  void prepareStudy(const QString &study, const QString &dataId, const QString &modelId);
  void showSamples(const QString &dataId);
  void runWhenOpen(RunSetup setup, const QString &source, const QString &model);
  void runStarted(Run *run);
  void currentSampleChanged(SampleId id);
  void showError(const QString &what, const QString &details);
  void say(const QString &line);
  void applySettings();
  void showPalette();
  void showCheatSheet();
  void fillRecentMenu(const QStringList &paths);

  Session m_session;
  ViewerArea *m_area = nullptr;
  StartPage *m_start = nullptr;
  Banner *m_banner = nullptr;
  Workspace *m_workspace = nullptr;
  Inspector *m_inspector = nullptr;
  RunPanel *m_runPanel = nullptr;
  TaskList *m_tasks = nullptr;
  LogView *m_log = nullptr;
  Documents *m_documents = nullptr;
  Outputs *m_outputs = nullptr;
  HelpWindow *m_help = nullptr;
  QMenu *m_recentMenu = nullptr;
  QMetaObject::Connection m_currentLink;
  bool m_leaving = false;
};

}  // namespace vitrine
