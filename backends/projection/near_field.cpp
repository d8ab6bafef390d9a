// Cells are as wide as the cutoff, so that three neighbours along the first axis are one run in memory.
#include "projection/near_field.h"

#include <algorithm>
#include <cmath>

namespace vitrine::projection {

namespace {

constexpr std::size_t kPadding = 16;
constexpr std::int64_t kMostCells = 1 << 22;  // a few far points must not cost memory: larger cells hold more pairs, no fewer of those that count

}  // namespace

void NearField::sort(std::span<const float> positions, const Extent &extent, int dims, double cellSize) {
  const auto stride = static_cast<std::size_t>(dims == 2 ? 2 : 4);
  const std::size_t n = positions.size() / stride;
  m_cells = {1, 1, 1};
  for (;; cellSize *= 1.25) {
    for (std::size_t c = 0; c < static_cast<std::size_t>(dims); ++c) {
      m_cells[c] = static_cast<std::int64_t>(std::min((extent.high[c] - extent.low[c]) / cellSize, 1e6)) + 1;
    }
    if (m_cells[0] * m_cells[1] * m_cells[2] <= kMostCells) {
      break;
    }
  }
  std::vector<std::uint32_t> cellOf(n);
  m_start.assign(static_cast<std::size_t>(m_cells[0] * m_cells[1] * m_cells[2]) + 1, 0);
  for (std::size_t i = 0; i < n; ++i) {
    std::int64_t cell = 0;
    for (std::size_t c = static_cast<std::size_t>(dims); c-- > 0;) {
      const auto k = static_cast<std::int64_t>((positions[i * stride + c] - extent.low[c]) / cellSize);
      cell = cell * m_cells[c] + std::clamp<std::int64_t>(k, 0, m_cells[c] - 1);
    }
    cellOf[i] = static_cast<std::uint32_t>(cell);
    ++m_start[cellOf[i] + 1];
  }
  for (std::size_t c = 1; c < m_start.size(); ++c) {
    m_start[c] += m_start[c - 1];
  }
  std::vector<std::int64_t> next(m_start.begin(), m_start.end() - 1);
  m_point.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    m_point[static_cast<std::size_t>(next[cellOf[i]]++)] = static_cast<std::uint32_t>(i);
  }
  for (std::size_t c = 0; c < static_cast<std::size_t>(dims); ++c) {
    m_axis[c].resize(n + kPadding);
    for (std::size_t s = 0; s < n; ++s) {
      m_axis[c][s] = positions[m_point[s] * stride + c];
    }
  }
}

double NearField::add(const MeshKernel &kernel, std::span<const float> positions, const Extent &extent, int threads, std::span<float> forces) {
  const int dims = kernel.dims;
  sort(positions, extent, dims, kernel.cutoff);
  NearTask task{dims, {m_axis[0].data(), m_axis[1].data(), m_axis[2].data()}, static_cast<float>(kernel.cutoff * kernel.cutoff), {}};
  for (int term = 0; term < MeshKernel::kTerms; ++term) {
    task.coefficients[term] = static_cast<float>(kernel.coefficient(term));
  }
  const std::int64_t rows = m_cells[1] * m_cells[2];
  std::vector<double> sums(static_cast<std::size_t>(rows), 0);
  double candidates = 0;  // whole numbers: their sum does not depend on its order
  const auto stride = static_cast<std::size_t>(dims == 2 ? 2 : 4);
#pragma omp parallel num_threads(threads) reduction(+ : candidates)
  {
    std::vector<float> found;
#pragma omp for schedule(dynamic, 1)
    for (std::int64_t row = 0; row < rows; ++row) {
      for (std::int64_t x = 0; x < m_cells[0]; ++x) {
        const std::int64_t first = m_start[static_cast<std::size_t>(row * m_cells[0] + x)];
        const std::int64_t last = m_start[static_cast<std::size_t>(row * m_cells[0] + x + 1)];
        if (first == last) {
          continue;
        }
        std::array<std::int64_t, 18> runs{};
        int count = 0;
        for (std::int64_t z = std::max<std::int64_t>(0, row / m_cells[1] - 1); z <= std::min(m_cells[2] - 1, row / m_cells[1] + 1); ++z) {
          for (std::int64_t y = std::max<std::int64_t>(0, row % m_cells[1] - 1); y <= std::min(m_cells[1] - 1, row % m_cells[1] + 1); ++y) {
            const std::int64_t line = (z * m_cells[1] + y) * m_cells[0];
            runs[static_cast<std::size_t>(2 * count)] = m_start[static_cast<std::size_t>(line + std::max<std::int64_t>(0, x - 1))];
            runs[static_cast<std::size_t>(2 * count++ + 1)] = m_start[static_cast<std::size_t>(line + std::min(m_cells[0] - 1, x + 1) + 1)];
          }
        }
        for (int run = 0; run < count; ++run) {
          candidates += static_cast<double>((runs[static_cast<std::size_t>(2 * run + 1)] - runs[static_cast<std::size_t>(2 * run)]) * (last - first));
        }
        found.resize(static_cast<std::size_t>((last - first) * dims));
        sums[static_cast<std::size_t>(row)] += kernels().map->repelNear(task, first, last, runs.data(), count, found.data());
        for (std::size_t f = 0; f < found.size(); ++f) {
          const std::size_t point = m_point[static_cast<std::size_t>(first) + f / static_cast<std::size_t>(dims)];
          forces[point * stride + f % static_cast<std::size_t>(dims)] += found[f];
        }
      }
    }
  }
  double potential = 0;
  for (double sum : sums) {
    potential += sum;
  }
  const double n = static_cast<double>(m_point.size());
  m_crowding = candidates / (n * n * std::pow(3 * kernel.cutoff / static_cast<double>(extent.span(dims)), dims));
  const double own = 1 - kernel.at(0);
  return potential - own * n;
}

}  // namespace vitrine::projection
