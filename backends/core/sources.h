// What a viewer may ask of a backend without knowing it. Backends implement, app wires. All are called on the interactive lane, never on the GUI thread.
#pragma once

#include "core/artifact.h"

namespace vitrine {

struct Neighbour {
  SampleId id = -1;
  float distance = 0;
};

/// Nearest samples in the original space (whatever the projection was made from), nearest first, the sample itself left out.
class NeighbourSource {
 public:
  virtual ~NeighbourSource() = default;
  virtual std::vector<Neighbour> neighbours(SampleId id, int k) = 0;
  virtual std::string space() const = 0;  ///< "50 principal components of the pixels, Euclidean"
};

/// Attention of one sample, on demand.
class AttentionSource {
 public:
  virtual ~AttentionSource() = default;
  virtual AttentionMaps attention(SampleId id) = 0;
};

/// A film, frame by frame. Safe from several threads.
class FrameSource {
 public:
  virtual ~FrameSource() = default;
  virtual std::size_t count() const = 0;
  virtual int width() const = 0;
  virtual int height() const = 0;
  virtual double rate() const = 0;  ///< frames a second
  virtual Image frame(std::size_t i) const = 0;
  /// The frame at half the width and height, roughly and sooner than frame(); empty where there is no quicker way.
  virtual Image preview(std::size_t) const { return {}; }
  virtual std::vector<std::uint8_t> file() const = 0;  ///< what a file that opens as this film again must hold
};

/// Pictures from codes: those of the frames, and any others.
class LatentDecoder {
 public:
  virtual ~LatentDecoder() = default;
  virtual std::size_t dims() const = 0;
  virtual std::vector<float> latent(std::size_t frame) const = 0;
  virtual Image decode(std::span<const float> latent) const = 0;
};

/// What may be done to a coded film by hand: fewer bits, fewer weights, noise.
struct FilmEdit {
  int weightBits = 0;                     ///< 2 to those of the file; 0 = those
  double prune = 0;                       ///< share of the smallest weights that become zero
  double codeNoise = 0, weightNoise = 0;  ///< Gaussian, in standard deviations of the codes and of each layer's weights; always the same draw
  bool operator==(const FilmEdit &) const = default;
};

/// Makes a film again with its code changed: from what its file holds, not from the weights before they were coded. Safe from several threads.
class FilmEditor {
 public:
  virtual ~FilmEditor() = default;
  virtual int weightBits() const = 0;                    ///< of the film that was opened, a mean, 2 to 8
  virtual Video edited(const FilmEdit &edit) const = 0;  ///< without ids and editor
  /// Of the file that would hold the edited film, which is written for it in memory: may take a second. Noise is no part of it.
  virtual std::size_t bytes(const FilmEdit &edit) const = 0;
};

/// Pictures to codes and back. Safe from several threads.
class PictureCoder {
 public:
  virtual ~PictureCoder() = default;
  virtual std::size_t dims() const = 0;
  virtual Image input(const Image &picture) const = 0;  ///< any picture as the network sees it: its size, grey or RGB
  virtual std::vector<float> encode(const Image &picture) const = 0;
  virtual Image decode(std::span<const float> latent) const = 0;  ///< throws InputError for a code of another length
  virtual std::vector<std::uint8_t> file() const = 0;             ///< what a file that opens as this coder again must hold
};

}  // namespace vitrine
