// Both spaces are searched exactly, for the same sample of queries: all distances of a query to all samples, its nearest, and their ranks in the other space.
#include "projection/quality.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/seed.h"
#include "projection/affinities.h"
#include "projection/dense.h"
#include "projection/kernels/kernels.h"
#include "projection/repulsion.h"

namespace vitrine::projection {

namespace {

constexpr float kSelf = 3e38F;         // a query's distance to itself: never among the nearest
constexpr std::size_t kSample = 1024;  // values from which a selection's threshold is guessed
constexpr std::size_t kNarrow = 8;     // columns up to which squared differences beat a matrix product (and lose no digits)

/// Squared distances from queries to all rows, a tile of queries at a time.
class DistanceRows {
 public:
  explicit DistanceRows(const Matrix &x) : m_count(x.rows), m_depth(x.cols) {
    float scale = 1;
    m_rows = normalisedRows(x, scale);
    if (m_depth > kNarrow) {
      m_panels.depth = static_cast<int>(m_depth);
      m_panels.append(m_rows.data(), m_count);
    }
  }

  /// Row i of out: the distances of queries[i], at most a tile of them; stride floats a row.
  void fill(std::span<const std::uint32_t> queries, std::vector<float> &out, std::size_t stride) const {
    std::fill_n(out.begin(), queries.size() * stride, 0.0F);
    m_depth > kNarrow ? multiply(queries, out, stride) : subtract(queries, out, stride);
    for (std::size_t i = 0; i < queries.size(); ++i) {
      out[i * stride + queries[i]] = kSelf;
    }
  }

 private:
  void multiply(std::span<const std::uint32_t> queries, std::vector<float> &out, std::size_t stride) const {
    const DenseKernels &kernel = *kernels().dense;
    std::vector<float> rows;
    for (const std::uint32_t q : queries) {
      rows.insert(rows.end(), m_rows.begin() + static_cast<std::ptrdiff_t>(q * m_depth), m_rows.begin() + static_cast<std::ptrdiff_t>((q + 1) * m_depth));
    }
    std::vector<float> tile;
    packTile(rows.data(), queries.size(), m_depth, tile);
    for (std::size_t p = 0; p < m_panels.panelCount(); ++p) {
      kernel.addTile(tile.data(), m_panels.panel(p), m_panels.depth, out.data() + p * static_cast<std::size_t>(kernel.columns),
                     static_cast<std::int64_t>(stride));
    }
    for (std::size_t i = 0; i < queries.size(); ++i) {
      float *row = out.data() + i * stride;
      const float own = m_panels.norms[queries[i]];
      for (std::size_t j = 0; j < m_count; ++j) {
        row[j] = own + m_panels.norms[j] - 2 * row[j];
      }
    }
  }

  void subtract(std::span<const std::uint32_t> queries, std::vector<float> &out, std::size_t stride) const {
    for (std::size_t i = 0; i < queries.size(); ++i) {
      const float *query = m_rows.data() + queries[i] * m_depth;
      float *row = out.data() + i * stride;
      for (std::size_t j = 0; j < m_count; ++j) {
        for (std::size_t c = 0; c < m_depth; ++c) {
          const float d = m_rows[j * m_depth + c] - query[c];
          row[j] += d * d;
        }
      }
    }
  }

