// Arithmetic of a prototype layer: distances, evidence, accuracy of an edited layer, a plane to see it in. Shared by studies and viewers.
#pragma once

#include "core/artifact.h"

namespace vitrine {

/// What can be edited of a prototype layer. A value: undo is keeping the old one, and every number comes back bit for bit.
struct PrototypeLayer {
  Matrix prototypes, weights;    ///< m x q, m x classes
  std::vector<std::uint8_t> on;  ///< m; 0 = switched off: contributes nothing
  std::size_t count() const { return on.size(); }
  bool operator==(const PrototypeLayer &) const = default;
};

PrototypeLayer layerOf(const Prototypes &payload);
PrototypeLayer switched(PrototypeLayer layer, std::size_t j, bool on);
/// Throws InputError for a place of another length.
PrototypeLayer moved(PrototypeLayer layer, std::size_t j, std::span<const float> to);
/// Prototype `a` goes to the middle of both and takes the sum of their weights, `b` is switched off: two at one place merge without a change of any logit.
PrototypeLayer merged(PrototypeLayer layer, std::size_t a, std::size_t b);
/// Prototype j speaks for class k: the weights of k and of its class change places.
PrototypeLayer reassigned(PrototypeLayer layer, std::size_t j, std::size_t k);

/// The class that nearness to prototype j raises most: argmin_k W_jk.
std::size_t classOf(const Matrix &weights, std::size_t j);
/// Each row less its mean: a constant in a row changes no probability, so that only this part of W means anything.
Matrix rowCentred(const Matrix &weights);
/// Classes that no prototype speaks for.
std::vector<std::size_t> classesWithoutPrototype(const PrototypeLayer &layer);

/// |x_i - p_j|^2, n x m. Differences in double, not the expansion |x|^2 + |p|^2 - 2 x p: never below 0, and 0 at the prototype itself.
Matrix squaredDistances(const Matrix &latents, const Matrix &prototypes);
/// logit_k = sum over the prototypes that are on of d_j W_jk.
std::vector<double> logits(std::span<const float> distances, const PrototypeLayer &layer);
std::vector<double> softmax(std::span<const double> logits);

/// Why class k: one prototype's part.
struct Evidence {
  std::size_t prototype = 0;
  double distance = 0;      ///< squared
  double contribution = 0;  ///< d_j W_jk: they sum to the logit. That of a close prototype is near 0, however much it decides
  double support = 0;       ///< row-centred W_jk (d_j - mean d_j): above 0 speaks for the class, compared with an average sample
};
/// Of the prototypes that are on, strongest support first. `means` are the mean distances over the data (PrototypeScores::meanDistances()).
std::vector<Evidence> evidence(std::span<const float> distances, std::span<const double> means, const PrototypeLayer &layer, std::size_t k);

/// Accuracy of edited layers on the payload's test samples. Only columns of prototypes that moved are computed again.
class PrototypeScores {
 public:
  struct Result {
    std::vector<std::int32_t> predicted;  ///< of all ids
    std::vector<std::size_t> confusion;   ///< of the test samples, classes x classes: row = true class, column = predicted
    std::size_t right = 0, tested = 0;
    double accuracy() const { return tested == 0 ? 0 : static_cast<double>(right) / static_cast<double>(tested); }
  };
  /// `payload` must outlive this.
  explicit PrototypeScores(const Prototypes &payload);
  Result of(const PrototypeLayer &layer);
  std::span<const float> distances(std::size_t row) const { return m_distances.row(row); }  ///< squared, to the layer of the last of()
  std::vector<double> meanDistances() const;                                                ///< over all ids, for that layer

 private:
  const Prototypes &m_payload;
  Matrix m_distances, m_prototypes;  ///< ids x m, and the prototypes they belong to
};

/// The plane in which latents differ most (their first two principal components). Linear: what is dragged in it is moved in latent space.
struct LatentPlane {
  std::vector<float> mean;  ///< q
  Matrix axes;              ///< 2 x q, orthonormal
};
LatentPlane principalPlane(const Matrix &latents);
Matrix inPlane(const LatentPlane &plane, const Matrix &vectors);  ///< n x 2
/// `from` moved so that it lies at (x, y) in the plane; what is orthogonal to the plane stays.
std::vector<float> draggedTo(const LatentPlane &plane, std::span<const float> from, float x, float y);

}  // namespace vitrine
