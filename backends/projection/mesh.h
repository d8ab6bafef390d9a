// The particle mesh: charges on a grid, one convolution, potential and gradient back. Its tables are kept until the map outgrows them.
#pragma once

#include <memory>
#include <span>

#include "projection/extent.h"
#include "projection/near_field.h"
#include "projection/parallel.h"

namespace vitrine::projection {

class Mesh {
 public:
  Mesh(std::size_t count, int dims, int threads);

  /// Repulsive forces and Z; see Repulsion::evaluate.
  double evaluate(std::span<const float> positions, const Extent &extent, std::span<float> forces);
  /// Takes the points as charges that stay; then at() may be asked. Fine enough by itself, without pairs.
  void hold(std::span<const float> positions, const Extent &extent);
  /// Potential sum_j 1 / (1 + |y - y_j|^2) of the held charges at a place within their box (strideOf(dims) floats) and the force on a unit charge there, as
  /// in evaluate(). Safe from several threads.
  double at(const float *place, float *force) const;
  double spacing() const { return m_kernel.spacing; }
  std::int64_t side() const { return m_shape.side; }
  double cutoff() const { return m_kernel.cutoff; }
  /// Time of one evaluation at this span, in units of one exact pair.
  double cost(double span) const { return choose(span).cost; }

 private:
  struct Choice {
    double spacing = 0, cutoff = 0, cost = 0;
    int side = 0;
  };
  Choice choose(double span, bool alone = false) const;
  void fit(double span, bool alone = false);
  void spread(std::span<const float> positions, const Extent &extent);
  void resize(int side);
  void convolve();

  std::size_t m_count;
  int m_dims, m_threads;
  MeshKernel m_kernel;
  std::unique_ptr<FftTables> m_fft;
  MeshShape m_shape{};
  MeshTables m_tables;
  NearField m_near;
  MeshPoints m_points{};        ///< of the last evaluation
  std::vector<float> m_noSelf;  ///< in place of the self table for charges that are not on the mesh
  double m_room = 0;            ///< the span that the mesh was made for
  std::vector<float> m_grids;   ///< one a thread; the first takes the sum, then the potential
  std::vector<float> m_spectrum, m_work;
};

}  // namespace vitrine::projection
