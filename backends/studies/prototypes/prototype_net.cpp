// Trains a classifier whose only evidence is the distances to a few prototypes that decode to pictures, beside its black-box twin.
#include <algorithm>
#include <cmath>
#include <optional>

#include "core/prototypes.h"
#include "core/report.h"
#include "core/study.h"
#include "models/prototype_trainer.h"
#include "studies/prototypes/labelled.h"
#include "studies/prototypes/sheet.h"

namespace vitrine::study::prototype_net {

namespace {

using models::prototype::Options;
using models::prototype::Trainer;

constexpr std::size_t kPiece = 500;   // pictures encoded between two progress reports
constexpr std::size_t kShown = 2000;  // training samples that go into the map, and that the nearest picture of an epoch is looked for in
constexpr int kMostMoments = 30;      // of the replay
constexpr double kMargin = 0.015, kFarther = 10, kFartherScaled = 1.5;  // what the checks want

constexpr const char *kHelp =
    R"(An autoencoder learns short codes of pictures. Beside it lie a few points in the space of codes, the *prototypes*. A picture is classified by nothing but
its squared distances to them: each class's score is a weighted sum of the distances, so every decision can be taken apart. A prototype is a code, so the
decoder can paint it.

**What you see.** *prototypes*: the layer with the test samples it is judged by. *gallery*: each prototype as the decoder paints it, with the class it speaks
for and the training picture nearest to it. *losses*: the four terms of the loss. *maturity*: for how many prototypes the class they speak for is that of the
nearest training picture. Early in the training that is few; it is measured here, not promised.

**What the knobs do.** *Prototypes*: more cover more ways of being in a class, fewer are easier to read. *Lambda 1* holds each prototype near some picture:
without it prototypes decode to blur. *Lambda 2* holds each picture near some prototype. *Lambda class* is the weight of being right, *lambda reconstruction*
of painting well. *Augmentation* bends the pictures a little, anew each time.

**How to read it.** A *small* distance must raise a class, so the weight of a prototype's own class is strongly *negative*. The weights are only defined up to a
constant for each prototype: compare them after taking the mean of each row away. A contribution is distance times weight; that of a very near prototype is
close to 0, although it decides. A painted prototype looks like a real garment only if the prototype lies near data (lambda 1); the nearest training picture
beside it tells.

**With a model** that is a network of prototypes (*prototypes-fashion* in the box, or *prototypes.safetensors* of an earlier run) the run goes on from it;
with 0 epochs it is shown as it is. Its number of prototypes stays, and no rivals are trained.)";

struct Params {
  int prototypes = 15;
  int epochs = 25;
  double lambdaClass = 20, lambdaAe = 1, lambda1 = 1, lambda2 = 1;
  bool compare = true;
  int seeds = 1;
  std::string initialisation = "kaiming";
  bool augmentation = true;
  double learningRate = 0.002;
  int batchSize = 100;
};

enum class Kind { Full, WithoutR, BlackBox };

/// What one training came to.
struct Result {
  double accuracy = 0, epochSeconds = 0, toData = 0, norm = 1, agreement = 0, missing = 0;
  double scaled() const { return toData / norm; }
};

class Story {
 public:
  Story(const Params &p, RunContext &context)
      : m_p(p),
        m_context(context),
        m_from(networkOf(p, context)),
        m_data(m_from ? readLabelled(context, m_from->side, m_from->channels) : readLabelled(context)) {
    if (m_from) {
      greet();
    }
  }
  void run();

 private:
  static std::optional<models::prototype::Config> networkOf(const Params &p, const RunContext &context);
  void greet();
  Options optionsFor(Kind kind, int seed) const;
  Result train(Kind kind, int seed);
  Matrix encoded(const Trainer &trainer, const models::LabelledPictures &pictures, std::size_t count);
  Prototypes layer(const Trainer &trainer, const Matrix &train, std::size_t trainCount);
  void nearestOf(const Matrix &train, Prototypes &layer, std::vector<std::size_t> &rows) const;
  double agreement(const Prototypes &layer, const std::vector<std::size_t> &rows) const;
  void epochDone(const Trainer &trainer, const models::prototype::Losses &mean);
  Result finished(const Trainer &trainer, bool first);
  void show(const Prototypes &layer, const std::vector<std::size_t> &rows);
  void exactChecks(const Trainer &trainer, const Prototypes &layer);
  void compareKinds();
  void report(const std::string &name, Kind kind, double Result::*member);
  std::vector<double> values(Kind kind, double Result::*member) const;

