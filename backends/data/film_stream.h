// The video of one file through libav: packets, frames, and frames as pictures. Only in builds with FFmpeg; one thread at a time.
#pragma once

#include <filesystem>
#include <optional>

#include "core/buffers.h"
#include "core/error.h"
#include "data/libav.h"

namespace vitrine::data {

/// How the file wants its pictures turned (by quarters, perhaps mirrored), from the display matrix.
struct Turn {
  int a = 1, b = 0, c = 0, d = 1;  ///< a pixel at (x, y) is shown at (a x + c y, b x + d y)
  bool swaps() const { return a == 0; }
  bool isNone() const { return a == 1 && d == 1; }
};

class FilmStream {
 public:
  /// Opens the container and finds the video in it. Other files that it may name are not opened. Throws InputError.
  explicit FilmStream(const std::filesystem::path &file);
  ~FilmStream();
  FilmStream(const FilmStream &) = delete;
  FilmStream &operator=(const FilmStream &) = delete;

  const AVStream &video() const { return *m_format->streams[m_index]; }
  const AVCodecParameters &parameters() const { return *video().codecpar; }
  std::string container() const { return m_format->iformat->name; }
  Turn turn() const;  ///< Throws nothing; other angles than quarters are left as they are

  /// The video's next packet in file order; null at the end. `m_cutOff` tells whether that came too early.
  const AVPacket *readPacket();
  bool cutOff() const { return m_cutOff; }
  /// The next frame in the order of showing; null at the end. Packets that cannot be decoded are passed over.
  std::shared_ptr<AVFrame> nextFrame();
  /// Packets again from the key frame at or before `time`; false if the container refuses. Then nextFrame() starts there.
  bool seek(std::int64_t time);
  /// The packet that nextFrame() will begin with after seek(); null if there is none.
  const AVPacket *firstAfterSeek();

 private:
  void close();
  void openContainer();
  void openDecoder();

  std::string m_where;
  int m_fd = -1;
  std::int64_t m_size = 0, m_at = 0;
  AVIOContext *m_io = nullptr;
  AVFormatContext *m_format = nullptr;
  int m_index = -1;
  Av<AVCodecContext> m_codec;
  Av<AVPacket> m_packet;
  bool m_held = false, m_ended = false, m_cutOff = false;

  static int readBytes(void *self, std::uint8_t *to, int count);
  static std::int64_t seekBytes(void *self, std::int64_t offset, int whence);
};

/// A frame as 8-bit grey (1 channel), RGB (3) or RGBA (4) of the given size, by libswscale's defaults as the ffmpeg program uses them, then turned.
Image pictureOf(const AVFrame &frame, int width, int height, int channels, const Turn &turn, const std::string &where);
/// 1, 3 or 4, by the pixel format.
int channelsOf(AVPixelFormat format);

}  // namespace vitrine::data
