// How near a picture comes to its original: PSNR, SSIM and MS-SSIM of plain float buffers.
#pragma once

#include <optional>
#include <span>

#include "core/buffers.h"

namespace vitrine::video {

/// A picture as planes, channels x height x width, values in [0, 1]. The buffer is somebody else's.
struct PlanesView {
  std::span<const float> values;
  int width = 0, height = 0, channels = 0;
};
/// 8-bit pixels (channels interleaved) as planes of floats: value / 255.
std::vector<float> planesOf(const Image &image);

/// -10 log10(mse + 1e-9) in dB over all values of two pictures of one size, the HNeRV papers' measure; at most 90 dB. Throws InputError if sizes differ.
double psnr(const PlanesView &a, const PlanesView &b);

/// Structural similarity (Wang et al. 2004, Image Quality Assessment: From Error Visibility to Structural Similarity): 11 x 11 Gaussian window of s.d.
/// 1.5 where it lies wholly inside, K = 0.01 and 0.03, mean over pixels and channels; 1 for equal pictures. `threads` 0 = as many as OpenMP takes.
/// Throws InputError for pictures below 11 x 11 or of different sizes.
double ssim(const PlanesView &a, const PlanesView &b, int threads = 0);

/// The shorter side must be longer than this: five scales, each half the one before, must hold a window.
inline constexpr int kMsSsimSide = 160;
/// Multi-scale SSIM (Wang, Simoncelli, Bovik 2003) as the package pytorch_msssim computes it: weights .0448 .2856 .3001 .2363 .1333, means of 2 x 2 from
/// scale to scale (zeros beside odd sides), negative terms cut to 0, mean over channels. None where the shorter side is kMsSsimSide or less.
std::optional<double> msSsim(const PlanesView &a, const PlanesView &b, int threads = 0);

}  // namespace vitrine::video
