// What the studies that draw maps have in common: the space that a map is made from, and how well it is kept.
#pragma once

#include "studies/projection/features.h"

namespace vitrine::study {

double dot(std::span<const float> a, std::span<const float> b);
/// Columns for tables and maps: numbers that are missing until they are set, texts to be appended.
Column numberColumn(const std::string &name, std::size_t rows);
Column textColumn(const std::string &name);

/// User and system time of this process so far.
double cpuSeconds();

/// Distances by "euclidean", "cosine" (of the angle: Euclidean between vectors of length 1) or "dot" (largest product first: Euclidean once a further
/// column has made all vectors equally long, Bachrach et al. 2014: as long as the longest, or as the square root of `longest`).
Matrix withMetric(const Matrix &x, const std::string &metric, std::optional<double> longest = {});

/// The run's features under a metric, reduced to their first principal components where there are more than `pcaDims` (0 = never); offered for clicks.
Features mapSpace(std::size_t minSamples, int pcaDims, const std::string &metric, RunContext &context);

/// Throws InputError unless the start has a place for each of the run's samples.
void requireStart(const Matrix &start, int dims, const RunContext &context);

/// Map quality in the same space, of this map and, as a baseline, of the one that keeps only the first principal components; with checks.
void measureMap(const Matrix &space, const Matrix &map, RunContext &context);

template <class P>
void addSpaceParameters(Schema<P> &schema, int P::*pcaDims, std::string P::*metric) {
  schema
      .add("pca_dims", pcaDims, "Principal components first",
           "Distances are taken among so many principal components: less noise and much faster. 0 takes the data as they are.")
      .range(0, 1000)
      .inAdvanced();
  schema
      .add("metric", metric, "Metric",
           "What near means: the straight distance, the angle between vectors (for embeddings whose length says little), or the largest product.")
      .oneOf({"euclidean", "cosine", "dot"})
      .inAdvanced();
}

}  // namespace vitrine::study
