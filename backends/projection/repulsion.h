// The repulsive half of t-SNE's gradient: exact for few points, by a particle mesh above.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "projection/parallel.h"

namespace vitrine::projection {

/// Positions in kernels' layout: `stride` floats a point (2 for 2D; 4 for 3D, the last unused and 0).
inline int strideOf(int dims) {
  return dims == 2 ? 2 : 4;
}

class Repulsion {
 public:
  enum class Method { Auto, Exact, Mesh };
  Repulsion(std::size_t count, int dims, Method method, int threads);
  ~Repulsion();
  Repulsion(Repulsion &&) noexcept;
  Repulsion &operator=(Repulsion &&) noexcept;

  /// forces_i = sum_j (y_i - y_j) / (1 + |y_i - y_j|^2)^2 (to be divided by Z); gives Z = sum over i != j of 1 / (1 + |y_i - y_j|^2).
  /// Both spans: count * strideOf(dims) floats.
  double evaluate(std::span<const float> positions, std::span<float> forces);
  std::string name() const;

 private:
  struct Work;
  std::unique_ptr<Work> m_work;
};

}  // namespace vitrine::projection
