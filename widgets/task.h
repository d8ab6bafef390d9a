// One run of a study on a worker thread, seen from the GUI thread; and the lanes that tasks and clicks run on.
#pragma once

#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <type_traits>

#include <QElapsedTimer>
#include <QObject>
#include <QPointer>
#include <QString>

#include "core/study.h"
#include "widgets/recording.h"

namespace vitrine {

class Lane;

class Task : public QObject {
  Q_OBJECT
 public:
  enum class State { Waiting, Running, Paused, Done, Failed, Cancelled };
  Q_ENUM(State)

  Task(const StudyInfo &study, Json parameters, RunInputs inputs, QObject *parent = nullptr);
  ~Task() override;  ///< asks to stop and waits

  void start(Lane &lane);       ///< once; the lane must outlive the task or be deleted from the same thread
  void cancel();                ///< a waiting task ends at once, a running one at its next step
  void setPaused(bool paused);  ///< only while running
  /// A live parameter; refused (InputError) if it is not live or out of range.
  void setLive(const std::string &name, const Json &value);
  /// Something done by hand; ignored once the run has ended. Throws InputError if the study does not take it.
  void act(Action action);

  const StudyInfo &study() const { return m_study; }
  const Json &parameters() const { return m_parameters; }  ///< complete; live changes included
  const RunInputs &inputs() const { return m_inputs; }
  State state() const { return m_state; }
  bool finished() const { return m_state == State::Done || m_state == State::Failed || m_state == State::Cancelled; }
  double fraction() const { return m_fraction; }
  QString what() const { return m_what; }
  double secondsElapsed() const;             ///< pauses included
  double secondsLeft() const;                ///< of the stage, NaN until known
  QString error() const { return m_error; }  ///< one sentence
  QString errorDetails() const { return m_errorDetails; }
  const std::vector<Artifact> &artifacts() const { return m_artifacts; }  ///< newest of each name
  const RunRecord &record() const { return m_record; }                    ///< after the end
  std::shared_ptr<NeighbourSource> neighbours() const { return m_neighbours; }
  /// What record() gave, in order. Above the budget every second frame of each name is let go, and fewer are kept from then on; logged() says so.
  const Recording &frames() const { return m_frames; }
  void setFrameBudget(std::size_t bytes) { m_frameBudget = bytes; }  ///< 1 GiB on disk unless said

 Q_SIGNALS:
  void stateChanged();
  void progressChanged();
  void artifactChanged(const vitrine::Artifact &artifact);
  void neighboursChanged();
  void frameRecorded();
  void logged(const QString &line);

 private:
  struct Mail;  ///< what the worker leaves for the task; shared by both
  void collect();
  void collectProgress(std::int64_t i, std::int64_t n, const QString &what);
  void keepFrame(const Artifact &frame);
  void setState(State state);
  StudyInfo m_study;
  Json m_parameters;
  RunInputs m_inputs;
  std::shared_ptr<RunControl> m_control;
  std::shared_ptr<Mail> m_mail;
  State m_state = State::Waiting;
  bool m_started = false;
  double m_fraction = 0, m_stageFrom = 0, m_seconds = 0;
  QString m_what, m_stage, m_error, m_errorDetails;
  QElapsedTimer m_clock, m_stageClock;
  std::vector<Artifact> m_artifacts;
  Recording m_frames;
  bool m_recordingFailed = false;
  std::map<std::string, std::int64_t> m_frameCounts;  ///< recorded of each name, kept or not
  std::size_t m_frameBudget = std::size_t{1} << 30;
  std::int64_t m_frameStride = 1;
  RunRecord m_record;
  std::shared_ptr<NeighbourSource> m_neighbours;
};

/// A worker thread with a queue. The long lane runs tasks in order; the interactive lane answers clicks, newest request of a key wins.
class Lane : public QObject {
  Q_OBJECT
 public:
  explicit Lane(const QString &name, QObject *parent = nullptr);
  ~Lane() override;  ///< drops what waits, waits for what runs

  /// Runs `work` on the lane; it must not throw. A waiting job of the same non-empty key is dropped.
  void post(std::function<void()> work, const QString &key = {});

  /// Runs `work` on the lane and hands its result to `done` on the lane's own thread (the GUI's, where `receiver` must live too), unless a newer
  /// request of the non-empty key came or `receiver` is gone. An exception goes to `failed` as text. Keys are shared by all who use the lane.
  template <class Work, class Done>
  void ask(const QString &key, QObject *receiver, Work work, Done done, std::function<void(QString)> failed = {});

 Q_SIGNALS:
  void closing();  ///< the lane is about to be deleted: whoever has a long job on it stops that now

 private:
  struct Impl;
  std::uint64_t newRequest(const QString &key);
  /// From the lane's thread: runs `reply` on the thread of this object if `request` is still the key's newest and `receiver` lives.
  static void deliver(const std::shared_ptr<Impl> &impl, const QString &key, std::uint64_t request, const QPointer<QObject> &receiver,
                      std::function<void()> reply);
  std::shared_ptr<Impl> m_impl;
};

template <class Work, class Done>
void Lane::ask(const QString &key, QObject *receiver, Work work, Done done, std::function<void(QString)> failed) {
  const auto request = newRequest(key);
  post(
      [impl = m_impl, key, request, target = QPointer<QObject>(receiver), work = std::move(work), done = std::move(done),
       failed = std::move(failed)]() mutable {
        using Result = std::invoke_result_t<Work &>;
        try {
          if constexpr (std::is_void_v<Result>) {
            work();
            deliver(impl, key, request, target, std::move(done));
          } else {
            auto result = std::make_shared<Result>(work());
            deliver(impl, key, request, target, [done = std::move(done), result]() mutable { done(std::move(*result)); });
          }
        } catch (const std::exception &error) {
          if (failed) {
            deliver(impl, key, request, target, [failed = std::move(failed), text = QString::fromUtf8(error.what())] { failed(text); });
          }
        } catch (const Cancelled &) {  // whoever cancelled waits for no answer
        }
      },
      key);
}

}  // namespace vitrine

Q_DECLARE_METATYPE(vitrine::Artifact)
