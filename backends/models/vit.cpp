// Vision Transformer (Dosovitskiy et al. 2021): pre-norm blocks of attention and perceptron over patch tokens and a CLS token.
#include "models/vit.h"

#include "core/error.h"
#include "core/seed.h"

namespace vitrine::models {
namespace {

constexpr double kNormEpsilon = 1e-6;  // as timm and the original

bool isDecayed(const std::string &name, const std::vector<std::int64_t> &shape) {
  return shape.size() >= 2 && name != "cls_token" && name != "pos_embed";
}

/// Normal of the given deviation, drawn again beyond two deviations.
float truncatedNormal(Rng &rng, double deviation) {
  double value = rng.normal();
  while (std::abs(value) > 2) {
    value = rng.normal();
  }
  return static_cast<float>(value * deviation);
}

std::string shapeText(const std::vector<std::int64_t> &shape) {
  std::string text;
  for (const auto side : shape) {
    text += (text.empty() ? "" : " x ") + std::to_string(side);
  }
  return text.empty() ? "scalar" : text;
}

}  // namespace

Vit::Vit(VitConfig config, at::Device device) : m_config(std::move(config)) {
  const std::int64_t width = m_config.width;
  declare("cls_token", {1, 1, width});
  declare("pos_embed", {1, m_config.tokens(), width});
  if (m_config.convStem) {
    declare("stem.0.weight", {width / 2, m_config.channels, 3, 3});
    declare("stem.0.bias", {width / 2});
    declare("stem.1.weight", {width, width / 2, 3, 3});
    declare("stem.1.bias", {width});
  } else {
    declare("patch_embed.proj.weight", {width, m_config.channels, m_config.patch, m_config.patch});
    declare("patch_embed.proj.bias", {width});
  }
  for (int i = 0; i < m_config.depth; ++i) {
    declareBlock(i);
  }
  declare("norm.weight", {width});
  declare("norm.bias", {width});
  if (m_config.classes > 0) {
    declare("head.weight", {m_config.classes, width});
    declare("head.bias", {m_config.classes});
  }
  std::stable_partition(m_slots.begin(), m_slots.end(), [](const Slot &slot) { return isDecayed(slot.name, slot.shape); });
  std::int64_t offset = 0;
  for (auto &slot : m_slots) {
    slot.offset = offset;
    offset += slot.count;
    m_decayCount += isDecayed(slot.name, slot.shape) ? slot.count : 0;
  }
  m_flat = at::zeros({offset}, at::TensorOptions(device).dtype(at::kFloat));
  for (const auto &slot : m_slots) {
    m_weights[slot.name] = m_flat.narrow(0, slot.offset, slot.count).view(slot.shape);
  }
}

void Vit::declare(const std::string &name, std::vector<std::int64_t> shape) {
  std::int64_t count = 1;
  for (const auto side : shape) {
    count *= side;
  }
  m_slots.push_back({name, std::move(shape), 0, count});
}

void Vit::declareBlock(int block) {
  const std::string prefix = "blocks." + std::to_string(block) + ".";
  const std::int64_t width = m_config.width, hidden = m_config.mlpWidth;
  const auto declareDense = [&](const std::string &name, std::int64_t out, std::int64_t in) {
    declare(prefix + name + ".weight", {out, in});
    declare(prefix + name + ".bias", {out});
  };
  for (const char *name : {"norm1", "norm2"}) {
    declare(prefix + name + ".weight", {width});
    declare(prefix + name + ".bias", {width});
  }
  declareDense("attn.qkv", 3 * width, width);
  declareDense("attn.proj", width, width);
  declareDense("mlp.fc1", hidden, width);
  declareDense("mlp.fc2", width, hidden);
}

void Vit::initialise(std::uint64_t seed) {
  Rng rng(seed);
  std::vector<float> values(static_cast<std::size_t>(m_flat.numel()), 0.0F);
  for (const auto &slot : m_slots) {
    if (slot.name.starts_with("head") || slot.name.ends_with("bias")) {
      continue;
    }
    const bool isScale = slot.name.find("norm") != std::string::npos;
    const double out = static_cast<double>(slot.shape[0]), in = static_cast<double>(slot.count) / out;
    const double deviation = slot.shape.size() == 4   ? std::sqrt((m_config.convStem ? 2.0 : 1.0) / in)
                             : slot.shape.size() == 2 ? std::sqrt(2.0 / (in + out))
                                                      : 0.02;
    for (std::int64_t i = slot.offset; i < slot.offset + slot.count; ++i) {
      values[static_cast<std::size_t>(i)] = isScale ? 1.0F : truncatedNormal(rng, deviation);
    }
  }
  m_flat.copy_(at::from_blob(values.data(), m_flat.sizes(), at::kFloat));
}

void Vit::load(const WeightFile &file, const std::string &where) {
  for (const auto &slot : m_slots) {
    const auto it = file.tensors.find(slot.name);
    if (it == file.tensors.end()) {
      throw InputError(where, "lacks tensor " + slot.name);
    }
    if (it->second.shape != slot.shape) {
      throw InputError(where, "tensor " + slot.name + " is " + shapeText(it->second.shape) + ", not " + shapeText(slot.shape));
    }
    const auto &values = it->second.values;
    if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); })) {
      throw InputError(where, "tensor " + slot.name + " holds values that are not finite");
    }
    m_flat.narrow(0, slot.offset, slot.count).copy_(at::from_blob(const_cast<float *>(values.data()), {slot.count}, at::kFloat));
  }
}

