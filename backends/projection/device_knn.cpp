// |a|^2 - 2ab loses digits, so a few more candidates than asked for are selected by it, and exact distances decide among them.
#include "projection/device_knn.h"

#include <algorithm>
#include <cstring>

#include "projection/device_arrays.h"

namespace vitrine::projection {

namespace {

constexpr std::int64_t kEntries = 1 << 27;  // of a block of scores on a card: 512 MiB
constexpr std::int64_t kFewEntries = 1 << 22;
constexpr std::int64_t kExtra = 8;
constexpr std::int64_t kChunk = 1 << 25;  // values of gathered candidates

/// The k nearest of the rows [first, first + count) of x: distances and row numbers, nearest first, ties by number.
std::pair<at::Tensor, at::Tensor> nearestOf(const at::Tensor &x, const at::Tensor &norms, std::int64_t first, std::int64_t count, std::int64_t k) {
  const at::Tensor mine = x.narrow(0, first, count);
  at::Tensor scores = at::addmm(norms.unsqueeze(0), mine, x.t(), 1, -2);
  const at::Tensor self = at::arange(first, first + count, x.options().dtype(at::kLong));
  scores.scatter_(1, self.unsqueeze(1), INFINITY);
  const std::int64_t wanted = std::min(k + kExtra, x.size(0) - 1);
  const at::Tensor candidates =
      std::get<0>(std::get<1>(scores.topk(wanted, 1, false, false)).sort(1));  // by number, so that a stable sort keeps it among equals
  at::Tensor squares = at::empty({count, wanted}, x.options());
  const std::int64_t rows = std::max<std::int64_t>(1, kChunk / (wanted * x.size(1)));
  for (std::int64_t r = 0; r < count; r += rows) {
    const std::int64_t here = std::min(rows, count - r);
    const at::Tensor others = x.index_select(0, candidates.narrow(0, r, here).flatten()).view({here, wanted, x.size(1)});
    squares.narrow(0, r, here).copy_((others - mine.narrow(0, r, here).unsqueeze(1)).square().sum(2));
  }
  const auto [sorted, places] = squares.sort(/*stable=*/true, 1, /*descending=*/false);
  return {sorted.narrow(1, 0, k).sqrt(), candidates.gather(1, places).narrow(1, 0, k)};
}

}  // namespace

KnnGraph buildKnnOn(const std::string &device, const Matrix &x, const KnnOptions &options, const std::atomic<bool> &stop) {
  if (device == "cpu") {
    return buildKnn(x, options, stop);
  }
  checkMatrix(x, 2, "the neighbour search");
  const at::NoGradGuard noGradient;
  const at::Device where = deviceNamed(device);
  float scale = 1;
  std::vector<float> rows = normalisedRows(x, scale);
  const auto n = static_cast<std::int64_t>(x.rows);
  const at::Tensor points = at::from_blob(rows.data(), {n, static_cast<std::int64_t>(x.cols)}).to(where, at::kFloat, false, true);
  std::vector<float>().swap(rows);
  const at::Tensor norms = points.square().sum(1);
  KnnGraph graph;
  graph.count = x.rows;
  graph.k = static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(std::max(options.k, 1)), x.rows - 1));
  graph.method = "exact on " + deviceTitle(device);
  const auto k = static_cast<std::int64_t>(graph.k);
  graph.neighbours.resize(x.rows * static_cast<std::size_t>(k));
  graph.distances.resize(graph.neighbours.size());
  const std::int64_t block = std::clamp<std::int64_t>((where.is_cpu() ? kFewEntries : kEntries) / n, 1, n);
  for (std::int64_t first = 0; first < n; first += block) {
    throwIfStopped(stop);
    const std::int64_t count = std::min(block, n - first);
    const auto [distances, neighbours] = nearestOf(points, norms, first, count, k);
    const at::Tensor near = (distances * scale).to(at::kCPU).contiguous(), who = neighbours.to(at::kCPU, at::kInt).contiguous();
    std::memcpy(graph.distances.data() + first * k, near.data_ptr<float>(), static_cast<std::size_t>(count * k) * sizeof(float));
    std::memcpy(graph.neighbours.data() + first * k, who.data_ptr<std::int32_t>(), static_cast<std::size_t>(count * k) * sizeof(std::int32_t));
  }
  return graph;
}

}  // namespace vitrine::projection
