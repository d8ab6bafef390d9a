// The particle mesh: charges on a grid, one convolution, potential and gradient back. Its tables are kept until the map outgrows them.
#pragma once

#include <array>
#include <memory>
#include <span>

#include "projection/mesh_tables.h"
#include "projection/parallel.h"

namespace vitrine::projection {

/// Bounding box of the points.
struct Extent {
  std::array<float, 3> low{}, high{};
  float span(int dims) const;  ///< the longest side
};

class Mesh {
 public:
  Mesh(std::size_t count, int dims, int threads);

  /// Repulsive forces and Z; see Repulsion::evaluate.
  double evaluate(std::span<const float> positions, const Extent &extent, std::span<float> forces);
  double spacing() const { return m_kernel.spacing; }
  std::int64_t side() const { return m_shape.side; }
  /// Time of one evaluation at this span, in units of one exact pair of points.
  static double cost(std::size_t count, int dims, float span);

 private:
  void fit(double span);
  void resize(int side);
  void convolve();

  std::size_t m_count;
  int m_dims, m_threads;
  MeshKernel m_kernel;
  std::unique_ptr<FftTables> m_fft;
  MeshShape m_shape{};
  MeshTables m_tables;
  std::vector<float> m_grids;  ///< one a thread; the first takes the sum, then the potential
  std::vector<float> m_spectrum, m_work;
};

}  // namespace vitrine::projection
