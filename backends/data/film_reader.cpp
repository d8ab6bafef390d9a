// Films as data: one picture a frame, decoded when asked for.
#include <algorithm>

#include "data/bytes.h"
#include "data/readers.h"
#include "data/samples.h"

#ifdef VITRINE_HAVE_FFMPEG

extern "C" {
#include <libavutil/pixdesc.h>
}

#include "core/sha256.h"
#include "data/film_file.h"

namespace vitrine::data {

namespace fs = std::filesystem;

namespace {

std::string formatName(int format) {
  const char *name = av_get_pix_fmt_name(static_cast<AVPixelFormat>(format));
  return name != nullptr ? name : "unknown";
}

std::string fixed(double value, const char *format) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

bool mayLose(AVCodecID codec) {
  const AVCodecDescriptor *about = avcodec_descriptor_get(codec);
  return about == nullptr || (about->props & AV_CODEC_PROP_LOSSY) != 0;
}

double bitsPerPixel(const FilmFile &film) {
  return 8.0 * static_cast<double>(film.streamBytes()) /
         (static_cast<double>(film.frames().size()) * static_cast<double>(film.width()) * static_cast<double>(film.height()));
}

/// Seconds since the first frame, and which frames begin a group.
std::vector<Column> columnsOf(const FilmFile &film) {
  Column time, key;
  time.name = "time";
  key.name = "frame";
  key.kind = Column::Kind::Category;
  key.categories = {"key", "between"};
  for (std::size_t i = 0; i < film.frames().size(); ++i) {
    time.numbers.push_back(film.seconds(i));
    key.codes.push_back(film.frames()[i].key ? 0 : 1);
  }
  return {std::move(time), std::move(key)};
}

About aboutFilm(const fs::path &file, const FilmFile &film) {
  About about;
  about.columns = columnsOf(film);
  about.provenance.name = utf8(file.stem().string());
  about.provenance.source = utf8(file.string());
  about.provenance.sha256 = sha256OfFiles({file});
  const AVCodecParameters &video = film.stream().parameters();
  about.provenance.note = std::string(avcodec_get_name(video.codec_id)) + ", " + formatName(video.format) + ", " + fixed(film.framesPerSecond(), "%.3g") +
                          " frames a second, " + fixed(bitsPerPixel(film), "%.4f") + " bits a pixel" + (film.note().empty() ? "" : "; " + film.note());
  return about;
}

class FilmSet : public RowSet {
 public:
  FilmSet(std::unique_ptr<const FilmFile> film, About about) : RowSet(film->frames().size(), std::move(about)), m_film(std::move(film)) {}

  bool hasImages() const override { return true; }
  Image image(SampleId id) const override { return m_film->picture(rowOf(id)); }
  std::size_t featureCount() const override {
    return static_cast<std::size_t>(m_film->width()) * static_cast<std::size_t>(m_film->height()) * (m_film->channels() == 1 ? 1 : 3);
  }
  /// Grey or RGB; transparent parts stand on white, as in a folder of pictures.
  void values(SampleId id, std::span<float> out) const override {
    const Image image = m_film->picture(rowOf(id));
    const std::size_t from = static_cast<std::size_t>(image.channels), to = from == 1 ? 1 : 3;
    for (std::size_t i = 0; i < image.pixels.size() / from; ++i) {
      const std::uint8_t *pixel = image.pixels.data() + i * from;
      const float alpha = from == 4 ? static_cast<float>(pixel[3]) / 255.0F : 1.0F;
      for (std::size_t c = 0; c < to; ++c) {
        out[i * to + c] = 1.0F - alpha + alpha * static_cast<float>(pixel[c]) / 255.0F;
      }
    }
  }

 private:
  std::unique_ptr<const FilmFile> m_film;
};

}  // namespace

bool looksLikeFilm(std::span<const std::uint8_t> head) {
  std::vector<std::uint8_t> padded(head.begin(), head.end());
  padded.resize(head.size() + AVPROBE_PADDING_SIZE);
  AVProbeData probe{"", padded.data(), static_cast<int>(head.size()), nullptr};
  int score = AVPROBE_SCORE_RETRY;  // to be beaten: what scores no more is a guess
  return av_probe_input_format2(&probe, 1, &score) != nullptr;
}

std::shared_ptr<const Dataset> openFilm(const fs::path &file) {
  auto film = std::make_unique<const FilmFile>(file);
  About about = aboutFilm(file, *film);
  return std::make_shared<FilmSet>(std::move(film), std::move(about));
}

Json inspectFilm(const fs::path &file) {
  const FilmFile film(file);
  const AVCodecParameters &video = film.stream().parameters();
  Json json = {{"kind", "film"},
               {"container", film.stream().container()},
               {"codec", avcodec_get_name(video.codec_id)},
               {"pixel_format", formatName(video.format)},
               {"width", film.width()},
               {"height", film.height()},
               {"count", film.frames().size()},
               {"key_frames", std::ranges::count(film.frames(), true, &FilmFrame::key)},
               {"frames_per_second", film.framesPerSecond()},
               {"seconds", film.duration()},
               {"stream_bytes", film.streamBytes()},
               {"bits_per_second", film.duration() > 0 ? 8.0 * static_cast<double>(film.streamBytes()) / film.duration() : 0.0},
               {"bits_per_pixel", bitsPerPixel(film)},
               {"lossy", mayLose(video.codec_id)}};
  if (!film.note().empty()) {
    json["note"] = film.note();
  }
  return json;
}

}  // namespace vitrine::data

#else

namespace vitrine::data {

bool looksLikeFilm(std::span<const std::uint8_t> head) {
  const std::string_view text = textOf(head);
  const std::string_view box = text.size() >= 8 ? text.substr(4, 4) : "";
  return box == "ftyp" || box == "moov" || text.starts_with("\x1A\x45\xDF\xA3") ||
         (text.starts_with("RIFF") && text.size() >= 12 && text.substr(8, 3) == "AVI");
}

std::shared_ptr<const Dataset> openFilm(const std::filesystem::path &file) {
  throw InputError(file.string(), "is a film, and this build of Vitrine has no FFmpeg", "save its frames as a folder of pictures");
}

Json inspectFilm(const std::filesystem::path &file) {
  throw InputError(file.string(), "is a film, and this build of Vitrine has no FFmpeg", "look at it with a full build");
}

}  // namespace vitrine::data

#endif
