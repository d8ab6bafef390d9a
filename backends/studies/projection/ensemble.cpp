// The same data, many maps: what stays when the seed and the perplexity change is worth reading, what moves is not (Wattenberg, Viegas and Johnson 2016).
#include <algorithm>
#include <cmath>

#include "core/seed.h"
#include "projection/device_knn.h"
#include "projection/tsne.h"
#include "studies/projection/map_parts.h"

namespace vitrine::study::ensemble {

namespace {

constexpr int kNear = 10;

constexpr const char *kHelp =
    R"(One map is one view. This study draws several by t-SNE, from different starts and with different perplexities, and asks of each sample whether it
keeps its company from map to map.

**What you see.** *maps*: all of them side by side; what is selected in one is selected in all. *projection*: the first one large; colour either by
*stability*, the mean overlap of a sample's ten nearest points between two maps. The other maps are named by perplexity and seed.
*pairs*: the overlap between each two maps.

**The knobs.** *Seeds*: how many starts; the first map starts from the principal components, the others from noise. *Perplexities*: half, once and
twice the given one, or only that one.

**How to read it.** Regions of low stability are arrangement by chance: who stands beside whom there says little. Overlap falls with the size of the
data, for there are more points to stand beside; the shuffled map shows what chance gives.)";

struct Params {
  int seeds = 3;
  bool perplexities = true;
  double perplexity = 30;
  int iterations = 750;
  int pcaDims = 50;
  std::string metric = "euclidean";
};

struct Member {
  std::string name;
  double perplexity = 0;
  std::uint64_t seed = 0;
  Matrix map;
  projection::KnnGraph near;
};

std::vector<Member> plan(const Params &p, std::size_t count, std::uint64_t seed) {
  std::vector<Member> members;
  for (const double factor : p.perplexities ? std::vector<double>{1, 0.5, 2} : std::vector<double>{1}) {
    const double perplexity = std::max(2.0, p.perplexity * factor);
    for (int s = 0; s < p.seeds && 3 * perplexity + 1 <= static_cast<double>(count); ++s) {
      members.push_back({"perplexity-" + plainNumber(perplexity) + "-seed-" + std::to_string(s + 1), perplexity, seed + static_cast<std::uint64_t>(s), {}, {}});
    }
  }
  return members;
}

Matrix noise(std::size_t rows, std::uint64_t seed) {
  Matrix start(rows, 2);
  Rng rng(seed);
  std::generate(start.values.begin(), start.values.end(), [&] { return static_cast<float>(rng.normal()); });
  return start;
}

void draw(Member &member, bool first, std::size_t index, std::size_t count, const Params &p, const std::shared_ptr<const Matrix> &space, RunContext &context) {
  auto graph = projection::buildKnnOn(context.device(), *space,
                                      {.k = projection::neighboursFor(member.perplexity, space->rows), .seed = context.seed(), .threads = context.threads()},
                                      context.stopFlag());
  projection::TsneOptions options{.perplexity = member.perplexity, .iterations = p.iterations, .seed = member.seed, .threads = context.threads()};
  options.exaggerationIterations = p.iterations / 3;
  options.device = context.device();
  projection::Tsne engine = first ? projection::Tsne(space, std::move(graph), options, context.stopFlag())
                                  : projection::Tsne(std::move(graph), noise(space->rows, member.seed), options, context.stopFlag());
  while (engine.iteration() < p.iterations) {
    context.step(static_cast<std::int64_t>(index) * p.iterations + engine.iteration(), static_cast<std::int64_t>(count) * p.iterations,
                 "drawing " + member.name);
    engine.run(engine.iteration() + 5, context.stopFlag());
  }
  member.map = engine.positions();
  member.near = projection::buildKnn(member.map, {.k = kNear, .threads = context.threads()}, context.stopFlag());
}

/// For each sample: the fraction of its nearest that two maps share.
std::vector<float> overlap(const projection::KnnGraph &a, const projection::KnnGraph &b) {
  const auto k = static_cast<std::size_t>(std::min(a.k, b.k));
  std::vector<float> shared(a.count);
  for (std::size_t i = 0; i < a.count; ++i) {
    const auto first = a.neighbours.begin() + static_cast<std::ptrdiff_t>(i * static_cast<std::size_t>(a.k));
    for (std::size_t j = 0; j < k; ++j) {
      shared[i] += std::find(first, first + static_cast<std::ptrdiff_t>(k), b.neighbours[i * static_cast<std::size_t>(b.k) + j]) !=
                           first + static_cast<std::ptrdiff_t>(k)
                       ? 1.0F / static_cast<float>(k)
                       : 0;
    }
  }
  return shared;
}

double meanOf(const std::vector<float> &values) {
  double sum = 0;
  for (const float v : values) {
    sum += static_cast<double>(v) / static_cast<double>(values.size());
  }
  return sum;
}

/// Stability of each sample: its mean overlap over all pairs of maps; the pairs go into a table.
Column stabilityOf(const std::vector<Member> &members, RunContext &context) {
  Column stability, overlaps, first = textColumn("map"), second = textColumn("other map");
  stability.name = "stability";
  overlaps.name = "overlap";
  stability.numbers.assign(members.front().map.rows, 0);
  double pairs = 0;
  for (std::size_t a = 0; a < members.size(); ++a) {
    for (std::size_t b = a + 1; b < members.size(); ++b, ++pairs) {
      const auto shared = overlap(members[a].near, members[b].near);
      std::transform(shared.begin(), shared.end(), stability.numbers.begin(), stability.numbers.begin(),
                     [](float v, double sum) { return sum + static_cast<double>(v); });
      first.texts.push_back(members[a].name);
      second.texts.push_back(members[b].name);
      overlaps.numbers.push_back(meanOf(shared));
    }
  }
  for (double &value : stability.numbers) {
    value /= std::max(pairs, 1.0);
  }
  context.emit("pairs", Table{nullptr, {first, second, overlaps}});
  return stability;
}

}  // namespace

