// Losses of pictures N x H x W x 3 in [0, 1]. Inner header (torch): only video includes it.
#pragma once

#include "tensor/compat.h"

namespace vitrine::video {

/// Structural similarity (Wang et al. 2004), 11 x 11 Gaussian of 1.5 pixels, no padding, mean over pixels and channels. Differentiable.
at::Tensor structuralSimilarity(const at::Tensor &a, const at::Tensor &b);

/// Mean absolute real and imaginary part of the differences' Fourier coefficients (orthonormal, over each picture's rows and columns). Differentiable.
at::Tensor spectralError(const at::Tensor &difference);

}  // namespace vitrine::video
