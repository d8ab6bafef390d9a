// The fitting loop. All weights stand in one vector, so that an optimiser is a few operations whatever the number of layers.
#include "video/fit.h"

#include <algorithm>
#include <ctime>
#include <numbers>
#include <numeric>

#include "core/error.h"
#include "core/seed.h"
#include "core/sha256.h"
#include "tensor/chunks.h"
#include "video/loss.h"
#include "video/network.h"
#include "video/optimiser.h"
#include "video/rounding.h"
#include "video/shuffle.h"
#include "video/state_file.h"

namespace vitrine::video {
namespace {

constexpr std::int64_t kMuonRows = 16;  // smaller matrices are Adam's

double processSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

FitOptions checked(FitOptions options, const Clip &clip) {
  options.network.width = clip.width;
  options.network.height = clip.height;
  options.network.frames = static_cast<int>(clip.count());
  validate(options.network);
  if (options.trainFrames.empty()) {
    options.trainFrames.resize(clip.count());
    std::iota(options.trainFrames.begin(), options.trainFrames.end(), 0);
  }
  for (const int frame : options.trainFrames) {
    if (frame < 0 || static_cast<std::size_t>(frame) >= clip.count()) {
      throw InputError("neural video", "frame " + std::to_string(frame) + " is not one of the clip's " + std::to_string(clip.count()));
    }
  }
  if (!options.mask.empty() && options.mask.size() != clip.frameSize()) {
    throw InputError("neural video", "the mask is not of the frames' size");
  }
  if (options.network.code == NetworkConfig::Code::Position) {
    options.freezeEncoderAt = 1;
  }
  options.batch = std::clamp(options.batch, 1, static_cast<int>(options.trainFrames.size()));
  return options;
}

}  // namespace

double scheduleAt(double progress) {
  constexpr double kWarmup = 0.1, kStart = 0.1;
  return progress < kWarmup ? kStart + (1 - kStart) * progress / kWarmup : 0.5 * (1 + std::cos(std::numbers::pi * (progress - kWarmup) / (1 - kWarmup)));
}

std::int64_t FittedVideo::parameters() const {
  return std::accumulate(tensors.begin(), tensors.end(), std::int64_t{0},
                         [](auto sum, const Tensor &t) { return sum + static_cast<std::int64_t>(t.values.size()); });
}

struct Fit::Impl {
  FitOptions options;
  const Clip &clip;
  Network network;
  at::ScalarType type;
  mutable std::string clipHash;
  Adam adam;
  at::Tensor muonMomentum, gradient;
  double topRate;
  std::int64_t done = 0, chunkSize = 1;
  bool frozen = false;
  Rounding rounding;       // chosen where the fit is that far
  std::vector<int> order;  // of the epoch in hand
  std::int64_t orderEpoch = -1;
  double loss = 0, cpu = 0;

  Impl(FitOptions o, const Clip &c)
      : options(checked(std::move(o), c)),
        clip(c),
        network(options.network, at::Device(options.device)),
        type(workingType(options.precision, options.device)),
        topRate(options.learningRate) {
    network.initialise(options.seed);
    adam = {at::zeros_like(network.flat()), at::zeros_like(network.flat())};
    muonMomentum = at::zeros_like(network.flat());
    gradient = at::zeros_like(network.flat());
    chunkSize = network.device().is_cpu() ? 1 : options.batch;
  }

  std::int64_t stepsPerEpoch() const { return static_cast<std::int64_t>(options.trainFrames.size()) / options.batch; }
  std::int64_t stepsTotal() const { return stepsPerEpoch() * options.epochs; }

  /// The order depends on seed and epoch alone, so a resumed run needs no generator state.
  void shuffleFor(std::int64_t epoch) {
    if (epoch == orderEpoch) {
      return;
    }
    order = options.trainFrames;
    Rng rng(options.seed * 1'000'003 + static_cast<std::uint64_t>(epoch));
    rng.shuffle(order);
    orderEpoch = epoch;
  }

