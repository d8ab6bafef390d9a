// Exact search compares all with all; above some ten thousand samples a list's queries look only into the lists around theirs (shared probes, so that
// everything stays a product of packed matrices). A sweep of neighbour descent mends what too few lists leave out, where that is cheaper than more lists.
#include "projection/knn.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "projection/descent.h"
#include "projection/kernels/kernels.h"
#include "projection/lists.h"
#include "projection/selection.h"

namespace vitrine::projection {

namespace {

constexpr std::size_t kExactLimit = 25000;  // below, comparing all with all is as fast
constexpr std::size_t kPanels = 64;         // panels between two looks at the stop flag
constexpr std::size_t kProbeBlock = 48;
constexpr std::size_t kProbeQueries = 1024;                  // half of them choose how many lists are probed, the other half measure the recall
constexpr std::array<std::size_t, 3> kReach = {20, 30, 45};  // of one sweep after the other: with one reach the second finds little that is new
// Measured at 40,000 to 1,000,000 samples in 30 to 100 dimensions: where lists have found nine of ten neighbours, the first sweep leaves 0.4 to 0.65 of those
// that are missing, and costs as much as comparing each sample with 3,000 (70,000 samples, in the cache) to 7,000 others (a million). Below some 300,000
// samples more lists are cheaper.
constexpr double kSweepLeaves = 0.6;
constexpr double kSweepCost = 7000;
constexpr double kSettled = 0.003;  // part of the neighbours that a sweep changed, below which another is not worth it

/// Appends rows [first, last) as one group of panels.
void appendGroup(PackedPoints &points, std::size_t first, std::size_t last) {
  points.panels.append(points.rows.data() + first * points.depth, last - first);
  std::vector<std::uint32_t> slots(last - first);
  std::iota(slots.begin(), slots.end(), static_cast<std::uint32_t>(first));
  points.rowOf.insert(points.rowOf.end(), slots.begin(), slots.end());
  points.rowOf.resize(points.panels.norms.size(), static_cast<std::uint32_t>(first));  // padding is never selected
}

std::vector<std::uint32_t> rowsFrom(std::size_t first, std::size_t count) {
  std::vector<std::uint32_t> rows(count);
  std::iota(rows.begin(), rows.end(), static_cast<std::uint32_t>(first));
  return rows;
}

/// Writes what a block found about the samples [first, first + count) in search order.
void writeRows(BlockSearch &search, std::size_t first, std::size_t count, const std::vector<std::uint32_t> &order, float scale, KnnGraph &graph) {
  const auto k = static_cast<std::size_t>(graph.k);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t sample = order.empty() ? first + i : order[first + i];
    const auto found = search.finish(i);
    for (std::size_t j = 0; j < k; ++j) {
      const auto &[square, row] = found[std::min(j, found.size() - 1)];
      graph.neighbours[sample * k + j] = order.empty() ? row : order[row];
      graph.distances[sample * k + j] = std::sqrt(square) * scale;
    }
  }
}

void searchExactly(PackedPoints &points, float scale, int threads, const std::atomic<bool> &stop, KnnGraph &graph) {
  appendGroup(points, 0, graph.count);
#pragma omp parallel num_threads(threads)
  {
    BlockSearch search(points, graph.k);
#pragma omp for schedule(dynamic, 1)
    for (std::size_t first = 0; first < graph.count; first += BlockSearch::kBlock) {
      const std::size_t count = std::min(BlockSearch::kBlock, graph.count - first);
      search.begin(rowsFrom(first, count));
      for (std::size_t p = 0; p < points.panels.panelCount() && !stopped(stop); p += kPanels) {
        search.scan(p, std::min(p + kPanels, points.panels.panelCount()));
      }
      if (!stopped(stop)) {
        writeRows(search, first, count, {}, scale, graph);
      }
    }
  }
}

/// The lists' search: which panels belong to which list, and how many lists a list looks into.
struct ListSearch {
  PackedPoints &points;
  const Lists &lists;
  std::vector<std::size_t> panelStart;  // lists + 1
  int k;
  int threads;

