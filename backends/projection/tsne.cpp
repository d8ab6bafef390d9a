// The optimiser: gradient descent with momentum and gains (Jacobs 1988, as in van der Maaten's code) on openTSNE's schedule: momentum 0.8 throughout, learning
// rate n / exaggeration. Inside, samples stand in the graph's order, so that neighbours are close in memory.
#include "projection/tsne.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "projection/device_knn.h"
#include "projection/device_tsne.h"
#include "projection/kernels/kernels.h"
#include "projection/mesh.h"
#include "projection/newcomers.h"
#include "projection/pca.h"

namespace vitrine::projection {

namespace {

constexpr float kMomentum = 0.8F;
constexpr float kMaxStep = 5;  // a point never moves further in one iteration
constexpr float kMinGain = 0.01F;
constexpr int kRamp = 20;             // iterations over which a live change of exaggeration comes in
constexpr std::size_t kChunk = 4096;  // floats; sums over chunks do not depend on the number of threads
constexpr std::size_t kRows = 256;    // rows of P that a thread takes at a time

void checkOptions(const TsneOptions &o) {
  if (o.dims != 2 && o.dims != 3) {
    throw InputError("a t-SNE map has 2 or 3 dimensions, not " + std::to_string(o.dims));
  }
  if (!(o.exaggeration >= 1) || !std::isfinite(o.exaggeration) || !(o.lateExaggeration >= 1) || !std::isfinite(o.lateExaggeration)) {
    throw InputError("exaggeration must be at least 1");
  }
  if (!(o.learningRate >= 0) || !std::isfinite(o.learningRate)) {
    throw InputError("the learning rate must be positive, or 0 for automatic");
  }
}

KnnGraph search(const Matrix &x, const TsneOptions &options, double perplexity, const std::atomic<bool> &stop) {
  return buildKnnOn(options.device, x, {.k = neighboursFor(perplexity, x.rows), .seed = options.seed, .threads = options.threads}, stop);
}

}  // namespace

struct Tsne::State {
  std::shared_ptr<const Matrix> data;
  KnnGraph graph;
  TsneOptions options;
  int threads;
  Repulsion repulsion;
  Affinities p;
  std::vector<float> y, velocity, gains, attraction, repulsive;  // stride floats a point, padded with zeros to a multiple of 16
  std::array<float, 4> centre{};                                 // of the present positions; the next step takes it off
  std::unique_ptr<DeviceTsne> device;                            // makes the steps in our place, if there is one
  enum class Newer { Host, Device, Same } newer = Newer::Host;   // whose y, velocity and gains
  int iteration = 0;
  double factor = 0;      // attraction factor of the last iteration
  double liveFactor = 0;  // what setExaggeration asks for; 0 = schedule
  double rampFrom = 0;
  int rampLeft = 0;
  std::map<std::size_t, std::array<float, 3>> held;  // by sample

  State(KnnGraph g, const TsneOptions &o)
      : graph(std::move(g)), options(o), threads(threadCount(o.threads)), repulsion(graph.count, o.dims, o.repulsion, threads) {}

  std::size_t stride() const { return static_cast<std::size_t>(strideOf(options.dims)); }
  std::size_t size() const { return graph.count * stride(); }
  std::size_t sample(std::size_t i) const { return graph.order.empty() ? i : graph.order[i]; }
  std::span<const float> points() const { return {y.data(), size()}; }
  void supervise(Affinities &affinities) const;
  Matrix gather(const std::vector<float> &from) const;
  void scatter(const Matrix &rows, std::vector<float> &to) const;
  void place(const Matrix &positions);
  double nextFactor();
  void attract();
  void keepHeld();
  std::vector<std::uint32_t> places() const;
  void regraph(KnnGraph next, Affinities affinities, std::array<Matrix, 3> rows);
  void toDevice();
  void fromDevice();
  void step();
};

/// Takes from pairs of different labels, and brings the sum back to 1.
void Tsne::State::supervise(Affinities &affinities) const {
  if (options.supervision <= 0) {
    return;
  }
  double sum = 0;
  for (std::size_t i = 0; i < affinities.count(); ++i) {
    for (std::uint64_t e = affinities.start[i]; e < affinities.start[i + 1]; ++e) {
      const std::int32_t a = options.labels[sample(i)], b = options.labels[sample(affinities.columns[e])];
      affinities.values[e] *= a >= 0 && b >= 0 && a != b ? static_cast<float>(1 - options.supervision) : 1.0F;
      sum += static_cast<double>(affinities.values[e]);
    }
  }
  for (float &value : affinities.values) {
    value = static_cast<float>(value / std::max(sum, 1e-30));
  }
}

/// Rows by sample, `dims` columns, from an array of ours.
Matrix Tsne::State::gather(const std::vector<float> &from) const {
  Matrix rows(graph.count, static_cast<std::size_t>(options.dims));
  for (std::size_t i = 0; i < graph.count; ++i) {
    std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(i * stride()), rows.cols, rows.row(sample(i)).begin());
  }
  return rows;
}

