// Steps are chosen by trying: a tensor is small beside what training it cost.
#include "video/quantise.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <map>

#include "core/error.h"

namespace vitrine::video {

namespace {

constexpr int kStepsAnOctave = 32, kLowestStep = -2048, kHighestStep = 2047;

std::size_t product(const Shape &shape) {
  std::size_t count = 1;
  for (const std::int64_t side : shape) {
    count *= static_cast<std::size_t>(side);
  }
  return count;
}

void checkInput(std::span<const float> values, const Shape &shape, int bits, const std::string &where) {
  if (bits < 2 || bits > 8) {
    throw InputError(where, std::to_string(bits) + " bits a value", "2 to 8 are possible");
  }
  if (std::ranges::any_of(shape, [](std::int64_t side) { return side < 0; }) || product(shape) != values.size()) {
    throw InputError(where, "its shape does not hold " + std::to_string(values.size()) + " values");
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      throw InputError(where, "value " + std::to_string(i) + " is not finite", "the model has diverged: train it with a lower learning rate");
    }
  }
}

/// One of the reference's candidates (HNeRV, quant_tensor): min and max over all, or over `axis` alone with both numbers in half precision.
Quantised minMax(std::span<const float> values, const Shape &shape, int bits, int axis) {
  Quantised out{Quantised::Kind::MinMax, bits, shape, Shape(shape.size(), 1), std::vector<std::int32_t>(values.size()), {}, {}};
  if (axis >= 0) {
    out.stepShape = shape;
    out.stepShape[static_cast<std::size_t>(axis)] = 1;
  }
  const std::size_t steps = product(out.stepShape);
  out.minimums.assign(steps, INFINITY);
  std::vector<float> maximums(steps, -INFINITY);
  eachStep(shape, out.stepShape, [&](std::size_t i, std::size_t j) {
    out.minimums[j] = std::min(out.minimums[j], values[i]);
    maximums[j] = std::max(maximums[j], values[i]);
  });
  const auto levels = static_cast<float>((1 << bits) - 1);
  for (std::size_t j = 0; j < steps; ++j) {
    const float step = (maximums[j] - out.minimums[j]) / levels;
    out.steps.push_back(axis >= 0 ? fromHalf(toHalf(step)) : step);
    out.minimums[j] = axis >= 0 ? fromHalf(toHalf(out.minimums[j])) : out.minimums[j];
  }
  eachStep(shape, out.stepShape, [&](std::size_t i, std::size_t j) {
    const float level = out.steps[j] > 0 ? std::nearbyint((values[i] - out.minimums[j]) / out.steps[j]) : 0;
    out.symbols[i] = static_cast<std::int32_t>(std::clamp(level, 0.0F, levels));
  });
  return out;
}

double absoluteError(const Quantised &tensor, std::span<const float> values) {
  double sum = 0;
  eachStep(tensor.shape, tensor.stepShape, [&](std::size_t i, std::size_t j) {
    sum += std::abs(static_cast<double>(tensor.minimums[j] + tensor.steps[j] * static_cast<float>(tensor.symbols[i])) - static_cast<double>(values[i]));
  });
  return sum;
}

Quantised referenceQuantised(std::span<const float> values, const Shape &shape, int bits) {
  Quantised best = minMax(values, shape, bits, -1);
  double least = absoluteError(best, values);
  for (std::size_t axis = 0; axis < shape.size() && !values.empty(); ++axis) {
    if (static_cast<double>(values.size()) / static_cast<double>(shape[axis]) >= 0.02 * static_cast<double>(values.size())) {
      continue;  // too many minima beside the symbols
    }
    Quantised candidate = minMax(values, shape, bits, static_cast<int>(axis));
    const double error = absoluteError(candidate, values);
    if (std::isfinite(error) && error < least) {
      least = error;
      best = std::move(candidate);
    }
  }
  return best;
}

std::int32_t mostOf(int bits) {
  return (1 << (bits - 1)) - 1;
}

struct SymmetricStep {
  float step;
  std::int32_t most;
  std::int32_t symbol(float value) const {
    const auto limit = static_cast<float>(most);
    return static_cast<std::int32_t>(std::clamp(std::nearbyint(value / step), -limit, limit));
  }
};

double squaredError(std::span<const float> values, std::size_t begin, std::size_t end, const SymmetricStep &quantiser) {
  double sum = 0;
  for (std::size_t i = begin; i < end; ++i) {
    const double error = static_cast<double>(values[i]) - static_cast<double>(quantiser.step) * quantiser.symbol(values[i]);
    sum += error * error;
  }
  return sum;
}

/// The step of least squared error for `bits`: clipping the few largest values may pay for a finer step.
float bestStep(std::span<const float> values, std::size_t begin, std::size_t end, std::int32_t most) {
  float largest = 0;
  for (std::size_t i = begin; i < end; ++i) {
    largest = std::max(largest, std::abs(values[i]));
  }
  const int start = gridStepIndex(largest > 0 ? static_cast<double>(largest) / most : 0x1.0p-64) + 1;
  float best = gridStepOf(start);
  double least = squaredError(values, begin, end, {best, most});
  for (int index = start - 1; index >= start - 64 && index >= kLowestStep && least > 0; --index) {
    const double error = squaredError(values, begin, end, {gridStepOf(index), most});
    if (error < least) {
      least = error;
      best = gridStepOf(index);
    }
  }
  return best;
}

/// Moves symbols one step towards zero where the bits saved are worth the squared error (in steps): lambda bits = one squared step. Code lengths are those
/// of the histogram, which changes as symbols move, so it is done twice.
void saveBits(std::span<const float> values, Quantised &tensor, double lambda) {
  for (int round = 0; round < 2; ++round) {
    std::map<std::int32_t, double> histogram;
    for (const std::int32_t symbol : tensor.symbols) {
      histogram[symbol] += 1;
    }
    const auto bitsOf = [&](std::int32_t symbol) {
      const auto it = histogram.find(symbol);
      return std::log2(static_cast<double>(tensor.count()) / (it == histogram.end() ? 0.5 : it->second));
    };
    eachStep(tensor.shape, tensor.stepShape, [&](std::size_t i, std::size_t j) {
      const double exact = static_cast<double>(values[i]) / static_cast<double>(tensor.steps[j]);
      const std::int32_t symbol = tensor.symbols[i], nearer = symbol > 0 ? symbol - 1 : symbol + 1;
      if (symbol != 0) {
        const double now = exact - symbol, then = exact - nearer;
        if (then * then + lambda * bitsOf(nearer) < now * now + lambda * bitsOf(symbol)) {
          tensor.symbols[i] = nearer;
        }
      }
    });
  }
}

Quantised symmetricQuantised(std::span<const float> values, const Shape &shape, const QuantOptions &options) {
  Quantised out{Quantised::Kind::Symmetric, options.bits, shape, Shape(shape.size(), 1), std::vector<std::int32_t>(values.size()), {}, {}};
  std::size_t rows = 1;
  if (options.method == QuantOptions::Method::Row && !shape.empty()) {
    out.stepShape[0] = shape[0];
    rows = static_cast<std::size_t>(shape[0]);
  }
  const bool fixed = options.fixedStep > 0 && options.method == QuantOptions::Method::Tensor;
  const std::int32_t most = mostOf(fixed ? kMostBits : options.bits);
  const std::size_t length = rows > 0 ? values.size() / rows : 0;
  for (std::size_t r = 0; r < rows; ++r) {
    const SymmetricStep quantiser{fixed ? gridStep(options.fixedStep) : bestStep(values, r * length, (r + 1) * length, most), most};
    out.steps.push_back(quantiser.step);
    for (std::size_t i = r * length; i < (r + 1) * length; ++i) {
      out.symbols[i] = quantiser.symbol(values[i]);
    }
  }
  if (options.lambda > 0) {
    saveBits(values, out, options.lambda);
  }
  if (fixed && !out.symbols.empty()) {
    const auto largest = std::ranges::max(out.symbols, {}, [](std::int32_t symbol) { return std::abs(symbol); });
    out.bits = std::max(2, static_cast<int>(std::bit_width(static_cast<std::uint32_t>(std::abs(largest)))) + 1);
  }
  return out;
}

}  // namespace