  std::size_t m_count, m_depth;
  std::vector<float> m_rows;
  Panels m_panels;
};

/// The k positions with the smallest values, ties by position. A threshold guessed from a sample leaves few candidates to sort.
std::vector<std::int32_t> smallest(std::span<const float> values, std::size_t k) {
  std::vector<float> sample;
  const std::size_t step = std::max<std::size_t>(1, values.size() / kSample);
  for (std::size_t i = 0; i < values.size(); i += step) {
    sample.push_back(values[i]);
  }
  std::sort(sample.begin(), sample.end());
  std::vector<std::int32_t> positions(values.size());
  std::size_t found = 0;
  for (std::size_t rank = k / step + 4; found < k; rank *= 2) {
    const float threshold = rank < sample.size() ? std::nextafter(sample[rank], kSelf) : INFINITY;
    found = static_cast<std::size_t>(kernels().dense->collectBelow(values.data(), static_cast<std::int64_t>(values.size()), threshold, positions.data(),
                                                                   static_cast<std::int64_t>(positions.size())));
  }
  std::partial_sort(positions.begin(), positions.begin() + static_cast<std::ptrdiff_t>(k), positions.begin() + static_cast<std::ptrdiff_t>(found),
                    [&](std::int32_t a, std::int32_t b) {
                      const float x = values[static_cast<std::size_t>(a)];
                      const float y = values[static_cast<std::size_t>(b)];
                      return x != y ? x < y : a < b;
                    });
  positions.resize(k);
  return positions;
}

/// Sum over `near` of how far beyond k each one's rank in `values` lies.
double beyond(std::span<const float> values, const std::vector<std::int32_t> &near) {
  const auto k = static_cast<std::int64_t>(near.size());
  double sum = 0;
  for (const std::int32_t j : near) {
    const std::int64_t closer = kernels().dense->countBelow(values.data(), static_cast<std::int64_t>(values.size()), values[static_cast<std::size_t>(j)]);
    sum += static_cast<double>(std::max<std::int64_t>(0, closer + 1 - k));
  }
  return sum;
}

/// Sums over queries; whole numbers in doubles, so that their order does not matter.
struct Tally {
  double shared = 0, agreeing = 0, labelled = 0, falseNear = 0, torn = 0;
  void add(const Tally &t) { *this = {shared + t.shared, agreeing + t.agreeing, labelled + t.labelled, falseNear + t.falseNear, torn + t.torn}; }
};

void compare(std::span<const float> original, std::span<const float> map, std::uint32_t query, std::span<const std::int32_t> labels, std::size_t k,
             Tally &tally) {
  const std::vector<std::int32_t> near = smallest(original, k);
  const std::vector<std::int32_t> nearInMap = smallest(map, k);
  for (const std::int32_t j : nearInMap) {
    tally.shared += std::find(near.begin(), near.end(), j) != near.end() ? 1 : 0;
    if (!labels.empty() && labels[query] >= 0 && labels[static_cast<std::size_t>(j)] >= 0) {
      tally.agreeing += labels[query] == labels[static_cast<std::size_t>(j)] ? 1 : 0;
      tally.labelled += 1;
    }
  }
  tally.falseNear += beyond(original, nearInMap);
  tally.torn += beyond(map, near);
}

std::vector<std::uint32_t> drawQueries(std::size_t n, const QualityOptions &options) {
  std::vector<std::uint32_t> queries(n);
  std::iota(queries.begin(), queries.end(), 0U);
  if (n > options.queries) {
    Rng(options.seed).shuffle(queries);
    queries.resize(options.queries);
  }
  return queries;
}

void checkSizes(const Matrix &x, const Matrix &y, std::span<const std::int32_t> labels) {
  checkMatrix(x, 3, "a quality measure");
  checkMatrix(y, 3, "a quality measure");
  if (y.rows != x.rows) {
    throw InputError("the map has " + std::to_string(y.rows) + " points for " + std::to_string(x.rows) + " samples");
  }
  if (!labels.empty() && labels.size() != x.rows) {
    throw InputError("there are " + std::to_string(labels.size()) + " labels for " + std::to_string(x.rows) + " samples");
  }
}

}  // namespace

MapQuality mapQuality(const Matrix &x, const Matrix &y, std::span<const std::int32_t> labels, const QualityOptions &options, const std::atomic<bool> &stop,
                      PointQuality *points) {
  checkSizes(x, y, labels);
  const std::size_t n = x.rows;
  const std::size_t k = std::clamp<std::size_t>(static_cast<std::size_t>(std::max(options.k, 1)), 1, (n - 1) / 2);
  std::vector<std::uint32_t> queries = drawQueries(n, options);
  if (points != nullptr) {
    std::sort(queries.begin(), queries.end());
    points->rows = queries;
    points->recall.resize(queries.size());
    points->trustworthiness.resize(queries.size());
    points->continuity.resize(queries.size());
  }
  const double ofOne = 2 / (static_cast<double>(k) * (2 * static_cast<double>(n) - 3 * static_cast<double>(k) - 1));
  const DistanceRows original(x);
  const DistanceRows map(y);
  const int threads = threadCount(options.threads);
  const auto tile = static_cast<std::size_t>(kernels().dense->rows);
  const std::size_t stride = n + static_cast<std::size_t>(kernels().dense->columns);
  std::vector<Tally> tallies(static_cast<std::size_t>(threads));
#pragma omp parallel num_threads(threads)
  {
    Tally &tally = tallies[static_cast<std::size_t>(omp_get_thread_num())];
    std::vector<float> rows(tile * stride);
    std::vector<float> mapRows(tile * stride);
#pragma omp for schedule(dynamic, 1)
    for (std::size_t first = 0; first < queries.size(); first += tile) {
      if (stopped(stop)) {
        continue;
      }
      const auto block = std::span(queries).subspan(first, std::min(tile, queries.size() - first));
      original.fill(block, rows, stride);
      map.fill(block, mapRows, stride);
      for (std::size_t i = 0; i < block.size(); ++i) {
        Tally one;
        compare({rows.data() + i * stride, n}, {mapRows.data() + i * stride, n}, block[i], labels, k, one);
        if (points != nullptr) {
          points->recall[first + i] = static_cast<float>(one.shared / static_cast<double>(k));
          points->trustworthiness[first + i] = static_cast<float>(1 - ofOne * one.falseNear);
          points->continuity[first + i] = static_cast<float>(1 - ofOne * one.torn);
        }
        tally.add(one);
      }
    }
  }
  throwIfStopped(stop);
  Tally sum;
  for (const Tally &t : tallies) {
    sum.add(t);
  }
  const double pairs = static_cast<double>(queries.size()) * static_cast<double>(k);
  const double scale = 2 / (pairs * (2 * static_cast<double>(n) - 3 * static_cast<double>(k) - 1));
  return {.recall = sum.shared / pairs,
          .trustworthiness = 1 - scale * sum.falseNear,
          .continuity = 1 - scale * sum.torn,
          .labelAgreement = sum.labelled > 0 ? sum.agreeing / sum.labelled : 0};
}

double shepardCorrelation(const Matrix &x, const Matrix &y, std::size_t pairs, std::uint64_t seed) {
  checkSizes(x, y, {});
  Rng rng(seed);
  std::vector<double> original(pairs), map(pairs);
  const auto distance = [](std::span<const float> a, std::span<const float> b) {
    double sum = 0;
    for (std::size_t c = 0; c < a.size(); ++c) {
      sum += (static_cast<double>(a[c]) - b[c]) * (static_cast<double>(a[c]) - b[c]);
    }
    return sum;
  };
  for (std::size_t p = 0; p < pairs; ++p) {
    const std::size_t i = rng.below(x.rows), j = (i + 1 + rng.below(x.rows - 1)) % x.rows;
    original[p] = distance(x.row(i), x.row(j));
    map[p] = distance(y.row(i), y.row(j));
  }
  const auto ranks = [](const std::vector<double> &values) {  // equal values share their mean rank
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    std::vector<double> rank(values.size());
    for (std::size_t first = 0, last = 0; first < order.size(); first = last) {
      while (last < order.size() && values[order[last]] == values[order[first]]) {
        ++last;
      }
      for (std::size_t e = first; e < last; ++e) {
        rank[order[e]] = 0.5 * static_cast<double>(first + last - 1);
      }
    }
    return rank;
  };
  const std::vector<double> a = ranks(original), b = ranks(map);
  const double mean = 0.5 * static_cast<double>(pairs - 1);
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t p = 0; p < pairs; ++p) {
    ab += (a[p] - mean) * (b[p] - mean), aa += (a[p] - mean) * (a[p] - mean), bb += (b[p] - mean) * (b[p] - mean);
  }
  return aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
}

