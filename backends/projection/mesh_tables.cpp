// The kernel is even along every axis, so only the non-negative half of each is held, and two lines share one complex transform as its real and imaginary
// parts.
#include "projection/mesh_tables.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace vitrine::projection {

namespace {

constexpr std::int64_t kReach = 6;  // two quintic splines in one cell meet at offsets 0 to 5
using Six = std::array<double, 6>;

/// half^dims values, the first axis slowest: the kernel at offsets 0 .. half - 1 nodes.
std::vector<float> sampleKernel(const MeshKernel &kernel, std::int64_t half) {
  std::vector<float> table{0};
  for (int axis = 0; axis < kernel.dims; ++axis) {  // squared distances first
    std::vector<float> next(table.size() * static_cast<std::size_t>(half));
    for (std::size_t e = 0; e < next.size(); ++e) {
      const double d = static_cast<double>(e % static_cast<std::size_t>(half)) * kernel.spacing;
      next[e] = static_cast<float>(table[e / static_cast<std::size_t>(half)] + d * d);
    }
    table.swap(next);
  }
  for (float &r : table) {
    r = static_cast<float>(kernel.at(static_cast<double>(r)));
  }
  return table;
}

/// Transforms the table along the axis of this stride, in place.
void transformAxis(std::vector<float> &table, std::int64_t half, std::int64_t stride, const FftPlan &plan, int threads) {
  const std::int64_t lanes = kernels().fft->lanes;
  const std::int64_t lines = static_cast<std::int64_t>(table.size()) / half;
#pragma omp parallel num_threads(threads)
  {
    std::vector<float> work(static_cast<std::size_t>(plan.length * 2 * lanes));
#pragma omp for schedule(static)
    for (std::int64_t batch = 0; batch < lines; batch += 2 * lanes) {
      const std::int64_t here = std::min(2 * lanes, lines - batch);
      std::fill(work.begin(), work.end(), 0.0F);  // a lane without a line must not disturb its partner
      const auto line = [&](std::int64_t l) { return table.data() + (batch + l) / stride * stride * half + (batch + l) % stride; };
      for (std::int64_t l = 0; l < here; ++l) {
        for (std::int64_t e = 0; e < plan.length; ++e) {
          work[static_cast<std::size_t>(e * 2 * lanes + l)] = line(l)[std::min(e, plan.length - e) * stride];
        }
      }
      kernels().fft->forward(work.data(), plan);
      for (std::int64_t l = 0; l < here; ++l) {
        for (std::int64_t k = 0; k < half; ++k) {
          line(l)[k * stride] = work[static_cast<std::size_t>(plan.place[k] * 2 * lanes + l)];
        }
      }
    }
  }
}

/// 1 / (spectrum of the spline's samples)^2 / length for the frequencies 0 .. half - 1.
std::vector<double> splineFactors(std::int64_t half, int length) {
  std::vector<double> factors;
  for (std::int64_t k = 0; k < half; ++k) {
    const double t = 2 * std::numbers::pi * static_cast<double>(k) / length;
    const double s = (66 + 52 * std::cos(t) + 2 * std::cos(2 * t)) / 120;
    factors.push_back(1 / (s * s * length));
  }
  return factors;
}

/// The table's values where the kernels look for them.
std::vector<float> layOut(const std::vector<float> &table, int dims, std::int64_t half, const FftPlan &plan, int threads) {
  const std::int64_t lanes = kernels().fft->lanes;
  const std::int64_t groups = (half + lanes - 1) / lanes;
  const std::int64_t length = plan.length;
  const std::int64_t entries = dims == 2 ? length : length * length;
  std::vector<float> out(static_cast<std::size_t>(groups * entries * lanes), 0);
#pragma omp parallel for num_threads(threads) schedule(static)
  for (std::int64_t group = 0; group < groups; ++group) {
    for (std::int64_t e = 0; e < entries; ++e) {
      const std::int64_t y = std::min(e % length, length - e % length);
      const std::int64_t z = std::min(e / length, length - e / length);
      const std::int64_t place = plan.place[e % length] + (dims == 2 ? 0 : plan.place[e / length] * length);
      float *to = out.data() + (group * entries + place) * lanes;
      for (std::int64_t l = 0; l < std::min(lanes, half - group * lanes); ++l) {
        const std::int64_t from = (group * lanes + l) * half + y;
        to[l] = table[static_cast<std::size_t>(dims == 2 ? from : from * half + z)];
      }
    }
  }
  return out;
}

/// Inverse transform at the few offsets (0 .. 5 along each axis, the first slowest) that one charge's own spline reaches.
std::vector<double> nearKernel(const std::vector<float> &table, int dims, std::int64_t half, int length) {
  std::vector<double> values(table.begin(), table.end());
  for (int axis = 0; axis < dims; ++axis) {
    const std::int64_t rest = static_cast<std::int64_t>(values.size()) / half;
    std::vector<double> next(static_cast<std::size_t>(rest * kReach), 0);
    for (std::int64_t k = 0; k < half; ++k) {
      for (std::int64_t m = 0; m < kReach; ++m) {
        const double weight = (k == 0 || 2 * k == length ? 1 : 2) * std::cos(2 * std::numbers::pi * static_cast<double>(k * m) / length);
        for (std::int64_t l = 0; l < rest; ++l) {
          next[static_cast<std::size_t>(l * kReach + m)] += weight * values[static_cast<std::size_t>(k * rest + l)];
        }
      }
    }
    values.swap(next);
  }
  return values;
}

/// For a charge at fraction u: sums over pairs of its nodes at distance m of weight * weight, and of slope * weight.
void splinePairs(double u, Six &pairs, Six &slopes) {
  static constexpr double c[6][6] = {{1, 26, 66, 26, 1, 0},    {-5, -50, 0, 50, 5, 0},  {10, 20, -60, 20, 10, 0},
                                     {-10, 20, 0, -20, 10, 0}, {5, -20, 30, -20, 5, 0}, {-1, 5, -10, 10, -5, 1}};
  Six value{};
  Six slope{};
  for (std::size_t k = 0; k < 6; ++k) {
    for (std::size_t power = 6; power-- > 0;) {
      slope[k] = slope[k] * u + value[k];
      value[k] = value[k] * u + c[power][k] / 120;
    }
  }
  pairs = {};
  slopes = {};
  for (std::size_t a = 0; a < 6; ++a) {
    for (std::size_t b = 0; b < 6; ++b) {
      pairs[a > b ? a - b : b - a] += value[a] * value[b];
      slopes[a > b ? a - b : b - a] += slope[a] * value[b];
    }
  }
}

std::vector<float> selfTable(const std::vector<double> &near, int dims, int steps) {
  std::vector<Six> pairs(static_cast<std::size_t>(steps) + 1);
  std::vector<Six> slopes(pairs.size());
  for (std::size_t s = 0; s < pairs.size(); ++s) {
    splinePairs(static_cast<double>(s) / steps, pairs[s], slopes[s]);
  }
  const std::size_t side = pairs.size();
  const auto axes = static_cast<std::size_t>(dims);
  std::vector<float> table;
  for (std::size_t e = 0; e < (dims == 2 ? side * side : side * side * side); ++e) {
    const std::array<std::size_t, 3> at = dims == 2 ? std::array{e / side, e % side, std::size_t{0}} : std::array{e / side / side, e / side % side, e % side};
    for (std::size_t field = 0; field <= axes; ++field) {  // 0: potential, c + 1: slope along axis c
      double sum = 0;
      for (std::size_t m = 0; m < near.size(); ++m) {
        double term = near[m];
        for (std::size_t c = axes, rest = m; c-- > 0; rest /= kReach) {
          term *= (field == c + 1 ? slopes : pairs)[at[c]][rest % kReach];
        }
        sum += term;
      }
      table.push_back(static_cast<float>(sum));
    }
  }
  return table;
}

}  // namespace

