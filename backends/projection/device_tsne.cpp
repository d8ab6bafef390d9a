// Attraction over the edges in chunks (gather both ends, add to the first), repulsion by device_mesh. Nothing waits for the device but the map's extent.
#include "projection/device_tsne.h"

#include <algorithm>

#include "projection/device_arrays.h"
#include "projection/device_mesh.h"

namespace vitrine::projection {

namespace {

constexpr std::int64_t kEdges = 1 << 22;  // of a chunk

}  // namespace

struct DeviceTsne::State {
  at::Device device;
  std::string deviceName;
  std::int64_t count;
  int dims;
  Rates rates;
  DeviceRepulsion repulsion;
  at::Tensor rows, columns, p;    // edges
  at::Tensor y, velocity, gains;  // n x dims
  at::Tensor attraction, repulsive;

  State(const std::string &name, std::size_t n, int d, Repulsion::Method method, Rates r)
      : device(deviceNamed(name)), deviceName(deviceTitle(name)), count(static_cast<std::int64_t>(n)), dims(d), rates(r), repulsion(count, d, method) {
    attraction = at::zeros({count, dims}, at::TensorOptions(device).dtype(at::kFloat));
    repulsive = at::zeros_like(attraction);
  }

  /// Calls work(rows, p, differences (e x dims), 1 + |difference|^2) for a chunk of edges after the other.
  template <class Work>
  void overEdges(const Work &work) const {
    for (std::int64_t first = 0; first < rows.size(0); first += kEdges) {
      const std::int64_t here = std::min(kEdges, rows.size(0) - first);
      const at::Tensor from = rows.narrow(0, first, here);
      const at::Tensor d = y.index_select(0, from) - y.index_select(0, columns.narrow(0, first, here));
      work(from, p.narrow(0, first, here), d, 1 + d.square().sum(1));
    }
  }
  at::Tensor evaluate() {
    attraction.zero_();
    overEdges([&](const at::Tensor &from, const at::Tensor &weight, const at::Tensor &d, const at::Tensor &r) {
      attraction.index_add_(0, from, d * (weight / r).unsqueeze(1));
    });
    return repulsion.evaluate(y, repulsive);
  }
};

DeviceTsne::DeviceTsne(const std::string &device, std::size_t count, int dims, Repulsion::Method method, Rates rates)
    : m_state(std::make_unique<State>(device, count, dims, method, rates)) {}
DeviceTsne::~DeviceTsne() = default;

void DeviceTsne::setAffinities(const Affinities &p) {
  State &s = *m_state;
  const at::NoGradGuard noGradient;
  std::tie(s.rows, s.columns) = edgesOf(p, s.device);
  s.p = at::from_blob(const_cast<float *>(p.values.data()), {s.rows.size(0)}).to(s.device, at::kFloat, false, true);
}

void DeviceTsne::set(std::span<const float> positions, std::span<const float> velocity, std::span<const float> gains) {
  State &s = *m_state;
  s.y = uploaded(positions, s.count, s.dims, s.device);
  s.velocity = uploaded(velocity, s.count, s.dims, s.device);
  s.gains = uploaded(gains, s.count, s.dims, s.device);
}

void DeviceTsne::positions(std::span<float> out) const {
  download(m_state->y, out);
}

void DeviceTsne::velocityAndGains(std::span<float> velocity, std::span<float> gains) const {
  download(m_state->velocity, velocity);
  download(m_state->gains, gains);
}

void DeviceTsne::step(double factor, double rate, bool centred) {
  State &s = *m_state;
  const at::NoGradGuard noGradient;
  const at::Tensor z = s.evaluate();
  const at::Tensor gradient = factor * s.attraction - s.repulsive * z.reciprocal().to(at::kFloat);
  s.gains = at::where((gradient > 0) != (s.velocity > 0), s.gains + 0.2F, s.gains * 0.8F).clamp_min(s.rates.minGain);
  const at::Tensor step = s.rates.momentum * s.velocity - rate * s.gains * gradient;
  const at::Tensor length = step.square().sum(1, true).sqrt();
  s.velocity = step * (s.rates.maxStep / (length + 1e-15F)).clamp_max(1);
  s.y = s.y + s.velocity;
  if (centred) {
    s.y = s.y - s.y.mean(0, true);
  }
}

double DeviceTsne::forces(std::span<float> attraction, std::span<float> repulsion) {
  const at::NoGradGuard noGradient;
  const at::Tensor z = m_state->evaluate();
  download(m_state->attraction, attraction);
  download(m_state->repulsive, repulsion);
  return z.item<double>();
}

double DeviceTsne::kl() {
  State &s = *m_state;
  const at::NoGradGuard noGradient;
  at::Tensor sum = s.repulsion.evaluate(s.y, s.repulsive).log();
  s.overEdges([&](const at::Tensor &, const at::Tensor &p, const at::Tensor &, const at::Tensor &r) {
    sum = sum + (p * (p * r).clamp_min(1e-37).log()).sum(at::kDouble);
  });
  return sum.item<double>();
}

std::string DeviceTsne::name() const {
  return m_state->repulsion.name() + " on " + m_state->deviceName;
}

}  // namespace vitrine::projection
