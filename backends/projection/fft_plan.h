// Lengths, twiddles and order of the vector-wide FFTs.
#pragma once

#include <vector>

#include "projection/kernels/kernels.h"

namespace vitrine::projection {

/// Owns what an FftPlan points at.
class FftTables {
 public:
  /// An even length of at least `wanted` that is a product of 2, 3, 4, 5 and quick to transform.
  explicit FftTables(int wanted);
  FftTables(const FftTables &) = delete;
  FftTables &operator=(const FftTables &) = delete;

  const FftPlan &plan() const { return m_plan; }

 private:
  std::vector<int> m_radices, m_place;
  std::vector<std::vector<float>> m_twiddles;
  std::vector<const float *> m_twiddleOf;
  FftPlan m_plan{};
};

}  // namespace vitrine::projection
