// Repulsion by torch operations, the same on a CUDA card and on the processor. Inner header (torch).
#pragma once

#include <string>

#include "projection/repulsion.h"
#include "tensor/compat.h"

namespace vitrine::projection {

/// What Repulsion does, on a device: all pairs for few points, the one-potential particle mesh of mesh.h above (without its pairs within a cutoff: a device has
/// memory for a fine mesh).
class DeviceRepulsion {
 public:
  DeviceRepulsion(std::int64_t count, int dims, Repulsion::Method method);

  /// forces (n x dims) as in Repulsion::evaluate for positions y (n x dims, float32); gives Z, a double on y's device. Waits once for the map's extent.
  at::Tensor evaluate(const at::Tensor &y, at::Tensor &forces);
  std::string name() const;

 private:
  struct Places;
  at::Tensor evaluateExactly(const at::Tensor &y, at::Tensor &forces) const;
  void fit(double span, const at::TensorOptions &on);
  Places placesOf(const at::Tensor &y, const at::Tensor &origin) const;
  at::Tensor convolve(const at::Tensor &charges) const;

  std::int64_t m_count;
  int m_dims;
  bool m_exact;
  std::int64_t m_side = 0, m_length = 0;
  double m_spacing = 0, m_room = 0, m_shift = 0;
  at::Tensor m_influence;  ///< spectrum of the kernel over that of the splines, squared
  at::Tensor m_near;       ///< its transform at the offsets 0 .. 5 along each axis, flat: what a charge feels of itself
  at::Tensor m_pieces, m_byDistance;
};

}  // namespace vitrine::projection
