// Lines with depth on the processor, for where there is no OpenGL.
#include "viewers/projection/lines.h"

#include <algorithm>
#include <cmath>

namespace vitrine {

namespace {

constexpr int kCells = 4;  // of a wall, along each edge

struct End {
  float x, y, depth;
};

/// Cuts the part behind the eye off; false if nothing is left.
bool project(const Segment &segment, const Projector &projector, End &a, End &b) {
  std::array<float, 3> from = segment.from, to = segment.to;
  float near = projector.distance(from.data(), 3), far = projector.distance(to.data(), 3);
  const float least = projector.nearest() * 0.6F;
  if (near > far) {
    std::swap(near, far);
    std::swap(from, to);
  }
  if (far <= least) {
    return false;
  }
  if (near < least) {
    const float t = (least - near) / (far - near);
    for (std::size_t i = 0; i < 3; ++i) {
      from[i] += t * (to[i] - from[i]);
    }
    near = least;
  }
  projector(from.data(), 3, a.x, a.y);
  projector(to.data(), 3, b.x, b.y);
  a.depth = projector.depth(near);
  b.depth = projector.depth(far);
  return true;
}

/// Over what lies behind it, under what lies before it.
void blend(SplatFrame &frame, int x, int y, float depth, float cover, std::uint32_t rgba) {
  if (x < 0 || y < 0 || x >= frame.width || y >= frame.height) {
    return;
  }
  const std::size_t pixel = static_cast<std::size_t>(y) * static_cast<std::size_t>(frame.width) + static_cast<std::size_t>(x);
  const std::uint32_t under = frame.argb[pixel];
  const float alpha = cover * static_cast<float>(rgba >> 24) / 255, there = static_cast<float>(under >> 24) / 255;
  const bool before = depth <= frame.depth[pixel];
  const float line = before ? alpha : alpha * (1 - there), keep = before ? 1 - alpha : 1;
  const auto mixed = [&](int source, int target) {
    return static_cast<std::uint32_t>(std::min(255.0F, static_cast<float>(rgba >> source & 0xffU) * line + static_cast<float>(under >> target & 0xffU) * keep))
           << target;
  };
  const auto opacity = static_cast<std::uint32_t>(std::min(255.0F, 255 * (line + there * keep)));
  frame.argb[pixel] = opacity << 24 | mixed(0, 16) | mixed(8, 8) | mixed(16, 0);
}

void draw(const End &a, const End &b, float width, std::uint32_t colour, SplatFrame &frame) {
  const bool steep = std::abs(b.y - a.y) > std::abs(b.x - a.x);
  const auto along = [steep](const End &end) { return steep ? end.y : end.x; };
  const auto across = [steep](const End &end) { return steep ? end.x : end.y; };
  const End &first = along(a) <= along(b) ? a : b, &last = along(a) <= along(b) ? b : a;
  const float length = along(last) - along(first);
  const auto limit = static_cast<float>(steep ? frame.height : frame.width);
  const float slope = length > 0 ? (across(last) - across(first)) / length : 0;
  const float half = width / 2 * std::sqrt(1 + slope * slope);
  for (float step = std::floor(std::max(along(first), 0.0F)) + 0.5F; step < std::min(along(last), limit); ++step) {
    const float t = length > 0 ? std::clamp((step - along(first)) / length, 0.0F, 1.0F) : 0;
    const float middle = across(first) + t * (across(last) - across(first)), depth = first.depth + t * (last.depth - first.depth);
    for (int side = static_cast<int>(std::floor(middle - half)); side <= static_cast<int>(std::floor(middle + half)); ++side) {
      const auto edge = static_cast<float>(side);
      const float cover = std::min(edge + 1, middle + half) - std::max(edge, middle - half);
      steep ? blend(frame, side, static_cast<int>(step), depth, cover, colour) : blend(frame, static_cast<int>(step), side, depth, cover, colour);
    }
  }
}

}  // namespace

std::vector<Segment> boxGrid(const Bounds &bounds, const Camera &camera, std::uint32_t colour) {
  std::vector<Segment> segments;
  const Vec3 back = camera.eyeAxis(2), middle = bounds.centre();
  const double least = bounds.radius() * 0.02, eye = camera.distance();
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const std::size_t u = (axis + 1) % 3, v = (axis + 2) % 3;
    const double half = std::max(bounds.high[axis] - middle[axis], least);
    const double behind = camera.centre[axis] + back[axis] * eye > middle[axis] ? -half : half;  // the wall on the eye's far side
    for (int cell = 0; cell <= kCells; ++cell) {
      for (const bool turned : {false, true}) {
        const std::size_t fixed = turned ? v : u, running = turned ? u : v;
        const double halfFixed = std::max(bounds.high[fixed] - middle[fixed], least), halfRunning = std::max(bounds.high[running] - middle[running], least);
        Segment segment;
        segment.colour = colour;
        for (auto *end : {&segment.from, &segment.to}) {
          (*end)[axis] = static_cast<float>(middle[axis] + behind);
          (*end)[fixed] = static_cast<float>(middle[fixed] + halfFixed * (2.0 * cell / kCells - 1));
          (*end)[running] = static_cast<float>(middle[running] + (end == &segment.from ? -halfRunning : halfRunning));
        }
        segments.push_back(segment);
      }
    }
  }
  return segments;
}

void drawSegments(std::span<const Segment> segments, const Projector &projector, float width, SplatFrame &frame) {
  for (const Segment &segment : segments) {
    End a{}, b{};
    if (!frame.depth.empty() && project(segment, projector, a, b)) {
      draw(a, b, width, segment.colour, frame);
    }
  }
}

}  // namespace vitrine
