#include "models/elastic.h"

#include <cmath>

#include "core/seed.h"

namespace vitrine::models {

Elastic::Elastic(int side, double sigma, double alpha)
    : m_blur(static_cast<std::size_t>(side) * static_cast<std::size_t>(side)), m_side(side), m_alpha(static_cast<float>(alpha)) {
  double sum = 0;
  const int reach = static_cast<int>(4 * sigma + 0.5);
  for (int d = -reach; d <= reach; ++d) {
    sum += std::exp(-0.5 * d * d / (sigma * sigma));
  }
  for (int a = 0; a < side; ++a) {
    for (int b = 0; b < side; ++b) {
      const int d = a - b;
      m_blur[static_cast<std::size_t>(a * side + b)] = std::abs(d) > reach ? 0.0F : static_cast<float>(std::exp(-0.5 * d * d / (sigma * sigma)) / sum);
    }
  }
}

/// alpha G N G: the blur is symmetric, and for pictures this small a dense product is the quickest way to do it.
std::vector<float> Elastic::field(Rng &rng) const {
  const std::size_t n = static_cast<std::size_t>(m_side);
  std::vector<float> noise(n * n), half(n * n, 0.0F), full(n * n, 0.0F);
  for (float &value : noise) {
    value = static_cast<float>(2 * rng.uniform() - 1) * m_alpha;
  }
  const auto product = [n](const std::vector<float> &a, const std::vector<float> &b, std::vector<float> &out) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t k = 0; k < n; ++k) {
        const float factor = a[i * n + k];
        for (std::size_t j = 0; j < n; ++j) {
          out[i * n + j] += factor * b[k * n + j];
        }
      }
    }
  };
  product(m_blur, noise, half);
  product(half, m_blur, full);
  return full;
}

void Elastic::deform(std::span<const std::uint8_t> pixels, int channels, std::uint64_t seed, float *out) const {
  Rng rng(seed);
  const std::vector<float> dx = field(rng), dy = field(rng);
  const auto at = [&](int y, int x, int c) {
    return y < 0 || x < 0 || y >= m_side || x >= m_side ? 0.0F : static_cast<float>(pixels[static_cast<std::size_t>((y * m_side + x) * channels + c)]);
  };
  for (int c = 0; c < channels; ++c) {
    for (int y = 0; y < m_side; ++y) {
      for (int x = 0; x < m_side; ++x) {
        const std::size_t i = static_cast<std::size_t>(y * m_side + x);
        const float fy = static_cast<float>(y) + dy[i], fx = static_cast<float>(x) + dx[i];
        const int y0 = static_cast<int>(std::floor(fy)), x0 = static_cast<int>(std::floor(fx));
        const float ty = fy - static_cast<float>(y0), tx = fx - static_cast<float>(x0);
        const float top = at(y0, x0, c) * (1 - tx) + at(y0, x0 + 1, c) * tx, low = at(y0 + 1, x0, c) * (1 - tx) + at(y0 + 1, x0 + 1, c) * tx;
        *out++ = (top * (1 - ty) + low * ty) / 255.0F;
      }
    }
  }
}

}  // namespace vitrine::models
