// The short-range half of a mesh that is too coarse for the kernel: pairs within the cutoff, found through cells.
#pragma once

#include <span>
#include <vector>

#include "projection/extent.h"
#include "projection/mesh_tables.h"

namespace vitrine::projection {

class NearField {
 public:
  /// Adds to the forces (strideOf(dims) floats a point) what the kernel has more than its softened form; gives the same of the potential, summed over points.
  double add(const MeshKernel &kernel, std::span<const float> positions, const Extent &extent, int threads, std::span<float> forces);
  /// How many times more pairs share neighbouring cells than if the points filled their box evenly; a guess before the first call.
  double crowding(int dims) const { return m_crowding > 0 ? m_crowding : dims == 2 ? 4 : 8; }

 private:
  void sort(std::span<const float> positions, const Extent &extent, int dims, double cellSize);

  std::array<std::int64_t, 3> m_cells{};  ///< along each axis; the first varies fastest
  std::vector<std::uint32_t> m_point;     ///< points in order of their cells
  std::vector<std::int64_t> m_start;      ///< cells + 1
  std::vector<float> m_axis[3];
  double m_crowding = 0;
};

}  // namespace vitrine::projection
