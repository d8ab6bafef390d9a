// A run on its lane, seen from the thread that owns the Task. The worker never emits: it leaves mail and posts one event, so signals come from one thread only.
#include "widgets/task.h"

#include <algorithm>
#include <condition_variable>
#include <limits>
#include <mutex>
#include <new>

#include "widgets/format.h"

namespace vitrine {

namespace {

/// torch appends pages of stack to its messages: the first line is for people.
QString firstLine(const char *text) {
  const QString all = QString::fromUtf8(text).trimmed();
  const QString line = all.section(u'\n', 0, 0).trimmed();
  return line.isEmpty() ? QObject::tr("an error without a message") : line;
}

struct Outcome {
  Task::State state = Task::State::Done;
  QString error, details;
};

}  // namespace

struct Task::Mail {
  struct Progress {
    std::int64_t i = 0, n = 0;
    QString what;
  };
  struct Content {
    std::optional<Progress> progress;
    std::vector<Artifact> artifacts, frames;
    std::vector<QString> log;
    std::shared_ptr<NeighbourSource> neighbours;
    std::optional<Outcome> outcome;
    RunRecord record;
    bool began = false;
  };

  std::mutex mutex;
  std::condition_variable ended;
  Task *task = nullptr;  ///< null once the task is being deleted
  bool abandoned = false, running = false, posted = false;
  Content content;

  template <class Put>
  void put(Put fill) {
    const std::lock_guard lock(mutex);
    fill(content);
    if (!posted && task != nullptr) {
      posted = true;
      QMetaObject::invokeMethod(
          task, [target = task] { target->collect(); }, Qt::QueuedConnection);
    }
  }

