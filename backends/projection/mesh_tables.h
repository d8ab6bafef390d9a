// What a particle mesh of one size and spacing needs and keeps: the influence function, and what a charge feels of itself.
#pragma once

#include "projection/fft_plan.h"

namespace vitrine::projection {

/// The kernel K(s) = 1 / (1 + s) - shift on a mesh, s the squared distance. The shift loses nothing (its force is zero, its sum is known) and saves the digits
/// of maps that are much smaller than 1, where K is almost constant. With a cutoff, K is softened for s < cutoff^2: the Taylor polynomial of 1 / (1 + s) at the
/// cutoff (Skeel, Tezcan & Hardy 2002), which a coarse mesh can carry; NearField adds the rest.
struct MeshKernel {
  int dims = 2;
  double spacing = 0;
  double shift = 0;
  double cutoff = 0;  ///< 0 = none

  double at(double s) const;
  /// Of the polynomial in s - cutoff^2.
  static constexpr int kTerms = 4;
  double coefficient(int term) const;
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
