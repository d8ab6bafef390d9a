// The optimiser: gradient descent with momentum and gains (Jacobs 1988, as in van der Maaten's code), schedule of openTSNE.
#include "projection/tsne.h"

#include <algorithm>
#include <cmath>

#include "core/seed.h"
#include "projection/pca.h"

namespace vitrine::projection {

namespace {

constexpr float kMomentum = 0.8F;
constexpr float kMaxStep = 5;      // a point never moves further in one iteration
constexpr float kMinGain = 0.01F;
constexpr int kRamp = 20;          // iterations over which a live change of exaggeration comes in

void checkOptions(const TsneOptions &o) {
  if (o.dims != 2 && o.dims != 3) {
    throw InputError("a t-SNE map has 2 or 3 dimensions, not " + std::to_string(o.dims));
  }
  if (!(o.exaggeration >= 1) || !(o.learningRate >= 0) || !std::isfinite(o.exaggeration) || !std::isfinite(o.learningRate)) {
    throw InputError("exaggeration must be at least 1 and the learning rate at least 0 (automatic)");
  }
}

Matrix componentStart(const Matrix &x, const TsneOptions &options, const std::atomic<bool> &stop) {
  return fitPca(x, {.components = options.dims, .seed = options.seed, .threads = options.threads}, stop).transform(x, options.threads);
}

}  // namespace

struct Tsne::State {
  std::shared_ptr<const Matrix> data;
  KnnGraph graph;
  TsneOptions options;
  Affinities p;
  std::vector<float> beta;
  Repulsion repulsion;
  std::vector<float> y, velocity, gains, attraction, repulsive;
  int iteration = 0;
  int threads;
  double factor = 0;        // attraction factor in use
  double liveFactor = 0;    // asked for by setExaggeration; 0 = schedule
  double rampFrom = 0;
  int rampLeft = 0;

  State(KnnGraph g, const TsneOptions &o)
      : graph(std::move(g)), options(o), repulsion(graph.count, o.dims, o.repulsion, o.threads), threads(threadCount(o.threads)) {}

