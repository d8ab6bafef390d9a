// The left panel: data sets, models and runs with what they made. Rename (F2), remove (Del), open (Enter), run again, use as data.
#pragma once

#include <QTreeWidget>

#include "app/gui/session.h"

namespace vitrine {

class Workspace : public QTreeWidget {
  Q_OBJECT
 public:
  explicit Workspace(Session &session, QWidget *parent = nullptr);
  void select(const QString &id);

 Q_SIGNALS:
  void artifactRequested(vitrine::Run *run, const std::string &artifact);
  void runAgainRequested(vitrine::Run *run);
  void studyRequested(const QString &study, const QString &dataId, const QString &modelId);
  void selectionGridRequested(const QString &dataId);
  void currentRunChanged(vitrine::Run *run);
  void failed(const QString &what, const QString &details);

 protected:
  void keyPressEvent(QKeyEvent *event) override;
  void contextMenuEvent(QContextMenuEvent *event) override;

 private:
  void refresh();
  void fillData(QTreeWidgetItem *section);
  void fillModels(QTreeWidgetItem *section);
  void fillRuns(QTreeWidgetItem *section);
  QTreeWidgetItem *section(const QString &title);
  void activate(QTreeWidgetItem *item);
  void removeItem(QTreeWidgetItem *item);
  QMenu *menuFor(QTreeWidgetItem *item);
  Session &m_session;
  bool m_filling = false;
};

}  // namespace vitrine
