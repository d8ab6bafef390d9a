// Ctrl+C and SIGTERM as a cancelled run.
#pragma once

#include <memory>
#include <thread>

#include "core/run_context.h"

namespace vitrine::cli {

/// While it lives, the first signal cancels the run and the second one ends the program at once.
class StopSignal {
 public:
  explicit StopSignal(std::shared_ptr<RunControl> control);
  ~StopSignal();
  StopSignal(const StopSignal &) = delete;
  StopSignal &operator=(const StopSignal &) = delete;

 private:
  std::thread m_thread;
};

}  // namespace vitrine::cli
