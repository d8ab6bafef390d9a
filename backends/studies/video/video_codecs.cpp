// What H.264, H.265 and AV1 make of the run's frames: bits, quality and time at several qualities, or at matched bits or PSNR.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <sstream>

#include "core/study.h"
#include "data/data.h"
#include "studies/video/codec_bench.h"

namespace vitrine::study::video_codecs {

namespace {

namespace fs = std::filesystem;

constexpr const char *kHelp =
    R"(The rivals of every neural video: ordinary codecs, through FFmpeg's encoders. Each codes the same frames, the film is decoded again, and the two are
compared in RGB.

**What you see.** *rate-distortion*: PSNR over bits per pixel, a line a codec; up and to the left is better. *points*: each film with its bytes (of the
video's stream alone, the container left out), bits per pixel, mean PSNR, SSIM and MS-SSIM over the frames, and what encoding and decoding cost. *quality*:
PSNR and MS-SSIM frame by frame. FFV1, which loses nothing, is the point where the picture ends.

**What the knobs do.** *Qualities* are constant rate factors, 0 to 51 (63 for AV1); six more about halve the bits. *Matched bits* or *matched PSNR* search
each codec's quality until it takes no more bits than that, or has no less PSNR. Slower *presets* find smaller codes. *Crop* cuts a size out of the
middle, *resize* brings it down by averaging areas. *Other film* puts a film or a folder of frames that something else has reconstructed beside them, such as
a neural video's decoded frames, at the size of its code in bytes.

**How to read it.** All three code brightness and, at half the resolution, colour; PSNR in RGB therefore stops rising near 40 to 45 dB however many bits are
spent. Times are CPU seconds of the whole process. If the data set is itself a lossy film, it already is a code of exactly these frames, often
a shorter one than any here: then nothing is proved about codecs, and the run says so. Take raw or losslessly coded films for claims.)";

using Params = CodecBenchOptions;

std::vector<std::string> listOf(const std::string &text) {
  std::vector<std::string> items;
  std::stringstream stream(text);
  for (std::string item; std::getline(stream, item, ',');) {
    const std::size_t begin = item.find_first_not_of(' '), end = item.find_last_not_of(' ');
    if (begin != std::string::npos) {
      items.push_back(item.substr(begin, end - begin + 1));
    }
  }
  return items;
}

std::vector<double> qualitiesOf(const std::string &text) {
  std::vector<double> all;
  for (const std::string &item : listOf(text)) {
    char *end = nullptr;
    all.push_back(std::strtod(item.c_str(), &end));
    if (*end != 0 || !(all.back() >= 0 && all.back() <= 63)) {
      throw InputError("crf", "'" + item + "' is no quality", "write numbers from 0 to 63 with commas between, for example 18,24,30,36");
    }
  }
  return all;
}

std::vector<data::FilmCodec> codecsOf(const std::string &text) {
  std::vector<data::FilmCodec> chosen;
  for (const std::string &id : listOf(text)) {
    const auto found = std::ranges::find(data::filmCodecs(), id, &data::FilmCodec::id);
    if (found == data::filmCodecs().end() || found->lossless) {
      throw InputError("codecs", "'" + id + "' is none of them", "write h264, h265 and av1, with commas between; ffv1 is always taken");
    }
    chosen.push_back(*found);
  }
  if (chosen.empty()) {
    throw InputError("codecs", "names none", "write h264, h265 and av1, with commas between");
  }
  return chosen;
}

/// The best quality at no more than `p.bpp` bits, or the fewest bits at no less than `p.psnr`, by bisection: a worse quality has fewer of both.
void search(const Params &p, const data::FilmCodec &codec, CodecBench &bench, RunContext &context) {
  const double unit = codec.id == "av1" ? 1 : 0.5;  // AV1's encoders take whole numbers
  const auto good = [&](const CodecPoint &point) { return p.bpp > 0 ? point.bpp <= p.bpp : point.mean.psnr < p.psnr; };
  int low = -1, high = static_cast<int>(codec.worst / unit) + 1;  // `high` is good (or beyond the end), `low` is not
  std::optional<std::size_t> bestBelow, bestAbove;
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    const std::size_t point = bench.film(codec, unit * middle, true);
    const bool isGood = good(bench.points()[point]);
    (isGood ? high : low) = middle;
    (isGood ? bestAbove : bestBelow) = point;
  }
  const auto &chosen = p.bpp > 0 ? bestAbove : bestBelow;
  if (chosen) {
    bench.points()[*chosen].searched = false;
    bench.emit();
  } else {
    context.log(codec.title + " does not come to " + (p.bpp > 0 ? std::to_string(p.bpp) + " bits a pixel" : std::to_string(p.psnr) + " dB"));
  }
}

/// The logarithm of bits at a PSNR, between the points; none outside of them.
std::optional<double> logBits(const std::vector<const CodecPoint *> &line, double psnr) {
  for (std::size_t i = 1; i < line.size(); ++i) {
    const CodecPoint &a = *line[i - 1], &b = *line[i];
    if (a.mean.psnr <= psnr && psnr <= b.mean.psnr && b.mean.psnr > a.mean.psnr) {
      const double t = (psnr - a.mean.psnr) / (b.mean.psnr - a.mean.psnr);
      return std::log(a.bpp) * (1 - t) + std::log(b.bpp) * t;
    }
  }
  return std::nullopt;
}

/// Mean ratio of bits at equal PSNR over where both lines run (Bjontegaard 2001, with straight pieces).
std::optional<double> bitsRatio(const std::vector<const CodecPoint *> &line, const std::vector<const CodecPoint *> &reference) {
  constexpr int kSamples = 200;
  double sum = 0;
  int count = 0;
  const double low = reference.front()->mean.psnr, high = reference.back()->mean.psnr;
  for (int i = 0; i <= kSamples; ++i) {
    const double psnr = low + (high - low) * i / kSamples;
    const auto a = logBits(line, psnr), b = logBits(reference, psnr);
    if (a && b) {
      sum += *a - *b;
      ++count;
    }
  }
  return count > 0 ? std::optional(std::exp(sum / count)) : std::nullopt;
}

void compare(const std::vector<data::FilmCodec> &codecs, const CodecBench &bench, RunContext &context) {
  const auto reference = bench.byBits("h264");
  for (const data::FilmCodec &codec : codecs) {
    const auto line = bench.byBits(codec.id);
    double drop = 0;
    for (std::size_t i = 1; i < line.size(); ++i) {
      drop = std::max(drop, line[i - 1]->mean.psnr - line[i]->mean.psnr);
    }
    if (line.size() > 1) {
      context.check({codec.title + ": more bits never lower the PSNR", Check::Kind::Trend, drop <= 0, drop, "0 dB lost from point to point", "M"});
    }
    if (codec.id == "h264" || line.size() < 2 || reference.size() < 2) {
      continue;
    }
    if (const auto ratio = bitsRatio(line, reference)) {
      context.metric(codec.id + "_bits_ratio", *ratio);
      context.check({codec.title + " needs fewer bits than H.264 at equal PSNR", Check::Kind::Trend, *ratio < 1, *ratio, "< 1 times the bits", "M"});
    } else {
      context.log(codec.title + " and H.264 share no PSNR to compare their bits at; choose other qualities");
    }
  }
}

/// A lossy film is a code of its own frames that no codec can be asked to beat.
void warnOfOwnCode(RunContext &context) {
  const std::string &source = context.dataset().provenance().source;
  std::error_code error;
  if (!fs::is_regular_file(source, error)) {
    return;
  }
  const Json about = data::inspect(source);
  if (about.value("kind", "") != "film" || !about.value("lossy", false)) {
    return;
  }
  const double bpp = about.at("bits_per_pixel").get<double>();
  context.metric("input_bpp", bpp);
  char text[200];
  std::snprintf(text, sizeof text, "the clip is its own %s code at %.4f bits a pixel: comparisons on it prove nothing about codecs",
                about.at("codec").get<std::string>().c_str(), bpp);
  context.log(text);
  context.check({"the clip is no lossy film itself", Check::Kind::Trend, false, bpp, std::string("raw or lossless frames; ") + text, "V"});
}

}  // namespace

