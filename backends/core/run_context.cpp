#include "core/run_context.h"

#include <utility>

namespace vitrine {

using Clock = std::chrono::steady_clock;
constexpr auto kFrameTime = std::chrono::milliseconds(33);  // 30 Hz

void RunControl::cancel() {
  const std::lock_guard lock(m_mutex);
  m_cancelled = true;
  m_wake.notify_all();
}

void RunControl::setPaused(bool paused) {
  const std::lock_guard lock(m_mutex);
  m_paused = paused;
  m_wake.notify_all();
}

bool RunControl::paused() const {
  const std::lock_guard lock(m_mutex);
  return m_paused;
}

void RunControl::setLive(const std::string &name, const Json &value) {
  const std::lock_guard lock(m_mutex);
  m_live[name] = value;
  m_hasLive = true;
}

void RunControl::waitWhilePaused() {
  std::unique_lock lock(m_mutex);
  m_wake.wait(lock, [this] { return !m_paused || m_cancelled || !m_actions.empty(); });
}

void RunControl::act(Action action) {
  const std::lock_guard lock(m_mutex);
  if (action.name == "hold" && !m_actions.empty() && m_actions.back().name == "hold" && m_actions.back().ids == action.ids) {
    m_actions.pop_back();
  }
  m_actions.push_back(std::move(action));
  m_wake.notify_all();
}

std::vector<Action> RunControl::takeActions() {
  const std::lock_guard lock(m_mutex);
  return std::exchange(m_actions, {});
}

std::optional<Json> RunControl::takeLive() {
  if (!m_hasLive.exchange(false)) {
    return std::nullopt;
  }
  const std::lock_guard lock(m_mutex);
  Json taken = Json::object();
  std::swap(taken, m_live);
  return taken;
}

RunContext::RunContext(RunInputs inputs, std::shared_ptr<RunControl> control, RunListener listener)
    : m_inputs(std::move(inputs)),
      m_sharedIds(std::make_shared<const std::vector<SampleId>>(m_inputs.ids)),
      m_control(std::move(control)),
      m_listener(std::move(listener)) {}

void RunContext::addIds(const std::vector<SampleId> &more) {
  m_inputs.ids.insert(m_inputs.ids.end(), more.begin(), more.end());
  m_sharedIds = std::make_shared<const std::vector<SampleId>>(m_inputs.ids);
}

const Dataset &RunContext::dataset() const {
  if (!m_inputs.dataset) {
    throw InputError("this study needs a data set; choose one (command line: --data NAME|PATH)");
  }
  return *m_inputs.dataset;
}

Model &RunContext::model() const {
  if (!m_inputs.model) {
    throw InputError("this study needs a model; choose one (command line: --model NAME|PATH)");
  }
  return *m_inputs.model;
}

const std::filesystem::path &RunContext::outputDir() const {
  if (!m_inputs.outputDir.empty()) {
    std::filesystem::create_directories(m_inputs.outputDir);
  }
  return m_inputs.outputDir;
}

void RunContext::step(std::int64_t i, std::int64_t n, const std::string &what) {
  if (m_control->paused() && !m_acting) {
    flush();  // a paused picture is the newest one
    m_control->waitWhilePaused();
  }
  if (m_control->cancelled()) {
    throw Cancelled{};
  }
  const auto now = Clock::now();
  if (m_listener.progress && (now - m_lastProgress >= kFrameTime || what != m_lastWhat || i == n)) {
    m_lastProgress = now;
    m_lastWhat = what;
    m_listener.progress(i, n, what);
  }
}

bool RunContext::takeActions(const std::function<void(const Action &)> &apply) {
  const std::vector<Action> actions = m_control->takeActions();
  m_acting = true;
  try {
    for (const Action &action : actions) {
      apply(action);
    }
  } catch (...) {
    m_acting = false;
    throw;
  }
  m_acting = false;
  return !actions.empty();
}

void RunContext::emit(const std::string &name, Payload payload, Json metadata) {
  if (!m_listener.artifact) {
    return;
  }
  Artifact artifact{name, std::make_shared<const Payload>(std::move(payload)), std::move(metadata)};
  Pending &pending = m_pending[name];
  const auto now = Clock::now();
  if (now - pending.last < kFrameTime) {
    pending.held = std::move(artifact);
    return;
  }
  pending.last = now;
  pending.held.reset();
  m_listener.artifact(artifact);
}

void RunContext::record(const std::string &name, Payload frame, Json metadata) {
  if (m_inputs.recording && m_listener.frame) {
    m_listener.frame({name, std::make_shared<const Payload>(std::move(frame)), std::move(metadata)});
  }
}

void RunContext::flush() {
  for (auto &[name, pending] : m_pending) {
    if (pending.held) {
      m_listener.artifact(*pending.held);
      pending.held.reset();
      pending.last = Clock::now();
    }
  }
}

void RunContext::metric(const std::string &name, double value) {
  m_record.metrics[name] = value;
}

void RunContext::baseline(const std::string &name, const std::string &metric, double value) {
  m_record.baselines[name][metric] = value;
}

void RunContext::check(Check check) {
  m_record.checks.push_back(std::move(check));
}

void RunContext::log(const std::string &line) {
  m_record.log.push_back(line);
  if (m_listener.log) {
    m_listener.log(line);
  }
}

void RunContext::offerNeighbours(std::shared_ptr<NeighbourSource> source) {
  if (m_listener.neighbours) {
    m_listener.neighbours(std::move(source));
  }
}

void RunContext::timed(const std::string &stage, Clock::time_point start) {
  m_record.seconds[stage] += std::chrono::duration<double>(Clock::now() - start).count();
}

void RunContext::bind(std::any schema, Json values) {
  m_schema = std::move(schema);
  m_values = std::move(values);
}

}  // namespace vitrine