double MeshKernel::coefficient(int term) const {
  return (term % 2 == 0 ? 1 : -1) / std::pow(1 + cutoff * cutoff, term + 1);
}

double MeshKernel::at(double s) const {
  if (s >= cutoff * cutoff) {
    return shift > 0 ? -s / (1 + s) : 1 / (1 + s);
  }
  double sum = 0;
  for (int term = kTerms; term-- > 0;) {
    sum = sum * (s - cutoff * cutoff) + coefficient(term);
  }
  return sum;
}

MeshTables makeMeshTables(const MeshKernel &kernel, const FftPlan &plan, int threads) {
  const std::int64_t half = plan.length / 2 + 1;
  std::vector<float> table = sampleKernel(kernel, half);
  for (std::int64_t stride = 1; stride < static_cast<std::int64_t>(table.size()); stride *= half) {
    transformAxis(table, half, stride, plan, threads);
  }
  const std::vector<double> factors = splineFactors(half, plan.length);
  for (std::size_t e = 0; e < table.size(); ++e) {
    double factor = 1;
    for (std::size_t axis = 0, rest = e; axis < static_cast<std::size_t>(kernel.dims); ++axis, rest /= static_cast<std::size_t>(half)) {
      factor *= factors[rest % static_cast<std::size_t>(half)];
    }
    table[e] = static_cast<float>(table[e] * factor);
  }
  return {layOut(table, kernel.dims, half, plan, threads),
          selfTable(nearKernel(table, kernel.dims, half, plan.length), kernel.dims, kernel.dims == 2 ? MeshTables::kSelfSteps2 : MeshTables::kSelfSteps3)};
}

}  // namespace vitrine::projection
