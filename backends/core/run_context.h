// All that a study sees of the world: inputs, progress with pause and cancel, live parameters, results.
#pragma once

#include <any>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>

#include "core/artifact.h"
#include "core/dataset.h"
#include "core/error.h"
#include "core/model.h"
#include "core/sources.h"

namespace vitrine {

struct RunInputs {
  std::shared_ptr<const Dataset> dataset;
  std::vector<SampleId> ids;  ///< the samples of the run, in order
  std::shared_ptr<Model> model;
  std::string device = "cpu";  ///< "cpu" or "cuda", already resolved
  std::uint64_t seed = 1;
  int threads = 2;
  std::filesystem::path outputDir;                ///< may be empty: then nothing but artifacts is kept
  bool recording = false;                         ///< keep record() frames
  std::shared_ptr<const Matrix> start = nullptr;  ///< positions to go on from, for studies that draw maps; null = their own start
};

/// Something done to a running study by hand. Which ones it takes stands in StudyInfo::actions:
/// "hold": samples go to `positions` (none = where they are) and stay there; "release": they are free again (no ids = all); "add": more samples of the data.
struct Action {
  std::string name;
  std::vector<SampleId> ids;
  Matrix positions = {};  ///< ids x dims, or empty
};

/// Held by whoever started the run; all functions from any thread.
class RunControl {
 public:
  void cancel();
  void setPaused(bool paused);
  bool paused() const;
  bool cancelled() const { return m_cancelled.load(std::memory_order_relaxed); }
  /// Hands a changed live parameter (already checked) to the run; the newest value of a name wins.
  void setLive(const std::string &name, const Json &value);
  /// Queues an action; a "hold" of the same samples as the last one that waits takes its place. A paused run takes it too.
  void act(Action action);

  void waitWhilePaused();             ///< for RunContext: until the run may go on or there is an action to take
  std::vector<Action> takeActions();  ///< for RunContext
  std::optional<Json> takeLive();     ///< for RunContext: changed names and values since the last call
  const std::atomic<bool> &stopFlag() const { return m_cancelled; }

 private:
  mutable std::mutex m_mutex;
  std::condition_variable m_wake;
  std::atomic<bool> m_cancelled{false};
  std::atomic<bool> m_hasLive{false};
  bool m_paused = false;
  Json m_live = Json::object();
  std::vector<Action> m_actions;
};

struct Check {
  std::string name;
  enum class Kind { Exact, Trend } kind = Kind::Exact;
  bool passed = false;
  double value = 0;
  std::string want;        ///< "<= 1e-5", "> baseline by 2 s.d."
  std::string provenance;  ///< V = verified here, M = measured here, R = reported by the paper
};

/// What a run leaves in its report beside the artifacts.
struct RunRecord {
  std::map<std::string, double> seconds, metrics;
  std::map<std::string, std::map<std::string, double>> baselines;
  std::vector<Check> checks;
  std::vector<std::string> log;
};

/// Where results go. Called on the run's thread (and no other).
struct RunListener {
  std::function<void(std::int64_t i, std::int64_t n, const std::string &what)> progress;
  std::function<void(const Artifact &)> artifact;  ///< at most 30 a second for each name, and always the last one
  std::function<void(const Artifact &)> frame;     ///< every record(), lossless
  std::function<void(const std::string &)> log;
  std::function<void(std::shared_ptr<NeighbourSource>)> neighbours;  ///< the original space of this run, for clicks
};

class RunContext {
 public:
  RunContext(RunInputs inputs, std::shared_ptr<RunControl> control, RunListener listener);

  // in
  const RunInputs &inputs() const { return m_inputs; }
  const Dataset &dataset() const;  ///< throws InputError if the run has none
  const std::vector<SampleId> &ids() const { return m_inputs.ids; }
  Ids sharedIds() const { return m_sharedIds; }
  /// The samples of the run from now on: those before and these ("add").
  void addIds(const std::vector<SampleId> &more);
  Model &model() const;  ///< throws InputError if the run has none
  const std::string &device() const { return m_inputs.device; }
  std::uint64_t seed() const { return m_inputs.seed; }
  int threads() const { return m_inputs.threads; }
  const std::filesystem::path &outputDir() const;  ///< made on first use; empty if the run keeps no files

  // on the way
  /// Progress (i of n, what is being done), pause and cancel in one. Throws Cancelled. Call it at least five times a second.
  void step(std::int64_t i, std::int64_t n, const std::string &what);
  /// Hands what was done by hand since the last call to `apply`, in order; true if there was anything. A study that declares actions calls this after every
  /// step(), for a paused run waits there no longer once there is one: it shows what came of it and steps again. Within `apply` step() waits for no pause.
  bool takeActions(const std::function<void(const Action &)> &apply);
  bool paused() const { return m_control->paused(); }
  /// For bodies that may not throw (OpenMP, C callbacks): return early when set; the next step() then throws.
  const std::atomic<bool> &stopFlag() const { return m_control->stopFlag(); }
  /// Takes over changed live parameters; true if any changed. P is the study's parameter struct.
  template <class P>
  bool poll(P &parameters) {
    const auto changed = m_control->takeLive();
    const auto *schema = std::any_cast<const Schema<P> *>(&m_schema);
    if (!changed || schema == nullptr) {
      return false;
    }
    m_values.update(*changed);
    parameters = (*schema)->parse(m_values);
    return true;
  }

  // out
  void emit(const std::string &name, Payload payload, Json metadata = Json::object());
  void record(const std::string &name, Payload frame, Json metadata = Json::object());
  bool recording() const { return m_inputs.recording; }
  void metric(const std::string &name, double value);
  void baseline(const std::string &name, const std::string &metric, double value);
  void check(Check check);
  void log(const std::string &line);
  void offerNeighbours(std::shared_ptr<NeighbourSource> source);
  /// Adds the time since `start` under a stage's name ("knn").
  void timed(const std::string &stage, std::chrono::steady_clock::time_point start);

  const RunRecord &results() const { return m_record; }
  const Json &values() const { return m_values; }  ///< parameters as they stand now, live changes included
  void bind(std::any schema, Json values);         ///< for the registry
  void flush();                                    ///< for the runner: hands out what the rate limit held back

 private:
  struct Pending {
    std::chrono::steady_clock::time_point last{};
    std::optional<Artifact> held;
  };
  RunInputs m_inputs;
  Ids m_sharedIds;
  std::shared_ptr<RunControl> m_control;
  RunListener m_listener;
  RunRecord m_record;
  std::any m_schema;
  Json m_values;
  std::map<std::string, Pending> m_pending;
  bool m_acting = false;  ///< within takeActions()
  std::chrono::steady_clock::time_point m_lastProgress{};
  std::string m_lastWhat;
};

}  // namespace vitrine