void run(const Params &p, RunContext &context) {
  const double cpuStart = cpuSeconds();
  const auto least = static_cast<std::size_t>(std::ceil(3 * p.perplexity)) + 1;
  const Features features = mapSpace(least, p.pcaDims, p.metric, context);
  std::vector<Member> members = plan(p, features.matrix->rows, context.seed());
  if (members.size() < 2) {
    throw InputError("one map has nothing to be compared with", "take two seeds or more, or several perplexities");
  }
  for (std::size_t i = 0; i < members.size(); ++i) {
    draw(members[i], i == 0, i, members.size(), p, features.matrix, context);
    context.emit(i == 0 ? "projection" : members[i].name, Projection{context.sharedIds(), members[i].map},
                 {{"perplexity", members[i].perplexity}, {"seed", members[i].seed}, {"space", features.space}});
  }
  const Column stability = stabilityOf(members, context);
  Maps maps{context.sharedIds(), {}, {}, {stability}};
  for (const Member &member : members) {
    maps.maps.push_back(member.map);
    maps.captions.push_back("perplexity " + plainNumber(member.perplexity) + ", seed " + std::to_string(member.seed));
  }
  context.emit("maps", std::move(maps), {{"space", features.space}});
  context.emit("projection", Projection{context.sharedIds(), members.front().map, {stability}},
               {{"perplexity", members.front().perplexity}, {"seed", members.front().seed}, {"space", features.space}});

  projection::KnnGraph shuffled = members[1].near;
  std::vector<std::uint32_t> name(shuffled.count);
  for (std::size_t i = 0; i < name.size(); ++i) {
    name[i] = static_cast<std::uint32_t>(i);
  }
  Rng(context.seed()).shuffle(name);
  std::transform(shuffled.neighbours.begin(), shuffled.neighbours.end(), shuffled.neighbours.begin(), [&](std::uint32_t j) { return name[j]; });
  double mean = 0;
  for (const double value : stability.numbers) {
    mean += value / static_cast<double>(stability.numbers.size());
  }
  const double chance = meanOf(overlap(members.front().near, shuffled));
  const double itself = meanOf(overlap(members.front().near, members.front().near));
  context.metric("stability", mean);
  context.metric("maps", static_cast<double>(members.size()));
  context.baseline("shuffled map", "stability", chance);
  context.check({"a map overlaps itself in full", Check::Kind::Exact, std::abs(itself - 1) < 1e-5, std::abs(itself - 1), "difference < 1e-5", "V"});
  context.check({"neighbours outlast seed and perplexity", Check::Kind::Trend, mean > 5 * chance + 0.05, mean, "> 5 times chance + 0.05", "M"});
  context.metric("cpu_seconds", cpuSeconds() - cpuStart);
}

void describe(StudyRegistry &registry) {
  Schema<Params> schema;
  schema
      .add("seeds", &Params::seeds, "Seeds",
           "Maps of each perplexity: the first from the principal components, the others from noise. More are surer and slower.")
      .range(1, 20);
  schema.add("perplexities", &Params::perplexities, "Three perplexities", "Also half and twice the perplexity, so that the grain of the map is tried too.");
  schema.add("perplexity", &Params::perplexity, "Perplexity", "The middle one. Small shows fine grain, large the broad arrangement.").range(2, 500).logScale();
  schema.add("iterations", &Params::iterations, "Iterations", "Of each map. More let the maps settle.").range(30, 10000).logScale().inAdvanced();
  addSpaceParameters(schema, &Params::pcaDims, &Params::metric);

  StudyInfo info;
  info.id = "ensemble";
  info.title = "What stays from map to map";
  info.family = "projection";
  info.paper = "M. Wattenberg, F. Viegas and I. Johnson 2016, How to Use t-SNE Effectively";
  info.summary = "Draws several t-SNE maps and tells which samples keep their company in all of them.";
  info.claim = "Nearest neighbours in the map outlast another seed and another perplexity: checked against a shuffled map.";
  info.version = 2;  // the late gradient is truer since
  info.usesModel = true;
  info.smoke = {{"seeds", 2}, {"perplexities", false}, {"perplexity", 10}, {"iterations", 60}};
  info.help = kHelp;
  registry.add(std::move(info), schema, run);
}

}  // namespace vitrine::study::ensemble

VITRINE_STUDY(ensemble)
