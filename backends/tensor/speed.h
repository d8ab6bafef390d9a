// How fast this machine computes: what doctor measures to tell a slow BLAS from a fast one.
#pragma once

namespace vitrine::tensor {

/// Billions of multiplications and additions a second in a product of two float32 matrices of 1024 x 1024, best of five.
double matrixProductGflops();
/// The same for a 3 x 3 convolution, 32 to 32 channels over 160 x 320, best of five.
double convolutionGflops();

}  // namespace vitrine::tensor
