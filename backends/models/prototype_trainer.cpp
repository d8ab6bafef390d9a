// The training loop: parts of a batch go through encoder and decoder side by side, and meet at the layer of prototypes, whose minima are over the whole batch.
#include "models/prototype_trainer.h"

#include <ctime>
#include <numeric>

#include "core/error.h"
#include "core/seed.h"
#include "models/adamw.h"
#include "models/picture_batches.h"
#include "models/prototype_net.h"
#include "tensor/bridge.h"
#include "tensor/chunks.h"

namespace vitrine::models::prototype {
namespace {

constexpr std::int64_t kChunk = 25;
constexpr const char *kStateKey = "training_state";

double processSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

Matrix matrixOf(const at::Tensor &tensor) {
  Matrix matrix(static_cast<std::size_t>(tensor.size(0)), static_cast<std::size_t>(tensor.size(1)));
  tensor::copyTo(tensor, matrix.values);
  return matrix;
}

}  // namespace

struct Trainer::Impl {
  Options options;
  PictureBatches batches;
  Network network;
  AdamW adam;
  std::vector<at::Tensor> gradients;       // one for each part of a batch, and one for the last layer
  std::vector<Network::Weights> replicas;  // leaves over the same weights
  std::int64_t done = 0, chunk = kChunk;
  Losses losses;
  double cpu = 0;

  Impl(Options o, const LabelledPictures &pictures)
      : options((checkConfig(o.network, "training"), std::move(o))),
        batches(pictures, {options.network.side, options.network.channels, options.network.classes}, options.batch, options.elastic ? 1 : 0, options.seed),
        network(options.network, at::Device(options.device)),
        adam(network.flat()) {
    options.batch = static_cast<int>(batches.batch());
    if (options.from.empty()) {
      network.initialise(options.seed, options.paperInit);
    } else {
      startFrom(options.from);
    }
    chunk = network.flat().is_cpu() ? kChunk : options.batch;
    for (std::int64_t i = 0; i <= (options.batch + chunk - 1) / chunk; ++i) {
      gradients.push_back(at::zeros_like(network.flat()));
      replicas.push_back(network.leaves(gradients.back()));
    }
  }

  void startFrom(const std::filesystem::path &file) {
    const WeightFile weights = readSafetensors(file);
    if (const Json theirs = configJson(configIn(weights, file.string())), mine = configJson(options.network); theirs != mine) {
      throw InputError(file.string(), "is a network of another shape: " + theirs.dump(), "this training's is " + mine.dump());
    }
    const at::NoGradGuard guard;
    network.load(weights, file.string());
  }
  std::int64_t stepsPerEpoch() const { return batches.perEpoch(); }
  std::int64_t stepsTotal() const { return stepsPerEpoch() * options.epochs; }

  template <class Work>
  void overParts(const Work &work) const {
    tensor::overChunks(options.batch, chunk, [&](std::int64_t part, std::int64_t begin, std::int64_t end) {
      const at::AutoGradMode grad(true);
      work(static_cast<std::size_t>(part), begin, end);
    });
  }

  /// Cross-entropy, R1 and R2 of the whole batch: their gradient with respect to the codes; those of the last layer go into its replica.
  at::Tensor lastLayer(const at::Tensor &codes) {
    const at::AutoGradMode grad(true);
    const at::Tensor labels = batches.labels(0, options.batch).to(codes.device());
    const at::Tensor z = codes.detach().set_requires_grad(true);
    const Network::Weights &w = replicas.back();
    at::Tensor cost, logits;
    if (options.network.blackBox) {
      logits = network.logits(z, w);
      const at::Tensor entropy = at::cross_entropy_loss(logits, labels);
      losses.crossEntropy = entropy.item<double>();
      cost = options.lambdaClass * entropy;
    } else {
      const Terms terms = termsOf(z, network.prototypes(w), network.lastWeights(w), labels);
      logits = terms.logits;
      losses.crossEntropy = terms.crossEntropy.item<double>();
      losses.r1 = terms.r1.item<double>();
      losses.r2 = terms.r2.item<double>();
      cost = options.lambdaClass * terms.crossEntropy + options.lambda1 * terms.r1 + options.lambda2 * terms.r2;
    }
    cost.backward();
    losses.accuracy = logits.detach().argmax(1).eq(labels).to(at::kFloat).mean().item<double>();
    return z.grad();
  }

