// Weights of one query out of the maps, and OpenCV's blend of magma over the picture.
#include "viewers/attention/heat.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "widgets/theme.h"

namespace vitrine {

namespace {

/// The query's row over all tokens; empty if there is none.
std::vector<float> tokenWeights(const AttentionMaps &maps, std::size_t sample, const HeatChoice &choice) {
  const std::size_t tokens = static_cast<std::size_t>(maps.tokens);
  std::vector<std::span<const float>> sources;
  const bool rollout = choice.mode == HeatChoice::Mode::Rollout;
  const std::size_t perSample = tokens * tokens * (rollout ? 1 : static_cast<std::size_t>(maps.layers) * static_cast<std::size_t>(maps.heads));
  const bool held = tokens > 0 && ((rollout ? maps.rollout.size() : maps.maps.size()) >= (sample + 1) * perSample);
  if (!held || (!rollout && (choice.layer < 0 || choice.layer >= maps.layers || choice.head < 0 || choice.head >= maps.heads))) {
    return {};
  }
  if (rollout) {
    sources.push_back(maps.rolloutOf(sample));
  } else if (choice.mode == HeatChoice::Mode::Head) {
    sources.push_back(maps.map(sample, choice.layer, choice.head));
  } else {
    for (int head = 0; head < maps.heads; ++head) {
      sources.push_back(maps.map(sample, choice.layer, head));
    }
  }
  const std::size_t special = maps.hasCls ? 1 : 0;
  const bool oneRow = choice.patch >= 0 || maps.hasCls;
  const std::size_t first = choice.patch >= 0 ? special + static_cast<std::size_t>(choice.patch) : 0;
  const std::size_t last = oneRow ? first + 1 : tokens;
  if (last > tokens) {
    return {};
  }
  std::vector<double> sum(tokens, 0);
  for (const auto &source : sources) {
    for (std::size_t query = first; query < last; ++query) {
      std::transform(sum.begin(), sum.end(), source.begin() + static_cast<std::ptrdiff_t>(query * tokens), sum.begin(), std::plus<>());
    }
  }
  std::vector<float> mean(tokens);
  const double scale = 1.0 / static_cast<double>(sources.size() * (last - first));
  std::transform(sum.begin(), sum.end(), mean.begin(), [scale](double value) { return static_cast<float>(value * scale); });
  return mean;
}

/// OpenCV's order (blue first) of our one magma.
const cv::Mat &magma() {
  static const cv::Mat table = [] {
    cv::Mat colours(256, 1, CV_8UC3);
    for (int i = 0; i < 256; ++i) {
      const QColor c = mapColour("magma", i / 255.0);
      colours.at<cv::Vec3b>(i) = cv::Vec3b(static_cast<uchar>(c.blue()), static_cast<uchar>(c.green()), static_cast<uchar>(c.red()));
    }
    return colours;
  }();
  return table;
}

cv::Mat colouredHeat(std::span<const float> weights, int rows, int cols, double top) {
  cv::Mat grey(rows, cols, CV_8U);
  for (int i = 0; i < rows * cols; ++i) {
    const double t = top > 0 ? weights[static_cast<std::size_t>(i)] / top : 0;
    grey.at<uchar>(i / cols, i % cols) = cv::saturate_cast<uchar>(std::isfinite(t) ? 255 * t : 0);
  }
  cv::Mat colour;
  cv::applyColorMap(grey, colour, magma());
  return colour;
}

/// Blue, green, red; transparency lies on mid grey.
cv::Mat opencvPicture(const Image &picture) {
  const cv::Mat source(picture.height, picture.width, CV_8UC(picture.channels), const_cast<std::uint8_t *>(picture.pixels.data()));
  cv::Mat colour;
  if (picture.channels == 1) {
    cv::cvtColor(source, colour, cv::COLOR_GRAY2BGR);
  } else if (picture.channels == 3) {
    cv::cvtColor(source, colour, cv::COLOR_RGB2BGR);
  } else {
    cv::Mat alpha, opaque(source.size(), CV_8UC3, cv::Scalar::all(128));
    cv::extractChannel(source, alpha, 3);
    cv::cvtColor(source, colour, cv::COLOR_RGBA2BGR);
    cv::cvtColor(alpha, alpha, cv::COLOR_GRAY2BGR);
    cv::Mat over, under;
    cv::multiply(colour, alpha, over, 1 / 255.0);
    cv::multiply(opaque, cv::Scalar::all(255) - alpha, under, 1 / 255.0);
    colour = over + under;
  }
  return colour;
}

QImage ownedImage(const cv::Mat &bgr) {
  QImage image(bgr.cols, bgr.rows, QImage::Format_RGB32);
  cv::Mat target(bgr.rows, bgr.cols, CV_8UC4, image.bits(), static_cast<std::size_t>(image.bytesPerLine()));
  cv::cvtColor(bgr, target, cv::COLOR_BGR2BGRA);
  return image;
}

}  // namespace

std::vector<float> patchWeights(const AttentionMaps &maps, std::size_t sample, const HeatChoice &choice) {
  std::vector<float> weights = tokenWeights(maps, sample, choice);
  if (maps.hasCls && !weights.empty()) {
    weights.erase(weights.begin());
  }
  if (weights.size() != static_cast<std::size_t>(maps.gridRows) * static_cast<std::size_t>(maps.gridCols)) {
    return {};
  }
  return weights;
}

double clsWeight(const AttentionMaps &maps, std::size_t sample, const HeatChoice &choice) {
  const std::vector<float> weights = tokenWeights(maps, sample, choice);
  return maps.hasCls && !weights.empty() ? static_cast<double>(weights.front()) : std::numeric_limits<double>::quiet_NaN();
}

QImage heatPicture(const Image &picture, std::span<const float> weights, int rows, int cols, double top, double opacity, double zoom) {
  if (picture.pixels.empty() || zoom <= 0) {
    return {};
  }
  const cv::Size size(std::max(1, static_cast<int>(std::lround(picture.width * zoom))), std::max(1, static_cast<int>(std::lround(picture.height * zoom))));
  const cv::Mat colour = opencvPicture(picture);
  cv::Mat base, grey;
  cv::resize(colour, base, size, 0, 0, zoom >= 1 ? cv::INTER_NEAREST : cv::INTER_AREA);
  if (weights.empty() || opacity <= 0) {
    return ownedImage(base);
  }
  cv::cvtColor(base, grey, cv::COLOR_BGR2GRAY);
  cv::cvtColor(grey, grey, cv::COLOR_GRAY2BGR);
  const double desaturated = std::min(1.0, 3 * opacity);
  cv::addWeighted(grey, desaturated, base, 1 - desaturated, 0, base);
  cv::Mat heat, blend;
  cv::resize(colouredHeat(weights, rows, cols, top), heat, size, 0, 0, cv::INTER_NEAREST);
  cv::addWeighted(heat, opacity, base, 1 - opacity, 0, blend);
  return ownedImage(blend);
}

QImage heatTile(std::span<const float> weights, int rows, int cols) {
  if (weights.empty()) {
    return {};
  }
  return ownedImage(colouredHeat(weights, rows, cols, *std::max_element(weights.begin(), weights.end())));
}

}  // namespace vitrine
