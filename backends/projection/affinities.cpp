// Calibration row by row, then P + P^T merged in parallel: every row is written by one thread, so the result does not depend on their number.
#include "projection/affinities.h"

#include <algorithm>
#include <cmath>

namespace vitrine::projection {

namespace {

/// Gaussian over squared distances whose entropy is `entropy` (nats), by bisection on log(beta) with Newton's help. Gives beta.
float calibrateRow(const float *distances, int k, float entropy, float beta, float *p) {
  float low = 0;
  float high = INFINITY;
  const float nearest = distances[0] * distances[0];
  float sum = 1;
  for (int step = 0; step < 60; ++step) {
    sum = 0;
    float weighted = 0;
    for (int j = 0; j < k; ++j) {
      const float d = distances[j] * distances[j] - nearest;
      p[j] = std::exp(-beta * d);
      sum += p[j];
      weighted += p[j] * d;
    }
    const float error = std::log(sum) + beta * weighted / sum - entropy;
    if (std::abs(error) < 1e-5F) {
      break;
    }
    (error > 0 ? low : high) = beta;
    beta = std::isinf(high) ? beta * 2 : 0.5F * (low + high);
  }
  for (int j = 0; j < k; ++j) {
    p[j] /= sum;
  }
  return beta;
}

}  // namespace

int neighboursFor(double perplexity, std::size_t n) {
  return static_cast<int>(std::min<double>(std::floor(3 * perplexity), static_cast<double>(n) - 1));
}

void checkPerplexity(double perplexity, std::size_t n) {
  if (!(perplexity >= 1) || perplexity > (static_cast<double>(n) - 1) / 3) {
    char text[200];
    if (!(perplexity >= 1)) {
      std::snprintf(text, sizeof text, "perplexity %g is below 1; choose 5 to 50", perplexity);
    } else {
      std::snprintf(text, sizeof text, "perplexity %g needs more than %.0f samples; there are %zu: choose at most %.3g or add samples", perplexity,
                    3 * perplexity, n, std::max(0.0, std::floor((static_cast<double>(n) - 1) / 3 * 10) / 10));
    }
    throw InputError(text);
  }
}

Affinities calibrate(const KnnGraph &graph, double perplexity, std::span<const std::uint32_t> order, std::vector<float> &beta, int threads,
                     const std::atomic<bool> &stop) {
  const std::size_t n = graph.count;
  checkPerplexity(perplexity, n);
  const int k = std::min(graph.k, neighboursFor(perplexity, n));
  std::vector<std::uint32_t> place(n);
  for (std::size_t i = 0; i < n; ++i) {
    place[order.empty() ? i : order[i]] = static_cast<std::uint32_t>(i);
  }
  std::vector<float> p(n * static_cast<std::size_t>(k));
  beta.resize(n, 0);
  const int team = threadCount(threads);
#pragma omp parallel for num_threads(team) schedule(dynamic, 256)
  for (std::size_t i = 0; i < n; ++i) {
    if (stopped(stop)) {
      continue;
    }
    const float *row = graph.distances.data() + i * static_cast<std::size_t>(graph.k);
    float mean = 0;
    for (int j = 0; j < k; ++j) {
      mean += row[j] * row[j] - row[0] * row[0];
    }
    if (!(beta[i] > 0)) {
      beta[i] = 1 / std::max(mean / static_cast<float>(k), 1e-30F);
    }
    beta[i] = calibrateRow(row, k, static_cast<float>(std::log(perplexity)), beta[i], p.data() + i * static_cast<std::size_t>(k));
  }
  throwIfStopped(stop);
  std::vector<std::vector<std::pair<std::uint32_t, float>>> rows(n);
  for (std::size_t i = 0; i < n; ++i) {
    for (int j = 0; j < k; ++j) {
      const std::uint32_t a = place[i];
      const std::uint32_t b = place[graph.neighbours[i * static_cast<std::size_t>(graph.k) + static_cast<std::size_t>(j)]];
      const float v = p[i * static_cast<std::size_t>(k) + static_cast<std::size_t>(j)];
      rows[a].push_back({b, v});
      rows[b].push_back({a, v});
    }
  }
  Affinities result;
  result.start.assign(n + 1, 0);
  const float scale = static_cast<float>(0.5 / static_cast<double>(n));
  for (std::size_t i = 0; i < n; ++i) {
    std::sort(rows[i].begin(), rows[i].end(), [](const auto &a, const auto &b) { return a.first < b.first; });
    for (const auto &[column, value] : rows[i]) {
      if (result.columns.size() > result.start[i] && result.columns.back() == column) {
        result.values.back() += value * scale;
      } else {
        result.columns.push_back(column);
        result.values.push_back(value * scale);
      }
    }
    result.start[i + 1] = result.columns.size();
  }
  return result;
}

}  // namespace vitrine::projection
