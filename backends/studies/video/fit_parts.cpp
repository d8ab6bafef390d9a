#include "studies/video/fit_parts.h"

#include <algorithm>
#include <ctime>
#include <numeric>

#include "core/npy.h"
#include "data/picture.h"
#include "video/film.h"
#include "video/quality.h"

namespace vitrine::study {

namespace {

constexpr double kSaveEvery = 60;  // seconds
constexpr std::size_t kPiece = 4;  // frames between two progress reports

double cpuNow() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}
double secondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Column numbers(const std::string &name, std::vector<double> values) {
  Column column;
  column.name = name;
  column.numbers = std::move(values);
  return column;
}

Ids firstIds(const RunContext &context, std::size_t count) {
  return std::make_shared<const std::vector<SampleId>>(context.ids().begin(), context.ids().begin() + static_cast<std::ptrdiff_t>(count));
}

/// Calls work(number, picture) of the first `count` frames, which are decoded side by side a few at a time.
template <class Work>
void overFrames(const video::Decoder &decoder, int count, const char *what, RunContext &context, const Work &work) {
  constexpr int kAtOnce = 8;
  for (int first = 0; first < count; first += kAtOnce) {
    context.step(first, count, what);
    std::size_t number = static_cast<std::size_t>(first);
    for (const Image &image : decoder.frames(first, std::min(kAtOnce, count - first))) {
      work(number++, image);
    }
  }
}

/// The film of all frames, where this build can make one.
void writeFilm(const video::Decoder &decoder, const video::Clip &clip, double rate, RunContext &context) {
  const auto &codecs = data::filmCodecs();
  const auto h264 = std::find_if(codecs.begin(), codecs.end(), [](const data::FilmCodec &codec) { return codec.id == "h264"; });
  if (context.outputDir().empty() || h264 == codecs.end() || h264->encoder.empty() || clip.width < 16 || clip.height < 16) {
    return;
  }
  std::filesystem::create_directories(context.outputDir());
  data::FilmWriter film(context.outputDir() / "reconstruction.mp4", clip.width, clip.height, rate);
  overFrames(decoder, decoder.frames(), "writing the film", context, [&](std::size_t, const Image &image) { film.add(image); });
  film.finish();
}

/// Time to decode frames, one after the other, as a player would.
void measureDecoding(const video::Decoder &decoder, RunContext &context) {
  constexpr double kSeconds = 1.0;
  constexpr int kMost = 64;
  (void)decoder.frame(0);  // the library plans its convolutions on the first
  const auto start = std::chrono::steady_clock::now();
  const double cpu = cpuNow();
  int frames = 0;
  while (frames < kMost && (frames < 2 || secondsSince(start) < kSeconds)) {
    context.step(frames, kMost, "timing the decoder");
    (void)decoder.frame(frames % decoder.frames());
    ++frames;
  }
  context.metric("decode_cpu_ms", 1000 * (cpuNow() - cpu) / frames);
  context.metric("decode_fps", frames / secondsSince(start));
  const auto side = std::chrono::steady_clock::now();
  int together = 0;
  overFrames(decoder, std::min(decoder.frames(), frames), "timing the decoder", context, [&](std::size_t, const Image &) { ++together; });
  context.metric("decode_batch_fps", together / secondsSince(side));
}

void emitCodes(const video::FittedVideo &fitted, RunContext &context) {
  if (fitted.codes.values.empty()) {
    return;
  }
  const auto frames = static_cast<std::size_t>(fitted.network.frames);
  Embedding codes{firstIds(context, frames), Matrix(frames, fitted.codes.values.size() / frames)};
  codes.vectors.values = fitted.codes.values;
  context.emit("codes", std::move(codes));
}

/// Saves what a fit needs to go on, from time to time and when it is stopped; a fit that was begun there goes on.
class Checkpoint {
 public:
  Checkpoint(video::Fit &fit, std::filesystem::path file, RunContext &context) : m_fit(fit), m_file(std::move(file)) {
    if (!m_file.empty() && m_file.has_parent_path() && !std::filesystem::is_directory(m_file.parent_path())) {
      throw InputError(m_file.parent_path().string(), "is no folder to keep a checkpoint in", "make it, or name another file");
    }
    if (!m_file.empty() && std::filesystem::exists(m_file)) {
      fit.resume(m_file);
      context.log("goes on from step " + std::to_string(fit.stepsDone()) + " of " + m_file.string());
    }
  }
  void save(double every) {
    if (!m_file.empty() && secondsSince(m_last) >= every) {
      m_fit.saveState(m_file);
      m_last = std::chrono::steady_clock::now();
    }
  }

