// Packing: the kernels read both operands value by value, so that every load is a full vector.
#include "projection/dense.h"

#include <algorithm>

#include "projection/kernels/kernels.h"

namespace vitrine::projection {

namespace {

constexpr std::size_t kDepthBlock = 256;  // a panel of so many values stays in the first-level cache

/// out[c * width + j] = element(j, c) for j < count, 0 up to width.
template <class Element>
void pack(std::size_t count, std::size_t width, std::size_t depth, float *out, const Element &element) {
  for (std::size_t c = 0; c < depth; ++c, out += width) {
    for (std::size_t j = 0; j < count; ++j) {
      out[j] = element(j, c);
    }
    std::fill(out + count, out + width, 0.0F);
  }
}

}  // namespace

std::size_t Panels::panelCount() const {
  return norms.size() / static_cast<std::size_t>(kernels().dense->columns);
}

const float *Panels::panel(std::size_t p) const {
  return values.data() + p * static_cast<std::size_t>(kernels().dense->columns) * static_cast<std::size_t>(depth);
}

std::size_t Panels::append(const float *rows, std::size_t count) {
  const auto width = static_cast<std::size_t>(kernels().dense->columns);
  const auto d = static_cast<std::size_t>(depth);
  const std::size_t first = panelCount();
  const std::size_t panels = (count + width - 1) / width;
  values.resize((first + panels) * width * d);
  norms.resize((first + panels) * width, kFar);
  for (std::size_t p = 0; p < panels; ++p) {
    const float *from = rows + p * width * d;
    const std::size_t here = std::min(width, count - p * width);
    pack(here, width, d, values.data() + (first + p) * width * d, [&](std::size_t j, std::size_t c) { return from[j * d + c]; });
    for (std::size_t j = 0; j < here; ++j) {
      float norm = 0;
      for (std::size_t c = 0; c < d; ++c) {
        norm += from[j * d + c] * from[j * d + c];
      }
      norms[(first + p) * width + j] = norm;
    }
  }
  return first;
}

void packTile(const float *rows, std::size_t count, std::size_t depth, std::vector<float> &tile) {
  const auto width = static_cast<std::size_t>(kernels().dense->rows);
  tile.resize(width * depth);
  pack(std::min(count, width), width, depth, tile.data(), [&](std::size_t i, std::size_t c) { return rows[i * depth + c]; });
}

void multiplyAdd(Strided a, Strided b, std::size_t m, std::size_t n, std::size_t depth, float *c, std::size_t stride) {
  const DenseKernels &kernel = *kernels().dense;
  const auto tileRows = static_cast<std::size_t>(kernel.rows);
  const auto width = static_cast<std::size_t>(kernel.columns);
  const std::size_t panels = (n + width - 1) / width;
  std::vector<float> packed(panels * width * std::min(depth, kDepthBlock));
  std::vector<float> tile(tileRows * std::min(depth, kDepthBlock));
  std::vector<float> edge(tileRows * width);
  for (std::size_t c0 = 0; c0 < depth; c0 += kDepthBlock) {
    const std::size_t d = std::min(kDepthBlock, depth - c0);
    for (std::size_t p = 0; p < panels; ++p) {
      const float *from = b.data + c0 * b.rowStride + p * width * b.columnStride;
      pack(std::min(width, n - p * width), width, d, packed.data() + p * width * d,
           [&](std::size_t j, std::size_t v) { return from[v * b.rowStride + j * b.columnStride]; });
    }
    for (std::size_t i = 0; i < m; i += tileRows) {
      const std::size_t rows = std::min(tileRows, m - i);
      const float *from = a.data + i * a.rowStride + c0 * a.columnStride;
      pack(rows, tileRows, d, tile.data(), [&](std::size_t r, std::size_t v) { return from[r * a.rowStride + v * a.columnStride]; });
      for (std::size_t p = 0; p < panels; ++p) {
        const std::size_t columns = std::min(width, n - p * width);
        const float *panel = packed.data() + p * width * d;
        float *target = c + i * stride + p * width;
        if (rows == tileRows && columns == width) {
          kernel.addTile(tile.data(), panel, static_cast<int>(d), target, static_cast<std::int64_t>(stride));
          continue;
        }
        std::fill(edge.begin(), edge.end(), 0.0F);
        kernel.addTile(tile.data(), panel, static_cast<int>(d), edge.data(), static_cast<std::int64_t>(width));
        for (std::size_t r = 0; r < rows; ++r) {
          for (std::size_t j = 0; j < columns; ++j) {
            target[r * stride + j] += edge[r * width + j];
          }
        }
      }
    }
  }
}

}  // namespace vitrine::projection
