// Axes that somebody chose: from the middle of one set of samples to the middle of another, as in the Embedding Projector (Smilkov et al. 2016).
#include <algorithm>
#include <cmath>

#include "projection/pca.h"
#include "studies/projection/map_parts.h"

namespace vitrine::study::axes {

namespace {

constexpr const char *kHelp =
    R"(Principal components ask where the data spread most; these axes ask what *you* want to know: how far is each sample on the way from one group to
another?

**What you see.** *projection*: across, from the middle of group *From* (0) to the middle of group *To* (1). Up: the direction, square to the first,
in which the samples spread most, or from *Second from* to *Second to* if you name them. *order*: the samples along the first axis.

**The knobs.** The groups are values of the label column, as the legend writes them. Empty: the two groups whose middles are farthest apart.

**How to read it.** A sample at 0.5 stands between the groups along this one direction; in all others it may be far from both. How well the axis
tells the two groups apart is in the figures (area under the ROC curve), beside the best principal component.)";

struct Params {
  std::string from, to, secondFrom, secondTo;
  int pcaDims = 0;
  std::string metric = "euclidean";
};

struct Groups {
  std::vector<std::int32_t> codes;
  std::vector<std::string> names;
  Matrix middles;
  std::vector<double> counts;
};

Groups groupsOf(const Matrix &x, RunContext &context) {
  const Column *label = context.dataset().label();
  if (label == nullptr) {
    throw InputError(context.dataset().provenance().name, "has no label column, and the axes run between groups of it",
                     "open it with a label column, or use principal components");
  }
  Groups groups{labelsOf(context), label->categories, Matrix(label->categories.size(), x.cols), std::vector<double>(label->categories.size(), 0)};
  for (std::size_t i = 0; i < x.rows; ++i) {
    if (groups.codes[i] >= 0) {
      const auto g = static_cast<std::size_t>(groups.codes[i]);
      groups.counts[g] += 1;
      std::transform(x.row(i).begin(), x.row(i).end(), groups.middles.row(g).begin(), groups.middles.row(g).begin(), std::plus<>());
    }
  }
  for (std::size_t g = 0; g < groups.names.size(); ++g) {
    for (float &v : groups.middles.row(g)) {
      v = static_cast<float>(v / std::max(1.0, groups.counts[g]));
    }
  }
  return groups;
}

std::size_t groupNamed(const Groups &groups, const std::string &name) {
  for (std::size_t g = 0; g < groups.names.size(); ++g) {
    if (groups.names[g] == name && groups.counts[g] > 0) {
      return g;
    }
  }
  std::string known;
  for (std::size_t g = 0; g < groups.names.size(); ++g) {
    known += groups.counts[g] > 0 ? (known.empty() ? "" : ", ") + groups.names[g] : "";
  }
  throw InputError("no sample of this run is labelled \"" + name + "\"; there are: " + known);
}

std::vector<float> between(const Groups &groups, std::size_t from, std::size_t to) {
  std::vector<float> axis(groups.middles.cols);
  std::transform(groups.middles.row(to).begin(), groups.middles.row(to).end(), groups.middles.row(from).begin(), axis.begin(), std::minus<>());
  return axis;
}

std::pair<std::size_t, std::size_t> farthest(const Groups &groups) {
  std::pair<std::size_t, std::size_t> best{0, 0};
  double most = -1;
  for (std::size_t a = 0; a < groups.names.size(); ++a) {
    for (std::size_t b = a + 1; b < groups.names.size(); ++b) {
      const auto axis = between(groups, a, b);
      if (groups.counts[a] > 0 && groups.counts[b] > 0 && dot(axis, axis) > most) {
        most = dot(axis, axis);
        best = {a, b};
      }
    }
  }
  if (most <= 0) {
    throw InputError("an axis needs two groups whose middles differ; this run has none");
  }
  return best;
}

/// The share of pairs (one of each group) in which the sample of the second stands further: 1 = the axis tells them apart, 0.5 = it does not.
double areaUnderRoc(const std::vector<float> &values, const Groups &groups, std::size_t from, std::size_t to) {
  std::vector<std::pair<float, bool>> order;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (groups.codes[i] == static_cast<std::int32_t>(from) || groups.codes[i] == static_cast<std::int32_t>(to)) {
      order.emplace_back(values[i], groups.codes[i] == static_cast<std::int32_t>(to));
    }
  }
  std::sort(order.begin(), order.end());
  double below = 0, won = 0, second = 0;
  for (std::size_t i = 0, next = 0; i < order.size(); i = next) {  // equal values count half
    double firstHere = 0, secondHere = 0;
    for (next = i; next < order.size() && order[next].first == order[i].first; ++next) {
      (order[next].second ? secondHere : firstHere) += 1;
    }
    won += secondHere * (below + firstHere / 2);
    below += firstHere;
    second += secondHere;
  }
  return below > 0 && second > 0 ? won / (below * second) : 0.5;
}

/// Where each sample stands on the way along `axis`: 0 at `origin`, 1 at its end.
std::vector<float> along(const Matrix &x, std::span<const float> origin, std::span<const float> axis) {
  const double length = std::max(dot(axis, axis), 1e-30), start = dot(origin, axis);
  std::vector<float> values(x.rows);
  for (std::size_t i = 0; i < x.rows; ++i) {
    values[i] = static_cast<float>((dot(x.row(i), axis) - start) / length);
  }
  return values;
}

