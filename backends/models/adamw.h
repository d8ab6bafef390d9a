// AdamW (Loshchilov and Hutter 2019) over one flat vector of weights. Inner header (torch): only models includes it.
#pragma once

#include <cmath>

#include "tensor/compat.h"

namespace vitrine::models {

struct AdamW {
  at::Tensor first, second;  ///< running means of gradient and squared gradient

  explicit AdamW(const at::Tensor &weights) : first(at::zeros_like(weights)), second(at::zeros_like(weights)) {}

  /// Step number `done` (from 0). Decay applies to the first `decayCount` weights.
  void update(at::Tensor &weights, const at::Tensor &gradient, std::int64_t done, double rate, double decay, std::int64_t decayCount) {
    constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;
    const at::NoGradGuard guard;
    const double t = static_cast<double>(done + 1), correction1 = 1 - std::pow(kBeta1, t), correction2 = 1 - std::pow(kBeta2, t);
    first.mul_(kBeta1).add_(gradient, 1 - kBeta1);
    second.mul_(kBeta2).addcmul_(gradient, gradient, 1 - kBeta2);
    weights.narrow(0, 0, decayCount).mul_(1 - rate * decay);
    weights.addcdiv_(first, (second / correction2).sqrt_().add_(kEpsilon), -rate / correction1);
  }
};

}  // namespace vitrine::models
