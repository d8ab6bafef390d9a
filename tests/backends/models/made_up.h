// Small pictures whose class can be seen: a bright bar at the top, bottom, left or right, on noise.
#pragma once

#include <functional>

#include <QString>

#include "core/buffers.h"
#include "core/error.h"
#include "core/seed.h"
#include "models/trainer.h"

namespace vitrine::testing {

/// What an InputError says, nothing if there is none.
inline QString refusal(const std::function<void()> &call) {
  try {
    call();
    return {};
  } catch (const InputError &error) {
    return error.what();
  }
}

inline Image barPicture(int side, int channels, int place, std::uint64_t seed) {
  Image picture{side, side, channels, {}};
  Rng rng(seed);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const bool bar = place == 0 ? y < side / 4 : place == 1 ? y >= side - side / 4 : place == 2 ? x < side / 4 : x >= side - side / 4;
      for (int c = 0; c < channels; ++c) {
        picture.pixels.push_back(static_cast<std::uint8_t>((bar ? 150 : 20) + rng.below(80)));
      }
    }
  }
  return picture;
}

inline models::LabelledPictures barPictures(int count, int side, std::uint64_t seed) {
  models::LabelledPictures all;
  for (int i = 0; i < count; ++i) {
    const Image picture = barPicture(side, 1, i % 4, seed + static_cast<std::uint64_t>(i));
    all.pixels.insert(all.pixels.end(), picture.pixels.begin(), picture.pixels.end());
    all.labels.push_back(i % 4);
  }
  return all;
}

/// Two blocks of two heads, width 16, on 12 x 12 pictures in patches of 4 (nine and CLS).
inline models::VitConfig smallVit(bool convStem = false) {
  models::VitConfig config;
  config.imageSize = 12;
  config.width = 16;
  config.depth = 2;
  config.heads = 2;
  config.mlpWidth = 24;
  config.classes = 4;
  config.convStem = convStem;
  config.classNames = {"top", "bottom", "left", "right"};
  return config;
}

}  // namespace vitrine::testing
