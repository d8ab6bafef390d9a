// Products and distances of dense float matrices on the register-tiled kernels. At the depths that occur here (50 to 800) they reach what a BLAS reaches, and
// need no second thread pool inside OpenMP loops.
#pragma once

#include <cstddef>
#include <vector>

namespace vitrine::projection {

/// Element (r, c) is data[r * rowStride + c * columnStride].
struct Strided {
  const float *data;
  std::size_t rowStride, columnStride;
};

/// Vectors packed for the kernels in panels; the last panel of each group is padded with vectors that are far from everything.
struct Panels {
  int depth = 0;
  std::vector<float> values;  ///< panel after panel
  std::vector<float> norms;   ///< |v|^2 of every slot, kFar for padding

  static constexpr float kFar = 1e37F;
  std::size_t panelCount() const;
  const float *panel(std::size_t p) const;
  /// Appends `count` rows of `depth` values as one group; gives its first panel.
  std::size_t append(const float *rows, std::size_t count);
};

/// Packs up to a tile of rows (missing ones are zero) for the kernels.
void packTile(const float *rows, std::size_t count, std::size_t depth, std::vector<float> &tile);

/// c (m x n, stride) += a (m x depth) * b (depth x n), on the calling thread.
void multiplyAdd(Strided a, Strided b, std::size_t m, std::size_t n, std::size_t depth, float *c, std::size_t stride);

}  // namespace vitrine::projection