int gridStepIndex(double step) {
  return static_cast<int>(std::clamp(std::round(std::log2(step) * kStepsAnOctave), double{kLowestStep}, double{kHighestStep}));
}

float gridStepOf(int index) {
  static const std::array<float, kStepsAnOctave> parts = [] {
    std::array<float, kStepsAnOctave> made{};
    for (int i = 0; i < kStepsAnOctave; ++i) {
      made[static_cast<std::size_t>(i)] = static_cast<float>(std::exp2(static_cast<double>(i) / kStepsAnOctave));  // in double, so that the float is certain
    }
    return made;
  }();
  const int octave = index >= 0 ? index / kStepsAnOctave : -((-index + kStepsAnOctave - 1) / kStepsAnOctave);
  return std::ldexp(parts[static_cast<std::size_t>(index - octave * kStepsAnOctave)], octave);
}

float gridStep(double step) {
  return gridStepOf(gridStepIndex(step));
}

Quantised quantise(std::span<const float> values, const Shape &shape, const QuantOptions &options, const std::string &where) {
  checkInput(values, shape, options.bits, where);
  return options.method == QuantOptions::Method::Reference ? referenceQuantised(values, shape, options.bits) : symmetricQuantised(values, shape, options);
}

std::vector<float> dequantise(const Quantised &tensor) {
  std::vector<float> values(tensor.count());
  eachStep(tensor.shape, tensor.stepShape, [&](std::size_t i, std::size_t j) {
    const auto symbol = static_cast<float>(tensor.symbols[i]);
    values[i] = tensor.kind == Quantised::Kind::MinMax ? tensor.minimums[j] + tensor.steps[j] * symbol : tensor.steps[j] * symbol;
  });
  return values;
}

