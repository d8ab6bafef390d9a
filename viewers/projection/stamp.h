// Anti-aliased point masks: each shape at sub-pixel offsets, made once for a radius.
#pragma once

#include <array>
#include <vector>

#include "viewers/projection/scene.h"

namespace vitrine {

/// Coverage of one shape and radius for kSteps x kSteps positions within a pixel.
class Stamp {
 public:
  static constexpr int kSteps = 4;

  Stamp() = default;
  Stamp(Shape shape, float radius);

  int reach() const { return m_reach; }         ///< pixels left of and above the pixel of the point's middle
  int side() const { return 2 * m_reach + 1; }  ///< of the square mask
  /// Mask for a middle at (fx, fy) in [0, 1) within its pixel.
  const float *mask(float fx, float fy) const {
    const int step = static_cast<int>(fy * kSteps) * kSteps + static_cast<int>(fx * kSteps);
    return m_masks.data() + static_cast<std::size_t>(step) * m_area;
  }
  bool empty() const { return m_masks.empty(); }

 private:
  int m_reach = 0;
  std::size_t m_area = 1;
  std::vector<float> m_masks;
};

/// Signed distance in pixels from (x, y) to the shape's outline, negative inside. Shapes of one radius look equally heavy.
float outline(Shape shape, float radius, float x, float y);

}  // namespace vitrine
