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

/// A matrix with the singular vectors of x and singular values of about 1 (0.7 to 1.3 for those above a hundredth of x's norm): three odd polynomials of degree
/// 5 in a row, each the best (Remez) for what the one before leaves of the singular values, after Amsel, Persson, Musco and Gower 2025, "The Polar Express".
/// Five steps of Jordan's iteration (2024) cost two thirds more and fit no better: video.md has the figures.
inline at::Tensor orthogonalised(const at::Tensor &x, at::ScalarType type) {
  constexpr double kMargin = 1.01;  // what bfloat16 may be beyond 1 grows fast
  constexpr double kPolynomials[][3] = {{8.093369, -23.62043, 17.446152}, {3.636586, -2.721927, 0.536546}, {2.6613, -1.977155, 0.452616}};
  const bool tall = x.size(0) > x.size(1);
  at::Tensor y = (tall ? x.t() : x) / (x.norm() * kMargin + 1e-7);
  y = y.to(type).contiguous();
  for (const auto &[a, b, c] : kPolynomials) {
    const at::Tensor square = at::mm(y, y.t());
    y = at::addmm(y, at::addmm(square, square, square, b, c), y, a, 1);
  }
  y = y.to(at::kFloat);
  return tall ? y.t() : y;
}
/// Multiplications of that, roughly.
inline double orthogonalisingWork(std::int64_t rows, std::int64_t columns) {
  const auto n = static_cast<double>(std::min(rows, columns)), m = static_cast<double>(std::max(rows, columns));
  return 3 * n * n * (2 * m + n);
}

/// Muon (Jordan 2024) on matrices: Nesterov momentum whose direction is orthogonalised, scaled by sqrt(max(1, rows / columns)).
inline void muonUpdate(const at::Tensor &weights, const at::Tensor &gradient, const at::Tensor &momentum, double rate, at::ScalarType type) {
  constexpr double kMomentum = 0.95;
  momentum.mul_(kMomentum).add_(gradient);
  const double scale = std::sqrt(std::max(1.0, static_cast<double>(weights.size(0)) / static_cast<double>(weights.size(1))));
  weights.add_(orthogonalised(gradient.add(momentum, kMomentum), type), -rate * scale);
}

}  // namespace vitrine::video