void Tsne::State::scatter(const Matrix &rows, std::vector<float> &to) const {
  to.assign((size() + 15) / 16 * 16, 0);
  for (std::size_t i = 0; i < graph.count; ++i) {
    std::copy_n(rows.row(sample(i)).begin(), rows.cols, to.begin() + static_cast<std::ptrdiff_t>(i * stride()));
  }
}

void Tsne::State::place(const Matrix &positions) {
  scatter(positions, y);
  velocity.assign(y.size(), 0);
  gains.assign(y.size(), 1);
  attraction.assign(y.size(), 0);
  repulsive.assign(y.size(), 0);
  centre = {};
  newer = Newer::Host;
}

double Tsne::State::nextFactor() {
  const double target = liveFactor > 0 ? liveFactor : iteration < options.exaggerationIterations ? options.exaggeration : options.lateExaggeration;
  if (rampLeft == 0) {
    return target;
  }
  --rampLeft;
  return target + (rampFrom - target) * rampLeft / kRamp;
}

void Tsne::State::attract() {
  const EdgeTask task{options.dims, p.start.data(), p.columns.data(), p.values.data(), y.data()};
#pragma omp parallel for num_threads(threads) schedule(dynamic, 1)
  for (std::size_t first = 0; first < graph.count; first += kRows) {
    kernels().map->attract(task, static_cast<std::int64_t>(first), static_cast<std::int64_t>(std::min(graph.count, first + kRows)), attraction.data());
  }
}

/// Where each sample stands in our order; empty = as they are.
std::vector<std::uint32_t> Tsne::State::places() const {
  std::vector<std::uint32_t> place(graph.order.empty() ? 0 : graph.count);
  for (std::size_t i = 0; i < graph.order.size(); ++i) {
    place[graph.order[i]] = static_cast<std::uint32_t>(i);
  }
  return place;
}

/// Held samples go back to their places; while there are any, the map is not centred under them.
void Tsne::State::keepHeld() {
  if (held.empty()) {
    return;
  }
  fromDevice();
  newer = Newer::Host;
  const auto place = places();
  for (const auto &[row, at] : held) {
    const std::size_t first = (place.empty() ? row : place[row]) * stride();
    std::copy_n(at.begin(), options.dims, y.begin() + static_cast<std::ptrdiff_t>(first));
    std::fill_n(velocity.begin() + static_cast<std::ptrdiff_t>(first), options.dims, 0.0F);
  }
  centre = {};
}

/// Another graph under the same samples and perhaps more: rows are positions, velocities and gains by sample.
void Tsne::State::regraph(KnnGraph next, Affinities affinities, std::array<Matrix, 3> rows) {
  if (next.count != graph.count) {
    repulsion = Repulsion(next.count, options.dims, options.repulsion, threads);
  }
  graph = std::move(next);
  p = std::move(affinities);
  supervise(p);
  place(rows[0]);
  scatter(rows[1], velocity);
  scatter(rows[2], gains);
  device.reset();  // made anew with these
}

/// Hands the arrays over, made or changed here.
void Tsne::State::toDevice() {
  if (options.device == "cpu") {
    return;
  }
  if (device == nullptr) {
    device = std::make_unique<DeviceTsne>(options.device, graph.count, options.dims, options.repulsion, DeviceTsne::Rates{kMomentum, kMinGain, kMaxStep});
    device->setAffinities(p);
  }
  if (newer == Newer::Host) {
    device->set(points(), {velocity.data(), size()}, {gains.data(), size()});
    newer = Newer::Same;
  }
}

/// Fetches all of the arrays, for changes that need more than positions.
void Tsne::State::fromDevice() {
  if (newer == Newer::Device) {
    device->positions({y.data(), size()});
    device->velocityAndGains({velocity.data(), size()}, {gains.data(), size()});
    newer = Newer::Same;
  }
}

