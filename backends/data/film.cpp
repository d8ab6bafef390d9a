// Films out: RGB frames to H.264 in an MP4, through libav. The file appears under its name only when it is whole.
#include "data/picture.h"

#include "core/error.h"

#ifdef VITRINE_HAVE_FFMPEG

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
}

#include <cmath>

#include "core/npy.h"

namespace vitrine::data {

struct FilmWriter::Impl {
  std::filesystem::path file, part;
  AVFormatContext *format = nullptr;
  AVCodecContext *codec = nullptr;
  AVStream *stream = nullptr;
  AVFrame *frame = nullptr;
  AVPacket *packet = nullptr;
  SwsContext *convert = nullptr;
  std::int64_t frames = 0;

  ~Impl() {
    sws_freeContext(convert);
    av_packet_free(&packet);
    av_frame_free(&frame);
    avcodec_free_context(&codec);
    if (format != nullptr) {
      avio_closep(&format->pb);
      avformat_free_context(format);
    }
    std::error_code ignored;
    std::filesystem::remove(part, ignored);  // gone already where finish() moved it
  }

  [[noreturn]] void fail(const std::string &what, int code) const {
    char reason[AV_ERROR_MAX_STRING_SIZE] = {};
    av_strerror(code, reason, sizeof reason);
    throw std::runtime_error(file.string() + ": " + what + ": " + reason);
  }
  int check(int code, const char *what) const {
    if (code < 0) {
      fail(what, code);
    }
    return code;
  }

  void openCodec(int width, int height, double framesPerSecond, int quality) {
    const AVCodec *encoder = avcodec_find_encoder_by_name("libx264");
    encoder = encoder != nullptr ? encoder : avcodec_find_encoder(AV_CODEC_ID_H264);
    if (encoder == nullptr) {
      throw std::runtime_error(file.string() + ": this machine's FFmpeg has no H.264 encoder");
    }
    codec = avcodec_alloc_context3(encoder);
    codec->width = width;
    codec->height = height;
    codec->pix_fmt = AV_PIX_FMT_YUV420P;
    codec->framerate = av_d2q(framesPerSecond, 100000);
    codec->time_base = av_inv_q(codec->framerate);
    codec->color_range = AVCOL_RANGE_MPEG;
    codec->colorspace = AVCOL_SPC_BT709;
    codec->color_primaries = AVCOL_PRI_BT709;
    codec->color_trc = AVCOL_TRC_BT709;
    codec->thread_count = 2;
    codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    av_opt_set(codec->priv_data, "preset", "veryfast", 0);
    av_opt_set_int(codec->priv_data, "crf", quality, 0);
    check(avcodec_open2(codec, encoder, nullptr), "the H.264 encoder refuses this size or rate");
  }

  void openFile() {
    part = partName(file);
    check(avformat_alloc_output_context2(&format, nullptr, "mp4", part.c_str()), "no MP4 writer");
    stream = avformat_new_stream(format, nullptr);
    stream->time_base = codec->time_base;
    stream->avg_frame_rate = codec->framerate;
    check(avcodec_parameters_from_context(stream->codecpar, codec), "cannot begin the film");
    check(avio_open(&format->pb, part.c_str(), AVIO_FLAG_WRITE), "cannot be written");
    AVDictionary *options = nullptr;
    av_dict_set(&options, "movflags", "+faststart", 0);
    const int code = avformat_write_header(format, &options);
    av_dict_free(&options);
    check(code, "cannot be written");
  }

  void openFrame() {
    packet = av_packet_alloc();
    frame = av_frame_alloc();
    frame->format = codec->pix_fmt;
    frame->width = codec->width;
    frame->height = codec->height;
    check(av_frame_get_buffer(frame, 0), "no memory for a frame");
    convert = sws_getContext(codec->width, codec->height, AV_PIX_FMT_RGB24, codec->width, codec->height, codec->pix_fmt,
                             SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP, nullptr, nullptr, nullptr);
    if (convert == nullptr) {
      throw std::runtime_error(file.string() + ": libswscale refuses this size");
    }
    sws_setColorspaceDetails(convert, sws_getCoefficients(SWS_CS_ITU709), 1, sws_getCoefficients(SWS_CS_ITU709), 0, 0, 1 << 16, 1 << 16);
  }

  /// Hands the encoder a frame (nullptr: no more) and writes what it gives back.
  void encode(const AVFrame *next) {
    check(avcodec_send_frame(codec, next), "cannot encode a frame");
    for (;;) {
      const int code = avcodec_receive_packet(codec, packet);
      if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) {
        return;
      }
      check(code, "cannot encode a frame");
      packet->stream_index = stream->index;
      packet->duration = 1;
      av_packet_rescale_ts(packet, codec->time_base, stream->time_base);
      check(av_interleaved_write_frame(format, packet), "cannot be written");
    }
  }
};

FilmWriter::FilmWriter(const std::filesystem::path &file, int width, int height, double framesPerSecond, int quality) : m_impl(std::make_unique<Impl>()) {
  av_log_set_level(AV_LOG_QUIET);
  if (width < 2 || height < 2 || !(framesPerSecond > 0) || framesPerSecond > 1000) {
    throw InputError(file.string(), "a film of " + std::to_string(width) + " x " + std::to_string(height) + " pixels cannot be made");
  }
  m_impl->file = file;
  m_impl->openCodec(width & ~1, height & ~1, framesPerSecond, quality);
  m_impl->openFile();
  m_impl->openFrame();
}

FilmWriter::~FilmWriter() = default;

void FilmWriter::add(const Image &rgb) {
  Impl &impl = *m_impl;
  const bool fits = rgb.channels == 3 && (rgb.width & ~1) == impl.codec->width && (rgb.height & ~1) == impl.codec->height;
  if (!fits || rgb.pixels.size() != 3 * static_cast<std::size_t>(rgb.width) * static_cast<std::size_t>(rgb.height)) {
    throw InputError(impl.file.string(), "frame " + std::to_string(impl.frames) + " is not an RGB picture of the film's size");
  }
  impl.check(av_frame_make_writable(impl.frame), "no memory for a frame");
  const std::uint8_t *rows[] = {rgb.pixels.data()};
  const int stride[] = {3 * rgb.width};
  sws_scale(impl.convert, rows, stride, 0, impl.codec->height, impl.frame->data, impl.frame->linesize);
  impl.frame->pts = impl.frames++;
  impl.encode(impl.frame);
}

void FilmWriter::finish() {
  Impl &impl = *m_impl;
  if (impl.frames == 0) {
    throw InputError(impl.file.string(), "a film needs a frame");
  }
  impl.encode(nullptr);
  impl.check(av_write_trailer(impl.format), "cannot be written");
  impl.check(avio_closep(&impl.format->pb), "cannot be written");
  std::error_code error;
  std::filesystem::rename(impl.part, impl.file, error);
  if (error) {
    throw std::runtime_error(impl.file.string() + ": cannot be written: " + error.message());
  }
  impl.part.clear();
}

}  // namespace vitrine::data

#else

namespace vitrine::data {

struct FilmWriter::Impl {};

FilmWriter::FilmWriter(const std::filesystem::path &file, int, int, double, int) {
  throw InputError(file.string(), "this build of Vitrine has no FFmpeg and so no films");
}

FilmWriter::~FilmWriter() = default;
void FilmWriter::add(const Image &) {}
void FilmWriter::finish() {}

}  // namespace vitrine::data

#endif
