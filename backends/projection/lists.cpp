// Eight rounds on a subsample are enough: the lists need to be compact, not optimal.
#include "projection/lists.h"

#include <algorithm>
#include <numeric>

#include "core/seed.h"
#include "projection/dense.h"
#include "projection/kernels/kernels.h"

namespace vitrine::projection {

namespace {

constexpr int kRounds = 8;
constexpr std::size_t kSamplesPerList = 48;

/// Nearest centre of every row.
std::vector<std::int32_t> assign(const std::vector<float> &rows, std::size_t depth, const std::vector<float> &centres, int threads,
                                 const std::atomic<bool> &stop) {
  Panels panels;
  panels.depth = static_cast<int>(depth);
  panels.append(centres.data(), centres.size() / depth);
  const auto tileRows = static_cast<std::size_t>(kernels().dense->rows);
  const std::size_t n = rows.size() / depth;
  const std::size_t tiles = (n + tileRows - 1) / tileRows;
  std::vector<std::int32_t> nearest(tiles * tileRows);
#pragma omp parallel num_threads(threads)
  {
    std::vector<float> tile;
#pragma omp for schedule(static)
    for (std::size_t t = 0; t < tiles; ++t) {
      if (!stopped(stop)) {
        packTile(rows.data() + t * tileRows * depth, n - t * tileRows, depth, tile);
        kernels().dense->nearestTile(tile.data(), panels.values.data(), panels.norms.data(), panels.depth, static_cast<int>(panels.panelCount()),
                                     nearest.data() + t * tileRows);
      }
    }
  }
  nearest.resize(n);
  return nearest;
}

std::vector<float> trainCentres(const std::vector<float> &rows, std::size_t depth, const ListOptions &options, const std::atomic<bool> &stop) {
  const std::size_t n = rows.size() / depth;
  std::vector<std::uint32_t> draw(n);
  std::iota(draw.begin(), draw.end(), 0U);
  Rng(options.seed).shuffle(draw);
  draw.resize(std::min(n, options.lists * kSamplesPerList));
  std::vector<float> samples(draw.size() * depth);
  for (std::size_t i = 0; i < draw.size(); ++i) {
    std::copy_n(rows.begin() + static_cast<std::ptrdiff_t>(draw[i] * depth), depth, samples.begin() + static_cast<std::ptrdiff_t>(i * depth));
  }
  std::vector<float> centres(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(options.lists * depth));
  for (int round = 0; round < kRounds && !stopped(stop); ++round) {
    const std::vector<std::int32_t> nearest = assign(samples, depth, centres, options.threads, stop);
    std::vector<double> sums(centres.size(), 0);
    std::vector<std::size_t> counts(options.lists, 0);
    for (std::size_t i = 0; i < nearest.size(); ++i) {
      const auto list = static_cast<std::size_t>(nearest[i]);
      ++counts[list];
      for (std::size_t c = 0; c < depth; ++c) {
        sums[list * depth + c] += samples[i * depth + c];
      }
    }
    for (std::size_t e = 0; e < centres.size(); ++e) {
      const std::size_t count = counts[e / depth];
      centres[e] = count > 0 ? static_cast<float>(sums[e] / static_cast<double>(count)) : centres[e];
    }
  }
  return centres;
}

/// Centres in a chain, each followed by the nearest that is left: rows that are close stay close in memory.
std::vector<float> chained(const std::vector<float> &centres, std::size_t depth) {
  std::vector<float> left = centres;
  std::vector<float> chain;
  std::vector<float> distances(centres.size() / depth);
  std::size_t next = 0;
  for (std::size_t count = distances.size(); count > 0; --count) {
    chain.insert(chain.end(), left.begin() + static_cast<std::ptrdiff_t>(next * depth), left.begin() + static_cast<std::ptrdiff_t>((next + 1) * depth));
    std::copy_n(left.begin() + static_cast<std::ptrdiff_t>((count - 1) * depth), depth, left.begin() + static_cast<std::ptrdiff_t>(next * depth));
    kernels().dense->squaredDistances(left.data(), static_cast<std::int64_t>(count - 1), static_cast<int>(depth), chain.data() + chain.size() - depth,
                                      distances.data());
    next = static_cast<std::size_t>(std::min_element(distances.begin(), distances.begin() + static_cast<std::ptrdiff_t>(count - 1)) - distances.begin());
  }
  return chain;
}

/// Row l: all lists by distance from list l.
std::vector<std::uint32_t> rankLists(const std::vector<float> &centres, std::size_t depth, int threads) {
  const std::size_t lists = centres.size() / depth;
  std::vector<std::uint32_t> ranked(lists * lists);
#pragma omp parallel num_threads(threads)
  {
    std::vector<float> distances(lists);
#pragma omp for schedule(static)
    for (std::size_t l = 0; l < lists; ++l) {
      kernels().dense->squaredDistances(centres.data(), static_cast<std::int64_t>(lists), static_cast<int>(depth), centres.data() + l * depth,
                                        distances.data());
      distances[l] = -1;
      const auto row = ranked.begin() + static_cast<std::ptrdiff_t>(l * lists);
      std::iota(row, row + static_cast<std::ptrdiff_t>(lists), 0U);
      std::sort(row, row + static_cast<std::ptrdiff_t>(lists),
                [&](std::uint32_t a, std::uint32_t b) { return distances[a] != distances[b] ? distances[a] < distances[b] : a < b; });
    }
  }
  return ranked;
}

}  // namespace

Lists makeLists(const std::vector<float> &rows, std::size_t depth, const ListOptions &options, const std::atomic<bool> &stop) {
  std::vector<float> centres = chained(trainCentres(rows, depth, options, stop), depth);
  std::vector<std::int32_t> nearest = assign(rows, depth, centres, options.threads, stop);
  std::vector<std::size_t> sizes(options.lists, 0);
  for (std::int32_t list : nearest) {
    ++sizes[static_cast<std::size_t>(list)];
  }
  std::vector<std::size_t> kept(options.lists);
  Lists lists;
  lists.start.push_back(0);
  std::vector<float> keptCentres;
  for (std::size_t l = 0; l < options.lists; ++l) {
    kept[l] = lists.count();
    if (sizes[l] > 0) {
      lists.start.push_back(lists.start.back() + sizes[l]);
      keptCentres.insert(keptCentres.end(), centres.begin() + static_cast<std::ptrdiff_t>(l * depth),
                         centres.begin() + static_cast<std::ptrdiff_t>((l + 1) * depth));
    }
  }
  lists.order.resize(nearest.size());
  std::vector<std::size_t> next(lists.start.begin(), lists.start.end() - 1);
  for (std::size_t i = 0; i < nearest.size(); ++i) {
    lists.order[next[kept[static_cast<std::size_t>(nearest[i])]]++] = static_cast<std::uint32_t>(i);
  }
  lists.nearest = rankLists(keptCentres, depth, options.threads);
  return lists;
}

}  // namespace vitrine::projection
