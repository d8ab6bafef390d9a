// Many small samples on few cores: chunks side by side, each on one thread, beat one big batch whose every operation is split (twice as
// fast for small networks, and a chunk's activations stay in the cache). Inner header (torch): only tensor and models include it.
#pragma once

#include <ATen/Parallel.h>
#include <omp.h>

#include <algorithm>
#include <functional>

#include "tensor/compat.h"
#include "tensor/device.h"

namespace vitrine::tensor {

/// Tells OpenMP that the calling worker is alone. oneDNN plans a convolution for as many threads as OpenMP claims to have, and inside a parallel region gets
/// only one of them: the plan's barriers would wait for ever.
class LoneWorker {
 public:
  LoneWorker() : m_threads(at::get_num_threads()) {  // torch's own question: it sets the number on a thread's first use, which must lie behind us
    if (omp_in_parallel() != 0) {
      omp_set_num_threads(1);
    }
  }
  ~LoneWorker() { omp_set_num_threads(m_threads); }
  LoneWorker(const LoneWorker &) = delete;
  LoneWorker &operator=(const LoneWorker &) = delete;

 private:
  int m_threads;
};

/// Calls work(chunk, begin, end) for every chunk of [0, n), spread over torch's threads; what a chunk computes does not depend on their
/// number. Gradient mode is a thread's own: `work` sets its guard itself. The first exception is handed on.
template <class Work>
void overChunks(std::int64_t n, std::int64_t size, const Work &work) {
  const SerialBlas serial;
  at::parallel_for(0, (n + size - 1) / size, 1, [&](std::int64_t first, std::int64_t last) {
    const LoneWorker alone;
    for (std::int64_t chunk = first; chunk < last; ++chunk) {
      work(chunk, chunk * size, std::min(n, (chunk + 1) * size));
    }
  });
}

/// Calls work(i) for every i of [0, n), each on one thread and without gradients.
template <class Work>
void forEach(std::size_t n, const Work &work) {
  overChunks(static_cast<std::int64_t>(n), 1, [&](std::int64_t i, std::int64_t, std::int64_t) {
    const at::NoGradGuard guard;
    work(static_cast<std::size_t>(i));
  });
}

/// The same with calls of progress(done, n) on this thread, every one or two items a thread is given; what that throws ends the work.
template <class Work>
void forEach(std::size_t n, const std::function<void(std::int64_t, std::int64_t)> &progress, const Work &work) {
  const std::size_t pieces = std::max<std::size_t>(1, n / static_cast<std::size_t>(at::get_num_threads()));  // none of a single item, which would be split
  for (std::size_t piece = 0; piece < pieces && n > 0; ++piece) {
    const std::size_t begin = piece * n / pieces, end = (piece + 1) * n / pieces;
    if (progress) {
      progress(static_cast<std::int64_t>(begin), static_cast<std::int64_t>(n));
    }
    forEach(end - begin, [&](std::size_t i) { work(begin + i); });
  }
}

}  // namespace vitrine::tensor
