// A quick look at half the width and height. Inner header (torch): only video includes it.
#pragma once

#include "core/sources.h"
#include "video/network.h"

namespace vitrine::video {

/// Pictures without a decoder's last block, which takes two thirds of its time: read linearly, 5 x 5, from what goes into it. The weights are those of least
/// squares against some of the decoder's own frames, averaged over 2 x 2.
class Preview {
 public:
  /// Whether the last block doubles both sides; if not, there is none.
  static bool possible(const NetworkConfig &config);
  /// Fits to the frames of `codes` (n x h x w x d; a few are enough), one after the other: as long as it takes to decode them and a few tenths of a second.
  Preview(const Network &network, const Network::Weights &weights, const at::Tensor &codes);
  /// code: 1 x h x w x d.
  Image picture(const Network &network, const Network::Weights &weights, const at::Tensor &code) const;

 private:
  at::Tensor m_weight, m_bias;  // 3 x C x 5 x 5 and 3, float32: large weights of either sign cancel
};

}  // namespace vitrine::video
