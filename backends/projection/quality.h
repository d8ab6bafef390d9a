// How far a map keeps what the data say: neighbours, ranks, labels, divergence. All against the original space, exact.
#pragma once

#include "projection/knn.h"

namespace vitrine::projection {

struct QualityOptions {
  int k = 10;                  ///< neighbours compared
  std::size_t queries = 2000;  ///< at most so many samples are asked (all neighbours among all n); a seeded draw without replacement
  std::uint64_t seed = 42;
  int threads = 0;
};

struct MapQuality {
  double recall = 0;           ///< map_recall: mean fraction of the k nearest in the original space among the k nearest in the map
  double trustworthiness = 0;  ///< Venna & Kaski 2001: 1 = no false neighbours
  double continuity = 0;       ///< the same the other way: 1 = no neighbours torn apart
  double labelAgreement = 0;   ///< fraction of the k nearest in the map with the label of the sample; 0 without labels
};

/// The same of each asked sample. Trustworthiness and continuity of one sample are scaled so that their mean is the whole map's.
struct PointQuality {
  std::vector<std::uint32_t> rows;  ///< ascending
  std::vector<float> recall, trustworthiness, continuity;
};

/// x: n x d original, y: n x dims map, labels: n or none (-1 = missing: left out). k is cut to what n allows ((n - 1) / 2 for the rank measures).
/// Throws InputError for sizes that do not match or fewer than three samples; Cancelled.
MapQuality mapQuality(const Matrix &x, const Matrix &y, std::span<const std::int32_t> labels, const QualityOptions &options = {},
                      const std::atomic<bool> &stop = kNeverStop, PointQuality *points = nullptr);

/// Shepard diagram in a number: Spearman's rank correlation between the distances of `pairs` seeded pairs in x and in y. 1 = the order of all distances is
/// kept, 0 = none of it.
double shepardCorrelation(const Matrix &x, const Matrix &y, std::size_t pairs = 20'000, std::uint64_t seed = 42);

/// KL divergence with exact neighbours, exact P and all-pairs Z: the yardstick for any map. O(n^2): seconds at 20k, a minute at 70k.
double exactKl(const Matrix &x, const Matrix &y, double perplexity = 30, int threads = 0, const std::atomic<bool> &stop = kNeverStop);

}  // namespace vitrine::projection
