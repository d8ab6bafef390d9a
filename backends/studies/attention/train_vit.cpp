// Trains a small Vision Transformer from scratch on the run's pictures, beside a linear classifier on their pixels.
#include <cmath>

#include "core/study.h"
#include "models/models.h"
#include "models/softmax_regression.h"
#include "studies/attention/training_data.h"

namespace vitrine::study::train_vit {

namespace {

constexpr std::size_t kPiece = 256;          // pictures classified between two progress reports
constexpr std::size_t kTrainAsked = 10'000;  // training pictures that train_accuracy is taken from
constexpr int kLinearEpochs = 10;
constexpr int kPointsPerEpoch = 20;  // of the curve

constexpr const char *kHelp =
    R"(A Vision Transformer cuts a picture into patches, turns each into a vector (a *token*), adds a class token, and lets all tokens gather from
each other in a few blocks. The class token's end is read by a linear classifier. Here it learns from nothing but the run's training pictures.

**What you see.** *training*: loss and accuracy on the training batches as they go by (made harder by shifts and flips), and accuracy on the test pictures
after each epoch. The loss does not reach zero: label smoothing keeps it up. *classes*: test accuracy of each class. The model is saved beside the
report as *model.safetensors*; open it like any other model, for `embed`, `attention` or a t-SNE.

**What the knobs do.** *Learning rate*: too low and the curve creeps, too high and it jumps or stays flat; it may be changed while the run goes on. *Epochs*:
transformers learn slowly at first; fewer than 10 leave accuracy on the table. *Width*, *depth*: more can hold more, cost more and overfit small data.
*Stem*: two convolutions see neighbouring pixels together and learn much faster on small pictures than plain patches do. *Flip*: switch it off where
left and right mean something.

**How to read it.** The linear classifier on raw pixels, trained in the same run on the same pictures, is the baseline. With a few thousand pictures or
a few epochs it can win; the check then says so.)";

struct Params {
  int epochs = 20;
  int batchSize = 64;
  double learningRate = 1.5e-3;
  int width = 64;
  int depth = 4;
  int heads = 4;
  int patchSize = 4;
  double mlpRatio = 2;
  std::string stem = "convolution";
  int imageSize = 0;
  int shift = 1;
  bool flip = true;
  double weightDecay = 0.05;
  double labelSmoothing = 0.1;
  double warmupEpochs = 1;
};

models::TrainerOptions optionsFor(const Params &p, const TrainingData &data, const RunContext &context) {
  models::TrainerOptions options;
  models::VitConfig &model = options.model;
  model.imageSize = data.imageSize;
  model.channels = data.channels;
  model.patch = p.patchSize;
  model.width = p.width;
  model.depth = p.depth;
  model.heads = p.heads;
  model.mlpWidth = std::max(1, static_cast<int>(std::lround(p.mlpRatio * p.width)));
  model.classes = static_cast<int>(data.classNames.size());
  model.convStem = p.stem == "convolution";
  model.mean = data.mean;
  model.deviation = data.deviation;
  model.classNames = data.classNames;
  options.epochs = p.epochs;
  options.batch = p.batchSize;
  options.learningRate = p.learningRate;
  options.warmupEpochs = p.warmupEpochs;
  options.weightDecay = p.weightDecay;
  options.labelSmoothing = p.labelSmoothing;
  options.shift = p.shift;
  options.flip = p.flip;
  options.seed = context.seed();
  options.device = context.device();
  return options;
}

/// Predicted classes of the first `count` pictures, piece by piece.
template <class Classifier>
std::vector<std::int32_t> classesBy(const Classifier &classifier, const models::LabelledPictures &pictures, std::size_t count, RunContext &context,
                                    const std::string &what) {
  std::vector<std::int32_t> all;
  for (std::size_t begin = 0; begin < count; begin += kPiece) {
    context.step(static_cast<std::int64_t>(begin), static_cast<std::int64_t>(count), what);
    const auto part = classifier.predict(pictures, begin, std::min(count, begin + kPiece));
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

/// Fraction of right ones among as many as were predicted.
double accuracyOf(const std::vector<std::int32_t> &predicted, const models::LabelledPictures &pictures) {
  std::size_t right = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    right += predicted[i] == pictures.labels[i] ? 1 : 0;
  }
  return static_cast<double>(right) / static_cast<double>(predicted.size());
}

/// The curves of a training, filled batch by batch.
class Progress {
 public:
  Progress(RunContext &context, const models::Trainer &trainer) : m_context(context), m_trainer(trainer) {
    m_every = std::max<std::int64_t>(1, trainer.stepsPerEpoch() / kPointsPerEpoch);
    m_curve = {"epoch", "loss; accuracy (fraction)", {{"training loss", {}, {}}, {"training accuracy", {}, {}}, {"test accuracy", {}, {}}}};
  }

  void batchDone() {
    m_loss += m_trainer.lastLoss();
    m_accuracy += m_trainer.lastAccuracy();
    if (++m_batches == m_every) {
      add(0, m_loss / static_cast<double>(m_batches));
      add(1, m_accuracy / static_cast<double>(m_batches));
      m_loss = m_accuracy = 0;
      m_batches = 0;
      m_context.emit("training", m_curve);
    }
  }
  void tested(double accuracy) {
    add(2, accuracy);
    m_context.emit("training", m_curve);
  }
  double lastLoss() const { return m_curve.series[0].y.empty() ? m_trainer.lastLoss() : m_curve.series[0].y.back(); }

 private:
  void add(std::size_t series, double value) {
    m_curve.series[series].x.push_back(static_cast<double>(m_trainer.stepsDone()) / static_cast<double>(m_trainer.stepsPerEpoch()));
    m_curve.series[series].y.push_back(value);
  }

  RunContext &m_context;
  const models::Trainer &m_trainer;
  Curve m_curve;
  std::int64_t m_every = 1, m_batches = 0;
  double m_loss = 0, m_accuracy = 0;
};

/// Trains to the end; returns the classes of the test pictures.
std::vector<std::int32_t> train(Params p, models::Trainer &trainer, const TrainingData &data, RunContext &context) {
  Progress progress(context, trainer);
  std::vector<std::int32_t> predicted;
  while (trainer.step()) {
    context.step(trainer.stepsDone(), trainer.stepsTotal(), "training");
    progress.batchDone();
    if (context.poll(p)) {
      trainer.setLearningRate(p.learningRate);
    }
    if (trainer.stepsDone() % trainer.stepsPerEpoch() == 0) {
      predicted = classesBy(trainer, data.test, data.test.count(), context, "testing");
      const double accuracy = accuracyOf(predicted, data.test);
      progress.tested(accuracy);
      char line[120];
      std::snprintf(line, sizeof line, "epoch %lld: loss %.4f, test accuracy %.4f", static_cast<long long>(trainer.stepsDone() / trainer.stepsPerEpoch()),
                    progress.lastLoss(), accuracy);
      context.log(line);
    }
  }
  context.metric("final_loss", progress.lastLoss());
  return predicted;
}

void emitClasses(const std::vector<std::int32_t> &predicted, const TrainingData &data, RunContext &context) {
  Column names, counts, accuracies;
  names.name = "class";
  names.kind = Column::Kind::Text;
  names.texts = data.classNames;
  counts.name = "test pictures";
  accuracies.name = "accuracy";
  counts.numbers.assign(data.classNames.size(), 0);
  accuracies.numbers.assign(data.classNames.size(), 0);
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    const auto label = static_cast<std::size_t>(data.test.labels[i]);
    counts.numbers[label] += 1;
    accuracies.numbers[label] += predicted[i] == data.test.labels[i] ? 1 : 0;
  }
  for (std::size_t c = 0; c < data.classNames.size(); ++c) {
    accuracies.numbers[c] = counts.numbers[c] > 0 ? accuracies.numbers[c] / counts.numbers[c] : NAN;
  }
  context.emit("classes", Table{nullptr, {names, counts, accuracies}});
}

/// The linear classifier on the same pictures, and whether the transformer beats it on the test half.
void compareWithLinear(double accuracy, const TrainingData &data, RunContext &context) {
  models::SoftmaxRegression linear(data.train, static_cast<int>(data.classNames.size()), kLinearEpochs, context.seed());
  while (linear.step()) {
    context.step(linear.stepsDone(), linear.stepsTotal(), "training the linear baseline");
  }
  const double baseline = accuracyOf(classesBy(linear, data.test, data.test.count(), context, "testing the linear baseline"), data.test);
  context.baseline("linear classifier on pixels", "test_accuracy", baseline);
  const double n = static_cast<double>(data.test.count());
  const double error = std::sqrt((accuracy * (1 - accuracy) + baseline * (1 - baseline)) / n);
  context.check({"beats a linear classifier on pixels", Check::Kind::Trend, accuracy > baseline + 2 * error, accuracy - baseline,
                 "> 2 standard errors over " + std::to_string(data.test.count()) + " test pictures: " + std::to_string(2 * error) + " (one training each)",
                 "M"});
}

/// The command line that trains this again, as far as the run can tell.
std::string commandOf(const RunContext &context) {
  const Dataset &data = context.dataset();
  const StudyInfo &self = studies().find("train-vit");
  std::string command = "vitrine-cli run train-vit --data " + data.provenance().name;
  for (const auto &[split, name] : {std::pair{Split::All, ""}, std::pair{Split::Train, " --split train"}, std::pair{Split::Test, " --split test"}}) {
    const std::size_t begin = split == Split::Test ? data.trainCount() : 0, end = split == Split::Train ? data.trainCount() : data.count();
    if (begin < end && context.ids().size() <= end - begin &&
        std::equal(context.ids().begin(), context.ids().end(), data.ids().begin() + static_cast<std::ptrdiff_t>(begin))) {
      command += name + (context.ids().size() < end - begin ? " --limit " + std::to_string(context.ids().size()) : std::string());
      break;
    }
  }
  command += " --seed " + std::to_string(context.seed());
  for (const ParamSpec &spec : self.params) {
    if (const Json &value = context.values().at(spec.name); value != spec.defaultValue) {
      command += " --set " + spec.name + "=" + (value.is_string() ? value.get<std::string>() : value.dump());
    }
  }
  return command + " --out DIR";
}

std::string fraction(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4f", value);
  return text;
}

/// Writes the model and reads it back: the file must give the classes that were measured.
void save(const models::Trainer &trainer, const std::vector<std::int32_t> &predicted, double testAccuracy, double trainAccuracy, const TrainingData &data,
          RunContext &context) {
  const auto file = context.outputDir() / "model.safetensors";
  std::filesystem::create_directories(context.outputDir());
  const Provenance &source = context.dataset().provenance();
  trainer.saveModel(file, {{"command", commandOf(context)},
                           {"data", source.name + (source.sha256.empty() ? "" : ", sha256 " + source.sha256)},
                           {"training_pictures", std::to_string(data.train.count())},
                           {"test_accuracy", fraction(testAccuracy)},
                           {"train_accuracy", fraction(trainAccuracy)},
                           {"parameters", std::to_string(trainer.parameters())},
                           {"seed", std::to_string(context.seed())}});
  context.log("model saved as " + file.string());
  const auto model = models::open(file.string(), context.device());
  const std::size_t count = std::min<std::size_t>(predicted.size(), 256), size = data.test.pixels.size() / data.test.count();
  std::vector<Image> pictures;
  for (std::size_t i = 0; i < count; ++i) {
    const auto begin = data.test.pixels.begin() + static_cast<std::ptrdiff_t>(i * size);
    pictures.push_back({data.imageSize, data.imageSize, data.channels, {begin, begin + static_cast<std::ptrdiff_t>(size)}});
  }
  const Matrix probabilities = model->classify(pictures);
  int differ = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto row = probabilities.row(i);
    differ += std::max_element(row.begin(), row.end()) - row.begin() != predicted[i] ? 1 : 0;
  }
  context.check({"the saved file gives the same classes", Check::Kind::Exact, differ == 0, static_cast<double>(differ),
                 "0 of " + std::to_string(count) + " differ", "V"});
}

}  // namespace