  Params m_p;
  RunContext &m_context;
  std::optional<models::prototype::Config> m_from;  ///< of the model that is gone on with
  LabelledData m_data;
  std::map<Kind, std::vector<Result>> m_results;
  std::vector<Prototypes::Moment> m_replay;
  Curve m_losses{"epoch", "loss, before its lambda", {{"cross-entropy", {}, {}}, {"reconstruction", {}, {}}, {"R1", {}, {}}, {"R2", {}, {}}}};
  Curve m_maturity{"epoch", "fraction", {{"class is that of the nearest training picture", {}, {}}, {"test accuracy", {}, {}}}};
  std::int64_t m_done = 0, m_total = 0;
};

double mean(const std::vector<double> &values) {
  double sum = 0;
  for (const double value : values) {
    sum += value;
  }
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

double deviation(const std::vector<double> &values) {
  double sum = 0;
  for (const double value : values) {
    sum += (value - mean(values)) * (value - mean(values));
  }
  return values.size() < 2 ? 0 : std::sqrt(sum / static_cast<double>(values.size() - 1));
}

std::optional<models::prototype::Config> Story::networkOf(const Params &p, const RunContext &context) {
  const auto model = context.inputs().model;
  if (model == nullptr) {
    if (p.epochs == 0) {
      throw InputError("0 epochs", "leave nothing to see of a new network", "train for an epoch or more, or choose a trained network as the model");
    }
    return std::nullopt;
  }
  const auto config = models::prototype::networkIn(model->info().source);
  if (config.blackBox) {
    throw InputError(model->info().name, "is a black-box twin, without prototypes", "choose a network of prototypes");
  }
  return config;
}

void Story::greet() {
  const std::string name = m_context.inputs().model->info().name;
  if (m_from->classes != static_cast<int>(m_data.classNames.size())) {
    throw InputError(name,
                     "tells " + std::to_string(m_from->classes) + " classes apart, " + m_context.dataset().provenance().name + " has " +
                         std::to_string(m_data.classNames.size()),
                     "choose the data set that it was trained on");
  }
  m_p.prototypes = m_from->prototypes;
  m_p.seeds = 1;
  m_context.log(m_p.epochs == 0 ? name + " as it is" : "goes on from " + name + " for " + std::to_string(m_p.epochs) + " epochs");
  if (std::exchange(m_p.compare, false)) {
    m_context.log("its rivals would start anew: none is trained");
  }
}

Options Story::optionsFor(Kind kind, int seed) const {
  Options options;
  options.network = {m_data.side, m_data.channels, m_p.prototypes, static_cast<int>(m_data.classNames.size()), kind == Kind::BlackBox};
  options.from = m_from ? m_context.inputs().model->info().source : "";
  options.lambdaClass = m_p.lambdaClass;
  options.lambdaAe = m_p.lambdaAe;
  options.lambda1 = kind == Kind::Full ? m_p.lambda1 : 0;
  options.lambda2 = kind == Kind::Full ? m_p.lambda2 : 0;
  options.learningRate = m_p.learningRate;
  options.epochs = m_p.epochs;
  options.batch = m_p.batchSize;
  options.paperInit = m_p.initialisation == "paper";
  options.elastic = m_p.augmentation;
  options.seed = m_context.seed() + static_cast<std::uint64_t>(seed);
  options.device = m_context.device();
  return options;
}

Matrix Story::encoded(const Trainer &trainer, const models::LabelledPictures &pictures, std::size_t count) {
  count = std::min(count, pictures.count());
  Matrix all;
  for (std::size_t begin = 0; begin < count; begin += kPiece) {
    m_context.step(m_done, m_total, "encoding");
    const Matrix part = trainer.latents(pictures, begin, std::min(count, begin + kPiece));
    all.cols = part.cols;
    all.rows += part.rows;
    all.values.insert(all.values.end(), part.values.begin(), part.values.end());
  }
  return all;
}

void Story::nearestOf(const Matrix &train, Prototypes &layer, std::vector<std::size_t> &rows) const {
  const Matrix distances = squaredDistances(train, layer.prototypes);
  for (std::size_t j = 0; j < layer.prototypes.rows; ++j) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < train.rows; ++i) {
      best = distances.row(i)[j] < distances.row(best)[j] ? i : best;
    }
    rows.push_back(best);
    layer.nearest.push_back(m_data.trainIds[best]);
    layer.nearestSquared.push_back(distances.row(best)[j]);
  }
}

