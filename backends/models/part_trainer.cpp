// The training loop: parts of a batch go through the network side by side; all terms are means over samples, so their gradients add up.
#include "models/part_trainer.h"

#include <ctime>

#include "core/error.h"
#include "models/adamw.h"
#include "models/part_net.h"
#include "models/picture_batches.h"
#include "tensor/bridge.h"
#include "tensor/chunks.h"

namespace vitrine::models::parts {
namespace {

constexpr std::int64_t kChunk = 25, kChunkOnDevice = 1000;
constexpr int kLargestSide = 256, kMostPrototypes = 1000;

double processSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

const Config &checked(const Config &c) {
  if (c.side < 4 || c.side > kLargestSide || (c.channels != 1 && c.channels != 3) || c.perClass < 1 || c.classes < 2 || c.classes > kMostPrototypes ||
      c.perClass > kMostPrototypes / c.classes) {
    throw InputError("training", "part prototypes need pictures of 4 to 256 pixels a side, grey or RGB, 2 classes or more and 1 to 1000 prototypes in all");
  }
  return c;
}

Matrix matrixOf(const at::Tensor &tensor) {
  Matrix matrix(static_cast<std::size_t>(tensor.size(0)), static_cast<std::size_t>(tensor.size(1)));
  tensor::copyTo(tensor, matrix.values);
  return matrix;
}

at::Tensor tensorOf(const Matrix &matrix) {
  return at::from_blob(const_cast<float *>(matrix.values.data()), {static_cast<std::int64_t>(matrix.rows), static_cast<std::int64_t>(matrix.cols)}, at::kFloat);
}

}  // namespace

struct Trainer::Impl {
  Options options;
  PictureBatches batches;
  Network network;
  at::Tensor trained;  // the first weights of the network: those that learn
  AdamW adam;
  std::vector<at::Tensor> gradients;       // one for each part of a batch
  std::vector<Network::Weights> replicas;  // leaves over the same weights
  std::int64_t done = 0, chunk = kChunk;
  Losses losses;
  double cpu = 0;

  Impl(Options o, const LabelledPictures &pictures)
      : options((checked(o.network), std::move(o))),
        batches(pictures, {options.network.side, options.network.channels, options.network.classes}, options.batch, options.bend, options.seed),
        network(options.network, at::Device(options.device)),
        trained(network.flat().narrow(0, 0, network.trained())),
        adam(trained) {
    network.initialise(options.seed);
    chunk = network.flat().is_cpu() ? kChunk : batches.batch();
    for (std::int64_t i = 0; i < (batches.batch() + chunk - 1) / chunk; ++i) {
      gradients.push_back(at::zeros_like(network.flat()));
      replicas.push_back(network.leaves(gradients.back()));
    }
  }

  /// Forward and back for a part of the batch; its losses, weighed by its share.
  Losses part(std::size_t i, std::int64_t begin, std::int64_t end) const {
    const at::Device device = network.flat().device();
    const double share = static_cast<double>(end - begin) / static_cast<double>(batches.batch());
    const at::Tensor labels = batches.labels(begin, end).to(device), patches = network.patches(batches.pictures(begin, end).to(device), replicas[i]);
    Losses part;
    at::Tensor cost, logits;
    if (options.network.blackBox) {
      logits = network.logits(patches, replicas[i]);
      cost = at::cross_entropy_loss(logits, labels);
      part.crossEntropy = share * cost.item<double>();
    } else {
      const Terms terms = termsOf(patches, network.prototypes(replicas[i]), network.lastWeights(replicas[i]), labels);
      logits = terms.logits;
      cost = terms.crossEntropy + options.lambdaCluster * terms.cluster - options.lambdaSeparation * terms.separation;
      part = {share * terms.crossEntropy.item<double>(), share * terms.cluster.item<double>(), share * terms.separation.item<double>(), 0};
    }
    (share * cost).backward();
    part.accuracy = share * logits.detach().argmax(1).eq(labels).to(at::kFloat).mean().item<double>();
    return part;
  }

  bool step() {
    if (done >= batches.perEpoch() * options.epochs) {
      return false;
    }
    const double start = processSeconds();
    batches.begin(done);
    std::vector<Losses> all(gradients.size());
    tensor::overChunks(batches.batch(), chunk, [&](std::int64_t i, std::int64_t begin, std::int64_t end) {
      const at::AutoGradMode grad(true);
      gradients[static_cast<std::size_t>(i)].zero_();
      all[static_cast<std::size_t>(i)] = part(static_cast<std::size_t>(i), begin, end);
    });
    losses = {};
    const at::NoGradGuard guard;
    for (std::size_t i = 0; i < all.size(); ++i) {
      losses.crossEntropy += all[i].crossEntropy;
      losses.cluster += all[i].cluster;
      losses.separation += all[i].separation;
      losses.accuracy += all[i].accuracy;
      if (i > 0) {
        gradients[0].add_(gradients[i]);
      }
    }
    adam.update(trained, gradients[0].narrow(0, 0, network.trained()), done, options.learningRate, 0, 0);
    ++done;
    cpu += processSeconds() - start;
    return true;
  }

