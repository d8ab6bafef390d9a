// Trains a classifier whose only evidence is how like a few training patches the most similar patches of a picture are, beside its black-box twin.
#include <algorithm>
#include <cmath>
#include <set>

#include "core/parts.h"
#include "core/report.h"
#include "core/study.h"
#include "models/part_trainer.h"
#include "studies/prototypes/labelled.h"

namespace vitrine::study::proto_parts {

namespace {

using models::parts::Options;
using models::parts::Trainer;

constexpr std::size_t kPiece = 250;   // pictures encoded between two progress reports
constexpr std::size_t kShown = 2000;  // test samples judged after each epoch, and training samples that parts are looked for in
constexpr int kMostIterations = 2000;
constexpr double kMargin = 0.015, kProjectionCost = 0.02;  // what the checks want

constexpr const char *kHelp =
    R"(The second generation beside *prototype-net*: not whole pictures but **parts**, and no decoder. It is not in Li et al. 2018; it follows ProtoPNet
(Chen, Li et al. 2019). Convolutions turn a picture into a map of patches. Each class owns a few *prototypes*, points in the space of patches. A picture is
searched for the patch that is most like each prototype; how like it is, times a weight, gives points, and the class with the most points wins.

**Three stages.** First the convolutions and the prototypes learn. Then the *projection*: each prototype is replaced by the nearest patch of all training
pictures of its class. From then on a prototype **is** a piece of a real picture, and that picture can be shown. Last the weights alone are learned again.
During the first stage prototypes are projected a few times, too, and go on learning from there, so that the last time costs less.

**What you see.** *parts*: why a picture was called what it was, as pairs: this part of it looks like that part of a training picture. Points sum exactly to
the class's score. *losses* and *accuracy* tell the training; during it the pictures shown are only the nearest so far.

**What the knobs do.** *Prototypes per class*: more cover more ways of being in a class, fewer are easier to read. *Lambda cluster* pulls a patch of every
picture towards a prototype of its class, *lambda separation* pushes all its patches away from those of others. *Lambda L1* lets few other classes' prototypes
count.

**How to read it.** The box is all that the patch has seen, not what mattered in it. "Looks like" means alike **for the network**: it may mean texture, edge
or empty background. A prototype of another class counts against with a negative weight. Two prototypes of a class may become the same patch; the figures say
so.)";

struct Params {
  int prototypesPerClass = 3;
  int epochs = 30;
  double lambdaCluster = 0.8, lambdaSeparation = 0.08, lambdaL1 = 1e-4;
  int projections = 4;
  bool compare = true;
  double augmentation = 0.5;
  double learningRate = 0.002;
  int batchSize = 100;
};

class Story {
 public:
  Story(const Params &p, RunContext &context) : m_p(p), m_context(context), m_data(readLabelled(context)) {}
  void run();

 private:
  Options options(bool blackBox) const;
  Parts frame() const;
  NearestParts nearest(const Trainer &trainer, const models::LabelledPictures &pictures, std::size_t count, const std::string &what);
  std::vector<Parts::Source> project(const Trainer &trainer, std::size_t count, Matrix &patches);
  Parts judged(const Trainer &trainer, std::size_t count, std::vector<Parts::Source> sources);
  void train(Trainer &trainer);
  void epochDone(const Trainer &trainer, const models::parts::Losses &mean);
  void learnLastLayer(Trainer &trainer, Parts &parts);
  void blackBox(double accuracy);
  void figures(const Trainer &trainer, const Parts &parts);
  void exactChecks(const Trainer &trainer, const Parts &parts);
  void sheet(const Parts &parts) const;

