// A picture as a vector: what a model's tokens say at a layer, and whether neighbours there share more labels than neighbours in the pixels.
#include <cmath>

#include "core/seed.h"
#include "core/study.h"
#include "projection/knn.h"
#include "studies/attention/pictures.h"

namespace vitrine::study::embed {

namespace {

constexpr std::size_t kAsked = 2000;  // samples among which neighbours are looked for
constexpr int kNeighbours = 10;

constexpr const char *kHelp =
    R"(A model turns each picture into a vector. Pictures that it finds alike lie close together, whatever their pixels say. This study writes
those vectors; t-SNE and PCA then draw them, and clicks find neighbours in them.

**What the knobs do.** *Layer* -1 is the end of the model, after its last normalisation. Layer 0 is the patch embedding, before any patch has
seen another; from 1 on, each block mixes them further, and what is nearby changes from *same brightness here* to *same kind of thing*.
*Pooling*: the class token gathers what the classifier needs; the mean over patches keeps more of layout and texture. At layer 0 the class token
is the same for every picture, so use the mean there.

**How to read it.** *label_agreement* is the fraction of the ten nearest neighbours that carry the same label, among up to 2,000 samples. The same
number for raw pixels stands beside it as the baseline. A model trained on these labels should be far above; one from elsewhere tells how well
its knowledge carries over.

**Without a model** the vectors are the data's own values (pixels between 0 and 1, or the columns of a table).)";

struct Params {
  int layer = -1;
  std::string pooling = "cls";
  int batch = 256;
};

/// Rows are the run's samples; the values of the data set itself.
Matrix ownValues(RunContext &context, std::span<const SampleId> ids, const std::string &what) {
  const Dataset &data = context.dataset();
  if (data.featureCount() == 0) {
    throw InputError(data.provenance().name, "its pictures differ in size", "choose a model, which brings them to its input size");
  }
  Matrix values(ids.size(), data.featureCount());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i % 64 == 0) {
      context.step(static_cast<std::int64_t>(i), static_cast<std::int64_t>(ids.size()), what);
    }
    data.values(ids[i], values.row(i));
  }
  return values;
}

Matrix encoded(const Params &p, RunContext &context) {
  requirePictures(context);
  const Pooling pooling = p.pooling == "mean" ? Pooling::Mean : Pooling::Cls;
  Matrix all;
  overPictures(context, context.ids(), static_cast<std::size_t>(p.batch), "encoding pictures", [&](std::size_t begin, std::span<const Image> pictures) {
    const Matrix part = context.model().encode(pictures, p.layer, pooling);
    if (begin == 0) {
      all = Matrix(context.ids().size(), part.cols);
    }
    std::copy(part.values.begin(), part.values.end(), all.row(begin).begin());
  });
  return all;
}

/// Indices into the run's samples that have a label: all, or a seeded draw of kAsked.
std::vector<std::size_t> askedSamples(const RunContext &context, const Column &label, std::vector<std::int32_t> &codes) {
  std::vector<std::size_t> asked;
  const Dataset &data = context.dataset();
  const auto codeOf = [&](std::size_t i) { return label.codes[data.row(context.ids()[i]).value()]; };
  for (std::size_t i = 0; i < context.ids().size(); ++i) {
    if (codeOf(i) >= 0) {
      asked.push_back(i);
    }
  }
  if (asked.size() > kAsked) {
    Rng(context.seed()).shuffle(asked);
    asked.resize(kAsked);
    std::sort(asked.begin(), asked.end());
  }
  for (const std::size_t i : asked) {
    codes.push_back(codeOf(i));
  }
  return asked;
}

struct Agreement {
  double mean = 0, error = 0;  ///< of the mean over samples
};

Agreement labelAgreement(const Matrix &x, std::span<const std::int32_t> codes, RunContext &context) {
  projection::KnnOptions options;
  options.k = kNeighbours;
  options.method = projection::KnnOptions::Method::Exact;
  options.threads = context.threads();
  const auto graph = projection::buildKnn(x, options, context.stopFlag());
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < x.rows; ++i) {
    int same = 0;
    for (int k = 0; k < graph.k; ++k) {
      same += codes[graph.neighbours[i * static_cast<std::size_t>(graph.k) + static_cast<std::size_t>(k)]] == codes[i] ? 1 : 0;
    }
    const double share = static_cast<double>(same) / graph.k;
    sum += share;
    squares += share * share;
  }
  const double n = static_cast<double>(x.rows), mean = sum / n;
  return {mean, std::sqrt(std::max(0.0, squares / n - mean * mean) / n)};
}