void run(const Params &p, RunContext &context) {
  auto start = std::chrono::steady_clock::now();
  const TrainingData data = readTrainingData(context, p.imageSize, p.patchSize);
  models::Trainer trainer(optionsFor(p, data, context), data.train);
  context.timed("read", start);
  context.log("a Vision Transformer of " + std::to_string(trainer.parameters()) + " weights learns " + std::to_string(data.classNames.size()) +
              " classes from " + std::to_string(data.train.count()) + " pictures of " + std::to_string(data.imageSize) + " x " +
              std::to_string(data.imageSize) + (data.channels == 1 ? " grey" : " RGB") + " pixels");

  start = std::chrono::steady_clock::now();
  const auto predicted = train(p, trainer, data, context);
  context.timed("train", start);
  const double testAccuracy = accuracyOf(predicted, data.test);
  const double trainAccuracy =
      accuracyOf(classesBy(trainer, data.train, std::min(kTrainAsked, data.train.count()), context, "testing on training pictures"), data.train);
  context.metric("test_accuracy", testAccuracy);
  context.metric("train_accuracy", trainAccuracy);
  context.metric("parameters", static_cast<double>(trainer.parameters()));
  context.metric("training_pictures", static_cast<double>(data.train.count()));
  context.metric("test_pictures", static_cast<double>(data.test.count()));
  emitClasses(predicted, data, context);

  start = std::chrono::steady_clock::now();
  compareWithLinear(testAccuracy, data, context);
  context.timed("baseline", start);
  if (!context.outputDir().empty()) {
    save(trainer, predicted, testAccuracy, trainAccuracy, data, context);
  }
}