void Vit::store(WeightFile &file) const {
  const at::Tensor flat = m_flat.detach().to(at::kCPU).contiguous();
  const float *values = flat.data_ptr<float>();
  for (const auto &slot : m_slots) {
    file.tensors[slot.name] = {slot.shape, std::vector<float>(values + slot.offset, values + slot.offset + slot.count)};
  }
}

at::Tensor Vit::trackGradients() {
  at::Tensor gradients = at::zeros_like(m_flat);
  for (const auto &slot : m_slots) {
    m_weights[slot.name] =
        tensor::leafView(m_flat.narrow(0, slot.offset, slot.count).view(slot.shape), gradients.narrow(0, slot.offset, slot.count).view(slot.shape));
  }
  return gradients;
}

at::Tensor Vit::dense(const at::Tensor &x, const std::string &name) const {
  return at::linear(x, weight(name + ".weight"), weight(name + ".bias"));
}

at::Tensor Vit::norm(const at::Tensor &x, const std::string &name) const {
  return at::layer_norm(x, {m_config.width}, weight(name + ".weight"), weight(name + ".bias"), kNormEpsilon);
}

/// 3 x 3 convolution of stride 2 as a matrix product over unfolded neighbourhoods (oneDNN 2.6 is many times slower on batches this small):
/// N x channels x side x side to N x (side / 2)^2 x out.
at::Tensor Vit::stemLayer(const at::Tensor &x, const std::string &name) const {
  const at::Tensor &kernel = weight(name + ".weight");
  const at::Tensor columns = at::im2col(x, {3, 3}, {1, 1}, {1, 1}, {2, 2}).transpose(1, 2);
  return at::linear(columns, kernel.view({kernel.size(0), -1}), weight(name + ".bias"));
}

at::Tensor Vit::embed(const at::Tensor &pictures) const {
  const std::int64_t n = pictures.size(0), width = m_config.width, side = m_config.patch, grid = m_config.grid(), channels = m_config.channels;
  at::Tensor patches;
  if (m_config.convStem) {
    // contiguous before gelu: torch 1.13's gelu gives a wrong gradient where that which comes back is strided
    const at::Tensor half = stemLayer(pictures, "stem.0").transpose(1, 2).reshape({n, width / 2, 2 * grid, 2 * grid});
    patches = stemLayer(at::gelu(half.contiguous()), "stem.1");
  } else {  // patches do not overlap, so their convolution is a matrix product too
    const at::Tensor unfolded =
        pictures.view({n, channels, grid, side, grid, side}).permute({0, 2, 4, 1, 3, 5}).reshape({n, grid * grid, channels * side * side});
    patches = at::linear(unfolded, weight("patch_embed.proj.weight").view({width, -1}), weight("patch_embed.proj.bias"));
  }
  return at::cat({weight("cls_token").expand({n, 1, width}), patches}, 1) + weight("pos_embed");
}

at::Tensor Vit::block(const at::Tensor &x, int index, VitTaps *taps) const {
  const std::string prefix = "blocks." + std::to_string(index) + ".";
  const std::int64_t n = x.size(0), t = x.size(1), heads = m_config.heads, width = m_config.width;
  const at::Tensor qkv = dense(norm(x, prefix + "norm1"), prefix + "attn.qkv").view({n, t, 3, heads, width / heads}).permute({2, 0, 3, 1, 4});
  const at::Tensor attention = tensor::attentionWeights(qkv[0], qkv[1]);
  if (taps != nullptr) {
    taps->attention.push_back(attention);
  }
  const at::Tensor mixed = at::matmul(attention, qkv[2]).transpose(1, 2).reshape({n, t, width});
  const at::Tensor attended = x + dense(mixed, prefix + "attn.proj");
  return attended + dense(at::gelu(dense(norm(attended, prefix + "norm2"), prefix + "mlp.fc1")), prefix + "mlp.fc2");
}

at::Tensor Vit::tokens(const at::Tensor &pictures, VitTaps *taps) const {
  at::Tensor x = embed(pictures);
  for (int i = 0; i < m_config.depth; ++i) {
    if (taps != nullptr) {
      taps->tokens.push_back(x);
    }
    x = block(x, i, taps);
  }
  if (taps != nullptr) {
    taps->tokens.push_back(x);
  }
  return norm(x, "norm");
}

at::Tensor Vit::logits(const at::Tensor &tokens) const {
  return dense(tokens.select(1, 0), "head");
}

}  // namespace vitrine::models
