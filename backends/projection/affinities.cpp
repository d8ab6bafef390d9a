// Calibration row by row, then P and its transpose merged row by row: every row is written by one thread, so the result does not depend on their number.
#include "projection/affinities.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>

#include "projection/kernels/kernels.h"

namespace vitrine::projection {

namespace {

constexpr std::size_t kChunk = 256;  // rows; within a chunk each row starts from the precision that its forerunner found

/// The directed graph with calibrated weights: k entries a row, columns ascending.
struct Directed {
  std::size_t k = 0;
  std::vector<std::uint32_t> columns;
  std::vector<float> values;
};

/// Who names row j as a neighbour: positions in Directed, ascending, start[j] .. start[j + 1].
struct Transposed {
  std::vector<std::uint64_t> start;
  std::vector<std::uint32_t> entries;
};

/// The first k neighbours of every row with weigh(distances, p, state)'s weights; `state` starts at 1 in each chunk of rows.
template <class Weigh>
Directed weighRows(const KnnGraph &graph, std::size_t k, const Weigh &weigh, std::span<const std::uint32_t> order, int threads, const std::atomic<bool> &stop) {
  const std::size_t n = graph.count;
  const auto stride = static_cast<std::size_t>(graph.k);
  std::vector<std::uint32_t> place(order.empty() ? 0 : n);
  for (std::size_t i = 0; i < order.size(); ++i) {
    place[order[i]] = static_cast<std::uint32_t>(i);
  }
  Directed out{k, std::vector<std::uint32_t>(n * k), std::vector<float>(n * k)};
#pragma omp parallel num_threads(threads)
  {
    std::vector<float> distances(k + 16);
    std::vector<float> p(k + 16);
    std::vector<std::uint64_t> keys(k);
#pragma omp for schedule(dynamic, 1)
    for (std::size_t chunk = 0; chunk < n; chunk += kChunk) {
      float state = 1;
      for (std::size_t i = chunk; i < std::min(n, chunk + kChunk) && !stopped(stop); ++i) {
        const std::size_t sample = order.empty() ? i : order[i];
        std::copy_n(graph.distances.begin() + static_cast<std::ptrdiff_t>(sample * stride), k, distances.begin());
        weigh(distances.data(), p.data(), state);
        for (std::size_t j = 0; j < k; ++j) {
          const std::uint32_t neighbour = graph.neighbours[sample * stride + j];
          keys[j] = std::uint64_t{order.empty() ? neighbour : place[neighbour]} << 32 | std::bit_cast<std::uint32_t>(p[j]);
        }
        std::sort(keys.begin(), keys.end());
        for (std::size_t j = 0; j < k; ++j) {
          out.columns[i * k + j] = static_cast<std::uint32_t>(keys[j] >> 32);
          out.values[i * k + j] = std::bit_cast<float>(static_cast<std::uint32_t>(keys[j] & 0xFFFFFFFFU));
        }
      }
    }
  }
  return out;
}

/// Counting sort by column: each thread counts and places the entries of its own range of rows, one range after the other.
Transposed transpose(const Directed &p, std::size_t n, int threads) {
  Transposed t{std::vector<std::uint64_t>(n + 1, 0), std::vector<std::uint32_t>(p.columns.size())};
  const auto parts = static_cast<std::size_t>(threads);
  std::vector<std::vector<std::uint32_t>> next(parts);
  const auto range = [&](std::size_t part) { return n * part / parts * p.k; };
#pragma omp parallel for num_threads(threads) schedule(static, 1)
  for (std::size_t part = 0; part < parts; ++part) {
    next[part].assign(n, 0);
    for (std::size_t e = range(part); e < range(part + 1); ++e) {
      ++next[part][p.columns[e]];
    }
  }
  for (std::size_t j = 0; j < n; ++j) {
    std::uint64_t at = t.start[j];
    for (std::size_t part = 0; part < parts; ++part) {
      const std::uint32_t count = next[part][j];
      next[part][j] = static_cast<std::uint32_t>(at);
      at += count;
    }
    t.start[j + 1] = at;
  }
#pragma omp parallel for num_threads(threads) schedule(static, 1)
  for (std::size_t part = 0; part < parts; ++part) {
    for (std::size_t e = range(part); e < range(part + 1); ++e) {
      t.entries[next[part][p.columns[e]]++] = static_cast<std::uint32_t>(e);
    }
  }
  return t;
}

/// Calls take(column, p_ij, p_ji) for every column of row i, ascending; 0 where there is no such edge.
template <class Take>
void mergeRow(const Directed &p, const Transposed &t, std::size_t i, const Take &take) {
  std::size_t a = i * p.k;
  std::uint64_t b = t.start[i];
  while (a < (i + 1) * p.k || b < t.start[i + 1]) {
    const std::uint64_t out = a < (i + 1) * p.k ? p.columns[a] : ~std::uint64_t{0};
    const std::uint64_t in = b < t.start[i + 1] ? t.entries[b] / p.k : ~std::uint64_t{0};
    const float there = out <= in ? p.values[a] : 0, back = in <= out ? p.values[t.entries[b]] : 0;
    a += out <= in ? 1 : 0;
    b += in <= out ? 1 : 0;
    take(static_cast<std::uint32_t>(std::min(out, in)), there, back);
  }
}

/// combine(p_ij, p_ji) for every pair that either names.
template <class Combine>
Affinities symmetrised(const Directed &directed, std::size_t n, const Combine &combine, int team, const std::atomic<bool> &stop) {
  throwIfStopped(stop);
  const Transposed transposed = transpose(directed, n, team);
  throwIfStopped(stop);
  Affinities result;
  result.start.assign(n + 1, 0);
#pragma omp parallel for num_threads(team) schedule(static)
  for (std::size_t i = 0; i < n; ++i) {
    std::uint64_t count = 0;
    mergeRow(directed, transposed, i, [&](std::uint32_t, float, float) { ++count; });
    result.start[i + 1] = count;
  }
  for (std::size_t i = 0; i < n; ++i) {
    result.start[i + 1] += result.start[i];
  }
  result.columns.resize(result.start[n]);
  result.values.resize(result.start[n]);
#pragma omp parallel for num_threads(team) schedule(static)
  for (std::size_t i = 0; i < n; ++i) {
    std::uint64_t e = result.start[i];
    mergeRow(directed, transposed, i, [&](std::uint32_t column, float there, float back) {
      result.columns[e] = column;
      result.values[e++] = combine(there, back);
    });
  }
  throwIfStopped(stop);
  return result;
}

void checkEdges(const KnnGraph &graph) {
  if (graph.neighbours.size() > 0xFFFFFFFFU) {
    throw InputError("a neighbour graph of " + std::to_string(graph.neighbours.size()) + " edges is more than this program can hold; lower the perplexity");
  }
}

/// Memberships exp(-(d - rho) / sigma) that sum to `target`: rho the nearest neighbour that is not a duplicate, sigma by bisection.
void membershipsOf(const float *distances, std::size_t k, double target, float *p) {
  const auto *nearest = std::find_if(distances, distances + k, [](float d) { return d > 0; });
  const float rho = nearest == distances + k ? 0 : *nearest;
  double low = 0, high = INFINITY, sigma = 1, mean = 0;
  for (std::size_t j = 0; j < k; ++j) {
    mean += static_cast<double>(distances[j]) / static_cast<double>(k);
  }
  sigma = std::max(mean, 1e-30);
  for (int round = 0; round < 64; ++round) {
    double sum = 0;
    for (std::size_t j = 0; j < k; ++j) {
      sum += std::exp(-std::max(0.0, static_cast<double>(distances[j] - rho)) / sigma);
    }
    if (std::abs(sum - target) < 1e-5) {
      break;
    }
    (sum > target ? high : low) = sigma;
    sigma = std::isinf(high) ? 2 * sigma : 0.5 * (low + high);
  }
  sigma = std::max(sigma, 1e-3 * mean);
  for (std::size_t j = 0; j < k; ++j) {
    p[j] = sigma > 0 ? static_cast<float>(std::exp(-std::max(0.0, static_cast<double>(distances[j] - rho)) / sigma)) : 1;
  }
}

}  // namespace

int neighboursFor(double perplexity, std::size_t n) {
  return static_cast<int>(std::min(std::floor(3 * perplexity), static_cast<double>(n) - 1));
}

void checkPerplexity(double perplexity, std::size_t n) {
  std::array<char, 200> text{};
  if (!(perplexity >= 1) || !std::isfinite(perplexity)) {
    std::snprintf(text.data(), text.size(), "perplexity %g is not a number of neighbours; choose 5 to 50", perplexity);
    throw InputError(text.data());
  }
  const double most = std::floor((static_cast<double>(n) - 1) / 3);
  if (perplexity > (static_cast<double>(n) - 1) / 3) {
    std::snprintf(text.data(), text.size(), "perplexity %g needs more than %.0f samples; there are %zu", perplexity, std::floor(3 * perplexity), n);
    throw InputError(text.data() +
                     (most >= 1 ? ": choose at most " + std::to_string(static_cast<int>(most)) + " or take more samples" : ": take more samples"));
  }
}

Affinities calibrate(const KnnGraph &graph, double perplexity, std::span<const std::uint32_t> order, int threads, const std::atomic<bool> &stop) {
  const std::size_t n = graph.count;
  checkPerplexity(perplexity, n);
  checkEdges(graph);
  const auto k = static_cast<std::size_t>(std::min(graph.k, neighboursFor(perplexity, n)));
  const auto weigh = [k, entropy = static_cast<float>(std::log(perplexity))](const float *distances, float *p, float &beta) {
    beta = kernels().map->calibrateRow(distances, static_cast<int>(k), entropy, std::clamp(beta, 1e-3F, 1e3F), p);
  };
  const int team = threadCount(threads);
  const auto scale = static_cast<float>(0.5 / static_cast<double>(n));
  return symmetrised(
      weighRows(graph, k, weigh, order, team, stop), n, [scale](float there, float back) { return (there + back) * scale; }, team, stop);
}

Affinities fuzzyGraph(const KnnGraph &graph, int neighbours, std::span<const std::uint32_t> order, int threads, const std::atomic<bool> &stop) {
  checkEdges(graph);
  const auto k = static_cast<std::size_t>(std::clamp(neighbours - 1, 1, graph.k));
  const auto weigh = [k, target = std::log2(static_cast<double>(k) + 1)](const float *distances, float *p, float &) { membershipsOf(distances, k, target, p); };
  const int team = threadCount(threads);
  return symmetrised(
      weighRows(graph, k, weigh, order, team, stop), graph.count, [](float there, float back) { return there + back - there * back; }, team, stop);
}

void fuzzyRow(std::span<const float> distances, std::span<float> weights) {
  membershipsOf(distances.data(), distances.size(), std::log2(static_cast<double>(distances.size()) + 1), weights.data());
}

}  // namespace vitrine::projection
