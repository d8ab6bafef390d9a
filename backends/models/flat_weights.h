// Named weights as pieces of one flat vector, so that optimisers and threads see one tensor. Inner header (torch): only models includes it.
#pragma once

#include "models/safetensors.h"
#include "tensor/compat.h"

namespace vitrine::models {

class FlatWeights {
 public:
  struct Slot {
    std::string name;
    std::vector<std::int64_t> shape;
    std::int64_t offset = 0, count = 0;
  };
  using Weights = std::vector<at::Tensor>;  ///< one a slot

  const std::vector<Slot> &slots() const { return m_slots; }
  at::Tensor &flat() { return m_flat; }
  const at::Tensor &flat() const { return m_flat; }
  Weights views(const at::Tensor &flat) const;
  /// Leaves over the same storage whose gradients go into `gradient`, laid out like flat().
  Weights leaves(const at::Tensor &gradient) const;

  void store(WeightFile &file) const;
  void load(const WeightFile &file, const std::string &where);

 protected:
  void declare(const std::string &name, std::vector<std::int64_t> shape);
  void allocate(at::Device device);  ///< zeros, after the last declare()

 private:
  std::vector<Slot> m_slots;
  at::Tensor m_flat;
};

}  // namespace vitrine::models
