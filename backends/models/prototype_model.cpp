// Networks of prototypes as files: decoders for viewers, and models like any other for every study that takes one.
#include "core/error.h"
#include "core/sha256.h"
#include "models/factories.h"
#include "models/input.h"
#include "models/prototype_net.h"
#include "tensor/bridge.h"
#include "tensor/chunks.h"

namespace vitrine::models::prototype {
namespace {

constexpr const char *kNetworkKey = "prototype_network";
constexpr int kLargestSide = 256, kMostPrototypes = 1000;
constexpr std::int64_t kCpuChunk = 25, kCudaChunk = 1000;  // pictures that go through together

/// n x channels x side x side in [0, 1] -> bytes, channels interleaved.
Image pictureOf(const at::Tensor &planes) {
  const at::Tensor bytes = planes.mul(255).round().clamp(0, 255).to(at::kCPU, at::kByte).permute({1, 2, 0}).contiguous();
  const auto *from = bytes.data_ptr<std::uint8_t>();
  return {static_cast<int>(bytes.size(1)), static_cast<int>(bytes.size(0)), static_cast<int>(bytes.size(2)), {from, from + bytes.numel()}};
}

class Coder : public PictureCoder {
 public:
  Coder(WeightFile file, const std::string &where) : m_file(std::move(file)), m_network(configIn(m_file, where), at::kCPU) {
    const at::NoGradGuard guard;
    m_network.load(m_file, where);
    m_weights = m_network.views(m_network.flat());
  }
  std::size_t dims() const override { return static_cast<std::size_t>(codeLength(m_network.config())); }
  Image input(const Image &picture) const override { return toInput(picture, m_network.config().side, m_network.config().channels); }
  std::vector<float> encode(const Image &picture) const override {
    const at::NoGradGuard guard;
    const Image fitted = input(picture);
    std::vector<float> code(dims());
    tensor::copyTo(m_network.encode(tensor::planes({&fitted, 1}), m_weights), code);
    return code;
  }
  Image decode(std::span<const float> latent) const override {
    if (latent.size() != dims()) {
      throw InputError("code", "has " + std::to_string(latent.size()) + " values, the network's have " + std::to_string(dims()));
    }
    const at::NoGradGuard guard;
    const at::Tensor z = at::from_blob(const_cast<float *>(latent.data()), {1, static_cast<std::int64_t>(dims())}, at::kFloat);
    return pictureOf(m_network.decode(z, m_weights)[0]);
  }
  std::vector<std::uint8_t> file() const override {
    const std::string bytes = safetensorsBytes(m_file);
    return {bytes.begin(), bytes.end()};
  }

 private:
  WeightFile m_file;
  Network m_network;
  Network::Weights m_weights;
};

/// Weights never change after loading, so that calls need no lock.
class PrototypeModel : public Model {
 public:
  PrototypeModel(const std::filesystem::path &file, const WeightFile &weights, const std::string &device)
      : m_network(configIn(weights, file.string()), at::Device(device)) {
    const at::NoGradGuard guard;
    m_network.load(weights, file.string());
    m_weights = m_network.views(m_network.flat());
    const Config &config = m_network.config();
    m_info.name = file.stem().string();
    m_info.architecture = config.blackBox ? std::string("convolutions to a code and a linear layer")
                                          : "network of " + std::to_string(config.prototypes) + " prototypes (Li et al. 2018)";
    m_info.source = file.string();
    m_info.sha256 = sha256OfFiles({file});
    m_info.parameters = m_network.flat().numel();
    m_info.layers = 1;
    m_info.width = codeLength(config);
    m_info.inputWidth = m_info.inputHeight = config.side;
    m_info.inputChannels = config.channels;
    m_info.details = weights.metadata;
    m_info.details["input"] = inputText(config.side, config.channels);
  }

  const ModelInfo &info() const override { return m_info; }