  std::size_t listOf(std::size_t row) const {
    return static_cast<std::size_t>(std::upper_bound(lists.start.begin(), lists.start.end(), row) - lists.start.begin()) - 1;
  }
  /// The probed lists of list l: the first `probes`, and more where they hold too few samples.
  std::span<const std::uint32_t> probed(std::size_t l, std::size_t probes) const {
    std::size_t samples = 0;
    std::size_t p = 0;
    for (; p < lists.count() && (p < probes || samples <= static_cast<std::size_t>(k)); ++p) {
      const std::uint32_t other = lists.nearest[l * lists.count() + p];
      samples += lists.start[other + 1] - lists.start[other];
    }
    return std::span(lists.nearest).subspan(l * lists.count(), p);
  }
};

/// Some samples and the truth about them. Queries 0, 2, 4 ... choose, 1, 3, 5 ... measure.
struct Probe {
  std::vector<std::uint32_t> rows;                  // in search order
  std::vector<std::vector<std::uint32_t>> nearest;  // of each query: its true neighbours, in search order
  std::vector<std::vector<std::uint32_t>> needed;   // and how many lists it must look into to meet each

  Probe(const ListSearch &s, const std::atomic<bool> &stop);
  /// Mean fraction of the true neighbours of the choosing (0) or measuring (1) queries for which met(query, neighbour) holds.
  template <class Met>
  double recall(std::size_t first, const Met &met) const;
  double recallOf(std::size_t first, std::size_t probes) const {
    return recall(first, [&](std::size_t q, std::size_t j) { return needed[q][j] <= probes; });
  }
  double recallOf(std::size_t first, const KnnGraph &graph) const;
  std::size_t probesFor(double wanted, std::size_t most) const {
    std::size_t probes = 1;
    while (probes < most && recallOf(0, probes) < wanted) {
      ++probes;
    }
    return probes;
  }
};

Probe::Probe(const ListSearch &s, const std::atomic<bool> &stop) {
  const std::size_t n = s.lists.order.size();
  const std::size_t queries = std::min(kProbeQueries, n);
  for (std::size_t q = 0; q < queries; ++q) {
    rows.push_back(static_cast<std::uint32_t>(q * n / queries));
  }
  nearest.resize(queries);
  needed.resize(queries);
#pragma omp parallel num_threads(s.threads)
  {
    BlockSearch search(s.points, s.k);
    std::vector<std::uint32_t> rank(s.lists.count());
#pragma omp for schedule(dynamic, 1)
    for (std::size_t first = 0; first < queries; first += kProbeBlock) {
      const std::size_t count = std::min(kProbeBlock, queries - first);
      search.begin({rows.begin() + static_cast<std::ptrdiff_t>(first), rows.begin() + static_cast<std::ptrdiff_t>(first + count)});
      for (std::size_t p = 0; p < s.points.panels.panelCount() && !stopped(stop); p += kPanels) {
        search.scan(p, std::min(p + kPanels, s.points.panels.panelCount()));
      }
      for (std::size_t i = 0; i < count && !stopped(stop); ++i) {
        const std::size_t list = s.listOf(rows[first + i]);
        for (std::size_t p = 0; p < s.lists.count(); ++p) {
          rank[s.lists.nearest[list * s.lists.count() + p]] = static_cast<std::uint32_t>(p + 1);
        }
        for (const auto &[square, neighbour] : search.finish(i)) {
          nearest[first + i].push_back(neighbour);
          needed[first + i].push_back(rank[s.listOf(neighbour)]);
        }
      }
    }
  }
}

template <class Met>
double Probe::recall(std::size_t first, const Met &met) const {
  std::size_t hits = 0;
  std::size_t all = 0;
  for (std::size_t q = first; q < nearest.size(); q += 2) {
    all += nearest[q].size();
    for (std::size_t j = 0; j < nearest[q].size(); ++j) {
      hits += met(q, j) ? 1 : 0;
    }
  }
  return all > 0 ? static_cast<double>(hits) / static_cast<double>(all) : 1;
}

double Probe::recallOf(std::size_t first, const KnnGraph &graph) const {
  return recall(first, [&](std::size_t q, std::size_t j) {
    const auto row = std::span(graph.neighbours).subspan(graph.order[rows[q]] * static_cast<std::size_t>(graph.k), static_cast<std::size_t>(graph.k));
    return std::find(row.begin(), row.end(), graph.order[nearest[q][j]]) != row.end();
  });
}

/// How the wanted recall is reached at the least cost: by lists alone, or by fewer and a sweep. Where the lists would cost too much: as many as may be, and
/// sweeps as long as they help.
struct Plan {
  std::size_t probes;
  std::size_t sweeps;
};

Plan cheapest(const Probe &probe, const KnnOptions &options, std::size_t samples, std::size_t lists) {
  const double each = static_cast<double>(samples) / static_cast<double>(lists);
  const std::size_t most = std::clamp<std::size_t>(static_cast<std::size_t>(options.comparisons / each), 1, lists);
  const std::size_t alone = probe.probesFor(options.recall, most);
  if (probe.recallOf(0, alone) < options.recall) {
    return {alone, kReach.size()};
  }
  const std::size_t fewer = probe.probesFor(1 - (1 - options.recall) / kSweepLeaves, most);
  const bool sweep = static_cast<double>(fewer) * each + kSweepCost < static_cast<double>(alone) * each;
  return sweep ? Plan{fewer, 1} : Plan{alone, 0};
}

/// Sweeps until the recall is reached; says in the graph's method how many they were.
void polish(const PackedPoints &points, float scale, const Probe &probe, std::size_t sweeps, const KnnOptions &options, const std::atomic<bool> &stop,
            KnnGraph &graph) {
  for (std::size_t sweep = 0; sweep < sweeps && !stopped(stop); ++sweep) {
    const double changed = descend(points, graph.order, scale, kReach[sweep], threadCount(options.threads), stop, graph);
    if (sweep + 1 == sweeps || changed < kSettled || probe.recallOf(0, graph) >= options.recall) {
      graph.method += ", " + std::to_string(sweep + 1) + (sweep == 0 ? " sweep" : " sweeps") + " of descent";
      graph.recall = probe.recallOf(1, graph);
      return;
    }
  }
}

void searchLists(PackedPoints &points, float scale, const KnnOptions &options, const std::atomic<bool> &stop, KnnGraph &graph) {
  const int threads = threadCount(options.threads);
  const auto wanted = static_cast<std::size_t>(2 * std::sqrt(static_cast<double>(graph.count)));
  const Lists lists =
      makeLists(points.rows, points.depth, {.lists = std::clamp<std::size_t>(wanted, 1, graph.count), .seed = options.seed, .threads = threads}, stop);
  throwIfStopped(stop);
  std::vector<float> reordered(points.rows.size());
  for (std::size_t i = 0; i < graph.count; ++i) {
    std::copy_n(points.rows.begin() + static_cast<std::ptrdiff_t>(lists.order[i] * points.depth), points.depth,
                reordered.begin() + static_cast<std::ptrdiff_t>(i * points.depth));
  }
  points.rows.swap(reordered);
  std::vector<float>().swap(reordered);
  ListSearch s{points, lists, {0}, graph.k, threads};
  for (std::size_t l = 0; l < lists.count(); ++l) {
    appendGroup(points, lists.start[l], lists.start[l + 1]);
    s.panelStart.push_back(points.panels.panelCount());
  }
  const Probe probe(s, stop);
  throwIfStopped(stop);
  const Plan plan = cheapest(probe, options, graph.count, lists.count());
  graph.recall = probe.recallOf(1, plan.probes);
  graph.method = std::to_string(lists.count()) + " lists, " + std::to_string(plan.probes) + " probed";
  graph.order = lists.order;
#pragma omp parallel num_threads(threads)
  {
    BlockSearch search(points, graph.k);
#pragma omp for schedule(dynamic, 1)
    for (std::size_t l = 0; l < lists.count(); ++l) {
      for (std::size_t first = lists.start[l]; first < lists.start[l + 1] && !stopped(stop); first += BlockSearch::kBlock) {
        const std::size_t count = std::min(BlockSearch::kBlock, lists.start[l + 1] - first);
        search.begin(rowsFrom(first, count));
        for (std::uint32_t other : s.probed(l, plan.probes)) {
          search.scan(s.panelStart[other], s.panelStart[other + 1]);
        }
        writeRows(search, first, count, lists.order, scale, graph);
      }
    }
  }
  std::vector<float>().swap(points.panels.values);  // a sweep needs the rows only
  polish(points, scale, probe, plan.sweeps, options, stop, graph);
}

std::vector<Hit> nearestHits(const Matrix &x, std::span<const float> query, int k, std::size_t without) {
  std::vector<float> squares(x.rows);
  kernels().dense->squaredDistances(x.values.data(), static_cast<std::int64_t>(x.rows), static_cast<int>(x.cols), query.data(), squares.data());
  std::vector<std::size_t> rows(x.rows);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  if (without < x.rows) {
    rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(without));
  }
  const auto kept = static_cast<std::ptrdiff_t>(std::min<std::size_t>(rows.size(), static_cast<std::size_t>(std::max(k, 0))));
  std::partial_sort(rows.begin(), rows.begin() + kept, rows.end(),
                    [&](std::size_t a, std::size_t b) { return squares[a] != squares[b] ? squares[a] < squares[b] : a < b; });
  std::vector<Hit> hits;
  for (std::ptrdiff_t i = 0; i < kept; ++i) {
    hits.push_back({rows[static_cast<std::size_t>(i)], std::sqrt(squares[rows[static_cast<std::size_t>(i)]])});
  }
  return hits;
}

}  // namespace

