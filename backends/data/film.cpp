// Films out: RGB frames through libav's encoders into a container. The file appears under its name only when it is whole.
#include "data/picture.h"

#include <algorithm>
#include <cstdlib>

#include "core/error.h"

namespace vitrine::data {

namespace {

struct Encoders {
  FilmCodec codec;
  std::vector<const char *> names;  ///< of libavcodec's encoders, best first
};

const std::vector<Encoders> kCodecs = {{{"h264", "H.264", 51, false, ""}, {"libx264", "libopenh264"}},
                                       {{"h265", "H.265", 51, false, ""}, {"libx265"}},
                                       {{"av1", "AV1", 63, false, ""}, {"libsvtav1", "libaom-av1"}},
                                       {{"ffv1", "FFV1", 0, true, ""}, {"ffv1"}}};

}  // namespace

}  // namespace vitrine::data

#ifdef VITRINE_HAVE_FFMPEG

extern "C" {
#include <libavutil/cpu.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
}

#include <cmath>

#include "core/npy.h"
#include "data/libav.h"

namespace vitrine::data {

namespace {
constexpr int kSvtSide = 64;  // smaller pictures it refuses, on standard error
}

struct FilmWriter::Impl {
  std::filesystem::path file, part;
  AVFormatContext *format = nullptr;
  AVCodecContext *codec = nullptr;
  AVStream *stream = nullptr;
  Av<AVFrame> frame;
  Av<AVFrame> picture;  ///< the RGB to convert, in padded rows: libswscale reads up to 16 bytes beyond the last
  AVPacket *packet = nullptr;
  SwsContext *convert = nullptr;
  FilmCodec about;
  std::int64_t frames = 0;
  std::uint64_t bytes = 0;
  bool ended = false;

  ~Impl() {
    sws_freeContext(convert);
    av_packet_free(&packet);
    avcodec_free_context(&codec);
    if (format != nullptr) {
      avio_closep(&format->pb);
      avformat_free_context(format);
    }
    std::error_code ignored;
    std::filesystem::remove(part, ignored);  // gone already where finish() moved it
  }

  [[noreturn]] void fail(const std::string &what, int code) const { throw std::runtime_error(file.string() + ": " + what + ": " + avReason(code)); }
  int check(int code, const char *what) const {
    if (code < 0) {
      fail(what, code);
    }
    return code;
  }

  /// The first encoder that takes the size and the options.
  void openCodec(int width, int height, double framesPerSecond, const FilmOptions &options) {
    const auto &all = filmCodecs();
    const auto found = std::ranges::find(all, options.codec, &FilmCodec::id);
    if (found == all.end()) {
      throw InputError(file.string(), "no film codec is called " + options.codec, "choose h264, h265, av1 or ffv1");
    }
    about = *found;
    if (about.encoder.empty()) {
      throw InputError(file.string(), "this machine's FFmpeg has no " + about.title + " encoder", "choose another codec");
    }
    const bool preset = std::ranges::find(kFilmPresets, options.preset) != kFilmPresets.end();
    if (!preset || !(about.lossless || options.bitRate > 0 || (options.quality >= 0 && options.quality <= about.worst))) {
      throw InputError(file.string(), preset ? "the quality of " + about.title + " goes from 0 to " + std::to_string(std::lround(about.worst))
                                             : "no preset is called " + options.preset);
    }
    int code = 0;
    for (const char *name : kCodecs[static_cast<std::size_t>(found - all.begin())].names) {
      if (const AVCodec *encoder = avcodec_find_encoder_by_name(name); encoder != nullptr) {
        if (std::string_view(name) == "libsvtav1" && std::min(width, height) < kSvtSide) {
          continue;
        }
        avcodec_free_context(&codec);
        codec = avcodec_alloc_context3(encoder);
        setUp(width, height, framesPerSecond, options);
        code = avcodec_open2(codec, encoder, nullptr);
        if (code >= 0) {
          return;
        }
      }
    }
    fail("the " + about.title + " encoder refuses this size or rate", code);
  }

