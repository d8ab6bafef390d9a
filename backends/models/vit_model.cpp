// Our Vision Transformer behind the program's Model face.
#include "core/error.h"
#include "core/sha256.h"
#include "models/factories.h"
#include "models/input.h"
#include "models/rollout.h"
#include "models/vit.h"
#include "tensor/bridge.h"
#include "tensor/chunks.h"

namespace vitrine::models {
namespace {

constexpr std::int64_t kCpuChunk = 16, kCudaChunk = 256;  // pictures that go through together

/// Weights never change after loading, so that calls need no lock.
class VitModel : public Model {
 public:
  VitModel(const std::filesystem::path &file, const WeightFile &weights, const std::string &device)
      : m_vit(configOf(weights, file.string()), at::Device(device)) {
    m_vit.load(weights, file.string());
    const VitConfig &config = m_vit.config();
    m_info.name = file.stem().string();
    m_info.architecture = "Vision Transformer, " + std::to_string(config.depth) + " blocks of " + std::to_string(config.heads) + " heads, width " +
                          std::to_string(config.width) + ", patches of " + std::to_string(config.patch) + " pixels";
    m_info.source = file.string();
    m_info.sha256 = sha256OfFiles({file});
    m_info.parameters = parameterCount(config);
    m_info.layers = config.depth;
    m_info.heads = config.heads;
    m_info.tokens = config.tokens();
    m_info.width = config.width;
    m_info.inputWidth = m_info.inputHeight = config.imageSize;
    m_info.inputChannels = config.channels;
    m_info.hasAttention = true;
    m_info.details = weights.metadata;
    m_info.details.erase("vitrine");
    m_info.details["input"] = inputText(config.imageSize, config.channels);
    m_info.details["classes"] = config.classNames;
  }

  const ModelInfo &info() const override { return m_info; }

  Matrix encode(std::span<const Image> images, int layer, Pooling pooling) override {
    const VitConfig &config = m_vit.config();
    if (layer < -1 || layer > config.depth) {
      throw InputError(m_info.name, "has no layer " + std::to_string(layer),
                       "0 is the patch embedding, 1 to " + std::to_string(config.depth) + " the blocks, -1 the end");
    }
    Matrix result(images.size(), static_cast<std::size_t>(config.width));
    overPictures(images, [&](std::size_t begin, std::size_t count, const at::Tensor &pictures) {
      VitTaps taps;
      const at::Tensor last = m_vit.tokens(pictures, layer < 0 ? nullptr : &taps);
      const at::Tensor &tokens = layer < 0 ? last : taps.tokens[static_cast<std::size_t>(layer)];
      const at::Tensor pooled = pooling == Pooling::Cls ? tokens.select(1, 0) : tokens.slice(1, 1).mean(1);
      tensor::copyTo(pooled, std::span(result.values).subspan(begin * result.cols, count * result.cols));
    });
    return result;
  }

  AttentionMaps attention(std::span<const Image> images) override {
    const VitConfig &config = m_vit.config();
    AttentionMaps maps;
    maps.layers = config.depth;
    maps.heads = config.heads;
    maps.tokens = config.tokens();
    maps.gridRows = maps.gridCols = config.grid();
    const std::size_t square = static_cast<std::size_t>(maps.tokens) * static_cast<std::size_t>(maps.tokens);
    const std::size_t all = square * static_cast<std::size_t>(maps.layers) * static_cast<std::size_t>(maps.heads);
    maps.maps.resize(images.size() * all);
    maps.rollout.resize(images.size() * square);
    maps.images.reserve(images.size());
    for (const Image &image : images) {
      maps.images.push_back(toInput(image, config.imageSize, config.channels));
    }
    overPictures(images, [&](std::size_t begin, std::size_t count, const at::Tensor &pictures) {
      VitTaps taps;
      m_vit.tokens(pictures, &taps);
      tensor::copyTo(at::stack(taps.attention, 1), std::span(maps.maps).subspan(begin * all, count * all));
      for (std::size_t i = begin; i < begin + count; ++i) {
        rollout(std::span<const float>(maps.maps).subspan(i * all, all), maps.layers, maps.heads, maps.tokens,
                std::span(maps.rollout).subspan(i * square, square));
      }
    });
    return maps;
  }

  Matrix classify(std::span<const Image> images) override {
    const auto classes = static_cast<std::size_t>(m_vit.config().classes);
    if (classes == 0) {
      return {};
    }
    Matrix result(images.size(), classes);
    overPictures(images, [&](std::size_t begin, std::size_t count, const at::Tensor &pictures) {
      tensor::copyTo(at::softmax(m_vit.logits(m_vit.tokens(pictures)), -1), std::span(result.values).subspan(begin * classes, count * classes));
    });
    return result;
  }

 private:
  /// Calls work(first picture, count, N x channels x side x side normalised) for every chunk, without gradients.
  template <class Work>
  void overPictures(std::span<const Image> images, const Work &work) const {
    const VitConfig &config = m_vit.config();
    const std::int64_t size = m_vit.device().is_cpu() ? kCpuChunk : kCudaChunk;
    tensor::overChunks(static_cast<std::int64_t>(images.size()), size, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      const at::NoGradGuard guard;
      std::vector<Image> fitted;
      for (std::int64_t i = begin; i < end; ++i) {
        fitted.push_back(toInput(images[static_cast<std::size_t>(i)], config.imageSize, config.channels));
      }
      const at::Tensor pictures = tensor::planes(fitted).sub_(config.mean).div_(config.deviation);
      work(static_cast<std::size_t>(begin), fitted.size(), pictures.to(m_vit.device()));
    });
  }

  Vit m_vit;
  ModelInfo m_info;
};

}  // namespace

std::shared_ptr<Model> openVit(const std::filesystem::path &file, const WeightFile &weights, const std::string &device) {
  return std::make_shared<VitModel>(file, weights, device);
}

}  // namespace vitrine::models