Prototypes Story::layer(const Trainer &trainer, const Matrix &train, std::size_t trainCount) {
  Prototypes layer;
  layer.latents = encoded(trainer, m_data.test, m_data.test.count());
  layer.testCount = layer.latents.rows;
  layer.latents.rows += trainCount;
  layer.latents.values.insert(layer.latents.values.end(), train.values.begin(), train.values.begin() + static_cast<std::ptrdiff_t>(trainCount * train.cols));
  std::vector<SampleId> ids = m_data.testIds;
  ids.insert(ids.end(), m_data.trainIds.begin(), m_data.trainIds.begin() + static_cast<std::ptrdiff_t>(trainCount));
  layer.ids = std::make_shared<const std::vector<SampleId>>(std::move(ids));
  layer.labels = m_data.test.labels;
  layer.labels.insert(layer.labels.end(), m_data.train.labels.begin(), m_data.train.labels.begin() + static_cast<std::ptrdiff_t>(trainCount));
  layer.classNames = m_data.classNames;
  layer.prototypes = trainer.prototypes();
  layer.weights = trainer.weights();
  layer.coder = trainer.coder({{"study", "prototype-net"},
                               {"data", m_context.dataset().provenance().name},
                               {"pictures", std::to_string(m_data.train.count())},
                               {"epochs", std::to_string(m_p.epochs)},
                               {"seed", std::to_string(m_context.seed())}});
  layer.replay = m_replay;
  return layer;
}

double Story::agreement(const Prototypes &layer, const std::vector<std::size_t> &rows) const {
  double same = 0;
  for (std::size_t j = 0; j < rows.size(); ++j) {
    same += static_cast<std::size_t>(m_data.train.labels[rows[j]]) == classOf(layer.weights, j) ? 1 : 0;
  }
  return same / static_cast<double>(rows.size());
}

/// Live pictures, curves and the replay of the training that is shown.
void Story::epochDone(const Trainer &trainer, const models::prototype::Losses &last) {
  const double epoch = static_cast<double>(trainer.stepsDone()) / static_cast<double>(trainer.stepsPerEpoch());
  const double terms[] = {last.crossEntropy, last.reconstruction, last.r1, last.r2};
  for (std::size_t i = 0; i < 4; ++i) {
    m_losses.series[i].x.push_back(epoch);
    m_losses.series[i].y.push_back(terms[i]);
  }
  const Matrix train = encoded(trainer, m_data.train, kShown);
  Prototypes now = layer(trainer, train, train.rows);
  std::vector<std::size_t> rows;
  nearestOf(train, now, rows);
  const double accuracy = PrototypeScores(now).of(layerOf(now)).accuracy();
  for (const auto &[series, value] : {std::pair{0, agreement(now, rows)}, std::pair{1, accuracy}}) {
    m_maturity.series[static_cast<std::size_t>(series)].x.push_back(epoch);
    m_maturity.series[static_cast<std::size_t>(series)].y.push_back(value);
  }
  const int whole = static_cast<int>(std::lround(epoch)), every = std::max(1, (m_p.epochs + kMostMoments - 1) / kMostMoments);
  if (whole % every == 0 || whole == m_p.epochs) {
    Prototypes::Moment moment{whole, now.prototypes, now.weights, {}};
    for (std::size_t j = 0; j < now.prototypes.rows; ++j) {
      moment.pictures.push_back(now.coder->decode(now.prototypes.row(j)));
    }
    m_replay.push_back(std::move(moment));
    now.replay = m_replay;
  }
  m_context.emit("prototypes", std::move(now));
  m_context.emit("losses", m_losses);
  m_context.emit("maturity", m_maturity);
}

