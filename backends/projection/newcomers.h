// Places for samples that come to a map: at its start, and later.
#pragma once

#include <array>

#include "projection/knn.h"
#include "projection/mesh.h"

namespace vitrine::projection {

/// The first `dims` columns of x, centred, scaled so that the first column's standard deviation is 1e-4 (Kobak & Berens 2019). A little
/// noise from the seed lets equal points part; a constant column becomes noise alone.
Matrix scaleStart(const Matrix &x, int dims, std::uint64_t seed);

/// Where one new point comes to rest: drawn to its old neighbours by p, pushed by the field of all old points, from y on.
std::array<float, 4> settled(std::array<float, 4> y, std::span<const float> p, std::span<const float *const> others, const Mesh &field, const Extent &extent,
                             std::size_t dims, const std::atomic<bool> &stop);

/// Rows of `positions` from `before` on (zeros so far): the mean place of the nearest few neighbours that have one, in rounds until all do; a little noise
/// from the seed lets equals part. Samples that no chain of neighbours joins to the old ones stay in the middle.
void startAmongNeighbours(const KnnGraph &graph, std::size_t before, std::uint64_t seed, Matrix &positions);

}  // namespace vitrine::projection
