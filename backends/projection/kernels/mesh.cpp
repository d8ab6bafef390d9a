// Between points and mesh: quintic B-splines (order 6) spread unit charges over nodes and gather the potential and its gradient back.
// A row of six weights is one vector of eight whose last two lanes are zero, so a grid row needs two floats of room behind its last node.
#include "projection/kernels/kernels.h"
#include "projection/kernels/vec.h"

namespace vitrine::projection::VITRINE_KERNELS {

namespace {

constexpr int kOrder = 6;
typedef float Oct __attribute__((vector_size(32), aligned(4), may_alias));

VITRINE_INLINE Oct at(const float *p) {
  return *reinterpret_cast<const Oct *>(p);
}
VITRINE_INLINE float dot(Oct a, Oct b) {
  const Oct p = a * b;
  return ((p[0] + p[4]) + (p[1] + p[5])) + (p[2] + p[3]);
}

struct Weights {
  Oct value, slope;  // at nodes floor - 2 .. floor + 3
};

/// The six pieces of the quintic B-spline at fraction u, and their derivatives.
VITRINE_INLINE Weights weights(float u) {
  constexpr float s = 1.0F / 120;
  const Oct c0 = {1 * s, 26 * s, 66 * s, 26 * s, 1 * s, 0, 0, 0};
  const Oct c1 = {-5 * s, -50 * s, 0, 50 * s, 5 * s, 0, 0, 0};
  const Oct c2 = {10 * s, 20 * s, -60 * s, 20 * s, 10 * s, 0, 0, 0};
  const Oct c3 = {-10 * s, 20 * s, 0, -20 * s, 10 * s, 0, 0, 0};
  const Oct c4 = {5 * s, -20 * s, 30 * s, -20 * s, 5 * s, 0, 0, 0};
  const Oct c5 = {-1 * s, 5 * s, -10 * s, 10 * s, -5 * s, 1 * s, 0, 0};
  return {((((c5 * u + c4) * u + c3) * u + c2) * u + c1) * u + c0, (((5.0F * c5 * u + 4.0F * c4) * u + 3.0F * c3) * u + 2.0F * c2) * u + c1};
}

/// Where a point stands in the mesh: first node of its support, weights along each axis, fractions.
template <int kDims>
struct Place {
  std::int64_t node;
  Weights axis[kDims];
  float fraction[kDims];
};

template <int kDims>
VITRINE_INLINE Place<kDims> place(const MeshPoints &task, std::int64_t i) {
  Place<kDims> p;
  p.node = 0;
  for (int c = 0; c < kDims; ++c) {
    const float v = (task.positions[i * (kDims == 2 ? 2 : 4) + c] - task.origin[c]) * task.inverseSpacing;
    const int cell = static_cast<int>(v);
    p.fraction[c] = v - static_cast<float>(cell);
    p.axis[c] = weights(p.fraction[c]);
    p.node += (cell - 2) * task.strides[c];
  }
  return p;
}

/// What a point alone would feel of itself: potential and gradient (per spacing), interpolated from the table.
template <int kDims>
VITRINE_INLINE void takeSelf(const MeshPoints &task, const float *fraction, float *field) {
  const int steps = task.selfSteps;
  std::int64_t cell = 0;
  std::int64_t strides[kDims];
  float t[kDims];
  std::int64_t stride = 1;
  for (int c = kDims - 1; c >= 0; --c) {
    const float v = fraction[c] * static_cast<float>(steps);
    const int k = v < static_cast<float>(steps - 1) ? static_cast<int>(v) : steps - 1;
    t[c] = v - static_cast<float>(k);
    cell += k * stride;
    strides[c] = stride;
    stride *= steps + 1;
  }
  for (int corner = 0; corner < 1 << kDims; ++corner) {
    std::int64_t e = cell;
    float weight = 1;
    for (int c = 0; c < kDims; ++c) {
      const bool up = (corner >> c & 1) != 0;
      e += up ? strides[c] : 0;
      weight *= up ? t[c] : 1 - t[c];
    }
    for (int f = 0; f <= kDims; ++f) {
      field[f] -= weight * task.self[e * (kDims + 1) + f];
    }
  }
}

template <int kDims>
void spreadAll(const MeshPoints &task, std::int64_t first, std::int64_t last, float *grid) {
  for (std::int64_t i = first; i < last; ++i) {
    const Place<kDims> p = place<kDims>(task, i);
    const Oct row = p.axis[kDims - 1].value;
    for (int a = 0; a < kOrder; ++a) {
      if constexpr (kDims == 2) {
        Oct *target = reinterpret_cast<Oct *>(grid + p.node + a * task.strides[0]);
        *target += p.axis[0].value[a] * row;
      } else {
        for (int b = 0; b < kOrder; ++b) {
          Oct *target = reinterpret_cast<Oct *>(grid + p.node + a * task.strides[0] + b * task.strides[1]);
          *target += p.axis[0].value[a] * p.axis[1].value[b] * row;
        }
      }
    }
  }
}

template <int kDims>
VITRINE_INLINE double gatherAll(const MeshPoints &task, std::int64_t first, std::int64_t last, const float *grid, float *forces) {
  double potential = 0;
  for (std::int64_t i = first; i < last; ++i) {
    const Place<kDims> p = place<kDims>(task, i);
    const Weights &row = p.axis[kDims - 1];
    Oct value{};
    Oct slope0{};
    Oct slope1{};
    for (int a = 0; a < kOrder; ++a) {
      if constexpr (kDims == 2) {
        const Oct line = at(grid + p.node + a * task.strides[0]);
        value += p.axis[0].value[a] * line;
        slope0 += p.axis[0].slope[a] * line;
      } else {
        Oct plane{};
        Oct planeSlope{};
        for (int b = 0; b < kOrder; ++b) {
          const Oct line = at(grid + p.node + a * task.strides[0] + b * task.strides[1]);
          plane += p.axis[1].value[b] * line;
          planeSlope += p.axis[1].slope[b] * line;
        }
        value += p.axis[0].value[a] * plane;
        slope0 += p.axis[0].slope[a] * plane;
        slope1 += p.axis[0].value[a] * planeSlope;
      }
    }
    float field[kDims + 1];
    field[0] = dot(value, row.value);
    field[1] = dot(slope0, row.value);
    if constexpr (kDims == 3) {
      field[2] = dot(slope1, row.value);
    }
    field[kDims] = dot(value, row.slope);
    takeSelf<kDims>(task, p.fraction, field);
    potential += static_cast<double>(field[0]);
    for (int c = 0; c < kDims; ++c) {
      forces[i * (kDims == 2 ? 2 : 4) + c] = -0.5F * task.inverseSpacing * field[c + 1];
    }
  }
  return potential;
}

}  // namespace

void spread(const MeshPoints &task, std::int64_t first, std::int64_t last, float *grid) {
  task.dims == 2 ? spreadAll<2>(task, first, last, grid) : spreadAll<3>(task, first, last, grid);
}

double gather(const MeshPoints &task, std::int64_t first, std::int64_t last, const float *grid, float *forces) {
  return task.dims == 2 ? gatherAll<2>(task, first, last, grid, forces) : gatherAll<3>(task, first, last, grid, forces);
}

void bounds(const float *values, std::int64_t count, float *low, float *high) {
  Vec lows = splat(3e38F);
  Vec highs = splat(-3e38F);
  std::int64_t e = 0;
  for (; e + kLanes <= count; e += kLanes) {
    const Vec v = load(values + e);
    lows = v < lows ? v : lows;
    highs = v > highs ? v : highs;
  }
  for (int l = 0; l < 4; ++l) {
    low[l] = lows[l];
    high[l] = highs[l];
  }
  const auto take = [&](int l, float least, float most) {
    low[l] = least < low[l] ? least : low[l];
    high[l] = most > high[l] ? most : high[l];
  };
  for (int l = 4; l < kLanes; ++l) {
    take(l & 3, lows[l], highs[l]);
  }
  for (; e < count; ++e) {
    take(static_cast<int>(e & 3), values[e], values[e]);
  }
}

extern const PointKernels kPoints;
const PointKernels kPoints = {spread, gather, bounds};

}  // namespace vitrine::projection::VITRINE_KERNELS
