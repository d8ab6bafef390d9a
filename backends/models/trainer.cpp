// The training loop. All weights stand in one vector, so that AdamW is six operations whatever the number of layers.
#include "models/trainer.h"

#include <numbers>
#include <numeric>

#include "core/error.h"
#include "core/seed.h"
#include "models/adamw.h"
#include "models/vit.h"
#include "tensor/chunks.h"

namespace vitrine::models {
namespace {

constexpr int kChunk = 16, kMostChunks = 16;  // pictures of a batch that go through the network together; gradient buffers at most
constexpr const char *kStateKey = "training_state";

/// One picture into planes of the batch, moved by (dx, dy) with repeated edges and perhaps mirrored, normalised.
void placePicture(const std::uint8_t *pixels, const VitConfig &config, int dx, int dy, bool flip, float *out) {
  const int side = config.imageSize, channels = config.channels;
  const float scale = 1.0F / (255.0F * config.deviation), offset = config.mean / config.deviation;
  for (int c = 0; c < channels; ++c) {
    for (int y = 0; y < side; ++y) {
      const int row = std::clamp(y + dy, 0, side - 1) * side;
      for (int x = 0; x < side; ++x) {
        const int column = std::clamp((flip ? side - 1 - x : x) + dx, 0, side - 1);
        *out++ = static_cast<float>(pixels[(row + column) * channels + c]) * scale - offset;
      }
    }
  }
}

void checkPictures(const TrainerOptions &options, const LabelledPictures &pictures) {
  const auto side = static_cast<std::size_t>(options.model.imageSize);
  if (pictures.count() < 2 || pictures.pixels.size() != pictures.count() * side * side * static_cast<std::size_t>(options.model.channels)) {
    throw InputError("training", "needs at least two pictures of the model's input size");
  }
  for (const auto label : pictures.labels) {
    if (label < 0 || label >= options.model.classes) {
      throw InputError("training", "label " + std::to_string(label) + " is not one of " + std::to_string(options.model.classes) + " classes");
    }
  }
}

}  // namespace

struct Trainer::Impl {
  TrainerOptions options;
  const LabelledPictures &pictures;
  Vit vit;
  std::vector<Vit> replicas;          // the same weights, gradients of their own: one for each chunk of a batch
  std::vector<at::Tensor> gradients;  // of the replicas, laid out like vit.flat()
  AdamW optimiser;
  std::int64_t done = 0;
  std::vector<std::size_t> order;  // of the epoch in hand
  std::int64_t orderEpoch = -1;
  double loss = 0, accuracy = 0;

  Impl(TrainerOptions o, const LabelledPictures &p)
      : options(std::move(o)), pictures(p), vit((validate(options.model, "model"), options.model), at::Device(options.device)), optimiser(vit.flat()) {
    checkPictures(options, pictures);
    options.batch = std::clamp(options.batch, 1, static_cast<int>(std::min<std::size_t>(pictures.count(), 1 << 16)));
    vit.initialise(options.seed);
    const int chunks = vit.device().is_cpu() ? std::min(kMostChunks, (options.batch + kChunk - 1) / kChunk) : 1;
    replicas.assign(static_cast<std::size_t>(chunks), vit);
    for (Vit &replica : replicas) {
      gradients.push_back(replica.trackGradients());
    }
  }

  /// The last, incomplete batch of an epoch is left out: the order changes every epoch, so nothing is left out for good.
  std::int64_t stepsPerEpoch() const { return static_cast<std::int64_t>(pictures.count()) / options.batch; }
  std::int64_t stepsTotal() const { return stepsPerEpoch() * options.epochs; }

  double learningRate() const {
    const double warmup = options.warmupEpochs * static_cast<double>(stepsPerEpoch()), at = static_cast<double>(done);
    if (at < warmup) {
      return options.learningRate * (at + 1) / (warmup + 1);
    }
    const double progress = (at - warmup) / std::max(1.0, static_cast<double>(stepsTotal()) - warmup);
    return options.learningRate * 0.5 * (1 + std::cos(std::numbers::pi * progress));
  }

