// Weight gradients of convolutions that have many pixels and few weights: the sums of a whole row stay in registers.
#include <algorithm>
#include <vector>

#include "video/kernels/numbers.h"

namespace vitrine::video::VITRINE_KERNELS {
namespace {

constexpr int kLanes = 16;
typedef float Vec __attribute__((vector_size(64), aligned(4), may_alias));

inline Vec &at(float *p) {
  return *reinterpret_cast<Vec *>(p);
}
inline const Vec &at(const float *p) {
  return *reinterpret_cast<const Vec *>(p);
}

/// One row as floats, `padded` values a pixel (0 behind the channels) and `margin` pixels of 0 on either side.
template <class T>
void widen(const T *row, std::int64_t width, std::int64_t channels, std::int64_t padded, std::int64_t margin, float *out) {
  std::fill_n(out, (width + 2 * margin) * padded, 0.0F);
  for (std::int64_t x = 0; x < width; ++x) {
    for (std::int64_t c = 0; c < channels; ++c) {
      out[(x + margin) * padded + c] = load(row[x * channels + c]);
    }
  }
}

std::int64_t roundedUp(std::int64_t count, std::int64_t unit) {
  return (count + unit - 1) / unit * unit;
}

/// Sums of one row of taps over a row of pixels, for 16 channels.
template <int kKernel>
void depthwiseRow(const float *x, const float *dy, std::int64_t width, std::int64_t padded, float *sums) {
  Vec total[kKernel] = {};
  for (std::int64_t p = 0; p < width; ++p, x += padded, dy += padded) {
    const Vec slope = at(dy);
    for (int k = 0; k < kKernel; ++k) {
      total[k] += slope * at(x + k * padded);
    }
  }
  for (int k = 0; k < kKernel; ++k) {
    at(sums + k * padded) += total[k];
  }
}

template <int kKernel, class T>
void depthwise(const GradientTask &task, const T *x, const T *dy, float *dw) {
  constexpr int kMargin = kKernel / 2;
  const std::int64_t padded = roundedUp(task.channels, kLanes), line = (task.width + 2 * kMargin) * padded, row = task.width * task.channels;
  std::vector<float> wide(static_cast<std::size_t>(task.height * line)), slopes(static_cast<std::size_t>(task.width * padded)),
      sums(static_cast<std::size_t>(kKernel * kKernel * padded), 0);
  for (std::int64_t y = 0; y < task.height; ++y) {
    widen(x + y * row, task.width, task.channels, padded, kMargin, wide.data() + y * line);
  }
  for (std::int64_t y = 0; y < task.height; ++y) {
    widen(dy + y * row, task.width, task.channels, padded, 0, slopes.data());
    for (int k = 0; k < kKernel; ++k) {
      const std::int64_t from = y + k - kMargin;
      for (std::int64_t c = 0; c < padded && from >= 0 && from < task.height; c += kLanes) {
        depthwiseRow<kKernel>(wide.data() + from * line + c, slopes.data() + c, task.width, padded, sums.data() + k * kKernel * padded + c);
      }
    }
  }
  for (std::int64_t k = 0; k < kKernel * kKernel; ++k) {
    for (std::int64_t c = 0; c < task.channels; ++c) {
      dw[k * task.channels + c] += sums[static_cast<std::size_t>(k * padded + c)];
    }
  }
}

/// Any kernel, slowly: ours is 7.
template <class T>
void depthwiseOfAny(const GradientTask &task, const T *x, const T *dy, float *dw) {
  const std::int64_t margin = task.kernel / 2;
  for (std::int64_t y = 0; y < task.height; ++y) {
    for (std::int64_t ky = std::max<std::int64_t>(0, margin - y); ky < std::min<std::int64_t>(task.kernel, task.height + margin - y); ++ky) {
      for (std::int64_t p = 0; p < task.width; ++p) {
        for (std::int64_t kx = std::max<std::int64_t>(0, margin - p); kx < std::min<std::int64_t>(task.kernel, task.width + margin - p); ++kx) {
          for (std::int64_t c = 0; c < task.channels; ++c) {
            dw[(ky * task.kernel + kx) * task.channels + c] +=
                load(dy[(y * task.width + p) * task.channels + c]) * load(x[((y + ky - margin) * task.width + p + kx - margin) * task.channels + c]);
          }
        }
      }
    }
  }
}

}  // namespace

template <class T>
void depthwiseGradient(const GradientTask &task, const T *x, const T *dy, float *dw) {
  task.kernel == 7 ? depthwise<7>(task, x, dy, dw) : depthwiseOfAny(task, x, dy, dw);
}

template <class T>
void thinGradient(const GradientTask &task, const T *x, const T *dy, float *dw) {
  constexpr int kOuts = 3, kTaps = 3;
  const std::int64_t padded = roundedUp(task.channels, kLanes), line = (task.width + 2) * kOuts;
  std::vector<float> wide(static_cast<std::size_t>(task.width * padded)), slopes(static_cast<std::size_t>(task.height * line)),
      sums(static_cast<std::size_t>(kTaps * kTaps * kOuts * padded), 0);
  for (std::int64_t y = 0; y < task.height; ++y) {
    widen(dy + y * task.width * kOuts, task.width, kOuts, kOuts, 1, slopes.data() + y * line);
  }
  for (std::int64_t y = 0; y < task.height; ++y) {
    widen(x + y * task.width * task.channels, task.width, task.channels, padded, 0, wide.data());
    for (int ky = 0; ky < kTaps; ++ky) {
      const std::int64_t to = y + 1 - ky;  // the row of outputs that this row of inputs reaches through tap ky
      for (std::int64_t c = 0; c < padded && to >= 0 && to < task.height; c += kLanes) {
        Vec total[kTaps][kOuts] = {};
        const float *slope = slopes.data() + to * line;
        for (std::int64_t p = 0; p < task.width; ++p, slope += kOuts) {
          const Vec value = at(wide.data() + p * padded + c);
          for (int kx = 0; kx < kTaps; ++kx) {
            for (int o = 0; o < kOuts; ++o) {
              total[kx][o] += value * slope[(2 - kx) * kOuts + o];
            }
          }
        }
        for (int kx = 0; kx < kTaps; ++kx) {
          for (int o = 0; o < kOuts; ++o) {
            at(sums.data() + ((ky * kTaps + kx) * kOuts + o) * padded + c) += total[kx][o];
          }
        }
      }
    }
  }
  for (std::int64_t k = 0; k < kTaps * kTaps * kOuts; ++k) {
    for (std::int64_t c = 0; c < task.channels; ++c) {
      dw[k * task.channels + c] += sums[static_cast<std::size_t>(k * padded + c)];
    }
  }
}

template void depthwiseGradient(const GradientTask &task, const float *x, const float *dy, float *dw);
template void depthwiseGradient(const GradientTask &task, const std::uint16_t *x, const std::uint16_t *dy, float *dw);
template void thinGradient(const GradientTask &task, const float *x, const float *dy, float *dw);
template void thinGradient(const GradientTask &task, const std::uint16_t *x, const std::uint16_t *dy, float *dw);

}  // namespace vitrine::video::VITRINE_KERNELS
