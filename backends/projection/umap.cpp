// Epoch by epoch. Points are moved in eight groups, one after the other: those of a group see each other where they stood, all others where they are now. That
// keeps umap-learn's character (steps follow one another) and gives the same map for any number of threads, which its lock-free loop does not.
#include "projection/umap.h"

#include <algorithm>
#include <cmath>

#include "core/seed.h"
#include "projection/device_umap.h"
#include "projection/eigen.h"
#include "projection/kernels/kernels.h"
#include "projection/repulsion.h"

namespace vitrine::projection {

namespace {

constexpr int kGroups = 8;
constexpr std::size_t kRows = 1024;  // that a thread takes at a time: an eighth of them fills whole vectors
constexpr double kSpan = 10;         // largest coordinate of the start
constexpr int kManySamples = 10'000;

void checkOptions(const UmapOptions &o) {
  if (o.dims != 2 && o.dims != 3) {
    throw InputError("a UMAP map has 2 or 3 dimensions, not " + std::to_string(o.dims));
  }
  if (o.neighbours < 2) {
    throw InputError("UMAP needs at least 2 neighbours (a sample counts as its own), not " + std::to_string(o.neighbours));
  }
  if (!(o.spread > 0) || !(o.minDist >= 0) || !(o.minDist <= 3 * o.spread)) {
    throw InputError("UMAP's min_dist must lie between 0 and three times its spread");
  }
}

}  // namespace

std::pair<double, double> umapCurve(double minDist, double spread) {
  constexpr int kPoints = 300;
  double a = 1, b = 1, damping = 1e-3, best = INFINITY;
  const auto errorOf = [&](double a0, double b0, double *normal) {
    double error = 0;
    for (int i = 1; i < kPoints; ++i) {
      const double d = 3 * spread * i / (kPoints - 1), goal = d < minDist ? 1 : std::exp(-(d - minDist) / spread);
      const double power = std::pow(d, 2 * b0), f = 1 / (1 + a0 * power), r = f - goal;
      const double da = -f * f * power, db = -f * f * a0 * power * 2 * std::log(d);
      error += r * r;
      if (normal != nullptr) {
        normal[0] += da * da, normal[1] += da * db, normal[2] += db * db, normal[3] += da * r, normal[4] += db * r;
      }
    }
    return error;
  };
  best = errorOf(a, b, nullptr);
  for (int round = 0; round < 200; ++round) {  // Levenberg-Marquardt
    double n[5] = {};
    errorOf(a, b, n);
    const double aa = n[0] * (1 + damping), bb = n[2] * (1 + damping), determinant = aa * bb - n[1] * n[1];
    const double nextA = a - (bb * n[3] - n[1] * n[4]) / determinant, nextB = b - (aa * n[4] - n[1] * n[3]) / determinant;
    const double error = nextA > 0 && nextB > 0 ? errorOf(nextA, nextB, nullptr) : INFINITY;
    if (error < best) {
      const bool done = best - error < 1e-14;
      a = nextA, b = nextB, best = error, damping *= 0.3;
      if (done) {
        break;
      }
    } else if ((damping *= 4) > 1e8) {
      break;
    }
  }
  return {a, b};
}

Matrix spectralStart(const Affinities &graph, std::span<const std::uint32_t> order, int dims, std::uint64_t seed, const std::atomic<bool> &stop) {
  const std::size_t n = graph.count();
  std::vector<float> inverseRoot(n);
  for (std::size_t i = 0; i < n; ++i) {
    double degree = 0;
    for (std::uint64_t e = graph.start[i]; e < graph.start[i + 1]; ++e) {
      degree += static_cast<double>(graph.values[e]);
    }
    inverseRoot[i] = static_cast<float>(1 / std::sqrt(std::max(degree, 1e-30)));
  }
  // (1 + D^-1/2 W D^-1/2) / 2 has its eigenvalues in [0, 1]; its eighth power keeps their order and brings the wanted ones out in an eighth of the rounds.
  const auto once = [&](const Matrix &in, Matrix &out) {
#pragma omp parallel for collapse(1) schedule(static)
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t r = 0; r < in.rows; ++r) {
        const float *row = in.values.data() + r * n;
        float sum = 0;
        for (std::uint64_t e = graph.start[i]; e < graph.start[i + 1]; ++e) {
          sum += graph.values[e] * inverseRoot[graph.columns[e]] * row[graph.columns[e]];
        }
        out.values[r * n + i] = 0.5F * (row[i] + inverseRoot[i] * sum);
      }
    }
  };
  const Product product = [&](const Matrix &in, Matrix &out) {
    Matrix other(in.rows, in.cols);
    once(in, other);
    for (int i = 0; i < 3; ++i) {
      once(other, out);
      once(out, other);
    }
    once(other, out);
  };
  const auto wanted = std::min<std::size_t>(static_cast<std::size_t>(dims) + 1, n);
  const Eigen eigen = leadingEigen(n, product, {.wanted = wanted, .block = std::min<std::size_t>(wanted + 5, n), .rounds = 10, .seed = seed}, stop);
  Matrix start(n, static_cast<std::size_t>(dims));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t c = 0; c + 1 < eigen.vectors.rows; ++c) {
      start.row(order.empty() ? i : order[i])[c] = eigen.vectors.row(c + 1)[i];
    }
  }
  return start;
}

