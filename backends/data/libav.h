// What the film reader and writer need of libav: owners for its objects, and its errors in words.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <string>

namespace vitrine::data {

struct FreeAv {
  void operator()(AVFrame *frame) const { av_frame_free(&frame); }
  void operator()(AVPacket *packet) const { av_packet_free(&packet); }
  void operator()(AVCodecContext *codec) const { avcodec_free_context(&codec); }
  void operator()(SwsContext *convert) const { sws_freeContext(convert); }
};
template <class T>
using Av = std::unique_ptr<T, FreeAv>;

inline std::string avReason(int code) {
  char reason[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, reason, sizeof reason);
  return reason;
}

}  // namespace vitrine::data
