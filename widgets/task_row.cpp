// How far a task is, in words, in a bar and in time.
#include "widgets/task_row.h"

#include <cmath>

#include <QClipboard>
#include <QGridLayout>
#include <QGuiApplication>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QToolButton>

#include "widgets/format.h"
#include "widgets/icon_label.h"
#include "widgets/task.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

QToolButton *iconButton(const QString &name, const QString &what, QWidget *parent) {
  auto *button = new QToolButton(parent);
  button->setIcon(icon(name));
  button->setToolTip(what);
  button->setAccessibleName(what);
  button->setFocusPolicy(Qt::StrongFocus);
  return button;
}

}  // namespace

TaskRow::TaskRow(Task *task, const QString &title, const QString &key, QWidget *parent)
    : QWidget(parent),
      m_task(task),
      m_key(key),
      m_icon(new IconLabel(QStringLiteral("play"), 16, IconLabel::Tone::Accent, this)),
      m_title(new QLabel(this)),
      m_what(new QLabel(this)),
      m_time(new QLabel(this)),
      m_error(new QLabel(this)),
      m_bar(new QProgressBar(this)),
      m_pause(iconButton(QStringLiteral("pause"), tr("Pause"), this)),
      m_cancel(iconButton(QStringLiteral("stop"), tr("Stop"), this)),
      m_result(new QPushButton(tr("Show result"), this)),
      m_copy(new QPushButton(tr("Copy details"), this)) {
  build();
  setTitle(title);
  connect(task, &Task::stateChanged, this, &TaskRow::refresh);
  connect(task, &Task::progressChanged, this, &TaskRow::refresh);
  connect(task, &QObject::destroyed, this, [this] {
    if (!m_finished) {  // deleted in mid-run: nothing more will come
      m_finished = true;
      m_tick.stop();
      m_icon->setIcon(QStringLiteral("close"), IconLabel::Tone::Secondary);
      m_what->setText(tr("removed"));
      showFinished();
      Q_EMIT ended();
    }
  });
  connect(m_pause, &QToolButton::clicked, this, [this] {
    if (m_task) {
      m_task->setPaused(m_task->state() != Task::State::Paused);
    }
  });
  connect(m_cancel, &QToolButton::clicked, this, [this] {
    if (m_task) {
      m_cancel->setEnabled(false);
      m_task->cancel();
    }
  });
  connect(m_result, &QPushButton::clicked, this, [this] { Q_EMIT resultRequested(m_key); });
  connect(m_copy, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(m_details); });
  connect(&m_tick, &QTimer::timeout, this, &TaskRow::refresh);
  m_tick.start(500);
  refresh();
}

void TaskRow::build() {
  m_what->setProperty("role", "secondary");
  m_what->setTextFormat(Qt::PlainText);
  m_what->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  m_time->setProperty("role", "secondary");
  m_error->setProperty("role", "error");
  m_error->setTextFormat(Qt::PlainText);
  m_error->setTextInteractionFlags(Qt::TextSelectableByMouse);
  m_error->setWordWrap(true);
  m_error->hide();
  m_bar->setTextVisible(false);
  m_bar->setAccessibleName(tr("Progress"));
  for (auto *button : {m_result, m_copy}) {
    button->setProperty("flat", true);
    button->hide();
  }
  auto *grid = new QGridLayout(this);
  grid->setContentsMargins(12, 6, 8, 6);
  grid->setHorizontalSpacing(8);
  grid->setVerticalSpacing(4);
  grid->addWidget(m_icon, 0, 0);
  grid->addWidget(m_title, 0, 1);
  grid->addWidget(m_what, 0, 2);
  grid->addWidget(m_time, 0, 3);
  grid->addWidget(m_result, 0, 4);
  grid->addWidget(m_copy, 0, 5);
  grid->addWidget(m_pause, 0, 6);
  grid->addWidget(m_cancel, 0, 7);
  grid->addWidget(m_bar, 1, 1, 1, 7);
  grid->addWidget(m_error, 2, 1, 1, 7);
  grid->setColumnStretch(2, 1);
}

void TaskRow::setTitle(const QString &title) {
  m_title->setText(title);
  m_pause->setAccessibleName(tr("Pause or resume %1").arg(title));
  m_cancel->setAccessibleName(tr("Stop %1").arg(title));
  m_result->setAccessibleName(tr("Show the result of %1").arg(title));
}

void TaskRow::refresh() {
  if (m_finished || !m_task) {
    return;
  }
  if (!m_task->finished()) {
    showRunning();
    return;
  }
  m_finished = true;
  m_tick.stop();
  const QString time = duration(m_task->secondsElapsed());
  switch (m_task->state()) {
    case Task::State::Failed:
      m_icon->setIcon(QStringLiteral("error"), IconLabel::Tone::Error);
      m_what->setText({});
      m_error->setText(m_task->error());
      m_error->show();
      m_details = m_task->errorDetails();
      m_time->setText(tr("failed after %1").arg(time));
      break;
    case Task::State::Cancelled:
      m_icon->setIcon(QStringLiteral("stop"), IconLabel::Tone::Secondary);
      m_what->setText({});
      m_time->setText(m_task->secondsElapsed() > 0 ? tr("stopped after %1").arg(time) : tr("taken from the queue"));
      break;
    default:
      m_icon->setIcon(QStringLiteral("done"), IconLabel::Tone::Secondary);
      m_what->setText({});
      m_time->setText(tr("done in %1").arg(time));
  }
  m_result->setVisible(!m_key.isEmpty() && !m_task->artifacts().empty());
  m_copy->setVisible(!m_details.isEmpty());
  showFinished();
  Q_EMIT ended();
}

void TaskRow::showRunning() {
  const Task::State state = m_task->state();
  const bool paused = state == Task::State::Paused, waiting = state == Task::State::Waiting;
  m_icon->setIcon(paused    ? QStringLiteral("pause")
                  : waiting ? QStringLiteral("more")
                            : QStringLiteral("play"),
                  paused || waiting ? IconLabel::Tone::Secondary : IconLabel::Tone::Accent);
  m_pause->setIcon(icon(paused ? QStringLiteral("play") : QStringLiteral("pause")));
  m_pause->setToolTip(paused ? tr("Resume") : tr("Pause"));
  m_pause->setEnabled(!waiting);
  m_bar->setRange(0, 1000);
  m_bar->setValue(static_cast<int>(m_task->fraction() * 1000));
  m_what->setText(waiting ? tr("waits for its turn") : paused ? tr("paused: %1").arg(m_task->what()) : m_task->what());
  const double left = m_task->secondsLeft();
  const QString gone = duration(m_task->secondsElapsed());
  m_time->setText(waiting ? QString() : std::isnan(left) ? gone : tr("%1, about %2 left").arg(gone, duration(left)));
}

void TaskRow::showFinished() {
  m_bar->hide();
  m_pause->hide();
  m_cancel->hide();
}

}  // namespace vitrine