Result Story::train(Kind kind, int seed) {
  const bool shown = kind == Kind::Full && seed == 0;
  const std::string what = kind == Kind::Full ? "training" : kind == Kind::BlackBox ? "training the black-box twin" : "training without R1 and R2";
  Trainer trainer(optionsFor(kind, seed), m_data.train);
  m_total = std::max(m_total, trainer.stepsTotal() * m_p.seeds * (m_p.compare ? 3 : 1));
  models::prototype::Losses sum;
  while (trainer.step()) {
    m_context.step(++m_done, m_total, what);
    const auto &last = trainer.last();
    const double share = 1.0 / static_cast<double>(trainer.stepsPerEpoch());
    sum.crossEntropy += last.crossEntropy * share;
    sum.reconstruction += last.reconstruction * share;
    sum.r1 += last.r1 * share;
    sum.r2 += last.r2 * share;
    if (trainer.stepsDone() % trainer.stepsPerEpoch() == 0) {
      if (shown) {
        epochDone(trainer, sum);
      }
      sum = {};
    }
  }
  Result result;
  if (kind == Kind::BlackBox) {
    const Matrix logits = trainer.logits(encoded(trainer, m_data.test, m_data.test.count()));
    for (std::size_t i = 0; i < logits.rows; ++i) {
      const auto row = logits.row(i);
      result.accuracy += std::max_element(row.begin(), row.end()) - row.begin() == m_data.test.labels[i] ? 1.0 / static_cast<double>(logits.rows) : 0;
    }
  } else {
    result = finished(trainer, shown);
  }
  result.epochSeconds = trainer.cpuSeconds() / std::max(1, m_p.epochs);
  return result;
}

Result Story::finished(const Trainer &trainer, bool first) {
  const Matrix train = encoded(trainer, m_data.train, m_data.train.count());
  Prototypes last = layer(trainer, train, std::min(kShown, train.rows));
  std::vector<std::size_t> rows;
  nearestOf(train, last, rows);
  Result result;
  result.accuracy = PrototypeScores(last).of(layerOf(last)).accuracy();
  result.agreement = agreement(last, rows);
  result.missing = static_cast<double>(classesWithoutPrototype(layerOf(last)).size());
  for (const float squared : last.nearestSquared) {
    result.toData += static_cast<double>(squared) / static_cast<double>(last.nearestSquared.size());
  }
  double norm = 0;
  for (const float value : train.values) {
    norm += static_cast<double>(value) * static_cast<double>(value) / static_cast<double>(train.rows);
  }
  result.norm = std::max(norm, 1e-12);
  if (first) {
    show(last, rows);
    exactChecks(trainer, last);
  }
  return result;
}

void Story::show(const Prototypes &last, const std::vector<std::size_t> &rows) {
  ImageGrid gallery;
  std::vector<Image> near;
  for (std::size_t j = 0; j < rows.size(); ++j) {
    gallery.images.push_back(last.coder->decode(last.prototypes.row(j)));
    near.push_back(m_data.picture(m_data.train, rows[j]));
    gallery.captions.push_back("speaks for " + m_data.classNames[classOf(last.weights, j)] +
                               ", nearest: " + m_data.classNames[static_cast<std::size_t>(m_data.train.labels[rows[j]])]);
  }
  gallery.ids = std::make_shared<const std::vector<SampleId>>(last.nearest);
  if (!m_context.outputDir().empty() && pictureFiles().writePng != nullptr) {
    std::filesystem::create_directories(m_context.outputDir());
    pictureFiles().writePng(m_context.outputDir() / "prototypes.png", sheetOf(gallery.images, near));
  }
  std::string missing;
  for (const std::size_t k : classesWithoutPrototype(layerOf(last))) {
    missing += (missing.empty() ? "" : ", ") + m_data.classNames[k];
  }
  m_context.log("classes without a prototype: " + (missing.empty() ? std::string("none") : missing));
  m_context.emit("prototypes", last);
  m_context.emit("gallery", std::move(gallery));
}

