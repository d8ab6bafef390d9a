// Sampled exact neighbours in both spaces, compared.
#include "projection/quality.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/seed.h"
#include "projection/affinities.h"
#include "projection/repulsion.h"

namespace vitrine::projection {

namespace {

void distancesTo(const Matrix &x, std::size_t q, std::vector<float> &out) {
  for (std::size_t i = 0; i < x.rows; ++i) {
    float sum = 0;
    for (std::size_t c = 0; c < x.cols; ++c) {
      const float v = x.values[i * x.cols + c] - x.values[q * x.cols + c];
      sum += v * v;
    }
    out[i] = sum;
  }
  out[q] = INFINITY;
}

std::vector<std::uint32_t> nearestOf(const std::vector<float> &d, std::size_t k) {
  std::vector<std::uint32_t> order(d.size());
  std::iota(order.begin(), order.end(), 0U);
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k), order.end(),
                    [&](std::uint32_t a, std::uint32_t b) { return d[a] != d[b] ? d[a] < d[b] : a < b; });
  order.resize(k);
  return order;
}

double rankPenalty(const std::vector<float> &d, const std::vector<std::uint32_t> &near, std::size_t k) {
  double sum = 0;
  for (std::uint32_t j : near) {
    const auto rank = static_cast<double>(std::count_if(d.begin(), d.end(), [v = d[j]](float other) { return other < v; }) + 1);
    sum += std::max(0.0, rank - static_cast<double>(k));
  }
  return sum;
}

}  // namespace

MapQuality mapQuality(const Matrix &x, const Matrix &y, std::span<const std::int32_t> labels, const QualityOptions &options, const std::atomic<bool> &stop) {
  checkMatrix(x, 3, "a quality measure");
  checkMatrix(y, 3, "a quality measure");
  if (y.rows != x.rows || (!labels.empty() && labels.size() != x.rows)) {
    throw InputError("the map and the labels must have one row for each of the " + std::to_string(x.rows) + " samples");
  }
  const std::size_t n = x.rows;
  const std::size_t k = std::min(static_cast<std::size_t>(std::max(options.k, 1)), (n - 1) / 2);
  std::vector<std::uint32_t> queries(n);
  std::iota(queries.begin(), queries.end(), 0U);
  Rng(options.seed).shuffle(queries);
  queries.resize(std::min(n, options.queries));
  double shared = 0, agree = 0, asked = 0, falseNear = 0, torn = 0;
#pragma omp parallel num_threads(threadCount(options.threads)) reduction(+ : shared, agree, asked, falseNear, torn)
  {
    std::vector<float> dx(n), dy(n);
#pragma omp for schedule(static)
    for (std::size_t i = 0; i < queries.size(); ++i) {
      if (stopped(stop)) {
        continue;
      }
      const std::uint32_t q = queries[i];
      distancesTo(x, q, dx);
      distancesTo(y, q, dy);
      const auto nx = nearestOf(dx, k);
      const auto ny = nearestOf(dy, k);
      for (std::uint32_t j : ny) {
        shared += std::find(nx.begin(), nx.end(), j) != nx.end() ? 1 : 0;
        if (!labels.empty() && labels[q] >= 0 && labels[j] >= 0) {
          agree += labels[q] == labels[j] ? 1 : 0;
          asked += 1;
        }
      }
      falseNear += rankPenalty(dx, ny, k);
      torn += rankPenalty(dy, nx, k);
    }
  }
  throwIfStopped(stop);
  const auto m = static_cast<double>(queries.size());
  const auto kd = static_cast<double>(k);
  const double scale = 2 / (m * kd * (2 * static_cast<double>(n) - 3 * kd - 1));
  return {
      .recall = shared / (m * kd), .trustworthiness = 1 - scale * falseNear, .continuity = 1 - scale * torn, .labelAgreement = asked > 0 ? agree / asked : 0};
}

double exactKl(const Matrix &x, const Matrix &y, double perplexity, int threads, const std::atomic<bool> &stop) {
  const KnnGraph graph = buildKnn(x, {.k = neighboursFor(perplexity, x.rows), .method = KnnOptions::Method::Exact, .threads = threads}, stop);

  const Affinities p = calibrate(graph, perplexity, {}, threads, stop);
  double sum = 0, z = 0;
  const auto distance = [&](std::size_t i, std::size_t j) {
    double r = 1;
    for (std::size_t c = 0; c < y.cols; ++c) {
      const double v = y.values[i * y.cols + c] - y.values[j * y.cols + c];
      r += v * v;
    }
    return r;
  };
  for (std::size_t i = 0; i < y.rows; ++i) {
    throwIfStopped(stop);
    for (std::size_t j = 0; j < y.rows; ++j) {
      z += i == j ? 0 : 1 / distance(i, j);
    }
    for (std::uint64_t e = p.start[i]; e < p.start[i + 1]; ++e) {
      sum += p.values[e] > 0 ? p.values[e] * (std::log(p.values[e]) + std::log(distance(i, p.columns[e]))) : 0;
    }
  }
  return sum + std::log(z);
}

}  // namespace vitrine::projection
