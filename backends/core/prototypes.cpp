#include "core/prototypes.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/seed.h"

namespace vitrine {

namespace {

double squaredDistance(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t c = 0; c < a.size(); ++c) {
    const double difference = static_cast<double>(a[c]) - static_cast<double>(b[c]);
    sum += difference * difference;
  }
  return sum;
}

/// One step of subspace iteration: axes <- orthonormal(axes C).
void sharpen(Matrix &axes, const std::vector<double> &covariance) {
  const std::size_t q = axes.cols;
  std::vector<std::vector<double>> next(axes.rows, std::vector<double>(q, 0.0));
  for (std::size_t a = 0; a < axes.rows; ++a) {
    for (std::size_t i = 0; i < q; ++i) {
      for (std::size_t j = 0; j < q; ++j) {
        next[a][j] += static_cast<double>(axes.row(a)[i]) * covariance[i * q + j];
      }
    }
    for (std::size_t b = 0; b < a; ++b) {
      const double dot = std::inner_product(next[a].begin(), next[a].end(), next[b].begin(), 0.0);
      for (std::size_t j = 0; j < q; ++j) {
        next[a][j] -= dot * next[b][j];
      }
    }
    const double norm = std::sqrt(std::inner_product(next[a].begin(), next[a].end(), next[a].begin(), 0.0));
    for (std::size_t j = 0; j < q; ++j) {
      next[a][j] = norm > 1e-30 ? next[a][j] / norm : (j == a ? 1.0 : 0.0);
    }
    std::transform(next[a].begin(), next[a].end(), axes.row(a).begin(), [](double value) { return static_cast<float>(value); });
  }
}

}  // namespace

PrototypeLayer layerOf(const Prototypes &payload) {
  return {payload.prototypes, payload.weights, std::vector<std::uint8_t>(payload.prototypes.rows, 1)};
}

PrototypeLayer switched(PrototypeLayer layer, std::size_t j, bool on) {
  layer.on.at(j) = on ? 1 : 0;
  return layer;
}

PrototypeLayer moved(PrototypeLayer layer, std::size_t j, std::span<const float> to) {
  if (to.size() != layer.prototypes.cols) {
    throw InputError("prototype", "has " + std::to_string(layer.prototypes.cols) + " coordinates, not " + std::to_string(to.size()));
  }
  std::copy(to.begin(), to.end(), layer.prototypes.row(j).begin());
  return layer;
}

PrototypeLayer merged(PrototypeLayer layer, std::size_t a, std::size_t b) {
  if (a == b) {
    return layer;
  }
  std::transform(layer.prototypes.row(a).begin(), layer.prototypes.row(a).end(), layer.prototypes.row(b).begin(), layer.prototypes.row(a).begin(),
                 [](float x, float y) { return 0.5F * (x + y); });
  std::transform(layer.weights.row(a).begin(), layer.weights.row(a).end(), layer.weights.row(b).begin(), layer.weights.row(a).begin(), std::plus<>());
  return switched(std::move(layer), b, false);
}

PrototypeLayer reassigned(PrototypeLayer layer, std::size_t j, std::size_t k) {
  std::swap(layer.weights.row(j)[classOf(layer.weights, j)], layer.weights.row(j)[k]);
  return layer;
}

std::size_t classOf(const Matrix &weights, std::size_t j) {
  const auto row = weights.row(j);
  return static_cast<std::size_t>(std::min_element(row.begin(), row.end()) - row.begin());
}

Matrix rowCentred(const Matrix &weights) {
  Matrix centred = weights;
  for (std::size_t j = 0; j < weights.rows; ++j) {
    const auto row = weights.row(j);
    const double mean = std::accumulate(row.begin(), row.end(), 0.0) / static_cast<double>(weights.cols);
    for (float &value : centred.row(j)) {
      value = static_cast<float>(value - mean);
    }
  }
  return centred;
}

std::vector<std::size_t> classesWithoutPrototype(const PrototypeLayer &layer) {
  std::vector<bool> owned(layer.weights.cols, false);
  for (std::size_t j = 0; j < layer.count(); ++j) {
    if (layer.on[j] != 0) {
      owned[classOf(layer.weights, j)] = true;
    }
  }
  std::vector<std::size_t> missing;
  for (std::size_t k = 0; k < owned.size(); ++k) {
    if (!owned[k]) {
      missing.push_back(k);
    }
  }
  return missing;
}

Matrix squaredDistances(const Matrix &latents, const Matrix &prototypes) {
  Matrix distances(latents.rows, prototypes.rows);
  for (std::size_t i = 0; i < latents.rows; ++i) {
    for (std::size_t j = 0; j < prototypes.rows; ++j) {
      distances.row(i)[j] = static_cast<float>(squaredDistance(latents.row(i), prototypes.row(j)));
    }
  }
  return distances;
}

std::vector<double> logits(std::span<const float> distances, const PrototypeLayer &layer) {
  std::vector<double> sums(layer.weights.cols, 0.0);
  for (std::size_t j = 0; j < layer.count(); ++j) {
    const auto row = layer.weights.row(j);
    for (std::size_t k = 0; layer.on[j] != 0 && k < sums.size(); ++k) {
      sums[k] += static_cast<double>(distances[j]) * static_cast<double>(row[k]);
    }
  }
  return sums;
}

