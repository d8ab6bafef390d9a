// What a study or a viewer may ask of a model. Implemented in backends/models; torch stays inside.
#pragma once

#include "core/artifact.h"

namespace vitrine {

enum class Pooling { Cls, Mean };

struct ModelInfo {
  std::string name, architecture, source, sha256;
  std::int64_t parameters = 0;
  int layers = 0, heads = 0, tokens = 0, width = 0;  ///< 0 = unknown (black box)
  int inputWidth = 0, inputHeight = 0, inputChannels = 0;
  bool hasAttention = false;
  Json details = Json::object();  ///< training command, accuracy, tensors: whatever the file says
};

/// Safe from several threads (calls are serialised inside). Long calls ask `stop` between batches and then throw Cancelled.
class Model {
 public:
  virtual ~Model() = default;
  virtual const ModelInfo &info() const = 0;

  /// Any size and channel count: brought to the model's input (area filter down, bilinear up, grey <-> RGB).
  /// layer 1..layers, 0 = patch embedding, -1 = the last after the final norm. images x width.
  /// Throws InputError for a layer or pooling the model does not have.
  virtual Matrix encode(std::span<const Image> images, int layer, Pooling pooling) = 0;
  /// Maps and rollout (Abnar and Zuidema 2020) of each picture; `ids` is left empty. Throws InputError for a black box.
  virtual AttentionMaps attention(std::span<const Image> images) = 0;
  /// Class probabilities (images x classes), no rows if the model has no classifier.
  virtual Matrix classify(std::span<const Image> images) = 0;
};

}  // namespace vitrine
