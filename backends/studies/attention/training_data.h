// Labelled pictures of a run, brought to a model's input and split for training.
#pragma once

#include "core/run_context.h"
#include "models/trainer.h"

namespace vitrine::study {

struct TrainingData {
  models::LabelledPictures train, test;
  std::vector<std::string> classNames;
  int imageSize = 0, channels = 0;
  float mean = 0, deviation = 1;  ///< of the training pixels, in [0, 1]
};

/// Reads the run's pictures, with progress. imageSize 0 = the first picture's if it is square, at most 64 and a multiple of `patch`, else 32 or the next
/// multiple. The test half is what lies beyond the data set's training split; where the run has none (or only that), every tenth picture is held
/// out, and the log says so. Throws InputError without pictures or labels, for fewer than two classes, or too few pictures.
TrainingData readTrainingData(RunContext &context, int imageSize, int patch);

}  // namespace vitrine::study