  /// Order and augmentation depend on seed and step alone, so a resumed run needs no generator state.
  void shuffleFor(std::int64_t epoch) {
    if (epoch == orderEpoch) {
      return;
    }
    order.resize(pictures.count());
    std::iota(order.begin(), order.end(), std::size_t{0});
    Rng rng(options.seed * 1'000'003 + static_cast<std::uint64_t>(epoch));
    rng.shuffle(order);
    orderEpoch = epoch;
  }

  /// Pictures [begin, end) of the batch in hand. Every picture has a generator of its own, so chunks may be made in any order.
  std::pair<at::Tensor, at::Tensor> batchPart(std::int64_t begin, std::int64_t end) const {
    const std::int64_t side = options.model.imageSize, channels = options.model.channels, size = side * side * channels;
    at::Tensor x = at::empty({end - begin, channels, side, side}, at::kFloat), y = at::empty({end - begin}, at::kLong);
    for (std::int64_t i = begin; i < end; ++i) {
      const std::size_t sample = order[static_cast<std::size_t>(done % stepsPerEpoch() * options.batch + i)];
      Rng rng(options.seed * 7'368'787 + static_cast<std::uint64_t>(done * options.batch + i));
      const auto offset = [&] { return static_cast<int>(rng.below(2 * static_cast<std::uint64_t>(options.shift) + 1)) - options.shift; };
      const int dx = offset(), dy = offset();
      const bool mirrored = options.flip && rng.uniform() < 0.5;
      placePicture(pictures.pixels.data() + sample * static_cast<std::size_t>(size), options.model, dx, dy, mirrored, x.data_ptr<float>() + (i - begin) * size);
      y.data_ptr<std::int64_t>()[i - begin] = pictures.labels[sample];
    }
    return {x.to(vit.device()), y.to(vit.device())};
  }

  /// Forward and back for one part of the batch; returns its summed loss and how many it got right.
  std::pair<double, double> passChunk(std::size_t chunk, std::int64_t begin, std::int64_t end) {
    const at::AutoGradMode grad(true);
    const auto [x, y] = batchPart(begin, end);
    const Vit &net = replicas[chunk];
    const at::Tensor scores = net.logits(net.tokens(x));
    const at::Tensor cost = at::cross_entropy_loss(scores, y, {}, at::Reduction::Sum, -100, options.labelSmoothing);
    (cost / options.batch).backward();
    return {cost.item<double>(), static_cast<double>(scores.detach().argmax(1).eq(y).sum().item<std::int64_t>())};
  }

  at::Tensor summedGradient() const {
    at::Tensor sum = gradients[0];
    for (std::size_t i = 1; i < gradients.size(); ++i) {
      sum.add_(gradients[i]);
    }
    return sum;
  }

  void updateWeights(const at::Tensor &gradient) {
    const double norm = gradient.norm().item<double>();
    if (norm > options.clip) {
      gradient.mul_(options.clip / norm);
    }
    optimiser.update(vit.flat(), gradient, done, learningRate(), options.weightDecay, vit.decayCount());
  }

  bool step() {
    if (done >= stepsTotal()) {
      return false;
    }
    shuffleFor(done / stepsPerEpoch());
    const auto chunks = static_cast<std::int64_t>(replicas.size());
    std::vector<std::pair<double, double>> results(replicas.size());
    for (const at::Tensor &gradient : gradients) {
      gradient.zero_();
    }
    tensor::overChunks(options.batch, (options.batch + chunks - 1) / chunks, [&](std::int64_t chunk, std::int64_t begin, std::int64_t end) {
      results[static_cast<std::size_t>(chunk)] = passChunk(static_cast<std::size_t>(chunk), begin, end);
    });
    loss = accuracy = 0;
    for (const auto &[cost, right] : results) {
      loss += cost / options.batch;
      accuracy += right / options.batch;
    }
    const at::NoGradGuard guard;
    updateWeights(summedGradient());
    ++done;
    return true;
  }

