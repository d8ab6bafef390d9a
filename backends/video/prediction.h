// A symbol foretold as a weighted sum of neighbours that are already known. Kernels are smooth where training was long; embeddings follow the frame before.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vitrine::video {

constexpr std::int32_t kLargestSymbol = 8191;  ///< by magnitude

/// How a tensor lies before the coder: `rows` of `columns` symbols; column c belongs to kernel position c % positions, in kernel rows of `width`.
struct SymbolGrid {
  std::size_t rows = 0, columns = 0, positions = 1, width = 1;
};

/// Weights in 64ths of: the same column one row and two rows above; in the same kernel the symbol to the left, above, above left, above right. All zero: none.
struct Prediction {
  static constexpr std::size_t kNeighbours = 6;
  static constexpr std::int32_t kLargestWeight = 256;
  std::array<std::int32_t, kNeighbours> weights{};

  static Prediction none() { return {}; }
  static Prediction previous() { return {{64, 0, 0, 0, 0, 0}}; }
  static Prediction linear() { return {{128, -64, 0, 0, 0, 0}}; }
  bool isNone() const { return weights == std::array<std::int32_t, kNeighbours>{}; }
  bool operator==(const Prediction &) const = default;

  std::int32_t guess(const std::array<std::int32_t, kNeighbours> &neighbours) const {
    std::int32_t sum = 32;
    for (std::size_t i = 0; i < kNeighbours; ++i) {
      sum += weights[i] * neighbours[i];
    }
    sum >>= 6;
    return sum > kLargestSymbol ? kLargestSymbol : sum < -kLargestSymbol ? -kLargestSymbol : sum;
  }
};

/// The neighbours of one symbol after the other, row by row; what lies outside the tensor or the kernel is zero.
class Neighbourhood {
 public:
  explicit Neighbourhood(const SymbolGrid &grid) : m_grid(grid), m_current(grid.columns, 0), m_above(grid.columns, 0), m_twoAbove(grid.columns, 0) {}

  void beginRow() {
    m_twoAbove.swap(m_above);
    m_above.swap(m_current);
  }
  /// `position` is column % positions, `inRow` is position % width.
  std::array<std::int32_t, Prediction::kNeighbours> at(std::size_t column, std::size_t position, std::size_t inRow) const {
    const std::size_t width = m_grid.width;
    const bool up = position >= width, left = inRow > 0, right = inRow + 1 < width;
    return {m_above[column],
            m_twoAbove[column],
            left ? m_current[column - 1] : 0,
            up ? m_current[column - width] : 0,
            up && left ? m_current[column - width - 1] : 0,
            up && right ? m_current[column - width + 1] : 0};
  }
  void set(std::size_t column, std::int32_t symbol) { m_current[column] = symbol; }

 private:
  SymbolGrid m_grid;
  std::vector<std::int32_t> m_current, m_above, m_twoAbove;
};

/// The weights of least squared residual, rounded; none() where they would explain less than a hundredth of the squares.
Prediction fittedPrediction(std::span<const std::int32_t> symbols, const SymbolGrid &grid);

}  // namespace vitrine::video
