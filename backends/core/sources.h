// What a viewer may ask of a backend without knowing it. Backends implement, app wires. All are called on the interactive lane, never on the GUI thread.
#pragma once

#include "core/artifact.h"

namespace vitrine {

struct Neighbour {
  SampleId id = -1;
  float distance = 0;
};

/// Nearest samples in the original space (whatever the projection was made from), nearest first, the sample itself left out.
class NeighbourSource {
 public:
  virtual ~NeighbourSource() = default;
  virtual std::vector<Neighbour> neighbours(SampleId id, int k) = 0;
  virtual std::string space() const = 0;  ///< "50 principal components of the pixels, Euclidean"
};

/// Attention of one sample, on demand.
class AttentionSource {
 public:
  virtual ~AttentionSource() = default;
  virtual AttentionMaps attention(SampleId id) = 0;
};

}  // namespace vitrine
