// From float weights to small whole numbers and back: the reference's min-max quantiser, and a symmetric one whose step follows error and bits.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace vitrine::video {

using Shape = std::vector<std::int64_t>;

inline constexpr int kMostBits = 12;  ///< of a symbol; 8 where they are asked for

/// A quantised tensor. Steps (and minima) lie in an array of `stepShape`, which is `shape` with some sides replaced by 1, and are broadcast as NumPy does.
struct Quantised {
  enum class Kind : std::uint8_t {
    Symmetric,  ///< value = step * symbol; zero stays zero
    MinMax      ///< value = minimum + step * symbol, symbols 0 to 2^bits - 1
  };
  Kind kind = Kind::Symmetric;
  int bits = 8;  ///< 2 to 8, Symmetric to kMostBits
  Shape shape, stepShape;
  std::vector<std::int32_t> symbols;   ///< row-major
  std::vector<float> steps, minimums;  ///< minimums: MinMax only

  std::size_t count() const { return symbols.size(); }
};

struct QuantOptions {
  enum class Method : std::uint8_t {
    Reference,  ///< HNeRV's code: whole tensor or one axis, whichever has the smaller mean absolute error
    Tensor,     ///< symmetric, one step
    Row         ///< symmetric, one step for each slice of the first axis
  };
  Method method = Method::Tensor;
  int bits = 8;  ///< 2 to 8
  /// Tensor and Row: cost of one bit in squared steps; symbols move towards zero where that saves more than it errs. 0.12 is the slope of fine steps. On
  /// models that were not trained for it a coarser step is the better way to fewer bits.
  double lambda = 0;
  double fixedStep = 0;  ///< Tensor: this step (rounded to gridStep()) and as many bits as the values then need, kMostBits at most
};

/// The nearest step that a file can hold: 2^(k/32) with a whole k from -2048 to 2047, two bytes or less each.
float gridStep(double step);
int gridStepIndex(double step);
float gridStepOf(int index);

/// Throws InputError naming `where` and the index for a value that is not finite, for bits outside 2 to 8, and where the shape does not hold the values.
Quantised quantise(std::span<const float> values, const Shape &shape, const QuantOptions &options, const std::string &where);
/// Row-major values.
std::vector<float> dequantise(const Quantised &tensor);

/// Calls f(i, j) for each element i in row-major order and its place j among the steps.
template <class F>
void eachStep(const Shape &shape, const Shape &stepShape, F f) {
  std::size_t count = 1;
  std::vector<std::size_t> strides(shape.size(), 0), index(shape.size(), 0);
  for (std::size_t d = shape.size(), steps = 1; d-- > 0;) {
    strides[d] = stepShape[d] == 1 ? 0 : steps;
    steps *= static_cast<std::size_t>(stepShape[d]);
    count *= static_cast<std::size_t>(shape[d]);
  }
  for (std::size_t i = 0, j = 0; i < count; ++i) {
    f(i, j);
    for (std::size_t d = shape.size(); d-- > 0;) {
      j += strides[d];
      if (++index[d] < static_cast<std::size_t>(shape[d])) {
        break;
      }
      j -= strides[d] * index[d];
      index[d] = 0;
    }
  }
}

/// What a tensor's rounding costs the picture and the file.
struct RoundedTensor {
  float step = 0;         ///< its own for so many bits
  std::size_t count = 0;  ///< of its values
  float largest = 0;      ///< of their magnitudes
  double gain = 0;        ///< mean squared error of the picture for a step of 1; grows with the step's square
};
/// With the step that quantise() gives it. Throws as that does.
RoundedTensor roundedTensor(std::span<const float> values, const Shape &shape, int bits, double gain, const std::string &where);
/// Steps at which the tensors together take as many bits as at their own and the picture errs least: where a value's last bit buys equally much everywhere
/// (reverse water-filling, Cover and Thomas 2006, 10.3), gain step^2 / count is the same for all. No tensor gets more than kMostBits. Where a gain is not
/// positive all steps stay.
std::vector<float> sharedSteps(std::span<const RoundedTensor> tensors);

/// Sets the `fraction` of smallest magnitudes over all tensors together to zero (global unstructured pruning). Returns the threshold: |value| <= it is zero
/// now. Throws InputError for a fraction outside 0 to 1.
float prune(std::span<const std::span<float>> tensors, double fraction);

/// IEEE half precision, rounded to nearest even; what PyTorch's .half() gives.
std::uint16_t toHalf(float value);
float fromHalf(std::uint16_t half);

}  // namespace vitrine::video
