#include "studies/projection/map_parts.h"

#include <sys/resource.h>

#include <algorithm>
#include <cmath>

#include "projection/pca.h"

namespace vitrine::study {

namespace {

using Clock = std::chrono::steady_clock;

/// The features themselves, or their first components where there are more features than `dims` (0 = never).
Features reduced(const Features &features, int dims, RunContext &context) {
  const auto wanted = static_cast<std::size_t>(dims);
  if (dims == 0 || features.matrix->cols <= wanted) {
    return features;
  }
  const auto start = Clock::now();
  context.step(0, 1, "principal components");
  projection::PcaOptions options;
  options.components = dims;
  options.seed = context.seed();
  options.threads = context.threads();
  const auto fitted = projection::fitPca(*features.matrix, options, context.stopFlag());
  Features result;
  result.matrix = std::make_shared<const Matrix>(fitted.transform(*features.matrix, context.threads()));
  result.of = [of = features.of, fitted, threads = context.threads()](const std::vector<SampleId> &ids) {
    return std::make_shared<const Matrix>(fitted.transform(*of(ids), threads));
  };
  result.space = std::to_string(result.matrix->cols) + " principal components of the " + features.space;
  context.timed("pca", start);
  return result;
}

}  // namespace

double dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  }
  return sum;
}

Column numberColumn(const std::string &name, std::size_t rows) {
  Column column;
  column.name = name;
  column.numbers.assign(rows, std::nan(""));
  return column;
}

Column textColumn(const std::string &name) {
  Column column;
  column.name = name;
  column.kind = Column::Kind::Text;
  return column;
}

double cpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval &time) { return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec); };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Matrix withMetric(const Matrix &x, const std::string &metric, std::optional<double> longest) {
  if (metric == "euclidean") {
    return x;
  }
  const bool dot = metric == "dot";
  std::vector<double> squares(x.rows, 0);
  for (std::size_t i = 0; i < x.rows; ++i) {
    for (const float v : x.row(i)) {
      squares[i] += static_cast<double>(v) * static_cast<double>(v);
    }
  }
  const double most = longest ? *longest : x.rows > 0 ? *std::max_element(squares.begin(), squares.end()) : 0;
  Matrix result(x.rows, x.cols + (dot ? 1 : 0));
  for (std::size_t i = 0; i < x.rows; ++i) {
    const double scale = dot ? 1 : squares[i] > 0 ? 1 / std::sqrt(squares[i]) : 0;
    std::transform(x.row(i).begin(), x.row(i).end(), result.row(i).begin(), [scale](float v) { return static_cast<float>(scale * static_cast<double>(v)); });
    if (dot) {
      result.row(i)[x.cols] = static_cast<float>(std::sqrt(std::max(0.0, most - squares[i])));
    }
  }
  return result;
}

Features mapSpace(std::size_t minSamples, int pcaDims, const std::string &metric, RunContext &context) {
  Features features = featuresOf(context, minSamples);
  if (metric != "euclidean") {
    features.matrix = std::make_shared<const Matrix>(withMetric(*features.matrix, metric));
    const auto first = features.matrix->row(0);
    const std::optional<double> longest = metric == "dot" ? std::optional(dot(first, first)) : std::nullopt;
    features.of = [of = features.of, metric, longest](const std::vector<SampleId> &ids) {
      return std::make_shared<const Matrix>(withMetric(*of(ids), metric, longest));
    };
    features.space += metric == "cosine" ? " by angle" : " by product";
  }
  features = reduced(features, pcaDims, context);
  context.offerNeighbours(neighboursIn(features.matrix, context.sharedIds(), features.space + ", Euclidean"));
  return features;
}

/// Map quality in the same space, of this map and of the one that keeps only the first principal components.
void requireStart(const Matrix &start, int dims, const RunContext &context) {
  if (start.rows != context.ids().size() || start.cols != static_cast<std::size_t>(dims)) {
    throw InputError("the start has " + std::to_string(start.rows) + " x " + std::to_string(start.cols) + " numbers, and the map of " +
                         context.dataset().provenance().name + " needs " + std::to_string(context.ids().size()) + " x " + std::to_string(dims),
                     "give one row a sample of this run, in its order");
  }
}

void measureMap(const Matrix &space, const Matrix &map, RunContext &context) {
  context.step(0, 3, "measuring the map");
  const auto quality = qualityOf(space, map, context);
  for (const auto &[name, value] : quality) {
    context.metric(name, value);
  }
  context.step(1, 3, "measuring the map");
  projection::PcaOptions options;
  options.components = static_cast<int>(std::min(map.cols, std::min(space.rows, space.cols)));
  options.seed = context.seed();
  options.threads = context.threads();
  const auto flat = projection::fitPca(space, options, context.stopFlag()).transform(space, context.threads());
  const auto baseline = qualityOf(space, flat, context);
  for (const auto &[name, value] : baseline) {
    context.baseline("pca", name, value);
  }
  for (const char *name : {"map_recall", "label_agreement"}) {
    if (quality.contains(name)) {
      const double gain = quality.at(name) - baseline.at(name);
      context.check({std::string(name) + " above that of the principal components", Check::Kind::Trend, gain > 0, gain, "> 0", "M"});
    }
  }
}

}  // namespace vitrine::study