  /// Frames as bytes, n x H x W x 3, masked if the fit is.
  at::Tensor bytesOf(std::span<const int> frames) const {
    const std::int64_t n = static_cast<std::int64_t>(frames.size());
    at::Tensor bytes = at::empty({n, clip.height, clip.width, 3}, at::kByte);
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const auto frame = clip.frame(static_cast<std::size_t>(frames[i]));
      std::uint8_t *out = bytes.data_ptr<std::uint8_t>() + i * clip.frameSize();
      if (options.mask.empty()) {
        std::copy(frame.begin(), frame.end(), out);
      } else {
        std::transform(frame.begin(), frame.end(), options.mask.begin(), out,
                       [](std::uint8_t value, std::uint8_t seen) { return static_cast<std::uint8_t>(value * seen); });
      }
    }
    return bytes.to(network.device());
  }
  static at::Tensor toUnit(const at::Tensor &bytes) { return bytes.to(at::kFloat).mul_(1.0 / 255); }

  at::Tensor codesOf(std::span<const int> frames, const at::Tensor &bytes, const Network::Weights &weights) const {
    if (options.network.code == NetworkConfig::Code::Encoder && !frozen) {
      return network.encode(toUnit(bytes), weights);
    }
    std::vector<at::Tensor> codes;
    for (const int frame : frames) {
      if (frozen) {
        codes.push_back(network.codeTable()[frame]);
      } else {
        at::Tensor code = at::empty({1, 1, codeShape(options.network).channels}, at::kFloat);
        Network::positionCode(options.network, static_cast<double>(frame) / static_cast<double>(clip.count()),
                              {code.data_ptr<float>(), static_cast<std::size_t>(code.numel())});
        codes.push_back(code.to(network.device()));
      }
    }
    return at::stack(codes);
  }

  /// Loss of a chunk of the batch, and its gradients into the leaves of `weights` (and of `codes` if that is a leaf).
  double backward(const at::Tensor &z, const at::Tensor &bytes, std::int64_t batch) const {
    if (options.loss == Loss::L2 && z.device().is_cpu()) {
      at::Tensor dz = at::empty_like(z);
      const std::int64_t count = z.numel() / z.size(0);
      double sum = 0;
      withKernels(z, [&]<class T>(const PixelKernels<T> &kernel, T) {
        for (std::int64_t i = 0; i < z.size(0); ++i) {
          sum +=
              kernel.squaredError(pointer<T>(z) + i * count, bytes.data_ptr<std::uint8_t>() + i * count, options.mask.empty() ? nullptr : options.mask.data(),
                                  count, 1.0F / static_cast<float>(count * batch), pointer<T>(dz) + i * count);
        }
      });
      z.backward(dz);
      return sum / static_cast<double>(count * batch);
    }
    at::Tensor picture = at::sigmoid(2 * z.to(at::kFloat)), target = toUnit(bytes);
    if (!options.mask.empty()) {
      picture = picture * at::from_blob(const_cast<std::uint8_t *>(options.mask.data()), {clip.height, clip.width, 3}, at::kByte).to(z.device());
    }
    const double share = static_cast<double>(z.size(0)) / static_cast<double>(batch);
    const at::Tensor difference = picture - target;
    const at::Tensor cost = options.loss == Loss::L2        ? difference.square().mean()
                            : options.loss == Loss::L1      ? difference.abs().mean()
                            : options.loss == Loss::Fourier ? difference.square().mean() + spectralError(difference)
                                                            : 0.7 * difference.abs().mean() + 0.3 * (1 - structuralSimilarity(picture, target));
    (cost * share).backward();
    return cost.item<double>() * share;
  }

  struct Chunk {
    double loss = 0;
    Network::Weights leaves;
    at::Tensor codes;
  };

  Chunk passChunk(std::span<const int> frames, const Network::Weights &weights) const {
    const at::AutoGradMode grad(true);
    Chunk chunk{0, Network::leaves(weights), {}};
    const at::Tensor bytes = bytesOf(frames);
    at::Tensor codes = codesOf(frames, bytes, chunk.leaves);
    if (frozen) {
      codes = chunk.codes = codes.detach().set_requires_grad(true);
    }
    chunk.loss = backward(network.decode(codes, chunk.leaves), bytes, options.batch);
    return chunk;
  }