  std::size_t stride() const { return static_cast<std::size_t>(strideOf(options.dims)); }
  std::size_t sample(std::size_t i) const { return graph.order.empty() ? i : graph.order[i]; }
  void place(const Matrix &positions);
  double nextFactor();
  void step();
};

void Tsne::State::place(const Matrix &positions) {
  y.assign(graph.count * stride(), 0);
  for (std::size_t i = 0; i < graph.count; ++i) {
    for (int c = 0; c < options.dims; ++c) {
      y[i * stride() + static_cast<std::size_t>(c)] = positions.values[sample(i) * positions.cols + static_cast<std::size_t>(c)];
    }
  }
  velocity.assign(y.size(), 0);
  gains.assign(y.size(), 1);
}

double Tsne::State::nextFactor() {
  const double scheduled = iteration < options.exaggerationIterations ? options.exaggeration : 1;
  const double target = liveFactor > 0 ? liveFactor : scheduled;
  if (rampLeft > 0) {
    const double f = target + (rampFrom - target) * (rampLeft - 1) / kRamp;
    --rampLeft;
    return f;
  }
  return target;
}

void Tsne::State::step() {
  const std::size_t n = graph.count;
  const std::size_t s = stride();
  factor = nextFactor();
  const double z = repulsion.evaluate(y, repulsive);
#pragma omp parallel for num_threads(threads) schedule(dynamic, 256)
  for (std::size_t i = 0; i < n; ++i) {
    float f[4] = {};
    for (std::uint64_t e = p.start[i]; e < p.start[i + 1]; ++e) {
      const float *a = y.data() + i * s;
      const float *b = y.data() + p.columns[e] * s;
      float r = 1;
      for (std::size_t c = 0; c < s; ++c) {
        r += (a[c] - b[c]) * (a[c] - b[c]);
      }
      const float q = p.values[e] / r;
      for (std::size_t c = 0; c < s; ++c) {
        f[c] += q * (a[c] - b[c]);
      }
    }
    for (std::size_t c = 0; c < s; ++c) {
      attraction[i * s + c] = f[c];
    }
  }
  const float rate = static_cast<float>(options.learningRate > 0 ? options.learningRate : static_cast<double>(n) / std::max(1.0, factor));
  const float iz = static_cast<float>(1 / z);
  const float ex = static_cast<float>(factor);
  std::vector<double> mean(4, 0);
  for (std::size_t i = 0; i < n; ++i) {
    float length = 0;
    for (std::size_t c = 0; c < s; ++c) {
      const std::size_t e = i * s + c;
      const float g = ex * attraction[e] - repulsive[e] * iz;
      gains[e] = std::max(kMinGain, (g > 0) != (velocity[e] > 0) ? gains[e] + 0.2F : gains[e] * 0.8F);
      velocity[e] = kMomentum * velocity[e] - rate * gains[e] * g;
      length += velocity[e] * velocity[e];
    }
    const float cut = length > kMaxStep * kMaxStep ? kMaxStep / std::sqrt(length) : 1;
    for (std::size_t c = 0; c < s; ++c) {
      velocity[i * s + c] *= cut;
      y[i * s + c] += velocity[i * s + c];
      mean[c] += y[i * s + c];
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t c = 0; c < s; ++c) {
      y[i * s + c] -= static_cast<float>(mean[c] / static_cast<double>(n));
    }
  }
  ++iteration;
}

Tsne::Tsne(std::shared_ptr<const Matrix> x, const TsneOptions &options, const std::atomic<bool> &stop) {
  checkOptions(options);
  checkPerplexity(options.perplexity, x->rows);
  KnnGraph graph = buildKnn(*x, {.k = neighboursFor(options.perplexity, x->rows), .seed = options.seed, .threads = options.threads}, stop);
  *this = Tsne(std::move(graph), componentStart(*x, options, stop), options, stop);
  m_state->data = std::move(x);
}

Tsne::Tsne(KnnGraph graph, const Matrix &start, const TsneOptions &options, const std::atomic<bool> &stop) {
  checkOptions(options);
  checkPerplexity(options.perplexity, graph.count);
  if (start.rows != graph.count || start.cols == 0) {
    throw InputError("a start of " + std::to_string(start.rows) + " rows does not fit " + std::to_string(graph.count) + " samples");
  }
  m_state = std::make_unique<State>(std::move(graph), options);
  State &s = *m_state;
  s.p = calibrate(s.graph, options.perplexity, s.graph.order, s.beta, options.threads, stop);
  s.place(scaleStart(start, options.dims, options.seed));
  s.attraction.resize(s.y.size());
  s.repulsive.resize(s.y.size());
}

Tsne::~Tsne() = default;
Tsne::Tsne(Tsne &&) noexcept = default;
Tsne &Tsne::operator=(Tsne &&) noexcept = default;

int Tsne::run(int limit, const std::atomic<bool> &stop) {
  while (m_state->iteration < limit && !stopped(stop)) {
    m_state->step();
  }
  return m_state->iteration;
}

int Tsne::iteration() const { return m_state->iteration; }
std::size_t Tsne::count() const { return m_state->graph.count; }
const KnnGraph &Tsne::graph() const { return m_state->graph; }
const TsneOptions &Tsne::options() const { return m_state->options; }
std::string Tsne::repulsionName() const { return m_state->repulsion.name(); }

Matrix Tsne::positions() const {
  const State &s = *m_state;
  Matrix out(s.graph.count, static_cast<std::size_t>(s.options.dims));
  for (std::size_t i = 0; i < s.graph.count; ++i) {
    std::copy_n(s.y.begin() + static_cast<std::ptrdiff_t>(i * s.stride()), out.cols, out.row(s.sample(i)).begin());
  }
  return out;
}

void Tsne::setPositions(const Matrix &positions) {
  if (positions.rows != count() || positions.cols != static_cast<std::size_t>(m_state->options.dims)) {
    throw InputError("positions must have a row a sample and " + std::to_string(m_state->options.dims) + " columns");
  }
  m_state->place(positions);
}

void Tsne::setPerplexity(double perplexity, const std::atomic<bool> &stop) {
  State &s = *m_state;
  checkPerplexity(perplexity, count());
  if (neighboursFor(perplexity, count()) > s.graph.k) {
    throw InputError("perplexity " + std::to_string(perplexity) + " needs a graph of more neighbours");
  }
  s.p = calibrate(s.graph, perplexity, s.graph.order, s.beta, s.options.threads, stop);
  s.options.perplexity = perplexity;
}

void Tsne::setExaggeration(double exaggeration) {
  m_state->rampFrom = m_state->factor > 0 ? m_state->factor : m_state->options.exaggeration;
  m_state->rampLeft = kRamp;
  m_state->liveFactor = exaggeration;
}

void Tsne::setLearningRate(double learningRate) { m_state->options.learningRate = learningRate; }

double Tsne::kl() {
  State &s = *m_state;
  const double z = s.repulsion.evaluate(s.y, s.repulsive);
  double sum = 0;
  for (std::size_t i = 0; i < s.graph.count; ++i) {
    for (std::uint64_t e = s.p.start[i]; e < s.p.start[i + 1]; ++e) {
      double r = 1;
      for (std::size_t c = 0; c < s.stride(); ++c) {
        const double d = s.y[i * s.stride() + c] - s.y[s.p.columns[e] * s.stride() + c];
        r += d * d;
      }
      if (s.p.values[e] > 0) {
        sum += s.p.values[e] * (std::log(s.p.values[e]) + std::log(r));
      }
    }
  }
  return sum + std::log(z);
}

Matrix scaleStart(const Matrix &x, int dims, std::uint64_t seed) {
  Matrix out(x.rows, static_cast<std::size_t>(dims));
  Rng rng(seed);
  double scale = 0;
  for (std::size_t c = 0; c < out.cols; ++c) {
    double mean = 0;
    double square = 0;
    for (std::size_t i = 0; i < x.rows && c < x.cols; ++i) {
      mean += x.values[i * x.cols + c] / static_cast<double>(x.rows);
    }
    for (std::size_t i = 0; i < x.rows && c < x.cols; ++i) {
      const double v = x.values[i * x.cols + c] - mean;
      square += v * v / static_cast<double>(x.rows);
    }
    const double deviation = std::sqrt(square);
    if (c == 0 && deviation > 0) {
      scale = 1e-4 / deviation;
    }
    const bool flat = !(deviation * scale > 1e-12);
    for (std::size_t i = 0; i < x.rows; ++i) {
      out.values[i * out.cols + c] = static_cast<float>(flat ? 1e-5 * rng.normal() : (x.values[i * x.cols + c] - mean) * scale);
    }
  }
  return out;
}

}  // namespace vitrine::projection
