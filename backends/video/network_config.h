// What a neural video is made of: shapes and sizes, without weights (H. Chen et al. 2023, HNeRV; H. Chen et al. 2021, NeRV).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/schema.h"
#include "video/kernels/pixels.h"

namespace vitrine::video {

struct NetworkConfig {
  enum class Code : std::uint8_t {
    Encoder,  ///< HNeRV: each frame's code comes from a ConvNeXt encoder that is thrown away after fitting
    Position  ///< NeRV: sines and cosines of the frame's time
  };
  Code code = Code::Encoder;
  int width = 0, height = 0;  ///< pixels of a frame; multiples of the strides' product
  int frames = 0;
  double size = 1.5;         ///< millions of stored values (decoder and codes) that the width is solved from
  std::vector<int> strides;  ///< enlargement of each block, coarse to fine
  int codeChannels = 16;     ///< HNeRV's d
  int encoderWidth = 64;     ///< channels of the encoder's stages but the last
  int firstKernel = 1;       ///< block i has kernels of min(firstKernel + 2i, lastKernel)
  int lastKernel = 5;        //
  double reduce = 1.2;       ///< each block divides the channels by it
  int leastWidth = 12;       ///< channels never fall below
  Activation activation = Activation::Gelu;
  int positions = 80;          ///< NeRV: sines and as many cosines
  double positionBase = 1.25;  ///< NeRV: of base^k pi t
};

/// One convolution of the decoder. `out` channels become out / (strideY strideX) by the pixel shuffle that follows.
struct DecoderLayer {
  int in = 0, out = 0, kernel = 1, strideY = 1, strideX = 1;
  std::int64_t parameters() const { return std::int64_t{out} * (std::int64_t{in} * kernel * kernel + 1); }
};

/// Code of one frame: codeWidth x codeHeight x channels (HNeRV's embedding; NeRV's is 1 x 1 x 160 and costs nothing).
struct CodeShape {
  int channels = 0, height = 0, width = 0;
  int count() const { return channels * height * width; }
};

/// Throws InputError for a frame size that the strides do not divide (naming sizes that do), sizes too small for any width, or values out of range.
void validate(const NetworkConfig &config);
CodeShape codeShape(const NetworkConfig &config);
/// Stem, one block a stride, head. The width c of the stem solves a c^2 + b c = size - codes, biases and head left out, as the reference does.
std::vector<DecoderLayer> decoderLayers(const NetworkConfig &config);
std::int64_t decoderParameters(const NetworkConfig &config);
/// Values stored for all frames' codes.
std::int64_t codeParameters(const NetworkConfig &config);
/// Multiplications and additions of one decoded frame, in pairs.
std::int64_t decoderMacs(const NetworkConfig &config);

/// Strides for a frame size: of all products of 2 to 5 that leave a code of 2 x 4 or as near to it as can be, in falling order. Throws InputError if none.
std::vector<int> stridesFor(int width, int height);
/// "5,4,2,2" or "5 4 2 2". Throws InputError.
std::vector<int> parseStrides(const std::string &text);

Json toJson(const NetworkConfig &config);
/// Throws InputError naming `where` for missing or wrong fields.
NetworkConfig networkConfigOf(const Json &json, const std::string &where);

}  // namespace vitrine::video
