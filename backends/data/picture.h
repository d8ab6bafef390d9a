// Pictures and films in and out, through OpenCV and FFmpeg (absent from backend-only builds: the functions then throw InputError that says so).
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/buffers.h"

namespace vitrine::data {

/// Any picture OpenCV reads, as 8-bit grey, RGB or RGBA: EXIF rotation applied, 16-bit scaled, CMYK converted. Throws InputError naming the file.
Image readPicture(const std::filesystem::path &file);
void writePng(const std::filesystem::path &file, const Image &image);
/// Area filter when shrinking, bilinear when growing.
Image resized(const Image &image, int width, int height);

/// How a film is coded.
struct FilmOptions {
  std::string codec = "h264";       ///< an id of filmCodecs()
  double quality = 18;              ///< constant rate factor, lower is better and larger; without meaning for a lossless codec
  std::int64_t bitRate = 0;         ///< bits a second; above 0 it takes the place of `quality`
  std::string preset = "veryfast";  ///< one of kFilmPresets: slower ones find smaller codes
  int group = 0;                    ///< at most so many frames from key frame to key frame; 0 = as the encoder likes
  int threads = 2;
};
inline constexpr std::array<const char *, 5> kFilmPresets = {"veryfast", "fast", "medium", "slow", "veryslow"};

struct FilmCodec {
  std::string id, title;
  double worst = 51;      ///< the quality goes from 0 to this
  bool lossless = false;  ///< whatever goes in comes out, to the bit
  std::string encoder;    ///< that of this machine's FFmpeg; empty if it has none
};
/// h264, h265, av1 (8 bit, 4:2:0, BT.709) and ffv1 (RGB, lossless). All without encoder in builds without FFmpeg.
const std::vector<FilmCodec> &filmCodecs();

/// A film through libavcodec, into Matroska if the file is called .mkv, else into MP4 that plays while it loads (not for ffv1). Frames are RGB and all
/// of one size (4:2:0: odd sizes lose their last row or column). Throws InputError for what the options ask too much of, std::runtime_error on failures.
class FilmWriter {
 public:
  FilmWriter(const std::filesystem::path &file, int width, int height, double framesPerSecond, int quality = 18);
  FilmWriter(const std::filesystem::path &file, int width, int height, double framesPerSecond, const FilmOptions &options);
  ~FilmWriter();
  FilmWriter(const FilmWriter &) = delete;
  FilmWriter &operator=(const FilmWriter &) = delete;
  void add(const Image &rgb);
  bool drain();   ///< after the last frame: writes one more of what the encoder still holds; false if that was all. For who wants to stop in between
  void finish();  ///< drains, writes the trailer and moves the file into place; without it the destructor removes what was begun
  std::uint64_t streamBytes() const;  ///< of the code so far: packets and decoder set-up, the container left out

 private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

}  // namespace vitrine::data