  at::Tensor gains(const Progress &progress) const {
    constexpr std::int64_t kPixels = 400'000, kMostFrames = 4;  // a picture of many pixels says enough by itself
    const std::int64_t most = std::min<std::int64_t>(kMostFrames, std::ssize(options.trainFrames));
    std::vector<at::Tensor> codes(static_cast<std::size_t>(std::clamp<std::int64_t>(kPixels / (std::int64_t{clip.width} * clip.height), 1, most)));
    const Network::Weights exact = working();
    tensor::forEach(codes.size(), [&](std::size_t i) {
      const int frame = options.trainFrames[(2 * i + 1) * options.trainFrames.size() / (2 * codes.size())];
      codes[i] = codesOf({&frame, 1}, bytesOf({&frame, 1}), exact);
    });
    return measuredGains(network, exact, codes, type, progress);
  }

  /// From options.roundFrom on. Weights change little between two choices, which cost as much as a few steps.
  void chooseRounding(const Progress &progress) {
    constexpr std::int64_t kEvery = 64;
    if (static_cast<double>(done) >= options.roundFrom * static_cast<double>(stepsTotal()) && (!rounding.chosen() || done % kEvery == 0)) {
      rounding.gains = rounding.gains.defined() ? rounding.gains : gains(progress);
      rounding.choose(network, options.weightBits, options.prune);
    }
  }

  /// The weights as the file will hold them, where the fit is that far: the loss is that of rounded weights, its gradient moves the exact ones.
  at::Tensor rounded() const { return rounding.chosen() ? rounding.applied(network.flat()) : at::Tensor(); }
  Network::Weights working(bool decoderOnly = false) const { return network.working(type, decoderOnly, rounded()); }

  /// The codes of all frames into `table`.
  void encode(const at::Tensor &table, const Progress &progress) const {
    const Network::Weights weights = working();
    tensor::forEach(clip.count(), progress, [&](std::size_t i) {
      const int frame = static_cast<int>(i);
      table[frame].copy_(codesOf({&frame, 1}, bytesOf({&frame, 1}), weights)[0]);
    });
  }

  /// From here on the codes are a table that the decoder's gradient moves; the encoder rests.
  void freezeEncoder(const Progress &progress) {
    encode(network.codeTable(), progress);
    frozen = true;
  }

  /// A range of the flat vector: a matrix of so many rows for Muon, or values for Adam.
  struct Part {
    std::int64_t begin = 0, count = 0, rows = 0;
    double work() const { return rows == 0 ? 100.0 * static_cast<double>(count) : orthogonalisingWork(rows, count / rows); }
  };

  std::vector<Part> parts() const {
    std::vector<Part> made;
    std::int64_t begin = 0;  // of the run of slots that Adam has in hand
    const auto adamUntil = [&](std::int64_t end) {
      if (end > begin) {
        made.push_back({begin, end - begin, 0});
      }
    };
    for (std::size_t i = 0; i < network.decoderSlots() && options.optimiser == Optimiser::Muon; ++i) {
      const Network::Slot &slot = network.slots()[i];
      if (slot.shape.size() == 4 && slot.shape[0] > kMuonRows) {
        adamUntil(slot.offset);
        made.push_back({slot.offset, slot.count, slot.shape[0]});
        begin = slot.offset + slot.count;
      }
    }
    adamUntil(frozen ? network.encoderStart() : network.flat().size(0));
    return made;
  }

  /// The parts side by side, the longest first to whoever has least to do: their operations are too small to be split.
  void update(double factor) {
    const double rate = topRate * factor, muonRate = options.muonRate * topRate / options.learningRate * factor;
    std::vector<Part> todo = parts();
    std::ranges::stable_sort(todo, std::greater<>(), &Part::work);
    std::vector<std::vector<Part>> shares(static_cast<std::size_t>(network.device().is_cpu() ? at::get_num_threads() : 1));
    std::vector<double> load(shares.size(), 0);
    for (const Part &part : todo) {
      const auto least = static_cast<std::size_t>(std::ranges::min_element(load) - load.begin());
      shares[least].push_back(part);
      load[least] += part.work();
    }
    tensor::forEach(shares.size(), [&](std::size_t share) {
      for (const Part &part : shares[share]) {
        if (part.rows == 0) {
          adam.update(network.flat(), gradient, part.begin, part.count, done, rate);
          continue;
        }
        const auto matrix = [&](const at::Tensor &flat) { return flat.narrow(0, part.begin, part.count).view({part.rows, part.count / part.rows}); };
        muonUpdate(matrix(network.flat()), matrix(gradient), matrix(muonMomentum), muonRate, type);
      }
    });
  }