void Story::exactChecks(const Trainer &trainer, const Prototypes &last) {
  constexpr std::size_t kAsked = 200;
  PrototypeScores scores(last);
  const PrototypeLayer whole = layerOf(last);
  const auto means = scores.meanDistances();
  Matrix some = last.latents;
  some.rows = std::min(kAsked, some.rows);
  some.values.resize(some.rows * some.cols);
  const Matrix theirs = trainer.logits(some);
  double sums = 0, removed = 0;
  for (std::size_t i = 0; i < some.rows; ++i) {
    const PrototypeLayer without = switched(whole, i % whole.count(), false);
    const auto before = logits(scores.distances(i), whole), after = logits(scores.distances(i), without);
    for (std::size_t k = 0; k < before.size(); ++k) {
      double sum = 0, size = 1, part = 0;
      for (const Evidence &one : evidence(scores.distances(i), means, whole, k)) {
        sum += one.contribution;
        size += std::abs(one.contribution);
        part = one.prototype == i % whole.count() ? one.contribution : part;
      }
      sums = std::max(sums, std::abs(sum - static_cast<double>(theirs.row(i)[k])) / size);
      removed = std::max(removed, std::abs(after[k] - before[k] + part) / size);
    }
  }
  m_context.check({"contributions sum to the network's logits", Check::Kind::Exact, sums <= 1e-4, sums, "<= 1e-4 of their size (float32)", "V"});
  m_context.check({"a prototype that goes takes its contribution along", Check::Kind::Exact, removed <= 1e-12, removed, "<= 1e-12 of their size", "V"});
}

std::vector<double> Story::values(Kind kind, double Result::*member) const {
  std::vector<double> all;
  if (const auto it = m_results.find(kind); it != m_results.end()) {
    for (const Result &result : it->second) {
      all.push_back(result.*member);
    }
  }
  return all;
}

void Story::report(const std::string &name, Kind kind, double Result::*member) {
  const auto all = values(kind, member);
  m_context.metric(name, mean(all));
  if (m_p.seeds > 1) {
    m_context.metric(name + (name.ends_with("seconds") ? "_sd_seconds" : "_sd"), deviation(all));
  }
}

void Story::compareKinds() {
  report("blackbox_accuracy", Kind::BlackBox, &Result::accuracy);
  report("accuracy_without_r", Kind::WithoutR, &Result::accuracy);
  report("prototype_to_data_without_r", Kind::WithoutR, &Result::toData);
  report("argmin_agreement_without_r", Kind::WithoutR, &Result::agreement);
  const double behind = mean(values(Kind::BlackBox, &Result::accuracy)) - mean(values(Kind::Full, &Result::accuracy));
  std::vector<double> farther, scaled;
  for (std::size_t s = 0; s < m_results[Kind::Full].size(); ++s) {
    const Result &with = m_results[Kind::Full][s], &without = m_results[Kind::WithoutR][s];
    farther.push_back(without.toData / std::max(with.toData, 1e-12));
    scaled.push_back(without.scaled() / std::max(with.scaled(), 1e-12));
  }
  m_context.metric("distance_ratio", mean(farther));
  m_context.metric("scaled_ratio", mean(scaled));
  if (m_p.seeds > 1) {
    m_context.metric("distance_ratio_sd", deviation(farther));
    m_context.metric("scaled_ratio_sd", deviation(scaled));
  }
  const std::string seeds = m_p.seeds == 1 ? " (one training each: set seeds to 3 for a verdict)" : " (means of " + std::to_string(m_p.seeds) + " seeds)";
  m_context.check({"as right as the black-box twin", Check::Kind::Trend, behind <= kMargin, behind, "at most 0.015 behind it" + seeds, "M"});
  m_context.check({"without R1 and R2 prototypes lie far from data", Check::Kind::Trend, mean(farther) >= kFarther, mean(farther),
                   "squared distance at least 10 times larger" + seeds, "M"});
  m_context.check({"and far for the size of the codes, too", Check::Kind::Trend, mean(scaled) >= kFartherScaled, mean(scaled),
                   "at least 1.5 times larger after division by the mean squared norm of the codes" + seeds, "M"});
}

