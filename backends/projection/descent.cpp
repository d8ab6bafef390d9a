// Blocks of samples that lie together read the graph as it stands and are written back before the next block begins: what a block found helps those after it.
#include "projection/descent.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "projection/kernels/kernels.h"

namespace vitrine::projection {

namespace {

constexpr std::size_t kBlock = 4096;  // samples between two write-backs

struct Neighbourhood {
  const PackedPoints &points;
  std::span<const std::uint32_t> order, place;  // sample at a place in `points`, and back
  float scale;
  std::size_t reach;
};

/// Who counts sample j among its `reach` nearest: the closest first, at most as many again.
struct Admirers {
  std::vector<std::uint64_t> start;  // n + 1
  std::vector<std::uint32_t> who;

  Admirers(const KnnGraph &graph, std::size_t reach) : start(graph.count + 1, 0) {
    const auto k = static_cast<std::size_t>(graph.k);
    std::vector<std::uint32_t> count(graph.count, 0);
    for (std::size_t i = 0; i < graph.count; ++i) {
      for (std::size_t r = 0; r < reach; ++r) {
        ++count[graph.neighbours[i * k + r]];
      }
    }
    for (std::size_t j = 0; j < graph.count; ++j) {
      start[j + 1] = start[j] + std::min<std::size_t>(count[j], reach);
      count[j] = 0;
    }
    who.resize(start.back());
    for (std::size_t r = 0; r < reach; ++r) {
      for (std::size_t i = 0; i < graph.count; ++i) {
        const std::uint32_t j = graph.neighbours[i * k + r];
        if (start[j] + count[j] < start[j + 1]) {
          who[start[j] + count[j]++] = static_cast<std::uint32_t>(i);
        }
      }
    }
  }
  std::span<const std::uint32_t> of(std::size_t j) const { return std::span(who).subspan(start[j], start[j + 1] - start[j]); }
};

/// A distance (not negative) and a sample, ordered by both.
std::uint64_t keyOf(float distance, std::uint32_t sample) {
  return std::uint64_t{std::bit_cast<std::uint32_t>(distance)} << 32 | sample;
}

/// What one thread needs to look for the neighbours of one sample after another.
class Candidates {
 public:
  Candidates(const Neighbourhood &of, const KnnGraph &graph, const Admirers &admirers)
      : m_of(of), m_graph(graph), m_admirers(admirers), m_seen(graph.count, 0), m_keys(static_cast<std::size_t>(graph.k)) {}

  /// The nearest of the sample's old neighbours and all that are met, as keys in ascending order; gives how many of them are new.
  std::size_t search(std::uint32_t sample, std::uint64_t *row) {
    const auto k = static_cast<std::size_t>(m_graph.k);
    const std::uint32_t *old = m_graph.neighbours.data() + sample * k;
    ++m_round;
    m_places.clear();
    m_seen[sample] = m_round;
    for (std::size_t j = 0; j < k; ++j) {
      m_seen[old[j]] = m_round;
    }
    for (std::size_t j = 0; j < m_of.reach; ++j) {
      addAround(old[j]);
    }
    for (const std::uint32_t admirer : m_admirers.of(sample)) {
      add(admirer);
      addAround(admirer);
    }
    return keepNearest(sample, row);
  }

 private:
  void add(std::uint32_t sample) {
    if (m_seen[sample] != m_round) {
      m_seen[sample] = m_round;
      m_places.push_back(static_cast<std::int32_t>(m_of.place[sample]));
    }
  }
  void addAround(std::uint32_t sample) {
    const std::uint32_t *row = m_graph.neighbours.data() + sample * static_cast<std::size_t>(m_graph.k);
    std::for_each(row, row + m_of.reach, [&](std::uint32_t other) { add(other); });
  }
  std::size_t keepNearest(std::uint32_t sample, std::uint64_t *row) {
    const auto k = static_cast<std::size_t>(m_graph.k);
    const PackedPoints &points = m_of.points;
    m_squares.resize(m_places.size());
    kernels().dense->squaredDistancesAt(points.rows.data(), m_places.data(), static_cast<int>(m_places.size()), static_cast<int>(points.depth),
                                        points.rows.data() + m_of.place[sample] * points.depth, m_squares.data());
    m_keys.resize(k);
    for (std::size_t j = 0; j < k; ++j) {
      m_keys[j] = keyOf(m_graph.distances[sample * k + j], m_graph.neighbours[sample * k + j]);
    }
    const std::uint64_t worst = m_keys.back();
    for (std::size_t c = 0; c < m_places.size(); ++c) {
      const std::uint64_t key = keyOf(std::sqrt(m_squares[c]) * m_of.scale, m_of.order[static_cast<std::size_t>(m_places[c])]);
      if (key < worst) {
        m_keys.push_back(key);
      }
    }
    std::sort(m_keys.begin() + static_cast<std::ptrdiff_t>(k), m_keys.end());
    std::vector<std::uint64_t>::iterator added = m_keys.begin() + static_cast<std::ptrdiff_t>(k);
    std::size_t fresh = 0;
    for (std::size_t j = 0, kept = 0; j < k; ++j) {
      const bool take = added != m_keys.end() && *added < m_keys[kept];
      row[j] = take ? *added++ : m_keys[kept++];
      fresh += take ? 1 : 0;
    }
    return fresh;
  }

  const Neighbourhood &m_of;
  const KnnGraph &m_graph;
  const Admirers &m_admirers;
  std::vector<std::uint32_t> m_seen;  // the round in which a sample was met
  std::uint32_t m_round = 0;
  std::vector<std::int32_t> m_places;
  std::vector<float> m_squares;
  std::vector<std::uint64_t> m_keys;
};

}  // namespace

double descend(const PackedPoints &points, std::span<const std::uint32_t> order, float scale, std::size_t reach, int threads, const std::atomic<bool> &stop,
               KnnGraph &graph) {
  const std::size_t n = graph.count;
  const auto k = static_cast<std::size_t>(graph.k);
  std::vector<std::uint32_t> place(n);
  for (std::size_t p = 0; p < n; ++p) {
    place[order[p]] = static_cast<std::uint32_t>(p);
  }
  const Neighbourhood of{points, order, place, scale, std::min(reach, k)};
  const Admirers admirers(graph, of.reach);
  std::vector<std::uint64_t> rows(std::min(kBlock, n) * k);
  std::size_t fresh = 0;
#pragma omp parallel num_threads(threads) reduction(+ : fresh)
  {
    Candidates candidates(of, graph, admirers);
    for (std::size_t first = 0; first < n; first += kBlock) {
      const std::size_t count = std::min(kBlock, n - first);
#pragma omp for schedule(dynamic, 16)
      for (std::size_t i = 0; i < count; ++i) {
        fresh += stopped(stop) ? 0 : candidates.search(order[first + i], rows.data() + i * k);
      }
#pragma omp for schedule(static)
      for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t j = 0; j < k && !stopped(stop); ++j) {
          const std::size_t entry = order[first + i] * k + j;
          graph.neighbours[entry] = static_cast<std::uint32_t>(rows[i * k + j] & 0xFFFFFFFFU);
          graph.distances[entry] = std::bit_cast<float>(static_cast<std::uint32_t>(rows[i * k + j] >> 32));
        }
      }
    }
  }
  return static_cast<double>(fresh) / static_cast<double>(graph.neighbours.size());
}

}  // namespace vitrine::projection
