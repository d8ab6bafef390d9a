// Small models and numbers for the tests of the compressed file.
#pragma once

#include <cmath>
#include <functional>

#include "core/error.h"
#include "core/seed.h"
#include "video/vnv.h"

namespace vitrine::testing {

/// The message of an InputError; empty if there was none. Other exceptions go through and fail the test.
inline std::string refusalOf(const std::function<void()> &call) {
  try {
    call();
  } catch (const InputError &error) {
    return error.what();
  }
  return {};
}

inline std::vector<float> normal(std::size_t count, double deviation, std::uint64_t seed) {
  Rng rng(seed);
  std::vector<float> values(count);
  for (float &value : values) {
    value = static_cast<float>(rng.normal() * deviation);
  }
  return values;
}

/// Makes a damaged .vnv file pass its checksum, so that what lies behind is tried.
inline void mendChecksum(std::vector<std::uint8_t> &bytes) {
  if (bytes.size() >= 9) {
    const std::uint32_t sum = video::crc32(std::span(bytes).subspan(9));
    for (std::size_t b = 0; b < 4; ++b) {
      bytes[5 + b] = static_cast<std::uint8_t>(sum >> (8 * b));
    }
  }
}

/// Every quantiser, a bias, and an embedding that moves slowly along its first axis.
inline video::VnvModel smallModel() {
  using video::QuantOptions;
  std::vector<float> path(24 * 8);
  for (std::size_t i = 0; i < path.size(); ++i) {
    path[i] = static_cast<float>(std::sin(0.15 * static_cast<double>(i / 8) + static_cast<double>(i % 8)));
  }
  video::VnvModel model;
  model.header = {{"architecture", "hnerv"}, {"frames", 24}, {"size", {160, 320}}, {"rate", 25.0}, {"note", "Größe ≤ 3"}};
  model.tensors = {{"embed", video::quantise(path, {24, 2, 2, 2}, {.method = QuantOptions::Method::Tensor, .bits = 6}, "embed")},
                   {"a.weight", video::quantise(normal(540, 0.1, 1), {6, 10, 3, 3}, {.method = QuantOptions::Method::Row, .lambda = 0.1}, "a")},
                   {"a.bias", video::quantise(normal(6, 0.1, 2), {6}, {}, "b")},
                   {"b.weight", video::quantise(normal(480, 0.2, 3), {60, 8, 1, 1}, {.method = QuantOptions::Method::Reference}, "c")},
                   {"scalar", video::quantise(std::vector<float>{-0.7F}, {}, {.method = QuantOptions::Method::Reference, .bits = 4}, "d")}};
  return model;
}

}  // namespace vitrine::testing