std::vector<double> softmax(std::span<const double> logits) {
  std::vector<double> result(logits.begin(), logits.end());
  const double most = result.empty() ? 0 : *std::max_element(result.begin(), result.end());
  double sum = 0;
  for (double &value : result) {
    sum += value = std::exp(value - most);
  }
  for (double &value : result) {
    value /= sum;
  }
  return result;
}

std::vector<Evidence> evidence(std::span<const float> distances, std::span<const double> means, const PrototypeLayer &layer, std::size_t k) {
  std::vector<Evidence> all;
  for (std::size_t j = 0; j < layer.count(); ++j) {
    if (layer.on[j] != 0) {
      const auto row = layer.weights.row(j);
      const double mean = std::accumulate(row.begin(), row.end(), 0.0) / static_cast<double>(row.size()), d = distances[j];
      all.push_back({j, d, d * static_cast<double>(row[k]), (static_cast<double>(row[k]) - mean) * (d - means[j])});
    }
  }
  std::stable_sort(all.begin(), all.end(), [](const Evidence &a, const Evidence &b) { return a.support > b.support; });
  return all;
}

PrototypeScores::PrototypeScores(const Prototypes &payload)
    : m_payload(payload), m_distances(squaredDistances(payload.latents, payload.prototypes)), m_prototypes(payload.prototypes) {}

PrototypeScores::Result PrototypeScores::of(const PrototypeLayer &layer) {
  for (std::size_t j = 0; j < layer.count(); ++j) {
    if (const auto now = layer.prototypes.row(j); !std::ranges::equal(now, m_prototypes.row(j))) {
      for (std::size_t i = 0; i < m_distances.rows; ++i) {
        m_distances.row(i)[j] = static_cast<float>(squaredDistance(m_payload.latents.row(i), now));
      }
      std::ranges::copy(now, m_prototypes.row(j).begin());
    }
  }
  const std::size_t classes = layer.weights.cols;
  Result result;
  result.predicted.resize(m_distances.rows);
  result.confusion.assign(classes * classes, 0);
  result.tested = m_payload.testCount;
  for (std::size_t i = 0; i < m_distances.rows; ++i) {
    const auto scores = logits(m_distances.row(i), layer);
    const auto best = static_cast<std::size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
    result.predicted[i] = static_cast<std::int32_t>(best);
    if (i < m_payload.testCount) {
      const auto truth = static_cast<std::size_t>(m_payload.labels[i]);
      ++result.confusion[truth * classes + best];
      result.right += truth == best ? 1 : 0;
    }
  }
  return result;
}

std::vector<double> PrototypeScores::meanDistances() const {
  std::vector<double> means(m_distances.cols, 0.0);
  for (std::size_t i = 0; i < m_distances.rows; ++i) {
    for (std::size_t j = 0; j < m_distances.cols; ++j) {
      means[j] += static_cast<double>(m_distances.row(i)[j]) / static_cast<double>(m_distances.rows);
    }
  }
  return means;
}

LatentPlane principalPlane(const Matrix &latents) {
  constexpr int kIterations = 100;
  constexpr std::size_t kMostRows = 4000;  // a plane to look at: more rows would not turn it visibly
  const std::size_t q = latents.cols, n = std::min(latents.rows, kMostRows);
  LatentPlane plane{std::vector<float>(q, 0.0F), Matrix(2, q)};
  std::vector<double> mean(q, 0.0), covariance(q * q, 0.0);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t c = 0; c < q; ++c) {
      mean[c] += static_cast<double>(latents.row(i)[c]) / static_cast<double>(n);
    }
  }
  std::transform(mean.begin(), mean.end(), plane.mean.begin(), [](double value) { return static_cast<float>(value); });
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = latents.row(i);
    for (std::size_t a = 0; a < q; ++a) {
      const double x = static_cast<double>(row[a]) - mean[a];
      for (std::size_t b = 0; b < q; ++b) {
        covariance[a * q + b] += x * (static_cast<double>(row[b]) - mean[b]);
      }
    }
  }
  Rng rng(1);
  std::generate(plane.axes.values.begin(), plane.axes.values.end(), [&rng] { return static_cast<float>(rng.normal()); });
  for (int i = 0; i < kIterations; ++i) {
    sharpen(plane.axes, covariance);
  }
  return plane;
}

Matrix inPlane(const LatentPlane &plane, const Matrix &vectors) {
  Matrix places(vectors.rows, 2);
  for (std::size_t i = 0; i < vectors.rows; ++i) {
    for (std::size_t a = 0; a < 2; ++a) {
      double sum = 0;
      for (std::size_t c = 0; c < vectors.cols; ++c) {
        sum += (static_cast<double>(vectors.row(i)[c]) - static_cast<double>(plane.mean[c])) * static_cast<double>(plane.axes.row(a)[c]);
      }
      places.row(i)[a] = static_cast<float>(sum);
    }
  }
  return places;
}

std::vector<float> draggedTo(const LatentPlane &plane, std::span<const float> from, float x, float y) {
  Matrix one(1, from.size());
  std::copy(from.begin(), from.end(), one.values.begin());
  const Matrix now = inPlane(plane, one);
  const float dx = x - now.values[0], dy = y - now.values[1];
  for (std::size_t c = 0; c < from.size(); ++c) {
    one.values[c] += dx * plane.axes.row(0)[c] + dy * plane.axes.row(1)[c];
  }
  return one.values;
}

}  // namespace vitrine
