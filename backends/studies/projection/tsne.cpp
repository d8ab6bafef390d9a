// t-SNE (van der Maaten and Hinton 2008): a map in which near samples stay near, drawn live while it is found.
#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "projection/device_knn.h"
#include "projection/newcomers.h"
#include "projection/tsne.h"
#include "studies/projection/map_parts.h"

namespace vitrine::study::tsne {

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kFrameIterations = 5;        // between recorded frames
constexpr int kCostIterations = 25;        // between points of the cost curve: each costs about one iteration
constexpr double kPictureSeconds = 0.03;   // between live pictures
constexpr std::size_t kExactLimit = 5000;  // samples up to which the cost is checked by summing over all pairs

constexpr const char *kHelp =
    R"(t-SNE moves points until those whose samples are alike lie together. Each sample pulls at its nearest neighbours; all points push each
other away; the *cost* curve falls as the two come to rest.

**What you see.** *projection*: the map, alive while it is found. At first attraction is exaggerated and groups gather in a dense ball; after
*Exaggerated iterations* they spread out. *cost*: the Kullback-Leibler divergence between neighbourhoods in the data and in the map.

**The knobs.** *Perplexity*, *exaggeration* and *learning rate* may be moved while it runs. Low perplexity shows crumbs, high perplexity
continents. If the map is still a ball, let it run longer; if points are flung far out, lower the learning rate.

**How to read it.** Believe who is next to whom. Do not believe the size of a group, how dense it is, or how far it is from another: t-SNE evens
all that out. Groups can appear in pure noise at low perplexity, so look at two perplexities before you conclude anything.

**The figures.** *map_recall*: the fraction of each sample's ten nearest neighbours that are among its ten nearest in the map. *trustworthiness*:
1 if the map shows no false neighbours. *label_agreement*: the fraction of the ten nearest in the map that carry the sample's own label. All are
measured in the space that the map was made from (on up to 2,000 samples drawn by a fixed seed) and once more for the principal components, as a
baseline. Up to 5,000 samples the cost is also summed over all pairs.

**With a model** its embedding of each picture is used (last layer, class token); without one, the pixels or the vectors themselves.)";

struct Params {
  double perplexity = 30;
  int iterations = 750;
  double exaggeration = 12;
  int exaggerationIterations = 250;
  double learningRate = 0;
  int dims = 2;
  int pcaDims = 50;
  std::string metric = "euclidean";
  double lateExaggeration = 1;
  double supervision = 0;
};

std::size_t samplesFor(double perplexity) {
  return static_cast<std::size_t>(std::ceil(3 * perplexity)) + 1;
}

void requireSamples(const RunContext &context, double perplexity) {
  const std::size_t count = context.ids().size();
  if (count < samplesFor(perplexity)) {
    throw InputError(
        context.dataset().provenance().name,
        std::to_string(count) + (count == 1 ? " sample is" : " samples are") + " too few for perplexity " + plainNumber(perplexity) + ", which needs " +
            std::to_string(samplesFor(perplexity)),
        count >= samplesFor(2) ? "set perplexity to " + std::to_string((count - 1) / 3) + " or less" : "a map needs at least " + std::to_string(samplesFor(2)));
  }
}

/// The map on its way: runs the engine between two pictures, takes over live changes, hands out pictures, frames and the cost.
class Journey {
 public:
  Journey(projection::Tsne &engine, Params &params, Features &features, RunContext &context)
      : m_engine(engine), m_params(params), m_features(features), m_context(context), m_exaggeration(params.exaggeration) {}

  void run() {
    while (m_engine.iteration() < m_params.iterations) {
      m_context.step(m_engine.iteration(), m_params.iterations, "optimising");
      takeLive();
      if (m_context.takeActions([this](const Action &action) { take(action); }) || m_context.paused()) {
        show();  // at once, also while paused
        continue;
      }
      const auto start = Clock::now();
      const int before = m_engine.iteration();
      const int reached = m_engine.run(nextStop(), m_context.stopFlag());
      m_secondsEach = std::chrono::duration<double>(Clock::now() - start).count() / std::max(1, reached - before);
      show();
    }
    m_context.step(m_params.iterations, m_params.iterations, "optimising");
  }

