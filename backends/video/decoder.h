// Opens a fitted video: any frame by its number, any picture by its code.
#pragma once

#include <memory>

#include "core/sources.h"
#include "video/fit.h"
#include "video/vnv.h"

namespace vitrine::video {

/// Decodes on the CPU or CUDA. All functions are safe from several threads; each uses the threads that torch has.
class Decoder {
 public:
  /// Throws InputError if the tensors do not suit the network.
  explicit Decoder(FittedVideo video, const std::string &device = "cpu", Precision precision = Precision::Automatic);
  ~Decoder();

  const FittedVideo &video() const { return m_video; }
  int frames() const { return m_video.network.frames; }
  /// Code of a frame, codeShape() values with the channel innermost. Throws InputError for a frame that is not there.
  std::vector<float> code(int frame) const;
  Image frame(int index) const { return decode(code(index)); }
  /// `count` frames from `first` on, in order: on the CPU one a thread, on a card all at once. Throws InputError for frames that are not there.
  std::vector<Image> frames(int first, int count) const;
  /// The frame at half the width and height in a fraction of the time, rougher than the frame itself (video/preview.h); the first call takes longer. Empty
  /// where the last stride is not 2. Throws InputError for a frame that is not there.
  Image preview(int index) const;
  /// Throws InputError for a code of another length.
  Image decode(std::span<const float> code) const;

 private:
  struct Impl;
  std::vector<Image> decodeAll(std::span<const float> codes) const;  ///< one code behind the other, whole ones
  FittedVideo m_video;
  std::unique_ptr<Impl> m_impl;
};

struct CodingOptions {
  int weightBits = 8, codeBits = 6;  ///< 2 to 8; of weights the mean over all
  double prune = 0;                  ///< share of the smallest weights set to zero, biases left out
};

/// A fitted video as the tensors of a .vnv file: codes, then weights and biases, one step a tensor. Weights that were fitted rounded are kept as they are;
/// other weights' steps are shared out by what the picture feels of them (sharedSteps()). The header says what the network is, and weightBits; `about` joins
/// it. Throws InputError for bits out of range.
VnvModel coded(const FittedVideo &video, const CodingOptions &options, const Json &about);
/// The weightBits that coded() was given; those of its weights for a file that does not say.
int weightBitsOf(const VnvModel &model);
void setWeightBits(VnvModel &model, int bits);  ///< what that will say
/// What a decoder gets from the file. Throws InputError naming `where` if the file holds something else than a fitted video.
FittedVideo fittedVideo(const VnvModel &model, const std::string &where);

}  // namespace vitrine::video
