// What differs between libtorch 1.13 and 2.x, in one place. Only .cpp files of tensor and models (and their inner headers) include it.
#pragma once

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>  // 2.x no longer brings it along

#include <cmath>

namespace vitrine::tensor {

/// at::scaled_dot_product_attention hides its weights in every version, so attention is spelled out: softmax(q k^T / sqrt(d)) over the last axis.
inline at::Tensor attentionWeights(const at::Tensor &q, const at::Tensor &k) {
  const double scale = 1.0 / std::sqrt(static_cast<double>(q.size(-1)));
  return at::softmax(at::matmul(q * scale, k.transpose(-2, -1)), -1);
}

/// A leaf that collects gradients into `gradient` in place (both share their storage with one flat vector each).
inline at::Tensor leafView(const at::Tensor &view, const at::Tensor &gradient) {
  at::Tensor leaf = view.detach();
  leaf.set_requires_grad(true);
  leaf.mutable_grad() = gradient;
  return leaf;
}

}  // namespace vitrine::tensor
