// UMAP (McInnes, Healy and Melville 2018): the map that the fuzzy neighbour graph pulls together and drawn strangers push apart.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "projection/device_knn.h"
#include "projection/pca.h"
#include "projection/umap.h"
#include "studies/projection/map_parts.h"

namespace vitrine::study::umap {

namespace {

using Clock = std::chrono::steady_clock;
constexpr double kPictureSeconds = 0.03;
constexpr int kFrames = 150;  // recorded, at most

constexpr const char *kHelp =
    R"(UMAP ties each sample to its nearest neighbours by threads of different strength and lets them pull, while samples drawn at random push. What is
left is a map like that of t-SNE with tighter groups and wider gaps.

**What you see.** *projection*: the map, alive while it is found. The last steps are small: the learning rate falls to nothing.

**The knobs.** *Neighbours*: few show fine grain, many the broad arrangement. *Minimum distance*: how close points may come; small packs groups
densely. *Spread*: the scale of the whole. *Start*: spectral (from the graph itself) or the principal components.

**How to read it.** As with t-SNE: believe who is next to whom, not sizes or distances between groups. UMAP's gaps look wide whether or not the
data have any; its figures below say how much of the neighbourhoods is kept, beside those of the principal components.

**The figures.** *map_recall*, *trustworthiness*, *continuity*, *label_agreement*: as for t-SNE, so the two can be compared. t-SNE keeps more of
the ten nearest neighbours; UMAP is the quicker of the two on large data.

**With a model** its embedding of each picture is used (last layer, class token); without one, the pixels or the vectors themselves.)";

struct Params {
  int neighbours = 15;
  double minDist = 0.1;
  double spread = 1;
  int epochs = 0;
  double learningRate = 1;
  int negatives = 5;
  int dims = 2;
  std::string start = "spectral";
  int pcaDims = 50;
  std::string metric = "euclidean";
};

projection::UmapOptions engineOptions(const Params &p, const RunContext &context) {
  projection::UmapOptions options;
  options.neighbours = p.neighbours;
  options.minDist = p.minDist;
  options.spread = p.spread;
  options.epochs = p.epochs;
  options.learningRate = p.learningRate;
  options.negatives = p.negatives;
  options.dims = p.dims;
  options.seed = context.seed();
  options.threads = context.threads();
  options.device = context.device();
  return options;
}

projection::Umap prepared(const Matrix &space, const Params &p, RunContext &context) {
  context.step(0, 2, "neighbours");
  auto start = Clock::now();
  projection::KnnGraph graph =
      projection::buildKnnOn(context.device(), space, {.k = p.neighbours - 1, .seed = context.seed(), .threads = context.threads()}, context.stopFlag());
  context.timed("knn", start);
  context.metric("graph_recall", graph.recall);
  context.log("neighbours: " + graph.method);
  context.step(1, 2, "start");
  start = Clock::now();
  const projection::UmapOptions options = engineOptions(p, context);
  projection::Umap engine = [&] {
    if (const auto from = context.inputs().start) {
      requireStart(*from, p.dims, context);
      return projection::Umap(std::move(graph), *from, options, context.stopFlag());
    }
    if (p.start == "spectral") {
      return projection::Umap(std::move(graph), options, context.stopFlag());
    }
    const auto fitted = projection::fitPca(space, {.components = p.dims, .seed = context.seed(), .threads = context.threads()}, context.stopFlag());
    return projection::Umap(std::move(graph), fitted.transform(space, context.threads()), options, context.stopFlag());
  }();
  context.timed("start", start);
  return engine;
}

/// Each sample's threads before the union sum to log2(neighbours), the identity that their widths are found by. Where more neighbours than that are as near
/// as the nearest, no width can do it.
void checkThreads(const projection::KnnGraph &graph, RunContext &context) {
  const auto k = static_cast<std::size_t>(graph.k);
  const double target = std::log2(static_cast<double>(k) + 1);
  std::vector<float> weights(k);
  double worst = 0;
  for (std::size_t i = 0; i < graph.count; i += std::max<std::size_t>(1, graph.count / 2000)) {
    const auto distances = std::span(graph.distances).subspan(i * k, k);
    const auto nearest = std::find_if(distances.begin(), distances.end(), [](float d) { return d > 0; });
    const auto tied =
        static_cast<double>(std::count_if(distances.begin(), distances.end(), [&](float d) { return nearest == distances.end() || d <= *nearest; }));
    projection::fuzzyRow(distances, weights);
    if (tied < target) {
      worst = std::max(worst, std::abs(std::accumulate(weights.begin(), weights.end(), 0.0) - target));
    }
  }
  context.check({"memberships sum to log2(n_neighbors)", Check::Kind::Exact, worst <= 1e-3, worst, "largest difference <= 1e-3", "V"});
}

void optimise(projection::Umap &engine, Params p, const std::string &space, RunContext &context) {
  double secondsEach = 0.01;
  const int every = std::max(1, engine.epochs() / kFrames);
  const auto show = [&] {
    const Json metadata = {{"epoch", engine.epoch()}, {"epochs", engine.epochs()}, {"space", space}};
    context.emit("projection", Projection{context.sharedIds(), engine.positions()}, metadata);
    if (context.recording() && engine.epoch() % every == 0) {
      context.record("projection", Projection{context.sharedIds(), engine.positions()}, metadata);
    }
  };
  show();
  while (engine.epoch() < engine.epochs()) {
    context.step(engine.epoch(), engine.epochs(), "optimising");
    if (context.poll(p)) {
      engine.setLearningRate(p.learningRate);
    }
    const auto start = Clock::now();
    const int before = engine.epoch(), ahead = std::max(1, static_cast<int>(kPictureSeconds / std::max(secondsEach, 1e-5)));
    const int next = context.recording() ? std::min(before + ahead, (before / every + 1) * every) : before + ahead;
    const int reached = engine.run(next, context.stopFlag());
    secondsEach = std::chrono::duration<double>(Clock::now() - start).count() / std::max(1, reached - before);
    show();
  }
  context.step(engine.epochs(), engine.epochs(), "optimising");
}

}  // namespace