  Json metadata() const {
    return {{"iteration", m_engine.iteration()},
            {"iterations", m_params.iterations},
            {"kl", m_kl},
            {"perplexity", m_params.perplexity},
            {"exaggeration", m_engine.iteration() <= m_params.exaggerationIterations || m_exaggerationHeld ? m_exaggeration : m_params.lateExaggeration},
            {"held", heldIds()},
            {"space", m_features.space}};
  }

 private:
  int nextStop() const {
    const int iteration = m_engine.iteration();
    const auto within = [&](int every) { return (iteration / every + 1) * every; };
    int next = iteration + std::max(1, static_cast<int>(kPictureSeconds / std::max(m_secondsEach, 1e-5)));
    next = std::min({next, within(kCostIterations), m_params.iterations});
    if (iteration < m_params.exaggerationIterations) {
      next = std::min(next, m_params.exaggerationIterations);
    }
    return m_context.recording() ? std::min(next, within(kFrameIterations)) : next;
  }

  void takeLive() {
    const Params before = m_params;
    if (m_context.poll(m_params)) {
      if (m_params.perplexity != before.perplexity) {
        changePerplexity(before.perplexity);
      }
      if (m_params.learningRate != before.learningRate) {
        m_engine.setLearningRate(m_params.learningRate);
      }
      if (m_params.exaggeration != before.exaggeration) {
        m_exaggeration = m_params.exaggeration;
        m_exaggerationMoved = true;
        m_exaggerationHeld = m_engine.iteration() >= m_params.exaggerationIterations;
        m_engine.setExaggeration(m_exaggeration);
      }
    }
    if (m_engine.iteration() == m_params.exaggerationIterations && m_exaggerationMoved && !m_exaggerationHeld) {
      m_exaggerationMoved = false;
      m_engine.setExaggeration(0);  // a value set by hand during the first phase ends with it
    }
  }

  /// A run that goes well does not end because a knob was turned too far: the largest possible value is taken, and said.
  void changePerplexity(double before) {
    const auto largest = std::floor(static_cast<double>(m_engine.count() - 1) / 3);
    if (m_params.perplexity > largest) {
      m_context.log("perplexity " + plainNumber(m_params.perplexity) + " needs " + std::to_string(samplesFor(m_params.perplexity)) + " samples; taking " +
                    plainNumber(largest));
      m_params.perplexity = std::max(largest, std::min(before, largest));
    }
    m_context.step(m_engine.iteration(), m_params.iterations, "neighbours");
    m_engine.setPerplexity(m_params.perplexity, m_context.stopFlag());
  }

  /// What was done by hand.
  void take(const Action &action) {
    if (action.name == "add") {
      try {
        add(action.ids);
      } catch (const InputError &error) {  // a run that goes well does not end for samples that cannot join it
        m_context.log(std::string("nothing added: ") + error.what());
      }
      return;
    }
    std::vector<std::size_t> rows;
    Matrix positions(0, action.positions.cols);
    for (std::size_t i = 0; i < action.ids.size(); ++i) {
      const auto row = rowOf(action.ids[i]);
      if (!row) {
        continue;  // not of this run: a selection may reach further
      }
      rows.push_back(*row);
      if (positions.cols > 0) {
        positions.values.insert(positions.values.end(), action.positions.row(i).begin(), action.positions.row(i).end());
        ++positions.rows;
      }
    }
    if (rows.empty() == action.ids.empty()) {
      action.name == "hold" ? m_engine.hold(rows, positions) : m_engine.release(rows);
    }
  }

  std::optional<std::size_t> rowOf(SampleId id) {
    if (m_rows.size() != m_context.ids().size()) {
      for (std::size_t row = m_rows.size(); row < m_context.ids().size(); ++row) {
        m_rows[m_context.ids()[row]] = row;
      }
    }
    const auto found = m_rows.find(id);
    return found == m_rows.end() ? std::nullopt : std::optional(found->second);
  }

