// Pictures and films in and out, through OpenCV and FFmpeg (absent from backend-only builds: the functions then throw InputError that says so).
#pragma once

#include <filesystem>
#include <memory>

#include "core/buffers.h"

namespace vitrine::data {

/// Any picture OpenCV reads, as 8-bit grey, RGB or RGBA: EXIF rotation applied, 16-bit scaled, CMYK converted. Throws InputError naming the file.
Image readPicture(const std::filesystem::path &file);
void writePng(const std::filesystem::path &file, const Image &image);
/// Area filter when shrinking, bilinear when growing.
Image resized(const Image &image, int width, int height);

/// H.264 (yuv420p, faststart) into MP4 through libavcodec. Frames are RGB and all of one size (odd sizes lose their last row or column).
class FilmWriter {
 public:
  FilmWriter(const std::filesystem::path &file, int width, int height, double framesPerSecond, int quality = 18);
  ~FilmWriter();
  FilmWriter(const FilmWriter &) = delete;
  FilmWriter &operator=(const FilmWriter &) = delete;
  void add(const Image &rgb);
  void finish();  ///< writes the trailer and moves the file into place; without it the destructor removes what was begun

 private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

}  // namespace vitrine::data
