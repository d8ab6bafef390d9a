// Activation and pixel shuffle as one differentiable operation. Inner header (torch): only video includes it.
#pragma once

#include "tensor/compat.h"
#include "video/kernels/pixels.h"

namespace vitrine::video {

/// z: N x h x w x (strideY strideX C), channel innermost, float32 or bfloat16 -> N x h strideY x w strideX x C.
/// With the rows of a convolution's weight brought into that order the result equals PyTorch's f(pixel_shuffle(conv(x))).
at::Tensor shuffled(const at::Tensor &z, int strideY, int strideX, Activation activation);
/// The same by torch's own operations: for CUDA, and what the tests compare with.
at::Tensor shuffledByTorch(const at::Tensor &z, int strideY, int strideX, Activation activation);

/// Calls f(kernels, pointer type) for a CPU tensor of float32 or bfloat16.
template <class F>
auto withKernels(const at::Tensor &tensor, F f) {
  return tensor.scalar_type() == at::kBFloat16 ? f(kernels().brain, std::uint16_t{}) : f(kernels().real, float{});
}
template <class T>
T *pointer(const at::Tensor &tensor) {
  return static_cast<T *>(tensor.data_ptr());
}

}  // namespace vitrine::video
