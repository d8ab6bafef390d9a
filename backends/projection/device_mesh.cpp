// See mesh.cpp for the method and its constants. Here a chunk of points is a matrix: 36 nodes a point in 2D, 216 in 3D.
#include "projection/device_mesh.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

namespace vitrine::projection {

namespace {

constexpr double kSpacing = 0.36;
constexpr double kFewestCells = 56;
constexpr double kMostCells2 = 4000;
constexpr double kMostCells3 = 180;
constexpr int kMargin = 8;
constexpr int kPadding = 12;
constexpr double kRoom = 1.15;
constexpr double kShrunk = 0.6;
constexpr std::int64_t kEntries = 1 << 23;  // of a chunk's matrices
constexpr std::int64_t kOrder = 6;
constexpr std::int64_t kExactCount = 5000;  // up to so many points all pairs are the simplest

/// The next even length whose factors a device's FFT likes.
std::int64_t smoothLength(std::int64_t atLeast) {
  for (std::int64_t length = atLeast + atLeast % 2;; length += 2) {
    std::int64_t rest = length;
    for (const std::int64_t factor : {2, 3, 5, 7}) {
      while (rest % factor == 0) {
        rest /= factor;
      }
    }
    if (rest == 1) {
      return length;
    }
  }
}

/// One row a point: all products of one entry of each axis (m x 6 each), the last axis fastest.
at::Tensor outer(const std::vector<at::Tensor> &axes) {
  at::Tensor product = axes[0];
  for (std::size_t c = 1; c < axes.size(); ++c) {
    product = (product.unsqueeze(2) * axes[c].unsqueeze(1)).flatten(1);
  }
  return product;
}

/// The quintic B-spline's pieces: powers of the fraction (m x 6) times this are the weights of the nodes floor - 2 .. floor + 3.
at::Tensor pieces(const at::TensorOptions &on) {
  static constexpr std::array<float, 36> c = {1,   26, 66, 26,  1,  0, -5, -50, 0,  50,  5, 0, 10, 20, -60, 20, 10, 0,
                                              -10, 20, 0,  -20, 10, 0, 5,  -20, 30, -20, 5, 0, -1, 5,  -10, 10, -5, 1};
  return at::from_blob(const_cast<float *>(c.data()), {6, 6}).clone().to(on) / 120;
}

/// (m x 36) products of two nodes of one axis, summed by their distance: 36 x 6.
at::Tensor byDistance(const at::TensorOptions &on) {
  at::Tensor matrix = at::zeros({36, 6});
  for (std::int64_t a = 0; a < 6; ++a) {
    for (std::int64_t b = 0; b < 6; ++b) {
      matrix[a * 6 + b][std::abs(a - b)] = 1;
    }
  }
  return matrix.to(on);
}

}  // namespace

/// Where points stand in the mesh.
struct DeviceRepulsion::Places {
  at::Tensor nodes;                        // m x 6^dims
  std::vector<at::Tensor> values, slopes;  // a tensor m x 6 an axis

