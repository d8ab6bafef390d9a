#include "video/clip.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/error.h"

namespace vitrine::video {
namespace {

std::string sizeText(int height, int width) {
  return std::to_string(height) + "x" + std::to_string(width);
}

/// Channel c of a pixel as RGB on white.
int channelOf(const std::uint8_t *pixel, int channels, int c) {
  const int value = pixel[channels < 3 ? 0 : c];
  if (channels == 4) {
    return (value * pixel[3] + 255 * (255 - pixel[3]) + 127) / 255;
  }
  return value;
}

class OriginalFrames : public FrameSource {
 public:
  OriginalFrames(std::shared_ptr<const Dataset> dataset, Ids ids, PictureSize crop, PictureSize resize)
      : m_dataset(std::move(dataset)), m_ids(std::move(ids)), m_crop(crop), m_resize(resize), m_first(frame(0)) {}
  std::size_t count() const override { return m_ids->size(); }
  int width() const override { return m_first.width; }
  int height() const override { return m_first.height; }
  double rate() const override { return 25; }
  Image frame(std::size_t i) const override {
    const SampleId id = m_ids->at(i);
    return cropAndShrink(m_dataset->image(id), m_crop, m_resize, m_dataset->provenance().name + ", frame " + std::to_string(id));
  }
  std::vector<std::uint8_t> file() const override { return {}; }

 private:
  std::shared_ptr<const Dataset> m_dataset;
  Ids m_ids;
  PictureSize m_crop, m_resize;
  Image m_first;
};

}  // namespace

std::shared_ptr<const FrameSource> originalFrames(std::shared_ptr<const Dataset> dataset, Ids ids, PictureSize crop, PictureSize resize) {
  if (dataset == nullptr || ids == nullptr || ids->empty() || !dataset->hasImages()) {
    return nullptr;
  }
  return std::make_shared<OriginalFrames>(std::move(dataset), std::move(ids), crop, resize);
}

Image Clip::image(std::size_t i) const {
  const auto bytes = frame(i);
  return {width, height, 3, {bytes.begin(), bytes.end()}};
}

PictureSize parseSize(const std::string &text, const std::string &what) {
  if (text.empty()) {
    return {};
  }
  PictureSize size;
  char end = 0;
  if (std::sscanf(text.c_str(), "%dx%d%c", &size.height, &size.width, &end) != 2 || size.height < 1 || size.width < 1 || size.height > 16384 ||
      size.width > 16384) {
    throw InputError(what, "'" + text + "' is no size", "write height x width, for example 640x1280, or leave it empty");
  }
  return size;
}

Image cropAndShrink(const Image &picture, PictureSize crop, PictureSize resize, const std::string &where) {
  const int cropHeight = crop.given() ? crop.height : picture.height, cropWidth = crop.given() ? crop.width : picture.width;
  const int height = resize.given() ? resize.height : cropHeight, width = resize.given() ? resize.width : cropWidth;
  if (cropHeight > picture.height || cropWidth > picture.width) {
    throw InputError(where, "is " + sizeText(picture.height, picture.width) + ", smaller than the crop of " + sizeText(cropHeight, cropWidth));
  }
  if (height > cropHeight || width > cropWidth) {
    throw InputError(where, "would have to grow from " + sizeText(cropHeight, cropWidth) + " to " + sizeText(height, width), "choose a smaller resize");
  }
  const int top = (picture.height - cropHeight) / 2, left = (picture.width - cropWidth) / 2;
  Image out{width, height, 3, std::vector<std::uint8_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3)};
  const auto pixel = [&](int y, int x) {
    return picture.pixels.data() + (static_cast<std::size_t>(top + y) * static_cast<std::size_t>(picture.width) + static_cast<std::size_t>(left + x)) *
                                       static_cast<std::size_t>(picture.channels);
  };
  // In whole numbers: an output pixel covers cropHeight x cropWidth units of area, and each input pixel height x width of them at most.
  const std::int64_t area = std::int64_t{cropHeight} * cropWidth;
  for (int y = 0; y < height; ++y) {
    const std::int64_t y0 = std::int64_t{y} * cropHeight, y1 = y0 + cropHeight;
    for (int x = 0; x < width; ++x) {
      const std::int64_t x0 = std::int64_t{x} * cropWidth, x1 = x0 + cropWidth;
      std::int64_t sums[3] = {0, 0, 0};
      for (std::int64_t sy = y0 / height; sy * height < y1; ++sy) {
        const std::int64_t part = std::min(y1, (sy + 1) * height) - std::max(y0, sy * height);
        for (std::int64_t sx = x0 / width; sx * width < x1; ++sx) {
          const std::int64_t weight = part * (std::min(x1, (sx + 1) * width) - std::max(x0, sx * width));
          const std::uint8_t *p = pixel(static_cast<int>(sy), static_cast<int>(sx));
          for (int c = 0; c < 3; ++c) {
            sums[c] += weight * channelOf(p, picture.channels, c);
          }
        }
      }
      for (int c = 0; c < 3; ++c) {
        const auto at = (static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)) * 3 + static_cast<std::size_t>(c);
        out.pixels[at] = static_cast<std::uint8_t>((2 * sums[c] + area) / (2 * area));
      }
    }
  }
  return out;
}

void append(Clip &clip, const Image &frame, const std::string &where) {
  if (clip.pixels.empty()) {
    clip.width = frame.width;
    clip.height = frame.height;
  }
  if (frame.width != clip.width || frame.height != clip.height || frame.channels != 3) {
    throw InputError(where, "is " + sizeText(frame.height, frame.width) + " where the first frame is " + sizeText(clip.height, clip.width),
                     "give a crop that all frames have");
  }
  clip.pixels.insert(clip.pixels.end(), frame.pixels.begin(), frame.pixels.end());
}

double psnrOf(double meanSquaredError) {
  return -10 * std::log10(meanSquaredError + 1e-9);
}

double psnr(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const int difference = int{a[i]} - int{b[i]};
    sum += difference * difference;
  }
  return psnrOf(static_cast<double>(sum) / (255.0 * 255.0 * static_cast<double>(a.size())));
}

}  // namespace vitrine::video
