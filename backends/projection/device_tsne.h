// t-SNE's optimiser by torch operations: its arrays stay on the device. No torch type in this header.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "projection/affinities.h"
#include "projection/repulsion.h"

namespace vitrine::projection {

/// The steps of Tsne on a device: the same schedule, the same update, float32. Sums are added in another order than by the kernels, so that a map differs as it
/// does from one seed to the next; forces agree to 0.5 % (the mesh) or to rounding (all pairs).
class DeviceTsne {
 public:
  struct Rates {
    float momentum, minGain, maxStep;
  };
  /// device: "cuda", or "torch" for torch's own processor device, which tests use. Throws InputError where there is none.
  DeviceTsne(const std::string &device, std::size_t count, int dims, Repulsion::Method method, Rates rates);
  ~DeviceTsne();

  void setAffinities(const Affinities &p);
  /// All three: count * strideOf(dims) floats, as in the kernels. A copy.
  void set(std::span<const float> positions, std::span<const float> velocity, std::span<const float> gains);
  void positions(std::span<float> out) const;
  void velocityAndGains(std::span<float> velocity, std::span<float> gains) const;

  /// One iteration: gradient = factor * attraction - repulsion / Z. The map is centred after it if wanted.
  void step(double factor, double rate, bool centred);
  /// The present forces of both kinds; gives Z.
  double forces(std::span<float> attraction, std::span<float> repulsion);
  /// See Tsne::kl().
  double kl();
  /// "mesh 320 x 320, spacing 0.36 on cuda".
  std::string name() const;

 private:
  struct State;
  std::unique_ptr<State> m_state;
};

}  // namespace vitrine::projection