  /// Adds the gradient of rateWeight x bits a weight. Bits are estimated as those of values with a Laplace distribution: count x log2(mean magnitude / step),
  /// up to a constant.
  void addRateGradient() {
    for (std::size_t i = 0; i < network.decoderSlots() && options.rateWeight > 0; ++i) {
      const Network::Slot &slot = network.slots()[i];
      if (slot.shape.size() > 1) {
        const at::Tensor values = network.flat().narrow(0, slot.offset, slot.count), mean = values.abs().mean().clamp_min(1e-12);
        gradient.narrow(0, slot.offset, slot.count)
            .add_(values.sign().div_(mean), options.rateWeight / (static_cast<double>(network.decoderCount()) * std::numbers::ln2));
      }
    }
  }

  bool step(const Progress &progress) {
    if (done >= stepsTotal()) {
      return false;
    }
    const double start = processSeconds();
    shuffleFor(done / stepsPerEpoch());
    if (!frozen && static_cast<double>(done) >= options.freezeEncoderAt * static_cast<double>(stepsTotal())) {
      freezeEncoder(progress);
    }
    const std::span<const int> frames =
        std::span<const int>(order).subspan(static_cast<std::size_t>(done % stepsPerEpoch() * options.batch), static_cast<std::size_t>(options.batch));
    const at::NoGradGuard guard;
    chooseRounding(progress);
    const Network::Weights weights = working(frozen);
    std::vector<Chunk> chunks(static_cast<std::size_t>((options.batch + chunkSize - 1) / chunkSize));
    tensor::overChunks(options.batch, chunkSize, [&](std::int64_t chunk, std::int64_t begin, std::int64_t end) {
      chunks[static_cast<std::size_t>(chunk)] = passChunk(frames.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)), weights);
    });
    gradient.zero_();
    loss = 0;
    for (std::size_t c = 0; c < chunks.size(); ++c) {
      loss += chunks[c].loss;
      network.addGradients(chunks[c].leaves, gradient);
      if (frozen) {
        addCodeGradients(frames.subspan(c * static_cast<std::size_t>(chunkSize)), chunks[c].codes.grad());
      }
    }
    addRateGradient();
    update(scheduleAt(static_cast<double>(done) / static_cast<double>(stepsTotal())));
    ++done;
    cpu += processSeconds() - start;
    return true;
  }

  void addCodeGradients(std::span<const int> frames, const at::Tensor &gradients) const {
    const at::Tensor table = gradient.narrow(0, network.decoderCount(), network.encoderStart() - network.decoderCount()).view(network.codeTable().sizes());
    for (std::int64_t i = 0; i < gradients.size(0); ++i) {
      table[frames[static_cast<std::size_t>(i)]].add_(gradients[i]);
    }
  }

  const std::string &hashOfClip() const {  // a second for a film of 300 MB: only who saves or resumes waits for it
    if (clipHash.empty()) {
      Sha256 sum;
      sum.add(clip.pixels);
      clipHash = sum.hex();
    }
    return clipHash;
  }

  Json stateJson() const {
    Json json = toJson(options.network);
    json.update({{"step", done},
                 {"frozen", frozen},
                 {"epochs", options.epochs},
                 {"batch", options.batch},
                 {"seed", options.seed},
                 {"loss", options.loss},
                 {"optimiser", options.optimiser},
                 {"precision", type == at::kFloat ? "float32" : "bfloat16"},
                 {"freeze_encoder_at", options.freezeEncoderAt},
                 {"round_from", options.roundFrom},
                 {"rate_weight", options.rateWeight},
                 {"weight_bits", options.weightBits},
                 {"prune", options.prune},
                 {"train_frames", options.trainFrames},
                 {"clip", hashOfClip()}});
    return json;
  }

  NamedTensors stateTensors(const Rounding &held) const {
    return {{"weights", network.flat()}, {"first", adam.first}, {"second", adam.second}, {"momentum", muonMomentum},
            {"steps", held.steps},       {"kept", held.kept},   {"gains", held.gains}};
  }
  Rounding nothingChosen() const {
    return {at::zeros({static_cast<std::int64_t>(network.decoderSlots())}, at::kFloat), at::zeros_like(network.flat()), at::zeros_like(network.flat())};
  }

  at::Tensor decoded(std::size_t frame, const Network::Weights &weights) const {
    const int index = static_cast<int>(frame);
    return network.decode(codesOf({&index, 1}, bytesOf({&index, 1}), weights), weights);
  }
};