  /// More samples of the data set join the map where their neighbours are.
  void add(std::vector<SampleId> ids) {
    std::erase_if(ids, [this](SampleId id) { return !m_context.dataset().row(id) || rowOf(id); });
    if (ids.empty()) {
      return;
    }
    const auto more = m_features.of(ids);
    auto all = std::make_shared<Matrix>(*m_features.matrix);
    all->values.insert(all->values.end(), more->values.begin(), more->values.end());
    all->rows += more->rows;
    m_context.step(m_engine.iteration(), m_params.iterations, "neighbours");
    m_context.addIds(ids);
    m_engine.extend(all, m_params.supervision > 0 ? labelsOf(m_context) : std::vector<std::int32_t>(), m_context.stopFlag());
    m_features.matrix = all;
    m_context.offerNeighbours(neighboursIn(m_features.matrix, m_context.sharedIds(), m_features.space + ", Euclidean"));
    m_context.log(std::to_string(ids.size()) + " samples added after iteration " + std::to_string(m_engine.iteration()));
  }

  Json heldIds() const {
    Json ids = Json::array();
    for (const std::size_t row : m_engine.held()) {
      ids.push_back(m_context.ids()[row]);
    }
    return ids;
  }

  void show() {
    const int iteration = m_engine.iteration();
    if (iteration % kCostIterations == 0 || iteration == m_params.iterations) {
      m_kl = m_engine.kl();
      m_cost.x.push_back(iteration);
      m_cost.y.push_back(m_kl);
      m_context.emit("cost", Curve{"iteration", "Kullback-Leibler divergence", {m_cost}});
    }
    m_context.emit("projection", Projection{m_context.sharedIds(), m_engine.positions()}, metadata());
    if (m_context.recording() && iteration % kFrameIterations == 0) {
      m_context.record("projection", Projection{m_context.sharedIds(), m_engine.positions()}, metadata());
    }
  }

  projection::Tsne &m_engine;
  Params &m_params;
  Features &m_features;
  RunContext &m_context;
  std::unordered_map<SampleId, std::size_t> m_rows;
  double m_exaggeration;
  bool m_exaggerationMoved = false;  // set by hand
  bool m_exaggerationHeld = false;   // and that after the first phase: stays
  double m_secondsEach = 0.01;
  double m_kl = std::nan("");
  Curve::Series m_cost{"t-SNE", {}, {}};
};

void checkCost(const Matrix &space, const Matrix &map, double kl, double perplexity, RunContext &context) {
  if (space.rows > kExactLimit) {
    return;
  }
  context.step(2, 3, "measuring the map");
  const double exact = projection::exactKl(space, map, perplexity, context.threads(), context.stopFlag());
  const double difference = std::abs(kl - exact) / std::max(exact, 1e-3);
  context.metric("kl_exact", exact);
  context.check({"cost agrees with the sum over all pairs", Check::Kind::Exact, difference <= 0.02, difference, "relative difference <= 0.02", "V"});
}

projection::TsneOptions engineOptions(const Params &params, const RunContext &context) {
  projection::TsneOptions options;
  options.perplexity = params.perplexity;
  options.iterations = params.iterations;
  options.exaggeration = params.exaggeration;
  options.exaggerationIterations = params.exaggerationIterations;
  options.supervision = params.supervision;
  options.labels = params.supervision > 0 ? labelsOf(context) : std::vector<std::int32_t>();
  options.lateExaggeration = params.lateExaggeration;
  options.learningRate = params.learningRate;
  options.dims = params.dims;
  options.seed = context.seed();
  options.threads = context.threads();
  options.device = context.device();
  return options;
}

projection::Tsne prepared(const std::shared_ptr<const Matrix> &space, const Params &params, RunContext &context) {
  context.step(0, 2, "neighbours");
  auto start = Clock::now();
  projection::KnnOptions search;
  search.k = projection::neighboursFor(params.perplexity, space->rows);
  search.seed = context.seed();
  search.threads = context.threads();
  auto graph = projection::buildKnnOn(context.device(), *space, search, context.stopFlag());
  context.timed("knn", start);
  context.metric("graph_recall", graph.recall);

  context.step(1, 2, "neighbours");
  start = Clock::now();
  projection::Tsne engine(space, std::move(graph), engineOptions(params, context), context.stopFlag());
  context.timed("affinities", start);
  return engine;
}

}  // namespace

