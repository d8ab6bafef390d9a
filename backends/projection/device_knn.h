// The neighbour graph on a device.
#pragma once

#include <string>

#include "projection/knn.h"

namespace vitrine::projection {

/// buildKnn on "cpu" (the kernels); else, on "cuda" or "torch" (torch's processor device, for tests), the exact graph by blocked products and a selection of
/// the nearest whose distances are then taken anew. Same contract; Method::Lists is exact there too: a card compares all with all up to a million samples.
KnnGraph buildKnnOn(const std::string &device, const Matrix &x, const KnnOptions &options, const std::atomic<bool> &stop = kNeverStop);

}  // namespace vitrine::projection