  const Params &m_p;
  RunContext &m_context;
  LabelledData m_data;
  Curve m_losses{"epoch", "loss, before its lambda", {{"cross-entropy", {}, {}}, {"cluster", {}, {}}, {"separation", {}, {}}}};
  Curve m_accuracy{"epoch", "fraction right", {{"training pictures, bent", {}, {}}, {"test samples, the first 2,000", {}, {}}}};
};

Options Story::options(bool blackBox) const {
  Options options;
  options.network = {m_data.side, m_data.channels, m_p.prototypesPerClass, static_cast<int>(m_data.classNames.size()), blackBox};
  options.lambdaCluster = m_p.lambdaCluster;
  options.lambdaSeparation = m_p.lambdaSeparation;
  options.learningRate = m_p.learningRate;
  options.epochs = m_p.epochs;
  options.batch = m_p.batchSize;
  options.bend = m_p.augmentation;
  options.seed = m_context.seed();
  options.device = m_context.device();
  return options;
}

/// All of a payload that does not depend on what was learned.
Parts Story::frame() const {
  Parts parts;
  parts.classNames = m_data.classNames;
  parts.width = parts.height = m_data.side;
  parts.mapSide = models::parts::mapSide(m_data.side);
  for (int place = 0; place < parts.mapSide * parts.mapSide; ++place) {
    parts.boxes.push_back(models::parts::receptiveField(m_data.side, place / parts.mapSide, place % parts.mapSide));
  }
  return parts;
}

NearestParts Story::nearest(const Trainer &trainer, const models::LabelledPictures &pictures, std::size_t count, const std::string &what) {
  const Matrix prototypes = trainer.prototypes();
  const auto side = static_cast<std::size_t>(models::parts::mapSide(m_data.side));
  NearestParts all{Matrix(0, prototypes.rows), {}};
  for (std::size_t begin = 0; begin < count; begin += kPiece) {
    m_context.step(static_cast<std::int64_t>(begin), static_cast<std::int64_t>(count), what);
    const NearestParts piece = nearestParts(trainer.patches(pictures, begin, std::min(count, begin + kPiece)), side * side, prototypes);
    all.squared.rows += piece.squared.rows;
    all.squared.values.insert(all.squared.values.end(), piece.squared.values.begin(), piece.squared.values.end());
    all.positions.insert(all.positions.end(), piece.positions.begin(), piece.positions.end());
  }
  return all;
}

/// For each prototype the nearest patch among the first `count` training pictures, of its own class; `patches` takes their values.
std::vector<Parts::Source> Story::project(const Trainer &trainer, std::size_t count, Matrix &patches) {
  const NearestParts found = nearest(trainer, m_data.train, count, "looking for the nearest parts");
  std::vector<Parts::Source> sources;
  patches = trainer.prototypes();
  for (std::size_t j = 0; j < found.squared.cols; ++j) {
    const auto owner = static_cast<std::int32_t>(j) / m_p.prototypesPerClass;
    std::size_t best = count;
    for (std::size_t i = 0; i < count; ++i) {
      const bool nearer = m_data.train.labels[i] == owner && (best == count || found.squared.row(i)[j] < found.squared.row(best)[j]);
      best = nearer ? i : best;
    }
    if (best == count) {  // a class without a training picture: its prototypes stay where they are
      sources.push_back(
          {owner, -1, 0, {m_data.side, m_data.side, m_data.channels, std::vector<std::uint8_t>(m_data.train.pixels.size() / m_data.train.count())}});
      continue;
    }
    const std::int32_t position = found.positions[best * found.squared.cols + j];
    sources.push_back({owner, m_data.trainIds[best], position, m_data.picture(m_data.train, best)});
    const Matrix all = trainer.patches(m_data.train, best, best + 1);
    std::ranges::copy(all.row(static_cast<std::size_t>(position)), patches.row(j).begin());
  }
  return sources;
}

/// The first `count` test samples, judged by the network as it stands.
Parts Story::judged(const Trainer &trainer, std::size_t count, std::vector<Parts::Source> sources) {
  Parts parts = frame();
  NearestParts found = nearest(trainer, m_data.test, count, "judging test samples");
  parts.ids = std::make_shared<const std::vector<SampleId>>(m_data.testIds.begin(), m_data.testIds.begin() + static_cast<std::ptrdiff_t>(count));
  parts.labels.assign(m_data.test.labels.begin(), m_data.test.labels.begin() + static_cast<std::ptrdiff_t>(count));
  parts.similarity = std::move(found.squared);
  std::ranges::for_each(parts.similarity.values, [](float &v) { v = static_cast<float>(partSimilarity(static_cast<double>(v))); });
  parts.positions = std::move(found.positions);
  parts.weights = trainer.weights();
  parts.sources = std::move(sources);
  return parts;
}

/// Live pictures and curves of the training.
void Story::epochDone(const Trainer &trainer, const models::parts::Losses &mean) {
  const double epoch = static_cast<double>(trainer.stepsDone()) / static_cast<double>(trainer.stepsPerEpoch());
  Matrix patches;
  Parts now = judged(trainer, std::min(kShown, m_data.test.count()), project(trainer, std::min(kShown, m_data.train.count()), patches));
  const double losses[] = {mean.crossEntropy, mean.cluster, mean.separation}, accuracies[] = {mean.accuracy, partAccuracy(now)};
  for (std::size_t i = 0; i < 3; ++i) {
    m_losses.series[i].x.push_back(epoch);
    m_losses.series[i].y.push_back(losses[i]);
  }
  for (std::size_t i = 0; i < 2; ++i) {
    m_accuracy.series[i].x.push_back(epoch);
    m_accuracy.series[i].y.push_back(accuracies[i]);
  }
  m_context.emit("parts", std::move(now), {{"stage", "epoch " + std::to_string(std::lround(epoch)) + ": pictures are the nearest so far"}});
  m_context.emit("losses", m_losses);
  m_context.emit("accuracy", m_accuracy);
}

void Story::train(Trainer &trainer) {
  models::parts::Losses sum;
  while (trainer.step()) {
    m_context.step(trainer.stepsDone(), trainer.stepsTotal(), "training");
    const auto &last = trainer.last();
    const double share = 1.0 / static_cast<double>(trainer.stepsPerEpoch());
    sum.crossEntropy += last.crossEntropy * share;
    sum.cluster += last.cluster * share;
    sum.separation += last.separation * share;
    sum.accuracy += last.accuracy * share;
    if (trainer.stepsDone() % trainer.stepsPerEpoch() == 0) {
      epochDone(trainer, sum);
      sum = {};
      const std::int64_t epoch = trainer.stepsDone() / trainer.stepsPerEpoch();
      if (epoch < m_p.epochs && epoch * m_p.projections / m_p.epochs != (epoch - 1) * m_p.projections / m_p.epochs) {
        Matrix patches;
        project(trainer, m_data.train.count(), patches);
        trainer.setPrototypes(patches);
      }
    }
  }
}

/// Stage three: similarities stay, weights move.
void Story::learnLastLayer(Trainer &trainer, Parts &parts) {
  NearestParts found = nearest(trainer, m_data.train, m_data.train.count(), "reading the training pictures' parts");
  std::ranges::for_each(found.squared.values, [](float &v) { v = static_cast<float>(partSimilarity(static_cast<double>(v))); });
  const auto progress = [this](int i) { m_context.step(i, kMostIterations, "learning the last layer"); };
  const auto last =
      models::parts::fitLastLayer(found.squared, m_data.train.labels, parts.weights, m_p.prototypesPerClass, m_p.lambdaL1, kMostIterations, progress);
  trainer.setWeights(last.weights);
  parts.weights = last.weights;
  m_context.log("last layer: cross-entropy and L1 together " + std::to_string(last.objective) + " after " + std::to_string(last.iterations) + " iterations");
}

void Story::blackBox(double accuracy) {
  Trainer trainer(options(true), m_data.train);
  while (trainer.step()) {
    m_context.step(trainer.stepsDone(), trainer.stepsTotal(), "training the black-box twin");
  }
  double right = 0;
  const std::size_t count = m_data.test.count();
  for (std::size_t begin = 0; begin < count; begin += kPiece) {
    m_context.step(static_cast<std::int64_t>(begin), static_cast<std::int64_t>(count), "testing the black-box twin");
    const Matrix logits = trainer.logits(m_data.test, begin, std::min(count, begin + kPiece));
    for (std::size_t i = 0; i < logits.rows; ++i) {
      right += std::ranges::max_element(logits.row(i)) - logits.row(i).begin() == m_data.test.labels[begin + i] ? 1 : 0;
    }
  }
  const double twin = right / static_cast<double>(count);
  m_context.metric("blackbox_accuracy", twin);
  m_context.baseline("black box", "accuracy", twin);
  m_context.check(
      {"as right as the black-box twin", Check::Kind::Trend, twin - accuracy <= kMargin, twin - accuracy, "at most 0.015 behind it (one training each)", "M"});
}

/// What the decision rests on, and how many different parts there are.
void Story::figures(const Trainer &trainer, const Parts &parts) {
  std::set<std::pair<SampleId, std::int32_t>> different;
  for (const Parts::Source &source : parts.sources) {
    different.insert({source.id, source.position});
  }
  const auto predicted = partPredictions(parts);
  double share = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    double own = 0, all = 1e-12;
    for (const PartEvidence &e : partEvidence(parts, i, static_cast<std::size_t>(predicted[i]))) {
      all += std::abs(e.points);
      own += parts.sources[e.prototype].speaksFor == predicted[i] ? std::abs(e.points) : 0;
    }
    share += own / all / static_cast<double>(predicted.size());
  }
  m_context.metric("distinct_parts", static_cast<double>(different.size()));
  m_context.metric("points_of_own_class", share);
  m_context.metric("epoch_cpu_seconds", trainer.cpuSeconds() / m_p.epochs);
}

