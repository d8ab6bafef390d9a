// Compiled once for each instruction set (VITRINE_ISA); plain loops that the compiler turns into vectors.
#include "video/kernels/numbers.h"

namespace vitrine::video::VITRINE_KERNELS {
namespace {

/// e^x for x in [-87, 87], relative error 2e-7: 2^n by its exponent bits, the rest by a polynomial.
inline float exponential(float x) {
  const float y = x * 1.44269504F;
  const int n = static_cast<int>(y + (y < 0 ? -0.5F : 0.5F));
  const float f = (x - static_cast<float>(n) * 0.693359375F) + static_cast<float>(n) * 2.12194440e-4F;
  const float p = 1 + f * (1 + f * (0.5F + f * (0.166666657F + f * (0.0416657962F + f * (0.00833345205F + f * 0.00139261747F)))));
  return p * Bits{.bits = static_cast<std::uint32_t>(n + 127) << 23}.value;
}
inline float clamped(float x, float bound) {
  return x < -bound ? -bound : x > bound ? bound : x;
}

/// Normal distribution and density. Abramowitz and Stegun 7.1.26: within 1.5e-7.
struct Normal {
  float distribution, density;
};
inline Normal normal(float x) {
  const float a = clamped(x < 0 ? -x : x, 13);
  const float e = exponential(-0.5F * a * a);
  const float t = 1 / (1 + 0.231641888F * a);
  const float tail = 0.5F * e * t * (0.254829592F + t * (-0.284496736F + t * (1.421413741F + t * (-1.453152027F + t * 1.061405429F))));
  return {x < 0 ? tail : 1 - tail, e * 0.398942280F};
}
/// Cody and Waite's reduction to +-pi/2 and a polynomial, within 3e-7 for the sizes that activations have.
inline float sine(float x) {
  const float q = x * 0.318309886F;
  const int n = static_cast<int>(q + (q < 0 ? -0.5F : 0.5F));
  const float k = static_cast<float>(n);
  const float r = ((x - k * 3.140625F) - k * 9.67502594e-4F) - k * 1.50995814e-7F;
  const float r2 = r * r;
  const float s = r * (1 + r2 * (-0.166666657F + r2 * (0.00833330024F + r2 * (-1.98087405e-4F + r2 * 2.60181548e-6F))));
  return (n & 1) != 0 ? -s : s;
}

struct Gelu {
  static float value(float x) { return x * normal(x).distribution; }
  static float slope(float x) {
    const Normal n = normal(x);
    return n.distribution + x * n.density;
  }
};
struct Sine {
  static float value(float x) { return sine(x); }
  static float slope(float x) { return sine(x + 1.57079633F); }
};
/// (tanh(z) + 1) / 2 is the logistic function of 2z.
inline float unit(float z) {
  return 1 / (1 + exponential(clamped(-2 * z, 80)));
}

template <class T>
void copyRun(const T *from, int count, T *to) {
  for (int i = 0; i < count; ++i) {
    to[i] = from[i];
  }
}

template <class F, class T>
void activateAs(const ShuffleTask &task, const T *z, T *row, T *out) {
  const std::int64_t pixel = std::int64_t{task.strideY} * task.run, count = task.width * pixel, line = task.width * task.run;
  for (std::int64_t y = 0; y < task.rows; ++y, z += count) {
    for (std::int64_t i = 0; i < count; ++i) {
      store(F::value(load(z[i])), row[i]);
    }
    for (std::int64_t x = 0; x < task.width; ++x) {
      for (int s = 0; s < task.strideY; ++s) {
        copyRun(row + x * pixel + s * task.run, task.run, out + (y * task.strideY + s) * line + x * task.run);
      }
    }
  }
}

template <class F, class T>
void activateBackAs(const ShuffleTask &task, const T *z, const T *gradient, T *dz) {
  const std::int64_t pixel = std::int64_t{task.strideY} * task.run, count = task.width * pixel, line = task.width * task.run;
  for (std::int64_t y = 0; y < task.rows; ++y, z += count, dz += count) {
    for (std::int64_t x = 0; x < task.width; ++x) {
      for (int s = 0; s < task.strideY; ++s) {
        copyRun(gradient + (y * task.strideY + s) * line + x * task.run, task.run, dz + x * pixel + s * task.run);
      }
    }
    for (std::int64_t i = 0; i < count; ++i) {
      store(load(dz[i]) * F::slope(load(z[i])), dz[i]);
    }
  }
}

template <class T>
void activate(const ShuffleTask &task, const T *z, T *row, T *out) {
  task.activation == Activation::Gelu ? activateAs<Gelu>(task, z, row, out) : activateAs<Sine>(task, z, row, out);
}
template <class T>
void activateBack(const ShuffleTask &task, const T *z, const T *gradient, T *dz) {
  task.activation == Activation::Gelu ? activateBackAs<Gelu>(task, z, gradient, dz) : activateBackAs<Sine>(task, z, gradient, dz);
}

template <class T>
void toBytes(const T *z, std::int64_t count, std::uint8_t *out) {
  for (std::int64_t i = 0; i < count; ++i) {
    out[i] = static_cast<std::uint8_t>(static_cast<int>(255 * unit(load(z[i])) + 0.5F));
  }
}

template <class T>
double squaredError(const T *z, const std::uint8_t *bytes, const std::uint8_t *weights, std::int64_t count, float scale, T *dz) {
  constexpr std::int64_t kPiece = 4096;  // floats add up safely over so many
  double total = 0;
  for (std::int64_t begin = 0; begin < count; begin += kPiece) {
    const std::int64_t end = begin + kPiece < count ? begin + kPiece : count;
    float sum = 0;
    for (std::int64_t i = begin; i < end; ++i) {
      const float p = unit(load(z[i])), weight = weights != nullptr ? static_cast<float>(weights[i]) : 1.0F;
      const float difference = weight * (p - static_cast<float>(bytes[i]) * (1.0F / 255));
      sum += difference * difference;
      store(scale * 4 * difference * p * (1 - p), dz[i]);
    }
    total += static_cast<double>(sum);
  }
  return total;
}

}  // namespace

template <class T>
void depthwiseGradient(const GradientTask &task, const T *x, const T *dy, float *dw);
template <class T>
void thinGradient(const GradientTask &task, const T *x, const T *dy, float *dw);
extern template void depthwiseGradient(const GradientTask &task, const float *x, const float *dy, float *dw);
extern template void depthwiseGradient(const GradientTask &task, const std::uint16_t *x, const std::uint16_t *dy, float *dw);
extern template void thinGradient(const GradientTask &task, const float *x, const float *dy, float *dw);
extern template void thinGradient(const GradientTask &task, const std::uint16_t *x, const std::uint16_t *dy, float *dw);

template <class T>
constexpr PixelKernels<T> kKernels = {activate<T>, activateBack<T>, toBytes<T>, squaredError<T>, depthwiseGradient<T>, thinGradient<T>};
extern const KernelSet kSet;
const KernelSet kSet = {kKernels<float>, kKernels<std::uint16_t>};

}  // namespace vitrine::video::VITRINE_KERNELS
