// Least squares over the whole tensor by its normal equations: six unknowns.
#include "video/prediction.h"

#include <algorithm>
#include <cmath>

namespace vitrine::video {

namespace {

constexpr std::size_t kN = Prediction::kNeighbours;

struct NormalEquations {
  std::array<std::array<double, kN + 1>, kN> rows{};  // the last column is the right side
  double squares = 0;
};

NormalEquations equationsOf(std::span<const std::int32_t> symbols, const SymbolGrid &grid) {
  NormalEquations sums;
  Neighbourhood around(grid);
  for (std::size_t r = 0; r < grid.rows; ++r) {
    around.beginRow();
    for (std::size_t c = 0; c < grid.columns; ++c) {
      const std::size_t position = c % grid.positions;
      const auto x = around.at(c, position, position % grid.width);
      const std::int32_t symbol = symbols[r * grid.columns + c];
      for (std::size_t i = 0; i < kN; ++i) {
        for (std::size_t j = 0; j < kN; ++j) {
          sums.rows[i][j] += static_cast<double>(x[i] * x[j]);
        }
        sums.rows[i][kN] += static_cast<double>(x[i] * symbol);
      }
      sums.squares += static_cast<double>(symbol * symbol);
      around.set(c, symbol);
    }
  }
  return sums;
}

/// Gauss-Jordan with pivots on the diagonal, which a small ridge keeps positive.
std::array<double, kN> solved(NormalEquations sums) {
  for (std::size_t i = 0; i < kN; ++i) {
    sums.rows[i][i] += 1 + 1e-6 * sums.squares;
  }
  for (std::size_t i = 0; i < kN; ++i) {
    for (std::size_t other = 0; other < kN; ++other) {
      const double factor = other == i ? 0 : sums.rows[other][i] / sums.rows[i][i];
      for (std::size_t j = i; j <= kN && factor != 0; ++j) {
        sums.rows[other][j] -= factor * sums.rows[i][j];
      }
    }
  }
  std::array<double, kN> solution{};
  for (std::size_t i = 0; i < kN; ++i) {
    solution[i] = sums.rows[i][kN] / sums.rows[i][i];
  }
  return solution;
}

}  // namespace

Prediction fittedPrediction(std::span<const std::int32_t> symbols, const SymbolGrid &grid) {
  const NormalEquations sums = equationsOf(symbols, grid);
  const std::array<double, kN> solution = solved(sums);
  double explained = 0;
  Prediction prediction;
  for (std::size_t i = 0; i < kN; ++i) {
    explained += solution[i] * sums.rows[i][kN];
    prediction.weights[i] = static_cast<std::int32_t>(
        std::clamp(std::round(64 * solution[i]), -static_cast<double>(Prediction::kLargestWeight), static_cast<double>(Prediction::kLargestWeight)));
  }
  return explained > 0.01 * sums.squares ? prediction : Prediction::none();
}

}  // namespace vitrine::video
