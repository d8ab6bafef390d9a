// Grey or colour, size and split are decided here; nothing is learnt yet.
#include "studies/attention/training_data.h"

#include <cmath>

#include "models/input.h"
#include "studies/attention/pictures.h"

namespace vitrine::study {

namespace {

constexpr std::size_t kLookedAt = 32;  // pictures that decide between grey and colour

struct SplitSamples {
  std::vector<SampleId> train, test;
};

const Column &requireLabel(const RunContext &context) {
  const Column *label = context.dataset().label();
  if (label == nullptr || label->categories.size() < 2) {
    throw InputError(context.dataset().provenance().name, "has no labels of two classes or more to learn", "a folder's sub-folders are its labels");
  }
  return *label;
}

std::int32_t codeOf(const RunContext &context, const Column &label, SampleId id) {
  return label.codes[context.dataset().row(id).value()];
}

SplitSamples splitSamples(RunContext &context, const Column &label) {
  SplitSamples split;
  std::vector<SampleId> labelled;
  for (const SampleId id : context.ids()) {
    if (codeOf(context, label, id) >= 0) {
      labelled.push_back(id);
      (context.dataset().row(id).value() < context.dataset().trainCount() ? split.train : split.test).push_back(id);
    }
  }
  if (labelled.size() < context.ids().size()) {
    context.log(std::to_string(context.ids().size() - labelled.size()) + " samples without a label are left out");
  }
  if (labelled.size() < 20) {
    throw InputError(context.dataset().provenance().name, "has " + std::to_string(labelled.size()) + " labelled samples in this run",
                     "training needs at least 20");
  }
  if (split.train.empty() || split.test.empty()) {
    split = {};
    for (std::size_t i = 0; i < labelled.size(); ++i) {  // every tenth: rows are often sorted by class
      (i % 10 == 9 ? split.test : split.train).push_back(labelled[i]);
    }
    context.log("this run has no test split: every tenth sample (" + std::to_string(split.test.size()) + ") is held out");
  }
  return split;
}

int chosenSize(const Image &first, int wanted, int patch) {
  if (wanted > 0) {
    return wanted;
  }
  const bool fits = first.width == first.height && first.width <= 64 && first.width >= 2 * patch && first.width % patch == 0;
  return fits ? first.width : std::max(2, (32 + patch - 1) / patch) * patch;
}

void readPictures(RunContext &context, const std::vector<SampleId> &ids, const Column &label, const TrainingData &shape, const std::string &what,
                  models::LabelledPictures &into) {
  const std::size_t size = static_cast<std::size_t>(shape.imageSize) * static_cast<std::size_t>(shape.imageSize) * static_cast<std::size_t>(shape.channels);
  into.pixels.reserve(ids.size() * size);
  overPictures(context, ids, 256, what, [&](std::size_t begin, std::span<const Image> pictures) {
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      const Image fitted = models::toInput(pictures[i], shape.imageSize, shape.channels);
      into.pixels.insert(into.pixels.end(), fitted.pixels.begin(), fitted.pixels.end());
      into.labels.push_back(codeOf(context, label, ids[begin + i]));
    }
  });
}

void measurePixels(TrainingData &data) {
  double sum = 0, squares = 0;
  for (const std::uint8_t pixel : data.train.pixels) {
    const double value = pixel / 255.0;
    sum += value;
    squares += value * value;
  }
  const double n = static_cast<double>(data.train.pixels.size()), mean = sum / n;
  data.mean = static_cast<float>(mean);
  data.deviation = static_cast<float>(std::max(0.01, std::sqrt(std::max(0.0, squares / n - mean * mean))));  // flat pictures: no blowing up of noise
}

}  // namespace

TrainingData readTrainingData(RunContext &context, int imageSize, int patch) {
  requirePictures(context);
  const Column &label = requireLabel(context);
  const SplitSamples split = splitSamples(context, label);
  TrainingData data;
  data.classNames = label.categories;
  data.channels = 1;
  for (std::size_t i = 0; i < std::min(kLookedAt, split.train.size()); ++i) {
    context.step(0, 1, "looking at the pictures");
    const Image picture = context.dataset().image(split.train[i]);
    data.channels = picture.channels >= 3 ? 3 : data.channels;
    data.imageSize = i == 0 ? chosenSize(picture, imageSize, patch) : data.imageSize;
  }
  readPictures(context, split.train, label, data, "reading training pictures", data.train);
  readPictures(context, split.test, label, data, "reading test pictures", data.test);
  measurePixels(data);
  return data;
}

}  // namespace vitrine::study
