// Adam and Muon over the parts of one flat vector of weights. Inner header (torch): only video includes it.
#pragma once

#include <utility>
#include <vector>

#include "tensor/compat.h"

namespace vitrine::video {

/// Adam (Kingma and Ba 2015) on a range of a flat vector; its moments are as long as the vector.
struct Adam {
  at::Tensor first, second;

  void update(const at::Tensor &weights, const at::Tensor &gradient, std::int64_t begin, std::int64_t count, std::int64_t done, double rate) const {
    constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;
    const double t = static_cast<double>(done + 1), correction1 = 1 - std::pow(kBeta1, t), correction2 = 1 - std::pow(kBeta2, t);
    const at::Tensor g = gradient.narrow(0, begin, count), m = first.narrow(0, begin, count), v = second.narrow(0, begin, count);
    m.mul_(kBeta1).add_(g, 1 - kBeta1);
    v.mul_(kBeta2).addcmul_(g, g, 1 - kBeta2);
    weights.narrow(0, begin, count).addcdiv_(m, (v / correction2).sqrt_().add_(kEpsilon), -rate / correction1);
  }
};

/// A matrix with (nearly) the singular vectors of x and singular values of about 1: five steps of the quintic Newton-Schulz iteration (Jordan 2024, "Muon").
inline at::Tensor orthogonalised(const at::Tensor &x, at::ScalarType type) {
  constexpr double kA = 3.4445, kB = -4.7750, kC = 2.0315;
  constexpr int kSteps = 5;
  const bool tall = x.size(0) > x.size(1);
  at::Tensor y = (tall ? x.t() : x) / (x.norm() + 1e-7);
  y = y.to(type).contiguous();
  for (int i = 0; i < kSteps; ++i) {
    const at::Tensor square = at::mm(y, y.t());
    y = at::addmm(y, at::addmm(square, square, square, kB, kC), y, kA, 1);
  }
  y = y.to(at::kFloat);
  return tall ? y.t() : y;
}

/// Muon (Jordan 2024): Nesterov momentum whose direction is orthogonalised, scaled by sqrt(max(1, rows / columns)). `momentum` has the gradient's shape.
inline void muonUpdate(const at::Tensor &weights, const at::Tensor &gradient, const at::Tensor &momentum, double rate, at::ScalarType type) {
  constexpr double kMomentum = 0.95;
  momentum.mul_(kMomentum).add_(gradient);
  const std::int64_t rows = weights.size(0), columns = weights.numel() / rows;
  const at::Tensor direction = orthogonalised(gradient.add(momentum, kMomentum).view({rows, columns}), type);
  const double scale = std::sqrt(std::max(1.0, static_cast<double>(rows) / static_cast<double>(columns)));
  weights.view({rows, columns}).add_(direction, -rate * scale);
}

}  // namespace vitrine::video
