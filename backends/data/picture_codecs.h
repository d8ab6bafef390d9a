// PNG and JPEG through their own libraries: OpenCV lets those print to the terminal and takes a picture that breaks off for a whole one.
#pragma once

#include "core/buffers.h"
#include "core/error.h"

namespace vitrine::data {

/// 8-bit grey, RGB or RGBA (palettes expanded, 16 bit scaled). Throw InputError with `where` and the byte.
Image decodePng(std::span<const std::uint8_t> bytes, const std::string &where);
/// 8-bit grey or RGB (CMYK and YCCK converted without a colour profile).
Image decodeJpeg(std::span<const std::uint8_t> bytes, const std::string &where);

}  // namespace vitrine::data