 private:
  video::Fit &m_fit;
  std::filesystem::path m_file;
  std::chrono::steady_clock::time_point m_last = std::chrono::steady_clock::now();
};

/// What the file says beside the network: how fast it plays, and how its originals were cut.
Json aboutFilm(const FitParams &p, double rate) {
  Json about = {{"frames_per_second", rate}};
  for (const auto &[name, size] : {std::pair("crop", &p.crop), std::pair("resize", &p.resize)}) {
    if (!size->empty()) {
      about[name] = *size;
    }
  }
  return about;
}

void addClipParameters(Schema<FitParams> &schema) {
  schema.add("crop", &FitParams::crop, "Crop", "Height x width, as 640x1280, cut out of the middle; empty = the whole frame. Less is fitted sooner.");
  schema.add("resize", &FitParams::resize, "Resize", "Height x width to bring the crop down to, by averaging areas; empty = as it is.");
  schema.add("frames", &FitParams::frames, "Frames", "The first so many frames; 0 = all. Fewer share the same weights and come out better.").range(0, 1e6);
  schema
      .add("strides", &FitParams::strides, "Strides",
           "How much each block enlarges, coarse to fine, as 5,4,2,2; empty = what leaves a code of about eight values a channel. Their product must divide "
           "the frame.")
      .inAdvanced();
}

void addLearningParameters(Schema<FitParams> &schema, const FitParams &defaults) {
  schema.add("size", &FitParams::size, "Size", "Millions of stored values, decoder and codes together. More keep more detail, cost more time and more bytes.")
      .range(0.001, 100)
      .logScale()
      .unit("million");
  schema.add("epochs", &FitParams::epochs, "Epochs", "How often each frame is seen. More are better and take longer; the rate falls to zero over all of them.")
      .range(1, 100000);
  schema
      .add("learning_rate", &FitParams::learningRate, "Learning rate",
           "Adam's step at the top of its schedule. Too low: the picture stays blurred. Too high: it flickers or breaks. May be changed while it runs.")
      .range(1e-6, 1)
      .logScale()
      .live()
      .defaultValue = defaults.learningRate;
  schema.add("batch", &FitParams::batch, "Batch", "Frames a step, one thread each. More make fewer, smoother steps an epoch.").range(1, 256).inAdvanced();
  schema
      .add("loss", &FitParams::loss, "Loss",
           "l2 is what PSNR measures; fourier adds the error's Fourier coefficients, which brings fine detail sooner; l1 forgives few large errors; fusion6 "
           "(with SSIM) keeps structure at some PSNR.")
      .oneOf({"l2", "fourier", "l1", "fusion6"})
      .inAdvanced()
      .defaultValue = defaults.loss;
  schema
      .add("optimizer", &FitParams::optimizer, "Optimizer",
           "adam is the paper's. muon makes the steps of the decoder's convolutions orthogonal: the same network fits far better in as many steps, each a "
           "little longer.")
      .oneOf({"adam", "muon"})
      .inAdvanced()
      .defaultValue = defaults.optimizer;
  schema.add("muon_rate", &FitParams::muonRate, "Muon's rate", "Step of the orthogonal updates at the top of the schedule; moves with the learning rate.")
      .range(1e-5, 1)
      .logScale()
      .inAdvanced()
      .defaultValue = defaults.muonRate;
  schema.add("activation", &FitParams::activation, "Activation", "What bends the values between blocks. Sines suit fine texture; gelu is the paper's.")
      .oneOf({"gelu", "sine"})
      .inAdvanced()
      .defaultValue = defaults.activation;
  schema
      .add("freeze_encoder", &FitParams::freezeEncoderAt, "Encoder rests after",
           "Share of the run after which the codes become a table of their own and the encoder rests: each step is cheaper from there. 1 = never.")
      .range(0, 1)
      .inAdvanced()
      .defaultValue = defaults.freezeEncoderAt;
  schema
      .add("checkpoint", &FitParams::checkpoint, "Checkpoint",
           "A file to save the fit to every minute and when it is stopped. A run with the same settings that finds it there goes on from it, to the same "
           "numbers.")
      .inAdvanced();
  schema.add("precision", &FitParams::precision, "Precision", "bfloat16 is faster where the processor has instructions for it, which automatic finds out.")
      .oneOf({"automatic", "float32", "bfloat16"})
      .inAdvanced();
}

void addCodingParameters(Schema<FitParams> &schema, const FitParams &defaults) {
  schema
      .add("weight_bits", &FitParams::weightBits, "Weight bits",
           "Mean bits of a stored weight before entropy coding, shared out so that they serve the picture best. Fewer make a smaller file and a rougher "
           "picture.")
      .range(2, 8)
      .defaultValue = defaults.weightBits;
  schema
      .add("embed_bits", &FitParams::embedBits, "Code bits",
           "Bits of each value of the frames' codes before entropy coding. Fewer blur what sets frames apart.")
      .range(2, 8);
  schema
      .add("round_from", &FitParams::roundFrom, "Rounded after",
           "Share of the run after which the weights are fitted as the file will hold them, with so many bits and so many zeros: the last few hundredths cost "
           "little and the file loses less. 1 = never.")
      .range(0, 1)
      .defaultValue = defaults.roundFrom;
  schema
      .add("rate_weight", &FitParams::rateWeight, "Price of bits",
           "What a bit of the mean weight costs in the loss: the fit then prefers weights that take fewer bytes. More make a smaller file and a rougher "
           "picture; 0 = nothing.")
      .range(0, 1)
      .inAdvanced()
      .defaultValue = defaults.rateWeight;
  schema.add("prune", &FitParams::prune, "Prune", "Share of the smallest weights set to zero before coding. More make a smaller file and a rougher picture.")
      .range(0, 0.95);
}

}  // namespace

