// Thin lines in a 3D scene: the grid behind the cloud and the ties to a point's neighbours.
#pragma once

#include <span>
#include <vector>

#include "viewers/projection/splat.h"

namespace vitrine {

struct Segment {
  std::array<float, 3> from{}, to{};
  std::uint32_t colour = 0xffffffff;  ///< R, G, B, A bytes
};

/// A faint grid on the three walls of the box that lie behind the cloud.
std::vector<Segment> boxGrid(const Bounds &bounds, const Camera &camera, std::uint32_t colour);

/// Draws anti-aliased lines of `width` pixels into a 3D frame: points hide them and are hidden by them, as the depth buffer would do it.
void drawSegments(std::span<const Segment> segments, const Projector &projector, float width, SplatFrame &frame);

}  // namespace vitrine
