// New samples in an old map (Policar, Strazar and Zupan 2023; McInnes et al. 2018): the map is made of some samples, the others find their place in it.
#include <algorithm>
#include <cmath>

#include "projection/device_knn.h"
#include "projection/tsne.h"
#include "projection/umap.h"
#include "studies/projection/map_parts.h"

namespace vitrine::study::place {

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kNear = 15;             // neighbours by which a new sample finds its place
constexpr std::size_t kAsked = 2000;  // new samples that the figures are taken from

constexpr const char *kHelp =
    R"(A map is not a function: it says where its own samples lie, not where a new one belongs. This study makes a map of the first part of the samples and
then places the rest into it, each by its nearest old neighbours. The old points do not move, and new ones do not feel each other.

**What you see.** *projection*: both parts; colour it by *part* to see which is which, by the label to see whether newcomers stand among their kind.

**The knobs.** *Method*: t-SNE or UMAP. *New*: the fraction that is placed, the last samples of the run: with *all samples* of a data set that has a
test half, 0.14 of Fashion-MNIST are its test pictures.

**How to read it.** *placed_recall*: of each new sample's ten nearest old neighbours, how many are its ten nearest old points in the map. The old samples'
own figure stands beside it: new samples can hardly do better. A sample unlike everything stands somewhere too: look at its distances in the inspector.)";

struct Params {
  std::string method = "tsne";
  double fraction = 0.2;
  double perplexity = 30;
  int pcaDims = 50;
  std::string metric = "euclidean";
};

struct Nearest {
  std::vector<std::uint32_t> rows;
  std::vector<float> distances;
};

/// The `k` nearest old rows of each of the others.
Nearest nearestOld(const std::shared_ptr<const Matrix> &old, const Matrix &all, int k, RunContext &context) {
  const std::size_t count = all.rows - old->rows, width = static_cast<std::size_t>(k);
  Nearest found{std::vector<std::uint32_t>(count * width), std::vector<float>(count * width)};
  const projection::NeighbourIndex index(old);
  constexpr std::size_t kPiece = 256;
  for (std::size_t first = 0; first < count; first += kPiece) {
    context.step(static_cast<std::int64_t>(first), static_cast<std::int64_t>(count), "neighbours of the new samples");
#pragma omp parallel for num_threads(context.threads()) schedule(dynamic, 8)
    for (std::size_t i = first; i < std::min(count, first + kPiece); ++i) {
      const auto hits = index.nearest(all.row(old->rows + i), k);
      for (std::size_t j = 0; j < width; ++j) {
        found.rows[i * width + j] = static_cast<std::uint32_t>(hits[j].row);
        found.distances[i * width + j] = hits[j].distance;
      }
    }
  }
  return found;
}

/// Mean fraction of `k` nearest old rows in the original space that are also nearest in the map, over at most kAsked of the new samples.
double placedRecall(const Nearest &near, const std::shared_ptr<const Matrix> &oldMap, const Matrix &placed, std::size_t k) {
  const projection::NeighbourIndex index(oldMap);
  const std::size_t step = std::max<std::size_t>(1, placed.rows / kAsked);
  double kept = 0, asked = 0;
  for (std::size_t i = 0; i < placed.rows; i += step) {
    const auto hits = index.nearest(placed.row(i), static_cast<int>(k));
    const auto first = near.rows.begin() + static_cast<std::ptrdiff_t>(i * kNear);
    for (const auto &hit : hits) {
      kept += std::find(first, first + static_cast<std::ptrdiff_t>(k), static_cast<std::uint32_t>(hit.row)) != first + static_cast<std::ptrdiff_t>(k) ? 1 : 0;
    }
    asked += static_cast<double>(k);
  }
  return kept / asked;
}

struct Placed {
  Matrix old, fresh;
  double seconds = 0;
};

template <class Engine, class At>
Placed finish(Engine &engine, int total, const At &at, const Nearest &near, RunContext &context) {
  while (at() < total) {
    context.step(at(), total, "drawing the map of the old samples");
    engine.run(at() + 5, context.stopFlag());
  }
  context.step(0, 1, "placing the new samples");
  const auto start = Clock::now();
  Matrix fresh = engine.transform(near.rows, near.distances, kNear, context.stopFlag());
  return {engine.positions(), std::move(fresh), std::chrono::duration<double>(Clock::now() - start).count()};
}

