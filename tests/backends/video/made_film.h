// A small neural video of random weights and smooth codes: it decodes to something, and its file is a real one.
#pragma once

#include <cmath>

#include "core/seed.h"
#include "video/decoder.h"

namespace vitrine::testing {

/// `frames` of 32 x 16, some 5,000 values; codes go round in a circle, so that they are a path in two dimensions.
inline video::FittedVideo madeFilm(int frames = 8) {
  video::FittedVideo film;
  film.network.width = 32;
  film.network.height = 16;
  film.network.frames = frames;
  film.network.size = 0.005;
  film.network.strides = {4, 2};
  film.network.codeChannels = 4;
  Rng rng(3);
  const auto layers = video::decoderLayers(film.network);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto &layer = layers[i];
    const std::string name = i == 0 ? "stem" : i + 1 == layers.size() ? "head" : "block." + std::to_string(i - 1);
    const std::int64_t fan = std::int64_t{layer.in} * layer.kernel * layer.kernel;
    film.tensors.push_back(
        {name + ".weight", {layer.out, layer.in, layer.kernel, layer.kernel}, std::vector<float>(static_cast<std::size_t>(layer.out * fan))});
    for (float &value : film.tensors.back().values) {
      value = static_cast<float>(rng.normal() * 1.4 / std::sqrt(static_cast<double>(fan)));
    }
    film.tensors.push_back({name + ".bias", {layer.out}, std::vector<float>(static_cast<std::size_t>(layer.out), 0.05F)});
  }
  const video::CodeShape code = video::codeShape(film.network);
  film.codes = {"codes", {frames, code.height, code.width, code.channels}, {}};
  for (int f = 0; f < frames; ++f) {
    const double angle = 2 * 3.14159265 * f / frames;
    for (int k = 0; k < code.count(); ++k) {
      film.codes.values.push_back(static_cast<float>(k % 3 == 0 ? 2 * std::cos(angle) : k % 3 == 1 ? std::sin(angle) : 0.3));
    }
  }
  return film;
}

inline video::VnvModel madeModel(int frames = 8) {
  return video::coded(madeFilm(frames), {8, 8, 0}, {{"frames_per_second", 10.0}});
}

}  // namespace vitrine::testing
