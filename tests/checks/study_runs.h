// Runs of studies for tests: a small made-up data set of pictures, and a run with everything it gave.
#pragma once

#include "core/study.h"

namespace vitrine::checks {

/// `count` grey pictures of 14 x 14: a bright bar in one of four places (the label) and noise. The first three quarters are the training half.
std::shared_ptr<const Dataset> madeUpPictures(std::size_t count = 200);

struct Outcome {
  std::vector<Artifact> artifacts;  ///< newest of each name, in order of first appearance
  std::vector<Artifact> frames;
  RunRecord record;
  Json parameters;
  std::shared_ptr<NeighbourSource> neighbours;
  std::vector<std::string> stages;  ///< what step() said, each once, in order

  const Artifact *artifact(const std::string &name) const;
};

/// Inputs for `study` at its smoke size: made-up pictures, the first built-in model if it needs one, seed 1, two threads.
RunInputs smokeInputs(const StudyInfo &study);
/// Runs on this thread. `onStep` is called with each step's stage (to cancel, pause or change from within).
Outcome runStudy(const StudyInfo &study, const Json &parameters, const RunInputs &inputs,
                 const std::shared_ptr<RunControl> &control = std::make_shared<RunControl>(),
                 const std::function<void(std::int64_t i, std::int64_t n, const std::string &what)> &onStep = {});
/// First difference between two outcomes in numbers that must repeat (artifacts, metrics but for times); empty if none.
std::string difference(const Outcome &a, const Outcome &b);

}  // namespace vitrine::checks
