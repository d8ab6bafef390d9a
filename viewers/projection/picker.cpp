// Picks by projecting every point, as the painters do.
#include "viewers/projection/picker.h"

#include <algorithm>
#include <cmath>

namespace vitrine {

std::optional<std::size_t> nearestRow(const Scene &scene, const Projector &projector, ScreenPoint place, float reach, float radius) {
  std::optional<std::size_t> best;
  float least = reach * reach;
  for (std::size_t row = 0; row < scene.count; ++row) {
    float x, y;
    const float *point = scene.point(row);
    if (!projector(point, scene.dims, x, y)) {
      continue;
    }
    const float dx = x - place[0], dy = y - place[1];
    float score = dx * dx + dy * dy;
    if (!(score <= reach * reach)) {
      continue;
    }
    if (!projector.flat()) {
      const float distance = projector.distance(point, scene.dims), size = radius * projector.focus() / distance;
      score = score <= size * size ? projector.away(distance) - 2 : score;  // what is in sight, front first
    }
    if (score < least || (score == least && !best)) {
      least = score;
      best = row;
    }
  }
  return best;
}

std::vector<std::size_t> rowsInBox(const Scene &scene, const Projector &projector, ScreenPoint a, ScreenPoint b) {
  const float left = std::min(a[0], b[0]), right = std::max(a[0], b[0]), top = std::min(a[1], b[1]), bottom = std::max(a[1], b[1]);
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < scene.count; ++row) {
    float x, y;
    if (projector(scene.point(row), scene.dims, x, y) && x >= left && x <= right && y >= top && y <= bottom) {
      rows.push_back(row);
    }
  }
  return rows;
}

std::vector<std::size_t> rowsInLasso(const Scene &scene, const Projector &projector, std::span<const ScreenPoint> outline) {
  std::vector<std::size_t> rows;
  if (outline.size() < 3) {
    return rows;
  }
  float top = outline[0][1], bottom = top;
  for (const ScreenPoint &corner : outline) {
    top = std::min(top, corner[1]);
    bottom = std::max(bottom, corner[1]);
  }
  top = std::floor(top);
  // For each row of pixels the edges that reach into it: a point then meets a handful of edges, however long the outline is.
  struct Edge {
    ScreenPoint a, b;
  };
  std::vector<std::vector<Edge>> lines(static_cast<std::size_t>(bottom - top) + 1);
  for (std::size_t i = 0; i < outline.size(); ++i) {
    const Edge edge{outline[i], outline[(i + 1) % outline.size()]};
    const auto from = static_cast<std::size_t>(std::min(edge.a[1], edge.b[1]) - top), to = static_cast<std::size_t>(std::max(edge.a[1], edge.b[1]) - top);
    for (std::size_t line = from; line <= to; ++line) {
      lines[line].push_back(edge);
    }
  }
  for (std::size_t row = 0; row < scene.count; ++row) {
    float x, y;
    if (!projector(scene.point(row), scene.dims, x, y) || !(y >= top && y <= bottom)) {
      continue;
    }
    bool inside = false;
    for (const auto &[a, b] : lines[static_cast<std::size_t>(y - top)]) {
      if ((a[1] > y) != (b[1] > y) && x < a[0] + (y - a[1]) * (b[0] - a[0]) / (b[1] - a[1])) {
        inside = !inside;
      }
    }
    if (inside) {
      rows.push_back(row);
    }
  }
  return rows;
}

}  // namespace vitrine
