// The network of Chen, Li, Tao, Barnett, Su and Rudin 2019 ("This Looks Like That") at a small scale. Inner header (torch).
#pragma once

#include "models/part_trainer.h"
#include "models/prototype_net.h"

namespace vitrine::models::parts {

/// The three convolutions; a side above 10 is halved (28: 14, 7, 7).
std::array<prototype::SamePadding, 3> layersFor(int side);

/// What the layer of prototypes says of patches (n x positions x D), with P (m x D), W (m x K), labels y (n).
struct Terms {
  at::Tensor squared;  ///< n x m, of the nearest patch
  at::Tensor logits;   ///< n x K
  at::Tensor crossEntropy, cluster, separation;
};
Terms termsOf(const at::Tensor &patches, const at::Tensor &prototypes, const at::Tensor &weights, const at::Tensor &labels);
at::Tensor similarity(const at::Tensor &squared);

class Network : public FlatWeights {
 public:
  Network(Config config, at::Device device);
  /// Convolutions as He et al. 2015; prototypes U[0, 1) and the last layer 1 for a prototype's own class, -0.5 for others, as in the paper.
  void initialise(std::uint64_t seed);

  const Config &config() const { return m_config; }
  std::int64_t depth() const { return slots()[kHead - 1].count; }                 ///< D, values of a patch
  at::Tensor patches(const at::Tensor &x, const Weights &w) const;                ///< n x channels x side x side in [0, 1] -> n x positions x D in (0, 1)
  const at::Tensor &prototypes(const Weights &w) const { return w[kHead]; }       ///< m x D
  const at::Tensor &lastWeights(const Weights &w) const { return w[kHead + 1]; }  ///< m x K
  at::Tensor logits(const at::Tensor &patches, const Weights &w) const;           ///< n x K
  /// How many of flat()'s first weights the first stage trains: all but the last layer, which waits; all of the black box.
  std::int64_t trained() const { return m_config.blackBox ? flat().numel() : slots().back().offset; }

 private:
  static constexpr std::size_t kHead = 8;
  Config m_config;
  std::array<prototype::SamePadding, 3> m_layers;
};

}  // namespace vitrine::models::parts
