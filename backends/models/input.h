// The one way any picture takes into a model: channels, then size.
#pragma once

#include "core/buffers.h"

namespace vitrine::models {

/// A square picture of `side` pixels and 1 (grey) or 3 (RGB) channels: alpha is laid over white, colours become luma (Rec. 601) and grey is
/// repeated; each axis is shrunk by area and grown bilinearly, the aspect ratio is not kept. A picture that fits is returned as it is.
/// Throws InputError for an empty picture or one whose buffer does not match its size.
Image toInput(const Image &picture, int side, int channels);
/// "28 x 28, grey; ..." for status lines and reports.
std::string inputText(int side, int channels);

}  // namespace vitrine::models
