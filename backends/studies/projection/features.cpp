#include "studies/projection/features.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace vitrine::study {

namespace {

using Clock = std::chrono::steady_clock;

class SpaceNeighbours : public NeighbourSource {
 public:
  SpaceNeighbours(std::shared_ptr<const Matrix> matrix, Ids ids, std::string space)
      : m_index(std::move(matrix)), m_ids(std::move(ids)), m_space(std::move(space)) {
    for (std::size_t row = 0; row < m_ids->size(); ++row) {
      m_rows[(*m_ids)[row]] = row;
    }
  }

  std::vector<Neighbour> neighbours(SampleId id, int k) override {
    const auto row = m_rows.find(id);
    std::vector<Neighbour> found;
    if (row != m_rows.end()) {
      for (const auto &hit : m_index.nearest(row->second, k)) {
        found.push_back({(*m_ids)[hit.row], hit.distance});
      }
    }
    return found;
  }
  std::string space() const override { return m_space; }

 private:
  projection::NeighbourIndex m_index;
  Ids m_ids;
  std::unordered_map<SampleId, std::size_t> m_rows;
  std::string m_space;
};

/// Models differ a thousandfold in speed: the batch grows while it takes less than a tenth of a second, so that cancel stays quick.
Matrix encodeAll(const std::vector<SampleId> &ids, RunContext &context) {
  const auto total = static_cast<std::int64_t>(ids.size());
  Matrix all;
  std::vector<Image> images;
  std::size_t batch = 4;
  for (std::size_t done = 0; done < ids.size(); done += images.size()) {
    context.step(static_cast<std::int64_t>(done), total, "encoding");
    const auto start = Clock::now();
    images.clear();
    for (std::size_t i = done; i < std::min(done + batch, ids.size()); ++i) {
      images.push_back(context.dataset().image(ids[i]));
    }
    const Matrix part = context.model().encode(images, -1, Pooling::Cls);
    if (done == 0) {
      all = Matrix(ids.size(), part.cols);
    }
    std::copy(part.values.begin(), part.values.end(), all.row(done).begin());
    if (Clock::now() - start < std::chrono::milliseconds(100)) {
      batch = std::min<std::size_t>(batch * 2, 1024);
    }
  }
  return all;
}

/// Without a copy where the data are the samples of the run as they lie in memory.
std::shared_ptr<const Matrix> gatherAll(const std::vector<SampleId> &ids, RunContext &context) {
  const auto whole = context.dataset().matrix();
  if (whole != nullptr && ids == context.dataset().ids()) {
    return whole;
  }
  const std::size_t width = context.dataset().featureCount();
  if (width == 0) {
    throw InputError(context.dataset().provenance().name, "its pictures differ in size", "choose a model, which brings them to its input size");
  }
  auto matrix = std::make_shared<Matrix>(ids.size(), width);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i % 256 == 0) {
      context.step(static_cast<std::int64_t>(i), static_cast<std::int64_t>(ids.size()), "reading samples");
    }
    context.dataset().values(ids[i], matrix->row(i));
  }
  return matrix;
}

void requireFinite(const Matrix &matrix, const std::vector<SampleId> &ids, const RunContext &context, const std::string &space) {
  const auto bad = std::find_if(matrix.values.begin(), matrix.values.end(), [](float value) { return !std::isfinite(value); });
  if (bad == matrix.values.end()) {
    return;
  }
  const auto index = static_cast<std::size_t>(bad - matrix.values.begin());
  const std::string what = std::isnan(*bad) ? "not a number" : "infinite";
  throw InputError(
      context.dataset().provenance().name,
      "sample " + std::to_string(ids[index / matrix.cols]) + ", column " + std::to_string(index % matrix.cols) + " of its " + space + " is " + what,
      "distances need finite values; drop or fill such rows");
}

}  // namespace

Features featuresOf(RunContext &context, std::size_t minSamples) {
  const std::string name = context.dataset().provenance().name;
  const std::size_t count = context.ids().size();
  if (count < minSamples) {
    throw InputError(
        name, "has " + std::to_string(count) + (count == 1 ? " sample" : " samples") + " in this run; at least " + std::to_string(minSamples) + " are needed");
  }
  const bool encoded = context.inputs().model != nullptr;
  if (encoded && !context.dataset().hasImages()) {
    throw InputError(name, "holds no pictures, which the model " + context.model().info().name + " needs",
                     "leave the model out to use the vectors as they are");
  }
  const auto start = Clock::now();
  Features features;
  features.space = encoded ? "embedding of " + context.model().info().name : context.dataset().hasImages() ? "pixels" : "vectors";
  features.of = [encoded, space = features.space, &context](const std::vector<SampleId> &ids) {
    auto matrix = encoded ? std::make_shared<const Matrix>(encodeAll(ids, context)) : gatherAll(ids, context);
    requireFinite(*matrix, ids, context, space);
    return matrix;
  };
  features.matrix = features.of(context.ids());
  context.timed(encoded ? "encode" : "read", start);
  return features;
}

std::vector<std::int32_t> labelsOf(const RunContext &context) {
  const Column *label = context.dataset().label();
  std::vector<std::int32_t> codes;
  if (label != nullptr) {
    for (const SampleId id : context.ids()) {
      const auto row = context.dataset().row(id);
      codes.push_back(row ? label->codes[*row] : -1);
    }
  }
  return codes;
}

std::map<std::string, double> qualityOf(const Matrix &space, const Matrix &map, RunContext &context) {
  projection::QualityOptions options;
  options.threads = context.threads();
  const auto labels = labelsOf(context);
  const auto quality = projection::mapQuality(space, map, labels, options, context.stopFlag());
  std::map<std::string, double> named = {{"map_recall", quality.recall}, {"trustworthiness", quality.trustworthiness}, {"continuity", quality.continuity}};
  if (!labels.empty()) {
    named["label_agreement"] = quality.labelAgreement;
  }
  return named;
}

std::shared_ptr<NeighbourSource> neighboursIn(std::shared_ptr<const Matrix> matrix, Ids ids, std::string space) {
  return std::make_shared<SpaceNeighbours>(std::move(matrix), std::move(ids), std::move(space));
}

}  // namespace vitrine::study