void Story::exactChecks(const Trainer &trainer, const Parts &parts) {
  constexpr std::size_t kAsked = 200;
  const std::size_t asked = std::min(kAsked, parts.similarity.rows);
  const Matrix theirs = trainer.logits(m_data.test, 0, asked), prototypes = trainer.prototypes();
  double sums = 0;
  for (std::size_t i = 0; i < asked; ++i) {
    for (std::size_t k = 0; k < theirs.cols; ++k) {
      double sum = 0, size = 1;
      for (const PartEvidence &e : partEvidence(parts, i, k)) {
        sum += e.points;
        size += std::abs(e.points);
      }
      sums = std::max(sums, std::abs(sum - static_cast<double>(theirs.row(i)[k])) / size);
    }
  }
  double farthest = 0, least = partSimilarity(0);
  for (std::size_t j = 0; j < parts.sources.size(); ++j) {
    if (parts.sources[j].id < 0) {
      continue;
    }
    const Image &picture = parts.sources[j].picture;
    const models::LabelledPictures one{picture.pixels, {parts.sources[j].speaksFor}};
    const Matrix patches = trainer.patches(one, 0, 1);
    Matrix own(1, patches.cols), prototype = own;
    std::ranges::copy(patches.row(static_cast<std::size_t>(parts.sources[j].position)), own.values.begin());
    std::ranges::copy(prototypes.row(j), prototype.values.begin());
    farthest = std::max(farthest, static_cast<double>(nearestParts(own, 1, prototype).squared.values[0]));
    least = std::min(least, partSimilarity(static_cast<double>(nearestParts(patches, patches.rows, prototype).squared.values[0])));
  }
  m_context.check(
      {"points sum to the network's scores", Check::Kind::Exact, sums <= 1e-3, sums, "<= 1e-3 of their size (float32 distances by expansion)", "V"});
  m_context.check({"each prototype is a patch of its picture", Check::Kind::Exact, farthest <= 1e-9, farthest, "squared distance <= 1e-9, read again", "V"});
  const double missing = partSimilarity(0) - least;
  m_context.check({"nothing is more like it than that picture", Check::Kind::Exact, missing <= 1e-4, missing, "<= 1e-4 below log(1 / 1e-4)", "V"});
}

