#include "projection/newcomers.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/seed.h"

namespace vitrine::projection {

namespace {
constexpr float kMomentum = 0.8F;  // the optimiser's
constexpr double kStartDeviation = 1e-4;
}  // namespace

Matrix scaleStart(const Matrix &x, int dims, std::uint64_t seed) {
  Matrix out(x.rows, static_cast<std::size_t>(dims));
  Rng rng(seed);
  double scale = 0;
  for (std::size_t c = 0; c < out.cols; ++c) {
    double mean = 0;
    double square = 0;
    for (std::size_t i = 0; i < x.rows && c < x.cols; ++i) {
      mean += static_cast<double>(x.values[i * x.cols + c]) / static_cast<double>(x.rows);
    }
    for (std::size_t i = 0; i < x.rows && c < x.cols; ++i) {
      const double v = x.values[i * x.cols + c] - mean;
      square += v * v / static_cast<double>(x.rows);
    }
    if (c == 0 && square > 0) {
      scale = kStartDeviation / std::sqrt(square);
    }
    const bool flat = !(std::sqrt(square) * scale > 1e-8 * kStartDeviation);
    for (std::size_t i = 0; i < x.rows; ++i) {
      const double place = flat ? 0 : (x.values[i * x.cols + c] - mean) * scale;
      out.values[i * out.cols + c] = static_cast<float>(place + (flat ? 0.1 : 1e-3) * kStartDeviation * rng.normal());
    }
  }
  return out;
}

std::array<float, 4> settled(std::array<float, 4> y, std::span<const float> p, std::span<const float *const> others, const Mesh &field, const Extent &extent,
                             std::size_t dims, const std::atomic<bool> &stop) {
  constexpr int kIterations = 200;
  constexpr float kRate = 0.25F;  // of a gradient whose attraction is 1 per unit close by
  constexpr float kFarthest = 1;  // a step
  std::array<float, 4> force{}, velocity{};
  for (int t = 0; t < kIterations && !stopped(stop); ++t) {
    const auto potential = static_cast<float>(field.at(y.data(), force.data()));
    std::array<float, 4> gradient{};
    for (std::size_t e = 0; e < p.size(); ++e) {
      float square = 1;
      for (std::size_t c = 0; c < dims; ++c) {
        square += (y[c] - others[e][c]) * (y[c] - others[e][c]);
      }
      for (std::size_t c = 0; c < dims; ++c) {
        gradient[c] += p[e] / square * (y[c] - others[e][c]);
      }
    }
    for (std::size_t c = 0; c < dims; ++c) {
      velocity[c] = kMomentum * velocity[c] - kRate * (gradient[c] - force[c] / std::max(potential, 1e-6F));
      y[c] = std::clamp(y[c] + std::clamp(velocity[c], -kFarthest, kFarthest), extent.low[c], extent.high[c]);
    }
  }
  return y;
}

void startAmongNeighbours(const KnnGraph &graph, std::size_t before, std::uint64_t seed, Matrix &positions) {
  constexpr std::size_t kFew = 5;
  std::vector<char> placed(graph.count, 0);
  std::fill_n(placed.begin(), before, char{1});
  Rng rng(seed + graph.count);
  const auto k = static_cast<std::size_t>(graph.k);
  for (bool moved = true; std::exchange(moved, false);) {
    std::vector<std::size_t> fresh;
    for (std::size_t i = before; i < graph.count; ++i) {
      std::size_t found = 0;
      for (std::size_t j = 0; j < k && found < kFew && placed[i] == 0; ++j) {
        const std::uint32_t other = graph.neighbours[i * k + j];
        for (std::size_t c = 0; c < positions.cols && placed[other] != 0; ++c) {
          positions.row(i)[c] += positions.row(other)[c];
        }
        found += placed[other] != 0 ? 1 : 0;
      }
      if (found > 0) {
        std::ranges::for_each(positions.row(i), [&](float &v) { v = v / static_cast<float>(found) + static_cast<float>(1e-2 * rng.normal()); });
        fresh.push_back(i);
      }
    }
    for (const std::size_t i : fresh) {
      placed[i] = 1;
      moved = true;
    }
  }
}

}  // namespace vitrine::projection