void Tsne::State::step() {
  factor = nextFactor();
  toDevice();
  if (device != nullptr) {
    device->step(factor, options.learningRate > 0 ? options.learningRate : static_cast<double>(graph.count) / std::max(1.0, factor), held.empty());
    newer = Newer::Device;
    keepHeld();
    ++iteration;
    return;
  }
  const double z = repulsion.evaluate(points(), {repulsive.data(), size()});
  attract();
  const double rate = options.learningRate > 0 ? options.learningRate : static_cast<double>(graph.count) / std::max(1.0, factor);
  const StepTask task{.stride = static_cast<int>(stride()),
                      .size = static_cast<std::int64_t>(size()),
                      .factor = static_cast<float>(factor),
                      .inverseZ = static_cast<float>(1 / z),
                      .momentum = kMomentum,
                      .rate = static_cast<float>(rate),
                      .minGain = kMinGain,
                      .maxStep = kMaxStep,
                      .shift = {centre[0], centre[1], centre[2], centre[3]},
                      .attraction = attraction.data(),
                      .repulsion = repulsive.data(),
                      .velocity = velocity.data(),
                      .gains = gains.data(),
                      .positions = y.data()};
  std::vector<std::array<double, 4>> sums((y.size() + kChunk - 1) / kChunk);
#pragma omp parallel for num_threads(threads) schedule(static)
  for (std::size_t chunk = 0; chunk < sums.size(); ++chunk) {
    kernels().map->advance(task, static_cast<std::int64_t>(chunk * kChunk), static_cast<std::int64_t>(std::min(y.size(), (chunk + 1) * kChunk)),
                           sums[chunk].data());
  }
  std::array<double, 4> total{};
  for (const auto &sum : sums) {
    for (std::size_t c = 0; c < 4; ++c) {
      total[c % stride()] += sum[c];
    }
  }
  for (std::size_t c = 0; c < 4; ++c) {
    centre[c] = static_cast<float>(total[c % stride()] / static_cast<double>(graph.count));
  }
  keepHeld();
  ++iteration;
}

Tsne::Tsne(std::shared_ptr<const Matrix> x, const TsneOptions &options, const std::atomic<bool> &stop) {
  checkOptions(options);
  checkMatrix(*x, 2, "t-SNE");
  checkPerplexity(options.perplexity, x->rows);
  KnnGraph graph = search(*x, options, options.perplexity, stop);
  *this = Tsne(std::move(x), std::move(graph), options, stop);
}

Tsne::Tsne(std::shared_ptr<const Matrix> x, KnnGraph graph, const TsneOptions &options, const std::atomic<bool> &stop) {
  const Matrix start = fitPca(*x, {.components = options.dims, .seed = options.seed, .threads = options.threads}, stop).transform(*x, options.threads);
  *this = Tsne(std::move(graph), start, options, stop);
  m_state->data = std::move(x);
}

Tsne::Tsne(KnnGraph graph, const Matrix &start, const TsneOptions &options, const std::atomic<bool> &stop) {
  checkOptions(options);
  checkPerplexity(options.perplexity, graph.count);
  if (start.rows != graph.count || start.cols == 0) {
    throw InputError("a start of " + std::to_string(start.rows) + " rows does not fit " + std::to_string(graph.count) + " samples");
  }
  checkMatrix(start, 2, "t-SNE");
  if (!(options.supervision >= 0) || !(options.supervision <= 1) || (options.supervision > 0 && options.labels.size() != graph.count)) {
    throw InputError("supervision is a part from 0 to 1 and needs one label a sample (-1 = none)");
  }
  m_state = std::make_unique<State>(std::move(graph), options);
  m_state->p = calibrate(m_state->graph, options.perplexity, m_state->graph.order, options.threads, stop);
  m_state->supervise(m_state->p);
  m_state->place(scaleStart(start, options.dims, options.seed));
}

Tsne::~Tsne() = default;
Tsne::Tsne(Tsne &&) noexcept = default;
Tsne &Tsne::operator=(Tsne &&) noexcept = default;

int Tsne::run(int limit, const std::atomic<bool> &stop) {
  while (m_state->iteration < limit && !stopped(stop)) {
    m_state->step();
  }
  if (m_state->newer == State::Newer::Device) {
    m_state->device->positions({m_state->y.data(), m_state->size()});
  }
  return m_state->iteration;
}

