// Films coded, decoded and judged one after another, for the studies that set codecs beside each other.
#pragma once

#include <cmath>

#include "core/study.h"
#include "data/picture.h"
#include "video/clip.h"

namespace vitrine::study {

/// What is coded, and how; the parameters of `video-codecs`.
struct CodecBenchOptions {
  std::string codecs = "h264,h265,av1";
  std::string qualities = "18,24,30,36";
  double bpp = 0;
  double psnr = 0;
  std::string preset = "fast";
  int group = 0;
  std::string crop, resize;
  int frames = 0;
  std::string other;
  std::int64_t otherBytes = 0;
  bool keepFilms = false;
};

/// SSIM and MS-SSIM are NaN where the picture is too small for them.
struct FrameQuality {
  double psnr = 0, ssim = NAN, msssim = NAN;
};

/// One film: what was asked, what came out.
struct CodecPoint {
  std::string codec;
  double quality = 0, bytes = 0, bpp = 0;
  bool searched = false;                 ///< on the way to a matched one
  bool lossless = false, exact = false;  ///< exact: every byte came back
  FrameQuality mean;
  double encodeCpu = NAN, decodeCpu = NAN, decodeFps = NAN;
  std::vector<FrameQuality> frames;

  std::string name() const;  ///< "h264 24"
};

class CodecBench {
 public:
  /// Reads the run's frames. Throws InputError for frames that do not fit crop, resize or each other.
  CodecBench(const CodecBenchOptions &options, RunContext &context);

  const video::Clip &clip() const { return m_clip; }
  std::vector<CodecPoint> &points() { return m_points; }
  const std::vector<CodecPoint> &points() const { return m_points; }
  /// Points of one codec, fewest bytes first.
  std::vector<const CodecPoint *> byBits(const std::string &codec) const;

  /// Codes, decodes and judges; the place in points(). Throws what FilmWriter throws.
  std::size_t film(const data::FilmCodec &codec, double quality, bool searched);
  /// Judges the frames of `options.other`, if there are any, at the size that is told for them.
  void other();
  /// Artifacts "rate-distortion", "points" and "quality", as far as there are points.
  void emit() const;

 private:
  std::size_t add(CodecPoint point);
  void step(std::size_t frame, const CodecPoint &point, const char *what) const;
  void encode(const std::filesystem::path &file, CodecPoint &point) const;
  void decode(const std::filesystem::path &file, CodecPoint &point) const;
  void judge(const Dataset &decoded, CodecPoint &point) const;
  Curve curve() const;
  Table table() const;
  Table frameTable() const;

  const CodecBenchOptions &m_p;
  RunContext &m_context;
  video::Clip m_clip;
  double m_rate = 25;
  std::vector<CodecPoint> m_points;
};

}  // namespace vitrine::study
