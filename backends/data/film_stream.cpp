// The container is read through our own file handle, so that a playlist or a script inside it opens nothing else.
#include "data/film_stream.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

extern "C" {
#include <libavutil/display.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cmath>
#include <cstring>
#include <thread>

namespace vitrine::data {

namespace {

constexpr int kBuffer = 1 << 16;
constexpr int kMostLost = 1000;      // frames in a row that give an error
constexpr int kLongestSide = 16384;  // more is a damaged header, or not for looking at frame by frame

int openNothing(AVFormatContext *, AVIOContext **, const char *, int, AVDictionary **) {
  return AVERROR(EPERM);
}

}  // namespace

FilmStream::FilmStream(const std::filesystem::path &file) : m_where(file.string()), m_packet(av_packet_alloc()) {
  av_log_set_level(AV_LOG_QUIET);
  m_fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (m_fd < 0 || ::fstat(m_fd, &status) != 0) {
    throw InputError(m_where, "cannot be read: " + std::string(std::strerror(errno)));
  }
  m_size = status.st_size;
  try {
    openContainer();
    openDecoder();
  } catch (...) {
    close();
    throw;
  }
}

FilmStream::~FilmStream() {
  close();
}

void FilmStream::close() {
  avformat_close_input(&m_format);
  if (m_io != nullptr) {
    av_freep(&m_io->buffer);
    avio_context_free(&m_io);
  }
  if (m_fd >= 0) {
    ::close(m_fd);
    m_fd = -1;
  }
}

int FilmStream::readBytes(void *self, std::uint8_t *to, int count) {
  auto &film = *static_cast<FilmStream *>(self);
  const ssize_t got = ::pread(film.m_fd, to, static_cast<std::size_t>(count), film.m_at);
  film.m_at += std::max<ssize_t>(got, 0);
  return got > 0 ? static_cast<int>(got) : got == 0 ? AVERROR_EOF : AVERROR(errno);
}

std::int64_t FilmStream::seekBytes(void *self, std::int64_t offset, int whence) {
  auto &film = *static_cast<FilmStream *>(self);
  if ((whence & AVSEEK_SIZE) != 0) {
    return film.m_size;
  }
  const int from = whence & ~AVSEEK_FORCE;
  const std::int64_t to = from == SEEK_CUR ? film.m_at + offset : from == SEEK_END ? film.m_size + offset : offset;
  return to < 0 ? AVERROR(EINVAL) : film.m_at = to;
}

void FilmStream::openContainer() {
  m_io = avio_alloc_context(static_cast<unsigned char *>(av_malloc(kBuffer)), kBuffer, 0, this, readBytes, nullptr, seekBytes);
  m_format = avformat_alloc_context();
  m_format->pb = m_io;
  m_format->flags |= AVFMT_FLAG_CUSTOM_IO;
  m_format->io_open = openNothing;
  const int code = avformat_open_input(&m_format, nullptr, nullptr, nullptr);
  if (code < 0) {
    throw InputError(m_where, "is no film that FFmpeg can read, or is cut off (" + avReason(code) + ")", "copy it anew, or convert it to .mp4 or .mkv");
  }
  if (const int found = avformat_find_stream_info(m_format, nullptr); found < 0) {
    throw InputError(m_where, "is damaged: FFmpeg finds no streams in it (" + avReason(found) + ")", "copy it anew, or convert it to .mp4 or .mkv");
  }
  for (unsigned i = 0; i < m_format->nb_streams; ++i) {  // the first that moves; a cover picture is none
    const AVStream &stream = *m_format->streams[i];
    const bool moves = stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && (stream.disposition & AV_DISPOSITION_ATTACHED_PIC) == 0;
    if (moves && m_index < 0) {
      m_index = static_cast<int>(i);
    } else {
      m_format->streams[i]->discard = AVDISCARD_ALL;
    }
  }
  if (m_index < 0) {
    const bool sound = m_format->nb_streams > 0 && std::any_of(m_format->streams, m_format->streams + m_format->nb_streams,
                                                               [](const AVStream *stream) { return stream->codecpar->codec_type == AVMEDIA_TYPE_AUDIO; });
    throw InputError(m_where, sound ? "holds sound but no moving picture" : "holds no moving picture", "choose a file with video in it");
  }
}

void FilmStream::openDecoder() {
  const AVCodec *decoder = avcodec_find_decoder(parameters().codec_id);
  if (decoder == nullptr) {
    throw InputError(m_where, "this machine's FFmpeg has no decoder for " + std::string(avcodec_get_name(parameters().codec_id)), "convert it to H.264");
  }
  m_codec.reset(avcodec_alloc_context3(decoder));
  avcodec_parameters_to_context(m_codec.get(), &parameters());
  m_codec->pkt_timebase = video().time_base;
  m_codec->thread_count = std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 8);
  m_codec->max_pixels = static_cast<std::int64_t>(kLongestSide) * kLongestSide / 2;  // a damaged header must not ask for all memory
  if (const int code = avcodec_open2(m_codec.get(), decoder, nullptr); code < 0) {
    throw InputError(m_where, "its " + std::string(avcodec_get_name(parameters().codec_id)) + " video cannot be decoded (" + avReason(code) + ")",
                     "copy it anew, or convert it to H.264");
  }
}

Turn FilmStream::turn() const {
  const auto *matrix = reinterpret_cast<const std::int32_t *>(av_stream_get_side_data(&video(), AV_PKT_DATA_DISPLAYMATRIX, nullptr));
  if (matrix == nullptr) {
    return {};
  }
  const auto unit = [matrix](int i) { return static_cast<int>(std::lround(matrix[i] / 65536.0)); };
  const Turn turn{unit(0), unit(1), unit(3), unit(4)};
  const bool quarter = std::abs(turn.a) + std::abs(turn.b) == 1 && std::abs(turn.c) + std::abs(turn.d) == 1 && std::abs(turn.a) == std::abs(turn.d);
  return quarter ? turn : Turn{};
}

const AVPacket *FilmStream::readPacket() {
  for (;;) {
    av_packet_unref(m_packet.get());
    const int code = av_read_frame(m_format, m_packet.get());
    if (code < 0) {
      m_cutOff = m_cutOff || code != AVERROR_EOF;
      return nullptr;
    }
    if (m_packet->stream_index == m_index) {
      return m_packet.get();
    }
  }
}

std::shared_ptr<AVFrame> FilmStream::nextFrame() {
  std::shared_ptr<AVFrame> frame(av_frame_alloc(), FreeAv());
  for (int lost = 0; lost < kMostLost;) {
    const int code = avcodec_receive_frame(m_codec.get(), frame.get());
    if (code == 0) {
      return frame;
    }
    if (code == AVERROR_EOF || (m_ended && code == AVERROR(EAGAIN))) {
      return nullptr;
    }
    if (code != AVERROR(EAGAIN)) {
      ++lost;  // the decoder goes on with the next frame
      continue;
    }
    const AVPacket *packet = m_held ? m_packet.get() : readPacket();
    m_held = false;
    m_ended = packet == nullptr;
    if (avcodec_send_packet(m_codec.get(), packet) == AVERROR(EAGAIN)) {
      m_held = packet != nullptr;
    }
  }
  return nullptr;
}

bool FilmStream::seek(std::int64_t time) {
  avcodec_flush_buffers(m_codec.get());
  m_held = m_ended = false;
  return av_seek_frame(m_format, m_index, time, AVSEEK_FLAG_BACKWARD) >= 0;
}

const AVPacket *FilmStream::firstAfterSeek() {
  if (!m_held) {
    m_held = readPacket() != nullptr;
  }
  return m_held ? m_packet.get() : nullptr;
}

int channelsOf(AVPixelFormat format) {
  const AVPixFmtDescriptor *about = av_pix_fmt_desc_get(format);
  if (about == nullptr) {
    return 3;
  }
  return (about->flags & AV_PIX_FMT_FLAG_ALPHA) != 0 ? 4 : about->nb_components == 1 && (about->flags & AV_PIX_FMT_FLAG_BAYER) == 0 ? 1 : 3;
}

namespace {

/// Colour matrix, range and place of the chroma as the scale filter of the ffmpeg program chooses them.
Av<SwsContext> converter(const AVFrame &from, const AVFrame &to) {
  Av<SwsContext> convert(sws_alloc_context());
  const auto set = [&convert](const char *name, std::int64_t value) { av_opt_set_int(convert.get(), name, value, 0); };
  set("srcw", from.width);
  set("srch", from.height);
  set("src_format", from.format);
  set("dstw", to.width);
  set("dsth", to.height);
  set("dst_format", to.format);
  set("sws_flags", SWS_BICUBIC);
  if (from.format == AV_PIX_FMT_YUV420P) {
    set("src_v_chr_pos", 128);
  }
  if (from.color_range != AVCOL_RANGE_UNSPECIFIED) {
    set("src_range", from.color_range == AVCOL_RANGE_JPEG ? 1 : 0);
  }
  if (sws_init_context(convert.get(), nullptr, nullptr) < 0) {
    return nullptr;
  }
  int *inverse = nullptr, *table = nullptr, sourceRange = 0, targetRange = 0, brightness = 0, contrast = 0, saturation = 0;
  if (sws_getColorspaceDetails(convert.get(), &inverse, &sourceRange, &table, &targetRange, &brightness, &contrast, &saturation) >= 0) {
    const int *matrix = sws_getCoefficients(from.colorspace == AVCOL_SPC_UNSPECIFIED ? SWS_CS_DEFAULT : from.colorspace);
    const int range = from.color_range == AVCOL_RANGE_UNSPECIFIED ? sourceRange : from.color_range == AVCOL_RANGE_JPEG ? 1 : 0;
    sws_setColorspaceDetails(convert.get(), matrix, range, table, targetRange, brightness, contrast, saturation);
  }
  return convert;
}

}  // namespace

Image pictureOf(const AVFrame &frame, int width, int height, int channels, const Turn &turn, const std::string &where) {
  const Av<AVFrame> flat(av_frame_alloc());  // padded rows: libswscale's fast paths write and choose by them
  flat->format = channels == 1 ? AV_PIX_FMT_GRAY8 : channels == 4 ? AV_PIX_FMT_RGBA : AV_PIX_FMT_RGB24;
  flat->width = width;
  flat->height = height;
  const Av<SwsContext> convert = av_frame_get_buffer(flat.get(), 0) < 0 ? nullptr : converter(frame, *flat);
  if (!convert || sws_scale(convert.get(), frame.data, frame.linesize, 0, frame.height, flat->data, flat->linesize) != height) {
    const char *name = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame.format));
    throw InputError(where, "its pixel format " + std::string(name != nullptr ? name : "unknown") + " cannot be converted", "convert it to yuv420p");
  }
  const std::size_t n = static_cast<std::size_t>(channels);
  Image image{turn.swaps() ? height : width, turn.swaps() ? width : height, channels, {}};
  image.pixels.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * n);
  const int left = turn.a + turn.c < 0 ? image.width - 1 : 0, top = turn.b + turn.d < 0 ? image.height - 1 : 0;
  for (int y = 0; y < height; ++y) {
    const std::uint8_t *from = flat->data[0] + static_cast<std::ptrdiff_t>(y) * flat->linesize[0];
    if (turn.isNone()) {
      std::copy_n(from, static_cast<std::size_t>(width) * n,
                  image.pixels.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(y) * static_cast<std::size_t>(width) * n));
      continue;
    }
    for (int x = 0; x < width; ++x, from += n) {
      const int column = left + turn.a * x + turn.c * y, row = top + turn.b * x + turn.d * y;
      std::copy_n(from, n,
                  image.pixels.data() + (static_cast<std::size_t>(row) * static_cast<std::size_t>(image.width) + static_cast<std::size_t>(column)) * n);
    }
  }
  return image;
}

}  // namespace vitrine::data
