// Channels-last convolution, differentiable. Inner header (torch): only video includes it.
#pragma once

#include "tensor/compat.h"

namespace vitrine::video {

/// With "same" padding, or with stride = kernel and none (`patches`). x: N x H x W x C, weight: out x C / groups x k x k. On the CPU the weight gradients of
/// depthwise and of three-output convolutions are our own: oneDNN needs longer for them than for the large ones beside them.
at::Tensor convolved(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias, bool patches = false, std::int64_t groups = 1);
/// The same by torch's own operations: for CUDA, and what the tests compare with.
at::Tensor convolvedByTorch(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias, bool patches = false, std::int64_t groups = 1);

}  // namespace vitrine::video
