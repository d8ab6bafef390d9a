#include "video/decoder.h"

#include <algorithm>
#include <mutex>
#include <optional>

#include "core/error.h"
#include "tensor/chunks.h"
#include "video/network.h"
#include "video/preview.h"
#include "video/shuffle.h"

namespace vitrine::video {
namespace {

constexpr const char *kNetworkKey = "network", *kBitsKey = "weight_bits";

void checkTensors(const FittedVideo &video, const std::vector<Network::Slot> &slots, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    const bool there = i < video.tensors.size();
    if (!there || video.tensors[i].name != slots[i].name || video.tensors[i].shape != slots[i].shape) {
      throw InputError("neural video", "tensor " + slots[i].name + (there ? " stands in no place of its own or has another shape" : " is missing"));
    }
  }
  const CodeShape shape = codeShape(video.network);
  const std::vector<std::int64_t> wanted = {video.network.frames, shape.height, shape.width, shape.channels};
  if (video.tensors.size() != count || (video.network.code == NetworkConfig::Code::Encoder && video.codes.shape != wanted)) {
    throw InputError("neural video", "its tensors do not suit the network that its header names");
  }
}

}  // namespace

struct Decoder::Impl {
  Network network;
  Network::Weights weights;
  std::once_flag previewed = {};
  std::optional<Preview> preview = {};

  explicit Impl(Network made) : network(std::move(made)) {}
  at::Tensor input(std::span<const float> codes) const {
    const CodeShape shape = codeShape(network.config());
    const auto count = static_cast<std::int64_t>(codes.size()) / shape.count();
    return at::from_blob(const_cast<float *>(codes.data()), {count, shape.height, shape.width, shape.channels}, at::kFloat).to(network.device());
  }
};

Decoder::Decoder(FittedVideo video, const std::string &device, Precision precision)
    : m_video(std::move(video)), m_impl(std::make_unique<Impl>(Network(m_video.network, at::Device(device)))) {
  const at::NoGradGuard guard;
  Network &network = m_impl->network;
  checkTensors(m_video, network.slots(), network.decoderSlots());
  for (std::size_t i = 0; i < network.decoderSlots(); ++i) {
    const Network::Slot &slot = network.slots()[i];
    network.flat().narrow(0, slot.offset, slot.count).copy_(at::from_blob(m_video.tensors[i].values.data(), {slot.count}, at::kFloat));
  }
  m_impl->weights = network.working(workingType(precision, device), true);
}
Decoder::~Decoder() = default;

