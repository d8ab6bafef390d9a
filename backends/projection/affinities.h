// Similarities on the neighbour graph, made symmetric: P of t-SNE by perplexity, the fuzzy union of UMAP.
#pragma once

#include "projection/knn.h"

namespace vitrine::projection {

/// Symmetric sparse matrix in CSR form (P: all values sum to 1), no diagonal, columns ascending in each row.
struct Affinities {
  std::vector<std::uint64_t> start;  ///< n + 1
  std::vector<std::uint32_t> columns;
  std::vector<float> values;

  std::size_t count() const { return start.empty() ? 0 : start.size() - 1; }
};

/// P of van der Maaten & Hinton 2008 (eq. 1 and following): a Gaussian for each sample whose entropy is log(perplexity), over its 3 * perplexity nearest
/// neighbours (all of the graph's if it has fewer), then (P + P^T) / 2n. With `order` (empty, or a permutation) row and column i stand for sample order[i].
/// Throws InputError (see checkPerplexity), Cancelled.
Affinities calibrate(const KnnGraph &graph, double perplexity, std::span<const std::uint32_t> order, int threads = 0,
                     const std::atomic<bool> &stop = kNeverStop);

/// The fuzzy union of UMAP (McInnes, Healy & Melville 2018, section 3.1): memberships exp(-(d - rho_i) / sigma_i) over the `neighbours` - 1 nearest (a sample
/// counts as its own neighbour there), calibrated to log2(neighbours), then a + b - ab. Values up to 1; else as above. Throws Cancelled.
Affinities fuzzyGraph(const KnnGraph &graph, int neighbours, std::span<const std::uint32_t> order, int threads = 0, const std::atomic<bool> &stop = kNeverStop);
/// One row of memberships, before the union: of a new sample in its nearest old ones (distances ascending).
void fuzzyRow(std::span<const float> distances, std::span<float> weights);

/// How many neighbours a perplexity needs among n samples: min(3 * perplexity, n - 1).
int neighboursFor(double perplexity, std::size_t n);
/// Throws InputError unless 1 <= perplexity <= (n - 1) / 3 ("perplexity 30 needs more than 90 samples; ...").
void checkPerplexity(double perplexity, std::size_t n);

}  // namespace vitrine::projection
