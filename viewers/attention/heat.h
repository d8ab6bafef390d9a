// Numbers and pixels of an attention picture, free of widgets: which weights are shown, and how OpenCV lays them over the picture.
#pragma once

#include <QImage>

#include "core/artifact.h"

namespace vitrine {

/// What of the maps is looked at.
struct HeatChoice {
  enum class Mode { Head, Average, Rollout };  ///< one head; the mean of a layer's heads; rollout over all layers
  Mode mode = Mode::Average;
  int layer = 0, head = 0;  ///< from 0
  int patch = -1;           ///< the query: a patch in reading order; -1 = CLS (the mean of all patches where there is no CLS)
  bool operator==(const HeatChoice &) const = default;
};

/// The query's attention to each patch (gridRows * gridCols values; with `cls`, what the query gives to CLS is not among them).
/// Weights as the model gives them: with CLS's share they sum to 1. Empty if the maps do not hold that sample or that kind of map.
std::vector<float> patchWeights(const AttentionMaps &maps, std::size_t sample, const HeatChoice &choice);
/// The query's attention to CLS; NaN without one.
double clsWeight(const AttentionMaps &maps, std::size_t sample, const HeatChoice &choice);

/// Colour map and blend by OpenCV: the picture (desaturated as the heat comes up) under `weights` (rows x cols, scaled so that `top` is the brightest
/// magma), at `zoom` times the picture's size: a whole number keeps picture and patches crisp, below 1 an area filter shrinks. `opacity` in [0, 1].
/// Without weights the picture alone.
QImage heatPicture(const Image &picture, std::span<const float> weights, int rows, int cols, double top, double opacity, double zoom);
/// The weights alone, one pixel a patch.
QImage heatTile(std::span<const float> weights, int rows, int cols);

}  // namespace vitrine
