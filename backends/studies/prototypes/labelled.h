// Labelled pictures of a run at one size, grey or RGB, split for training and testing.
#pragma once

#include "core/run_context.h"
#include "models/trainer.h"

namespace vitrine::study {

struct LabelledData {
  models::LabelledPictures train, test;
  std::vector<SampleId> trainIds, testIds;
  std::vector<std::string> classNames;
  int side = 0, channels = 1;
  Image picture(const models::LabelledPictures &of, std::size_t i) const;
};

/// Trains on the run's samples of the data set's training half and tests on its others. A run of nothing but training samples is tested on the data set's own
/// test half (at most 10,000), and where there is none every tenth is held out; the log says which. Pictures are brought to side x side and channels; 0 = what
/// suits the data. Throws InputError without pictures or labels.
LabelledData readLabelled(RunContext &context, int side = 0, int channels = 0);

}  // namespace vitrine::study
