// Pictures in and out, through OpenCV where no quieter library does better.
#include "data/picture.h"

#include "core/error.h"

#ifdef VITRINE_HAVE_OPENCV

#include <cmath>
#include <cstring>
#include <iostream>
#include <mutex>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/npy.h"
#include "data/picture_codecs.h"
#include "data/picture_header.h"

namespace vitrine::data {

namespace {

using Kind = PictureHeader::Kind;

cv::Mat view(const Image &image) {
  return {image.height, image.width, CV_8UC(image.channels), const_cast<std::uint8_t *>(image.pixels.data())};
}

Image fromMat(const cv::Mat &mat) {
  Image image{mat.cols, mat.rows, mat.channels(), {}};
  const std::size_t stride = static_cast<std::size_t>(mat.cols) * mat.elemSize();
  image.pixels.resize(stride * static_cast<std::size_t>(mat.rows));
  for (int r = 0; r < mat.rows; ++r) {
    std::memcpy(image.pixels.data() + static_cast<std::size_t>(r) * stride, mat.ptr(r), stride);
  }
  return image;
}

/// OpenCV 4.6 tells std::cerr about every damaged file, whatever its log level. One at a time, since the stream is everybody's.
cv::Mat decodeQuietly(const std::vector<std::uint8_t> &bytes) {
  static std::mutex one;
  const std::lock_guard lock(one);
  cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  struct Silence {
    std::streambuf *before = std::cerr.rdbuf(nullptr);
    ~Silence() {
      std::cerr.rdbuf(before);  // clears the error state too
    }
  } silence;
  try {
    return cv::imdecode(bytes, cv::IMREAD_UNCHANGED);
  } catch (const cv::Exception &) {
    return {};  // the caller tells, with the file's name
  }
}

/// Any depth to 8 bit: 16-bit and float by their full range (1.0 is white), other whole numbers by the range they use.
cv::Mat toEightBit(const cv::Mat &mat) {
  cv::Mat out;
  switch (mat.depth()) {
    case CV_8U: return mat;
    case CV_16U: mat.convertTo(out, CV_8U, 1.0 / 257.0); return out;
    case CV_32F:
    case CV_64F: mat.convertTo(out, CV_8U, 255.0); return out;
    default: {
      double low = 0, high = 0;
      cv::minMaxLoc(mat.reshape(1), &low, &high);
      const double scale = high > low ? 255.0 / (high - low) : 1.0;
      mat.convertTo(out, CV_8U, scale, -low * scale);
      return out;
    }
  }
}

Image decodeOther(const std::vector<std::uint8_t> &bytes, const std::string &where) {
  cv::Mat mat = decodeQuietly(bytes);
  if (mat.empty()) {
    throw InputError(where, "a damaged picture, or one of a kind that OpenCV does not read");
  }
  mat = toEightBit(mat);
  switch (mat.channels()) {
    case 1: break;
    case 3: cv::cvtColor(mat, mat, cv::COLOR_BGR2RGB); break;
    case 4: cv::cvtColor(mat, mat, cv::COLOR_BGRA2RGBA); break;
    default: throw InputError(where, "a picture of " + std::to_string(mat.channels()) + " channels", "1, 3 or 4 can be shown");
  }
  return fromMat(mat);
}

/// Turns a picture as its EXIF orientation (1 to 8) says it is to be seen.
Image upright(Image image, int orientation) {
  if (orientation <= 1) {
    return image;
  }
  cv::Mat mat = view(image);
  if (orientation >= 5) {
    cv::Mat turned;
    cv::transpose(mat, turned);
    mat = turned;
  }
  constexpr int kNone = 2;
  constexpr int kFlips[] = {kNone, 1, -1, 0, kNone, 1, -1, 0};  // after transposing from 5 on
  if (const int flip = kFlips[orientation - 1]; flip != kNone) {
    cv::Mat flipped;
    cv::flip(mat, flipped, flip);
    mat = flipped;
  }
  return fromMat(mat);
}

/// One step of resizing; `mat` may hold floats.
cv::Mat scaled(const cv::Mat &mat, int width, int height) {
  cv::Mat narrow, out;
  cv::resize(mat, narrow, {width, mat.rows}, 0, 0, width < mat.cols ? cv::INTER_AREA : cv::INTER_LINEAR);  // each side by its own filter
  cv::resize(narrow, out, {width, height}, 0, 0, height < mat.rows ? cv::INTER_AREA : cv::INTER_LINEAR);
  return out;
}

/// Colours count by their opacity; what is transparent must not bleed into its neighbours.
cv::Mat scaledWithAlpha(const cv::Mat &mat, int width, int height) {
  cv::Mat_<cv::Vec4f> work;
  mat.convertTo(work, CV_32F);
  for (auto &pixel : work) {
    for (int c = 0; c < 3; ++c) {
      pixel[c] *= pixel[3] / 255.0F;
    }
  }
  cv::Mat_<cv::Vec4f> small = scaled(work, width, height);
  for (auto &pixel : small) {
    for (int c = 0; c < 3; ++c) {
      pixel[c] = pixel[3] > 0 ? pixel[c] * 255.0F / pixel[3] : 0.0F;
    }
  }
  cv::Mat out;
  small.convertTo(out, CV_8U);
  return out;
}

}  // namespace

Image readPicture(const std::filesystem::path &file) {
  const auto bytes = readFile(file);
  const std::string where = file.string();
  const auto header = pictureHeader([&](std::uint64_t offset, std::span<std::uint8_t> out) {
    const bool inside = offset <= bytes.size() && out.size() <= bytes.size() - offset;
    if (inside) {
      std::memcpy(out.data(), bytes.data() + offset, out.size());
    }
    return inside;
  });
  if (!header) {
    throw InputError(where, bytes.empty() ? "is empty" : "not a picture, or one with a damaged header");
  }
  if (isImplausible(*header, bytes.size())) {
    throw InputError(where, "its header claims " + std::to_string(header->width) + " x " + std::to_string(header->height) + " pixels, too many for " +
                                std::to_string(bytes.size()) + " bytes");
  }
  return upright(header->kind == Kind::Png    ? decodePng(bytes, where)
                 : header->kind == Kind::Jpeg ? decodeJpeg(bytes, where)
                                              : decodeOther(bytes, where),
                 header->orientation);
}

void writePng(const std::filesystem::path &file, const Image &image) {
  cv::Mat mat = view(image);
  if (image.channels >= 3) {
    cv::Mat swapped;
    cv::cvtColor(mat, swapped, image.channels == 3 ? cv::COLOR_RGB2BGR : cv::COLOR_RGBA2BGRA);
    mat = swapped;
  }
  std::vector<std::uint8_t> bytes;
  cv::imencode(".png", mat, bytes, {cv::IMWRITE_PNG_COMPRESSION, 4});
  writeFile(file, {reinterpret_cast<const char *>(bytes.data()), bytes.size()});
}

Image resized(const Image &image, int width, int height) {
  if (width == image.width && height == image.height) {
    return image;
  }
  return fromMat(image.channels == 4 ? scaledWithAlpha(view(image), width, height) : scaled(view(image), width, height));
}

}  // namespace vitrine::data

#else

namespace vitrine::data {

namespace {
[[noreturn]] void noPictures(const std::string &where) {
  throw InputError(where, "this build of Vitrine has no OpenCV and so no picture files", "use idx or .npy data here");
}
}  // namespace

Image readPicture(const std::filesystem::path &file) {
  noPictures(file.string());
}

void writePng(const std::filesystem::path &file, const Image &) {
  noPictures(file.string());
}

Image resized(const Image &, int, int) {
  noPictures("resizing");
}

}  // namespace vitrine::data

#endif