void Story::run() {
  m_context.log(std::to_string(m_p.prototypes) + " prototypes for " + std::to_string(m_data.classNames.size()) + " classes, " +
                std::to_string(m_data.train.count()) + " pictures of " + std::to_string(m_data.side) + " x " + std::to_string(m_data.side) +
                (m_data.channels == 1 ? " grey" : " RGB") + " pixels to learn from" + (m_from ? "" : ", " + m_p.initialisation + " initialisation"));
  const auto start = std::chrono::steady_clock::now();
  for (int seed = 0; seed < m_p.seeds; ++seed) {
    for (const Kind kind : {Kind::Full, Kind::BlackBox, Kind::WithoutR}) {
      if (kind == Kind::Full || m_p.compare) {
        m_results[kind].push_back(train(kind, seed));
      }
    }
  }
  m_context.timed("train", start);
  report("test_accuracy", Kind::Full, &Result::accuracy);
  report("prototype_to_data", Kind::Full, &Result::toData);
  report("classes_without_prototype", Kind::Full, &Result::missing);
  report("argmin_agreement", Kind::Full, &Result::agreement);
  if (m_p.epochs > 0) {
    report("epoch_cpu_seconds", Kind::Full, &Result::epochSeconds);
  }
  if (m_p.compare) {
    compareKinds();
  }
}

}  // namespace

void run(const Params &p, RunContext &context) {
  Story(p, context).run();
}

void describe(StudyRegistry &registry) {
  Schema<Params> schema;
  schema.add("prototypes", &Params::prototypes, "Prototypes", "More cover more ways of being in a class; fewer are easier to read.").range(1, 200);
  schema
      .add("epochs", &Params::epochs, "Epochs",
           "Passes over the pictures. More sharpen the pictures of prototypes; the paper takes 1500. 0 shows a model as it is.")
      .range(0, 5000);
  schema.add("lambda_class", &Params::lambdaClass, "Lambda class", "Weight of being right. More favours accuracy over pictures.").range(0, 1000);
  schema.add("lambda_ae", &Params::lambdaAe, "Lambda reconstruction", "Weight of painting well. At 0 prototypes decode to noise.").range(0, 1000);
  schema.add("lambda_1", &Params::lambda1, "Lambda 1", "Holds each prototype near some picture. At 0 they drift away from data.").range(0, 1000);
  schema.add("lambda_2", &Params::lambda2, "Lambda 2", "Holds each picture near some prototype. More spreads the prototypes.").range(0, 1000);
  schema.add("compare", &Params::compare, "Compare", "Trains the black-box twin and a network without R1 and R2, too: three times the work.");
  schema.add("seeds", &Params::seeds, "Seeds", "Trainings of each kind, for means and their spread. Three or more make a verdict.").range(1, 20);
  schema.add("augmentation", &Params::augmentation, "Bend pictures", "Elastic deformation, anew for each batch: slower to fit, better on new pictures.");
  schema
      .add("initialisation", &Params::initialisation, "Initialisation",
           "Of the convolutions: kaiming learns fast; paper is N(0, 0.01), which needs many more epochs.")
      .oneOf({"kaiming", "paper"})
      .inAdvanced();
  schema.add("learning_rate", &Params::learningRate, "Learning rate", "Adam's. Too high and the losses jump.").range(1e-6, 1).inAdvanced().logScale();
  schema
      .add("batch_size", &Params::batchSize, "Batch",
           "Pictures a step. R1 is the minimum over a batch, so the paper takes 250, and 1500 epochs; in a few epochs 100 come farther: they are more steps.")
      .range(2, 10000)
      .inAdvanced();

  StudyInfo info;
  info.id = "prototype-net";
  info.title = "Prototype network";
  info.family = "prototypes";
  info.paper =
      "O. Li, H. Liu, C. Chen and C. Rudin 2018, Deep Learning for Case-Based Reasoning through Prototypes: A Neural Network that Explains Its Predictions";
  info.summary = "Trains a classifier that decides by distances to a few prototypes, which decode to pictures.";
  info.claim =
      "A network that decides by prototypes is as accurate as a black box (99.22 and 99.24 % on MNIST in the paper), and R1 and R2 hold the prototypes near "
      "data: both are measured against a twin of the same run.";
  info.needsImages = true;
  info.usesModel = true;
  info.smoke = {{"epochs", 2}, {"prototypes", 5}};
  info.help = kHelp;
  registry.add(std::move(info), schema, run);
}

}  // namespace vitrine::study::prototype_net

VITRINE_STUDY(prototype_net)
