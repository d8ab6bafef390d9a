// Register-tiled products of packed matrices, and what is done with a tile while it is still in registers: sum it, select neighbours, find the nearest.
#include "projection/kernels/kernels.h"
#include "projection/kernels/vec.h"

namespace vitrine::projection::VITRINE_KERNELS {

namespace {

#if defined(__AVX512F__)
constexpr int kRows = 12;  // 24 accumulators of 32 registers
#else
constexpr int kRows = 6;  // 12 of 16
#endif
constexpr int kColumns = 2 * kLanes;

struct Tile {
  Vec sum[kRows][2];
};

/// sum[i][j] = sum over c of a[c * kRows + i] * b[c * kColumns + j].
VITRINE_INLINE void multiplyTile(const float *a, const float *b, int depth, Tile &tile) {
  Vec s[kRows][2] = {};
  for (int c = 0; c < depth; ++c, a += kRows, b += kColumns) {
    const Vec b0 = load(b);
    const Vec b1 = load(b + kLanes);
#pragma GCC unroll 12
    for (int i = 0; i < kRows; ++i) {
      s[i][0] += a[i] * b0;
      s[i][1] += a[i] * b1;
    }
  }
#pragma GCC unroll 12
  for (int i = 0; i < kRows; ++i) {
    tile.sum[i][0] = s[i][0];
    tile.sum[i][1] = s[i][1];
  }
}

void addTile(const float *a, const float *b, int depth, float *c, std::int64_t stride) {
  Tile tile;
  multiplyTile(a, b, depth, tile);
  for (int i = 0; i < kRows; ++i) {
    float *row = c + i * stride;
    store(row, load(row) + tile.sum[i][0]);
    store(row + kLanes, load(row + kLanes) + tile.sum[i][1]);
  }
}

/// Appends the lanes of `score` below the threshold with their slots.
VITRINE_INLINE int append(Vec score, Vec threshold, std::int32_t slot, float *scores, std::int32_t *slots, int count) {
#if defined(__AVX512F__)
  const __mmask16 mask = _mm512_cmp_ps_mask(score, threshold, _CMP_LT_OQ);
  _mm512_storeu_ps(scores + count, _mm512_maskz_compress_ps(mask, score));
  _mm512_storeu_si512(slots + count, _mm512_maskz_compress_epi32(mask, reinterpret_cast<__m512i>(iota() + slot)));
  return count + __builtin_popcount(mask);
#else
  for (unsigned mask = lessMask(score, threshold); mask != 0; mask &= mask - 1) {
    const int lane = __builtin_ctz(mask);
    scores[count] = score[lane];
    slots[count++] = slot + lane;
  }
  return count;
#endif
}

void selectTile(const float *queries, const float *panel, const float *norms, int depth, std::int32_t firstSlot, const Selection &selection) {
  Tile tile;
  multiplyTile(queries, panel, depth, tile);
  const Vec norm0 = load(norms);
  const Vec norm1 = load(norms + kLanes);
  for (int i = 0; i < kRows; ++i) {
    const Vec threshold = splat(selection.thresholds[i]);
    float *scores = selection.scores + static_cast<std::int64_t>(i) * selection.capacity;
    std::int32_t *slots = selection.slots + static_cast<std::int64_t>(i) * selection.capacity;
    int count = selection.counts[i];
    count = append(norm0 - 2.0F * tile.sum[i][0], threshold, firstSlot, scores, slots, count);
    count = append(norm1 - 2.0F * tile.sum[i][1], threshold, firstSlot + kLanes, scores, slots, count);
    selection.counts[i] = count;
  }
}

void nearestTile(const float *queries, const float *panels, const float *norms, int depth, int panelCount, std::int32_t *nearest) {
  Vec best[kRows];
  IVec index[kRows];
  for (int i = 0; i < kRows; ++i) {
    best[i] = splat(3e38F);
    index[i] = IVec{};
  }
  for (int p = 0; p < panelCount; ++p, panels += static_cast<std::int64_t>(depth) * kColumns) {
    Tile tile;
    multiplyTile(queries, panels, depth, tile);
    for (int half = 0; half < 2; ++half) {
      const Vec norm = load(norms + p * kColumns + half * kLanes);
      const IVec slot = iota() + (p * kColumns + half * kLanes);
      for (int i = 0; i < kRows; ++i) {
        const Vec score = norm - 2.0F * tile.sum[i][half];
        const IVec less = score < best[i];
        best[i] = less ? score : best[i];
        index[i] = less ? slot : index[i];
      }
    }
  }
  for (int i = 0; i < kRows; ++i) {
    int lane = 0;
    for (int l = 1; l < kLanes; ++l) {
      lane = best[i][l] < best[i][lane] ? l : lane;
    }
    nearest[i] = index[i][lane];
  }
}

float squaredDistance(const float *a, const float *b, int count) {
  Vec s0{};
  Vec s1{};
  int c = 0;
  for (; c + 2 * kLanes <= count; c += 2 * kLanes) {
    const Vec d0 = load(a + c) - load(b + c);
    const Vec d1 = load(a + c + kLanes) - load(b + c + kLanes);
    s0 += d0 * d0;
    s1 += d1 * d1;
  }
  float rest = 0;
  for (; c < count; ++c) {
    rest += (a[c] - b[c]) * (a[c] - b[c]);
  }
  return sum(s0 + s1) + rest;
}

void squaredDistances(const float *rows, std::int64_t count, int columns, const float *query, float *out) {
  for (std::int64_t i = 0; i < count; ++i) {
    out[i] = squaredDistance(rows + i * columns, query, columns);
  }
}

void squaredDistancesAt(const float *rows, const std::int32_t *slots, int count, int columns, const float *query, float *out) {
  for (int i = 0; i < count; ++i) {
    out[i] = squaredDistance(rows + static_cast<std::int64_t>(slots[i]) * columns, query, columns);
  }
}

std::int64_t collectBelow(const float *values, std::int64_t count, float threshold, std::int32_t *positions, std::int64_t room) {
  const Vec limit = splat(threshold);
  std::int64_t found = 0;
  std::int64_t e = 0;
  for (; e + kLanes <= count; e += kLanes) {
    for (unsigned mask = lessMask(load(values + e), limit); mask != 0; mask &= mask - 1) {
      if (found < room) {
        positions[found] = static_cast<std::int32_t>(e) + __builtin_ctz(mask);
      }
      ++found;
    }
  }
  for (; e < count; ++e) {
    if (values[e] < threshold) {
      if (found < room) {
        positions[found] = static_cast<std::int32_t>(e);
      }
      ++found;
    }
  }
  return found;
}

std::int64_t countBelow(const float *values, std::int64_t count, float threshold) {
  const Vec limit = splat(threshold);
  IVec hits{};
  std::int64_t e = 0;
  for (; e + kLanes <= count; e += kLanes) {
    hits -= load(values + e) < limit;  // true is -1
  }
  std::int64_t found = 0;
  for (int l = 0; l < kLanes; ++l) {
    found += hits[l];
  }
  for (; e < count; ++e) {
    found += values[e] < threshold ? 1 : 0;
  }
  return found;
}

}  // namespace

extern const DenseKernels kDense;
const DenseKernels kDense = {kRows, kColumns, addTile, selectTile, nearestTile, squaredDistances, squaredDistancesAt, collectBelow, countBelow};

}  // namespace vitrine::projection::VITRINE_KERNELS
