// How true a map is, sample by sample (Venna and Kaski 2001; Lee and Verleysen 2009): what it keeps of the neighbourhoods, beside a map of nothing.
#include <algorithm>
#include <cmath>

#include "core/seed.h"
#include "projection/pca.h"
#include "projection/tsne.h"
#include "projection/umap.h"
#include "studies/projection/map_parts.h"

namespace vitrine::study::quality {

namespace {

using Clock = std::chrono::steady_clock;

constexpr const char *kHelp =
    R"(Every map lies somewhere. This study draws one and asks of each sample which of its neighbours survived.

**What you see.** *projection*: the map; colour it by *recall* (the fraction of the nearest that are still nearest), *trustworthiness* (low: strangers
stand beside it), *continuity* (low: its neighbours were torn away) or *distortion* (what both lose together). *recall-by-size*: how much is kept
of neighbourhoods of 1 to 100 samples, beside the same map with its points shuffled, which shows what chance keeps.
*summary*: the figures of map, principal components and shuffled map side by side.

**The knobs.** *Method* draws the map: t-SNE, UMAP or principal components, with their usual settings. *Neighbours*: the size of the neighbourhood
that is judged. *Samples asked*: all are the ground, so many are asked; the rest has no value and keeps a neutral colour.

**How to read it.** Regions of low trustworthiness are where the map invents company; do not read them. *Shepard correlation* says whether far
and near as a whole are kept: principal components win there, and t-SNE does not try.)";

struct Params {
  std::string method = "tsne";
  int neighbours = 10;
  int asked = 5000;
  double perplexity = 30;
  int pcaDims = 50;
  std::string metric = "euclidean";
};

constexpr std::size_t kSizes[] = {1, 2, 5, 10, 20, 50, 100};

projection::KnnGraph graphOf(const Matrix &space, int k, RunContext &context) {
  context.step(0, 1, "neighbours");
  auto graph = projection::buildKnn(space, {.k = k, .seed = context.seed(), .threads = context.threads()}, context.stopFlag());
  context.metric("graph_recall", graph.recall);
  return graph;
}

Matrix components(const Matrix &space, RunContext &context) {
  const auto count = static_cast<int>(std::min<std::size_t>(2, std::min(space.rows, space.cols)));
  const Matrix scores = projection::fitPca(space, {.components = count, .seed = context.seed(), .threads = context.threads()}, context.stopFlag())
                            .transform(space, context.threads());
  Matrix map(space.rows, 2);
  for (std::size_t i = 0; i < space.rows; ++i) {
    std::copy(scores.row(i).begin(), scores.row(i).end(), map.row(i).begin());
  }
  return map;
}

Matrix drawn(const std::shared_ptr<const Matrix> &space, const Params &p, RunContext &context) {
  const auto follow = [&](auto &engine, int total, const auto &at) {
    while (at() < total) {
      context.step(at(), total, "drawing the map");
      engine.run(at() + 5, context.stopFlag());
    }
    context.emit("projection", Projection{context.sharedIds(), engine.positions()});
    return engine.positions();
  };
  if (p.method == "tsne") {
    const projection::TsneOptions options{.perplexity = p.perplexity, .seed = context.seed(), .threads = context.threads()};
    projection::Tsne engine(space, graphOf(*space, projection::neighboursFor(p.perplexity, space->rows), context), options, context.stopFlag());
    const Matrix map = follow(engine, options.iterations, [&] { return engine.iteration(); });
    context.metric("kl", engine.kl());
    return map;
  }
  if (p.method == "umap") {
    projection::Umap engine(graphOf(*space, 14, context), {.seed = context.seed(), .threads = context.threads()}, context.stopFlag());
    return follow(engine, engine.epochs(), [&] { return engine.epoch(); });
  }
  return components(*space, context);
}

/// The same points in another order: every sample stands where another one did.
Matrix shuffled(const Matrix &map, std::uint64_t seed) {
  std::vector<std::size_t> order(map.rows);
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
  }
  Rng(seed).shuffle(order);
  Matrix result(map.rows, map.cols);
  for (std::size_t i = 0; i < map.rows; ++i) {
    std::copy(map.row(order[i]).begin(), map.row(order[i]).end(), result.row(i).begin());
  }
  return result;
}

std::vector<Column> columnsOf(const projection::PointQuality &points, std::size_t rows) {
  std::vector<Column> columns = {numberColumn("recall", rows), numberColumn("trustworthiness", rows), numberColumn("continuity", rows),
                                 numberColumn("distortion", rows)};
  for (std::size_t q = 0; q < points.rows.size(); ++q) {
    const std::size_t row = points.rows[q];
    columns[0].numbers[row] = static_cast<double>(points.recall[q]);
    columns[1].numbers[row] = static_cast<double>(points.trustworthiness[q]);
    columns[2].numbers[row] = static_cast<double>(points.continuity[q]);
    columns[3].numbers[row] = 2 - columns[1].numbers[row] - columns[2].numbers[row];
  }
  return columns;
}

void emitSizes(const Matrix &space, const Matrix &map, const Matrix &chance, RunContext &context) {
  Curve::Series kept{"map", {}, {}}, null{"shuffled map", {}, {}};
  for (const std::size_t k : kSizes) {
    if (2 * k + 1 >= space.rows) {
      break;
    }
    context.step(static_cast<std::int64_t>(k), 100, "neighbourhoods of other sizes");
    const projection::QualityOptions options{.k = static_cast<int>(k), .queries = 1000, .threads = context.threads()};
    for (auto &[series, points] : {std::pair{&kept, &map}, std::pair{&null, &chance}}) {
      series->x.push_back(static_cast<double>(k));
      series->y.push_back(projection::mapQuality(space, *points, {}, options, context.stopFlag()).recall);
    }
  }
  context.emit("recall-by-size", Curve{"neighbours", "fraction kept", {kept, null}});
}

