// Plain loops: a few dozen tokens a side, no torch needed.
#include "models/rollout.h"

#include <algorithm>
#include <vector>

namespace vitrine::models {
namespace {

/// Mean over heads, half of it on the residual path, rows summing to 1.
std::vector<float> mixingOf(std::span<const float> layer, int heads, std::size_t tokens) {
  const std::size_t size = tokens * tokens;
  std::vector<float> mixing(size, 0.0F);
  for (std::size_t h = 0; h < static_cast<std::size_t>(heads); ++h) {
    for (std::size_t i = 0; i < size; ++i) {
      mixing[i] += layer[h * size + i];
    }
  }
  for (std::size_t row = 0; row < tokens; ++row) {
    float *values = mixing.data() + row * tokens;
    double sum = 0;
    for (std::size_t i = 0; i < tokens; ++i) {
      values[i] = 0.5F * values[i] / static_cast<float>(heads) + (i == row ? 0.5F : 0.0F);
      sum += values[i];
    }
    for (std::size_t i = 0; i < tokens; ++i) {
      values[i] = static_cast<float>(values[i] / sum);
    }
  }
  return mixing;
}

}  // namespace

void rollout(std::span<const float> maps, int layers, int heads, int tokens, std::span<float> out) {
  const auto t = static_cast<std::size_t>(tokens), size = t * t;
  std::fill(out.begin(), out.end(), 0.0F);
  for (std::size_t i = 0; i < t; ++i) {
    out[i * t + i] = 1.0F;
  }
  std::vector<float> product(size);
  for (std::size_t layer = 0; layer < static_cast<std::size_t>(layers); ++layer) {
    const auto mixing = mixingOf(maps.subspan(layer * static_cast<std::size_t>(heads) * size, static_cast<std::size_t>(heads) * size), heads, t);
    std::fill(product.begin(), product.end(), 0.0F);
    for (std::size_t i = 0; i < t; ++i) {
      for (std::size_t k = 0; k < t; ++k) {
        const float share = mixing[i * t + k];
        for (std::size_t j = 0; j < t; ++j) {
          product[i * t + j] += share * out[k * t + j];
        }
      }
    }
    std::copy(product.begin(), product.end(), out.begin());
  }
}

}  // namespace vitrine::models
