// Elastic deformation of small pictures (Simard, Steinkraus and Platt 2003).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/seed.h"

namespace vitrine::models {

/// Every pixel moves by alpha * Gauss_sigma(U[-1, 1]) in x and in y; bilinear, zero beyond the border (of the noise as of the picture).
class Elastic {
 public:
  Elastic(int side, double sigma, double alpha);
  /// `pixels`: side x side x channels bytes; `out`: channels planes in [0, 1]. The same seed moves alike.
  void deform(std::span<const std::uint8_t> pixels, int channels, std::uint64_t seed, float *out) const;

 private:
  std::vector<float> field(Rng &rng) const;
  std::vector<float> m_blur;  ///< side x side: row y holds the Gaussian's weights around y
  int m_side;
  float m_alpha;
};

}  // namespace vitrine::models
