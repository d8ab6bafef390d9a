// Blocks of queries against packed points: the k nearest of each, selected while the scores are still in registers.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "projection/dense.h"

namespace vitrine::projection {

/// Points in search order: packed for the kernels, and row by row for exact distances. Slot = position in the packed panels.
struct PackedPoints {
  std::size_t depth = 0;
  std::vector<float> rows;  ///< points in search order, centred and scaled (all squares are near 1, whatever the units of the data)
  Panels panels;
  std::vector<std::uint32_t> rowOf;  ///< slot -> row of `rows`
};

/// Candidates for a block of up to kBlock queries. One per thread, used again and again.
class BlockSearch {
 public:
  static constexpr std::size_t kBlock = 120;
  BlockSearch(const PackedPoints &points, int k);

  /// Starts with these rows as the queries, at most kBlock.
  void begin(std::vector<std::uint32_t> queries);
  /// Compares them with the panels [firstPanel, lastPanel).
  void scan(std::size_t firstPanel, std::size_t lastPanel);
  /// The k nearest rows to query i of the block that were met, itself left out, with squared distances computed anew; nearest first, ties by row.
  std::span<const std::pair<float, std::uint32_t>> finish(std::size_t i);

 private:
  void shrink(std::size_t query, std::size_t keep);

  const PackedPoints &m_points;
  std::size_t m_k, m_keep, m_capacity;
  std::vector<std::uint32_t> m_queries;
  std::vector<std::vector<float>> m_tiles;
  std::vector<float> m_scores, m_thresholds, m_exact;
  std::vector<std::int32_t> m_slots, m_counts;
  std::vector<std::uint64_t> m_keys;
  std::vector<std::pair<float, std::uint32_t>> m_result;
};

}  // namespace vitrine::projection
