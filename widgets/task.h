// One run of a study on a worker thread, seen from the GUI thread; and the lanes that tasks and clicks run on.
#pragma once

#include <deque>
#include <functional>
#include <memory>

#include <QElapsedTimer>
#include <QObject>
#include <QString>

#include "core/study.h"

namespace vitrine {

class Lane;

class Task : public QObject {
  Q_OBJECT
 public:
  enum class State { Waiting, Running, Paused, Done, Failed, Cancelled };
  Q_ENUM(State)

  Task(const StudyInfo &study, Json parameters, RunInputs inputs, QObject *parent = nullptr);
  ~Task() override;  ///< asks to stop and waits

  void start(Lane &lane);
  void cancel();
  void setPaused(bool paused);
  /// A live parameter; refused (InputError) if it is not live or out of range.
  void setLive(const std::string &name, const Json &value);

  const StudyInfo &study() const { return m_study; }
  const Json &parameters() const { return m_parameters; }  ///< complete; live changes included
  const RunInputs &inputs() const { return m_inputs; }
  State state() const { return m_state; }
  bool finished() const { return m_state == State::Done || m_state == State::Failed || m_state == State::Cancelled; }
  double fraction() const { return m_fraction; }
  QString what() const { return m_what; }
  double secondsElapsed() const;               ///< pauses included
  double secondsLeft() const;                  ///< of the stage, NaN until known
  QString error() const { return m_error; }    ///< one sentence
  QString errorDetails() const { return m_errorDetails; }
  const std::vector<Artifact> &artifacts() const { return m_artifacts; }  ///< newest of each name
  const RunRecord &record() const { return m_record; }                    ///< after the end
  std::shared_ptr<NeighbourSource> neighbours() const { return m_neighbours; }
  const std::vector<Artifact> &frames() const { return m_frames; }        ///< what record() gave, in order

 Q_SIGNALS:
  void stateChanged();
  void progressChanged();
  void artifactChanged(const vitrine::Artifact &artifact);
  void neighboursChanged();
  void frameRecorded();
  void logged(const QString &line);

 private:
  struct Link;  ///< what the worker posts through; outlives neither side
  void setState(State state);
  StudyInfo m_study;
  Json m_parameters;
  RunInputs m_inputs;
  std::shared_ptr<RunControl> m_control;
  std::shared_ptr<Link> m_link;
  State m_state = State::Waiting;
  double m_fraction = 0;
  QString m_what, m_error, m_errorDetails;
  QElapsedTimer m_clock, m_stageClock;
  double m_seconds = 0;
  std::vector<Artifact> m_artifacts, m_frames;
  RunRecord m_record;
  std::shared_ptr<NeighbourSource> m_neighbours;
};

/// A worker thread with a queue. The long lane runs tasks in order; the interactive lane answers clicks, newest request of a key wins.
class Lane : public QObject {
  Q_OBJECT
 public:
  explicit Lane(const QString &name, QObject *parent = nullptr);
  ~Lane() override;  ///< drops what waits, waits for what runs

  /// Runs `work` on the lane. A waiting job of the same non-empty key is dropped.
  void post(std::function<void()> work, const QString &key = {});

  /// Runs `work` on the lane and hands its result to `done` on `receiver`'s thread, unless a newer request of the key came
  /// or `receiver` is gone. An exception goes to `failed` as text.
  template <class Work, class Done>
  void ask(const QString &key, QObject *receiver, Work work, Done done, std::function<void(QString)> failed = {});

 private:
  struct Impl;
  std::shared_ptr<Impl> m_impl;
};

}  // namespace vitrine

Q_DECLARE_METATYPE(vitrine::Artifact)
