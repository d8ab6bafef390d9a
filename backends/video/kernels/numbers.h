// What the kernel files share; included once an instruction set (VITRINE_ISA).
#pragma once

#include "video/kernels/pixels.h"

#define VITRINE_JOIN_(a, b) a##b
#define VITRINE_JOIN(a, b) VITRINE_JOIN_(a, b)
#define VITRINE_KERNELS VITRINE_JOIN(kernels_, VITRINE_ISA)

namespace vitrine::video::VITRINE_KERNELS {
namespace {

union Bits {
  float value;
  std::uint32_t bits;
};

inline float load(float value) {
  return value;
}
inline float load(std::uint16_t value) {
  return Bits{.bits = static_cast<std::uint32_t>(value) << 16}.value;
}
inline void store(float value, float &out) {
  out = value;
}
inline void store(float value, std::uint16_t &out) {  // to nearest, ties to even
  const std::uint32_t bits = Bits{.value = value}.bits;
  out = static_cast<std::uint16_t>((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
}

}  // namespace
}  // namespace vitrine::video::VITRINE_KERNELS
