// Principal components (Pearson 1901, Hotelling 1933): the linear map that keeps most variance, its spectrum and, for pictures, its axes as pictures.
#include <algorithm>
#include <cmath>

#include "core/seed.h"
#include "projection/pca.h"
#include "studies/projection/map_parts.h"

namespace vitrine::study::pca {

namespace {

constexpr int kSpectrum = 50;  // components that the curve shows
constexpr int kPictures = 16;  // components shown as pictures

constexpr const char *kHelp =
    R"(Principal component analysis turns the axes of the data so that the first shows as much of the variance as one axis can, the second
as much of the rest, and so on. The map shows the first two or three.

**What you see.** *projection*: the samples along the first components; distances in the map are honest shadows of real ones, never longer.
*variance*: what each component keeps, and all up to it together; a steep start means that a few directions say most.
*components* (for pictures): each axis as a picture. Grey pixels do not matter to it; samples on one side are bright where the axis is bright,
samples on the other side dark.

**How to read it.** Groups that overlap here may still be apart in the dimensions that are not shown: look at *explained variance* before you
conclude anything. The direction of an axis is arbitrary. t-SNE starts from this map and then bends it.

**With a model** its embedding of each picture is used (last layer, class token); without one, the pixels or the vectors themselves.)";

struct Params {
  int dims = 2;
};

/// Largest entry of |V V^T - I| for the rows of V.
double orthonormalityError(const Matrix &components) {
  double worst = 0;
  for (std::size_t a = 0; a < components.rows; ++a) {
    for (std::size_t b = 0; b <= a; ++b) {
      worst = std::max(worst, std::abs(dot(components.row(a), components.row(b)) - (a == b ? 1.0 : 0.0)));
    }
  }
  return worst;
}

Matrix firstColumns(const Matrix &matrix, std::size_t count) {
  Matrix first(matrix.rows, count);
  for (std::size_t r = 0; r < matrix.rows; ++r) {
    std::copy_n(matrix.row(r).begin(), count, first.row(r).begin());
  }
  return first;
}

/// Mean squared distance (divisor n - 1) between the samples and their reconstruction from `scores`, by building each reconstruction.
double reconstructionError(const Matrix &x, const projection::Pca &pca, const Matrix &scores, RunContext &context) {
  double sum = 0;
  std::vector<float> rest(x.cols);
  for (std::size_t r = 0; r < x.rows; ++r) {
    if (r % 512 == 0) {
      context.step(static_cast<std::int64_t>(r), static_cast<std::int64_t>(x.rows), "checking the reconstruction");
    }
    for (std::size_t c = 0; c < x.cols; ++c) {
      rest[c] = x.row(r)[c] - pca.mean[c];
    }
    for (std::size_t k = 0; k < scores.cols; ++k) {
      const float score = scores.row(r)[k];
      const auto axis = pca.components.row(k);
      for (std::size_t c = 0; c < x.cols; ++c) {
        rest[c] -= score * axis[c];
      }
    }
    sum += dot(rest, rest);
  }
  return sum / static_cast<double>(x.rows - 1);
}

/// `dims` random orthonormal directions as a projection of the same kind (Gram-Schmidt on normal vectors).
projection::Pca randomAxes(const projection::Pca &like, std::size_t dims, std::uint64_t seed) {
  projection::Pca random;
  random.mean = like.mean;
  random.components = Matrix(dims, like.components.cols);
  Rng rng(seed);
  for (std::size_t k = 0; k < dims; ++k) {
    auto axis = random.components.row(k);
    std::generate(axis.begin(), axis.end(), [&] { return static_cast<float>(rng.normal()); });
    for (std::size_t other = 0; other <= k; ++other) {
      const bool self = other == k;
      const auto against = random.components.row(other);
      const double amount = self ? 1 / std::sqrt(dot(axis, axis)) : dot(axis, against);
      for (std::size_t c = 0; c < axis.size(); ++c) {
        axis[c] = self ? static_cast<float>(axis[c] * amount) : static_cast<float>(axis[c] - amount * against[c]);
      }
    }
  }
  return random;
}

void emitSpectrum(const projection::Pca &pca, RunContext &context) {
  Curve::Series each{"each component", {}, {}}, together{"together", {}, {}};
  double sum = 0;
  for (std::size_t k = 0; k < pca.variance.size(); ++k) {
    const double fraction = pca.totalVariance > 0 ? pca.variance[k] / pca.totalVariance : 0;
    sum += fraction;
    each.x.push_back(static_cast<double>(k + 1));
    each.y.push_back(fraction);
    together.x.push_back(static_cast<double>(k + 1));
    together.y.push_back(sum);
  }
  context.emit("variance", Curve{"component", "fraction of the variance", {each, together}});
}

/// Where the features are pixels of one size: each axis as a picture, grey where a pixel does not matter.
void emitPictures(const projection::Pca &pca, RunContext &context) {
  if (context.inputs().model || !context.dataset().hasImages()) {
    return;
  }
  const Image like = context.dataset().image(context.ids().front());
  if (static_cast<std::size_t>(like.width) * static_cast<std::size_t>(like.height) * static_cast<std::size_t>(like.channels) != pca.components.cols) {
    return;
  }
  ImageGrid grid;
  for (std::size_t k = 0; k < std::min<std::size_t>(kPictures, pca.components.rows); ++k) {
    const auto axis = pca.components.row(k);
    const float largest = std::abs(*std::max_element(axis.begin(), axis.end(), [](float a, float b) { return std::abs(a) < std::abs(b); }));
    Image picture{like.width, like.height, like.channels, {}};
    for (const float value : axis) {
      picture.pixels.push_back(static_cast<std::uint8_t>(std::lround(127.5F + 127.5F * (largest > 0 ? value / largest : 0))));
    }
    char caption[64];
    std::snprintf(caption, sizeof caption, "component %zu: %.1f %%", k + 1, pca.totalVariance > 0 ? 100 * pca.variance[k] / pca.totalVariance : 0);
    grid.images.push_back(std::move(picture));
    grid.captions.emplace_back(caption);
  }
  context.emit("components", std::move(grid));
}

/// How much each value of a sample weighs in each component.
void emitLoadings(const projection::Pca &pca, RunContext &context) {
  Table table{nullptr, {numberColumn("value", pca.components.cols)}};
  for (std::size_t c = 0; c < pca.components.cols; ++c) {
    table.columns[0].numbers[c] = static_cast<double>(c);
  }
  for (std::size_t k = 0; k < std::min<std::size_t>(kPictures, pca.components.rows); ++k) {
    table.columns.push_back(numberColumn("component " + std::to_string(k + 1), pca.components.cols));
    std::copy(pca.components.row(k).begin(), pca.components.row(k).end(), table.columns.back().numbers.begin());
  }
  context.emit("loadings", std::move(table));
}

/// Exact identities of the method, and its neighbours against those of random directions (three seeds).
void checkAll(const Matrix &x, const projection::Pca &fitted, const Matrix &scores, double recall, RunContext &context) {
  const double orthonormal = orthonormalityError(fitted.components);
  context.check({"components are orthonormal", Check::Kind::Exact, orthonormal <= 1e-4, orthonormal, "largest error <= 1e-4", "V"});
  double kept = 0;
  for (std::size_t k = 0; k < scores.cols; ++k) {
    kept += fitted.variance[k];
  }
  const double lost = fitted.totalVariance - kept;
  const double error = reconstructionError(x, fitted, scores, context);
  const double relative = std::abs(error - lost) / std::max(fitted.totalVariance, 1e-30);
  context.check(
      {"reconstruction error equals the variance left out", Check::Kind::Exact, relative <= 1e-3, relative, "difference <= 1e-3 of the total variance", "V"});

  std::vector<double> recalls;
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    context.step(static_cast<std::int64_t>(seed), 3, "random directions for comparison");
    const auto random = randomAxes(fitted, scores.cols, context.seed() + seed);
    recalls.push_back(qualityOf(x, random.transform(x, context.threads()), context).at("map_recall"));
  }
  const double mean = (recalls[0] + recalls[1] + recalls[2]) / 3;
  double spread = 0;
  for (const double value : recalls) {
    spread += (value - mean) * (value - mean) / 2;
  }
  spread = std::sqrt(spread);
  context.baseline("random directions", "map_recall", mean);
  context.baseline("random directions", "map_recall_sd", spread);
  context.check({"keeps more neighbours than random directions", Check::Kind::Trend, recall > mean + 2 * spread, recall - mean,
                 "> 2 s.d. above the mean of three random draws", "M"});
}

}  // namespace