Fit::Fit(FitOptions options, const Clip &clip) : m_impl(std::make_unique<Impl>(std::move(options), clip)) {}
Fit::~Fit() = default;

bool Fit::step(const Progress &progress) {
  return m_impl->step(progress);
}
std::int64_t Fit::stepsDone() const {
  return m_impl->done;
}
std::int64_t Fit::stepsPerEpoch() const {
  return m_impl->stepsPerEpoch();
}
std::int64_t Fit::stepsTotal() const {
  return m_impl->stepsTotal();
}
double Fit::lastLoss() const {
  return m_impl->loss;
}
double Fit::cpuSeconds() const {
  return m_impl->cpu;
}
bool Fit::usesBrainFloat() const {
  return m_impl->type == at::kBFloat16;
}
void Fit::setLearningRate(double top) {
  m_impl->topRate = top;
}

std::vector<double> Fit::meanSquaredErrors(std::size_t begin, std::size_t end) const {
  const at::NoGradGuard guard;
  const Network::Weights weights = m_impl->working();
  std::vector<double> errors(end - begin);
  tensor::forEach(end - begin, [&](std::size_t place) {
    const std::size_t frame = begin + place;
    const at::Tensor picture = at::sigmoid(2 * m_impl->decoded(frame, weights).to(at::kFloat)).cpu();
    const auto bytes = m_impl->clip.frame(frame);
    const float *values = picture.data_ptr<float>();
    double sum = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const double difference = static_cast<double>(values[i]) - bytes[i] / 255.0;
      sum += difference * difference;
    }
    errors[place] = sum / static_cast<double>(bytes.size());
  });
  return errors;
}

Image Fit::reconstruction(std::size_t frame) const {
  const at::NoGradGuard guard;
  const at::Tensor z = m_impl->decoded(frame, m_impl->working()).to(at::kFloat).cpu();
  Image image{m_impl->clip.width, m_impl->clip.height, 3, std::vector<std::uint8_t>(m_impl->clip.frameSize())};
  kernels().real.toBytes(z.data_ptr<float>(), z.numel(), image.pixels.data());
  return image;
}

FittedVideo Fit::result(const Progress &progress) const {
  const at::NoGradGuard guard;
  const Network &network = m_impl->network;
  const auto copied = [&](const std::string &name, at::IntArrayRef shape, const at::Tensor &values) {
    const at::Tensor flat = values.to(at::kCPU).contiguous();
    return FittedVideo::Tensor{name, shape.vec(), {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()}, 0, 0};
  };
  FittedVideo video{m_impl->options.network, {}, {}};
  const Rounding &rounding = m_impl->rounding;
  const bool rounded = rounding.chosen();
  const at::Tensor values = rounded ? m_impl->rounded() : network.flat(), gains = rounded ? rounding.gains : m_impl->gains(progress);
  for (std::size_t i = 0; i < network.decoderSlots(); ++i) {
    const Network::Slot &slot = network.slots()[i];
    video.tensors.push_back(copied(slot.name, slot.shape, values.narrow(0, slot.offset, slot.count)));
    video.tensors.back().step = rounded ? rounding.steps[slot.offset].item<float>() : 0;
    video.tensors.back().gain = gains[static_cast<std::int64_t>(i)].item<double>();
  }
  if (video.network.code == NetworkConfig::Code::Encoder) {
    at::Tensor codes = network.codeTable().clone();
    if (!m_impl->frozen) {
      m_impl->encode(codes, progress);
    }
    video.codes = copied("codes", codes.sizes(), codes);
  }
  return video;
}

void Fit::saveState(const std::filesystem::path &file) const {
  const Impl &fit = *m_impl;
  writeState(file, fit.stateJson(), fit.stateTensors(fit.rounding.chosen() ? fit.rounding : fit.nothingChosen()));
}

void Fit::resume(const std::filesystem::path &file) {
  Impl &fit = *m_impl;
  const at::NoGradGuard guard;
  const Rounding held = fit.nothingChosen();
  const Json state = readState(file, fit.stateJson(), fit.stateTensors(held));
  fit.done = state.at("step").get<std::int64_t>();
  fit.frozen = state.at("frozen").get<bool>();
  fit.rounding = held.steps.any().item<bool>() ? held : Rounding{};
}

}  // namespace vitrine::video