void run(const Params &given, RunContext &context) {
  Params params = given;
  const double cpuStart = cpuSeconds();
  requireSamples(context, params.perplexity);
  if (params.supervision > 0 && context.dataset().label() == nullptr) {
    throw InputError(context.dataset().provenance().name, "has no labels to be supervised by", "set supervision to 0");
  }
  Features features = mapSpace(samplesFor(2), params.pcaDims, params.metric, context);

  projection::Tsne engine = prepared(features.matrix, params, context);

  if (const auto from = context.inputs().start) {
    requireStart(*from, params.dims, context);
    // a branch goes on where it was; where groups still have to find each other the layout is shrunk, as any start is
    engine.setPositions(params.exaggerationIterations > 0 ? projection::scaleStart(*from, params.dims, context.seed()) : *from);
  }
  auto start = Clock::now();
  Journey journey(engine, params, features, context);
  journey.run();
  context.timed("optimise", start);

  start = Clock::now();
  const Matrix map = engine.positions();
  const double kl = engine.kl();
  context.metric("kl", kl);
  measureMap(*features.matrix, map, context);
  if (params.supervision == 0) {
    checkCost(*features.matrix, map, kl, params.perplexity, context);
  }
  context.timed("measure", start);
  context.metric("cpu_seconds", cpuSeconds() - cpuStart);
  context.log("neighbours: " + engine.graph().method + "; repulsion: " + engine.repulsionName() + "; space: " + features.space);
}

void describe(StudyRegistry &registry) {
  Schema<Params> schema;
  schema
      .add("perplexity", &Params::perplexity, "Perplexity",
           "How many neighbours each sample pulls at. Small shows fine grain and many islands, large the broad arrangement. Needs three times as many samples.")
      .range(2, 500)
      .logScale()
      .live();
  schema.add("iterations", &Params::iterations, "Iterations", "More let the map settle; beyond about a thousand little changes.").range(10, 100000).logScale();
  schema
      .add("exaggeration", &Params::exaggeration, "Exaggeration",
           "How much stronger attraction is at first. More pulls groups together into tight balls before they spread. Moved after the first phase it stays on; "
           "1 ends it.")
      .range(1, 100)
      .live();
  schema
      .add("exaggeration_iterations", &Params::exaggerationIterations, "Exaggerated iterations",
           "How long the first phase is. Too short leaves groups torn apart.")
      .range(0, 100000)
      .inAdvanced();
  schema
      .add("learning_rate", &Params::learningRate, "Learning rate",
           "Length of the steps; 0 chooses it from the number of samples. Too small leaves a ball, too large scatters the points.")
      .range(0, 1e7)
      .live()
      .inAdvanced();
  schema.add("dims", &Params::dims, "Dimensions", "2 for a map, 3 for a cloud to turn: more room, harder to read.").range(2, 3);
  schema
      .add("late_exaggeration", &Params::lateExaggeration, "Late exaggeration",
           "How much stronger attraction stays after the first phase. 1 is t-SNE; 2 to 4 draws groups tighter and farther apart, towards what UMAP shows.")
      .range(1, 30)
      .inAdvanced();
  schema
      .add("supervision", &Params::supervision, "Supervision",
           "How much of their pull samples of different labels lose. 0 is t-SNE; more gathers the labels, so the map no longer says whether the data would.")
      .range(0, 1)
      .inAdvanced();
  addSpaceParameters(schema, &Params::pcaDims, &Params::metric);

  StudyInfo info;
  info.id = "tsne";
  info.title = "t-SNE";
  info.family = "projection";
  info.paper =
      "L. van der Maaten and G. Hinton 2008, Visualizing data using t-SNE; forces by interpolation on a grid after G. Linderman et al. 2019, "
      "Fast interpolation-based t-SNE";
  info.summary = "Draws a map in which samples that are alike lie side by side.";
  info.claim =
      "Neighbourhoods survive far better than in the best linear map: checked by how many of the ten nearest neighbours stay among the ten nearest, "
      "against the principal components of the same data.";
  info.version = 2;  // the late gradient is truer since
  info.usesModel = true;
  info.takesStart = true;
  info.actions = {"hold", "release", "add"};
  info.smoke = {{"perplexity", 10}, {"iterations", 100}, {"exaggeration_iterations", 40}};
  info.help = kHelp;
  registry.add(std::move(info), schema, run);
}

}  // namespace vitrine::study::tsne

VITRINE_STUDY(tsne)