std::vector<float> normalisedRows(const Matrix &x, float &scale) {
  std::vector<double> mean(x.cols, 0);
  for (std::size_t i = 0; i < x.rows; ++i) {
    for (std::size_t c = 0; c < x.cols; ++c) {
      mean[c] += x.values[i * x.cols + c];
    }
  }
  for (double &m : mean) {
    m /= static_cast<double>(x.rows);
  }
  double square = 0;
  for (std::size_t i = 0; i < x.rows; ++i) {
    for (std::size_t c = 0; c < x.cols; ++c) {
      const double v = x.values[i * x.cols + c] - mean[c];
      square += v * v;
    }
  }
  const double deviation = std::sqrt(square / static_cast<double>(x.rows));
  const double inverse = deviation > 0 ? 1 / deviation : 1;
  scale = static_cast<float>(deviation > 0 ? deviation : 1);
  std::vector<float> rows(x.values.size());
  for (std::size_t i = 0; i < x.rows; ++i) {
    for (std::size_t c = 0; c < x.cols; ++c) {
      rows[i * x.cols + c] = static_cast<float>((x.values[i * x.cols + c] - mean[c]) * inverse);
    }
  }
  return rows;
}

void checkMatrix(const Matrix &x, std::size_t minRows, const char *what) {
  if (x.rows < minRows || x.cols == 0) {
    throw InputError(std::string(what) + " needs at least " + std::to_string(minRows) + (minRows == 1 ? " sample" : " samples") + " and one column, not " +
                     std::to_string(x.rows) + " x " + std::to_string(x.cols));
  }
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    if (!std::isfinite(x.values[i])) {
      throw InputError("row " + std::to_string(i / x.cols) + ", column " + std::to_string(i % x.cols), "the value is not a finite number",
                       "remove or replace it before " + std::string(what));
    }
  }
}

