#include "models/flat_weights.h"

#include "core/error.h"

namespace vitrine::models {

void FlatWeights::declare(const std::string &name, std::vector<std::int64_t> shape) {
  std::int64_t count = 1;
  for (const auto side : shape) {
    count *= side;
  }
  m_slots.push_back({name, std::move(shape), m_slots.empty() ? 0 : m_slots.back().offset + m_slots.back().count, count});
}

void FlatWeights::allocate(at::Device device) {
  m_flat = at::zeros({m_slots.back().offset + m_slots.back().count}, at::TensorOptions(device).dtype(at::kFloat));
}

FlatWeights::Weights FlatWeights::views(const at::Tensor &flat) const {
  Weights views;
  for (const Slot &slot : m_slots) {
    views.push_back(flat.narrow(0, slot.offset, slot.count).view(slot.shape));
  }
  return views;
}

FlatWeights::Weights FlatWeights::leaves(const at::Tensor &gradient) const {
  Weights leaves = views(m_flat), gradients = views(gradient);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    leaves[i] = tensor::leafView(leaves[i], gradients[i]);
  }
  return leaves;
}

void FlatWeights::store(WeightFile &file) const {
  const at::Tensor values = m_flat.to(at::kCPU).contiguous();
  for (const Slot &slot : m_slots) {
    const float *from = values.data_ptr<float>() + slot.offset;
    file.tensors[slot.name] = {slot.shape, std::vector<float>(from, from + slot.count)};
  }
}

void FlatWeights::load(const WeightFile &file, const std::string &where) {
  at::Tensor values = at::empty(m_flat.sizes(), at::kFloat);
  for (const Slot &slot : m_slots) {
    const auto it = file.tensors.find(slot.name);
    if (it == file.tensors.end() || it->second.shape != slot.shape) {
      throw InputError(where, "tensor " + slot.name + (it == file.tensors.end() ? " is missing" : " has another shape than the network's header says"));
    }
    std::copy(it->second.values.begin(), it->second.values.end(), values.data_ptr<float>() + slot.offset);
  }
  m_flat.copy_(values);
}

}  // namespace vitrine::models
