#include "studies/video/codec_bench.h"

#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "data/data.h"
#include "video/quality.h"

namespace vitrine::study {

namespace codec_bench {

namespace fs = std::filesystem;
using Point = CodecPoint;
using Params = CodecBenchOptions;

namespace {

double cpuSeconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

std::string counts(std::size_t n) {
  return std::to_string(n) + (n == 1 ? " frame" : " frames");
}

/// Frames of the run with even sides, which 4:2:0 needs.
video::Clip readClip(const Params &p, RunContext &context) {
  const auto crop = video::parseSize(p.crop, "crop"), resize = video::parseSize(p.resize, "resize");
  const std::size_t count = p.frames > 0 ? std::min<std::size_t>(static_cast<std::size_t>(p.frames), context.ids().size()) : context.ids().size();
  video::Clip clip;
  for (std::size_t i = 0; i < count; ++i) {
    context.step(static_cast<std::int64_t>(i), static_cast<std::int64_t>(count), "reading frames");
    const std::string where = context.dataset().provenance().name + ", frame " + std::to_string(i);
    Image frame = video::cropAndShrink(context.dataset().image(context.ids()[i]), crop, resize, where);
    if (frame.width % 2 != 0 || frame.height % 2 != 0) {
      if (frame.width < 2 || frame.height < 2) {
        throw InputError(where, "is too small for a film", "choose pictures of at least 2 x 2 pixels");
      }
      frame = video::cropAndShrink(frame, {frame.width & ~1, frame.height & ~1}, {}, where);
    }
    video::append(clip, frame, where);
  }
  return clip;
}

double rateOf(const Dataset &dataset) {
  const Column *time = dataset.column("time");
  const bool rises = time != nullptr && time->numbers.size() > 1 && time->numbers.back() > time->numbers.front();
  return rises ? std::clamp(static_cast<double>(time->numbers.size() - 1) / (time->numbers.back() - time->numbers.front()), 1.0, 1000.0) : 25;
}

/// A film on disk for as long as it is needed, or for good.
class FilmOnDisk {
 public:
  FilmOnDisk(const RunContext &context, const std::string &name, bool keep) : m_keep(keep && !context.outputDir().empty()) {
    static std::atomic<int> count{0};
    const std::string own = "vitrine-" + std::to_string(::getpid()) + "-" + std::to_string(count++) + ".mkv";
    if (m_keep) {
      fs::create_directories(context.outputDir());
    }
    m_path = m_keep ? context.outputDir() / (name + ".mkv") : fs::temp_directory_path() / own;
  }
  ~FilmOnDisk() {
    std::error_code ignored;
    if (!m_keep) {
      fs::remove(m_path, ignored);
    }
  }
  FilmOnDisk(const FilmOnDisk &) = delete;
  FilmOnDisk &operator=(const FilmOnDisk &) = delete;
  const fs::path &path() const { return m_path; }