std::vector<float> Decoder::code(int frame) const {
  if (frame < 0 || frame >= frames()) {
    throw InputError("neural video", "has no frame " + std::to_string(frame), "frames go from 0 to " + std::to_string(frames() - 1));
  }
  const auto count = static_cast<std::size_t>(codeShape(m_video.network).count());
  if (m_video.network.code == NetworkConfig::Code::Position) {
    std::vector<float> code(count);
    Network::positionCode(m_video.network, static_cast<double>(frame) / frames(), code);
    return code;
  }
  const auto begin = m_video.codes.values.begin() + static_cast<std::ptrdiff_t>(count) * frame;
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

Image Decoder::decode(std::span<const float> code) const {
  if (const auto length = codeShape(m_video.network).count(); static_cast<int>(code.size()) != length) {
    throw InputError("neural video", "a code has " + std::to_string(length) + " values, not " + std::to_string(code.size()));
  }
  return std::move(decodeAll(code).front());
}

std::vector<Image> Decoder::decodeAll(std::span<const float> codes) const {
  const at::NoGradGuard guard;
  const at::Tensor z = m_impl->network.decode(m_impl->input(codes), m_impl->weights).cpu();
  const std::int64_t count = z.size(0), size = z.numel() / count;
  std::vector<Image> images(static_cast<std::size_t>(count),
                            Image{m_video.network.width, m_video.network.height, 3, std::vector<std::uint8_t>(static_cast<std::size_t>(size))});
  withKernels(z, [&]<class T>(const PixelKernels<T> &kernel, T) {
    for (std::int64_t i = 0; i < count; ++i) {
      kernel.toBytes(pointer<T>(z) + i * size, size, images[static_cast<std::size_t>(i)].pixels.data());
    }
  });
  return images;
}

Image Decoder::preview(int index) const {
  const std::vector<float> wanted = code(index);
  if (!Preview::possible(m_video.network)) {
    return {};
  }
  const at::NoGradGuard guard;
  Impl &impl = *m_impl;
  std::call_once(impl.previewed, [&] {
    const int count = std::min(frames(), 4);
    std::vector<float> some;
    for (int i = 0; i < count; ++i) {
      const std::vector<float> one = code((2 * i + 1) * frames() / (2 * count));
      some.insert(some.end(), one.begin(), one.end());
    }
    impl.preview.emplace(impl.network, impl.weights, impl.input(some));
  });
  return impl.preview->picture(impl.network, impl.weights, impl.input(wanted));
}

std::vector<Image> Decoder::frames(int first, int count) const {
  std::vector<Image> images(static_cast<std::size_t>(std::max(count, 0)));
  const std::int64_t chunk = m_impl->network.device().is_cpu() ? 1 : std::max(count, 1);
  tensor::overChunks(count, chunk, [&](std::int64_t, std::int64_t begin, std::int64_t end) {
    std::vector<float> codes;
    for (std::int64_t i = begin; i < end; ++i) {
      const std::vector<float> one = code(first + static_cast<int>(i));
      codes.insert(codes.end(), one.begin(), one.end());
    }
    std::ranges::move(decodeAll(codes), images.begin() + begin);
  });
  return images;
}

VnvModel coded(const FittedVideo &video, const CodingOptions &options, const Json &about) {
  VnvModel model;
  model.header = about;
  model.header[kNetworkKey] = toJson(video.network);
  setWeightBits(model, options.weightBits);
  std::vector<FittedVideo::Tensor> tensors = video.tensors;
  std::vector<std::size_t> matrices;
  std::vector<std::span<float>> weights;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].shape.size() > 1) {
      matrices.push_back(i);
      weights.emplace_back(tensors[i].values);
    }
  }
  if (options.prune > 0) {
    prune(weights, options.prune);
  }
  std::vector<RoundedTensor> rounded;
  for (const std::size_t i : matrices) {
    rounded.push_back(roundedTensor(tensors[i].values, tensors[i].shape, options.weightBits, tensors[i].gain, tensors[i].name));
  }
  const std::vector<float> shared = sharedSteps(rounded);
  for (std::size_t m = 0; m < matrices.size(); ++m) {
    FittedVideo::Tensor &tensor = tensors[matrices[m]];
    tensor.step = tensor.step > 0 ? tensor.step : shared[m];
  }
  if (!video.codes.values.empty()) {
    model.tensors.push_back({video.codes.name, quantise(video.codes.values, video.codes.shape, {.bits = options.codeBits}, video.codes.name)});
  }
  for (const FittedVideo::Tensor &tensor : tensors) {  // biases are few and keep 8 bits
    model.tensors.push_back({tensor.name, quantise(tensor.values, tensor.shape, {.fixedStep = static_cast<double>(tensor.step)}, tensor.name)});
  }
  return model;
}

int weightBitsOf(const VnvModel &model) {
  const auto bits = model.header.find(kBitsKey);
  int most = 2;  // of files that do not say, all weights have as many
  for (const VnvTensor &tensor : model.tensors) {
    most = tensor.name != "codes" && tensor.data.shape.size() > 1 ? std::max(most, tensor.data.bits) : most;
  }
  return std::clamp(bits != model.header.end() && bits->is_number_integer() ? bits->get<int>() : most, 2, 8);
}

void setWeightBits(VnvModel &model, int bits) {
  model.header[kBitsKey] = bits;
}

FittedVideo fittedVideo(const VnvModel &model, const std::string &where) {
  if (!model.header.is_object() || !model.header.contains(kNetworkKey)) {
    throw InputError(where, "holds tensors but does not say which network they belong to");
  }
  FittedVideo video{networkConfigOf(model.header[kNetworkKey], where), {}, {}};
  for (const VnvTensor &tensor : model.tensors) {
    FittedVideo::Tensor values{tensor.name, tensor.data.shape, dequantise(tensor.data)};
    (tensor.name == "codes" ? video.codes : video.tensors.emplace_back()) = std::move(values);
  }
  return video;
}

}  // namespace vitrine::video
