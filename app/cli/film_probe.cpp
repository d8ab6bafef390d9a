#include "app/cli/film_probe.h"

#ifdef VITRINE_BACKEND_ONLY
vitrine::cli::FilmProbe vitrine::cli::probeFilms() {
  return {};
}
#else

#include <unistd.h>

#include <cmath>
#include <opencv2/core/utility.hpp>

#include "data/picture.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace vitrine::cli {

namespace {

namespace fs = std::filesystem;

constexpr int kFrames = 24, kWidth = 320, kHeight = 240;

struct Decoder {
  AVFormatContext *format = nullptr;
  AVCodecContext *codec = nullptr;
  AVPacket *packet = av_packet_alloc();
  AVFrame *frame = av_frame_alloc();
  Decoder() = default;
  Decoder(const Decoder &) = delete;
  Decoder &operator=(const Decoder &) = delete;
  ~Decoder() {
    av_frame_free(&frame);
    av_packet_free(&packet);
    avcodec_free_context(&codec);
    avformat_close_input(&format);
  }

  bool open(const char *file) {
    if (avformat_open_input(&format, file, nullptr, nullptr) < 0 || avformat_find_stream_info(format, nullptr) < 0) {
      return false;
    }
    const AVCodec *found = nullptr;
    const int stream = av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, &found, 0);
    codec = stream >= 0 ? avcodec_alloc_context3(found) : nullptr;
    return codec != nullptr && avcodec_parameters_to_context(codec, format->streams[stream]->codecpar) >= 0 && avcodec_open2(codec, found, nullptr) >= 0;
  }
  /// Number of frames; `luma` gets the first pixel's brightness of the last one.
  int decodeAll(int &luma) {
    int frames = 0;
    bool more = true;
    while (more) {
      more = av_read_frame(format, packet) >= 0;
      avcodec_send_packet(codec, more ? packet : nullptr);
      av_packet_unref(packet);
      while (avcodec_receive_frame(codec, frame) >= 0) {
        ++frames;
        luma = frame->data[0][0];
      }
    }
    return frames;
  }
};

/// Frames that get brighter, so that a decoder that repeats or drops one is found out.
void writeFilm(const fs::path &file) {
  data::FilmWriter writer(file, kWidth, kHeight, 24);
  for (int i = 0; i < kFrames; ++i) {
    Image image{kWidth, kHeight, 3, std::vector<std::uint8_t>(static_cast<std::size_t>(kWidth * kHeight * 3), static_cast<std::uint8_t>(i * 10))};
    writer.add(image);
  }
  writer.finish();
}

}  // namespace

FilmProbe probeFilms() {
  FilmProbe probe;
  probe.present = true;
  probe.versions = cv::getVersionString() + ", " + av_version_info();
  const fs::path file = fs::temp_directory_path() / ("vitrine-doctor-" + std::to_string(::getpid()) + ".mp4");
  try {
    writeFilm(file);
    Decoder decoder;
    int luma = -1;
    const int frames = decoder.open(file.c_str()) ? decoder.decodeAll(luma) : 0;
    const double wanted = 16 + (kFrames - 1) * 10 * 219.0 / 255.0;  // video range
    probe.good = frames == kFrames && std::abs(luma - wanted) < 6;
    probe.result =
        std::to_string(frames) + " of " + std::to_string(kFrames) + " frames came back" + (probe.good || frames < kFrames ? "" : ", but not as they were");
  } catch (const std::exception &error) {
    probe.result = error.what();
  }
  std::error_code ignored;
  fs::remove(file, ignored);
  return probe;
}

}  // namespace vitrine::cli

#endif