void run(const Params &p, RunContext &context) {
  const auto codecs = codecsOf(p.codecs);
  const auto qualities = qualitiesOf(p.qualities);
  if (p.bpp > 0 && p.psnr > 0) {
    throw InputError("bpp", "and psnr cannot both be matched", "give one of them");
  }
  if (qualities.empty() && p.bpp <= 0 && p.psnr <= 0) {
    throw InputError("crf", "names no quality", "write for example 18,24,30,36, or match bits or PSNR");
  }
  auto start = std::chrono::steady_clock::now();
  CodecBench bench(p, context);
  context.timed("read", start);
  warnOfOwnCode(context);

  start = std::chrono::steady_clock::now();
  const auto lossless = std::ranges::find(data::filmCodecs(), true, &data::FilmCodec::lossless);
  const CodecPoint &whole = bench.points()[bench.film(*lossless, 0, false)];
  context.check({lossless->title + " gives every pixel back", Check::Kind::Exact, whole.exact, whole.mean.psnr, "all bytes equal (90 dB)", "V"});
  std::vector<data::FilmCodec> done;
  for (const data::FilmCodec &codec : codecs) {
    try {
      if (p.bpp > 0 || p.psnr > 0) {
        search(p, codec, bench, context);
      } else {
        for (const double quality : qualities) {
          bench.film(codec, std::min(quality, codec.worst), false);
        }
      }
      done.push_back(codec);
    } catch (const std::exception &error) {  // no such encoder here, or it refuses so small a picture: the others can still be compared
      context.log(codec.title + " is left out: " + error.what());
    }
  }
  bench.other();
  context.timed("films", start);
  if (done.empty()) {
    throw std::runtime_error("none of the codecs could be used; the log tells why");
  }
  compare(done, bench, context);
  for (const CodecPoint &point : bench.points()) {
    for (const auto &[metric, value] : {std::pair{"bytes", point.bytes},
                                        {"bpp", point.bpp},
                                        {"psnr", point.mean.psnr},
                                        {"msssim", point.mean.msssim},
                                        {"encode_cpu_seconds", point.encodeCpu},
                                        {"decode_fps", point.decodeFps}}) {
      if (!point.searched && std::isfinite(value)) {
        context.baseline(point.name(), metric, value);
      }
    }
  }
  context.metric("frames", static_cast<double>(bench.clip().count()));
  context.metric("width", bench.clip().width);
  context.metric("height", bench.clip().height);
}

