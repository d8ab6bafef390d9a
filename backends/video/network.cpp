// HNeRV: a ConvNeXt encoder, and a decoder of convolution, pixel shuffle and activation. NeRV: the same decoder behind a positional code.
#include "video/network.h"

#include <numbers>

#include "core/seed.h"
#include "tensor/device.h"
#include "video/convolution.h"
#include "video/shuffle.h"

namespace vitrine::video {
namespace {

constexpr double kNormEpsilon = 1e-6, kScaleStart = 1e-6;
// Places of an encoder stage's tensors behind its first slot.
enum EncoderSlot : std::size_t {
  kDown,
  kDownBias,
  kNorm,
  kNormBias,
  kDepth,
  kDepthBias,
  kInner,
  kInnerBias,
  kFc1,
  kFc1Bias,
  kFc2,
  kFc2Bias,
  kGamma,
  kStageSlots
};

at::Tensor normed(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias) {
  return at::layer_norm(x, {x.size(-1)}, weight, bias, kNormEpsilon);
}

/// out x in x k x k <-> rows in the order (y, x, channel) that shuffled() wants.
at::Tensor toShuffleOrder(const at::Tensor &view, int strideY, int strideX) {
  if (strideY * strideX == 1) {
    return view;
  }
  std::vector<std::int64_t> shape = {view.size(0) / (strideY * strideX), strideY, strideX};
  shape.insert(shape.end(), view.sizes().begin() + 1, view.sizes().end());
  std::vector<std::int64_t> order = {1, 2, 0};
  for (std::int64_t d = 3; d < static_cast<std::int64_t>(shape.size()); ++d) {
    order.push_back(d);
  }
  return view.view(shape).permute(order).reshape(view.sizes());
}
at::Tensor fromShuffleOrder(const at::Tensor &rows, int strideY, int strideX) {
  if (strideY * strideX == 1) {
    return rows;
  }
  std::vector<std::int64_t> shape = {strideY, strideX, rows.size(0) / (strideY * strideX)};
  shape.insert(shape.end(), rows.sizes().begin() + 1, rows.sizes().end());
  std::vector<std::int64_t> order = {2, 0, 1};
  for (std::int64_t d = 3; d < static_cast<std::int64_t>(shape.size()); ++d) {
    order.push_back(d);
  }
  return rows.reshape(shape).permute(order).reshape(rows.sizes());
}

float truncatedNormal(Rng &rng, double deviation) {
  double value = rng.normal();
  while (std::abs(value) > 2) {
    value = rng.normal();
  }
  return static_cast<float>(value * deviation);
}

}  // namespace

at::ScalarType workingType(Precision precision, const std::string &device) {
  const bool brain = precision == Precision::Brain || (precision == Precision::Automatic && tensor::hasFastBrainFloat(device));
  return brain ? at::kBFloat16 : at::kFloat;
}

Network::Network(NetworkConfig config, at::Device device) : m_config(std::move(config)), m_layers(decoderLayers(m_config)) {
  declareDecoder();
  m_decoderSlots = m_slots.size();
  if (m_config.code == NetworkConfig::Code::Encoder) {
    const CodeShape code = codeShape(m_config);
    declare("codes", {m_config.frames, code.height, code.width, code.channels}, false);
    declareEncoder();
  }
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < m_slots.size(); ++i) {
    m_slots[i].offset = offset;
    offset += m_slots[i].count;
    m_decoderCount = i < m_decoderSlots ? offset : m_decoderCount;
    m_encoderStart = i <= m_decoderSlots ? offset : m_encoderStart;
  }
  m_flat = at::zeros({offset}, at::TensorOptions(device).dtype(at::kFloat));
}

void Network::declare(const std::string &name, std::vector<std::int64_t> shape, bool lowPrecision) {
  std::int64_t count = 1;
  for (const auto side : shape) {
    count *= side;
  }
  m_slots.push_back({name, std::move(shape), 0, count, 1, 1, lowPrecision});
}