struct Umap::State {
  KnnGraph graph;
  UmapOptions options;
  Affinities weights;        // rows in the graph's order
  std::vector<float> rates;  // draws of each edge an epoch
  std::vector<float> y, next;
  int epoch = 0, epochs = 0;
  float a = 1, b = 1;
  std::unique_ptr<DeviceUmap> device;  // makes the epochs in our place, if there is one

  State(KnnGraph g, const UmapOptions &o, const std::atomic<bool> &stop) : graph(std::move(g)), options(o) {
    checkOptions(options);
    if (graph.count < 3) {
      throw InputError("UMAP needs at least 3 samples, not " + std::to_string(graph.count));
    }
    weights = fuzzyGraph(graph, options.neighbours, graph.order, options.threads, stop);
    epochs = options.epochs > 0 ? options.epochs : graph.count <= kManySamples ? 500 : 200;
    const auto [curveA, curveB] = umapCurve(options.minDist, options.spread);
    a = static_cast<float>(curveA);
    b = static_cast<float>(curveB);
    const float most = *std::max_element(weights.values.begin(), weights.values.end());
    rates.resize(weights.values.size());
    std::transform(weights.values.begin(), weights.values.end(), rates.begin(), [&](float w) { return w < most / static_cast<float>(epochs) ? 0 : w / most; });
  }

  std::size_t stride() const { return static_cast<std::size_t>(strideOf(options.dims)); }
  std::size_t sample(std::size_t i) const { return graph.order.empty() ? i : graph.order[i]; }

  void place(const Matrix &start) {
    if (start.rows != graph.count || start.cols < static_cast<std::size_t>(options.dims)) {
      throw InputError("a start of " + std::to_string(start.rows) + " x " + std::to_string(start.cols) + " does not fit " + std::to_string(graph.count) +
                       " samples in " + std::to_string(options.dims) + " dimensions");
    }
    float largest = 0;
    std::vector<double> mean(start.cols, 0);
    for (std::size_t i = 0; i < start.rows; ++i) {
      for (std::size_t c = 0; c < start.cols; ++c) {
        mean[c] += static_cast<double>(start.row(i)[c]) / static_cast<double>(start.rows);
      }
    }
    const auto centred = [&](std::size_t i, std::size_t c) { return start.row(i)[c] - static_cast<float>(mean[c]); };
    for (std::size_t i = 0; i < start.rows; ++i) {
      for (std::size_t c = 0; c < static_cast<std::size_t>(options.dims); ++c) {
        largest = std::max(largest, std::abs(centred(i, c)));
      }
    }
    Rng rng(options.seed);
    y.assign(graph.count * stride(), 0);
    for (std::size_t i = 0; i < graph.count; ++i) {
      for (std::size_t c = 0; c < static_cast<std::size_t>(options.dims); ++c) {
        const double at = largest > 0 ? kSpan * static_cast<double>(centred(sample(i), c) / largest) : 0;
        y[i * stride() + c] = static_cast<float>(at + (largest > 0 ? 1e-4 : kSpan) * rng.normal());  // noise lets equal samples part
      }
    }
    next = y;
    if (options.device != "cpu") {
      device = std::make_unique<DeviceUmap>(options.device, weights, rates, options.dims, DeviceUmap::Forces{a, b, options.negatives, task().seed});
      device->set(y);
    }
  }
  /// y as it stands.
  void fetch() {
    if (device != nullptr) {
      device->positions(y);
    }
  }

  SampleTask task() const {
    return {.dims = options.dims,
            .start = weights.start.data(),
            .columns = weights.columns.data(),
            .rates = rates.data(),
            .others = y.data(),
            .otherCount = static_cast<std::int64_t>(graph.count),
            .own = y.data(),
            .next = nullptr,
            .fit = true,
            .negatives = options.negatives,
            .epoch = epoch,
            .seed = options.seed * 0x9E3779B97F4A7C15ULL,
            .a = a,
            .b = b,
            .rate = static_cast<float>(options.learningRate * (1 - static_cast<double>(epoch) / epochs)),
            .group = 0,
            .groups = kGroups};
  }

  void step() {
    SampleTask sweep = task();
    if (device != nullptr) {
      device->step(epoch++, static_cast<double>(sweep.rate));
      return;
    }
    sweep.next = next.data();
    const std::size_t n = graph.count;
#pragma omp parallel num_threads(threadCount(options.threads))
    for (int group = 0; group < kGroups; ++group) {
      SampleTask mine = sweep;
      mine.group = group;
#pragma omp for schedule(dynamic, 4)
      for (std::size_t first = 0; first < n; first += kRows) {
        kernels().sample->sweep(mine, static_cast<std::int64_t>(first), static_cast<std::int64_t>(std::min(n, first + kRows)));
      }
#pragma omp for schedule(static)
      for (std::size_t i = static_cast<std::size_t>(group); i < n; i += kGroups) {
        std::copy_n(next.begin() + static_cast<std::ptrdiff_t>(i * stride()), stride(), y.begin() + static_cast<std::ptrdiff_t>(i * stride()));
      }
    }
    ++epoch;
  }
};

