// Principal components: the start of a t-SNE map, its noise filter, and a baseline projection of its own.
#pragma once

#include "core/buffers.h"
#include "projection/parallel.h"

namespace vitrine::projection {

struct PcaOptions {
  int components = 50;     ///< at most min(rows, columns) are given
  std::uint64_t seed = 1;  ///< of the random start of the subspace; matters only in the last digits
  int threads = 0;         ///< 0 = all
};

struct Pca {
  std::vector<float> mean;       ///< d
  Matrix components;             ///< k x d, orthonormal rows, largest variance first; the entry of largest size is positive
  std::vector<double> variance;  ///< k, variance along each component (divisor n - 1)
  double totalVariance = 0;      ///< of all d columns

  /// Fraction of the variance that the components keep (1 where there is none to keep).
  double explained() const;
  /// Coordinates of the rows of x (n x d) along the components: n x k.
  Matrix transform(const Matrix &x, int threads = 0) const;
};

/// Fits x (n x d). Up to 2,000 columns (or rows) from the exact covariance (Gram) matrix, above by randomised subspace iteration (Halko et al. 2011).
/// Deterministic per seed and thread count. Throws InputError for an empty matrix or values that are not finite, Cancelled after `stop`.
Pca fitPca(const Matrix &x, const PcaOptions &options, const std::atomic<bool> &stop = kNeverStop);

}  // namespace vitrine::projection
