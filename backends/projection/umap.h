// UMAP (McInnes, Healy & Melville 2018) as a resumable engine on the neighbour graph that t-SNE uses.
#pragma once

#include "projection/affinities.h"

namespace vitrine::projection {

struct UmapOptions {
  int neighbours = 15;      ///< that a sample counts as its surroundings, itself included: small shows fine grain, large the broad arrangement
  double minDist = 0.1;     ///< how close points may come
  double spread = 1;        ///< the scale that minDist is measured by
  int epochs = 0;           ///< of the whole schedule; 0 = 500 up to 10,000 samples, 200 above, as umap-learn has it
  double learningRate = 1;  ///< falls linearly to 0
  int negatives = 5;        ///< points that push, drawn for each that pulls
  int dims = 2;             ///< 2 or 3
  std::uint64_t seed = 1;
  int threads = 0;             ///< 0 = all; the result does not depend on it
  std::string device = "cpu";  ///< as in TsneOptions: else the epochs are torch operations there (device_umap.h)
};

/// a and b of the curve 1 / (1 + a d^(2b)) that is nearest to 1 up to minDist and exp(-(d - minDist) / spread) beyond (least squares over [0, 3 spread]).
std::pair<double, double> umapCurve(double minDist, double spread);

/// The first `dims` eigenvectors of the normalised graph Laplacian but the trivial one, one column each (Belkin & Niyogi 2003). n x dims.
Matrix spectralStart(const Affinities &graph, std::span<const std::uint32_t> order, int dims, std::uint64_t seed, const std::atomic<bool> &stop = kNeverStop);

class Umap {
 public:
  /// From a graph with at least neighbours - 1 entries a row and a start (n x at least dims; scaled to a largest coordinate of 10).
  /// Throws InputError (options out of range, sizes that do not match, no such device), Cancelled.
  Umap(KnnGraph graph, const Matrix &start, const UmapOptions &options, const std::atomic<bool> &stop = kNeverStop);
  /// From the spectral start.
  Umap(KnnGraph graph, const UmapOptions &options, const std::atomic<bool> &stop = kNeverStop);
  ~Umap();
  Umap(Umap &&) noexcept;
  Umap &operator=(Umap &&) noexcept;

  /// Continues to epoch `limit` (at most epochs()) or until `stop`; gives the epoch reached. Stopping and going on gives the same as one run (on a card: to
  /// rounding).
  int run(int limit, const std::atomic<bool> &stop = kNeverStop);
  int epoch() const;
  int epochs() const;
  Matrix positions() const;  ///< n x dims, rows as in the input
  void setLearningRate(double learningRate);
  const KnnGraph &graph() const;

  /// Places new samples into the map without moving the old ones: rows of `neighbours` (m x k, rows of the old data, nearest first) with their distances.
  /// m x dims. Throws InputError, Cancelled.
  Matrix transform(std::span<const std::uint32_t> neighbours, std::span<const float> distances, int k, const std::atomic<bool> &stop = kNeverStop) const;

 private:
  struct State;
  std::unique_ptr<State> m_state;
};

}  // namespace vitrine::projection
