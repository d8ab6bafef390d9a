// Engines against known answers: neighbours by brute force, components of a known covariance, a map of separate groups; the model on each device.
#include <algorithm>
#include <cmath>

#include "core/seed.h"
#include "models/models.h"
#include "projection/device_knn.h"
#include "projection/device_tsne.h"
#include "projection/pca.h"
#include "projection/quality.h"
#include "projection/tsne.h"
#include "tensor/device.h"
#include "tests/checks/checks.h"
#include "tests/checks/study_runs.h"

namespace vitrine::checks {

namespace {

Matrix normalMatrix(std::size_t rows, std::size_t cols, std::uint64_t seed) {
  Matrix matrix(rows, cols);
  Rng rng(seed);
  std::generate(matrix.values.begin(), matrix.values.end(), [&] { return static_cast<float>(rng.normal()); });
  return matrix;
}

void neighboursAreExact() {
  const Matrix x = normalMatrix(300, 7, 1);
  projection::KnnOptions options;
  options.k = 12;
  const auto graph = projection::buildKnn(x, options);
  for (std::size_t i = 0; i < x.rows; i += 17) {
    std::vector<double> distances;
    for (std::size_t j = 0; j < x.rows; ++j) {
      double sum = 0;
      for (std::size_t c = 0; c < x.cols; ++c) {
        sum += std::pow(static_cast<double>(x.row(i)[c]) - static_cast<double>(x.row(j)[c]), 2);
      }
      distances.push_back(i == j ? 1e30 : std::sqrt(sum));
    }
    std::sort(distances.begin(), distances.end());
    for (std::size_t k = 0; k < 12; ++k) {
      requireNear(static_cast<double>(graph.distances[i * 12 + k]), distances[k], 1e-4, "distance of a neighbour");
    }
  }
}

void componentsAreKnown() {
  Matrix x = normalMatrix(4000, 5, 2);
  for (std::size_t r = 0; r < x.rows; ++r) {
    x.row(r)[3] *= 10;
    x.row(r)[1] *= 3;
  }
  projection::PcaOptions options;
  options.components = 2;
  const auto pca = projection::fitPca(x, options);
  requireNear(std::abs(static_cast<double>(pca.components.row(0)[3])), 1, 1e-3, "first component along column 3");
  requireNear(std::abs(static_cast<double>(pca.components.row(1)[1])), 1, 1e-2, "second component along column 1");
  requireNear(pca.variance[0] / 100, 1, 0.1, "first variance");
}

/// Five groups ten standard deviations apart: the map must keep them apart, repeat with its seed, and its cost must be what all pairs give.
void groupsStayApart() {
  Matrix x = normalMatrix(600, 10, 3);
  std::vector<std::int32_t> labels;
  for (std::size_t r = 0; r < x.rows; ++r) {
    labels.push_back(static_cast<std::int32_t>(r % 5));
    x.row(r)[r % 5] += 10;
  }
  const auto shared = std::make_shared<const Matrix>(std::move(x));
  projection::TsneOptions options;
  options.iterations = 400;
  options.exaggerationIterations = 150;
  options.threads = 2;
  projection::Tsne engine(shared, options);
  engine.run(options.iterations);
  const Matrix map = engine.positions();
  require(std::all_of(map.values.begin(), map.values.end(), [](float value) { return std::isfinite(value); }), "positions are not finite");
  const auto quality = projection::mapQuality(*shared, map, labels);
  require(quality.labelAgreement > 0.99, "label agreement of separate groups is " + std::to_string(quality.labelAgreement));
  const double exact = projection::exactKl(*shared, map, options.perplexity);
  requireNear(engine.kl() / exact, 1, 0.02, "cost by the cost over all pairs");
  projection::Tsne again(shared, options);
  again.run(options.iterations);
  require(again.positions().values == map.values, "a second run with the same seed differs");
}

/// What a card computes for maps, by torch on this processor and on the card where there is one, against the kernels: neighbours, forces, cost of a map.
void mapsAgreeAcrossDevices() {
  Matrix x = normalMatrix(1200, 8, 4);
  for (std::size_t r = 0; r < x.rows; ++r) {
    x.row(r)[r % 4] += 6;
  }
  const auto shared = std::make_shared<const Matrix>(std::move(x));
  const auto kernels = projection::buildKnn(*shared, {.k = 60});
  std::vector<float> y(2 * shared->rows), expected(y.size()), forces(y.size()), attraction(y.size());
  for (std::size_t i = 0; i < y.size(); ++i) {
    y[i] = 8 * shared->row(i / 2)[i % 2];
  }
  const double z = projection::Repulsion(shared->rows, 2, projection::Repulsion::Method::Exact, 2).evaluate(y, expected);
  for (const std::string device : {"torch", "cuda"}) {
    if (device == "cuda" && !tensor::cudaAvailable()) {
      continue;
    }
    const auto graph = projection::buildKnnOn(device, *shared, {.k = 60});
    for (std::size_t e = 0; e < graph.distances.size(); ++e) {
      requireNear(static_cast<double>(graph.distances[e]), static_cast<double>(kernels.distances[e]), 1e-3, "distance of a neighbour on " + device);
    }
    projection::DeviceTsne engine(device, shared->rows, 2, projection::Repulsion::Method::Mesh, {0.8F, 0.01F, 5});
    engine.setAffinities(projection::calibrate(graph, 20, {}));
    engine.set(y, std::vector<float>(y.size(), 0), std::vector<float>(y.size(), 1));
    requireNear(engine.forces(attraction, forces) / z, 1, 1e-4, "Z on " + device);
    double error = 0, size = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      error += std::pow(static_cast<double>(forces[i]) - static_cast<double>(expected[i]), 2), size += std::pow(static_cast<double>(expected[i]), 2);
    }
    require(std::sqrt(error / size) < 5e-3, "repulsion on " + device + " is off by " + std::to_string(std::sqrt(error / size)));
    double kl[2];
    for (const std::string &where : {std::string("cpu"), device}) {
      projection::TsneOptions options;
      options.perplexity = 20;
      options.device = where;
      options.repulsion = projection::Repulsion::Method::Mesh;
      projection::Tsne map(shared, options);
      map.run(300);
      kl[where == "cpu" ? 0 : 1] = map.kl();
    }
    requireNear(kl[1] / kl[0], 1, 0.02, "cost of a map on " + device + " by that of the kernels");
  }
}

std::vector<Image> pictures(std::size_t count) {
  const auto data = madeUpPictures(count);
  std::vector<Image> images;
  for (const SampleId id : data->ids()) {
    images.push_back(data->image(id));
  }
  return images;
}

void attentionSumsToOne() {
  const auto model = models::open(models::builtIns().at(0).name);
  const auto images = pictures(3);
  const AttentionMaps maps = model->attention(images);
  const auto tokens = static_cast<std::size_t>(maps.tokens);
  for (const auto *values : {&maps.maps, &maps.rollout}) {
    require(!values->empty() && values->size() % (tokens * tokens) == 0, "size is wrong");
    for (std::size_t row = 0; row < values->size(); row += tokens) {
      double sum = 0;
      for (std::size_t i = 0; i < tokens; ++i) {
        sum += static_cast<double>((*values)[row + i]);
      }
      requireNear(sum, 1, 1e-5, "sum of a row");
    }
  }
}

void devicesAgree() {
  if (!tensor::cudaAvailable()) {
    return;  // one device agrees with itself
  }
  const auto images = pictures(8);
  const std::string name = models::builtIns().at(0).name;
  const Matrix cpu = models::open(name, "cpu")->encode(images, -1, Pooling::Cls);
  const Matrix cuda = models::open(name, "cuda")->encode(images, -1, Pooling::Cls);
  for (std::size_t i = 0; i < cpu.values.size(); ++i) {
    requireNear(static_cast<double>(cuda.values[i]), static_cast<double>(cpu.values[i]), 1e-2, "a value of the embedding on cuda");
  }
}

}  // namespace

std::vector<SelfCheck> engineChecks() {
  return {{"projection/neighbours against brute force", neighboursAreExact},
          {"projection/components of a known covariance", componentsAreKnown},
          {"projection/t-SNE keeps groups apart", groupsStayApart},
          {"projection/torch and the kernels agree", mapsAgreeAcrossDevices},
          {"models/attention rows sum to 1", attentionSumsToOne},
          {"models/cpu and cuda agree", devicesAgree}};
}

}  // namespace vitrine::checks
