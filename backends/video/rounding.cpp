#include "video/rounding.h"

#include "tensor/chunks.h"
#include "video/quantise.h"

namespace vitrine::video {
namespace {

std::span<float> valuesOf(const at::Tensor &flat, const Network::Slot &slot) {
  return {flat.data_ptr<float>() + slot.offset, static_cast<std::size_t>(slot.count)};
}

/// The decoder's weight matrices.
std::vector<std::size_t> matricesOf(const Network &network) {
  std::vector<std::size_t> slots;
  for (std::size_t i = 0; i < network.decoderSlots(); ++i) {
    if (network.slots()[i].shape.size() > 1) {
      slots.push_back(i);
    }
  }
  return slots;
}

at::Tensor pictureOf(const Network &network, const at::Tensor &code, const Network::Weights &weights) {
  return at::sigmoid(2 * network.decode(code, weights).to(at::kFloat));
}

}  // namespace

at::Tensor measuredGains(const Network &network, const Network::Weights &exact, const std::vector<at::Tensor> &codes, at::ScalarType type,
                         const std::function<void(std::int64_t, std::int64_t)> &progress) {
  constexpr int kBits = 5;  // coarse enough to stand out of bfloat16, fine enough for the error to grow with the square
  std::vector<at::Tensor> pictures(codes.size());
  tensor::forEach(codes.size(), [&](std::size_t i) { pictures[i] = pictureOf(network, codes[i], exact); });
  at::Tensor gains = at::zeros({static_cast<std::int64_t>(network.decoderSlots())}, at::kFloat);
  const at::Tensor flat = network.flat().to(at::kCPU);
  const std::vector<std::size_t> slots = matricesOf(network);
  tensor::forEach(slots.size(), progress, [&](std::size_t m) {
    const Network::Slot &slot = network.slots()[slots[m]];
    const Quantised rounded = quantise(valuesOf(flat, slot), slot.shape, {.bits = kBits}, slot.name);
    at::Tensor changed = at::zeros_like(flat);
    std::ranges::copy(dequantise(rounded), valuesOf(changed, slot).begin());
    Network::Weights weights = exact;
    weights[slots[m]] = network.workingSlot(slots[m], type, changed.to(network.device()));
    double error = 0;
    for (std::size_t i = 0; i < codes.size(); ++i) {
      error += (pictureOf(network, codes[i], weights) - pictures[i]).square().mean().item<double>();
    }
    const auto step = static_cast<double>(rounded.steps.front());
    gains[static_cast<std::int64_t>(slots[m])] = error / (static_cast<double>(codes.size()) * step * step);
  });
  return gains;
}

void Rounding::choose(const Network &network, int weightBits, double pruned) {
  const at::Tensor flat = network.flat().to(at::kCPU).clone();
  const std::vector<std::size_t> slots = matricesOf(network);
  std::vector<std::span<float>> matrices;
  for (const std::size_t s : slots) {
    matrices.push_back(valuesOf(flat, network.slots()[s]));
  }
  at::Tensor mask = at::ones_like(flat), each = at::zeros_like(flat);
  if (pruned > 0) {
    prune(matrices, pruned);
    mask = flat.ne(0).to(at::kFloat);
  }
  std::vector<RoundedTensor> rounded;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const Network::Slot &slot = network.slots()[slots[i]];
    rounded.push_back(roundedTensor(matrices[i], slot.shape, weightBits, gains[static_cast<std::int64_t>(slots[i])].item<double>(), slot.name));
  }
  const std::vector<float> shared = sharedSteps(rounded);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    std::ranges::fill(valuesOf(each, network.slots()[slots[i]]), shared[i]);
  }
  steps = each.to(network.device());
  kept = mask.to(network.device());
}

at::Tensor Rounding::applied(const at::Tensor &flat) const {
  constexpr double most = (1 << (kMostBits - 1)) - 1;
  const at::Tensor whole = (flat / steps).round_().clamp_(-most, most).mul_(steps).mul_(kept);
  return at::where(steps > 0, whole, flat);
}

}  // namespace vitrine::video
