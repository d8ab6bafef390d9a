// The cheaper of the two ways at the present size of the map: all pairs cost the same always, the mesh costs what its area costs.
#include "projection/repulsion.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "projection/kernels/kernels.h"
#include "projection/mesh.h"

namespace vitrine::projection {

namespace {

constexpr float kFar = 1e18F;  // padding: its kernel is 0 in float
constexpr std::size_t kBlock = 64;
constexpr std::size_t kVector = 16;

}  // namespace

Extent extentOf(std::span<const float> positions, int dims) {
  std::array<float, 4> low;
  std::array<float, 4> high;
  kernels().points->bounds(positions.data(), static_cast<std::int64_t>(positions.size()), low.data(), high.data());
  Extent extent;
  for (std::size_t c = 0; c < static_cast<std::size_t>(dims); ++c) {
    extent.low[c] = dims == 2 ? std::min(low[c], low[c + 2]) : low[c];
    extent.high[c] = dims == 2 ? std::max(high[c], high[c + 2]) : high[c];
  }
  return extent;
}

struct Repulsion::Work {
  std::size_t count;
  int dims;
  Method method;
  int threads;
  Mesh mesh;
  std::vector<float> axis[3];
  bool exact = true;

  double evaluateExactly(std::span<const float> positions, std::span<float> forces);
};

Repulsion::Repulsion(std::size_t count, int dims, Method method, int threads)
    : m_work(new Work{count, dims, method, threadCount(threads), Mesh(count, dims, threadCount(threads)), {}, true}) {}
Repulsion::~Repulsion() = default;
Repulsion::Repulsion(Repulsion &&) noexcept = default;
Repulsion &Repulsion::operator=(Repulsion &&) noexcept = default;

std::string Repulsion::name() const {
  if (m_work->exact) {
    return "exact";
  }
  const Mesh &mesh = m_work->mesh;
  const std::string side = std::to_string(mesh.side());
  std::array<char, 80> text{};
  const int length = std::snprintf(text.data(), text.size(), ", spacing %.2g", mesh.spacing());
  if (mesh.cutoff() > 0) {
    std::snprintf(text.data() + length, text.size() - static_cast<std::size_t>(length), ", pairs within %.2g", mesh.cutoff());
  }
  return "mesh " + side + " x " + side + (m_work->dims == 3 ? " x " + side : "") + text.data();
}

double Repulsion::evaluate(std::span<const float> positions, std::span<float> forces) {
  Work &w = *m_work;
  w.exact = w.method == Method::Exact;
  if (!w.exact) {
    const Extent extent = extentOf(positions, w.dims);
    const double pairs = static_cast<double>(w.count) * static_cast<double>(w.count);
    w.exact = w.method == Method::Auto && pairs < w.mesh.cost(static_cast<double>(extent.span(w.dims)));
    if (!w.exact) {
      return w.mesh.evaluate(positions, extent, forces);
    }
  }
  return w.evaluateExactly(positions, forces);
}

double Repulsion::Work::evaluateExactly(std::span<const float> positions, std::span<float> forces) {
  const auto stride = static_cast<std::size_t>(strideOf(dims));
  const std::size_t padded = (count + kVector - 1) / kVector * kVector;
  RepelTask task{dims, static_cast<std::int64_t>(count), static_cast<std::int64_t>(padded), {}};
  for (std::size_t c = 0; c < static_cast<std::size_t>(dims); ++c) {
    axis[c].assign(padded, kFar);
    for (std::size_t i = 0; i < count; ++i) {
      axis[c][i] = positions[i * stride + c];
    }
    task.axis[c] = axis[c].data();
  }
  std::vector<double> sums((count + kBlock - 1) / kBlock);
#pragma omp parallel for num_threads(threads) schedule(static)
  for (std::size_t b = 0; b < sums.size(); ++b) {
    sums[b] =
        kernels().map->repelExactly(task, static_cast<std::int64_t>(b * kBlock), static_cast<std::int64_t>(std::min(count, (b + 1) * kBlock)), forces.data());
  }
  double z = 0;
  for (double s : sums) {
    z += s;
  }
  return z;
}

}  // namespace vitrine::projection
