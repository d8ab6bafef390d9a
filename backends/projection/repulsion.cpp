// Exact repulsion.
#include "projection/repulsion.h"

namespace vitrine::projection {

struct Repulsion::Work {
  std::size_t count;
  int dims;
  int threads;
};

Repulsion::Repulsion(std::size_t count, int dims, Method, int threads) : m_work(std::make_unique<Work>(Work{count, dims, threadCount(threads)})) {}
Repulsion::~Repulsion() = default;
Repulsion::Repulsion(Repulsion &&) noexcept = default;
Repulsion &Repulsion::operator=(Repulsion &&) noexcept = default;
std::string Repulsion::name() const { return "exact"; }

double Repulsion::evaluate(std::span<const float> positions, std::span<float> forces) {
  const int stride = strideOf(m_work->dims);
  std::vector<double> sums(m_work->count);
#pragma omp parallel for num_threads(m_work->threads)
  for (std::size_t i = 0; i < m_work->count; ++i) {
    const float *a = positions.data() + i * static_cast<std::size_t>(stride);
    float f[4] = {};
    float z = 0;
    for (std::size_t j = 0; j < m_work->count; ++j) {
      const float *b = positions.data() + j * static_cast<std::size_t>(stride);
      float r = 1;
      for (int c = 0; c < stride; ++c) {
        r += (a[c] - b[c]) * (a[c] - b[c]);
      }
      const float q = 1 / r;
      z += q;
      for (int c = 0; c < stride; ++c) {
        f[c] += (a[c] - b[c]) * q * q;
      }
    }
    sums[i] = z - 1;
    for (int c = 0; c < stride; ++c) {
      forces[i * static_cast<std::size_t>(stride) + static_cast<std::size_t>(c)] = f[c];
    }
  }
  double z = 0;
  for (double s : sums) {
    z += s;
  }
  return z;
}

}  // namespace vitrine::projection
