// How a decoder's weights will be rounded in their file, chosen while they are still fitted. Inner header (torch): only video includes it.
#pragma once

#include <functional>

#include "video/network.h"

namespace vitrine::video {

/// FittedVideo::Tensor::gain of each of the decoder's slots (zero for biases), float32: each weight matrix is rounded alone, and the pictures of `codes` (one
/// frame each) are compared with those of `exact`, the weights as they are in the working type `type`.
at::Tensor measuredGains(const Network &network, const Network::Weights &exact, const std::vector<at::Tensor> &codes, at::ScalarType type,
                         const std::function<void(std::int64_t, std::int64_t)> &progress);

/// What Fit rounds by. Undefined tensors until the first choose().
struct Rounding {
  at::Tensor gains;  ///< of measuredGains()
  at::Tensor steps;  ///< laid out like Network::flat(): each weight's step, 0 for what is not rounded
  at::Tensor kept;   ///< the same: 0 where pruned, else 1

  bool chosen() const { return steps.defined(); }
  /// Steps and pruning as coded() would choose them now. Needs gains.
  void choose(const Network &network, int weightBits, double pruned);
  /// The weights as the file will hold them.
  at::Tensor applied(const at::Tensor &flat) const;
};

}  // namespace vitrine::video
