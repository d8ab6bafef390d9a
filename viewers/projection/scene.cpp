// Reads a projection payload into a scene.
#include "viewers/projection/scene.h"

#include <cmath>
#include <utility>

namespace vitrine {

namespace {

bool finite(const float *point, int dims) {
  float sum = 0;
  for (int i = 0; i < dims; ++i) {
    sum += point[i] - point[i];  // 0, or not a number
  }
  return sum == 0;
}

Vec3 place(const float *point, int dims) {
  return {point[0], point[1], dims > 2 ? point[2] : 0.0};
}

/// Box, then ball around the box's middle; `at(i)` is the i-th point.
template <class At>
Bounds measure(std::size_t count, int dims, At at) {
  Bounds bounds;
  for (std::size_t i = 0; i < count; ++i) {
    if (finite(at(i), dims)) {
      bounds.add(place(at(i), dims));
    }
  }
  const Vec3 middle = bounds.centre();
  double farthest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const Vec3 p = place(at(i), dims);
    const double x = p[0] - middle[0], y = p[1] - middle[1], z = p[2] - middle[2], square = x * x + y * y + z * z;
    farthest = square > farthest && std::isfinite(square) ? square : farthest;
  }
  bounds.ball = std::sqrt(farthest);
  return bounds;
}

}  // namespace

Scene sceneOf(std::shared_ptr<const Payload> payload) {
  Scene scene;
  const auto *projection = payload == nullptr ? nullptr : std::get_if<Projection>(payload.get());
  if (projection == nullptr || projection->ids == nullptr) {
    return scene;
  }
  const Matrix &matrix = projection->positions;
  if ((matrix.cols != 2 && matrix.cols != 3) || matrix.rows != projection->ids->size()) {
    return scene;
  }
  scene.positions = matrix.values.data();
  scene.count = matrix.rows;
  scene.dims = static_cast<int>(matrix.cols);
  scene.payload = std::move(payload);
  scene.bounds = measure(scene.count, scene.dims, [&scene](std::size_t i) { return scene.point(i); });
  return scene;
}

Bounds boundsOf(const Scene &scene, const std::vector<std::size_t> &rows) {
  return measure(rows.size(), scene.dims, [&](std::size_t i) { return scene.point(rows[i]); });
}

}  // namespace vitrine
