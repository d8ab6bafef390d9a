// A small seeded generator whose numbers are the same with every standard library (std's distributions are not).
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <utility>
#include <vector>

namespace vitrine {

/// splitmix64 (Steele et al. 2014): one word of state, any seed is good.
class Rng {
 public:
  explicit Rng(std::uint64_t seed) : m_state(mixed(seed + 0x632BE59BD9B4E019ULL)) {}  // mixed, or the streams of neighbouring seeds would overlap

  std::uint64_t next() { return mixed(m_state += 0x9E3779B97F4A7C15ULL); }
  /// Uniform in [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  /// Uniform integer in [0, n), n > 0; the bias below 2^-32 for n < 2^32 does not matter here.
  std::uint64_t below(std::uint64_t n) { return static_cast<std::uint64_t>(uniform() * static_cast<double>(n)); }
  /// Standard normal (Box-Muller).
  double normal() {
    const double u = 1.0 - uniform();
    return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * uniform());
  }
  /// Fisher-Yates.
  template <class T>
  void shuffle(std::vector<T> &values) {
    for (std::size_t i = values.size(); i > 1; --i) {
      std::swap(values[i - 1], values[below(i)]);
    }
  }

 private:
  static std::uint64_t mixed(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  std::uint64_t m_state;
};

}  // namespace vitrine
