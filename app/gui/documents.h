// What is on disk: opening files, folders and projects, saving, the recent list, and the question before something is lost.
#pragma once

#include "app/gui/project.h"
#include "app/gui/viewer_area.h"

namespace vitrine {

class Documents : public QObject {
  Q_OBJECT
 public:
  Documents(Session &session, ViewerArea &area, QWidget *window);

  /// Files, folders, projects, built-in names. A table asks first how its columns are meant (`ask` false: decided by itself).
  void open(const QStringList &paths, bool ask = true);
  void openProject(const QString &folder);
  void chooseFiles();
  void chooseFolder();
  void chooseProject();
  void save();
  void saveAs();
  void saveTo(const QString &folder);
  /// Asks if something would be lost; calls `go` when it may go on.
  void leave(const std::function<void()> &go);

  QStringList recent() const;
  void forget(const QString &path);
  QString title() const;  ///< of the window
  bool saving() const { return m_saving; }

 Q_SIGNALS:
  void recentChanged(const QStringList &paths);
  void titleChanged();
  void said(const QString &line);
  void failed(const QString &what, const QString &details);
  void projectOpened();

 private:
  void remember(const QString &path);
  void importTable(const QString &path);
  void showOnceOpen(const QString &dataId);
  Session &m_session;
  ViewerArea &m_area;
  QWidget *m_window;
  QString m_folder;
  Json m_json = Json::object();
  std::function<void()> m_afterSave;
  bool m_saving = false;
};

}  // namespace vitrine
