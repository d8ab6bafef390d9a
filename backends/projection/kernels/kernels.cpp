// Chooses the kernels for this CPU, once.
#include "projection/kernels/kernels.h"

#define VITRINE_DECLARE_KERNELS(space) \
  namespace space {                    \
  extern const DenseKernels kDense;    \
  extern const MapKernels kMap;        \
  extern const FftKernels kFft;        \
  extern const PointKernels kPoints;   \
  extern const SampleKernels kSample;  \
  }
#define VITRINE_KERNEL_SET(name, space) \
  { name, &space::kDense, &space::kMap, &space::kFft, &space::kPoints, &space::kSample }

namespace vitrine::projection {

VITRINE_DECLARE_KERNELS(kernels_base)
#if VITRINE_X86_KERNELS
VITRINE_DECLARE_KERNELS(kernels_v3)
VITRINE_DECLARE_KERNELS(kernels_v4)
#endif

std::span<const Kernels> supportedKernels() {
  static const std::vector<Kernels> sets = [] {
    std::vector<Kernels> all;
#if VITRINE_X86_KERNELS
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4")) {
      all.push_back(VITRINE_KERNEL_SET("x86-64-v4", kernels_v4));
    }
    if (__builtin_cpu_supports("x86-64-v3")) {
      all.push_back(VITRINE_KERNEL_SET("x86-64-v3", kernels_v3));
    }
#endif
    all.push_back(VITRINE_KERNEL_SET("baseline", kernels_base));
    return all;
  }();
  return sets;
}

}  // namespace vitrine::projection
