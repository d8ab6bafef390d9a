// Data for bench_projection: pictures, measured letters, and shapes made up.
#include <cmath>
#include <fstream>
#include <numbers>
#include <numeric>

#include <opencv2/imgcodecs.hpp>

#include "core/seed.h"
#include "data/data.h"
#include "projection/pca.h"
#include "tests/bench/bench_projection.h"

namespace vitrine::bench {

namespace {

const std::filesystem::path kOpencvDoc = "/usr/share/doc/opencv-doc/examples/data";

Matrix shuffled(const Matrix &x) {
  std::vector<std::size_t> order(x.rows);
  std::iota(order.begin(), order.end(), std::size_t{0});
  Rng(1).shuffle(order);
  Matrix mixed(x.rows, x.cols);
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::copy(x.row(order[i]).begin(), x.row(order[i]).end(), mixed.row(i).begin());
  }
  return mixed;
}

}  // namespace

Matrix garments() {
  const auto data = data::open("fashion-mnist");
  const Matrix pixels = gather(*data, data->ids());
  return shuffled(projection::fitPca(pixels, {.components = 50}).transform(pixels));
}

/// A line is "T,2,8,3,...": the letter and 16 measures.
Matrix letters() {
  std::ifstream file(kOpencvDoc / "letter-recognition.data");
  Matrix x(0, 16);
  for (std::string line; std::getline(file, line);) {
    std::size_t at = 0;
    for (std::size_t c = 0; c < x.cols; ++c) {
      at = line.find(',', at) + 1;
      x.values.push_back(std::stof(line.substr(at)));
    }
    ++x.rows;
  }
  return shuffled(x);
}

/// One picture holds 100 x 50 digits.
Matrix digits() {
  const cv::Mat sheet = cv::imread((kOpencvDoc / "digits.png").string(), cv::IMREAD_GRAYSCALE);
  constexpr int kSide = 20;
  Matrix x(static_cast<std::size_t>(sheet.rows / kSide * (sheet.cols / kSide)), kSide * kSide);
  for (std::size_t i = 0; i < x.rows; ++i) {
    const int top = static_cast<int>(i) / (sheet.cols / kSide) * kSide, left = static_cast<int>(i) % (sheet.cols / kSide) * kSide;
    for (int p = 0; p < kSide * kSide; ++p) {
      x.row(i)[static_cast<std::size_t>(p)] = static_cast<float>(sheet.at<unsigned char>(top + p / kSide, left + p % kSide)) / 255;
    }
  }
  return shuffled(x);
}

Matrix groups(std::size_t rows, std::size_t count, std::uint64_t seed) {
  Rng rng(seed);
  Matrix centres(count, 50), x(rows, 50);
  for (float &v : centres.values) {
    v = static_cast<float>(3 * rng.normal());
  }
  for (std::size_t i = 0; i < x.rows; ++i) {
    const std::size_t group = rng.below(count);
    const double width = 0.5 + 2 * static_cast<double>(group) / static_cast<double>(count);
    for (std::size_t c = 0; c < x.cols; ++c) {
      x.row(i)[c] = centres.row(group)[c] + static_cast<float>(width * rng.normal());
    }
  }
  return x;
}

Matrix swissRoll(std::size_t rows) {
  Rng rng(4);
  Matrix x(rows, 3);
  for (std::size_t i = 0; i < rows; ++i) {
    const double t = 1.5 * std::numbers::pi * (1 + 2 * rng.uniform());
    x.row(i)[0] = static_cast<float>(t * std::cos(t));
    x.row(i)[1] = static_cast<float>(21 * rng.uniform());
    x.row(i)[2] = static_cast<float>(t * std::sin(t));
  }
  return x;
}

}  // namespace vitrine::bench
