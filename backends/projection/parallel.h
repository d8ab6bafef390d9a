// How many threads an engine uses, and how its loops stop: kernels run inside OpenMP regions that may not throw.
#pragma once

#include <omp.h>

#include <atomic>

#include "core/error.h"

namespace vitrine::projection {

/// For callers that never stop.
inline const std::atomic<bool> kNeverStop{false};

/// 0 = as many as OpenMP would take (OMP_NUM_THREADS, or all cores).
inline int threadCount(int wanted) {
  return wanted > 0 ? wanted : omp_get_max_threads();
}

inline bool stopped(const std::atomic<bool> &stop) {
  return stop.load(std::memory_order_relaxed);
}

/// After a parallel loop that left early. Throws Cancelled if `stop` is set.
inline void throwIfStopped(const std::atomic<bool> &stop) {
  if (stopped(stop)) {
    throw Cancelled{};
  }
}

}  // namespace vitrine::projection