Placed placed(const Params &p, const std::shared_ptr<const Matrix> &old, const Nearest &near, RunContext &context) {
  const bool tsne = p.method == "tsne";
  context.step(0, 1, "neighbours");
  auto graph = projection::buildKnnOn(
      context.device(), *old,
      {.k = tsne ? projection::neighboursFor(p.perplexity, old->rows) : kNear - 1, .seed = context.seed(), .threads = context.threads()}, context.stopFlag());
  context.metric("graph_recall", graph.recall);
  if (tsne) {
    projection::TsneOptions options{.perplexity = p.perplexity, .seed = context.seed(), .threads = context.threads()};
    options.device = context.device();
    projection::Tsne engine(old, std::move(graph), options, context.stopFlag());
    return finish(
        engine, options.iterations, [&] { return engine.iteration(); }, near, context);
  }
  projection::Umap engine(std::move(graph), {.neighbours = kNear, .seed = context.seed(), .threads = context.threads()}, context.stopFlag());
  return finish(
      engine, engine.epochs(), [&] { return engine.epoch(); }, near, context);
}

}  // namespace

void run(const Params &p, RunContext &context) {
  const double cpuStart = cpuSeconds();
  const std::size_t count = context.ids().size();
  const auto fresh = static_cast<std::size_t>(std::lround(p.fraction * static_cast<double>(count)));
  const auto least = static_cast<std::size_t>(p.method == "tsne" ? std::max(17.0, std::ceil(3 * p.perplexity) + 1) : 17);
  if (fresh < 1 || count < fresh + least) {
    throw InputError(
        context.dataset().provenance().name,
        std::to_string(count) + " samples leave " + std::to_string(count - std::min(count, fresh)) + " for the map, which needs " + std::to_string(least),
        "take more samples or a smaller fraction");
  }
  const Features features = mapSpace(least, p.pcaDims, p.metric, context);
  const Matrix &all = *features.matrix;
  auto old = std::make_shared<Matrix>(count - fresh, all.cols);
  std::copy_n(all.values.begin(), old->values.size(), old->values.begin());
  const Nearest near = nearestOld(old, all, kNear, context);
  const Placed result = placed(p, old, near, context);

  Matrix map(count, result.old.cols);
  std::copy(result.old.values.begin(), result.old.values.end(), map.values.begin());
  std::copy(result.fresh.values.begin(), result.fresh.values.end(), map.values.begin() + static_cast<std::ptrdiff_t>(result.old.values.size()));
  Column part;
  part.name = "part";
  part.kind = Column::Kind::Category;
  part.categories = {"old", "new"};
  part.codes.assign(count, 0);
  std::fill(part.codes.begin() + static_cast<std::ptrdiff_t>(old->rows), part.codes.end(), 1);
  context.emit("projection", Projection{context.sharedIds(), map, {part}}, {{"space", features.space}, {"method", p.method}});

  constexpr std::size_t kJudged = 10;
  const double recall = placedRecall(near, std::make_shared<const Matrix>(result.old), result.fresh, kJudged);
  const auto own = projection::mapQuality(*old, result.old, {}, {.threads = context.threads()}, context.stopFlag());
  const double chance = static_cast<double>(kJudged) / static_cast<double>(old->rows);
  context.metric("placed_recall", recall);
  context.metric("placing_seconds", result.seconds);
  context.metric("new_samples", static_cast<double>(fresh));
  context.baseline("old samples", "map_recall", own.recall);
  context.baseline("chance", "placed_recall", chance);
  const bool finite = std::all_of(map.values.begin(), map.values.end(), [](float v) { return std::isfinite(v); });
  context.check({"every sample has a place", Check::Kind::Exact, finite, finite ? 0.0 : 1.0, "all coordinates finite", "V"});
  context.check({"new samples keep their old neighbours", Check::Kind::Trend, recall > 0.5 * own.recall, recall, "> half of what the old samples keep", "M"});
  context.metric("cpu_seconds", cpuSeconds() - cpuStart);
}

void describe(StudyRegistry &registry) {
  Schema<Params> schema;
  schema.add("method", &Params::method, "Method", "What draws the map that the new samples are placed into.").oneOf({"tsne", "umap"});
  schema.add("fraction", &Params::fraction, "New", "The fraction of the run's samples, its last ones, that is placed. More leave fewer to make the map of.")
      .range(0.01, 0.9);
  schema.add("perplexity", &Params::perplexity, "Perplexity", "Of t-SNE: how many neighbours each old sample pulls at. Large shows the broad arrangement.")
      .range(2, 500)
      .logScale()
      .inAdvanced();
  addSpaceParameters(schema, &Params::pcaDims, &Params::metric);

  StudyInfo info;
  info.id = "place";
  info.title = "New samples in an old map";
  info.family = "projection";
  info.paper = "P. Policar, M. Strazar and B. Zupan 2023, Embedding to reference t-SNE space addresses batch effects in single-cell classification";
  info.summary = "Makes a map of some samples and places the others into it without moving the old ones.";
  info.claim =
      "New samples land among their neighbours: checked by how many of their nearest old neighbours are nearest in the map, beside the old samples' own.";
  info.version = 2;  // the late gradient is truer since
  info.usesModel = true;
  info.smoke = {{"method", "umap"}};
  info.help = kHelp;
  registry.add(std::move(info), schema, run);
}

}  // namespace vitrine::study::place

VITRINE_STUDY(place)
