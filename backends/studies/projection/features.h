// What a projection is made from: a model's embedding where the run has one, else the data set's own values.
#pragma once

#include "core/study.h"
#include "projection/quality.h"

namespace vitrine::study {

struct Features {
  std::shared_ptr<const Matrix> matrix;  ///< samples of the run x features, all finite
  std::string space;                     ///< "pixels", "vectors", "embedding of vit-fashion"
  /// The same of other samples of the run's data set, while the run lasts. Throws as featuresOf().
  std::function<std::shared_ptr<const Matrix>(const std::vector<SampleId> &)> of;
};

/// Encodes (last layer, CLS; a black box: its output) or gathers, with progress. Throws InputError for fewer than `minSamples` samples and for
/// values that are not finite (with sample and column), Cancelled.
Features featuresOf(RunContext &context, std::size_t minSamples);

/// Label codes of the run's samples; empty if the data set has no label.
std::vector<std::int32_t> labelsOf(const RunContext &context);

/// Quality of a map of the run's samples under the names of the report: map_recall, trustworthiness and, with labels, label_agreement.
std::map<std::string, double> qualityOf(const Matrix &space, const Matrix &map, RunContext &context);

/// Exact neighbours of one sample in `matrix`, whose rows are the run's samples.
std::shared_ptr<NeighbourSource> neighboursIn(std::shared_ptr<const Matrix> matrix, Ids ids, std::string space);

}  // namespace vitrine::study
