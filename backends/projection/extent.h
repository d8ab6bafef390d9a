// The box around a map.
#pragma once

#include <algorithm>
#include <array>
#include <span>

namespace vitrine::projection {

struct Extent {
  std::array<float, 3> low{}, high{};

  /// The longest side.
  float span(int dims) const {
    float longest = 0;
    for (std::size_t c = 0; c < static_cast<std::size_t>(dims); ++c) {
      longest = std::max(longest, high[c] - low[c]);
    }
    return longest;
  }
};

/// Of flat positions (strideOf(dims) floats a point).
Extent extentOf(std::span<const float> positions, int dims);

}  // namespace vitrine::projection
