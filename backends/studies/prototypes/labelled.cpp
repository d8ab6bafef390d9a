#include "studies/prototypes/labelled.h"

#include <algorithm>

#include "models/input.h"

namespace vitrine::study {

namespace {

constexpr std::size_t kMostTested = 10'000, kLookedAt = 32, kFewest = 20;
constexpr int kLargestSide = 64, kOtherwise = 32;  // pictures that are not square or larger are brought to 32 x 32

const Column &labelOf(const RunContext &context) {
  const Dataset &data = context.dataset();
  if (!data.hasImages()) {
    throw InputError(data.provenance().name, "has no pictures", "choose a data set of pictures, e.g. fashion-mnist");
  }
  if (data.label() == nullptr || data.label()->categories.size() < 2) {
    throw InputError(data.provenance().name, "has no labels of two classes or more to learn", "a folder's sub-folders are its labels");
  }
  return *data.label();
}

void splitLabelled(RunContext &context, const Column &label, LabelledData &into) {
  const Dataset &data = context.dataset();
  for (const SampleId id : context.ids()) {
    if (const std::size_t row = data.row(id).value(); label.codes[row] >= 0) {
      (row < data.trainCount() ? into.trainIds : into.testIds).push_back(id);
    }
  }
  if (into.testIds.empty()) {
    for (std::size_t row = data.trainCount(); row < std::min(data.count(), data.trainCount() + kMostTested); ++row) {
      if (label.codes[row] >= 0) {
        into.testIds.push_back(data.ids()[row]);
      }
    }
    if (!into.testIds.empty()) {
      context.log("all samples of this run are for training: tested on " + std::to_string(into.testIds.size()) + " of the data set's test half");
    }
  }
  if (into.trainIds.empty() || into.testIds.empty()) {
    std::vector<SampleId> all = into.trainIds;
    all.insert(all.end(), into.testIds.begin(), into.testIds.end());
    into.trainIds.clear();
    into.testIds.clear();
    for (std::size_t i = 0; i < all.size(); ++i) {  // every tenth: rows are often sorted by class
      (i % 10 == 9 ? into.testIds : into.trainIds).push_back(all[i]);
    }
    context.log("there is no test split: every tenth sample (" + std::to_string(into.testIds.size()) + ") is held out");
  }
  if (into.trainIds.size() + into.testIds.size() < kFewest || into.testIds.empty()) {
    throw InputError(data.provenance().name, "has " + std::to_string(into.trainIds.size()) + " labelled samples to train on in this run",
                     "training needs at least " + std::to_string(kFewest));
  }
}

void readPictures(RunContext &context, const Column &label, const std::vector<SampleId> &ids, const LabelledData &shape, models::LabelledPictures &into) {
  for (std::size_t i = 0; i < ids.size(); ++i) {
    context.step(static_cast<std::int64_t>(i), static_cast<std::int64_t>(ids.size()), "reading pictures");
    const Image fitted = models::toInput(context.dataset().image(ids[i]), shape.side, shape.channels);
    into.pixels.insert(into.pixels.end(), fitted.pixels.begin(), fitted.pixels.end());
    into.labels.push_back(label.codes[context.dataset().row(ids[i]).value()]);
  }
}

}  // namespace

Image LabelledData::picture(const models::LabelledPictures &of, std::size_t i) const {
  const auto size = static_cast<std::ptrdiff_t>(side) * side * channels, begin = static_cast<std::ptrdiff_t>(i) * size;
  return {side, side, channels, {of.pixels.begin() + begin, of.pixels.begin() + begin + size}};
}

LabelledData readLabelled(RunContext &context, int side, int channels) {
  const Column &label = labelOf(context);
  LabelledData data;
  data.classNames = label.categories;
  splitLabelled(context, label, data);
  for (std::size_t i = 0; i < std::min(kLookedAt, data.trainIds.size()); ++i) {
    const Image first = context.dataset().image(data.trainIds[i]);
    data.channels = first.channels >= 3 ? 3 : data.channels;
    if (i == 0) {
      data.side = first.width == first.height && first.width >= 4 && first.width <= kLargestSide ? first.width : kOtherwise;
    }
  }
  data.side = side > 0 ? side : data.side;
  data.channels = channels > 0 ? channels : data.channels;
  readPictures(context, label, data.trainIds, data, data.train);
  readPictures(context, label, data.testIds, data, data.test);
  return data;
}

}  // namespace vitrine::study
