// The shape of a Vision Transformer and of the pictures it takes. Plain data: studies and the trainer's face use it without torch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/safetensors.h"

namespace vitrine::models {

/// Dosovitskiy et al. 2021 ("An Image is Worth 16x16 Words"), pre-norm blocks; pictures are square, patches do not overlap.
struct VitConfig {
  int imageSize = 28;  ///< pixels a side
  int channels = 1;    ///< 1 grey, 3 RGB
  int patch = 4;       ///< pixels a side; divides imageSize
  int width = 64;      ///< values a token; divisible by heads
  int depth = 4;       ///< blocks
  int heads = 4;
  int mlpWidth = 128;                   ///< hidden values of a block's perceptron
  int classes = 10;                     ///< 0 = no classifier
  bool convStem = false;                ///< two 3x3 convolutions in place of the linear patch embedding (Xiao et al. 2021); then patch is 4
  float mean = 0.5F, deviation = 0.5F;  ///< pixels in [0, 1] enter as (x - mean) / deviation
  std::vector<std::string> classNames;  ///< empty, or `classes` names

  int grid() const { return imageSize / patch; }
  int tokens() const { return grid() * grid() + 1; }
};

/// Throws InputError (with `where`) for a shape that cannot be built: patch does not divide the picture, heads not the width, a size out of bounds.
void validate(const VitConfig &config, const std::string &where);
/// Number of weights, classifier included.
std::int64_t parameterCount(const VitConfig &config);

/// Adds to the metadata what the tensors' shapes do not tell: heads, normalisation, class names.
void describeConfig(const VitConfig &config, WeightFile &file);
/// The shape that a file's tensors and metadata spell; a timm file without our metadata is taken to have heads of 64 values and
/// mean = deviation = 0.5. Throws InputError if it holds no Vision Transformer of this kind.
VitConfig configOf(const WeightFile &file, const std::string &where);

}  // namespace vitrine::models