  /// Weights of the potential (axis < 0) or of its slope along an axis.
  static at::Tensor product(std::vector<at::Tensor> all, const std::vector<at::Tensor> &slope, int axis) {
    if (axis >= 0) {
      all[static_cast<std::size_t>(axis)] = slope[static_cast<std::size_t>(axis)];
    }
    return outer(all);
  }
};

DeviceRepulsion::DeviceRepulsion(std::int64_t count, int dims, Repulsion::Method method)
    : m_count(count), m_dims(dims), m_exact(method == Repulsion::Method::Exact || (method == Repulsion::Method::Auto && count <= kExactCount)) {}

std::string DeviceRepulsion::name() const {
  if (m_exact) {
    return "exact";
  }
  std::string text = "mesh " + std::to_string(m_side);
  for (int c = 1; c < m_dims; ++c) {
    text += " x " + std::to_string(m_side);
  }
  return text + ", spacing " + std::to_string(m_spacing).substr(0, 4);
}

at::Tensor DeviceRepulsion::evaluateExactly(const at::Tensor &y, at::Tensor &forces) const {
  at::Tensor z = at::zeros({}, y.options().dtype(at::kDouble));
  const std::int64_t rows = std::clamp<std::int64_t>(kEntries / std::max<std::int64_t>(1, m_count), 1, m_count);
  for (std::int64_t first = 0; first < m_count; first += rows) {
    const at::Tensor mine = y.narrow(0, first, std::min(rows, m_count - first));
    const at::Tensor d = mine.unsqueeze(1) - y.unsqueeze(0);
    const at::Tensor q = (1 + d.square().sum(2)).reciprocal();
    forces.narrow(0, first, mine.size(0)).copy_((q.square().unsqueeze(2) * d).sum(1));
    z += q.sum(at::kDouble);
  }
  return z - static_cast<double>(m_count);
}

/// New tables when the map has outgrown the mesh, or has shrunk far.
void DeviceRepulsion::fit(double span, const at::TensorOptions &on) {
  if (m_side > 0 && span <= m_room && span >= m_room * kShrunk) {
    return;
  }
  m_room = span * kRoom;
  const double cells = std::min(m_dims == 2 ? kMostCells2 : kMostCells3, std::max(kFewestCells, m_room / kSpacing));
  m_spacing = m_room / cells;
  m_shift = m_room < 2 ? 1 : 0;  // see MeshKernel
  m_length = smoothLength(2 * (static_cast<std::int64_t>(std::ceil(cells)) + kMargin) + kPadding);
  m_side = (m_length - kPadding) / 2;
  const auto wide = on.dtype(at::kDouble);
  const at::Tensor index = at::arange(m_length, wide);
  const at::Tensor line = at::minimum(index, m_length - index).mul(m_spacing).square();
  const at::Tensor angle = index * (2 * std::numbers::pi / static_cast<double>(m_length));
  const at::Tensor spline = ((66 + 52 * angle.cos() + 2 * (2 * angle).cos()) / 120).square().reciprocal();
  at::Tensor squares = line, factors = spline;
  for (int c = 1; c < m_dims; ++c) {
    const at::Tensor halves = c + 1 == m_dims ? spline.narrow(0, 0, m_length / 2 + 1) : spline;
    squares = squares.unsqueeze(-1) + line;
    factors = factors.unsqueeze(-1) * halves;
  }
  const at::Tensor kernel = m_shift > 0 ? -squares / (1 + squares) : (1 + squares).reciprocal();
  const at::Tensor spectrum = at::real(at::fft_rfftn(kernel)) * factors;
  const std::vector<std::int64_t> lengths(static_cast<std::size_t>(m_dims), m_length);
  at::Tensor near = at::fft_irfftn(at::complex(spectrum, at::zeros_like(spectrum)), at::IntArrayRef(lengths));
  for (int c = 0; c < m_dims; ++c) {
    near = near.narrow(c, 0, kOrder);
  }
  m_near = near.flatten().to(at::kFloat);
  m_pieces = pieces(on);
  m_byDistance = byDistance(on);
  m_influence = spectrum.to(at::kFloat);
}

DeviceRepulsion::Places DeviceRepulsion::placesOf(const at::Tensor &y, const at::Tensor &origin) const {
  const at::Tensor v = (y - origin) / m_spacing;
  const at::Tensor cell = v.floor();
  const at::Tensor first = cell.to(at::kLong) - 2;
  const at::Tensor exponents = at::arange(kOrder, y.options()), six = at::arange(kOrder, y.options().dtype(at::kLong));
  Places places;
  for (int c = 0; c < m_dims; ++c) {
    const at::Tensor u = (v - cell).select(1, c).unsqueeze(1);
    const at::Tensor powers = u.pow(exponents);
    places.values.push_back(powers.matmul(m_pieces));
    places.slopes.push_back((powers.narrow(1, 0, kOrder - 1) * exponents.narrow(0, 1, kOrder - 1)).matmul(m_pieces.narrow(0, 1, kOrder - 1)));
    const at::Tensor along = first.select(1, c).unsqueeze(1) + six;
    places.nodes = c == 0 ? along : (places.nodes.unsqueeze(2) * m_side + along.unsqueeze(1)).flatten(1);
  }
  return places;
}

/// Charges on the grid (flat) to the potential there (flat).
at::Tensor DeviceRepulsion::convolve(const at::Tensor &charges) const {
  const std::vector<std::int64_t> sides(static_cast<std::size_t>(m_dims), m_side), lengths(sides.size(), m_length);
  at::Tensor potential = at::fft_irfftn(at::fft_rfftn(charges.view(sides), at::IntArrayRef(lengths)) * m_influence, at::IntArrayRef(lengths));
  for (int c = 0; c < m_dims; ++c) {
    potential = potential.narrow(c, 0, m_side);
  }
  return potential.flatten();
}

at::Tensor DeviceRepulsion::evaluate(const at::Tensor &y, at::Tensor &forces) {
  if (m_exact) {
    return evaluateExactly(y, forces);
  }
  const at::Tensor box = at::stack({y.amin(0), y.amax(0)}).to(at::kCPU, at::kDouble);
  const double span = std::max({1e-4, (box[1] - box[0]).max().item<double>(), 1e-3 * box.abs().max().item<double>()});
  fit(span, y.options());
  const at::Tensor origin = ((box[0] + box[1]) / 2 - m_spacing * (0.5 * static_cast<double>(m_side) - 1)).to(y.options());
  std::int64_t nodes = 1, cells = 1;
  for (int c = 0; c < m_dims; ++c) {
    nodes *= kOrder;
    cells *= m_side;
  }
  const std::int64_t rows = std::max<std::int64_t>(1, kEntries / nodes);
  at::Tensor grid = at::zeros({cells}, y.options());
  for (std::int64_t first = 0; first < m_count; first += rows) {
    const Places p = placesOf(y.narrow(0, first, std::min(rows, m_count - first)), origin);
    grid.index_add_(0, p.nodes.flatten(), outer(p.values).flatten());
  }
  grid = convolve(grid);
  at::Tensor z = at::zeros({}, y.options().dtype(at::kDouble));
  for (std::int64_t first = 0; first < m_count; first += rows) {
    const std::int64_t here = std::min(rows, m_count - first);
    const Places p = placesOf(y.narrow(0, first, here), origin);
    const at::Tensor field = grid.index_select(0, p.nodes.flatten()).view({here, nodes});
    std::vector<at::Tensor> pairs, slopes;  // the same for a charge alone
    for (std::size_t c = 0; c < p.values.size(); ++c) {
      pairs.push_back(outer({p.values[c], p.values[c]}).matmul(m_byDistance));
      slopes.push_back(outer({p.slopes[c], p.values[c]}).matmul(m_byDistance));
    }
    const auto felt = [&](int axis) {
      return (field * Places::product(p.values, p.slopes, axis)).sum(1) - Places::product(pairs, slopes, axis).matmul(m_near);
    };
    z += felt(-1).sum(at::kDouble);
    for (int c = 0; c < m_dims; ++c) {
      forces.narrow(0, first, here).select(1, c).copy_(felt(c) * (-0.5 / m_spacing));
    }
  }
  const double n = static_cast<double>(m_count);
  return z + m_shift * n * (n - 1);
}

}  // namespace vitrine::projection