void Network::declareDecoder() {
  for (std::size_t i = 0; i < m_layers.size(); ++i) {
    const DecoderLayer &layer = m_layers[i];
    const std::string name = i == 0 ? "stem" : i + 1 == m_layers.size() ? "head" : "block." + std::to_string(i - 1);
    declare(name + ".weight", {layer.out, layer.in, layer.kernel, layer.kernel}, true);
    declare(name + ".bias", {layer.out}, true);
    for (std::size_t s = m_slots.size() - 2; s < m_slots.size(); ++s) {
      m_slots[s].strideY = layer.strideY;
      m_slots[s].strideX = layer.strideX;
    }
  }
}

void Network::declareEncoder() {
  std::int64_t in = 3;
  for (std::size_t i = 0; i < m_config.strides.size(); ++i) {
    const std::int64_t out = i + 1 == m_config.strides.size() ? m_config.codeChannels : m_config.encoderWidth, s = m_config.strides[i];
    const std::string prefix = "encoder." + std::to_string(i) + ".";
    const std::int64_t normWidth = i == 0 ? out : in;  // the first stage norms behind its convolution, the others before
    declare(prefix + "down.weight", {out, in, s, s}, true);
    declare(prefix + "down.bias", {out}, true);
    declare(prefix + "norm.weight", {normWidth}, false);
    declare(prefix + "norm.bias", {normWidth}, false);
    declare(prefix + "depth.weight", {out, 1, 7, 7}, false);
    declare(prefix + "depth.bias", {out}, false);
    declare(prefix + "inner.weight", {out}, false);
    declare(prefix + "inner.bias", {out}, false);
    declare(prefix + "fc1.weight", {4 * out, out}, true);
    declare(prefix + "fc1.bias", {4 * out}, true);
    declare(prefix + "fc2.weight", {out, 4 * out}, true);
    declare(prefix + "fc2.bias", {out}, true);
    declare(prefix + "gamma", {out}, false);
    in = out;
  }
}

void Network::initialise(std::uint64_t seed) {
  Rng rng(seed);
  std::vector<float> values(static_cast<std::size_t>(m_flat.numel()));
  for (std::size_t i = 0; i < m_slots.size(); ++i) {
    const Slot &slot = m_slots[i];
    const Slot &weight = slot.shape.size() == 1 && i > 0 ? m_slots[i - 1] : slot;
    const double fanIn = static_cast<double>(weight.count) / static_cast<double>(weight.shape[0]);
    const bool isNorm = slot.name.ends_with("norm.weight") || slot.name.ends_with("inner.weight");
    for (std::int64_t k = slot.offset; k < slot.offset + slot.count; ++k) {
      float &value = values[static_cast<std::size_t>(k)];
      if (i < m_decoderSlots) {
        value = static_cast<float>((2 * rng.uniform() - 1) / std::sqrt(fanIn));  // kaiming uniform with a = sqrt(5), and PyTorch's bias
      } else if (slot.name.ends_with("gamma")) {
        value = static_cast<float>(kScaleStart);
      } else if (i > m_decoderSlots) {
        value = isNorm ? 1.0F : slot.shape.size() > 1 ? truncatedNormal(rng, 0.02) : 0.0F;
      }
    }
  }
  m_flat.copy_(at::from_blob(values.data(), m_flat.sizes(), at::kFloat));
}

Network::Weights Network::working(at::ScalarType type, bool decoderOnly, const at::Tensor &values) const {
  const at::Tensor &from = values.defined() ? values : m_flat;
  Weights weights(m_slots.size());
  for (std::size_t i = 0; i < (decoderOnly ? m_decoderSlots : m_slots.size()); ++i) {
    if (i != m_decoderSlots) {  // the codes are used frame by frame
      weights[i] = workingSlot(i, type, from);
    }
  }
  return weights;
}

at::Tensor Network::workingSlot(std::size_t slot, at::ScalarType type, const at::Tensor &values) const {
  const Slot &of = m_slots[slot];
  const at::Tensor rows = toShuffleOrder(values.narrow(0, of.offset, of.count).view(of.shape), of.strideY, of.strideX);
  const auto layout = of.shape.size() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  return rows.to(of.lowPrecision ? type : at::kFloat, false, true, layout);
}

