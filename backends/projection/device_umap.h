// UMAP's epochs by torch operations: the map stays on the device. No torch type in this header.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "projection/affinities.h"

namespace vitrine::projection {

/// The schedule of Umap on a device: the same edges are due in an epoch, their pulls and pushes have the same slopes. They act a sixteenth of the epoch at a
/// time, all at once, where the kernels follow each point's edges one by one: another map of the same quality. A card adds in no fixed order, so that a run
/// there repeats to rounding only.
class DeviceUmap {
 public:
  struct Forces {
    float a, b;     ///< of the curve
    int negatives;  ///< pushes for each pull
    std::uint64_t seed;
  };
  /// device: "cuda", or "torch" for torch's own processor device, which tests use. rates: draws of each edge an epoch, at most 1.
  /// Throws InputError where there is no such device.
  DeviceUmap(const std::string &device, const Affinities &graph, std::span<const float> rates, int dims, Forces forces);
  ~DeviceUmap();

  /// Both: count * strideOf(dims) floats, as in the kernels. A copy.
  void set(std::span<const float> positions);
  void positions(std::span<float> out) const;
  void step(int epoch, double rate);

 private:
  struct State;
  std::unique_ptr<State> m_state;
};

}  // namespace vitrine::projection