void run(const Params &p, RunContext &context) {
  const Features features = featuresOf(context, 3);
  const Matrix &x = *features.matrix;
  const auto most = std::min(x.rows, x.cols);
  const auto dims = static_cast<std::size_t>(p.dims);
  if (dims > most) {
    throw InputError(context.dataset().provenance().name, std::to_string(x.rows) + " samples of " + std::to_string(x.cols) + " values have at most " +
                                                              std::to_string(most) + " components, not " + std::to_string(p.dims));
  }
  context.offerNeighbours(neighboursIn(features.matrix, context.sharedIds(), features.space + ", Euclidean"));

  auto start = std::chrono::steady_clock::now();
  context.step(0, 1, "principal components");
  projection::PcaOptions options;
  options.components = static_cast<int>(std::min<std::size_t>(most, std::max(p.dims, kSpectrum)));
  options.seed = context.seed();
  options.threads = context.threads();
  const projection::Pca fitted = projection::fitPca(x, options, context.stopFlag());
  const Matrix scores = firstColumns(fitted.transform(x, context.threads()), dims);
  context.timed("fit", start);

  double kept = 0;
  for (std::size_t k = 0; k < dims; ++k) {
    kept += fitted.variance[k];
  }
  kept = fitted.totalVariance > 0 ? kept / fitted.totalVariance : 1;
  const Json metadata = {{"space", features.space}, {"explained_variance", kept}};
  context.emit("projection", Projection{context.sharedIds(), dims <= 3 ? scores : firstColumns(scores, 2)}, metadata);
  if (dims > 3) {
    context.emit("embedding", Embedding{context.sharedIds(), scores}, metadata);
  }
  emitSpectrum(fitted, context);
  emitPictures(fitted, context);
  emitLoadings(fitted, context);

  start = std::chrono::steady_clock::now();
  context.step(0, 1, "measuring the map");
  const auto quality = qualityOf(x, scores, context);
  for (const auto &[name, value] : quality) {
    context.metric(name, value);
  }
  context.metric("explained_variance", kept);
  checkAll(x, fitted, scores, quality.at("map_recall"), context);
  context.timed("check", start);
}

void describe(StudyRegistry &registry) {
  Schema<Params> schema;
  schema
      .add("dims", &Params::dims, "Dimensions",
           "How many components are kept. 2 or 3 make a map; more keep more of the data but can only be seen two at a time.")
      .range(2, 50);

  StudyInfo info;
  info.id = "pca";
  info.title = "Principal components";
  info.family = "projection";
  info.paper =
      "K. Pearson 1901, On lines and planes of closest fit to systems of points in space; H. Hotelling 1933, Analysis of a complex of statistical variables "
      "into principal components";
  info.summary = "Draws the samples along the few directions in which they differ most.";
  info.claim = "No linear map of so few dimensions loses less: checked by rebuilding every sample from its components, and against random directions.";
  info.usesModel = true;
  info.smoke = {{"dims", 2}};
  info.help = kHelp;
  registry.add(std::move(info), schema, run);
}

}  // namespace vitrine::study::pca

VITRINE_STUDY(pca)
