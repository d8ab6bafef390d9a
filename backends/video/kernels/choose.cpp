// Chooses the kernels for this CPU, once.
#include "video/kernels/pixels.h"

namespace vitrine::video {

namespace kernels_base {
extern const KernelSet kSet;
}
#if VITRINE_X86_KERNELS
namespace kernels_v3 {
extern const KernelSet kSet;
}
namespace kernels_v4 {
extern const KernelSet kSet;
}
#endif

const KernelSet &kernels() {
#if VITRINE_X86_KERNELS
  static const KernelSet &set = [&]() -> const KernelSet & {
    __builtin_cpu_init();
    return __builtin_cpu_supports("x86-64-v4") ? kernels_v4::kSet : __builtin_cpu_supports("x86-64-v3") ? kernels_v3::kSet : kernels_base::kSet;
  }();
  return set;
#else
  return kernels_base::kSet;
#endif
}

}  // namespace vitrine::video