/// A line a class: the pictures that its prototypes come from, twice their size, each with its box.
void Story::sheet(const Parts &parts) const {
  if (m_context.outputDir().empty() || pictureFiles().writePng == nullptr) {
    return;
  }
  constexpr int kGap = 4, kZoom = 2;
  constexpr std::uint8_t kGround = 128, kFrame[] = {230, 159, 0};
  const int step = parts.width * kZoom + kGap;
  Image image{m_p.prototypesPerClass * step + kGap, static_cast<int>(parts.classNames.size()) * step + kGap, 3, {}};
  image.pixels.assign(static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 3, kGround);
  for (std::size_t j = 0; j < parts.sources.size(); ++j) {
    const Parts::Source &source = parts.sources[j];
    const Parts::Box &box = parts.boxes[static_cast<std::size_t>(source.position)];
    const int left = kGap + static_cast<int>(j) % m_p.prototypesPerClass * step, top = kGap + source.speaksFor * step;
    const int x0 = box.x * kZoom, y0 = box.y * kZoom, x1 = x0 + box.width * kZoom - 1, y1 = y0 + box.height * kZoom - 1;
    for (int y = 0; y < parts.height * kZoom; ++y) {
      for (int x = 0; x < parts.width * kZoom; ++x) {
        const bool frame = x >= x0 && x <= x1 && y >= y0 && y <= y1 && (x == x0 || x == x1 || y == y0 || y == y1);
        const int channels = source.picture.channels, from = (y / kZoom * parts.width + x / kZoom) * channels;
        for (int c = 0; c < 3; ++c) {
          image.pixels[static_cast<std::size_t>(((top + y) * image.width + left + x) * 3 + c)] =
              frame ? kFrame[c] : source.picture.pixels[static_cast<std::size_t>(from + (channels == 1 ? 0 : c))];
        }
      }
    }
  }
  std::filesystem::create_directories(m_context.outputDir());
  pictureFiles().writePng(m_context.outputDir() / "parts.png", image);
}

