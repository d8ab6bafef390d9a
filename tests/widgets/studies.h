// Studies that do nothing but what a test wants to see of a task.
#pragma once

#include <atomic>
#include <chrono>
#include <thread>

#include "core/study.h"

namespace vitrine::testing {

inline void rest(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

struct Knobs {
  double speed = 1;
  std::int64_t steps = 10;
  bool endless = false;
  std::string fail;
};

inline std::atomic<double> seenSpeed{0};
inline std::atomic<int> runsAlive{0};

inline Table numbered(std::int64_t i) {
  Column column;
  column.name = "step";
  column.numbers = {static_cast<double>(i)};
  return Table{nullptr, {column}};
}

inline void play(const Knobs &given, RunContext &context) {
  struct Alive {
    Alive() { ++runsAlive; }
    ~Alive() { --runsAlive; }
  } alive;
  Knobs knobs = given;
  for (std::int64_t i = 0; knobs.endless || i < knobs.steps; ++i) {
    context.step(knobs.endless ? 0 : i, knobs.steps, "counting");
    context.poll(knobs);
    seenSpeed = knobs.speed;
    context.emit("count", numbered(i));
    context.record("count", numbered(i));
    rest(2);
  }
  context.log("counted");
  context.metric("steps", static_cast<double>(knobs.steps));
  if (knobs.fail == "input") {
    throw InputError("numbers.csv", "line 3 has no number", "mend it");
  }
  if (knobs.fail == "torch") {
    throw std::runtime_error("The size of tensor a (3) must match\nException raised from infer_size at ...\nframe #0");
  }
  if (knobs.fail == "memory") {
    throw std::bad_alloc();
  }
  if (knobs.fail == "odd") {
    throw 42;
  }
}

inline const StudyInfo &counting() {
  static const StudyRegistry registry = [] {
    Schema<Knobs> schema;
    schema.add("speed", &Knobs::speed, "Speed", "More is faster.").range(0.1, 100).live().logScale();
    schema.add("steps", &Knobs::steps, "Steps", "More takes longer.").range(1, 100000);
    schema.add("endless", &Knobs::endless, "Endless", "Never ends by itself.");
    schema.add("fail", &Knobs::fail, "Fail", "How it ends.").oneOf({"", "input", "torch", "memory", "odd"}).inAdvanced();
    StudyInfo info;
    info.id = "counting";
    info.title = "Counting";
    StudyRegistry made;
    made.add(info, schema, play);
    return made;
  }();
  return registry.find("counting");
}

}  // namespace vitrine::testing
