// Rows of tasks, the newest on top.
#include "widgets/task_list.h"

#include <algorithm>

#include <QFrame>
#include <QScrollArea>
#include <QVBoxLayout>

#include "widgets/empty_state.h"
#include "widgets/task.h"
#include "widgets/task_row.h"

namespace vitrine {

TaskList::TaskList(QWidget *parent) : QWidget(parent) {
  auto *scroll = new QScrollArea(this);
  scroll->setWidgetResizable(true);
  scroll->setFocusPolicy(Qt::NoFocus);
  auto *content = new QWidget(scroll);
  content->setProperty("role", "panel");
  m_layout = new QVBoxLayout(content);
  m_layout->setContentsMargins(0, 4, 0, 4);
  m_layout->setSpacing(0);
  m_layout->setAlignment(Qt::AlignTop);
  m_empty = new EmptyState(QStringLiteral("study"), {}, tr("Running studies appear here."), content);
  m_layout->addWidget(m_empty);
  scroll->setWidget(content);
  auto *column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(scroll);
  setAccessibleName(tr("Tasks"));
}

void TaskList::add(Task *task, const QString &title, const QString &key) {
  auto *row = new TaskRow(task, title, key, m_layout->parentWidget());
  connect(row, &TaskRow::resultRequested, this, &TaskList::resultRequested);
  connect(row, &TaskRow::ended, this, [this] { Q_EMIT runningChanged(running()); });
  m_rows.insert(m_rows.begin(), row);
  m_layout->insertWidget(0, row);
  refresh();
}

void TaskList::rename(const QString &key, const QString &title) {
  for (TaskRow *row : m_rows) {
    if (row->key() == key) {
      row->setTitle(title);
    }
  }
}

void TaskList::remove(const QString &key) {
  for (TaskRow *row : m_rows) {
    if (row->key() == key) {
      row->hide();
      row->deleteLater();
    }
  }
  std::erase_if(m_rows, [&key](const TaskRow *row) { return row->key() == key; });
  refresh();
}

void TaskList::clearFinished() {
  for (TaskRow *row : m_rows) {
    if (row->finished()) {
      row->hide();
      row->deleteLater();
    }
  }
  std::erase_if(m_rows, [](const TaskRow *row) { return row->finished(); });
  refresh();
}

int TaskList::running() const {
  return static_cast<int>(std::count_if(m_rows.begin(), m_rows.end(), [](const TaskRow *row) { return !row->finished(); }));
}

void TaskList::refresh() {
  m_empty->setVisible(m_rows.empty());
  Q_EMIT runningChanged(running());
}

}  // namespace vitrine