int Tsne::iteration() const {
  return m_state->iteration;
}
std::size_t Tsne::count() const {
  return m_state->graph.count;
}
const KnnGraph &Tsne::graph() const {
  return m_state->graph;
}
const TsneOptions &Tsne::options() const {
  return m_state->options;
}
std::string Tsne::repulsionName() const {
  return m_state->device != nullptr ? m_state->device->name() : m_state->repulsion.name();
}
Matrix Tsne::positions() const {
  return m_state->gather(m_state->y);
}

void Tsne::setPositions(const Matrix &positions) {
  if (positions.rows != count() || positions.cols != static_cast<std::size_t>(m_state->options.dims)) {
    throw InputError("positions must have one row a sample and " + std::to_string(m_state->options.dims) + " columns");
  }
  checkMatrix(positions, 2, "t-SNE");
  m_state->place(positions);
}

void Tsne::setPerplexity(double perplexity, const std::atomic<bool> &stop) {
  State &s = *m_state;
  checkPerplexity(perplexity, count());
  s.fromDevice();
  const int needed = neighboursFor(perplexity, count());
  if (needed <= s.graph.k) {
    s.p = calibrate(s.graph, perplexity, s.graph.order, s.options.threads, stop);
    s.supervise(s.p);
  } else if (s.data == nullptr) {
    throw InputError("a perplexity above " + std::to_string(s.graph.k / 3) + " needs " + std::to_string(needed) + " neighbours, and the graph has " +
                     std::to_string(s.graph.k) + "; start again with the larger perplexity");
  } else {
    KnnGraph graph = search(*s.data, s.options, perplexity, stop);
    Affinities p = calibrate(graph, perplexity, graph.order, s.options.threads, stop);
    s.regraph(std::move(graph), std::move(p), {s.gather(s.y), s.gather(s.velocity), s.gather(s.gains)});
  }
  s.options.perplexity = perplexity;
  s.newer = State::Newer::Host;
  s.device.reset();  // it is made anew with the new similarities
}

void Tsne::hold(std::span<const std::size_t> rows, const Matrix &positions) {
  State &s = *m_state;
  const auto dims = static_cast<std::size_t>(s.options.dims);
  if (positions.rows > 0 && (positions.rows != rows.size() || positions.cols != dims)) {
    throw InputError("places of held samples must have one row a sample and " + std::to_string(dims) + " columns");
  }
  const auto place = s.places();
  const Extent extent = extentOf(s.points(), s.options.dims);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] >= count()) {
      throw InputError("there is no row " + std::to_string(rows[i]) + " among " + std::to_string(count()));
    }
    std::array<float, 3> at{};
    for (std::size_t c = 0; c < dims; ++c) {
      const float room = 0.5F * (extent.high[c] - extent.low[c]);
      const float wanted = positions.rows > 0 ? positions.row(i)[c] : s.y[(place.empty() ? rows[i] : place[rows[i]]) * s.stride() + c];
      at[c] = std::isfinite(wanted) ? std::clamp(wanted, extent.low[c] - room, extent.high[c] + room) : 0;
    }
    s.held[rows[i]] = at;
  }
  s.keepHeld();
}

void Tsne::release(std::span<const std::size_t> rows) {
  for (const std::size_t row : rows) {
    m_state->held.erase(row);
  }
  if (rows.empty()) {
    m_state->held.clear();
  }
}

std::vector<std::size_t> Tsne::held() const {
  std::vector<std::size_t> rows;
  for (const auto &[row, at] : m_state->held) {
    rows.push_back(row);
  }
  return rows;
}

void Tsne::extend(std::shared_ptr<const Matrix> x, std::vector<std::int32_t> labels, const std::atomic<bool> &stop) {
  State &s = *m_state;
  const std::size_t before = count();
  if (x->rows <= before || (s.options.supervision > 0 && labels.size() != x->rows)) {
    throw InputError("more samples must come after the " + std::to_string(before) + " that are there, with a label each where there is supervision");
  }
  KnnGraph graph = search(*x, s.options, s.options.perplexity, stop);
  Affinities p = calibrate(graph, s.options.perplexity, graph.order, s.options.threads, stop);
  s.fromDevice();
  std::array<Matrix, 3> rows = {s.gather(s.y), s.gather(s.velocity), s.gather(s.gains)};
  for (Matrix &matrix : rows) {
    matrix.rows = x->rows;
    matrix.values.resize(matrix.rows * matrix.cols, &matrix == &rows[2] ? 1.0F : 0.0F);
  }
  startAmongNeighbours(graph, before, s.options.seed, rows[0]);
  s.options.labels = std::move(labels);
  s.data = std::move(x);
  s.regraph(std::move(graph), std::move(p), std::move(rows));
}

