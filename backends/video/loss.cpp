#include "video/loss.h"

namespace vitrine::video {

at::Tensor structuralSimilarity(const at::Tensor &a, const at::Tensor &b) {
  constexpr int kRadius = 5;
  constexpr double kSigma = 1.5, kC1 = 0.01 * 0.01, kC2 = 0.03 * 0.03;
  at::Tensor line = at::arange(-kRadius, kRadius + 1, a.options()).pow(2).mul(-0.5 / (kSigma * kSigma)).exp();
  line = line / line.sum();
  const at::Tensor down = line.view({1, 1, -1, 1}).expand({3, 1, 2 * kRadius + 1, 1}).contiguous(), across = down.transpose(2, 3).contiguous();
  const auto filtered = [](const at::Tensor &x, const at::Tensor &kernel) { return at::conv2d(x, kernel, {}, at::IntArrayRef(1), at::IntArrayRef(0), 1, 3); };
  const auto blurred = [&](const at::Tensor &x) { return filtered(filtered(x, down), across); };
  const at::Tensor x = a.permute({0, 3, 1, 2}), y = b.permute({0, 3, 1, 2});
  const at::Tensor mx = blurred(x), my = blurred(y), xx = blurred(x * x) - mx * mx, yy = blurred(y * y) - my * my, xy = blurred(x * y) - mx * my;
  return ((2 * mx * my + kC1) * (2 * xy + kC2) / ((mx * mx + my * my + kC1) * (xx + yy + kC2))).mean();
}

at::Tensor spectralError(const at::Tensor &difference) {
  return at::view_as_real(at::fft_rfft2(difference, {}, at::IntArrayRef({1, 2}), "ortho")).abs().mean();
}

}  // namespace vitrine::video
