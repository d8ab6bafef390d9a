// The network of Li, Liu, Chen and Rudin 2018: convolutions to a code, their mirror back, and a layer of prototypes. Inner header (torch).
#pragma once

#include "models/prototype_trainer.h"
#include "models/safetensors.h"
#include "tensor/compat.h"

namespace vitrine::models::prototype {

/// TensorFlow's "SAME" for a 3 x 3 convolution over n pixels: ceil(n / stride) come out, the odd pixel of padding stands behind.
struct SamePadding {
  int in, stride;
  int out() const { return (in + stride - 1) / stride; }
  int total() const { return std::max((out() - 1) * stride + 3 - in, 0); }
  int before() const { return total() / 2; }
  int after() const { return total() - before(); }
};

/// Sides and strides of the four layers: halved while a side is above 2 (28: 14, 7, 4, 2; 8: 4, 2, 2, 2), so that codes stay small.
std::array<SamePadding, 4> layersFor(int side);

/// n x m, by expansion and never below 0.
at::Tensor squaredDistances(const at::Tensor &z, const at::Tensor &prototypes);
/// What the layer of prototypes says of codes z (n x q), with P (m x q), W (m x K), labels y (n).
struct Terms {
  at::Tensor distances;  ///< n x m, squared
  at::Tensor logits;     ///< n x K
  at::Tensor crossEntropy, r1, r2;
};
Terms termsOf(const at::Tensor &z, const at::Tensor &prototypes, const at::Tensor &weights, const at::Tensor &labels);

class Network {
 public:
  struct Slot {
    std::string name;
    std::vector<std::int64_t> shape;
    std::int64_t offset = 0, count = 0;
  };
  using Weights = std::vector<at::Tensor>;  ///< one a slot

  Network(Config config, at::Device device);
  void initialise(std::uint64_t seed, bool asPaper);

  const Config &config() const { return m_config; }
  const std::vector<Slot> &slots() const { return m_slots; }
  at::Tensor &flat() { return m_flat; }
  const at::Tensor &flat() const { return m_flat; }
  Weights views(const at::Tensor &flat) const;
  /// Leaves over the same storage whose gradients go into `gradient`, laid out like flat().
  Weights leaves(const at::Tensor &gradient) const;

  at::Tensor encode(const at::Tensor &x, const Weights &w) const;  ///< n x channels x side x side in [0, 1] -> n x q
  at::Tensor decode(const at::Tensor &z, const Weights &w) const;
  const at::Tensor &prototypes(const Weights &w) const { return w[kHead]; }       ///< m x q
  const at::Tensor &lastWeights(const Weights &w) const { return w[kHead + 1]; }  ///< m x K
  at::Tensor logits(const at::Tensor &z, const Weights &w) const;                 ///< n x K, of either kind

  void store(WeightFile &file) const;
  void load(const WeightFile &file, const std::string &where);

 private:
  static constexpr std::size_t kHead = 16;
  void declare(const std::string &name, std::vector<std::int64_t> shape);
  Config m_config;
  std::array<SamePadding, 4> m_layers;
  std::vector<Slot> m_slots;
  at::Tensor m_flat;
};

/// Throws InputError for sizes that no network has.
void checkConfig(const Config &config, const std::string &where);
Json configJson(const Config &config);
/// Throws InputError if the file holds no network of prototypes.
Config configIn(const WeightFile &file, const std::string &where);
std::shared_ptr<PictureCoder> coderOf(const Network &network, const std::map<std::string, std::string> &metadata);

}  // namespace vitrine::models::prototype