struct Judged {
  projection::MapQuality quality;
  double shepard = 0;
};

void emitSummary(const std::vector<std::pair<std::string, Judged>> &all, RunContext &context) {
  Column names = textColumn("measure");
  names.texts = {"recall", "trustworthiness", "continuity", "Shepard correlation"};
  std::vector<Column> columns = {names};
  for (const auto &[name, judged] : all) {
    columns.push_back(numberColumn(name, 0));
    columns.back().numbers = {judged.quality.recall, judged.quality.trustworthiness, judged.quality.continuity, judged.shepard};
  }
  context.emit("summary", Table{nullptr, columns});
}

void report(const Judged &map, const Judged &pca, const Judged &chance, int neighbours, std::size_t count, RunContext &context) {
  context.metric("map_recall", map.quality.recall);
  context.metric("trustworthiness", map.quality.trustworthiness);
  context.metric("continuity", map.quality.continuity);
  context.metric("shepard_correlation", map.shepard);
  for (const auto &[name, judged] : {std::pair{"pca", &pca}, std::pair{"shuffled map", &chance}}) {
    context.baseline(name, "map_recall", judged->quality.recall);
    context.baseline(name, "trustworthiness", judged->quality.trustworthiness);
    context.baseline(name, "continuity", judged->quality.continuity);
    context.baseline(name, "shepard_correlation", judged->shepard);
  }
  const double expected = static_cast<double>(neighbours) / static_cast<double>(count - 1), off = std::abs(chance.quality.recall - expected);
  const double error = std::sqrt(expected / static_cast<double>(neighbours) / static_cast<double>(std::min<std::size_t>(count, 1000)));
  context.check({"a shuffled map keeps what chance keeps", Check::Kind::Exact, off <= 5 * error + 1e-3, off,
                 "recall within 5 standard errors of neighbours / (samples - 1)", "V"});
  context.check({"keeps more neighbours than a shuffled map", Check::Kind::Trend, map.quality.recall > chance.quality.recall + 5 * error,
                 map.quality.recall - chance.quality.recall, "> 5 standard errors", "M"});
}

}  // namespace

void run(const Params &p, RunContext &context) {
  const double cpuStart = cpuSeconds();
  const auto least = static_cast<std::size_t>(
      std::max({2 * p.neighbours + 2, p.method == "umap" ? 16 : 4, p.method == "tsne" ? static_cast<int>(std::ceil(3 * p.perplexity)) + 1 : 4}));
  const Features features = mapSpace(least, p.pcaDims, p.metric, context);
  const Matrix &space = *features.matrix;
  auto start = Clock::now();
  const Matrix map = drawn(features.matrix, p, context);
  context.timed("map", start);

  start = Clock::now();
  context.step(0, 4, "asking every sample");
  projection::PointQuality points;
  const projection::QualityOptions options{.k = p.neighbours, .queries = static_cast<std::size_t>(p.asked), .threads = context.threads()};
  const Matrix chance = shuffled(map, context.seed()), linear = components(space, context);
  const auto judge = [&](const Matrix &y, projection::PointQuality *each) {
    return Judged{projection::mapQuality(space, y, {}, options, context.stopFlag(), each), projection::shepardCorrelation(space, y)};
  };
  const Judged judged = judge(map, &points);
  context.emit("projection", Projection{context.sharedIds(), map, columnsOf(points, space.rows)}, {{"space", features.space}, {"method", p.method}});
  context.step(1, 4, "asking the shuffled map");
  const Judged null = judge(chance, nullptr);
  context.step(2, 4, "asking the principal components");
  const Judged pca = judge(linear, nullptr);
  emitSummary({{"map", judged}, {"principal components", pca}, {"shuffled map", null}}, context);
  emitSizes(space, map, chance, context);
  context.timed("measure", start);
  report(judged, pca, null, p.neighbours, space.rows, context);
  context.metric("cpu_seconds", cpuSeconds() - cpuStart);
}

void describe(StudyRegistry &registry) {
  Schema<Params> schema;
  schema.add("method", &Params::method, "Method", "What draws the map that is judged.").oneOf({"tsne", "umap", "pca"});
  schema.add("neighbours", &Params::neighbours, "Neighbours", "Size of the neighbourhood that is judged. Few judge the fine grain, many the broad arrangement.")
      .range(1, 200);
  schema
      .add("asked", &Params::asked, "Samples asked",
           "How many samples get figures of their own; all others are still the ground they are judged on. More take longer.")
      .range(10, 100000)
      .logScale();
  schema.add("perplexity", &Params::perplexity, "Perplexity", "Of t-SNE: how many neighbours each sample pulls at.").range(2, 500).logScale().inAdvanced();
  addSpaceParameters(schema, &Params::pcaDims, &Params::metric);

  StudyInfo info;
  info.id = "quality";
  info.title = "How true is the map?";
  info.family = "projection";
  info.paper =
      "J. Venna and S. Kaski 2001, Neighborhood preservation in nonlinear projection methods; J. Lee and M. Verleysen 2009, Quality assessment of "
      "dimensionality reduction: rank-based criteria";
  info.summary = "Draws a map and asks each sample which of its neighbours the map keeps.";
  info.claim = "A map keeps far more neighbours than chance, and not everywhere alike: checked against the same map with its points shuffled.";
  info.version = 2;  // the late gradient is truer since
  info.usesModel = true;
  info.smoke = {{"method", "umap"}, {"asked", 100}};
  info.help = kHelp;
  registry.add(std::move(info), schema, run);
}

}  // namespace vitrine::study::quality

VITRINE_STUDY(quality)