  bool begin() {
    const std::lock_guard lock(mutex);
    running = !abandoned;
    return running;
  }
  void end() {
    const std::lock_guard lock(mutex);
    running = false;
    ended.notify_all();
  }
  Content take() {
    const std::lock_guard lock(mutex);
    posted = false;
    return std::exchange(content, {});
  }
};

namespace {

template <class Mail>
RunListener listenerFor(const std::shared_ptr<Mail> &mail) {
  RunListener listener;
  listener.progress = [mail](std::int64_t i, std::int64_t n, const std::string &what) {
    mail->put([&](auto &content) { content.progress = {i, n, QString::fromStdString(what)}; });
  };
  listener.artifact = [mail](const Artifact &artifact) {
    mail->put([&](auto &content) {
      auto &all = content.artifacts;
      const auto same = std::find_if(all.begin(), all.end(), [&](const Artifact &a) { return a.name == artifact.name; });
      same == all.end() ? all.push_back(artifact) : void(*same = artifact);
    });
  };
  listener.frame = [mail](const Artifact &frame) { mail->put([&](auto &content) { content.frames.push_back(frame); }); };
  listener.log = [mail](const std::string &line) { mail->put([&](auto &content) { content.log.push_back(QString::fromStdString(line)); }); };
  listener.neighbours = [mail](std::shared_ptr<NeighbourSource> source) { mail->put([&](auto &content) { content.neighbours = std::move(source); }); };
  return listener;
}

/// The window's one boundary where errors of a run are caught.
Outcome runStudy(const StudyInfo &study, const Json &parameters, RunContext &context, const RunControl &control) {
  const auto failed = [&](const QString &sentence, const QString &whole) {
    if (control.cancelled()) {  // torch and OpenCV answer a stop with errors of their own
      return Outcome{Task::State::Cancelled, {}, {}};
    }
    const RunInputs &in = context.inputs();
    const QString where = QStringLiteral("study: %1 (version %2)\nparameters: %3\nsamples: %4, device: %5, seed: %6, threads: %7\n\n%8")
                              .arg(QString::fromStdString(study.id))
                              .arg(study.version)
                              .arg(QString::fromStdString(parameters.dump()))
                              .arg(in.ids.size())
                              .arg(QString::fromStdString(in.device))
                              .arg(in.seed)
                              .arg(in.threads)
                              .arg(whole);
    return Outcome{Task::State::Failed, sentence, where};
  };
  try {
    study.run(parameters, context);
    return {};
  } catch (const Cancelled &) {
    context.flush();  // the last partial picture stays
    return {Task::State::Cancelled, {}, {}};
  } catch (const std::bad_alloc &) {
    return failed(QObject::tr("not enough memory for this run; take fewer samples (limit) or close other data sets"), QStringLiteral("std::bad_alloc"));
  } catch (const std::exception &error) {
    return failed(firstLine(error.what()), QString::fromUtf8(error.what()));
  } catch (...) {  // a worker thread has no one above it
    return failed(QObject::tr("an error of unknown kind"), QStringLiteral("not a std::exception"));
  }
}

}  // namespace

Task::Task(const StudyInfo &study, Json parameters, RunInputs inputs, QObject *parent)
    : QObject(parent),
      m_study(study),
      m_parameters(completed(study.params, parameters)),
      m_inputs(std::move(inputs)),
      m_control(std::make_shared<RunControl>()),
      m_mail(std::make_shared<Mail>()) {
  m_mail->task = this;
}

Task::~Task() {
  m_control->cancel();
  std::unique_lock lock(m_mail->mutex);
  m_mail->task = nullptr;
  m_mail->abandoned = true;
  m_mail->ended.wait(lock, [this] { return !m_mail->running; });
}

void Task::start(Lane &lane) {
  if (m_started || m_state != State::Waiting) {
    return;
  }
  m_started = true;
  connect(&lane, &Lane::closing, this, &Task::cancel);
  lane.post([study = m_study, parameters = m_parameters, inputs = m_inputs, control = m_control, mail = m_mail] {
    if (!mail->begin()) {
      return;
    }
    mail->put([](auto &content) { content.began = true; });
    Outcome outcome;
    RunRecord record;
    {
      RunContext context(inputs, control, listenerFor(mail));
      outcome = runStudy(study, parameters, context, *control);
      record = context.results();
    }
    mail->put([&](auto &content) {
      content.outcome = outcome;
      content.record = record;
    });
    mail->end();
  });
}

void Task::cancel() {
  if (finished()) {
    return;
  }
  m_control->cancel();
  bool waiting = false;
  {
    const std::lock_guard lock(m_mail->mutex);
    waiting = !m_mail->running && m_state == State::Waiting && !m_mail->content.outcome;
    m_mail->abandoned = m_mail->abandoned || waiting;
  }
  if (waiting) {
    setState(State::Cancelled);
  } else {
    m_what = tr("stopping");
    Q_EMIT progressChanged();
  }
}

void Task::setPaused(bool paused) {
  if ((paused && m_state != State::Running) || (!paused && m_state != State::Paused)) {
    return;
  }
  m_control->setPaused(paused);
  m_stageFrom = m_fraction;  // the time of the pause says nothing about the time left
  m_stageClock.restart();
  setState(paused ? State::Paused : State::Running);
}

void Task::setLive(const std::string &name, const Json &value) {
  const ParamSpec *spec = m_study.param(name);
  if (spec == nullptr || !spec->isLive) {
    throw InputError(m_study.title, "parameter " + name + " cannot change while the study runs", "run it again");
  }
  const Json checked = checkedValue(*spec, value);
  if (finished()) {
    throw InputError(m_study.title, "the run is over", "run it again");
  }
  m_parameters[name] = checked;
  m_control->setLive(name, checked);
}

void Task::act(Action action) {
  if (std::find(m_study.actions.begin(), m_study.actions.end(), action.name) == m_study.actions.end()) {
    throw InputError(m_study.title, "takes no action " + action.name + " while it runs");
  }
  m_control->act(std::move(action));
}

double Task::secondsElapsed() const {
  return finished() || !m_clock.isValid() ? m_seconds : static_cast<double>(m_clock.elapsed()) / 1000;
}

double Task::secondsLeft() const {
  const double unknown = std::numeric_limits<double>::quiet_NaN();
  if (m_state != State::Running || !m_stageClock.isValid()) {
    return unknown;
  }
  const double elapsed = static_cast<double>(m_stageClock.elapsed()) / 1000, gone = m_fraction - m_stageFrom;
  return elapsed < 0.5 || gone < 0.02 ? unknown : elapsed * (1 - m_fraction) / gone;
}

void Task::setState(State state) {
  if (m_state == state || finished()) {
    return;
  }
  m_state = state;
  if (finished()) {
    m_seconds = m_clock.isValid() ? static_cast<double>(m_clock.elapsed()) / 1000 : 0;
  }
  Q_EMIT stateChanged();
}

void Task::collect() {
  const QPointer<Task> self(this);  // a slot may delete us between two signals
  const auto content = m_mail->take();
  if (content.began) {
    m_clock.start();
    setState(State::Running);
  }
  for (std::size_t i = 0; self && i < content.log.size(); ++i) {
    Q_EMIT logged(content.log[i]);
  }
  if (self && content.neighbours) {
    m_neighbours = content.neighbours;
    Q_EMIT neighboursChanged();
  }
  if (self && content.progress) {
    collectProgress(content.progress->i, content.progress->n, content.progress->what);
  }
  for (std::size_t i = 0; self && i < content.artifacts.size(); ++i) {
    const Artifact &artifact = content.artifacts[i];
    const auto same = std::find_if(m_artifacts.begin(), m_artifacts.end(), [&](const Artifact &a) { return a.name == artifact.name; });
    same == m_artifacts.end() ? m_artifacts.push_back(artifact) : void(*same = artifact);
    Q_EMIT artifactChanged(artifact);
  }
  for (std::size_t i = 0; self && i < content.frames.size(); ++i) {
    keepFrame(content.frames[i]);
  }
  if (self && content.outcome) {
    m_record = content.record;
    m_error = content.outcome->error;
    m_errorDetails = content.outcome->details;
    if (content.outcome->state == State::Done) {
      m_fraction = 1;
    }
    setState(content.outcome->state);
  }
}

void Task::collectProgress(std::int64_t i, std::int64_t n, const QString &what) {
  const double fraction = n > 0 ? std::clamp(static_cast<double>(i) / static_cast<double>(n), 0.0, 1.0) : 0;
  const bool newStage = what != m_stage || fraction < m_fraction;
  if (newStage) {
    m_stage = what;
    m_stageFrom = fraction;
    m_stageClock.restart();
  }
  const bool visible = newStage || static_cast<int>(fraction * 100) != static_cast<int>(m_fraction * 100);
  m_fraction = fraction;
  if (!m_control->cancelled()) {
    m_what = what;
  }
  if (visible) {
    Q_EMIT progressChanged();
  }
}

void Task::keepFrame(const Artifact &frame) {
  if (m_recordingFailed || m_frameCounts[frame.name]++ % m_frameStride != 0) {
    return;
  }
  const QPointer<Task> self(this);
  try {
    m_frames.add(frame);
  } catch (const std::exception &error) {
    m_recordingFailed = true;
    Q_EMIT logged(tr("The recording ended: %1. Make room in the folder for temporary files.").arg(QString::fromUtf8(error.what())));
    return;
  }
  if (m_frames.bytes() > m_frameBudget) {
    m_frames.thin();
    m_frameStride *= 2;
    Q_EMIT logged(tr("The recording filled its %1: one frame in %2 is kept.").arg(bytes(static_cast<double>(m_frameBudget))).arg(m_frameStride));
  }
  if (self) {
    Q_EMIT frameRecorded();
  }
}

}  // namespace vitrine
