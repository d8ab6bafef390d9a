// Quantised tensors as bits: each symbol is split into yes-no decisions whose odds several running averages of its neighbourhood foretell.
#pragma once

#include <memory>

#include "video/prediction.h"
#include "video/range_coder.h"

namespace vitrine::video {

/// The adaptive state that a writer and a reader of the same tensors go through together. What it learns from one tensor serves the next.
class SymbolModel {
 public:
  SymbolModel();
  ~SymbolModel();
  SymbolModel(const SymbolModel &other);
  SymbolModel &operator=(const SymbolModel &) = delete;

  /// Row by row. |symbols| <= kLargestSymbol.
  void encode(BitEncoder &coder, std::span<const std::int32_t> symbols, const SymbolGrid &grid, const Prediction &prediction);
  /// Fills `symbols` (grid.rows * grid.columns). Damaged data gives some symbols within kLargestSymbol; false if the coder ran dry.
  bool decode(BitDecoder &coder, std::span<std::int32_t> symbols, const SymbolGrid &grid, const Prediction &prediction);

  struct State;

 private:
  std::unique_ptr<State> m_state;
};

/// Text and other bytes, each foretold by the one and the two before it.
void encodeBytes(BitEncoder &coder, std::span<const std::uint8_t> bytes);
/// Stops early with fewer bytes when the coder runs dry.
std::vector<std::uint8_t> decodeBytes(BitDecoder &coder, std::size_t count);

}  // namespace vitrine::video
