// Between torch's tensors and the program's plain buffers. Inner header (torch): only tensor and models include it.
#pragma once

#include "core/buffers.h"
#include "tensor/compat.h"

namespace vitrine::tensor {

/// Pictures of one size and channel count as N x channels x height x width float32 in [0, 1], on the CPU.
at::Tensor planes(std::span<const Image> pictures);
/// Copies a tensor of any device and type into `out`, row-major; the element counts must be equal.
void copyTo(const at::Tensor &tensor, std::span<float> out);

}  // namespace vitrine::tensor