at::Tensor Network::codeTable() const {
  if (m_config.code == NetworkConfig::Code::Position) {
    return {};
  }
  const Slot &slot = m_slots[m_decoderSlots];
  return m_flat.narrow(0, slot.offset, slot.count).view(slot.shape);
}

Network::Weights Network::leaves(const Weights &weights) {
  Weights leaves(weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    leaves[i] = weights[i].defined() ? weights[i].detach().set_requires_grad(true) : at::Tensor();
  }
  return leaves;
}

void Network::addGradients(const Weights &leaves, const at::Tensor &flatGradient) const {
  for (std::size_t i = 0; i < m_slots.size(); ++i) {
    const Slot &slot = m_slots[i];
    if (leaves[i].defined() && leaves[i].grad().defined()) {
      flatGradient.narrow(0, slot.offset, slot.count).view(slot.shape).add_(fromShuffleOrder(leaves[i].grad(), slot.strideY, slot.strideX));
    }
  }
}

/// ConvNeXt (Liu et al. 2022): depthwise 7 x 7, norm, perceptron of four times the width, scaled and added.
at::Tensor Network::block(const at::Tensor &x, std::size_t first, const Weights &weights) const {
  const auto w = [&](std::size_t slot) -> const at::Tensor & { return weights[first + slot]; };
  const at::Tensor near = convolved(x, w(kDepth), w(kDepthBias), false, x.size(3));
  const at::Tensor rows = normed(near, w(kInner), w(kInnerBias)).reshape({-1, x.size(3)}).to(w(kFc1).scalar_type());
  const at::Tensor change = at::linear(at::gelu(at::linear(rows, w(kFc1), w(kFc1Bias))), w(kFc2), w(kFc2Bias));
  return x + (change.to(at::kFloat) * w(kGamma)).view(x.sizes());
}

at::Tensor Network::encode(const at::Tensor &pictures, const Weights &weights) const {
  at::Tensor x = pictures;
  for (std::size_t i = 0, first = m_decoderSlots + 1; i < m_config.strides.size(); ++i, first += kStageSlots) {
    x = i == 0 ? x : normed(x, weights[first + kNorm], weights[first + kNormBias]);
    x = convolved(x.to(weights[first + kDown].scalar_type()), weights[first + kDown], weights[first + kDownBias], true).to(at::kFloat).contiguous();
    x = i == 0 ? normed(x, weights[first + kNorm], weights[first + kNormBias]) : x;
    x = block(x, first, weights);
  }
  return x;
}

at::Tensor Network::beforeLastBlock(const at::Tensor &codes, const Weights &weights) const {
  at::Tensor x = codes.to(weights[0].scalar_type());
  for (std::size_t i = 0; i + 2 < m_layers.size(); ++i) {
    x = shuffled(convolved(x, weights[2 * i], weights[2 * i + 1]), m_layers[i].strideY, m_layers[i].strideX, m_config.activation);
  }
  return x;
}

at::Tensor Network::decode(const at::Tensor &codes, const Weights &weights) const {
  const std::size_t last = m_layers.size() - 2, head = last + 1;
  at::Tensor x = convolved(beforeLastBlock(codes, weights), weights[2 * last], weights[2 * last + 1]);
  x = shuffled(x, m_layers[last].strideY, m_layers[last].strideX, m_config.activation);
  return convolved(x, weights[2 * head], weights[2 * head + 1]).contiguous();
}

void Network::positionCode(const NetworkConfig &config, double time, std::span<float> out) {
  for (int k = 0; k < config.positions; ++k) {
    const double angle = time * std::pow(config.positionBase, k) * std::numbers::pi;
    out[static_cast<std::size_t>(k)] = static_cast<float>(std::sin(angle));
    out[static_cast<std::size_t>(config.positions + k)] = static_cast<float>(std::cos(angle));
  }
}

}  // namespace vitrine::video