void checkFinite(const Matrix &vectors, RunContext &context) {
  const auto bad = std::count_if(vectors.values.begin(), vectors.values.end(), [](float value) { return !std::isfinite(value); });
  context.check({"all values are finite", Check::Kind::Exact, bad == 0, static_cast<double>(bad), "0 that are not", "V"});
  const bool shaped = vectors.rows == context.ids().size() && vectors.cols > 0 && vectors.values.size() == vectors.rows * vectors.cols;
  context.check({"one vector a sample", Check::Kind::Exact, shaped, static_cast<double>(vectors.rows), "= " + std::to_string(context.ids().size()), "V"});
  if (bad > 0) {
    throw InputError(context.dataset().provenance().name, std::to_string(bad) + " values of the embedding are not finite");
  }
}

Matrix rowsOf(const Matrix &from, const std::vector<std::size_t> &rows) {
  Matrix some(rows.size(), from.cols);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::copy(from.row(rows[i]).begin(), from.row(rows[i]).end(), some.row(i).begin());
  }
  return some;
}

/// Neighbours that share a label, in the embedding and in the raw values.
void measure(const Matrix &vectors, RunContext &context) {
  const Column *label = context.dataset().label();
  std::vector<std::int32_t> codes;
  const auto asked = label == nullptr ? std::vector<std::size_t>() : askedSamples(context, *label, codes);
  if (asked.size() < 3) {
    context.log("no labels: neighbours are not judged");
    return;
  }
  context.step(0, 2, "neighbours in the embedding");
  const Agreement here = labelAgreement(rowsOf(vectors, asked), codes, context);
  context.metric("label_agreement", here.mean);
  if (!context.inputs().model || context.dataset().featureCount() == 0) {
    return;
  }
  std::vector<SampleId> ids;
  for (const std::size_t i : asked) {
    ids.push_back(context.ids()[i]);
  }
  const Matrix raw = ownValues(context, ids, "reading the raw values");
  context.step(1, 2, "neighbours in the raw values");
  const Agreement there = labelAgreement(raw, codes, context);
  context.baseline("raw values", "label_agreement", there.mean);
  const double margin = 2 * std::sqrt(here.error * here.error + there.error * there.error);
  context.check({"neighbours share more labels than in the raw values", Check::Kind::Trend, here.mean > there.mean + margin, here.mean - there.mean,
                 "> 2 standard errors over " + std::to_string(asked.size()) + " samples: " + std::to_string(margin), "M"});
}

}  // namespace

void run(const Params &p, RunContext &context) {
  const auto start = std::chrono::steady_clock::now();
  const bool hasModel = context.inputs().model != nullptr;
  if (!hasModel) {
    context.log("no model: the vectors are the data's own values, the baseline of every embedding");
  }
  Json metadata = {{"space", "values of " + context.dataset().provenance().name}};
  if (hasModel) {
    const ModelInfo &info = context.model().info();
    metadata = {{"space", "embedding of " + info.name}, {"model", info.name}, {"layer", p.layer}, {"pooling", p.pooling}};
    if (info.details.contains("input")) {
      context.log(info.name + " sees " + info.details["input"].get<std::string>());
    }
  }
  Matrix vectors = hasModel ? encoded(p, context) : ownValues(context, context.ids(), "reading samples");
  context.timed("encode", start);
  context.metric("dims", static_cast<double>(vectors.cols));
  checkFinite(vectors, context);

  const auto measuring = std::chrono::steady_clock::now();
  measure(vectors, context);
  context.timed("measure", measuring);
  context.emit("embedding", Embedding{context.sharedIds(), std::move(vectors)}, metadata);
}

void describe(StudyRegistry &registry) {
  Schema<Params> schema;
  schema
      .add(
          "layer", &Params::layer, "Layer",
          "Which block's tokens to take. Early layers hold brightness, edges and texture; late ones what the model was trained to tell apart. -1 is the end, 0 "
          "the patch embedding.")
      .range(-1, 64);
  schema
      .add("pooling", &Params::pooling, "Pooling",
           "How a picture's tokens become one vector: the class token (what the classifier reads) or the mean of the patches (more of layout and texture).")
      .oneOf({"cls", "mean"});
  schema.add("batch", &Params::batch, "Pictures at a time", "More is a little faster and takes more memory; the vectors stay the same up to rounding.")
      .range(1, 4096)
      .inAdvanced();

  StudyInfo info;
  info.id = "embed";
  info.title = "Embedding";
  info.family = "attention";
  info.paper = "A. Dosovitskiy et al. 2021, An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale";
  info.summary = "Turns every picture into the vector that a model has for it at a chosen layer.";
  info.claim =
      "A trained model's vectors bring together what belongs together, where pixels do not: checked by the labels of the ten nearest neighbours in both.";
  info.usesModel = true;
  info.smoke = {{"layer", -1}};
  info.help = kHelp;
  registry.add(std::move(info), schema, run);
}

}  // namespace vitrine::study::embed

VITRINE_STUDY(embed)
