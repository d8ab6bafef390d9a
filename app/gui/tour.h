// The tour: the window's own actions, one after the other, with a picture of each view. What ./dev run shows where there is no display.
#pragma once

#include <functional>
#include <vector>

#include <QElapsedTimer>
#include <QTimer>

#include "app/gui/main_window.h"

namespace vitrine {

class Tour : public QObject {
  Q_OBJECT
 public:
  /// Pictures and a film go to `folder` (made if missing). Emits finished(0), or finished(1) after the first thing that failed.
  Tour(MainWindow &window, const QString &folder, QObject *parent = nullptr);
  void start();

 Q_SIGNALS:
  void said(const QString &line);
  void finished(int exitCode);

 private:
  struct Step {
    QString what;
    std::function<void()> act;
    std::function<bool()> ready;  ///< asked ten times a second; the next step begins when it says so
  };
  void addMapSteps();
  void addOtherSteps();
  void addMoreMaps();
  void addClosingSteps();
  void tick();
  void runStudy(const QString &study, const Json &parameters, const QString &split, qint64 limit, bool withModel);
  bool lastRunEnded() const;
  Run *lastRun() const;
  ViewerFrame *frameOf(const std::string &kind) const;
  void shotWindow(const QString &name);
  void shotView(const std::string &kind, const QString &name, QSize size = {1600, 1000});
  MainWindow &m_window;
  QString m_folder;
  std::vector<Step> m_steps;
  std::size_t m_at = 0;
  bool m_acted = false;
  bool m_filmDone = false;
  QTimer m_timer;
  QElapsedTimer m_clock;
};

}  // namespace vitrine
