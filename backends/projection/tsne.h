// t-SNE as a resumable engine (van der Maaten & Hinton 2008): the caller owns the loop, every knob may change between two calls.
#pragma once

#include "projection/affinities.h"
#include "projection/repulsion.h"

namespace vitrine::projection {

struct TsneOptions {
  double perplexity = 30;                 ///< effective number of neighbours: small shows fine grain, large the broad arrangement
  int iterations = 750;                   ///< of the whole schedule; run() may go past it
  double exaggeration = 12;               ///< attraction times this at first: clusters find each other
  int exaggerationIterations = 250;       ///< how long "at first" is
  double lateExaggeration = 1;            ///< and from then on (Kobak & Linderman 2021: 2 to 4 looks like UMAP)
  double learningRate = 0;                ///< 0 = automatic: n / exaggeration (Belkina et al. 2019), so n / 12 at first, then n
  int dims = 2;                           ///< 2 or 3
  double supervision = 0;                 ///< 0 = none; pairs of different labels keep 1 - this of their similarity
  std::vector<std::int32_t> labels = {};  ///< of the samples, -1 = none; needed for supervision
  std::uint64_t seed = 1;                 ///< of the start where there is no better one, and of the neighbour search
  int threads = 0;                        ///< 0 = all
  Repulsion::Method repulsion = Repulsion::Method::Auto;
  std::string device = "cpu";  ///< "cuda": steps and neighbours on the card ("torch": the same code on torch's processor device, for tests)
};

class Tsne {
 public:
  /// Searches the neighbours of x, calibrates, and starts from the first principal components. x is kept for later searches (a larger perplexity).
  /// Throws InputError (see buildKnn, checkPerplexity, options out of range), Cancelled.
  Tsne(std::shared_ptr<const Matrix> x, const TsneOptions &options, const std::atomic<bool> &stop = kNeverStop);
  /// The same with the neighbours of x found before: buildKnn() with neighboursFor(perplexity, n).
  Tsne(std::shared_ptr<const Matrix> x, KnnGraph graph, const TsneOptions &options, const std::atomic<bool> &stop = kNeverStop);
  /// From a graph and a start (n x at least dims; its first `dims` columns, scaled so that the first has standard deviation 1e-4; see newcomers.h).
  Tsne(KnnGraph graph, const Matrix &start, const TsneOptions &options, const std::atomic<bool> &stop = kNeverStop);
  ~Tsne();
  Tsne(Tsne &&) noexcept;
  Tsne &operator=(Tsne &&) noexcept;

  /// Continues to iteration `limit` (nothing if that is past) or until `stop`; gives the iteration reached. Stopping and going on gives the same as one run.
  int run(int limit, const std::atomic<bool> &stop = kNeverStop);
  int iteration() const;
  std::size_t count() const;
  /// n x dims, rows as in the input.
  Matrix positions() const;
  /// Replaces the positions (n x dims): a branch, a dragged point. Velocities are reset.
  void setPositions(const Matrix &positions);

  /// Calibrates again on the kept distances; searches again only if the graph is too small and the data are known.
  /// Throws InputError, or Cancelled (then nothing has changed). Positions stay.
  void setPerplexity(double perplexity, const std::atomic<bool> &stop = kNeverStop);
  /// Attraction factor from now on, whatever the schedule says; the change is spread over 20 iterations. 1 ends it, 0 returns to the schedule.
  void setExaggeration(double exaggeration);
  /// 0 = automatic.
  void setLearningRate(double learningRate);

  /// Puts samples to `positions` (rows.size() x dims; no rows = where they are) and keeps them there, whatever pulls at them; held again, they move. Places far
  /// outside the map are brought to twice its extent, for the mesh must cover them. Throws InputError for rows that are not there.
  void hold(std::span<const std::size_t> rows, const Matrix &positions = {});
  /// Lets samples go; no rows = all.
  void release(std::span<const std::size_t> rows = {});
  std::vector<std::size_t> held() const;  ///< ascending

  /// Goes on with more samples: x = the old rows, then the new; `labels` of all where there is supervision. Old samples keep place and speed, new ones start at
  /// the mean of their nearest neighbours in the map. The neighbours are searched anew. Throws InputError, or Cancelled (then nothing has changed).
  void extend(std::shared_ptr<const Matrix> x, std::vector<std::int32_t> labels, const std::atomic<bool> &stop = kNeverStop);

  /// Places new samples into the map without moving the old ones and without forces between the new: rows of `neighbours` (m x k, rows of the old data,
  /// nearest first) with their distances; a perplexity of k / 3. m x dims (Policar, Strazar & Zupan 2023). Throws InputError, Cancelled.
  Matrix transform(std::span<const std::uint32_t> neighbours, std::span<const float> distances, int k, const std::atomic<bool> &stop = kNeverStop) const;

  /// Kullback-Leibler divergence of the map from P at the present positions: sparse P, Z from the repulsion in use. Costs about one iteration.
  double kl();
  const KnnGraph &graph() const;
  const TsneOptions &options() const;
  /// Which repulsion the last iteration used: "exact", "mesh 320 x 320, spacing 0.33".
  std::string repulsionName() const;

 private:
  struct State;
  std::unique_ptr<State> m_state;
};

}  // namespace vitrine::projection
