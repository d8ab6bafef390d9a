// Nearest neighbours of every sample: the graph that t-SNE draws, and single exact queries for a click.
#pragma once

#include <memory>
#include <string>

#include "core/buffers.h"
#include "projection/parallel.h"

namespace vitrine::projection {

struct KnnOptions {
  enum class Method { Auto, Exact, Lists };
  int k = 90;                    ///< neighbours of each sample; at most n - 1 are given
  Method method = Method::Auto;  ///< Auto: exact while that is cheap, shared-probe inverted lists above
  double recall = 0.993;         ///< what the lists aim at: fraction of the true neighbours that are found
  double comparisons = 100'000;  ///< and the most that a sample may be compared with on the way there; where that is not enough, neighbour descent helps
  std::uint64_t seed = 1;        ///< of the lists' clustering
  int threads = 0;               ///< 0 = all
};

struct KnnGraph {
  std::size_t count = 0;                  ///< samples n
  int k = 0;                              ///< neighbours of each, min(options.k, n - 1)
  std::vector<std::uint32_t> neighbours;  ///< n x k rows, nearest first, never the sample itself; ties by row number
  std::vector<float> distances;           ///< n x k, Euclidean
  std::vector<std::uint32_t> order;       ///< samples in an order that keeps neighbours together (locality); empty = as they are
  double recall = 1;                      ///< measured on a probe of exact queries; 1 for exact graphs
  std::string method;                     ///< "exact", "256 lists, 24 probed" or "2000 lists, 60 probed, 1 sweep of descent"
};

/// Euclidean neighbours of every row of x. Duplicates are neighbours at distance 0 like any other.
/// Throws InputError for fewer than two rows, no columns, or values that are not finite; Cancelled after `stop` (checked every 0.1 s or so).
KnnGraph buildKnn(const Matrix &x, const KnnOptions &options, const std::atomic<bool> &stop = kNeverStop);

struct Hit {
  std::size_t row = 0;
  float distance = 0;
};

/// Exact neighbours of one sample or of any vector: one pass over the matrix (4 ms for 70k x 50). Safe from several threads.
class NeighbourIndex {
 public:
  explicit NeighbourIndex(std::shared_ptr<const Matrix> x) : m_x(std::move(x)) {}
  /// The k nearest rows, nearest first, `row` itself left out; fewer where there are fewer. Throws InputError for a row that is not there.
  std::vector<Hit> nearest(std::size_t row, int k) const;
  /// The k nearest rows to a vector of x.cols values. Throws InputError for another length.
  std::vector<Hit> nearest(std::span<const float> query, int k) const;
  const Matrix &matrix() const { return *m_x; }

 private:
  std::shared_ptr<const Matrix> m_x;
};

/// Throws InputError where x has a value that is not finite (with row and column), fewer than `minRows` rows, or no column.
void checkMatrix(const Matrix &x, std::size_t minRows, const char *what);

/// Rows of x centred and divided by their root mean square (`scale`), so that neither the units of the data nor their offset cost digits.
std::vector<float> normalisedRows(const Matrix &x, float &scale);

}  // namespace vitrine::projection
