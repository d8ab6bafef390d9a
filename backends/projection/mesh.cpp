// One potential instead of FIt-SNE's four (Linderman et al. 2019): phi(y) = sum_j 1 / (1 + |y - y_j|^2) gives Z as its sum and, since the kernel's derivative
// is -2 r / (1 + r^2)^2, the forces as -1/2 of its gradient. Smooth particle mesh of Essmann et al. 1995 with quintic splines, in free space (padded to twice
// the side).
#include "projection/mesh.h"

#include <algorithm>
#include <cmath>

namespace vitrine::projection {

namespace {

constexpr double kSpacing = 0.33;    // of a mesh alone: 0.2 % of error in the forces; with 0.5 KL comes out 1.3 % worse
constexpr double kFewestCells = 56;  // a small map is resolved as finely as a large one
constexpr double kMostCells2 = 2000;
constexpr double kMostCells3 = 136;
/// Spacings within which a coarser mesh is mended by pairs. Late in a run attraction and repulsion cancel to a few hundredths, so that 0.05 % of the repulsion
/// (3.5 spacings) is 4 to 6 % of what is left, and 0.001 % (8 spacings, hardly dearer in 2D) 0.2 %.
constexpr double kCutoff2 = 8;
constexpr double kCutoff3 = 3.5;
constexpr int kMargin = 8;           // nodes beyond the box: the splines' reach, and the two floats behind a row of weights
constexpr int kPadding = 12;         // the kernel's mirror image stays so many nodes away
constexpr double kRoom = 1.15;       // a new mesh has room for so much growth, and is given up when the map has shrunk
constexpr double kShrunk = 0.6;      // to this part of it
constexpr std::size_t kChunk = 512;  // points; sums over chunks do not depend on the number of threads

/// Times in units of an exact pair (0.15 ns of one 2024 core), measured.
double meshCost(double cells, int dims) {
  const double length = 2 * (cells + kMargin) + kPadding;
  return (dims == 2 ? 2.4 : 3.0) * std::log2(length) * std::pow(length, dims);
}
double pointCost(int dims) {
  return dims == 2 ? 130 : 500;
}
double runCost(int dims) {
  return dims == 2 ? 100 : 300;
}
constexpr double kCandidateCost = 1.4;

/// The map's longest side, and no less than what float can tell apart at its distance from the origin: a point's node must not depend on rounding.
double resolvableSpan(const Extent &extent, int dims) {
  double span = std::max(1e-4, static_cast<double>(extent.span(dims)));
  for (std::size_t c = 0; c < static_cast<std::size_t>(dims); ++c) {
    span = std::max(span, 1e-3 * static_cast<double>(std::max(std::abs(extent.low[c]), std::abs(extent.high[c]))));
  }
  return span;
}

}  // namespace

Mesh::Mesh(std::size_t count, int dims, int threads) : m_count(count), m_dims(dims), m_threads(threads) {
  m_kernel.dims = dims;
}

/// The cheapest mesh for a span: fine enough alone, or coarser and mended by pairs. The more points a cell holds, the finer.
Mesh::Choice Mesh::choose(double span, bool alone) const {
  const double n = static_cast<double>(m_count);
  const double room = span * kRoom;
  const double most = m_dims == 2 ? kMostCells2 : kMostCells3;
  const auto choice = [&](double cells, double cutoff, double cost) {
    return Choice{room / cells, cutoff, cost + meshCost(cells, m_dims) + n * pointCost(m_dims), static_cast<int>(std::ceil(cells)) + kMargin};
  };
  Choice best{.cost = INFINITY};
  const double fine = std::max(kFewestCells, room / kSpacing);
  if (fine <= most || alone) {
    best = choice(std::min(fine, most), 0, 0);
  }
  if (alone) {
    return best;
  }
  for (double cells = kFewestCells; cells <= most && cells < fine; cells *= 1.12) {
    const double cutoff = (m_dims == 2 ? kCutoff2 : kCutoff3) * room / cells;
    const double candidates = n * n * std::min(1.0, m_near.crowding(m_dims) * std::pow(3 * cutoff / room, m_dims));
    const Choice mended = choice(cells, cutoff, candidates * kCandidateCost + n * runCost(m_dims));
    if (mended.cost < best.cost) {
      best = mended;
    }
  }
  return best;
}

/// New tables when the map has outgrown the mesh, or has shrunk far.
void Mesh::fit(double span, bool alone) {
  if (m_fft != nullptr && !alone && span <= m_room && span >= m_room * kShrunk) {
    return;
  }
  const Choice choice = choose(span, alone);
  m_room = span * kRoom;
  resize(choice.side);
  m_kernel.spacing = choice.spacing;
  m_kernel.cutoff = choice.cutoff;
  m_kernel.shift = m_room < 2 ? 1 : 0;
  m_tables = makeMeshTables(m_kernel, m_fft->plan(), m_threads);
}

void Mesh::resize(int side) {
  if (m_fft != nullptr && m_shape.side >= side && m_shape.side <= side * 5 / 4) {
    return;
  }
  m_fft = std::make_unique<FftTables>(2 * side + kPadding);
  const FftPlan &plan = m_fft->plan();
  const std::int64_t lanes = kernels().fft->lanes;
  m_shape.plan = &plan;
  m_shape.side = (plan.length - kPadding) / 2;
  const std::int64_t nodes = m_dims == 2 ? m_shape.side : m_shape.side * m_shape.side;
  m_shape.columns = (nodes + 2 * lanes - 1) / (2 * lanes) * 2 * lanes;
  m_shape.groups = static_cast<int>((plan.length / 2 + lanes) / lanes);
  m_grids.assign(static_cast<std::size_t>(m_threads * m_shape.side * m_shape.columns + 8), 0);
  m_spectrum.assign(static_cast<std::size_t>(m_shape.groups * m_shape.columns * 2 * lanes), 0);
  m_work.assign(static_cast<std::size_t>(m_threads * (m_dims == 2 ? 1 : m_shape.side + 1) * plan.length * 2 * lanes), 0);
}

void Mesh::convolve() {
  const FftKernels &fft = *kernels().fft;
  const std::size_t work = m_work.size() / static_cast<std::size_t>(m_threads);
  const std::int64_t entries = m_dims == 2 ? m_shape.plan->length : std::int64_t{m_shape.plan->length} * m_shape.plan->length;
#pragma omp parallel num_threads(m_threads)
  {
    float *mine = m_work.data() + static_cast<std::size_t>(omp_get_thread_num()) * work;
#pragma omp for schedule(static)
    for (std::int64_t c = 0; c < m_shape.columns / 2; c += fft.lanes) {
      fft.forwardColumns(m_grids.data(), m_shape, c, mine, m_spectrum.data());
    }
#pragma omp for schedule(static)
    for (int group = 0; group < m_shape.groups; ++group) {
      (m_dims == 2 ? fft.convolveGroup2 : fft.convolveGroup3)(m_spectrum.data() + group * m_shape.columns * 2 * fft.lanes, m_shape, mine,
                                                              m_tables.influence.data() + group * entries * fft.lanes);
    }
#pragma omp for schedule(static)
    for (std::int64_t c = 0; c < m_shape.columns / 2; c += fft.lanes) {
      fft.inverseColumns(m_grids.data(), m_shape, c, mine, m_spectrum.data());
    }
  }
}

void Mesh::spread(std::span<const float> positions, const Extent &extent) {
  MeshPoints &points = m_points;
  points.dims = m_dims;
  points.positions = positions.data();
  points.inverseSpacing = static_cast<float>(1 / m_kernel.spacing);
  points.self = m_tables.self.data();
  points.selfSteps = m_dims == 2 ? MeshTables::kSelfSteps2 : MeshTables::kSelfSteps3;
  points.strides[0] = m_shape.columns;
  points.strides[1] = m_dims == 2 ? 1 : m_shape.side;
  points.strides[2] = 1;
  for (std::size_t c = 0; c < static_cast<std::size_t>(m_dims); ++c) {
    points.origin[c] = static_cast<float>(0.5 * (extent.low[c] + extent.high[c]) - m_kernel.spacing * (0.5 * static_cast<double>(m_shape.side) - 1));
  }
  const auto cells = static_cast<std::size_t>(m_shape.side * m_shape.columns);
  const std::size_t chunks = (m_count + kChunk - 1) / kChunk;
#pragma omp parallel num_threads(m_threads)
  {
    const auto thread = static_cast<std::size_t>(omp_get_thread_num());
    float *grid = m_grids.data() + thread * cells;
    std::fill_n(grid, cells, 0.0F);
#pragma omp for schedule(static)
    for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
      kernels().points->spread(points, static_cast<std::int64_t>(chunk * kChunk), static_cast<std::int64_t>(std::min(m_count, (chunk + 1) * kChunk)), grid);
    }
    const auto team = static_cast<std::size_t>(omp_get_num_threads());
#pragma omp for schedule(static)
    for (std::size_t e = 0; e < cells; ++e) {
      float sum = m_grids[e];
      for (std::size_t t = 1; t < team; ++t) {
        sum += m_grids[t * cells + e];
      }
      m_grids[e] = sum;
    }
  }
  convolve();
}