double exactKl(const Matrix &x, const Matrix &y, double perplexity, int threads, const std::atomic<bool> &stop) {
  checkSizes(x, y, {});
  if (y.cols != 2 && y.cols != 3) {
    throw InputError("a map has 2 or 3 columns, not " + std::to_string(y.cols));
  }
  checkPerplexity(perplexity, x.rows);
  const KnnGraph graph = buildKnn(x, {.k = neighboursFor(perplexity, x.rows), .method = KnnOptions::Method::Exact, .threads = threads}, stop);
  const Affinities p = calibrate(graph, perplexity, {}, threads, stop);
  const int dims = static_cast<int>(y.cols);
  const auto stride = static_cast<std::size_t>(strideOf(dims));
  std::vector<float> positions(y.rows * stride, 0);
  for (std::size_t i = 0; i < y.rows; ++i) {
    std::copy_n(y.row(i).begin(), y.cols, positions.begin() + static_cast<std::ptrdiff_t>(i * stride));
  }
  std::vector<float> forces(positions.size());
  double sum = std::log(Repulsion(y.rows, dims, Repulsion::Method::Exact, threads).evaluate(positions, forces));
  throwIfStopped(stop);
  for (std::size_t i = 0; i < y.rows; ++i) {
    for (std::uint64_t e = p.start[i]; e < p.start[i + 1]; ++e) {
      double r = 1;
      for (std::size_t c = 0; c < y.cols; ++c) {
        const double d = static_cast<double>(y.row(i)[c]) - static_cast<double>(y.row(p.columns[e])[c]);
        r += d * d;
      }
      sum += p.values[e] > 0 ? static_cast<double>(p.values[e]) * std::log(static_cast<double>(p.values[e]) * r) : 0;
    }
  }
  return sum;
}

}  // namespace vitrine::projection