  void setUp(int width, int height, double framesPerSecond, const FilmOptions &options) {
    codec->width = about.lossless ? width : width & ~1;
    codec->height = about.lossless ? height : height & ~1;
    codec->pix_fmt = about.lossless ? AV_PIX_FMT_0RGB32 : AV_PIX_FMT_YUV420P;
    codec->framerate = av_d2q(framesPerSecond, 100000);
    codec->time_base = av_inv_q(codec->framerate);
    codec->color_range = about.lossless ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    codec->colorspace = about.lossless ? AVCOL_SPC_RGB : AVCOL_SPC_BT709;
    codec->color_primaries = AVCOL_PRI_BT709;
    codec->color_trc = AVCOL_TRC_BT709;
    codec->thread_count = options.threads;
    codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    codec->bit_rate = about.lossless ? 0 : options.bitRate;
    if (options.group > 0) {
      codec->gop_size = options.group;
    }
    const std::string name = codec->codec->name;
    const auto set = [this](const char *key, const std::string &value) { av_opt_set(codec->priv_data, key, value.c_str(), 0); };
    const auto speed = static_cast<std::size_t>(std::ranges::find(kFilmPresets, options.preset) - kFilmPresets.begin());
    const bool av1 = about.id == "av1";
    if (about.lossless) {
      codec->level = 3;  // with checksums and slices, which threads decode side by side
      set("slices", "4");
    } else if (options.bitRate == 0) {
      set("crf", std::to_string(av1 ? std::round(options.quality) : options.quality));
    }
    if (name == "libsvtav1") {
      set("preset", std::array{"12", "10", "8", "6", "4"}[speed]);
    } else if (name == "libaom-av1") {
      set("cpu-used", std::array{"8", "7", "6", "4", "2"}[speed]);
      set("row-mt", "1");
    } else {
      set("preset", options.preset);
    }
    if ((av_get_cpu_flags() & AV_CPU_FLAG_AVX512) != 0) {
      set("x264-params", "asm=avx2");  // with AVX-512, one run in some hundreds gave another code of the same frames (x264 164, one thread)
    }
    set("x265-params", "log-level=none:pools=" + std::to_string(options.threads));
  }

  bool isMatroska() const { return file.extension() == ".mkv"; }

  void openFile() {
    part = partName(file);
    check(avformat_alloc_output_context2(&format, nullptr, isMatroska() ? "matroska" : "mp4", part.c_str()), "no writer for this kind of file");
    stream = avformat_new_stream(format, nullptr);
    stream->time_base = codec->time_base;
    stream->avg_frame_rate = codec->framerate;
    check(avcodec_parameters_from_context(stream->codecpar, codec), "cannot begin the film");
    if (about.id == "h265" && !isMatroska()) {
      stream->codecpar->codec_tag = MKTAG('h', 'v', 'c', '1');  // Apple's players know no other
    }
    bytes = static_cast<std::uint64_t>(codec->extradata_size);
    check(avio_open(&format->pb, part.c_str(), AVIO_FLAG_WRITE), "cannot be written");
    AVDictionary *options = nullptr;
    av_dict_set(&options, "movflags", "+faststart", 0);
    const int code = avformat_write_header(format, &options);
    av_dict_free(&options);
    check(code, "cannot be written");
  }

  Av<AVFrame> newFrame(AVPixelFormat pixels) const {
    Av<AVFrame> made(av_frame_alloc());
    made->format = pixels;
    made->width = codec->width;
    made->height = codec->height;
    check(av_frame_get_buffer(made.get(), 0), "no memory for a frame");
    return made;
  }

  void openFrame() {
    packet = av_packet_alloc();
    frame = newFrame(codec->pix_fmt);
    picture = newFrame(AV_PIX_FMT_RGB24);
    convert = sws_getContext(codec->width, codec->height, AV_PIX_FMT_RGB24, codec->width, codec->height, codec->pix_fmt,
                             SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP, nullptr, nullptr, nullptr);
    if (convert == nullptr) {
      throw std::runtime_error(file.string() + ": libswscale refuses this size");
    }
    if (about.lossless) {
      return;
    }
    sws_setColorspaceDetails(convert, sws_getCoefficients(SWS_CS_ITU709), 1, sws_getCoefficients(SWS_CS_ITU709), 0, 0, 1 << 16, 1 << 16);
  }

  void send(const AVFrame *next) { check(avcodec_send_frame(codec, next), "cannot encode a frame"); }

  /// Writes one packet if the encoder has one to give.
  bool writePacket() {
    const int code = avcodec_receive_packet(codec, packet);
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) {
      return false;
    }
    check(code, "cannot encode a frame");
    bytes += static_cast<std::uint64_t>(packet->size);
    packet->stream_index = stream->index;
    packet->duration = 1;
    av_packet_rescale_ts(packet, codec->time_base, stream->time_base);
    check(av_interleaved_write_frame(format, packet), "cannot be written");
    return true;
  }
};

