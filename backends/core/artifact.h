// What a run gives: immutable, shared, one of a closed set of payloads. A new payload makes every std::visit that forgot it fail to compile.
#pragma once

#include <array>
#include <memory>
#include <variant>

#include "core/buffers.h"
#include "core/schema.h"

namespace vitrine {

using Ids = std::shared_ptr<const std::vector<SampleId>>;

/// High-dimensional vectors of samples (ids x dims).
struct Embedding {
  Ids ids;
  Matrix vectors;
};

/// Positions in 2 or 3 dimensions (ids x 2|3).
struct Projection {
  Ids ids;
  Matrix positions;
  std::vector<Column> columns = {};  ///< what the run knows of each sample, in row order: more to colour the map by
};

/// Several maps of the same samples (each ids x 2), to be compared side by side, with a caption each.
struct Maps {
  Ids ids;
  std::vector<Matrix> maps;
  std::vector<std::string> captions;
  std::vector<Column> columns = {};  ///< as in Projection
};

/// Attention of samples: maps are samples x layers x heads x tokens x tokens, rollout samples x tokens x tokens; rows sum to 1.
/// Token 0 is CLS if hasCls; then gridRows x gridCols patches in reading order.
struct AttentionMaps {
  Ids ids;
  int layers = 0, heads = 0, tokens = 0, gridRows = 0, gridCols = 0;
  bool hasCls = true;
  std::vector<float> maps, rollout;
  std::vector<Image> images;  ///< what the model saw, one a sample

  std::span<const float> map(std::size_t sample, int layer, int head) const;  ///< tokens x tokens
  std::span<const float> rolloutOf(std::size_t sample) const;                 ///< tokens x tokens
};

/// Pictures of samples with a caption each.
struct ImageGrid {
  Ids ids;
  std::vector<Image> images;
  std::vector<std::string> captions;
};

/// Lines over one axis.
struct Curve {
  struct Series {
    std::string name;
    std::vector<double> x, y;
  };
  std::string xTitle, yTitle;
  std::vector<Series> series;
};

/// Columns of equal length; `ids` may be null where rows are not samples.
struct Table {
  Ids ids;
  std::vector<Column> columns;
};

class FrameSource;    // core/sources.h
class LatentDecoder;  // core/sources.h
class FilmEditor;     // core/sources.h

/// A film that a run made; its frames are decoded when asked for. The originals are the data set's, by id; metadata "crop" and "resize" say how they were cut.
struct Video {
  Ids ids;  ///< one a frame
  std::shared_ptr<FrameSource> frames;
  std::shared_ptr<LatentDecoder> latents;              ///< null where frames have no code that can be moved
  std::shared_ptr<const FilmEditor> editor = nullptr;  ///< null where the code cannot be changed by hand
};

class PictureCoder;  // core/sources.h

/// A layer of prototypes and the samples it is judged by. What follows from them is arithmetic: core/prototypes.h.
struct Prototypes {
  /// One moment of the training. Pictures are as the network of that moment decoded them: latent spaces of different moments do not compare.
  struct Moment {
    int epoch = 0;
    Matrix prototypes, weights;
    std::vector<Image> pictures;  ///< one a prototype
  };
  Ids ids;                           ///< test samples first, then some of the training samples
  std::size_t testCount = 0;         ///< how many of them are test samples
  Matrix latents;                    ///< ids x q
  std::vector<std::int32_t> labels;  ///< class of each id
  std::vector<std::string> classNames;
  Matrix prototypes;                  ///< m x q
  Matrix weights;                     ///< m x classes; logit k of x = sum over j of |f(x) - p_j|^2 W_jk, no bias
  std::vector<SampleId> nearest;      ///< of all training samples, the nearest to each prototype
  std::vector<float> nearestSquared;  ///< its squared distance; their mean is R1 over the training samples
  std::vector<Moment> replay;         ///< may be empty
  std::shared_ptr<PictureCoder> coder;
};

/// Part prototypes (Chen, Li et al. 2019) and the samples they judge: each is a patch of a training picture, and a sample's score for a class is the sum of how
/// like each its most similar patch is, weighed. What follows from them is arithmetic: core/parts.h.
struct Parts {
  struct Box {
    int x = 0, y = 0, width = 0, height = 0;
    bool operator==(const Box &) const = default;
  };
  /// Where a prototype comes from.
  struct Source {
    std::int32_t speaksFor = 0;  ///< its class
    SampleId id = -1;            ///< of a training picture
    std::int32_t position = 0;   ///< in it
    Image picture;               ///< as the network saw it
  };
  Ids ids;
  std::vector<std::int32_t> labels;  ///< class of each id
  std::vector<std::string> classNames;
  Matrix similarity;                    ///< ids x m: log((d + 1) / (d + 1e-4)) of the most similar patch, d its squared distance
  std::vector<std::int32_t> positions;  ///< ids x m: which patch that is, row by row of the map
  int mapSide = 0;                      ///< of the map of patches
  int width = 0, height = 0;            ///< of a picture as the network saw it; boxes are in its pixels
  std::vector<Box> boxes;               ///< mapSide^2: all that a patch has seen (its receptive field, inside the picture)
  Matrix weights;                       ///< m x classes; logit k = sum over j of similarity_j W_jk, no bias
  std::vector<Source> sources;          ///< m
};

using Payload = std::variant<Embedding, Projection, AttentionMaps, ImageGrid, Curve, Table, Maps, Video, Prototypes, Parts>;
inline constexpr std::array<const char *, 10> kPayloadKinds = {"embedding", "projection", "attention", "images",     "curve",
                                                               "table",     "maps",       "video",     "prototypes", "parts"};

struct Artifact {
  std::string name;  ///< kebab-case, unique in its run
  std::shared_ptr<const Payload> payload;
  Json metadata = Json::object();

  std::string kind() const { return kPayloadKinds[payload->index()]; }
  template <class T>
  const T *as() const {
    return std::get_if<T>(payload.get());
  }
};

}  // namespace vitrine