/// The direction of largest spread once `axis` is taken out.
std::vector<float> squareTo(const Matrix &x, std::span<const float> axis, RunContext &context) {
  Matrix rest = x;
  const double length = std::max(dot(axis, axis), 1e-30);
  for (std::size_t i = 0; i < rest.rows; ++i) {
    const double part = dot(rest.row(i), axis) / length;
    std::transform(rest.row(i).begin(), rest.row(i).end(), axis.begin(), rest.row(i).begin(),
                   [part](float v, float a) { return static_cast<float>(v - part * static_cast<double>(a)); });
  }
  const auto fitted = projection::fitPca(rest, {.components = 1, .seed = context.seed(), .threads = context.threads()}, context.stopFlag());
  return {fitted.components.row(0).begin(), fitted.components.row(0).end()};
}

}  // namespace

void run(const Params &p, RunContext &context) {
  const Features features = mapSpace(4, p.pcaDims, p.metric, context);
  const Matrix &x = *features.matrix;
  context.step(0, 3, "middles of the groups");
  const Groups groups = groupsOf(x, context);
  const auto named = [&](const std::string &a, const std::string &b, std::pair<std::size_t, std::size_t> otherwise) {
    return std::pair{a.empty() ? otherwise.first : groupNamed(groups, a), b.empty() ? otherwise.second : groupNamed(groups, b)};
  };
  const auto [from, to] = named(p.from, p.to, farthest(groups));
  const auto first = between(groups, from, to);
  if (dot(first, first) <= 0) {
    throw InputError("both ends of the axis are the same group (" + groups.names[from] + ")", "name two groups");
  }
  const std::vector<float> across = along(x, groups.middles.row(from), first);
  context.step(1, 3, "the second axis");
  const bool second = !p.secondFrom.empty() || !p.secondTo.empty();
  const auto [secondFrom, secondTo] = second ? named(p.secondFrom, p.secondTo, {from, to}) : std::pair{from, to};
  const std::vector<float> up = second ? along(x, groups.middles.row(secondFrom), between(groups, secondFrom, secondTo))
                                       : along(x, groups.middles.row(from), squareTo(x, first, context));
  const double scale = second ? 1 : 1 / std::sqrt(dot(first, first));  // the unit of the first axis, so that the map is not stretched
  Matrix map(x.rows, 2);
  Column column;
  column.name = groups.names[from] + " to " + groups.names[to];
  for (std::size_t i = 0; i < x.rows; ++i) {
    map.row(i)[0] = across[i];
    map.row(i)[1] = static_cast<float>(scale * static_cast<double>(up[i]));
    column.numbers.push_back(static_cast<double>(across[i]));
  }
  context.emit("projection", Projection{context.sharedIds(), map, {column}},
               {{"space", features.space}, {"from", groups.names[from]}, {"to", groups.names[to]}});

  context.step(2, 3, "how well it tells them apart");
  const auto pca = projection::fitPca(x, {.components = 10, .seed = context.seed(), .threads = context.threads()}, context.stopFlag());
  double best = 0.5;
  for (std::size_t k = 0; k < pca.components.rows; ++k) {
    const double area = areaUnderRoc(along(x, pca.mean, pca.components.row(k)), groups, from, to);
    best = std::max({best, area, 1 - area});
  }
  const double area = areaUnderRoc(across, groups, from, to);
  context.metric("area_under_roc", area);
  context.baseline("best of ten principal components", "area_under_roc", best);
  double mean = 0;
  for (std::size_t i = 0; i < x.rows; ++i) {
    mean += groups.codes[i] == static_cast<std::int32_t>(to) ? static_cast<double>(across[i]) / groups.counts[to] : 0;
  }
  context.check({"the second group's middle stands at 1", Check::Kind::Exact, std::abs(mean - 1) < 1e-3, std::abs(mean - 1), "difference < 1e-3", "V"});
  context.check({"tells the groups apart better than any of ten principal components", Check::Kind::Trend, area > best, area - best, "> 0", "M"});
}

void describe(StudyRegistry &registry) {
  Schema<Params> schema;
  schema.add("from", &Params::from, "From",
             "The group where the first axis starts: a value of the label column. Empty: chosen, the two middles farthest apart.");
  schema.add("to", &Params::to, "To", "The group where the first axis ends. Empty: chosen.");
  schema.add("second_from", &Params::secondFrom, "Second from", "The group where the second axis starts. Empty: the direction of largest spread.").inAdvanced();
  schema.add("second_to", &Params::secondTo, "Second to", "The group where the second axis ends. Empty: the direction of largest spread.").inAdvanced();
  addSpaceParameters(schema, &Params::pcaDims, &Params::metric);

  StudyInfo info;
  info.id = "axes";
  info.title = "Axes of your own";
  info.family = "projection";
  info.paper = "D. Smilkov et al. 2016, Embedding Projector: Interactive Visualization and Interpretation of Embeddings";
  info.summary = "Lays the samples out along the way from one group to another.";
  info.claim = "The way between two groups tells them apart better than the directions of largest spread: checked against ten principal components.";
  info.usesModel = true;
  info.help = kHelp;
  registry.add(std::move(info), schema, run);
}

}  // namespace vitrine::study::axes

VITRINE_STUDY(axes)