void addModelParameters(Schema<Params> &schema) {
  schema.add("width", &Params::width, "Width", "Values of each token. More can tell more apart, costs its square, and overfits small data.").range(8, 1024);
  schema.add("depth", &Params::depth, "Blocks", "How often tokens gather from each other. More see further relations and learn more slowly at first.")
      .range(1, 24);
  schema.add("heads", &Params::heads, "Heads", "How many different ways a block looks at once. Must divide the width; more heads are each narrower.")
      .range(1, 32);
  schema
      .add("patch_size", &Params::patchSize, "Patch size",
           "Pixels a side of a patch. Smaller patches give finer attention maps and, by their number squared, more work. The convolutional stem makes patches "
           "of 4.")
      .range(1, 64)
      .unit("px");
  schema
      .add("stem", &Params::stem, "Stem",
           "How pixels become tokens: plain patches, each by itself (Dosovitskiy et al.), or two 3 x 3 convolutions (Xiao et al. 2021), which learn faster.")
      .oneOf({"convolution", "patches"});
  schema
      .add("mlp_ratio", &Params::mlpRatio, "Perceptron ratio",
           "Hidden values of a block's perceptron for each value of the width. More remember more and cost more.")
      .range(0.25, 8)
      .inAdvanced();
  schema
      .add("image_size", &Params::imageSize, "Picture size",
           "Pixels a side that all pictures are brought to; 0 = as they are if square and at most 64, else 32. Larger shows more detail and costs its square.")
      .range(0, 256)
      .unit("px")
      .inAdvanced();
}

