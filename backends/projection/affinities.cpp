// Calibration row by row, then P and its transpose merged row by row: every row is written by one thread, so the result does not depend on their number.
#include "projection/affinities.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "projection/kernels/kernels.h"

namespace vitrine::projection {

namespace {

constexpr std::size_t kChunk = 256;  // rows; within a chunk each row starts from the precision that its forerunner found

/// Weight of a neighbour at distance d: scale * exp(-rate * max(0, f(d) - offset)), f the square or the distance itself.
struct RowWeight {
  float rate = 0, offset = 0, scale = 1;
};

/// The directed graph with calibrated weights: edge e = i * k + j is row i's j-th neighbour by ascending column. Columns and weights are worked out from the
/// graph when they are asked for: kept, they would be a fifth of all memory at a million samples.
struct Directed {
  const KnnGraph &graph;
  std::span<const std::uint32_t> order;
  std::size_t k = 0;
  bool squares = true;
  std::vector<std::uint32_t> place;  ///< of a sample; empty = as they are
  std::vector<std::uint16_t> ranks;  ///< n x k: which of the sample's neighbours, nearest first, the edge is
  std::vector<RowWeight> rows;       ///< n

  std::size_t edge(std::size_t i, std::size_t e) const { return (order.empty() ? i : order[i]) * static_cast<std::size_t>(graph.k) + ranks[e]; }
  std::uint32_t column(std::size_t i, std::size_t e) const {
    const std::uint32_t sample = graph.neighbours[edge(i, e)];
    return place.empty() ? sample : place[sample];
  }
  float weight(std::size_t i, std::size_t e) const {
    const float d = graph.distances[edge(i, e)];
    const RowWeight &row = rows[i];
    return row.scale * std::exp(-row.rate * std::max(0.0F, (squares ? d * d : d) - row.offset));
  }
};

/// Who names row j as a neighbour: positions in Directed, ascending, start[j] .. start[j + 1].
struct Transposed {
  std::vector<std::uint64_t> start;
  std::vector<std::uint32_t> entries;
};

/// The first k neighbours of every row, weighed by weigh(distances, room, state); `state` starts at 1 in each chunk of rows.
template <class Weigh>
Directed weighRows(const KnnGraph &graph, std::size_t k, bool squares, const Weigh &weigh, std::span<const std::uint32_t> order, int threads,
                   const std::atomic<bool> &stop) {
  const std::size_t n = graph.count;
  Directed out{graph, order, k, squares, std::vector<std::uint32_t>(order.empty() ? 0 : n), std::vector<std::uint16_t>(n * k), std::vector<RowWeight>(n)};
  for (std::size_t i = 0; i < order.size(); ++i) {
    out.place[order[i]] = static_cast<std::uint32_t>(i);
  }
#pragma omp parallel num_threads(threads)
  {
    std::vector<float> distances(k + 16), room(k + 16);
    std::vector<std::uint64_t> keys(k);
#pragma omp for schedule(dynamic, 1)
    for (std::size_t chunk = 0; chunk < n; chunk += kChunk) {
      float state = 1;
      for (std::size_t i = chunk; i < std::min(n, chunk + kChunk) && !stopped(stop); ++i) {
        const std::size_t first = (order.empty() ? i : order[i]) * static_cast<std::size_t>(graph.k);
        std::copy_n(graph.distances.begin() + static_cast<std::ptrdiff_t>(first), k, distances.begin());
        out.rows[i] = weigh(distances.data(), room.data(), state);
        for (std::size_t j = 0; j < k; ++j) {
          const std::uint32_t neighbour = graph.neighbours[first + j];
          keys[j] = std::uint64_t{order.empty() ? neighbour : out.place[neighbour]} << 32 | j;
        }
        std::sort(keys.begin(), keys.end());
        std::transform(keys.begin(), keys.end(), out.ranks.begin() + static_cast<std::ptrdiff_t>(i * k),
                       [](std::uint64_t key) { return static_cast<std::uint16_t>(key & 0xFFFFU); });
      }
    }
  }
  return out;
}

/// Counting sort by column: each thread counts and places the entries of its own range of rows, one range after the other.
Transposed transpose(const Directed &p, std::size_t n, int threads) {
  Transposed t{std::vector<std::uint64_t>(n + 1, 0), std::vector<std::uint32_t>(p.ranks.size())};
  const auto parts = static_cast<std::size_t>(threads);
  std::vector<std::vector<std::uint32_t>> next(parts);
  const auto range = [&](std::size_t part) { return n * part / parts; };
#pragma omp parallel for num_threads(threads) schedule(static, 1)
  for (std::size_t part = 0; part < parts; ++part) {
    next[part].assign(n, 0);
    for (std::size_t i = range(part); i < range(part + 1); ++i) {
      for (std::size_t e = i * p.k; e < (i + 1) * p.k; ++e) {
        ++next[part][p.column(i, e)];
      }
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
    for (std::size_t i = range(part); i < range(part + 1); ++i) {
      for (std::size_t e = i * p.k; e < (i + 1) * p.k; ++e) {
        t.entries[next[part][p.column(i, e)]++] = static_cast<std::uint32_t>(e);
      }
    }
  }
  return t;
}

/// One row of the directed graph and of its transpose, fetched before they are merged: the fetches do not wait for one another.
struct RowPair {
  std::vector<std::uint32_t> out, in;  ///< columns, ascending
  std::vector<float> there, back;      ///< weights

  void fetch(const Directed &p, const Transposed &t, std::size_t i, bool weights) {
    const std::size_t ins = t.start[i + 1] - t.start[i];
    out.resize(p.k), in.resize(ins), there.assign(p.k, 0), back.assign(ins, 0);
    for (std::size_t j = 0; j < p.k; ++j) {
      out[j] = p.column(i, i * p.k + j);
    }
    for (std::size_t j = 0; j < ins; ++j) {
      in[j] = t.entries[t.start[i] + j] / static_cast<std::uint32_t>(p.k);
    }
    for (std::size_t j = 0; weights && j < p.k; ++j) {
      there[j] = p.weight(i, i * p.k + j);
    }
    for (std::size_t j = 0; weights && j < ins; ++j) {
      back[j] = p.weight(in[j], t.entries[t.start[i] + j]);
    }
  }
  /// Calls take(column, p_ij, p_ji) for every column, ascending; 0 where there is no such edge.
  template <class Take>
  void merge(Take &&take) const {
    std::size_t a = 0, b = 0;
    while (a < out.size() || b < in.size()) {
      const bool first = b == in.size() || (a < out.size() && out[a] <= in[b]), second = a == out.size() || (b < in.size() && in[b] <= out[a]);
      take(first ? out[a] : in[b], first ? there[a] : 0, second ? back[b] : 0);
      a += first ? 1 : 0;
      b += second ? 1 : 0;
    }
  }
};

/// combine(p_ij, p_ji) for every pair that either names.
template <class Combine>
Affinities symmetrised(const Directed &directed, std::size_t n, const Combine &combine, int team, const std::atomic<bool> &stop) {
  throwIfStopped(stop);
  const Transposed transposed = transpose(directed, n, team);
  throwIfStopped(stop);
  Affinities result;
  result.start.assign(n + 1, 0);
#pragma omp parallel num_threads(team)
  {
    RowPair row;
#pragma omp for schedule(static)
    for (std::size_t i = 0; i < n; ++i) {
      row.fetch(directed, transposed, i, false);
      row.merge([&](std::uint32_t, float, float) { ++result.start[i + 1]; });
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    result.start[i + 1] += result.start[i];
  }
  result.columns.resize(result.start[n]);
  result.values.resize(result.start[n]);
#pragma omp parallel num_threads(team)
  {
    RowPair row;
#pragma omp for schedule(static)
    for (std::size_t i = 0; i < n; ++i) {
      row.fetch(directed, transposed, i, true);
      row.merge([&, e = result.start[i]](std::uint32_t column, float there, float back) mutable {
        result.columns[e] = column;
        result.values[e++] = combine(there, back);
      });
    }
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
RowWeight membershipOf(const float *distances, std::size_t k, double target) {
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
  return {sigma > 0 ? static_cast<float>(1 / sigma) : 0, rho, 1};
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
    const float unit = distances[k - 1] > 0 ? 1 / distances[k - 1] : 0;  // the kernel's unit of distance
    return RowWeight{beta * unit * unit, distances[0] * distances[0], p[0]};
  };
  const int team = threadCount(threads);
  const auto scale = static_cast<float>(0.5 / static_cast<double>(n));
  return symmetrised(
      weighRows(graph, k, true, weigh, order, team, stop), n, [scale](float there, float back) { return (there + back) * scale; }, team, stop);
}

Affinities fuzzyGraph(const KnnGraph &graph, int neighbours, std::span<const std::uint32_t> order, int threads, const std::atomic<bool> &stop) {
  checkEdges(graph);
  const auto k = static_cast<std::size_t>(std::clamp(neighbours - 1, 1, graph.k));
  const auto weigh = [k, target = std::log2(static_cast<double>(k) + 1)](const float *distances, float *, float &) {
    return membershipOf(distances, k, target);
  };
  const int team = threadCount(threads);
  return symmetrised(
      weighRows(graph, k, false, weigh, order, team, stop), graph.count, [](float there, float back) { return there + back - there * back; }, team, stop);
}

void fuzzyRow(std::span<const float> distances, std::span<float> weights) {
  const RowWeight row = membershipOf(distances.data(), distances.size(), std::log2(static_cast<double>(distances.size()) + 1));
  std::transform(distances.begin(), distances.end(), weights.begin(), [&row](float d) { return std::exp(-row.rate * std::max(0.0F, d - row.offset)); });
}

}  // namespace vitrine::projection
