#include "models/prototype_net.h"

#include "core/seed.h"

namespace vitrine::models::prototype {
namespace {

constexpr std::array<std::int64_t, 4> kChannels = {32, 32, 32, 10};  // of the four convolutions; the decoder mirrors them

}  // namespace

at::Tensor convolved(const at::Tensor &x, const SamePadding &layer, const at::Tensor &weight, const at::Tensor &bias) {
  const bool even = layer.before() == layer.after();
  const at::Tensor padded = even ? x : at::constant_pad_nd(x, {layer.before(), layer.after(), layer.before(), layer.after()}, 0);
  return at::conv2d(padded, weight, bias, layer.stride, even ? layer.before() : 0);
}

std::array<SamePadding, 4> layersFor(int side) {
  std::array<SamePadding, 4> layers{};
  for (SamePadding &layer : layers) {
    layer = {side, side > 2 ? 2 : 1};
    side = layer.out();
  }
  return layers;
}

int codeLength(const Config &config) {
  const int side = layersFor(config.side).back().out();
  return side * side * static_cast<int>(kChannels.back());
}

at::Tensor squaredDistances(const at::Tensor &z, const at::Tensor &prototypes) {
  return (z.square().sum(1, true) + prototypes.square().sum(1).unsqueeze(0) - 2 * at::mm(z, prototypes.t())).clamp_min(0);
}

Terms termsOf(const at::Tensor &z, const at::Tensor &prototypes, const at::Tensor &weights, const at::Tensor &labels) {
  Terms terms;
  terms.distances = squaredDistances(z, prototypes);
  terms.logits = at::mm(terms.distances, weights);
  terms.crossEntropy = at::cross_entropy_loss(terms.logits, labels);
  terms.r1 = std::get<0>(terms.distances.min(0)).mean();
  terms.r2 = std::get<0>(terms.distances.min(1)).mean();
  return terms;
}

Network::Network(Config config, at::Device device) : m_config(config), m_layers(layersFor(config.side)) {
  for (std::size_t i = 0; i < kChannels.size(); ++i) {
    const std::string name = "encoder." + std::to_string(i);
    declare(name + ".weight", {kChannels[i], i == 0 ? m_config.channels : kChannels[i - 1], 3, 3});
    declare(name + ".bias", {kChannels[i]});
  }
  for (std::size_t i = 0; i < kChannels.size(); ++i) {  // transposed convolutions: in x out
    const std::string name = "decoder." + std::to_string(i);
    const std::int64_t in = kChannels[3 - i], out = i == 3 ? m_config.channels : kChannels[2 - i];
    declare(name + ".weight", {in, out, 3, 3});
    declare(name + ".bias", {out});
  }
  const std::int64_t q = codeLength(m_config);
  declare(m_config.blackBox ? "linear.weight" : "prototypes", {m_config.blackBox ? q : m_config.prototypes, m_config.blackBox ? m_config.classes : q});
  declare(m_config.blackBox ? "linear.bias" : "last.weight",
          m_config.blackBox ? std::vector<std::int64_t>{m_config.classes} : std::vector<std::int64_t>{m_config.prototypes, m_config.classes});
  allocate(device);
}

void Network::initialise(std::uint64_t seed, bool asPaper) {
  Rng rng(seed);
  std::vector<float> values(static_cast<std::size_t>(flat().numel()), 0.0F);
  for (std::size_t i = 0; i < slots().size(); ++i) {
    const Slot &slot = slots()[i];
    const bool isHead = i >= kHead, isDecoder = i >= kHead / 2;
    if (slot.shape.size() == 1) {
      continue;  // biases start at 0
    }
    double fanIn = isHead ? static_cast<double>(slot.shape[0]) : static_cast<double>(slot.count) / static_cast<double>(slot.shape[0]);
    if (!isHead && isDecoder) {  // a pixel of a transposed convolution hears of one in stride^2 of the kernel's places
      const int stride = m_layers[3 - (i - kHead / 2) / 2].stride;
      fanIn = static_cast<double>(slot.shape[0]) * 9 / (stride * stride);
    }
    const double deviation = asPaper && !isHead ? 0.01 : std::sqrt(2 / fanIn);
    const bool uniform = isHead && !m_config.blackBox;  // prototypes and last layer: U[0, 1)
    for (std::int64_t k = slot.offset; k < slot.offset + slot.count; ++k) {
      values[static_cast<std::size_t>(k)] = static_cast<float>(uniform ? rng.uniform() : deviation * rng.normal());
    }
  }
  flat().copy_(at::from_blob(values.data(), flat().sizes(), at::kFloat));
}

at::Tensor Network::encode(const at::Tensor &x, const Weights &w) const {
  at::Tensor y = x;
  for (std::size_t i = 0; i < m_layers.size(); ++i) {
    y = convolved(y, m_layers[i], w[2 * i], w[2 * i + 1]).relu();
  }
  return y.flatten(1);
}

at::Tensor Network::decode(const at::Tensor &z, const Weights &w) const {
  const int side = m_layers.back().out();
  at::Tensor y = z.view({z.size(0), kChannels.back(), side, side});
  for (std::size_t i = 0; i < m_layers.size(); ++i) {
    const SamePadding &layer = m_layers[3 - i];  // "SAME" backwards: what the convolution padded is cut off
    y = at::conv_transpose2d(y, w[8 + 2 * i], w[9 + 2 * i], layer.stride);
    y = y.narrow(2, layer.before(), layer.in).narrow(3, layer.before(), layer.in);
    y = i == 3 ? y.sigmoid() : y.relu();
  }
  return y;
}

at::Tensor Network::logits(const at::Tensor &z, const Weights &w) const {
  return m_config.blackBox ? at::addmm(w[kHead + 1], z, w[kHead]) : at::mm(squaredDistances(z, prototypes(w)), lastWeights(w));
}

}  // namespace vitrine::models::prototype