void Tsne::setExaggeration(double exaggeration) {
  State &s = *m_state;
  if (exaggeration != 0 && (!(exaggeration >= 1) || !std::isfinite(exaggeration))) {
    throw InputError("exaggeration must be at least 1, or 0 for the schedule's");
  }
  s.liveFactor = exaggeration;
  s.rampFrom = s.factor;
  s.rampLeft = s.iteration > 0 ? kRamp : 0;
}

void Tsne::setLearningRate(double learningRate) {
  if (!(learningRate >= 0) || !std::isfinite(learningRate)) {
    throw InputError("the learning rate must be positive, or 0 for automatic");
  }
  m_state->options.learningRate = learningRate;
}

double Tsne::kl() {
  State &s = *m_state;
  if (s.device != nullptr && s.newer != State::Newer::Host) {
    return s.device->kl();
  }
  const double z = s.repulsion.evaluate(s.points(), {s.repulsive.data(), s.size()});
  std::vector<double> sums((s.graph.count + kRows - 1) / kRows);
#pragma omp parallel for num_threads(s.threads) schedule(static)
  for (std::size_t chunk = 0; chunk < sums.size(); ++chunk) {
    for (std::size_t i = chunk * kRows; i < std::min(s.graph.count, (chunk + 1) * kRows); ++i) {
      for (std::uint64_t e = s.p.start[i]; e < s.p.start[i + 1]; ++e) {
        float r = 1;
        for (std::size_t c = 0; c < s.stride(); ++c) {
          const float d = s.y[i * s.stride() + c] - s.y[s.p.columns[e] * s.stride() + c];
          r += d * d;
        }
        sums[chunk] += s.p.values[e] > 0 ? static_cast<double>(s.p.values[e]) * std::log(static_cast<double>(s.p.values[e]) * r) : 0;
      }
    }
  }
  double sum = std::log(z);
  for (double part : sums) {
    sum += part;
  }
  return sum;
}

Matrix Tsne::transform(std::span<const std::uint32_t> neighbours, std::span<const float> distances, int k, const std::atomic<bool> &stop) const {
  const State &s = *m_state;
  const auto width = static_cast<std::size_t>(k), stride = s.stride();
  if (k < 3 || neighbours.size() % width != 0 || distances.size() != neighbours.size()) {
    throw InputError("neighbours and distances of new samples do not fit each other (at least 3 each)");
  }
  const auto place = s.places();
  const Extent extent = extentOf(s.points(), s.options.dims);
  Mesh field(s.graph.count, s.options.dims, s.threads);
  field.hold(s.points(), extent);
  const std::size_t m = neighbours.size() / width;
  Matrix rows(m, static_cast<std::size_t>(s.options.dims));
  std::atomic<bool> wrong{false};
#pragma omp parallel for num_threads(s.threads) schedule(dynamic, 16)
  for (std::size_t i = 0; i < m; ++i) {
    std::vector<float> near(width + 16), p(width + 16);
    std::vector<const float *> others(width);
    std::copy_n(distances.begin() + static_cast<std::ptrdiff_t>(i * width), width, near.begin());
    kernels().map->calibrateRow(near.data(), k, std::log(static_cast<float>(k) / 3), 1, p.data());
    std::array<float, 4> y{};
    for (std::size_t e = 0; e < width && !wrong; ++e) {
      const std::uint32_t row = neighbours[i * width + e];
      if (row >= s.graph.count) {
        wrong = true;
        break;
      }
      others[e] = s.y.data() + (place.empty() ? row : place[row]) * stride;
      for (std::size_t c = 0; c < rows.cols; ++c) {
        y[c] += p[e] * others[e][c];
      }
    }
    y = wrong ? y : settled(y, {p.data(), width}, others, field, extent, rows.cols, stop);
    std::copy_n(y.begin(), rows.cols, rows.row(i).begin());
  }
  throwIfStopped(stop);
  if (wrong) {
    throw InputError("a new sample names a neighbour that the map does not have");
  }
  return rows;
}

}  // namespace vitrine::projection
