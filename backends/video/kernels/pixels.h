// The elementwise loops of the decoder, compiled for several instruction sets and chosen at run time. All are serial; threads are their callers' business.
// `T` below is float or a bfloat16 kept in 16 bits. All data lie channels last.
#pragma once

#include <cstdint>

namespace vitrine::video {

enum class Activation : std::uint8_t { Gelu, Sine };

/// An activation followed by a pixel shuffle, over `rows` rows of `width` pixels. A pixel before it holds strideY x strideX x channels values with the
/// channel innermost, so that `run` = strideX * channels neighbours stay together in each of the strideY rows it becomes.
struct ShuffleTask {
  std::int64_t rows, width;
  int strideY, run;
  Activation activation;
};

/// One picture of height x width x channels and a k x k convolution with "same" padding over it.
struct GradientTask {
  std::int64_t height, width, channels;
  int kernel;
};

template <class T>
struct PixelKernels {
  /// out = shuffle(f(z)). `row` has room for one row before the shuffle.
  void (*activate)(const ShuffleTask &task, const T *z, T *row, T *out);
  /// dz = f'(z) * unshuffled gradient.
  void (*activateBack)(const ShuffleTask &task, const T *z, const T *gradient, T *dz);
  /// The picture of a head's output: 255 (tanh(z) + 1) / 2, rounded.
  void (*toBytes)(const T *z, std::int64_t count, std::uint8_t *out);
  /// Sum of squared differences between (tanh(z) + 1) / 2 and bytes / 255 where `weights` (or null: everywhere) is 1; dz = scale * its derivative by z.
  double (*squaredError)(const T *z, const std::uint8_t *bytes, const std::uint8_t *weights, std::int64_t count, float scale, T *dz);
  /// Adds the weights' gradient of a convolution of each channel by itself: k x k x channels. dy is as large as x.
  void (*depthwiseGradient)(const GradientTask &task, const T *x, const T *dy, float *dw);
  /// Adds the weights' gradient of a 3 x 3 convolution to three outputs: 3 x 3 x 3 x channels. dy: height x width x 3.
  void (*thinGradient)(const GradientTask &task, const T *x, const T *dy, float *dw);
};

struct KernelSet {
  PixelKernels<float> real;
  PixelKernels<std::uint16_t> brain;
};

/// The kernels for this CPU.
const KernelSet &kernels();

}  // namespace vitrine::video
