// The network of Li, Liu, Chen and Rudin 2018: convolutions to a code, their mirror back, and a layer of prototypes. Inner header (torch).
#pragma once

#include "models/flat_weights.h"
#include "models/prototype_trainer.h"

namespace vitrine::models::prototype {

/// TensorFlow's "SAME" for a 3 x 3 convolution over n pixels: ceil(n / stride) come out, the odd pixel of padding stands behind.
struct SamePadding {
  int in, stride;
  int out() const { return (in + stride - 1) / stride; }
  int total() const { return std::max((out() - 1) * stride + 3 - in, 0); }
  int before() const { return total() / 2; }
  int after() const { return total() - before(); }
};

/// A convolution so padded, with zeros.
at::Tensor convolved(const at::Tensor &x, const SamePadding &layer, const at::Tensor &weight, const at::Tensor &bias);

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

class Network : public FlatWeights {
 public:
  Network(Config config, at::Device device);
  void initialise(std::uint64_t seed, bool asPaper);

  const Config &config() const { return m_config; }

  at::Tensor encode(const at::Tensor &x, const Weights &w) const;  ///< n x channels x side x side in [0, 1] -> n x q
  at::Tensor decode(const at::Tensor &z, const Weights &w) const;
  const at::Tensor &prototypes(const Weights &w) const { return w[kHead]; }       ///< m x q
  const at::Tensor &lastWeights(const Weights &w) const { return w[kHead + 1]; }  ///< m x K
  at::Tensor logits(const at::Tensor &z, const Weights &w) const;                 ///< n x K, of either kind

 private:
  static constexpr std::size_t kHead = 16;
  Config m_config;
  std::array<SamePadding, 4> m_layers;
};

/// Throws InputError for sizes that no network has.
void checkConfig(const Config &config, const std::string &where);
Json configJson(const Config &config);
/// Throws InputError if the file holds no network of prototypes.
Config configIn(const WeightFile &file, const std::string &where);
std::shared_ptr<PictureCoder> coderOf(const Network &network, const std::map<std::string, std::string> &metadata);

}  // namespace vitrine::models::prototype
