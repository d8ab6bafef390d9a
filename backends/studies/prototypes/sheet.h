// The picture that a run of prototypes leaves behind.
#pragma once

#include <vector>

#include "core/buffers.h"

namespace vitrine::study {

/// Prototypes above, their nearest training pictures below, two pixels apart and doubled. All of one size.
Image sheetOf(const std::vector<Image> &above, const std::vector<Image> &below);

}  // namespace vitrine::study
