// The Vision Transformer itself: weights as views into one flat vector, a forward pass with taps. Inner header (torch): only models includes it.
#pragma once

#include <map>

#include "models/vit_config.h"
#include "tensor/compat.h"

namespace vitrine::models {

/// What a forward pass leaves behind for those who look inside.
struct VitTaps {
  std::vector<at::Tensor> tokens;     ///< depth + 1: after the embedding, then after each block; N x T x width
  std::vector<at::Tensor> attention;  ///< depth: N x heads x T x T, rows sum to 1
};

/// Tensor names follow timm ("blocks.0.attn.qkv.weight"), so that its plain ViTs load here and ours there.
class Vit {
 public:
  explicit Vit(VitConfig config, at::Device device = at::kCPU);
  /// Truncated normals: Glorot for matrices, He for convolutions, 0.02 for positions and CLS; biases and the classifier start at zero.
  void initialise(std::uint64_t seed);
  /// Takes the tensors of a file. Throws InputError naming the first that is missing, misshapen or not finite.
  void load(const WeightFile &file, const std::string &where);
  void store(WeightFile &file) const;

  /// pictures: N x channels x imageSize x imageSize, normalised. Tokens after the final norm: N x T x width.
  at::Tensor tokens(const at::Tensor &pictures, VitTaps *taps = nullptr) const;
  /// Class scores from the final CLS token: N x classes.
  at::Tensor logits(const at::Tensor &tokens) const;

  const VitConfig &config() const { return m_config; }
  at::Device device() const { return m_flat.device(); }
  /// All weights in one vector; the first decayCount() are the matrices, which weight decay applies to.
  at::Tensor &flat() { return m_flat; }
  std::int64_t decayCount() const { return m_decayCount; }
  /// Makes the weights leaves whose gradients stand in the returned vector, laid out like flat().
  at::Tensor trackGradients();

 private:
  void declare(const std::string &name, std::vector<std::int64_t> shape);
  void declareBlock(int block);
  at::Tensor stemLayer(const at::Tensor &x, const std::string &name) const;
  at::Tensor embed(const at::Tensor &pictures) const;
  at::Tensor block(const at::Tensor &x, int index, VitTaps *taps) const;
  at::Tensor dense(const at::Tensor &x, const std::string &name) const;
  at::Tensor norm(const at::Tensor &x, const std::string &name) const;
  const at::Tensor &weight(const std::string &name) const { return m_weights.at(name); }

  struct Slot {
    std::string name;
    std::vector<std::int64_t> shape;
    std::int64_t offset = 0, count = 0;
  };
  VitConfig m_config;
  std::vector<Slot> m_slots;
  at::Tensor m_flat;
  std::int64_t m_decayCount = 0;
  std::map<std::string, at::Tensor> m_weights;
};

}  // namespace vitrine::models
