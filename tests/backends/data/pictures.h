// Picture files of awkward kinds, made with the libraries that define them.
#pragma once

#include <cstdio>
// after cstdio, which jpeglib.h needs
#include <jpeglib.h>

#include <opencv2/imgcodecs.hpp>

#include "files.h"

namespace vitrine::testing {

inline std::string encoded(const char *ending, const cv::Mat &mat, const std::vector<int> &options = {}) {
  std::vector<unsigned char> bytes;
  cv::imencode(ending, mat, bytes, options);
  return {bytes.begin(), bytes.end()};
}

/// The smallest EXIF block: a TIFF whose only tag is the orientation.
inline std::string exif(int orientation, bool bigEndian) {
  std::string block = bigEndian ? std::string("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0?\0\0\0\0\0\0", 26)
                                : std::string("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0?\0\0\0\0\0\0\0", 26);
  block[bigEndian ? 19 : 18] = static_cast<char>(orientation);
  return block;
}

inline std::string jpegWithExif(const cv::Mat &mat, int orientation, bool bigEndian) {
  const std::string block = std::string("Exif\0\0", 6) + exif(orientation, bigEndian);
  const std::string segment = std::string("\xFF\xE1\0", 3) + static_cast<char>(block.size() + 2) + block;
  return encoded(".jpg", mat, {cv::IMWRITE_JPEG_QUALITY, 100}).insert(2, segment);
}

inline std::string pngWithExif(const cv::Mat &mat, int orientation) {
  const std::string body = "eXIf" + exif(orientation, true);
  const auto sum = crc32(0, reinterpret_cast<const Bytef *>(body.data()), static_cast<uInt>(body.size()));
  return encoded(".png", mat).insert(33, big32(body.size() - 4) + body + big32(sum));
}

/// One colour in four inks, with Adobe's marker (then the file holds 255 minus the ink) or without.
inline std::string cmykJpeg(int size, const std::array<int, 4> &inks, bool adobe) {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char *out = nullptr;
  unsigned long length = 0;
  jpeg_mem_dest(&jpeg, &out, &length);
  jpeg.image_width = jpeg.image_height = static_cast<JDIMENSION>(size);
  jpeg.input_components = 4;
  jpeg.in_color_space = JCS_CMYK;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, 100, TRUE);
  jpeg.write_Adobe_marker = adobe ? TRUE : FALSE;
  jpeg_start_compress(&jpeg, TRUE);
  std::vector<JSAMPLE> row;
  for (int x = 0; x < size; ++x) {
    for (const int ink : inks) {
      row.push_back(static_cast<JSAMPLE>(adobe ? 255 - ink : ink));
    }
  }
  for (int y = 0; y < size; ++y) {
    JSAMPROW rows[] = {row.data()};
    jpeg_write_scanlines(&jpeg, rows, 1);
  }
  jpeg_finish_compress(&jpeg);
  std::string bytes(reinterpret_cast<const char *>(out), length);
  jpeg_destroy_compress(&jpeg);
  std::free(out);
  return bytes;
}

/// An uncompressed RGB TIFF of 2 x 1 pixels (red, blue) with an orientation.
inline std::string tinyTiff(int orientation) {
  const auto tag = [](int id, int type, int count, int value) {
    std::string entry;
    for (const int v : {id, type}) {
      entry += {static_cast<char>(v & 255), static_cast<char>(v >> 8)};
    }
    for (const int v : {count, value}) {
      entry += {static_cast<char>(v & 255), static_cast<char>(v >> 8), 0, 0};
    }
    return entry;
  };
  const std::string pixels("\xFF\0\0\0\0\xFF", 6), depths("\x08\0\x08\0\x08\0", 6);
  std::string file = std::string("II*\0\x14\0\0\0", 8) + pixels + depths + std::string("\x0A\0", 2);
  file += tag(256, 3, 1, 2) + tag(257, 3, 1, 1) + tag(258, 3, 3, 14) + tag(259, 3, 1, 1) + tag(262, 3, 1, 2) + tag(273, 4, 1, 8) + tag(274, 3, 1, orientation) +
          tag(277, 3, 1, 3) + tag(278, 3, 1, 1) + tag(279, 4, 1, 6);
  return file + std::string(4, 0);
}

}  // namespace vitrine::testing