  /// The codes.
  Matrix encode(std::span<const Image> images, int layer, Pooling) override {
    if (layer != -1 && layer != 1) {
      throw InputError(m_info.name, "has no layer " + std::to_string(layer), "its one layer is the code: 1 or -1");
    }
    Matrix codes(images.size(), static_cast<std::size_t>(m_info.width));
    overPictures(images, codes, [](const at::Tensor &z) { return z; });
    return codes;
  }
  AttentionMaps attention(std::span<const Image>) override {
    throw InputError(m_info.name, "shows no attention: it is no transformer", "choose vit-fashion or another vision transformer");
  }
  Matrix classify(std::span<const Image> images) override {
    Matrix chances(images.size(), static_cast<std::size_t>(m_network.config().classes));
    overPictures(images, chances, [this](const at::Tensor &z) { return at::softmax(m_network.logits(z, m_weights), 1); });
    return chances;
  }

 private:
  template <class Work>
  void overPictures(std::span<const Image> images, Matrix &out, const Work &work) const {
    const Config &config = m_network.config();
    const std::int64_t size = m_network.flat().is_cpu() ? kCpuChunk : kCudaChunk;
    tensor::overChunks(static_cast<std::int64_t>(images.size()), size, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
      const at::NoGradGuard guard;
      std::vector<Image> fitted;
      for (std::int64_t i = begin; i < end; ++i) {
        fitted.push_back(toInput(images[static_cast<std::size_t>(i)], config.side, config.channels));
      }
      const at::Tensor z = m_network.encode(tensor::planes(fitted).to(m_network.flat().device()), m_weights);
      tensor::copyTo(work(z), std::span(out.values).subspan(static_cast<std::size_t>(begin) * out.cols, fitted.size() * out.cols));
    });
  }

  Network m_network;
  Network::Weights m_weights;
  ModelInfo m_info;
};

}  // namespace

void checkConfig(const Config &c, const std::string &where) {
  if (c.side < 4 || c.side > kLargestSide || (c.channels != 1 && c.channels != 3) || c.prototypes < 1 || c.prototypes > kMostPrototypes || c.classes < 2 ||
      c.classes > kMostPrototypes) {
    throw InputError(where, "a network of prototypes needs pictures of 4 to 256 pixels a side, grey or RGB, 1 to 1000 prototypes and 2 to 1000 classes");
  }
}

Json configJson(const Config &c) {
  return {{"side", c.side}, {"channels", c.channels}, {"prototypes", c.prototypes}, {"classes", c.classes}, {"black_box", c.blackBox}};
}

Config configIn(const WeightFile &file, const std::string &where) {
  const auto entry = file.metadata.find(kNetworkKey);
  const Json json = entry == file.metadata.end() ? Json() : Json::parse(entry->second, nullptr, false);
  Config config;
  try {
    config = {json.at("side").get<int>(), json.at("channels").get<int>(), json.at("prototypes").get<int>(), json.at("classes").get<int>(),
              json.at("black_box").get<bool>()};
  } catch (const Json::exception &) {
    throw InputError(where, "holds no network of prototypes", "open a file that study prototype-net saved");
  }
  checkConfig(config, where);
  return config;
}

Config networkIn(const std::filesystem::path &file) {
  return configIn(readSafetensors(file), file.string());
}

std::shared_ptr<PictureCoder> openCoder(const std::filesystem::path &file) {
  return std::make_shared<Coder>(readSafetensors(file), file.string());
}

std::shared_ptr<PictureCoder> coderOf(const Network &network, const std::map<std::string, std::string> &metadata) {
  WeightFile file{{}, metadata};
  network.store(file);
  file.metadata[kNetworkKey] = configJson(network.config()).dump();
  return std::make_shared<Coder>(std::move(file), "network");
}

}  // namespace vitrine::models::prototype

namespace vitrine::models {

bool isPrototypeNet(const WeightFile &weights) {
  return weights.metadata.contains(prototype::kNetworkKey);
}

std::shared_ptr<Model> openPrototypeNet(const std::filesystem::path &file, const WeightFile &weights, const std::string &device) {
  return std::make_shared<prototype::PrototypeModel>(file, weights, device);
}

}  // namespace vitrine::models
