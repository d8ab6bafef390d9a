// The tasks below the views: what each one does, how far it is, and the buttons that hold or stop it. Finished ones leave a line with a link to their result.
#pragma once

#include <vector>

#include <QWidget>

class QVBoxLayout;

namespace vitrine {

class EmptyState;
class Task;
class TaskRow;

class TaskList : public QWidget {
  Q_OBJECT
 public:
  explicit TaskList(QWidget *parent = nullptr);

  /// Follows the task to its end; the line stays when the task is deleted. `key` comes back with resultRequested ("" = no link).
  void add(Task *task, const QString &title, const QString &key = {});
  void rename(const QString &key, const QString &title);
  void remove(const QString &key);
  void clearFinished();
  int running() const;  ///< tasks that are not finished

 Q_SIGNALS:
  void resultRequested(const QString &key);
  void runningChanged(int count);

 private:
  void refresh();
  QVBoxLayout *m_layout;
  EmptyState *m_empty;
  std::vector<TaskRow *> m_rows;  ///< newest first
};

}  // namespace vitrine
