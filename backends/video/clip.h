// Frames as bytes: what a neural video is fitted to.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/dataset.h"
#include "core/sources.h"

namespace vitrine::video {

/// Frames of one size, RGB, rows from the top, channels interleaved.
struct Clip {
  int width = 0, height = 0;
  std::vector<std::uint8_t> pixels;

  std::size_t frameSize() const { return static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3; }
  std::size_t count() const { return frameSize() == 0 ? 0 : pixels.size() / frameSize(); }
  std::span<const std::uint8_t> frame(std::size_t i) const { return std::span(pixels).subspan(i * frameSize(), frameSize()); }
  Image image(std::size_t i) const;
};

struct PictureSize {
  int width = 0, height = 0;  ///< 0 x 0 = as it is
  bool given() const { return width > 0; }
};
/// "640x1280" (height x width); empty = as it is. Throws InputError naming `what`.
PictureSize parseSize(const std::string &text, const std::string &what);

/// Cuts `crop` out of the middle and brings it to `resize` by area averaging, halves rounded up. Grey becomes RGB, transparent parts stand on white.
/// Throws InputError naming `where` if the picture is smaller than the crop or the crop smaller than `resize`.
Image cropAndShrink(const Image &picture, PictureSize crop, PictureSize resize, const std::string &where);
/// Appends a frame of the clip's size (the first frame sets it). Throws InputError naming `where` if it has another.
void append(Clip &clip, const Image &frame, const std::string &where);

/// Pictures of a data set as a film, each cut and shrunk like the frames that a network was fitted to. Throws InputError where a picture is too small.
std::shared_ptr<const FrameSource> originalFrames(std::shared_ptr<const Dataset> dataset, Ids ids, PictureSize crop, PictureSize resize);

/// Peak signal-to-noise ratio of one frame in dB: -10 log10(mse + 1e-9), mse of values in [0, 1], as HNeRV's evaluation has it.
double psnrOf(double meanSquaredError);
double psnr(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b);

}  // namespace vitrine::video