void Mesh::hold(std::span<const float> positions, const Extent &extent) {
  fit(resolvableSpan(extent, m_dims), true);
  spread(positions, extent);
  m_noSelf.assign(m_tables.self.size(), 0);
  m_points.self = m_noSelf.data();
}

double Mesh::at(const float *place, float *force) const {
  MeshPoints one = m_points;
  one.positions = place;
  return kernels().points->gather(one, 0, 1, m_grids.data(), force) + m_kernel.shift * static_cast<double>(m_count);
}

double Mesh::evaluate(std::span<const float> positions, const Extent &extent, std::span<float> forces) {
  fit(resolvableSpan(extent, m_dims));
  spread(positions, extent);
  const MeshPoints &points = m_points;
  const std::size_t chunks = (m_count + kChunk - 1) / kChunk;
  std::vector<double> sums(chunks);
#pragma omp parallel for num_threads(m_threads) schedule(static)
  for (std::size_t chunk = 0; chunk < chunks; ++chunk) {
    sums[chunk] = kernels().points->gather(points, static_cast<std::int64_t>(chunk * kChunk),
                                           static_cast<std::int64_t>(std::min(m_count, (chunk + 1) * kChunk)), m_grids.data(), forces.data());
  }
  double potential = 0;
  for (double s : sums) {
    potential += s;
  }
  if (m_kernel.cutoff > 0) {
    potential += m_near.add(m_kernel, positions, extent, m_threads, forces);
  }
  return potential + m_kernel.shift * static_cast<double>(m_count) * (static_cast<double>(m_count) - 1);
}

}  // namespace vitrine::projection
