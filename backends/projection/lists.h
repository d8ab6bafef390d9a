// Inverted lists: samples grouped by k-means, so that the queries of a list share the lists that they look into.
#pragma once

#include "core/buffers.h"
#include "projection/parallel.h"

namespace vitrine::projection {

struct ListOptions {
  std::size_t lists = 256;
  std::uint64_t seed = 1;
  int threads = 1;
};

struct Lists {
  std::vector<std::uint32_t> order;    ///< rows list by list, neighbouring lists one after the other; ascending within a list
  std::vector<std::size_t> start;      ///< lists + 1: list l holds order[start[l]] .. order[start[l + 1] - 1]
  std::vector<std::uint32_t> nearest;  ///< lists x lists: row l = all lists, by the distance of their centres from l's, l first

  std::size_t count() const { return start.size() - 1; }
};

/// k-means (Lloyd 1982) on a subsample of rows (n x d), then every row to its nearest centre. Empty lists are dropped.
/// Deterministic per seed. Returns early with what it has once `stop` is set.
Lists makeLists(const std::vector<float> &rows, std::size_t depth, const ListOptions &options, const std::atomic<bool> &stop);

}  // namespace vitrine::projection