KnnGraph buildKnn(const Matrix &x, const KnnOptions &options, const std::atomic<bool> &stop) {
  checkMatrix(x, 2, "the neighbour search");
  KnnGraph graph;
  graph.count = x.rows;
  graph.k = static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(std::max(options.k, 1)), x.rows - 1));
  graph.method = "exact";
  graph.neighbours.resize(x.rows * static_cast<std::size_t>(graph.k));
  graph.distances.resize(graph.neighbours.size());
  PackedPoints points;
  points.depth = x.cols;
  float scale = 1;
  points.rows = normalisedRows(x, scale);
  points.panels.depth = static_cast<int>(x.cols);
  const bool lists = options.method == KnnOptions::Method::Lists || (options.method == KnnOptions::Method::Auto && x.rows > kExactLimit);
  if (lists) {
    searchLists(points, scale, options, stop, graph);
  } else {
    searchExactly(points, scale, threadCount(options.threads), stop, graph);
  }
  throwIfStopped(stop);
  return graph;
}

std::vector<Hit> NeighbourIndex::nearest(std::size_t row, int k) const {
  if (row >= m_x->rows) {
    throw InputError("there is no row " + std::to_string(row) + " among " + std::to_string(m_x->rows));
  }
  return nearestHits(*m_x, m_x->row(row), k, row);
}

std::vector<Hit> NeighbourIndex::nearest(std::span<const float> query, int k) const {
  if (query.size() != m_x->cols) {
    throw InputError("a query of " + std::to_string(query.size()) + " values does not fit " + std::to_string(m_x->cols) + " columns");
  }
  return nearestHits(*m_x, query, k, m_x->rows);
}

}  // namespace vitrine::projection
