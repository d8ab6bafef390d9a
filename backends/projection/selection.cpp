// Candidates gather unsorted until a buffer is full; only then the k-th smallest is found and becomes the new threshold.
#include "projection/selection.h"

#include <algorithm>
#include <bit>

#include "projection/kernels/kernels.h"

namespace vitrine::projection {

namespace {

constexpr std::size_t kExtra = 8;    // more candidates than asked for: |a|^2 - 2ab loses digits, so the last places are decided by exact distances
constexpr std::size_t kMargin = 64;  // room that one kernel call may fill

/// Orders like the float itself, negative values included.
std::uint32_t sortable(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return (bits & 0x80000000U) != 0 ? ~bits : bits | 0x80000000U;
}

float fromSortable(std::uint32_t key) {
  return std::bit_cast<float>((key & 0x80000000U) != 0 ? key & 0x7FFFFFFFU : ~key);
}

}  // namespace

BlockSearch::BlockSearch(const PackedPoints &points, int k)
    : m_points(points), m_k(static_cast<std::size_t>(k)), m_keep(m_k + 1 + kExtra), m_capacity(3 * m_keep + kMargin) {
  const auto rows = static_cast<std::size_t>(kernels().dense->rows);
  const std::size_t queries = (kBlock + rows - 1) / rows * rows;
  m_tiles.resize(queries / rows);
  m_scores.resize(queries * m_capacity + kMargin);
  m_slots.resize(queries * m_capacity + kMargin);
  m_thresholds.resize(queries);
  m_counts.resize(queries);
}

void BlockSearch::begin(std::vector<std::uint32_t> queries) {
  const auto rows = static_cast<std::size_t>(kernels().dense->rows);
  m_queries = std::move(queries);
  const std::size_t count = m_queries.size();
  std::vector<float> gathered(rows * m_points.depth);
  for (std::size_t t = 0; t * rows < count; ++t) {
    const std::size_t here = std::min(rows, count - t * rows);
    for (std::size_t i = 0; i < here; ++i) {
      std::copy_n(m_points.rows.begin() + static_cast<std::ptrdiff_t>(m_queries[t * rows + i] * m_points.depth), m_points.depth,
                  gathered.begin() + static_cast<std::ptrdiff_t>(i * m_points.depth));
    }
    packTile(gathered.data(), here, m_points.depth, m_tiles[t]);
  }
  std::fill(m_counts.begin(), m_counts.end(), 0);
  std::fill(m_thresholds.begin(), m_thresholds.end(), -Panels::kFar);
  std::fill_n(m_thresholds.begin(), count, Panels::kFar / 2);
}

void BlockSearch::scan(std::size_t firstPanel, std::size_t lastPanel) {
  const DenseKernels &kernel = *kernels().dense;
  const auto rows = static_cast<std::size_t>(kernel.rows);
  const auto columns = static_cast<std::size_t>(kernel.columns);
  for (std::size_t p = firstPanel; p < lastPanel; ++p) {
    for (std::size_t t = 0; t * rows < m_queries.size(); ++t) {
      const std::size_t q = t * rows;
      kernel.selectTile(
          m_tiles[t].data(), m_points.panels.panel(p), m_points.panels.norms.data() + p * columns, static_cast<int>(m_points.depth),
          static_cast<std::int32_t>(p * columns),
          {m_scores.data() + q * m_capacity, m_slots.data() + q * m_capacity, m_counts.data() + q, m_thresholds.data() + q, static_cast<int>(m_capacity)});
      for (std::size_t i = q; i < q + rows; ++i) {
        if (static_cast<std::size_t>(m_counts[i]) + kMargin > m_capacity) {
          shrink(i, m_keep);
        }
      }
    }
  }
}

void BlockSearch::shrink(std::size_t query, std::size_t keep) {
  const auto count = static_cast<std::size_t>(m_counts[query]);
  float *scores = m_scores.data() + query * m_capacity;
  std::int32_t *slots = m_slots.data() + query * m_capacity;
  m_keys.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    m_keys[i] = std::uint64_t{sortable(scores[i])} << 32 | static_cast<std::uint32_t>(slots[i]);
  }
  if (count > keep) {
    std::nth_element(m_keys.begin(), m_keys.begin() + static_cast<std::ptrdiff_t>(keep) - 1, m_keys.end());
    m_thresholds[query] = fromSortable(static_cast<std::uint32_t>(m_keys[keep - 1] >> 32));
    m_keys.resize(keep);
  }
  for (std::size_t i = 0; i < m_keys.size(); ++i) {
    scores[i] = fromSortable(static_cast<std::uint32_t>(m_keys[i] >> 32));
    slots[i] = static_cast<std::int32_t>(m_keys[i] & 0xFFFFFFFFU);
  }
  m_counts[query] = static_cast<int>(m_keys.size());
}

std::span<const std::pair<float, std::uint32_t>> BlockSearch::finish(std::size_t i) {
  shrink(i, m_keep);
  const auto count = static_cast<std::size_t>(m_counts[i]);
  std::int32_t *rows = m_slots.data() + i * m_capacity;
  for (std::size_t c = 0; c < count; ++c) {
    rows[c] = static_cast<std::int32_t>(m_points.rowOf[static_cast<std::size_t>(rows[c])]);
  }
  m_exact.resize(count);
  const float *query = m_points.rows.data() + m_queries[i] * m_points.depth;
  kernels().dense->squaredDistancesAt(m_points.rows.data(), rows, static_cast<int>(count), static_cast<int>(m_points.depth), query, m_exact.data());
  m_keys.clear();
  for (std::size_t c = 0; c < count; ++c) {
    if (static_cast<std::uint32_t>(rows[c]) != m_queries[i]) {
      m_keys.push_back(std::uint64_t{std::bit_cast<std::uint32_t>(m_exact[c])} << 32 | static_cast<std::uint32_t>(rows[c]));
    }
  }
  std::sort(m_keys.begin(), m_keys.end());
  m_result.clear();
  for (std::size_t c = 0; c < std::min(m_k, m_keys.size()); ++c) {
    m_result.emplace_back(std::bit_cast<float>(static_cast<std::uint32_t>(m_keys[c] >> 32)), static_cast<std::uint32_t>(m_keys[c] & 0xFFFFFFFFU));
  }
  return m_result;
}

}  // namespace vitrine::projection