  Json stateJson() const {
    return {{"step", done}, {"seed", options.seed}, {"batch", options.batch}, {"epochs", options.epochs}, {"pictures", pictures.count()}};
  }
};

Trainer::Trainer(TrainerOptions options, const LabelledPictures &pictures) : m_impl(std::make_unique<Impl>(std::move(options), pictures)) {}
Trainer::~Trainer() = default;

bool Trainer::step() {
  return m_impl->step();
}
std::int64_t Trainer::stepsDone() const {
  return m_impl->done;
}
std::int64_t Trainer::stepsPerEpoch() const {
  return m_impl->stepsPerEpoch();
}
std::int64_t Trainer::stepsTotal() const {
  return m_impl->stepsTotal();
}
double Trainer::lastLoss() const {
  return m_impl->loss;
}
double Trainer::lastAccuracy() const {
  return m_impl->accuracy;
}
void Trainer::setLearningRate(double top) {
  m_impl->options.learningRate = top;
}
std::int64_t Trainer::parameters() const {
  return m_impl->vit.flat().numel();
}

std::vector<std::int32_t> Trainer::predict(const LabelledPictures &pictures, std::size_t begin, std::size_t end) const {
  const Vit &vit = m_impl->vit;
  const std::int64_t n = static_cast<std::int64_t>(end - begin), side = vit.config().imageSize, channels = vit.config().channels, size = side * side * channels;
  std::vector<std::int32_t> classes(end - begin);
  tensor::overChunks(n, vit.device().is_cpu() ? kChunk : n, [&](std::int64_t, std::int64_t from, std::int64_t to) {
    const at::NoGradGuard guard;
    at::Tensor x = at::empty({to - from, channels, side, side}, at::kFloat);
    for (std::int64_t i = from; i < to; ++i) {
      placePicture(pictures.pixels.data() + (static_cast<std::int64_t>(begin) + i) * size, vit.config(), 0, 0, false, x.data_ptr<float>() + (i - from) * size);
    }
    const at::Tensor best = vit.logits(vit.tokens(x.to(vit.device()))).argmax(1).to(at::kCPU, at::kInt).contiguous();
    std::copy_n(best.data_ptr<std::int32_t>(), to - from, classes.begin() + from);
  });
  return classes;
}

void Trainer::saveModel(const std::filesystem::path &file, const std::map<std::string, std::string> &metadata) const {
  WeightFile weights;
  m_impl->vit.store(weights);
  weights.metadata = metadata;
  describeConfig(m_impl->options.model, weights);
  writeSafetensors(file, weights);
}

void Trainer::saveState(const std::filesystem::path &file) const {
  WeightFile weights;
  m_impl->vit.store(weights);
  describeConfig(m_impl->options.model, weights);
  weights.metadata[kStateKey] = m_impl->stateJson().dump();
  for (const auto &[name, moment] : {std::pair{"optimiser.first", m_impl->optimiser.first}, std::pair{"optimiser.second", m_impl->optimiser.second}}) {
    const at::Tensor values = moment.to(at::kCPU).contiguous();
    weights.tensors[name] = {{values.numel()}, std::vector<float>(values.data_ptr<float>(), values.data_ptr<float>() + values.numel())};
  }
  writeSafetensors(file, weights);
}

void Trainer::resume(const std::filesystem::path &file) {
  const std::string where = file.string();
  const WeightFile weights = readSafetensors(file);
  const auto state = weights.metadata.find(kStateKey);
  const Json json = state == weights.metadata.end() ? Json() : Json::parse(state->second, nullptr, false);
  if (!json.is_object() || !json.contains("step") || !json["step"].is_number_unsigned()) {
    throw InputError(where, "holds no training state", "resume from a state that the trainer saved");
  }
  Json expected = m_impl->stateJson();
  expected["step"] = json["step"];
  if (json != expected) {
    throw InputError(where, "is the state of another training: " + json.dump(), "this one is " + expected.dump());
  }
  const auto moment = [&](const char *name) {
    const auto it = weights.tensors.find(name);
    if (it == weights.tensors.end() || static_cast<std::int64_t>(it->second.values.size()) != parameters()) {
      throw InputError(where, std::string("lacks ") + name + " for this model");
    }
    return at::from_blob(const_cast<float *>(it->second.values.data()), {parameters()}, at::kFloat).clone().to(m_impl->vit.device());
  };
  const at::Tensor first = moment("optimiser.first"), second = moment("optimiser.second");
  const at::NoGradGuard guard;
  m_impl->vit.load(weights, where);
  m_impl->optimiser.first = first;
  m_impl->optimiser.second = second;
  m_impl->done = json["step"].get<std::int64_t>();
}

}  // namespace vitrine::models
