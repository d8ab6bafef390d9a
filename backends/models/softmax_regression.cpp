// The gradient of a linear softmax is known in closed form, so no graph is recorded.
#include "models/softmax_regression.h"

#include <numeric>

#include "core/error.h"
#include "core/seed.h"
#include "models/adamw.h"

namespace vitrine::models {
namespace {

constexpr std::int64_t kRegressionBatch = 256;
constexpr double kRegressionRate = 1e-3;

}  // namespace

struct SoftmaxRegression::Impl {
  const LabelledPictures &pictures;
  std::int64_t classes, size, epochs, done = 0;
  std::uint64_t seed;
  at::Tensor weights;  // classes x size, then classes biases, in one vector
  AdamW optimiser;
  std::vector<std::size_t> order;

  Impl(const LabelledPictures &p, int k, int e, std::uint64_t s)
      : pictures(p),
        classes(k),
        size(p.count() < 2 ? 0 : static_cast<std::int64_t>(p.pixels.size() / p.count())),
        epochs(e),
        seed(s),
        weights(at::zeros({classes * (size + 1)}, at::kFloat)),
        optimiser(weights),
        order(p.count()) {
    if (size == 0) {
      throw InputError("the linear baseline needs at least two pictures");
    }
    std::iota(order.begin(), order.end(), std::size_t{0});
  }

  std::int64_t batch() const { return std::min<std::int64_t>(kRegressionBatch, static_cast<std::int64_t>(pictures.count())); }
  std::int64_t stepsPerEpoch() const { return static_cast<std::int64_t>(pictures.count()) / batch(); }

  at::Tensor row(const LabelledPictures &from, std::size_t sample) const {
    return at::from_blob(const_cast<std::uint8_t *>(from.pixels.data()) + sample * static_cast<std::size_t>(size), {size}, at::kByte);
  }
  at::Tensor scores(const at::Tensor &x) const {
    return at::addmm(weights.narrow(0, classes * size, classes), x, weights.narrow(0, 0, classes * size).view({classes, size}).t());
  }

  /// The gradient of the mean cross-entropy is (probabilities - target)^T x / n.
  bool step() {
    if (done >= stepsPerEpoch() * epochs) {
      return false;
    }
    const at::NoGradGuard guard;
    if (done % stepsPerEpoch() == 0) {
      Rng(seed * 1'000'003 + static_cast<std::uint64_t>(done)).shuffle(order);
    }
    at::Tensor x = at::empty({batch(), size}, at::kFloat), target = at::zeros({batch(), classes}, at::kFloat);
    for (std::int64_t i = 0; i < batch(); ++i) {
      const std::size_t sample = order[static_cast<std::size_t>(done % stepsPerEpoch() * batch() + i)];
      x[i].copy_(row(pictures, sample));
      target.data_ptr<float>()[i * classes + pictures.labels[sample]] = 1;
    }
    x.div_(255.0);
    const at::Tensor error = at::softmax(scores(x), 1).sub_(target).div_(static_cast<double>(batch()));
    optimiser.update(weights, at::cat({at::mm(error.t(), x).flatten(), error.sum(0)}), done, kRegressionRate, 0, 0);
    ++done;
    return true;
  }
};

SoftmaxRegression::SoftmaxRegression(const LabelledPictures &pictures, int classes, int epochs, std::uint64_t seed)
    : m_impl(std::make_unique<Impl>(pictures, classes, epochs, seed)) {}
SoftmaxRegression::~SoftmaxRegression() = default;

bool SoftmaxRegression::step() {
  return m_impl->step();
}
std::int64_t SoftmaxRegression::stepsDone() const {
  return m_impl->done;
}
std::int64_t SoftmaxRegression::stepsTotal() const {
  return m_impl->stepsPerEpoch() * m_impl->epochs;
}

std::vector<std::int32_t> SoftmaxRegression::predict(const LabelledPictures &pictures, std::size_t begin, std::size_t end) const {
  const at::NoGradGuard guard;
  const auto n = static_cast<std::int64_t>(end - begin);
  const at::Tensor bytes =
      at::from_blob(const_cast<std::uint8_t *>(pictures.pixels.data()) + begin * static_cast<std::size_t>(m_impl->size), {n, m_impl->size}, at::kByte);
  const at::Tensor best = m_impl->scores(bytes.to(at::kFloat).div_(255.0)).argmax(1).to(at::kInt).contiguous();
  return {best.data_ptr<std::int32_t>(), best.data_ptr<std::int32_t>() + n};
}

}  // namespace vitrine::models
