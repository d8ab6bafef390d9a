// OpenBLAS keeps a pool of its own that neither torch nor OpenMP governs; its switch is looked up at run time, so that any BLAS will do.
#include <dlfcn.h>

#include <algorithm>
#include <mutex>

#include "tensor/blas_threads.h"
#include "tensor/device.h"

namespace vitrine::tensor {
namespace {

struct BlasState {
  std::mutex mutex;
  int wanted = 0;  // 0 = never set: the library's own choice
  int serial = 0;  // living SerialBlas objects
};

BlasState &blasState() {
  static BlasState state;
  return state;
}

/// Null where the BLAS has no such pool (MKL follows OpenMP and is serial inside parallel regions).
template <class Function>
Function blasSymbol(const char *name) {
  return reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
}

void apply(int threads) {
  static const auto set = blasSymbol<void (*)(int)>("openblas_set_num_threads");
  if (set != nullptr && threads > 0) {
    set(threads);
  }
}

}  // namespace

int blasThreads() {
  static const auto get = blasSymbol<int (*)()>("openblas_get_num_threads");
  return get == nullptr ? 0 : get();
}

std::string blasName() {
  static const auto get = blasSymbol<char *(*)()>("openblas_get_config");
  return get == nullptr ? "" : get();
}

void setBlasThreads(int threads) {
  BlasState &state = blasState();
  const std::lock_guard lock(state.mutex);
  state.wanted = std::max(1, threads);
  if (state.serial == 0) {
    apply(state.wanted);
  }
}

SerialBlas::SerialBlas() {
  BlasState &state = blasState();
  const std::lock_guard lock(state.mutex);
  if (state.serial++ == 0) {
    state.wanted = state.wanted > 0 ? state.wanted : blasThreads();
    apply(1);
  }
}

SerialBlas::~SerialBlas() {
  BlasState &state = blasState();
  const std::lock_guard lock(state.mutex);
  if (--state.serial == 0) {
    apply(state.wanted);
  }
}

}  // namespace vitrine::tensor
