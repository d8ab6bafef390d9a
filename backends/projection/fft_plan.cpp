// A length is worth what its stages cost: the nearest product of small factors is not always the quickest.
#include "projection/fft_plan.h"

#include <cmath>
#include <numbers>

namespace vitrine::projection {

namespace {

/// Radices of n, large ones first; empty if n has another prime factor.
std::vector<int> factorise(int n) {
  std::vector<int> radices;
  for (const int r : {5, 4, 3, 2}) {
    for (; n % r == 0; n /= r) {
      radices.push_back(r);
    }
  }
  return n == 1 ? radices : std::vector<int>{};
}

/// Relative time of one transform of a line, times the number of lines.
double cost(int n, const std::vector<int> &radices) {
  double line = 1;  // filling and emptying
  for (int r : radices) {
    line += r == 2 ? 1.0 : r == 3 ? 1.2 : r == 4 ? 1.3 : 1.8;
  }
  return line * n * n;
}

}  // namespace

FftTables::FftTables(int wanted) {
  int best = 0;
  double least = INFINITY;
  for (int n = std::max(wanted + (wanted & 1), 4); n <= wanted * 5 / 4 + 4; n += 2) {
    const std::vector<int> radices = factorise(n);
    if (!radices.empty() && cost(n, radices) < least) {
      least = cost(n, radices);
      best = n;
    }
  }
  m_radices = factorise(best);
  int block = best;
  for (int r : m_radices) {
    const int m = block / r;
    std::vector<float> table;
    for (int p = 0; p < m; ++p) {
      for (int k = 1; k < r; ++k) {
        const double angle = -2 * std::numbers::pi * p * k / block;
        table.push_back(static_cast<float>(std::cos(angle)));
        table.push_back(static_cast<float>(std::sin(angle)));
      }
    }
    m_twiddles.push_back(std::move(table));
    block = m;
  }
  for (const auto &table : m_twiddles) {
    m_twiddleOf.push_back(table.data());
  }
  m_place.resize(static_cast<std::size_t>(best));
  for (int k = 0; k < best; ++k) {
    int rest = k;
    int stride = best;
    int place = 0;
    for (int r : m_radices) {
      stride /= r;
      place += rest % r * stride;
      rest /= r;
    }
    m_place[static_cast<std::size_t>(k)] = place;
  }
  m_plan = {best, static_cast<int>(m_radices.size()), m_radices.data(), m_twiddleOf.data(), m_place.data()};
}

}  // namespace vitrine::projection
