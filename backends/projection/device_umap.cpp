#include "projection/device_umap.h"

#include "projection/device_arrays.h"

namespace vitrine::projection {

namespace {

constexpr std::int64_t kParts = 16;  // of an epoch; a point's edges are spread over them
constexpr float kMostMove = 4;       // of one gradient along one axis, as in the kernels
constexpr float kPullsAtOnce = 2;    // that may add up: more of them are scaled down, or points that many others hang on would overshoot
constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15ULL;

std::uint64_t mixed(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

/// The same of each element: torch shifts copy the sign, so that it is cut off.
at::Tensor mixed(const at::Tensor &values) {
  const auto shifted = [](const at::Tensor &z, int by) { return z.bitwise_right_shift(by).bitwise_and((std::int64_t{1} << (64 - by)) - 1); };
  at::Tensor z = values;
  z = z.bitwise_xor(shifted(z, 30)).mul(static_cast<std::int64_t>(0xBF58476D1CE4E5B9ULL));
  z = z.bitwise_xor(shifted(z, 27)).mul(static_cast<std::int64_t>(0x94D049BB133111EBULL));
  return z.bitwise_xor(shifted(z, 31));
}

}  // namespace

struct DeviceUmap::State {
  at::Device device;
  std::int64_t count;
  int dims;
  Forces forces;
  at::Tensor rows, columns;  // edges
  at::Tensor rates, phases;
  at::Tensor y;  // n x dims

  State(const std::string &name, const Affinities &graph, std::span<const float> r, int d, Forces f)
      : device(deviceNamed(name)), count(static_cast<std::int64_t>(graph.count())), dims(d), forces(f) {
    const at::NoGradGuard noGradient;
    const auto edges = static_cast<std::int64_t>(r.size());
    std::tie(rows, columns) = edgesOf(graph, device);
    rates = at::from_blob(const_cast<float *>(r.data()), {edges}).to(device, at::kFloat, false, true);
    const at::Tensor numbers = at::arange(1, edges + 1, at::TensorOptions(device).dtype(at::kLong)).mul(static_cast<std::int64_t>(kGolden));
    phases = mixed(numbers.bitwise_xor(static_cast<std::int64_t>(forces.seed))).bitwise_right_shift(40).bitwise_and(0xFFFFFF).to(at::kFloat).mul(0x1p-24);
  }

  /// Moves of points that differ by d (... x dims) from those that pull or push them.
  at::Tensor moves(const at::Tensor &d, bool pull) const {
    const at::Tensor square = d.square().sum(-1, true).clamp_min(1e-30);
    const at::Tensor power = forces.a * square.pow(forces.b);
    const at::Tensor slope = pull ? -2 * forces.b * power / (square * (1 + power)) : 2 * forces.b / ((0.001F + square) * (1 + power));
    return (slope * d).clamp(-kMostMove, kMostMove);
  }
  /// Of edges (e): e x negatives drawn points, never the edge's own.
  at::Tensor strangers(const at::Tensor &edges, const at::Tensor &own, int epoch) const {
    const at::Tensor numbers = edges.unsqueeze(1) * forces.negatives + at::arange(1, forces.negatives + 1, edges.options());
    const auto key = static_cast<std::int64_t>(mixed(forces.seed + static_cast<std::uint64_t>(epoch) + 1));
    const at::Tensor draws =
        mixed(numbers.mul(static_cast<std::int64_t>(kGolden)).bitwise_xor(key)).bitwise_right_shift(32).bitwise_and(std::int64_t{0xFFFFFFFF});
    const at::Tensor drawn = draws.mul(count).bitwise_right_shift(32);
    return at::where(drawn == own.unsqueeze(1), (drawn + 1).remainder(count), drawn).to(at::kInt);
  }
  void act(const at::Tensor &edges, int epoch, double rate) {
    const at::Tensor from = rows.index_select(0, edges), to = columns.index_select(0, edges);
    const at::Tensor here = y.index_select(0, from);
    const at::Tensor pulls = moves(here - y.index_select(0, to), true);
    at::Tensor move = at::zeros_like(y), many = at::zeros({count, 1}, y.options());
    move.index_add_(0, from, pulls).index_add_(0, to, -pulls);
    const at::Tensor ones = at::ones({edges.size(0), 1}, y.options());
    many.index_add_(0, from, ones).index_add_(0, to, ones);
    move.mul_((kPullsAtOnce / many).clamp_max(1));
    const at::Tensor others = y.index_select(0, strangers(edges, from, epoch).flatten()).view({edges.size(0), forces.negatives, dims});
    move.index_add_(0, from, moves(here.unsqueeze(1) - others, false).sum(1));
    y.add_(move, rate);
  }
};

DeviceUmap::DeviceUmap(const std::string &device, const Affinities &graph, std::span<const float> rates, int dims, Forces forces)
    : m_state(std::make_unique<State>(device, graph, rates, dims, forces)) {}
DeviceUmap::~DeviceUmap() = default;

void DeviceUmap::set(std::span<const float> positions) {
  m_state->y = uploaded(positions, m_state->count, m_state->dims, m_state->device);
}

void DeviceUmap::positions(std::span<float> out) const {
  download(m_state->y, out);
}

void DeviceUmap::step(int epoch, double rate) {
  State &s = *m_state;
  const at::NoGradGuard noGradient;
  const at::Tensor before = s.rates * epoch + s.phases;
  const at::Tensor due = ((before + s.rates).floor() != before.floor()).nonzero().flatten();
  for (std::int64_t part = 0; part < kParts && part < due.size(0); ++part) {
    s.act(due.slice(0, part, due.size(0), kParts), epoch, rate);
  }
}

}  // namespace vitrine::projection