const std::vector<FilmCodec> &filmCodecs() {
  static const std::vector<FilmCodec> codecs = [] {
    setenv("SVT_LOG", "1", 0);  // errors only; it has no other switch
    std::vector<FilmCodec> all;
    for (const Encoders &entry : kCodecs) {
      all.push_back(entry.codec);
      const auto name = std::ranges::find_if(entry.names, [](const char *encoder) { return avcodec_find_encoder_by_name(encoder) != nullptr; });
      all.back().encoder = name != entry.names.end() ? *name : "";
    }
    return all;
  }();
  return codecs;
}

FilmWriter::FilmWriter(const std::filesystem::path &file, int width, int height, double framesPerSecond, int quality)
    : FilmWriter(file, width, height, framesPerSecond, FilmOptions{.quality = static_cast<double>(quality)}) {}

FilmWriter::FilmWriter(const std::filesystem::path &file, int width, int height, double framesPerSecond, const FilmOptions &options)
    : m_impl(std::make_unique<Impl>()) {
  av_log_set_level(AV_LOG_QUIET);
  if (width < 2 || height < 2 || !(framesPerSecond > 0) || framesPerSecond > 1000) {
    throw InputError(file.string(), "a film of " + std::to_string(width) + " x " + std::to_string(height) + " pixels cannot be made");
  }
  m_impl->file = file;
  m_impl->openCodec(width, height, framesPerSecond, options);
  if (m_impl->about.lossless && !m_impl->isMatroska()) {
    throw InputError(file.string(), m_impl->about.title + " goes into Matroska only", "call the file .mkv");
  }
  m_impl->openFile();
  m_impl->openFrame();
}

FilmWriter::~FilmWriter() = default;

void FilmWriter::add(const Image &rgb) {
  Impl &impl = *m_impl;
  const int even = impl.about.lossless ? ~0 : ~1;
  const bool fits = rgb.channels == 3 && (rgb.width & even) == impl.codec->width && (rgb.height & even) == impl.codec->height;
  if (!fits || rgb.pixels.size() != 3 * static_cast<std::size_t>(rgb.width) * static_cast<std::size_t>(rgb.height)) {
    throw InputError(impl.file.string(), "frame " + std::to_string(impl.frames) + " is not an RGB picture of the film's size");
  }
  impl.check(av_frame_make_writable(impl.frame.get()), "no memory for a frame");
  av_image_copy_plane(impl.picture->data[0], impl.picture->linesize[0], rgb.pixels.data(), 3 * rgb.width, 3 * impl.codec->width, impl.codec->height);
  sws_scale(impl.convert, impl.picture->data, impl.picture->linesize, 0, impl.codec->height, impl.frame->data, impl.frame->linesize);
  impl.frame->pts = impl.frames++;
  impl.send(impl.frame.get());
  while (impl.writePacket()) {
  }
}

bool FilmWriter::drain() {
  if (m_impl->frames > 0 && !m_impl->ended) {
    m_impl->ended = true;
    m_impl->send(nullptr);
  }
  return m_impl->ended && m_impl->writePacket();
}

std::uint64_t FilmWriter::streamBytes() const {
  return m_impl->bytes;
}

void FilmWriter::finish() {
  Impl &impl = *m_impl;
  if (impl.frames == 0) {
    throw InputError(impl.file.string(), "a film needs a frame");
  }
  while (drain()) {
  }
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

const std::vector<FilmCodec> &filmCodecs() {
  static const std::vector<FilmCodec> codecs = [] {
    std::vector<FilmCodec> all;
    std::ranges::transform(kCodecs, std::back_inserter(all), &Encoders::codec);
    return all;
  }();
  return codecs;
}

FilmWriter::FilmWriter(const std::filesystem::path &file, int width, int height, double framesPerSecond, int)
    : FilmWriter(file, width, height, framesPerSecond, FilmOptions{}) {}

FilmWriter::FilmWriter(const std::filesystem::path &file, int, int, double, const FilmOptions &) {
  throw InputError(file.string(), "this build of Vitrine has no FFmpeg and so no films");
}

FilmWriter::~FilmWriter() = default;
void FilmWriter::add(const Image &) {}
bool FilmWriter::drain() {
  return false;
}
void FilmWriter::finish() {}
std::uint64_t FilmWriter::streamBytes() const {
  return 0;
}

}  // namespace vitrine::data

#endif
