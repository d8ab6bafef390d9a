// Quantised tensors as bits: each symbol is split into yes-no decisions whose odds several running averages of its neighbourhood foretell.
#pragma once

#include <memory>

#include "video/range_coder.h"

namespace vitrine::video {

/// How a tensor lies before the coder: `rows` of `columns` symbols; column c belongs to kernel position c % positions.
struct SymbolGrid {
  std::size_t rows = 0, columns = 0, positions = 1;
};

/// What is taken off a symbol before it is coded. Weights scatter about zero; embeddings follow the frame before.
enum class Prediction : std::uint8_t { None, Previous, Linear };

constexpr std::int32_t kLargestSymbol = 8191;  ///< by magnitude

/// The adaptive state that a writer and a reader of the same tensors go through together. What it learns from one tensor serves the next.
class SymbolModel {
 public:
  SymbolModel();
  ~SymbolModel();
  SymbolModel(const SymbolModel &other);
  SymbolModel &operator=(const SymbolModel &) = delete;

  /// Row by row. |symbols| <= kLargestSymbol.
  void encode(BitEncoder &coder, std::span<const std::int32_t> symbols, const SymbolGrid &grid, Prediction prediction);
  /// Fills `symbols` (grid.rows * grid.columns). Damaged data gives some symbols within kLargestSymbol; false if the coder ran dry.
  bool decode(BitDecoder &coder, std::span<std::int32_t> symbols, const SymbolGrid &grid, Prediction prediction);

  struct State;

 private:
  std::unique_ptr<State> m_state;
};

/// Text and other bytes, each foretold by the one and the two before it.
void encodeBytes(BitEncoder &coder, std::span<const std::uint8_t> bytes);
/// Stops early with fewer bytes when the coder runs dry.
std::vector<std::uint8_t> decodeBytes(BitDecoder &coder, std::size_t count);

}  // namespace vitrine::video