void addTrainingParameters(Schema<Params> &schema) {
  schema
      .add("epochs", &Params::epochs, "Epochs",
           "How often every training picture is seen. More learn longer; the learning rate falls to zero over all of them.")
      .range(1, 1000);
  schema
      .add("learning_rate", &Params::learningRate, "Learning rate",
           "Step size at the top of its schedule. Too low: the curve creeps. Too high: it jumps, or never leaves the start. May be changed while it runs.")
      .range(1e-6, 1)
      .logScale()
      .live();
  schema.add("batch_size", &Params::batchSize, "Batch size", "Pictures a step. More give smoother, fewer steps an epoch; raise the learning rate with it.")
      .range(1, 4096);
  schema.add("flip", &Params::flip, "Flip", "Mirrors half of the training pictures. Helps unless left and right mean something.");
  schema.add("shift", &Params::shift, "Shift", "Moves training pictures by up to so many pixels. More makes the model care less where things are.")
      .range(0, 32)
      .unit("px");
  schema.add("weight_decay", &Params::weightDecay, "Weight decay", "Pulls weights towards zero. More holds overfitting back, too much holds learning back.")
      .range(0, 1)
      .inAdvanced();
  schema
      .add("label_smoothing", &Params::labelSmoothing, "Label smoothing",
           "Share of each target spread over all classes. More makes the model less sure of itself, and keeps the loss up.")
      .range(0, 0.9)
      .inAdvanced();
  schema.add("warmup_epochs", &Params::warmupEpochs, "Warm-up", "Epochs until the learning rate reaches its top. Transformers fall over without any.")
      .range(0, 100)
      .inAdvanced();
}

void describe(StudyRegistry &registry) {
  Schema<Params> schema;
  addTrainingParameters(schema);
  addModelParameters(schema);

  StudyInfo info;
  info.id = "train-vit";
  info.title = "Train a Vision Transformer";
  info.family = "attention";
  info.paper =
      "A. Dosovitskiy et al. 2021, An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale; T. Xiao et al. 2021, Early Convolutions Help "
      "Transformers See Better";
  info.summary = "Trains a small Vision Transformer on labelled pictures and saves it as a model.";
  info.claim =
      "A transformer over patches, with hardly any built-in knowledge of pictures, learns to classify them: checked against a linear classifier on the pixels "
      "(the paper's claim against convolutional networks is about hundreds of millions of pictures and cannot be checked here).";
  info.needsImages = true;
  info.smoke = {{"epochs", 4},     {"batch_size", 32},  {"width", 16},   {"depth", 2}, {"heads", 2},
                {"patch_size", 7}, {"stem", "patches"}, {"flip", false}, {"shift", 0}};
  info.help = kHelp;
  registry.add(std::move(info), schema, run);
}

}  // namespace vitrine::study::train_vit

VITRINE_STUDY(train_vit)