void Story::run() {
  m_context.log(std::to_string(m_p.prototypesPerClass) + " prototypes for each of " + std::to_string(m_data.classNames.size()) + " classes, " +
                std::to_string(m_data.train.count()) + " pictures of " + std::to_string(m_data.side) + " x " + std::to_string(m_data.side) +
                (m_data.channels == 1 ? " grey" : " RGB") + " pixels to learn from");
  auto start = std::chrono::steady_clock::now();
  Trainer trainer(options(false), m_data.train);
  train(trainer);
  m_context.timed("train", start);
  start = std::chrono::steady_clock::now();
  const double before = partAccuracy(judged(trainer, m_data.test.count(), std::vector<Parts::Source>(trainer.prototypes().rows)));
  const Matrix learned = trainer.prototypes();
  Matrix patches;
  std::vector<Parts::Source> sources = project(trainer, m_data.train.count(), patches);
  trainer.setPrototypes(patches);
  Parts parts = judged(trainer, m_data.test.count(), std::move(sources));
  const double projected = partAccuracy(parts);
  double moved = 0;
  for (std::size_t j = 0; j < learned.rows; ++j) {
    double squared = 0;
    for (std::size_t i = 0; i < learned.cols; ++i) {
      squared += std::pow(static_cast<double>(learned.row(j)[i]) - static_cast<double>(patches.row(j)[i]), 2);
    }
    moved += std::sqrt(squared) / static_cast<double>(learned.rows);
  }
  learnLastLayer(trainer, parts);
  m_context.timed("project", start);
  const double accuracy = partAccuracy(parts);
  m_context.metric("test_accuracy", accuracy);
  m_context.metric("accuracy_before_projection", before);
  m_context.metric("accuracy_after_projection", projected);
  m_context.metric("projection_moved", moved);
  figures(trainer, parts);
  exactChecks(trainer, parts);
  m_context.check({"the projection costs little", Check::Kind::Trend, before - projected <= kProjectionCost, before - projected,
                   "at most 0.02 of accuracy, before the last layer is learned again", "M"});
  sheet(parts);
  m_context.emit("parts", std::move(parts));
  if (m_p.compare) {
    start = std::chrono::steady_clock::now();
    blackBox(accuracy);
    m_context.timed("twin", start);
  }
}

}  // namespace

void run(const Params &p, RunContext &context) {
  Story(p, context).run();
}

void describe(StudyRegistry &registry) {
  Schema<Params> schema;
  schema.add("prototypes_per_class", &Params::prototypesPerClass, "Prototypes per class", "More cover more ways of being in a class; fewer are easier to read.")
      .range(1, 50);
  schema.add("epochs", &Params::epochs, "Epochs", "Passes over the pictures. More are more right, up to a point.").range(1, 1000);
  schema.add("lambda_cluster", &Params::lambdaCluster, "Lambda cluster", "Pulls a patch of every picture to a prototype of its class. More: tighter parts.")
      .range(0, 100);
  schema
      .add("lambda_separation", &Params::lambdaSeparation, "Lambda separation",
           "Pushes a picture's patches away from other classes' prototypes. Too much and the rest is ignored.")
      .range(0, 100);
  schema.add("lambda_l1", &Params::lambdaL1, "Lambda L1", "More: fewer prototypes of other classes count at the end; at 0 any may.").range(0, 1);
  schema
      .add("projections", &Params::projections, "Projections",
           "How often prototypes are put onto real patches, the last time at the end. More keep them nearer to pictures, so that the last time costs less.")
      .range(1, 100);
  schema.add("compare", &Params::compare, "Compare", "Trains the black-box twin, too: twice the work.");
  schema
      .add("augmentation", &Params::augmentation, "Bend pictures",
           "Elastic deformation, anew for each batch: slower to fit, better on new pictures. 1 is as strong as in prototype-net, 0 is none.")
      .range(0, 3);
  schema.add("learning_rate", &Params::learningRate, "Learning rate", "Adam's. Too high and the losses jump.").range(1e-6, 1).inAdvanced().logScale();
  schema.add("batch_size", &Params::batchSize, "Batch", "Pictures a step. More are faster an epoch but take fewer steps.").range(2, 10000).inAdvanced();

  StudyInfo info;
  info.id = "proto-parts";
  info.title = "Part prototypes";
  info.family = "prototypes";
  info.paper =
      "C. Chen, O. Li, C. Tao, A. J. Barnett, J. Su and C. Rudin 2019, This Looks Like That: Deep Learning for Interpretable Image Recognition (a later "
      "generation than the prototype network of Li et al. 2018, and not in that paper)";
  info.summary = "Trains a classifier that says: this part of your picture looks like that part of a training picture.";
  info.claim =
      "A network that decides by parts that look like parts of training pictures is nearly as right as the same network without them (at most 3.5 points less "
      "in the paper, on birds): measured here against a twin of the same run, as is what the projection onto real patches costs.";
  info.needsImages = true;
  info.smoke = {{"epochs", 2}, {"prototypes_per_class", 2}};
  info.help = kHelp;
  registry.add(std::move(info), schema, run);
}

}  // namespace vitrine::study::proto_parts

VITRINE_STUDY(proto_parts)
