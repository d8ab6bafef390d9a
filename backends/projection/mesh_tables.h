// What a particle mesh of one size and spacing needs and keeps: the influence function, and what a charge feels of itself.
#pragma once

#include "projection/fft_plan.h"

namespace vitrine::projection {

/// The kernel K(r) = 1 / (1 + r^2) - shift on a mesh. The shift loses nothing (its force is zero, its sum is known) and saves the digits of maps that are much
/// smaller than 1, where K is almost constant.
struct MeshKernel {
  int dims = 2;
  double spacing = 0;
  double shift = 0;
};

struct MeshTables {
  static constexpr int kSelfSteps2 = 16, kSelfSteps3 = 8;
  /// FftKernels' order: group of first-axis frequencies, then places along the other axes (last axis slowest), then lane. Spectrum of the sampled kernel over
  /// that of the splines, squared (Essmann et al. 1995, for a kernel without periods), and over the number of nodes.
  std::vector<float> influence;
  /// Potential and gradient at the place of a unit charge itself, by its fractions of a cell; see MeshPoints.
  std::vector<float> self;
};

MeshTables makeMeshTables(const MeshKernel &kernel, const FftPlan &plan, int threads);

}  // namespace vitrine::projection
