// Trains a Vision Transformer on labelled pictures, one batch a call, so that a study can show progress, pause and stop.
#pragma once

#include <filesystem>
#include <memory>

#include "models/vit_config.h"

namespace vitrine::models {

/// Pictures at the model's input size with a class each. Bytes: count x imageSize x imageSize x channels, channels interleaved.
struct LabelledPictures {
  std::vector<std::uint8_t> pixels;
  std::vector<std::int32_t> labels;  ///< 0 .. classes - 1
  std::size_t count() const { return labels.size(); }
};

struct TrainerOptions {
  VitConfig model;
  int epochs = 20;
  int batch = 128;              ///< pictures a step; larger is faster an epoch but takes fewer steps
  double learningRate = 1e-3;   ///< at the top of the schedule
  double warmupEpochs = 1;      ///< linear rise to it; then half a cosine down to zero
  double weightDecay = 0.05;    ///< AdamW, on matrices only
  double labelSmoothing = 0.1;  ///< share of the target spread over all classes
  double clip = 1.0;            ///< largest norm of the gradient
  int shift = 2;                ///< pictures move by up to so many pixels each way, edges repeated
  bool flip = true;             ///< and are mirrored half of the time
  std::uint64_t seed = 1;       ///< of weights, order and augmentation
  std::string device = "cpu";
};

/// AdamW (Loshchilov and Hutter 2019), linear warm-up and cosine decay, label smoothing (Szegedy et al. 2016), shifts and flips.
/// Same options, data, threads and machine: same numbers, also when continued from a saved state. Not safe from several threads.
class Trainer {
 public:
  /// Throws InputError for a model that cannot be built, too few pictures, or labels out of range. `pictures` must outlive the trainer.
  Trainer(TrainerOptions options, const LabelledPictures &pictures);
  ~Trainer();

  /// One batch forward and back; false once all epochs are done.
  bool step();
  std::int64_t stepsDone() const;
  std::int64_t stepsPerEpoch() const;
  std::int64_t stepsTotal() const;
  double lastLoss() const;      ///< of the last batch, smoothing included
  double lastAccuracy() const;  ///< fraction of the last (augmented) batch
  void setLearningRate(double top);

  /// Class of the highest score for pictures [begin, end) of `pictures` without augmentation; call it in chunks between progress reports.
  std::vector<std::int32_t> predict(const LabelledPictures &pictures, std::size_t begin, std::size_t end) const;
  std::int64_t parameters() const;

  /// The model alone (`metadata` is kept in the file), or with the optimiser's state, from which resume() goes on.
  void saveModel(const std::filesystem::path &file, const std::map<std::string, std::string> &metadata) const;
  void saveState(const std::filesystem::path &file) const;
  /// Throws InputError if the file is no state of this model and these options.
  void resume(const std::filesystem::path &file);

 private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

}  // namespace vitrine::models
