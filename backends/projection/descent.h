// Neighbour descent (Dong, Charikar & Li 2011): who is near to my neighbours is probably near to me. Lifts the recall of a graph that lists have begun.
#pragma once

#include "projection/knn.h"
#include "projection/selection.h"

namespace vitrine::projection {

/// One sweep over the graph: the `reach` nearest of every sample and those that count it among their `reach` nearest (of these as many again) name their own
/// `reach` nearest, and the k nearest of all are kept. Points in search order (`order`: their samples), distances times `scale` are those of the graph.
/// Block by block: the result does not depend on threads. Gives the part of the neighbours that changed; leaves early once `stop` is set.
double descend(const PackedPoints &points, std::span<const std::uint32_t> order, float scale, std::size_t reach, int threads, const std::atomic<bool> &stop,
               KnnGraph &graph);

}  // namespace vitrine::projection
