// One task in the list: running with its buttons, then a quiet line with time and result.
#pragma once

#include <QPointer>
#include <QTimer>
#include <QWidget>

class QLabel;
class QProgressBar;
class QPushButton;
class QToolButton;

namespace vitrine {

class IconLabel;
class Task;

class TaskRow : public QWidget {
  Q_OBJECT
 public:
  TaskRow(Task *task, const QString &title, const QString &key, QWidget *parent);

  const QString &key() const { return m_key; }
  bool finished() const { return m_finished; }
  void setTitle(const QString &title);

 Q_SIGNALS:
  void resultRequested(const QString &key);
  void ended();

 private:
  void build();
  void refresh();
  void showRunning();
  void showFinished();
  QPointer<Task> m_task;
  QString m_key, m_details;
  bool m_finished = false;
  QTimer m_tick;  ///< the time left moves on between two steps
  IconLabel *m_icon;
  QLabel *m_title, *m_what, *m_time, *m_error;
  QProgressBar *m_bar;
  QToolButton *m_pause, *m_cancel;
  QPushButton *m_result, *m_copy;
};

}  // namespace vitrine