RoundedTensor roundedTensor(std::span<const float> values, const Shape &shape, int bits, double gain, const std::string &where) {
  const float step = quantise(values, shape, {.bits = bits}, where).steps.front();
  return {step, values.size(), values.empty() ? 0 : std::abs(std::ranges::max(values, {}, [](float value) { return std::abs(value); })), gain};
}

std::vector<float> sharedSteps(std::span<const RoundedTensor> tensors) {
  const auto hasValues = [](const RoundedTensor &tensor) { return tensor.count > 0 && tensor.largest > 0; };  // zeros take no bits at any step
  const bool known =
      std::ranges::all_of(tensors, [&](const RoundedTensor &tensor) { return !hasValues(tensor) || (tensor.gain > 0 && std::isfinite(tensor.gain)); });
  const auto evenOf = [](const RoundedTensor &tensor) { return std::log2(static_cast<double>(tensor.count) / tensor.gain) / 2; };
  double octaves = 0, count = 0;  // that all steps move from equal cost to as many bits as before
  for (const RoundedTensor &tensor : tensors) {
    if (known && hasValues(tensor)) {
      octaves += static_cast<double>(tensor.count) * (std::log2(static_cast<double>(tensor.step)) - evenOf(tensor));
      count += static_cast<double>(tensor.count);
    }
  }
  std::vector<float> steps;
  for (const RoundedTensor &tensor : tensors) {
    const double finest = 1.02 * static_cast<double>(tensor.largest) / mostOf(kMostBits);
    steps.push_back(known && hasValues(tensor) ? gridStep(std::max(std::exp2(evenOf(tensor) + octaves / count), finest)) : tensor.step);
  }
  return steps;
}

float prune(std::span<const std::span<float>> tensors, double fraction) {
  if (!(fraction >= 0 && fraction <= 1)) {
    throw InputError("prune", "a fraction of " + std::to_string(fraction), "0 (nothing) to 1 (everything) is possible");
  }
  std::vector<float> magnitudes;
  for (const auto tensor : tensors) {
    for (const float value : tensor) {
      magnitudes.push_back(std::abs(value));
    }
  }
  const auto cut = static_cast<std::size_t>(std::llround(fraction * static_cast<double>(magnitudes.size())));
  if (cut == 0) {
    return 0;
  }
  const auto nth = magnitudes.begin() + static_cast<std::ptrdiff_t>(cut - 1);
  std::nth_element(magnitudes.begin(), nth, magnitudes.end());
  const float threshold = *nth;
  for (const auto tensor : tensors) {
    for (float &value : tensor) {
      value = std::abs(value) <= threshold ? 0 : value;
    }
  }
  return threshold;
}

std::uint16_t toHalf(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000);
  const std::uint32_t magnitude = bits & 0x7FFFFFFF;
  if (magnitude >= 0x47800000) {  // 65536 and more, infinity, NaN
    return static_cast<std::uint16_t>(sign | (magnitude > 0x7F800000 ? 0x7E00 : 0x7C00));
  }
  if (magnitude < 0x38800000) {  // below 2^-14: a multiple of 2^-24
    return static_cast<std::uint16_t>(sign | static_cast<std::uint16_t>(std::nearbyint(std::bit_cast<float>(magnitude) * 0x1.0p24F)));
  }
  const std::uint32_t rounded = magnitude + 0xFFF + (magnitude >> 13 & 1);
  return static_cast<std::uint16_t>(sign | static_cast<std::uint16_t>((rounded >> 13) - (112U << 10)));
}

float fromHalf(std::uint16_t half) {
  const int exponent = half >> 10 & 31, fraction = half & 1023;
  const float magnitude = exponent == 0    ? std::ldexp(static_cast<float>(fraction), -24)
                          : exponent == 31 ? (fraction == 0 ? INFINITY : NAN)
                                           : std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
  return (half & 0x8000) != 0 ? -magnitude : magnitude;
}

}  // namespace vitrine::video
