// Pictures of two classes that any network learns.
#pragma once

#include "core/seed.h"
#include "models/trainer.h"

namespace vitrine::testing {

/// A bright bar above or below, noise elsewhere.
inline models::LabelledPictures bars(std::size_t count, int side, int channels) {
  models::LabelledPictures all;
  Rng rng(7);
  for (std::size_t i = 0; i < count; ++i) {
    all.labels.push_back(static_cast<std::int32_t>(i % 2));
    for (int y = 0; y < side; ++y) {
      for (int k = 0; k < side * channels; ++k) {
        const bool bar = i % 2 == 0 ? y < side / 3 : y >= side - side / 3;
        all.pixels.push_back(static_cast<std::uint8_t>((bar ? 160 : 10) + rng.below(60)));
      }
    }
  }
  return all;
}

}  // namespace vitrine::testing
