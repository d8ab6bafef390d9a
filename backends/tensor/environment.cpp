// What must stand in the environment before OpenMP and the BLAS are loaded, and therefore before main() is entered.
#include <malloc.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "tensor/device.h"

namespace vitrine::tensor {
namespace {

constexpr const char *kMarker = "VITRINE_ENVIRONMENT";

/// Leaves alone what the user set. True if it was missing.
bool provide(const char *name, const std::string &value) {
  return std::getenv(name) == nullptr && setenv(name, value.c_str(), 0) == 0;
}

/// Tensors of a few MB, and of a film's large frames of 50, come and go many times a second; by default each is mapped and unmapped, page fault by page fault
/// (half the time of an element-wise operation, and of decoding). Freed memory stays with the process instead, until giveMemoryBack().
void keepFreedMemory() {
#ifdef M_MMAP_THRESHOLD
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, 256 << 20);
  mallopt(M_TOP_PAD, 16 << 20);
#endif
}

}  // namespace

void giveMemoryBack() {
#ifdef M_MMAP_THRESHOLD
  malloc_trim(256 << 20);
#endif
}

void ensureEnvironment(char **argv) {
  keepFreedMemory();
  if (std::getenv(kMarker) != nullptr) {
    return;
  }
  const char *chosen = std::getenv("OMP_NUM_THREADS");
  const std::string threads = chosen != nullptr ? chosen : std::to_string(std::max(1U, std::thread::hardware_concurrency()));
  bool missing = provide("OMP_WAIT_POLICY", "passive");  // else idle threads spin and take the cores from Qt, VTK and each other
  missing = provide("OMP_NUM_THREADS", threads) || missing;
  missing = provide("OPENBLAS_NUM_THREADS", threads) || missing;
  missing = provide("MKL_NUM_THREADS", threads) || missing;
  setenv(kMarker, "1", 1);
  if (missing) {
    std::error_code ignored;
    const std::string self = std::filesystem::read_symlink("/proc/self/exe", ignored).string();  // so that the process keeps its name
    execv(self.empty() ? "/proc/self/exe" : self.c_str(), argv);  // comes back only if it failed: then the program runs on, a little slower
  }
}

}  // namespace vitrine::tensor