void run(const Params &p, RunContext &context) {
  const double cpuStart = cpuSeconds();
  const auto least = static_cast<std::size_t>(std::max(4, p.neighbours + 1));
  if (context.ids().size() < least) {
    throw InputError(context.dataset().provenance().name,
                     std::to_string(context.ids().size()) + " samples are too few for " + std::to_string(p.neighbours) + " neighbours",
                     "take " + std::to_string(least) + " samples or more, or fewer neighbours");
  }
  if (p.minDist > 3 * p.spread) {
    throw InputError("UMAP", "min_dist " + plainNumber(p.minDist) + " is more than three times the spread", "lower it, or raise the spread");
  }
  const Features features = mapSpace(least, p.pcaDims, p.metric, context);
  projection::Umap engine = prepared(*features.matrix, p, context);
  auto start = Clock::now();
  optimise(engine, p, features.space, context);
  context.timed("optimise", start);
  start = Clock::now();
  checkThreads(engine.graph(), context);
  measureMap(*features.matrix, engine.positions(), context);
  context.timed("measure", start);
  context.metric("cpu_seconds", cpuSeconds() - cpuStart);
}

void describe(StudyRegistry &registry) {
  Schema<Params> schema;
  schema
      .add("n_neighbors", &Params::neighbours, "Neighbours",
           "How many samples are each one's surroundings, itself included. Few show fine grain and islands, many the broad arrangement, and take longer.")
      .range(2, 200)
      .logScale();
  schema.add("min_dist", &Params::minDist, "Minimum distance", "How close two points may come. Small packs groups densely, large spreads them evenly.")
      .range(0, 3);
  schema.add("dims", &Params::dims, "Dimensions", "2 for a map, 3 for a cloud to turn: more room, harder to read.").range(2, 3);
  schema.add("epochs", &Params::epochs, "Epochs", "Passes over the threads; 0 = 500 up to 10,000 samples, 200 above. More let the map settle.")
      .range(0, 100000);
  schema.add("start", &Params::start, "Start", "Where points stand at first: after the graph's own slowest vibrations, or along the principal components.")
      .oneOf({"spectral", "pca"})
      .inAdvanced();
  schema
      .add("learning_rate", &Params::learningRate, "Learning rate", "Length of the first steps; it falls to 0. Too small leaves the start, too large scatters.")
      .range(0.001, 100)
      .logScale()
      .live()
      .inAdvanced();
  schema.add("negatives", &Params::negatives, "Strangers", "How many drawn samples push for each neighbour that pulls. More give wider gaps and take longer.")
      .range(1, 50)
      .inAdvanced();
  schema.add("spread", &Params::spread, "Spread", "The scale that the minimum distance is measured by.").range(0.1, 10).inAdvanced();
  addSpaceParameters(schema, &Params::pcaDims, &Params::metric);

  StudyInfo info;
  info.id = "umap";
  info.title = "UMAP";
  info.family = "projection";
  info.paper = "L. McInnes, J. Healy and J. Melville 2018, UMAP: Uniform Manifold Approximation and Projection for Dimension Reduction";
  info.summary = "Draws a map by a graph of neighbours that pull and strangers that push.";
  info.claim =
      "Neighbourhoods survive far better than in the best linear map: checked by how many of the ten nearest neighbours stay among the ten nearest, "
      "against the principal components of the same data.";
  info.usesModel = true;
  info.takesStart = true;
  info.smoke = {{"n_neighbors", 8}, {"epochs", 60}};
  info.help = kHelp;
  registry.add(std::move(info), schema, run);
}

}  // namespace vitrine::study::umap

VITRINE_STUDY(umap)