void addClipParameters(Schema<Params> &schema) {
  schema.add("crop", &Params::crop, "Crop", "Height x width, as 640x1280, cut out of the middle; empty = the whole frame. Less is coded sooner.");
  schema.add("resize", &Params::resize, "Resize", "Height x width to bring the crop down to, by averaging areas; empty = as it is.");
  schema.add("frames", &Params::frames, "Frames", "The first so many frames; 0 = all. Few frames make the first, dear key frame weigh more.").range(0, 1e6);
}

void describe(StudyRegistry &registry) {
  if (std::ranges::all_of(data::filmCodecs(), [](const data::FilmCodec &codec) { return codec.encoder.empty(); })) {
    return;  // a build without FFmpeg
  }
  Schema<Params> schema;
  schema.add("codecs", &Params::codecs, "Codecs", "Which of h264, h265 and av1 to compare, with commas between. Each more costs its time.");
  schema.add("crf", &Params::qualities, "Qualities",
             "Constant rate factors with commas between: 0 is best, 51 (AV1: 63) worst; six more about halve the bits.");
  schema
      .add("bpp", &Params::bpp, "Matched bits", "Above 0: instead of the qualities, each codec's best at no more than so many bits a pixel. More look better.")
      .range(0, 24);
  schema
      .add("psnr", &Params::psnr, "Matched PSNR",
           "Above 0: instead of the qualities, each codec's smallest film of no less than so many dB. More need more bits.")
      .range(0, 90)
      .unit("dB");
  schema
      .add("preset", &Params::preset, "Preset",
           "How long the encoders look for a smaller code. Slower ones save 10 to 30 % of the bits at several times the time.")
      .oneOf({"veryfast", "fast", "medium", "slow", "veryslow"});
  addClipParameters(schema);
  schema
      .add("group", &Params::group, "Key frame every",
           "At most so many frames from key frame to key frame; 0 = as the encoder likes. Fewer make seeking quick and cost bits.")
      .range(0, 10000)
      .inAdvanced();
  schema
      .add("other", &Params::other, "Other film",
           "A film or a folder of frames, reconstructed by something else, to be judged beside the codecs; empty = none.")
      .inAdvanced();
  schema
      .add("other_bytes", &Params::otherBytes, "Its bytes",
           "Size of the code that the other film came from; 0 = the size of the film's file. More push its point to the right.")
      .range(0, 1e12)
      .inAdvanced();
  schema.add("keep_films", &Params::keepFilms, "Keep the films", "Leaves the coded films beside the report, as h264-24.mkv, to be looked at.").inAdvanced();

  StudyInfo info;
  info.id = "video-codecs";
  info.title = "Video codecs";
  info.family = "video";
  info.paper =
      "T. Wiegand et al. 2003, Overview of the H.264/AVC Video Coding Standard; G. Sullivan et al. 2012, Overview of the High Efficiency Video Coding (HEVC) "
      "Standard; J. Han et al. 2021, A Technical Overview of AV1";
  info.summary = "Codes the frames with H.264, H.265 and AV1 and draws quality over bits, beside which neural video must stand.";
  info.claim = "H.265 and AV1 each promise the same quality for about half the bits of H.264: checked by the mean ratio of bits at equal PSNR in the same run.";
  info.needsImages = true;
  info.smoke = {{"codecs", "h264"}, {"crf", "20,40"}, {"frames", 10}};
  info.help = kHelp;
  registry.add(std::move(info), schema, run);
}

}  // namespace vitrine::study::video_codecs

VITRINE_STUDY(video_codecs)