 private:
  bool m_keep;
  fs::path m_path;
};

Column numbers(const char *name, const std::vector<Point> &points, const auto &value) {
  Column column;
  column.name = name;
  for (const Point &point : points) {
    column.numbers.push_back(static_cast<double>(value(point)));
  }
  return column;
}

}  // namespace

}  // namespace codec_bench

using namespace codec_bench;

std::string CodecPoint::name() const {
  return std::isnan(quality) ? codec : codec + " " + Column{"", Column::Kind::Number, {quality}, {}, {}, {}}.text(0);
}

CodecBench::CodecBench(const CodecBenchOptions &options, RunContext &context)
    : m_p(options), m_context(context), m_clip(readClip(options, context)), m_rate(rateOf(context.dataset())) {}

std::size_t CodecBench::film(const data::FilmCodec &codec, double quality, bool searched) {
  Point point;
  point.codec = codec.id;
  point.quality = codec.lossless ? NAN : quality;
  point.searched = searched;
  point.lossless = codec.lossless;
  const FilmOnDisk film(m_context, codec.lossless ? codec.id : codec.id + "-" + point.name().substr(codec.id.size() + 1), m_p.keepFilms && !searched);
  encode(film.path(), point);
  decode(film.path(), point);
  const auto decoded = data::openFilm(film.path());
  judge(*decoded, point);
  return add(std::move(point));
}

void CodecBench::other() {
  if (m_p.other.empty()) {
    return;
  }
  const auto frames = data::open(m_p.other);
  Point point;
  point.codec = frames->provenance().name;
  point.quality = NAN;
  std::error_code error;
  const auto size = fs::is_regular_file(m_p.other) ? fs::file_size(m_p.other, error) : 0;
  point.bytes = static_cast<double>(m_p.otherBytes > 0 ? static_cast<std::uintmax_t>(m_p.otherBytes) : size);
  if (point.bytes == 0) {
    throw InputError("other_bytes", "the size of the code that " + m_p.other + " came from is not known", "give it in bytes");
  }
  judge(*frames, point);
  add(std::move(point));
}

std::size_t CodecBench::add(Point point) {
  point.bpp = 8 * point.bytes / (static_cast<double>(m_clip.count()) * m_clip.width * m_clip.height);
  m_points.push_back(std::move(point));
  emit();
  return m_points.size() - 1;
}
void CodecBench::step(std::size_t frame, const Point &point, const char *what) const {
  m_context.step(static_cast<std::int64_t>(frame), static_cast<std::int64_t>(m_clip.count()), point.name() + ": " + what);
}

void CodecBench::encode(const fs::path &file, Point &point) const {
  data::FilmOptions options;
  options.codec = point.codec;
  options.quality = std::isnan(point.quality) ? 0 : point.quality;
  options.preset = m_p.preset;
  options.group = m_p.group;
  options.threads = m_context.threads();
  const double start = cpuSeconds();
  data::FilmWriter writer(file, m_clip.width, m_clip.height, m_rate, options);
  for (std::size_t i = 0; i < m_clip.count(); ++i) {
    step(i, point, "encoding");
    writer.add(m_clip.image(i));
  }
  while (writer.drain()) {
    step(m_clip.count(), point, "encoding");
  }
  point.bytes = static_cast<double>(writer.streamBytes());
  writer.finish();
  point.encodeCpu = cpuSeconds() - start;
}

/// A pass of its own, so that nothing else is in its time: opening, decoding, conversion to RGB.
void CodecBench::decode(const fs::path &file, Point &point) const {
  const double cpu = cpuSeconds();
  const auto wall = std::chrono::steady_clock::now();
  const auto film = data::openFilm(file);
  if (film->count() != m_clip.count()) {
    throw std::runtime_error(point.name() + ": " + std::to_string(film->count()) + " of " + std::to_string(m_clip.count()) + " frames came back");
  }
  for (std::size_t i = 0; i < film->count(); ++i) {
    step(i, point, "decoding");
    film->image(film->ids()[i]);
  }
  point.decodeCpu = cpuSeconds() - cpu;
  point.decodeFps = static_cast<double>(film->count()) / std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count();
}

void CodecBench::judge(const Dataset &decoded, Point &point) const {
  if (decoded.count() != m_clip.count()) {
    throw InputError(point.name(), counts(decoded.count()) + " for a clip of " + counts(m_clip.count()), "give `frames` or another film");
  }
  point.exact = true;
  for (std::size_t i = 0; i < m_clip.count(); ++i) {
    step(i, point, "comparing");
    const Image was = m_clip.image(i);
    const Image is = video::cropAndShrink(decoded.image(decoded.ids()[i]), {}, {}, point.name());
    if (is.width != was.width || is.height != was.height) {
      throw InputError(point.name(), "its frames are of another size than the clip's, " + std::to_string(was.height) + "x" + std::to_string(was.width),
                       "give the same crop and resize");
    }
    point.exact = point.exact && is.pixels == was.pixels;
    const auto a = video::planesOf(was), b = video::planesOf(is);
    const video::PlanesView x{a, was.width, was.height, 3}, y{b, is.width, is.height, 3};
    FrameQuality quality;
    quality.psnr = video::psnr(x, y);
    quality.ssim = std::min(was.width, was.height) >= 11 ? video::ssim(x, y, m_context.threads()) : NAN;
    quality.msssim = video::msSsim(x, y, m_context.threads()).value_or(NAN);
    point.frames.push_back(quality);
  }
  point.mean = {};
  point.mean.ssim = point.mean.msssim = 0;
  for (const FrameQuality &quality : point.frames) {
    const double n = static_cast<double>(point.frames.size());
    point.mean.psnr += quality.psnr / n;
    point.mean.ssim += quality.ssim / n;
    point.mean.msssim += quality.msssim / n;
  }
}
std::vector<const Point *> CodecBench::byBits(const std::string &codec) const {
  std::vector<const Point *> sorted;
  for (const Point &point : m_points) {
    if (point.codec == codec) {
      sorted.push_back(&point);
    }
  }
  std::ranges::sort(sorted, {}, &Point::bytes);
  return sorted;
}

Curve CodecBench::curve() const {
  Curve curve{"bits per pixel", "PSNR (dB)", {}};
  for (const Point &point : m_points) {
    const bool drawn = std::ranges::find(curve.series, point.codec, &Curve::Series::name) != curve.series.end();
    if (!drawn && !point.lossless) {  // lossless stands at the 90 dB of no error, many bits away
      Curve::Series series{point.codec, {}, {}};
      for (const Point *each : byBits(point.codec)) {
        series.x.push_back(each->bpp);
        series.y.push_back(each->mean.psnr);
      }
      curve.series.push_back(std::move(series));
    }
  }
  return curve;
}

Table CodecBench::table() const {
  Column names, roles;
  names.name = "codec";
  roles.name = "role";
  names.kind = roles.kind = Column::Kind::Text;
  for (const Point &point : m_points) {
    names.texts.push_back(point.codec);
    roles.texts.push_back(point.searched ? "searched" : point.lossless ? "lossless" : "asked");
  }
  const auto &all = m_points;
  return {
      nullptr,
      {names, roles, numbers("crf", all, [](const Point &x) { return x.quality; }), numbers("bytes", all, [](const Point &x) { return x.bytes; }),
       numbers("bpp", all, [](const Point &x) { return x.bpp; }), numbers("psnr", all, [](const Point &x) { return x.mean.psnr; }),
       numbers("ssim", all, [](const Point &x) { return x.mean.ssim; }), numbers("msssim", all, [](const Point &x) { return x.mean.msssim; }),
       numbers("encode_cpu_seconds", all, [](const Point &x) { return x.encodeCpu; }),
       numbers("decode_cpu_seconds", all, [](const Point &x) { return x.decodeCpu; }), numbers("decode_fps", all, [](const Point &x) { return x.decodeFps; })}};
}

Table CodecBench::frameTable() const {
  Table quality{nullptr, {}};
  Column frame;
  frame.name = "frame";
  for (std::size_t i = 0; i < m_clip.count(); ++i) {
    frame.numbers.push_back(static_cast<double>(i));
  }
  quality.columns.push_back(frame);
  for (const Point &point : m_points) {
    if (!point.searched && !point.lossless) {
      Column psnr, msssim;
      psnr.name = point.name() + " psnr";
      msssim.name = point.name() + " msssim";
      for (const FrameQuality &each : point.frames) {
        psnr.numbers.push_back(each.psnr);
        msssim.numbers.push_back(each.msssim);
      }
      quality.columns.push_back(std::move(psnr));
      quality.columns.push_back(std::move(msssim));
    }
  }
  return quality;
}

void CodecBench::emit() const {
  Curve line = curve();
  if (line.series.empty() && m_points.size() < 2) {
    return;  // what comes first is shown first: that is the curve, not the lossless film's line of a table
  }
  if (!line.series.empty()) {
    m_context.emit("rate-distortion", std::move(line));
  }
  m_context.emit("points", table());
  m_context.emit("quality", frameTable());
}

}  // namespace vitrine::study