double meanOf(const std::vector<double> &values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

video::Clip readClip(const FitParams &p, RunContext &context) {
  const auto start = std::chrono::steady_clock::now();
  const auto crop = video::parseSize(p.crop, "crop"), resize = video::parseSize(p.resize, "resize");
  const std::size_t count = p.frames > 0 ? std::min(static_cast<std::size_t>(p.frames), context.ids().size()) : context.ids().size();
  if (count < 2) {
    throw InputError("frames", "a neural video needs at least two frames", "open a film or a folder of its frames");
  }
  video::Clip clip;
  for (std::size_t i = 0; i < count; ++i) {
    context.step(static_cast<std::int64_t>(i), static_cast<std::int64_t>(count), "reading frames");
    const std::string where = "frame " + std::to_string(i);
    video::append(clip, video::cropAndShrink(context.dataset().image(context.ids()[i]), crop, resize, where), where);
  }
  context.timed("read", start);
  return clip;
}

double frameRate(const RunContext &context) {
  const Column *time = context.dataset().column("time");
  if (time == nullptr || time->numbers.size() < 2 || !(time->numbers.back() > time->numbers.front())) {
    return 25;
  }
  return static_cast<double>(time->numbers.size() - 1) / (time->numbers.back() - time->numbers.front());
}

video::FitOptions fitOptions(const FitParams &p, const video::Clip &clip, const RunContext &context) {
  video::FitOptions options;
  options.network.size = p.size;
  options.network.width = clip.width;
  options.network.height = clip.height;
  options.network.frames = static_cast<int>(clip.count());
  options.network.strides = p.strides.empty() ? video::stridesFor(clip.width, clip.height) : video::parseStrides(p.strides);
  options.network.activation = p.activation == "sine" ? video::Activation::Sine : video::Activation::Gelu;
  options.epochs = p.epochs;
  options.batch = p.batch;
  options.learningRate = p.learningRate;
  options.muonRate = p.muonRate;
  options.freezeEncoderAt = p.freezeEncoderAt;
  options.roundFrom = p.roundFrom;
  options.rateWeight = p.rateWeight;
  options.weightBits = p.weightBits;
  options.prune = p.prune;
  options.loss = p.loss == "l1" ? video::Loss::L1 : p.loss == "fusion6" ? video::Loss::Fusion6 : p.loss == "fourier" ? video::Loss::Fourier : video::Loss::L2;
  options.optimiser = p.optimizer == "muon" ? video::Optimiser::Muon : video::Optimiser::Adam;
  options.precision = p.precision == "float32" ? video::Precision::Single : p.precision == "bfloat16" ? video::Precision::Brain : video::Precision::Automatic;
  options.seed = context.seed();
  options.device = context.device();
  return options;
}

video::FitOptions nervOptions(video::FitOptions options) {
  options.network.code = video::NetworkConfig::Code::Position;
  options.network.firstKernel = options.network.lastKernel = 3;
  options.network.reduce = 2;
  options.network.activation = video::Activation::Gelu;
  options.freezeEncoderAt = 1;
  return options;
}

video::Fit::Progress progressOf(const char *what, RunContext &context) {
  return [what, &context](std::int64_t done, std::int64_t total) { context.step(done, total, what); };
}

void fitToEnd(video::Fit &fit, FitParams p, const video::Clip &clip, const std::string &name, RunContext &context) {
  const std::string prefix = name.empty() ? "" : name + "-";
  const std::size_t shown = clip.count() / 2;
  Curve curve{"epoch", "PSNR of the batches (dB)", {{name.empty() ? "fit" : name, {}, {}}}};
  const auto start = std::chrono::steady_clock::now();
  double loss = 0, lastPreview = 0;
  Checkpoint checkpoint(fit, name.empty() ? p.checkpoint : "", context);
  const auto next = [&] {
    try {
      const bool some = fit.step(progressOf("coding", context));
      if (some) {
        context.step(fit.stepsDone(), fit.stepsTotal(), name.empty() ? "fitting" : "fitting " + name);
      }
      return some;
    } catch (const Cancelled &) {
      checkpoint.save(0);
      throw;
    }
  };
  while (next()) {
    checkpoint.save(kSaveEvery);
    loss += fit.lastLoss();
    if (context.poll(p) && name.empty()) {
      fit.setLearningRate(p.learningRate);
    }
    if (fit.stepsDone() % fit.stepsPerEpoch() == 0) {
      curve.series[0].x.push_back(static_cast<double>(fit.stepsDone()) / static_cast<double>(fit.stepsPerEpoch()));
      curve.series[0].y.push_back(video::psnrOf(loss / static_cast<double>(fit.stepsPerEpoch())));
      loss = 0;
      context.emit(prefix + "training", curve);
    }
    if (const double now = secondsSince(start); now - lastPreview > 2 || fit.stepsDone() == fit.stepsTotal()) {
      lastPreview = now;
      context.emit(prefix + "preview", ImageGrid{nullptr, {clip.image(shown), fit.reconstruction(shown)}, {"original", "reconstruction"}});
    }
  }
  checkpoint.save(0);  // what comes now can be stopped, too
  context.timed(name.empty() ? "fit" : "fit " + name, start);
  if (name.empty()) {
    context.metric("train_seconds", secondsSince(start));
    context.metric("step_cpu_seconds", fit.cpuSeconds() / static_cast<double>(std::max<std::int64_t>(1, fit.stepsDone())));
  }
}

std::vector<double> psnrOfFrames(const video::Fit &fit, std::size_t count, RunContext &context) {
  std::vector<double> psnr;
  for (std::size_t begin = 0; begin < count; begin += kPiece) {
    context.step(static_cast<std::int64_t>(begin), static_cast<std::int64_t>(count), "measuring");
    for (const double error : fit.meanSquaredErrors(begin, std::min(count, begin + kPiece))) {
      psnr.push_back(video::psnrOf(error));
    }
  }
  return psnr;
}

std::vector<double> psnrOfDecoder(const video::Decoder &decoder, const video::Clip &clip, std::vector<double> *msssim, RunContext &context) {
  std::vector<double> psnr;
  overFrames(decoder, static_cast<int>(clip.count()), "decoding", context, [&](std::size_t i, const Image &image) {
    psnr.push_back(video::psnr(image.pixels, clip.frame(i)));
    if (msssim != nullptr && std::min(clip.width, clip.height) > video::kMsSsimSide) {
      const auto a = video::planesOf(image), b = video::planesOf(clip.image(i));
      msssim->push_back(*video::msSsim({a, clip.width, clip.height, 3}, {b, clip.width, clip.height, 3}, context.threads()));
    }
  });
  return psnr;
}

void keep(const video::FittedVideo &fitted, const FitParams &p, const video::Clip &clip, const std::vector<double> &psnr, RunContext &context) {
  const auto start = std::chrono::steady_clock::now();
  const double rate = frameRate(context);
  const video::VnvModel model = video::coded(fitted, {p.weightBits, p.embedBits, p.prune}, aboutFilm(p, rate));
  const auto bytes = video::writeVnv(model);
  const video::Decoder decoder(video::fittedVideo(video::readVnv(bytes, "model.vnv"), "model.vnv"), context.device());
  context.timed("code", start);
  std::vector<double> msssim;
  const auto coded = psnrOfDecoder(decoder, clip, &msssim, context);
  context.metric("psnr", meanOf(psnr));
  context.metric("psnr_coded", meanOf(coded));
  context.metric("bytes", static_cast<double>(bytes.size()));
  const double pixels = static_cast<double>(clip.width) * clip.height * static_cast<double>(clip.count());
  context.metric("bpp", 8.0 * static_cast<double>(bytes.size()) / pixels);
  context.metric("parameters", static_cast<double>(fitted.parameters()));
  context.metric("frames", static_cast<double>(clip.count()));
  std::vector<double> index(clip.count());
  std::iota(index.begin(), index.end(), 0.0);
  Table quality{firstIds(context, clip.count()), {numbers("frame", index), numbers("psnr", psnr), numbers("psnr_coded", coded)}};
  if (!msssim.empty()) {
    context.metric("msssim", meanOf(msssim));
    quality.columns.push_back(numbers("msssim", msssim));
  }
  context.emit("quality", std::move(quality));
  Video film = video::videoOf(model, "model.vnv", context.device());
  film.ids = firstIds(context, clip.count());
  context.emit("model", std::move(film), {{"crop", p.crop}, {"resize", p.resize}});
  emitCodes(fitted, context);
  if (auto path = video::codePath(decoder.video(), firstIds(context, clip.count()))) {
    context.emit("path", *path->payload, path->metadata);
  }
  const Artifact layers = video::layerTable(model);
  context.emit("layers", *layers.payload, layers.metadata);
  measureDecoding(decoder, context);
  writeFilm(decoder, clip, rate, context);

  const std::int64_t planned = video::decoderParameters(fitted.network);
  context.check({"the decoder has the values its shape asks for", Check::Kind::Exact, fitted.parameters() == planned, static_cast<double>(fitted.parameters()),
                 std::to_string(planned), "V"});
  if (context.outputDir().empty()) {
    return;
  }
  const auto file = context.outputDir() / "model.vnv";
  std::filesystem::create_directories(context.outputDir());
  writeFile(file, {reinterpret_cast<const char *>(bytes.data()), bytes.size()});
  const video::Decoder again(video::fittedVideo(video::readVnvFile(file), file.string()), context.device());
  const int last = static_cast<int>(clip.count()) - 1;
  const bool same = again.frame(last).pixels == decoder.frame(last).pixels && std::filesystem::file_size(file) == bytes.size();
  context.check({"the file on disk has the reported bytes and gives the same frame", Check::Kind::Exact, same,
                 static_cast<double>(std::filesystem::file_size(file)), std::to_string(bytes.size()) + " bytes and an equal last frame", "V"});
}

void reconstruct(const FitParams &p, const video::FitOptions &options, const video::Clip &clip, const Rival &rival, RunContext &context) {
  video::Fit fit(options, clip);
  context.log("strides " + Json(options.network.strides).dump() + ", " + std::to_string(video::decoderParameters(options.network)) + " decoder values and " +
              std::to_string(video::codeParameters(options.network)) + " of codes, computed in " + (fit.usesBrainFloat() ? "bfloat16" : "float32"));
  fitToEnd(fit, p, clip, "", context);
  const auto psnr = psnrOfFrames(fit, clip.count(), context);
  keep(fit.result(progressOf("coding", context)), p, clip, psnr, context);
  if (!p.compare || rival.name.empty()) {
    return;
  }
  video::Fit other(rival.options, clip);
  fitToEnd(other, p, clip, rival.name, context);
  const auto theirs = psnrOfFrames(other, clip.count(), context);
  context.baseline(rival.name, "psnr", meanOf(theirs));
  context.baseline(rival.name, "step_cpu_seconds", other.cpuSeconds() / static_cast<double>(std::max<std::int64_t>(1, other.stepsDone())));
  context.check({rival.claim, Check::Kind::Trend, meanOf(psnr) > meanOf(theirs), meanOf(psnr) - meanOf(theirs),
                 "> 0 dB on the same frames (one fit each; more seeds with --seed)", "M"});
}

void addFitParameters(Schema<FitParams> &schema, const FitParams &defaults) {
  addLearningParameters(schema, defaults);
  addClipParameters(schema);
  addCodingParameters(schema, defaults);
}

void addCompareParameter(Schema<FitParams> &schema) {
  schema.add("compare", &FitParams::compare, "Compare", "Fits the rival of the check in the same run, which takes as long again.");
}

}  // namespace vitrine::study