  /// work(patches of a chunk, first row of them) for pictures [begin, end), without gradients.
  template <class Work>
  void encoded(const LabelledPictures &pictures, std::size_t begin, std::size_t end, const Work &work) const {
    tensor::overChunks(static_cast<std::int64_t>(end - begin), network.flat().is_cpu() ? kChunk : kChunkOnDevice,
                       [&](std::int64_t, std::int64_t from, std::int64_t to) {
                         const at::NoGradGuard guard;
                         const at::Tensor x = batches.plain(pictures, begin + static_cast<std::size_t>(from), begin + static_cast<std::size_t>(to));
                         work(network.patches(x.to(network.flat().device()), network.views(network.flat())), static_cast<std::size_t>(from));
                       });
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
  return m_impl->batches.perEpoch();
}
std::int64_t Trainer::stepsTotal() const {
  return stepsPerEpoch() * m_impl->options.epochs;
}
const Losses &Trainer::last() const {
  return m_impl->losses;
}
double Trainer::cpuSeconds() const {
  return m_impl->cpu;
}

Matrix Trainer::patches(const LabelledPictures &pictures, std::size_t begin, std::size_t end) const {
  const Network &network = m_impl->network;
  const auto side = static_cast<std::size_t>(mapSide(network.config().side)), places = side * side;
  const auto depth = static_cast<std::size_t>(network.depth());
  Matrix result((end - begin) * places, depth);
  m_impl->encoded(pictures, begin, end, [&](const at::Tensor &patches, std::size_t first) {
    tensor::copyTo(patches, std::span(result.values).subspan(first * places * depth, static_cast<std::size_t>(patches.numel())));
  });
  return result;
}

Matrix Trainer::logits(const LabelledPictures &pictures, std::size_t begin, std::size_t end) const {
  const Network &network = m_impl->network;
  Matrix result(end - begin, static_cast<std::size_t>(network.config().classes));
  m_impl->encoded(pictures, begin, end, [&](const at::Tensor &patches, std::size_t first) {
    const at::Tensor logits = network.logits(patches, network.views(network.flat()));
    tensor::copyTo(logits, std::span(result.values).subspan(first * result.cols, static_cast<std::size_t>(logits.numel())));
  });
  return result;
}

Matrix Trainer::prototypes() const {
  return matrixOf(m_impl->network.prototypes(m_impl->network.views(m_impl->network.flat())));
}
Matrix Trainer::weights() const {
  return matrixOf(m_impl->network.lastWeights(m_impl->network.views(m_impl->network.flat())));
}
void Trainer::setPrototypes(const Matrix &prototypes) {
  const at::NoGradGuard guard;
  m_impl->network.prototypes(m_impl->network.views(m_impl->network.flat())).copy_(tensorOf(prototypes));
}
void Trainer::setWeights(const Matrix &weights) {
  const at::NoGradGuard guard;
  m_impl->network.lastWeights(m_impl->network.views(m_impl->network.flat())).copy_(tensorOf(weights));
}

LastLayer fitLastLayer(const Matrix &similarity, const std::vector<std::int32_t> &labels, const Matrix &weights, int perClass, double lambda, int most,
                       const std::function<void(int)> &progress) {
  constexpr double kStill = 1e-8;  // a relative fall of the objective below this ends it
  const at::NoGradGuard guard;
  const at::Tensor g = tensorOf(similarity), classes = at::arange(static_cast<std::int64_t>(weights.cols));
  const at::Tensor targets = at::from_blob(const_cast<std::int32_t *>(labels.data()), {static_cast<std::int64_t>(labels.size())}, at::kInt).to(at::kLong);
  const auto n = static_cast<double>(similarity.rows);
  const at::Tensor owner = at::arange(static_cast<std::int64_t>(weights.rows)).div(perClass, "floor"), others = owner.unsqueeze(1).ne(classes).to(at::kFloat);
  const at::Tensor wanted = at::one_hot(targets, static_cast<std::int64_t>(weights.cols)).to(at::kFloat);
  // The Hessian of the mean cross-entropy is at most 1/2 G^T G / n, whose largest eigenvalue is at most its Frobenius norm.
  const double stepLength = 1 / std::max(1e-12, 0.5 * at::mm(g.t(), g).norm().item<double>() / n);
  const auto objective = [&](const at::Tensor &w) {
    return at::cross_entropy_loss(at::mm(g, w), targets).item<double>() + lambda * (w.abs() * others).sum().item<double>();
  };
  LastLayer best{weights, objective(tensorOf(weights)), 0};
  at::Tensor w = tensorOf(weights).clone(), ahead = w.clone();
  double momentum = 1, before = best.objective;
  for (; best.iterations < most; ++best.iterations) {
    progress(best.iterations);
    const at::Tensor gradient = at::mm(g.t(), at::softmax(at::mm(g, ahead), 1) - wanted) / n, to = ahead - stepLength * gradient;
    const at::Tensor next = to.sign() * (to.abs() - stepLength * lambda * others).clamp_min(0);
    const double now = objective(next), grown = (1 + std::sqrt(1 + 4 * momentum * momentum)) / 2;
    const bool falls = now <= before;
    if (falls && before - now < kStill * std::max(1.0, before) && momentum > 1) {
      w = next;
      break;
    }
    if (!falls && momentum == 1) {
      break;  // not even a plain step helps: rounding is all that is left
    }
    ahead = falls ? next + (momentum - 1) / grown * (next - w) : w.clone();  // momentum that overshoots starts anew (O'Donoghue and Candes 2015)
    momentum = falls ? grown : 1;
    w = falls ? next : w;
    before = falls ? now : before;
  }
  best.weights = matrixOf(w);
  best.objective = objective(w);
  return best;
}

}  // namespace vitrine::models::parts