  bool step() {
    if (done >= stepsTotal()) {
      return false;
    }
    const double start = processSeconds();
    batches.begin(done);
    for (const at::Tensor &gradient : gradients) {
      gradient.zero_();
    }
    std::vector<at::Tensor> x(gradients.size() - 1), z(x.size());
    std::vector<double> errors(x.size());
    overParts([&](std::size_t part, std::int64_t begin, std::int64_t end) {
      x[part] = batches.pictures(begin, end).to(network.flat().device());
      z[part] = network.encode(x[part], replicas[part]);
    });
    const at::Tensor pull = lastLayer(at::cat(z).detach());
    overParts([&](std::size_t part, std::int64_t begin, std::int64_t end) {
      at::Tensor cost = (z[part] * pull.narrow(0, begin, end - begin)).sum();  // its gradient is that of the last layer's terms
      if (options.lambdaAe > 0) {
        const at::Tensor error = (network.decode(z[part], replicas[part]) - x[part]).square().sum() / options.batch;
        errors[part] = error.item<double>();
        cost = cost + options.lambdaAe * error;
      }
      cost.backward();
    });
    losses.reconstruction = std::accumulate(errors.begin(), errors.end(), 0.0);
    const at::NoGradGuard guard;
    for (std::size_t i = 1; i < gradients.size(); ++i) {
      gradients[0].add_(gradients[i]);
    }
    adam.update(network.flat(), gradients[0], done, options.learningRate, 0, 0);
    ++done;
    cpu += processSeconds() - start;
    return true;
  }

  Json stateJson() const {
    return {{"step", done},
            {"seed", options.seed},
            {"batch", options.batch},
            {"pictures", batches.count()},
            {"network", configJson(options.network)},
            {"lambdas", {options.lambdaClass, options.lambdaAe, options.lambda1, options.lambda2}},
            {"elastic", options.elastic}};
  }
};

Trainer::Trainer(Options options, const LabelledPictures &pictures) : m_impl(std::make_unique<Impl>(std::move(options), pictures)) {}
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
const Losses &Trainer::last() const {
  return m_impl->losses;
}
double Trainer::cpuSeconds() const {
  return m_impl->cpu;
}

Matrix Trainer::latents(const LabelledPictures &pictures, std::size_t begin, std::size_t end) const {
  const Network &network = m_impl->network;
  Matrix result(end - begin, static_cast<std::size_t>(codeLength(network.config())));
  const auto n = static_cast<std::int64_t>(end - begin);
  tensor::overChunks(n, network.flat().is_cpu() ? kChunk : 1000, [&](std::int64_t, std::int64_t from, std::int64_t to) {
    const at::NoGradGuard guard;
    const at::Tensor x = m_impl->batches.plain(pictures, begin + static_cast<std::size_t>(from), begin + static_cast<std::size_t>(to));
    const at::Tensor z = network.encode(x.to(network.flat().device()), network.views(network.flat()));
    tensor::copyTo(z, std::span(result.values).subspan(static_cast<std::size_t>(from) * result.cols, static_cast<std::size_t>(to - from) * result.cols));
  });
  return result;
}

Matrix Trainer::logits(const Matrix &latents) const {
  const at::NoGradGuard guard;
  const Network &network = m_impl->network;
  const auto w = network.views(network.flat());
  const at::Tensor z =
      at::from_blob(const_cast<float *>(latents.values.data()), {static_cast<std::int64_t>(latents.rows), static_cast<std::int64_t>(latents.cols)}, at::kFloat)
          .to(network.flat().device());
  return matrixOf(network.logits(z, w));
}

Matrix Trainer::prototypes() const {
  return matrixOf(m_impl->network.prototypes(m_impl->network.views(m_impl->network.flat())));
}
Matrix Trainer::weights() const {
  return matrixOf(m_impl->network.lastWeights(m_impl->network.views(m_impl->network.flat())));
}

std::shared_ptr<PictureCoder> Trainer::coder(const std::map<std::string, std::string> &metadata) const {
  return coderOf(m_impl->network, metadata);
}

void Trainer::saveState(const std::filesystem::path &file) const {
  WeightFile weights;
  m_impl->network.store(weights);
  weights.metadata[kStateKey] = m_impl->stateJson().dump();
  for (const auto &[name, moment] : {std::pair{"optimiser.first", m_impl->adam.first}, std::pair{"optimiser.second", m_impl->adam.second}}) {
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
  const std::int64_t count = m_impl->network.flat().numel();
  const auto moment = [&](const char *name) {
    const auto it = weights.tensors.find(name);
    if (it == weights.tensors.end() || static_cast<std::int64_t>(it->second.values.size()) != count) {
      throw InputError(where, std::string("lacks ") + name + " for this network");
    }
    return at::from_blob(const_cast<float *>(it->second.values.data()), {count}, at::kFloat).clone().to(m_impl->network.flat().device());
  };
  const at::Tensor first = moment("optimiser.first"), second = moment("optimiser.second");
  const at::NoGradGuard guard;
  m_impl->network.load(weights, where);
  m_impl->adam.first = first;
  m_impl->adam.second = second;
  m_impl->done = json["step"].get<std::int64_t>();
}

}  // namespace vitrine::models::prototype