Umap::Umap(KnnGraph graph, const Matrix &start, const UmapOptions &options, const std::atomic<bool> &stop)
    : m_state(std::make_unique<State>(std::move(graph), options, stop)) {
  m_state->place(start);
}

Umap::Umap(KnnGraph graph, const UmapOptions &options, const std::atomic<bool> &stop) : m_state(std::make_unique<State>(std::move(graph), options, stop)) {
  m_state->place(spectralStart(m_state->weights, m_state->graph.order, options.dims, options.seed, stop));
}

Umap::~Umap() = default;
Umap::Umap(Umap &&) noexcept = default;
Umap &Umap::operator=(Umap &&) noexcept = default;

int Umap::run(int limit, const std::atomic<bool> &stop) {
  while (m_state->epoch < std::min(limit, m_state->epochs) && !stopped(stop)) {
    m_state->step();
  }
  return m_state->epoch;
}

int Umap::epoch() const {
  return m_state->epoch;
}
int Umap::epochs() const {
  return m_state->epochs;
}
const KnnGraph &Umap::graph() const {
  return m_state->graph;
}
void Umap::setLearningRate(double learningRate) {
  m_state->options.learningRate = learningRate;
}

Matrix Umap::positions() const {
  State &s = *m_state;
  s.fetch();
  Matrix rows(s.graph.count, static_cast<std::size_t>(s.options.dims));
  for (std::size_t i = 0; i < s.graph.count; ++i) {
    std::copy_n(s.y.begin() + static_cast<std::ptrdiff_t>(i * s.stride()), rows.cols, rows.row(s.sample(i)).begin());
  }
  return rows;
}

Matrix Umap::transform(std::span<const std::uint32_t> neighbours, std::span<const float> distances, int k, const std::atomic<bool> &stop) const {
  State &s = *m_state;
  s.fetch();
  const auto width = static_cast<std::size_t>(k);
  if (k < 1 || neighbours.size() % width != 0 || distances.size() != neighbours.size()) {
    throw InputError("neighbours and distances of new samples do not fit each other");
  }
  const std::size_t m = neighbours.size() / width, stride = s.stride();
  std::vector<std::uint32_t> place(s.graph.order.empty() ? 0 : s.graph.count);
  for (std::size_t i = 0; i < s.graph.order.size(); ++i) {
    place[s.graph.order[i]] = static_cast<std::uint32_t>(i);
  }
  std::vector<std::uint64_t> start(m + 1);
  std::vector<std::uint32_t> columns(m * width);
  std::vector<float> rates(m * width), own(m * stride, 0), moved;
  for (std::size_t i = 0; i < m; ++i) {
    start[i + 1] = (i + 1) * width;
    fuzzyRow(distances.subspan(i * width, width), std::span(rates).subspan(i * width, width));
    float sum = 0;
    for (std::size_t e = i * width; e < (i + 1) * width; ++e) {
      if (neighbours[e] >= s.graph.count) {
        throw InputError("a new sample names neighbour " + std::to_string(neighbours[e]) + " of " + std::to_string(s.graph.count));
      }
      columns[e] = place.empty() ? neighbours[e] : place[neighbours[e]];
      sum += rates[e];
    }
    for (std::size_t e = i * width; e < (i + 1) * width; ++e) {  // starts between its neighbours
      for (std::size_t c = 0; c < stride; ++c) {
        own[i * stride + c] += rates[e] / sum * s.y[columns[e] * stride + c];
      }
    }
  }
  moved = own;
  SampleTask task = s.task();
  task.start = start.data(), task.columns = columns.data(), task.rates = rates.data(), task.fit = false, task.groups = 1;
  const int epochs = std::max(1, s.epochs / 3);
  for (int epoch = 0; epoch < epochs; ++epoch) {
    throwIfStopped(stop);
    task.own = own.data(), task.next = moved.data(), task.epoch = epoch;
    task.rate = static_cast<float>(0.25 * s.options.learningRate * (1 - static_cast<double>(epoch) / epochs));  // a quarter, as in umap-learn
#pragma omp parallel for num_threads(threadCount(s.options.threads)) schedule(dynamic, 4)
    for (std::size_t first = 0; first < m; first += kRows) {
      kernels().sample->sweep(task, static_cast<std::int64_t>(first), static_cast<std::int64_t>(std::min(m, first + kRows)));
    }
    own.swap(moved);
  }
  Matrix rows(m, static_cast<std::size_t>(s.options.dims));
  for (std::size_t i = 0; i < m; ++i) {
    std::copy_n(own.begin() + static_cast<std::ptrdiff_t>(i * stride), rows.cols, rows.row(i).begin());
  }
  return rows;
}

}  // namespace vitrine::projection
