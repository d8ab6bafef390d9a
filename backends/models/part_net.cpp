#include "models/part_net.h"

#include "core/parts.h"
#include "core/seed.h"

namespace vitrine::models::parts {
namespace {

constexpr std::array<std::int64_t, 4> kChannels = {32, 64, 64, 32};  // three convolutions of 3 x 3, one of 1 x 1
constexpr int kHalvedAbove = 10;
constexpr double kOwn = 1, kOthers = -0.5;

/// First and last pixel of one axis that place `at` of the map has seen.
std::pair<int, int> seen(const std::array<prototype::SamePadding, 3> &layers, int at) {
  int first = at, last = at;
  for (std::size_t i = layers.size(); i-- > 0;) {
    first = std::max(0, first * layers[i].stride - layers[i].before());
    last = std::min(layers[i].in - 1, last * layers[i].stride - layers[i].before() + 2);
  }
  return {first, last};
}

}  // namespace

std::array<prototype::SamePadding, 3> layersFor(int side) {
  std::array<prototype::SamePadding, 3> layers{};
  for (prototype::SamePadding &layer : layers) {
    layer = {side, side > kHalvedAbove ? 2 : 1};
    side = layer.out();
  }
  return layers;
}

int mapSide(int side) {
  return layersFor(side).back().out();
}

vitrine::Parts::Box receptiveField(int side, int row, int column) {
  const auto layers = layersFor(side);
  const auto [left, right] = seen(layers, column);
  const auto [top, bottom] = seen(layers, row);
  return {left, top, right - left + 1, bottom - top + 1};
}

at::Tensor similarity(const at::Tensor &squared) {
  return ((squared + 1) / (squared + kPartEpsilon)).log();
}

Terms termsOf(const at::Tensor &patches, const at::Tensor &prototypes, const at::Tensor &weights, const at::Tensor &labels) {
  const std::int64_t n = patches.size(0), m = prototypes.size(0), classes = weights.size(1);
  Terms terms;
  const at::Tensor all = prototype::squaredDistances(patches.flatten(0, 1), prototypes).view({n, patches.size(1), m});
  terms.squared = std::get<0>(all.min(1));
  terms.logits = at::mm(similarity(terms.squared), weights);
  terms.crossEntropy = at::cross_entropy_loss(terms.logits, labels);
  const at::Tensor nearest = std::get<0>(terms.squared.view({n, classes, m / classes}).min(2));  // of each class
  const at::Tensor own = at::one_hot(labels, classes).to(at::kBool);
  terms.cluster = nearest.masked_select(own).mean();
  terms.separation = std::get<0>(nearest.masked_fill(own, std::numeric_limits<float>::infinity()).min(1)).mean();
  return terms;
}

Network::Network(Config config, at::Device device) : m_config(config), m_layers(layersFor(config.side)) {
  for (std::size_t i = 0; i < kChannels.size(); ++i) {
    const std::string name = "convolution." + std::to_string(i);
    const std::int64_t kernel = i < m_layers.size() ? 3 : 1;
    declare(name + ".weight", {kChannels[i], i == 0 ? m_config.channels : kChannels[i - 1], kernel, kernel});
    declare(name + ".bias", {kChannels[i]});
  }
  const std::int64_t depth = kChannels.back(), m = m_config.prototypes();
  if (m_config.blackBox) {
    declare("linear.weight", {depth, m_config.classes});
    declare("linear.bias", {m_config.classes});
  } else {
    declare("prototypes", {m, depth});
    declare("last.weight", {m, m_config.classes});
  }
  allocate(device);
}

void Network::initialise(std::uint64_t seed) {
  Rng rng(seed);
  std::vector<float> values(static_cast<std::size_t>(flat().numel()), 0.0F);
  for (std::size_t i = 0; i < slots().size(); ++i) {
    const Slot &slot = slots()[i];
    const bool isLast = !m_config.blackBox && i == kHead + 1, isPrototypes = !m_config.blackBox && i == kHead;
    const double fanIn = static_cast<double>(i < kHead ? slot.count / slot.shape[0] : slot.shape[0]);
    for (std::int64_t k = 0; k < slot.count && slot.shape.size() > 1; ++k) {  // biases start at 0
      const bool own = isLast && k % m_config.classes == k / m_config.classes / m_config.perClass;
      values[static_cast<std::size_t>(slot.offset + k)] = static_cast<float>(isLast         ? (own ? kOwn : kOthers)
                                                                             : isPrototypes ? rng.uniform()
                                                                                            : std::sqrt(2 / fanIn) * rng.normal());
    }
  }
  flat().copy_(at::from_blob(values.data(), flat().sizes(), at::kFloat));
}

at::Tensor Network::patches(const at::Tensor &x, const Weights &w) const {
  at::Tensor y = x;
  for (std::size_t i = 0; i < m_layers.size(); ++i) {
    y = prototype::convolved(y, m_layers[i], w[2 * i], w[2 * i + 1]).relu();
  }
  return at::conv2d(y, w[6], w[7]).sigmoid().flatten(2).transpose(1, 2);
}

at::Tensor Network::logits(const at::Tensor &patches, const Weights &w) const {
  if (m_config.blackBox) {
    return at::addmm(w[kHead + 1], std::get<0>(patches.max(1)), w[kHead]);
  }
  const at::Tensor all = prototype::squaredDistances(patches.flatten(0, 1), prototypes(w)).view({patches.size(0), patches.size(1), -1});
  return at::mm(similarity(std::get<0>(all.min(1))), lastWeights(w));
}

}  // namespace vitrine::models::parts
