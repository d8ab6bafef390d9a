// Exact neighbours.
#include "projection/knn.h"

#include <algorithm>
#include <cmath>

namespace vitrine::projection {

namespace {

std::vector<Hit> nearestHits(const Matrix &x, std::span<const float> query, int k, std::size_t without) {
  std::vector<Hit> all;
  all.reserve(x.rows);
  for (std::size_t i = 0; i < x.rows; ++i) {
    if (i == without) {
      continue;
    }
    const float *row = x.values.data() + i * x.cols;
    float sum = 0;
    for (std::size_t c = 0; c < x.cols; ++c) {
      sum += (row[c] - query[c]) * (row[c] - query[c]);
    }
    all.push_back({i, sum});
  }
  const std::size_t kept = std::min<std::size_t>(all.size(), static_cast<std::size_t>(std::max(k, 0)));
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(kept), all.end(), [](const Hit &a, const Hit &b) {
    return a.distance != b.distance ? a.distance < b.distance : a.row < b.row;
  });
  all.resize(kept);
  for (Hit &hit : all) {
    hit.distance = std::sqrt(hit.distance);
  }
  return all;
}

}  // namespace

void checkMatrix(const Matrix &x, std::size_t minRows, const char *what) {
  if (x.rows < minRows || x.cols == 0) {
    throw InputError(std::string(what) + " needs at least " + std::to_string(minRows) + " samples and one column, not " + std::to_string(x.rows) + " x " +
                     std::to_string(x.cols));
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
  const auto k = static_cast<std::size_t>(graph.k);
  graph.neighbours.resize(x.rows * k);
  graph.distances.resize(x.rows * k);
  const int team = threadCount(options.threads);
#pragma omp parallel for num_threads(team) schedule(dynamic, 8)
  for (std::size_t i = 0; i < x.rows; ++i) {
    if (stopped(stop)) {
      continue;
    }
    const std::vector<Hit> hits = nearestHits(x, x.row(i), graph.k, i);
    for (std::size_t j = 0; j < k; ++j) {
      graph.neighbours[i * k + j] = static_cast<std::uint32_t>(hits[j].row);
      graph.distances[i * k + j] = hits[j].distance;
    }
  }
  throwIfStopped(stop);
  return graph;
}

std::vector<Hit> NeighbourIndex::nearest(std::size_t row, int k) const { return nearestHits(*m_x, m_x->row(row), k, row); }

std::vector<Hit> NeighbourIndex::nearest(std::span<const float> query, int k) const {
  if (query.size() != m_x->cols) {
    throw InputError("a query of " + std::to_string(query.size()) + " values does not fit " + std::to_string(m_x->cols) + " columns");
  }
  return nearestHits(*m_x, query, k, m_x->rows);
}

}  // namespace vitrine::projection
