// Two sparse weight lists, one for each axis, applied row by row.
#include "models/input.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"

namespace vitrine::models {
namespace {

/// Which source pixels make one target pixel, and how much each counts.
struct AxisTap {
  int first = 0;
  std::vector<float> weights;
};

std::vector<AxisTap> axisTaps(int from, int to) {
  std::vector<AxisTap> taps(static_cast<std::size_t>(to));
  const double scale = static_cast<double>(from) / to;
  for (int i = 0; i < to; ++i) {
    AxisTap &tap = taps[static_cast<std::size_t>(i)];
    if (to < from) {  // area: the overlap of [i, i + 1) x scale with each source pixel
      const double begin = i * scale, end = std::min((i + 1) * scale, static_cast<double>(from));
      tap.first = static_cast<int>(begin);
      for (int j = tap.first; j < end && j < from; ++j) {
        tap.weights.push_back(static_cast<float>((std::min(end, j + 1.0) - std::max(begin, static_cast<double>(j))) / (end - begin)));
      }
    } else {  // bilinear between pixel centres
      const double centre = std::clamp((i + 0.5) * scale - 0.5, 0.0, from - 1.0);
      tap.first = static_cast<int>(centre);
      const auto part = static_cast<float>(centre - tap.first);
      tap.weights.push_back(1 - part);
      if (part > 0) {
        tap.weights.push_back(part);
      }
    }
  }
  return taps;
}

/// One source row as floats with the channels wanted.
void convertRow(const Image &picture, int y, int channels, std::vector<float> &row) {
  const auto count = static_cast<std::size_t>(picture.channels);
  const std::uint8_t *pixel = picture.pixels.data() + static_cast<std::size_t>(y) * static_cast<std::size_t>(picture.width) * count;
  for (std::size_t x = 0; x < static_cast<std::size_t>(picture.width); ++x, pixel += count) {
    float rgb[3] = {static_cast<float>(pixel[0]), static_cast<float>(pixel[count < 3 ? 0 : 1]), static_cast<float>(pixel[count < 3 ? 0 : 2])};
    if (count == 4) {
      const float alpha = static_cast<float>(pixel[3]) / 255.0F;
      for (float &value : rgb) {
        value = value * alpha + 255.0F * (1 - alpha);
      }
    }
    if (channels == 1) {
      row[x] = count < 3 ? rgb[0] : 0.299F * rgb[0] + 0.587F * rgb[1] + 0.114F * rgb[2];
    } else {
      std::copy(rgb, rgb + 3, row.begin() + static_cast<std::ptrdiff_t>(3 * x));
    }
  }
}

void checkPicture(const Image &picture) {
  const bool known = picture.channels == 1 || picture.channels == 3 || picture.channels == 4;
  if (picture.width < 1 || picture.height < 1 || !known ||
      picture.pixels.size() !=
          static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height) * static_cast<std::size_t>(picture.channels)) {
    throw InputError("picture of " + std::to_string(picture.width) + " x " + std::to_string(picture.height) + " with " + std::to_string(picture.channels) +
                     " channels and " + std::to_string(picture.pixels.size()) + " bytes: no model can take it");
  }
}

}  // namespace

Image toInput(const Image &picture, int side, int channels) {
  checkPicture(picture);
  if (picture.width == side && picture.height == side && picture.channels == channels) {
    return picture;
  }
  const auto across = axisTaps(picture.width, side), down = axisTaps(picture.height, side);
  const auto c = static_cast<std::size_t>(channels), width = static_cast<std::size_t>(side) * c;
  std::vector<float> source(static_cast<std::size_t>(picture.width) * c), narrow(width), sums(width);
  Image result{side, side, channels, std::vector<std::uint8_t>(width * static_cast<std::size_t>(side))};
  for (int y = 0; y < side; ++y) {
    const AxisTap &rows = down[static_cast<std::size_t>(y)];
    std::fill(sums.begin(), sums.end(), 0.0F);
    for (std::size_t r = 0; r < rows.weights.size(); ++r) {
      convertRow(picture, rows.first + static_cast<int>(r), channels, source);
      std::fill(narrow.begin(), narrow.end(), 0.0F);
      for (std::size_t i = 0; i < width; ++i) {
        const AxisTap &columns = across[i / c];
        for (std::size_t k = 0; k < columns.weights.size(); ++k) {
          narrow[i] += columns.weights[k] * source[(static_cast<std::size_t>(columns.first) + k) * c + i % c];
        }
        sums[i] += rows.weights[r] * narrow[i];
      }
    }
    std::transform(sums.begin(), sums.end(), result.pixels.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(y) * width),
                   [](float value) { return static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L)); });
  }
  return result;
}

std::string inputText(int side, int channels) {
  return std::to_string(side) + " x " + std::to_string(side) + (channels == 1 ? " grey" : " RGB") + " (other pictures: area filter down, bilinear up)";
}

}  // namespace vitrine::models
