// SIMD for the kernels: GCC's vector types at the width of the file's instruction set, and the few operations that they lack.
// Kernel files are compiled once for every instruction set, so they hold no std templates: the linker keeps one copy of an inline function, and an old CPU
// must never meet the one that was compiled for a new CPU.
#pragma once

#include <cstdint>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#define VITRINE_INLINE static inline __attribute__((always_inline))
#define VITRINE_NAMESPACE_2(isa) kernels_##isa
#define VITRINE_NAMESPACE_1(isa) VITRINE_NAMESPACE_2(isa)
#define VITRINE_KERNELS VITRINE_NAMESPACE_1(VITRINE_ISA)

namespace vitrine::projection::VITRINE_KERNELS {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX2__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif

typedef float Vec __attribute__((vector_size(kLanes * 4), may_alias));
typedef float VecU __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));  // unaligned
typedef std::int32_t IVec __attribute__((vector_size(kLanes * 4), may_alias));
typedef std::int32_t IVecU __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));

VITRINE_INLINE Vec load(const float *p) {
  return *reinterpret_cast<const VecU *>(p);
}
VITRINE_INLINE void store(float *p, Vec v) {
  *reinterpret_cast<VecU *>(p) = v;
}
VITRINE_INLINE Vec splat(float v) {
  return v - Vec{};
}
VITRINE_INLINE IVec loadInts(const std::int32_t *p) {
  return *reinterpret_cast<const IVecU *>(p);
}
VITRINE_INLINE void storeInts(std::int32_t *p, IVec v) {
  *reinterpret_cast<IVecU *>(p) = v;
}
VITRINE_INLINE IVec splatInt(std::int32_t v) {
  return v - IVec{};
}
VITRINE_INLINE IVec iota() {
  IVec v{};
  for (int i = 0; i < kLanes; ++i) {
    v[i] = i;
  }
  return v;
}

VITRINE_INLINE float sum(Vec v) {
  float s[kLanes];
  store(s, v);
  for (int half = kLanes / 2; half > 0; half /= 2) {
    for (int i = 0; i < half; ++i) {
      s[i] += s[i + half];
    }
  }
  return s[0];
}

/// One bit a lane: a < b.
VITRINE_INLINE unsigned lessMask(Vec a, Vec b) {
#if defined(__AVX512F__)
  return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ);
#elif defined(__AVX2__)
  return static_cast<unsigned>(_mm256_movemask_ps(_mm256_cmp_ps(a, b, _CMP_LT_OQ)));
#else
  unsigned bits = 0;
  for (int i = 0; i < kLanes; ++i) {
    bits |= static_cast<unsigned>(a[i] < b[i]) << i;
  }
  return bits;
#endif
}

/// 1 / v to float precision: the estimate and one Newton step beat a division where divisions are slow.
VITRINE_INLINE Vec reciprocal(Vec v) {
#if defined(__AVX512F__)
  const Vec r = _mm512_maskz_rcp14_ps(0xFFFF, v);  // GCC 12 warns of an uninitialised value in the unmasked form
  return r * (2.0F - v * r);
#else
  return 1.0F / v;
#endif
}

}  // namespace vitrine::projection::VITRINE_KERNELS
