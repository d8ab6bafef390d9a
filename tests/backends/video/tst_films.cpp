// What belongs to a film: the path of its codes against the codes themselves, and where the bytes of its file went.
#include <filesystem>
#include <numeric>

#include "made_film.h"
#include "models.h"
#include "testing.h"
#include "video/film.h"

using namespace vitrine;
using namespace vitrine::testing;

class TstFilms : public QObject {
  Q_OBJECT

  const std::filesystem::path m_file = std::filesystem::temp_directory_path() / "vitrine-tst-films.vnv";

 private Q_SLOTS:
  void cleanupTestCase() { std::filesystem::remove(m_file); }

  /// A step on the map times the axes is the step of the code: here exactly, for the codes lie in a plane.
  void pathIsThePlaneOfTheCodes() {
    const video::FittedVideo film = madeFilm(9);
    const auto path = video::codePath(film, nullptr);
    QVERIFY(path && path->metadata["path"] == Json(true));
    QVERIFY(path->metadata["explained"].get<double>() > 0.999999);
    const Matrix &places = path->as<Projection>()->positions;
    const std::size_t dims = film.codes.values.size() / 9;
    const auto axes = path->metadata["axes"].get<std::vector<std::vector<float>>>();
    QVERIFY(axes.size() == 2 && axes[0].size() == dims);
    for (std::size_t d = 0; d < dims; ++d) {
      const float step = (places.row(5)[0] - places.row(2)[0]) * axes[0][d] + (places.row(5)[1] - places.row(2)[1]) * axes[1][d];
      QVERIFY(std::abs(step - (film.codes.values[5 * dims + d] - film.codes.values[2 * dims + d])) < 1e-4F);
    }
    QVERIFY(!video::codePath(madeFilm(2), nullptr));
  }

  void bytesOfTheLayersAreThoseOfTheFile() {
    const video::VnvModel model = madeModel();
    const Artifact layers = video::layerTable(model);
    const auto &columns = layers.as<Table>()->columns;
    QCOMPARE(columns[0].texts.front(), std::string("codes"));
    QCOMPARE(columns[0].texts[1], std::string("stem.weight"));
    const double values = std::accumulate(columns[2].numbers.begin(), columns[2].numbers.end(), 0.0);
    QCOMPARE(values, static_cast<double>(video::decoderParameters(madeFilm().network) + video::codeParameters(madeFilm().network)));
    video::VnvBytes spent;
    const auto bytes = video::writeVnv(model, &spent);
    const double sum = std::accumulate(columns[3].numbers.begin(), columns[3].numbers.end(), static_cast<double>(spent.head));
    QVERIFY2(std::abs(sum - static_cast<double>(bytes.size())) < 8, qPrintable(QString::number(sum)));
  }

  void fileOpensWithWhatBelongsToIt() {
    video::VnvModel model = madeModel();
    model.header["resize"] = "16x32";
    video::writeVnvFile(m_file, model);
    const auto parts = video::openFilm(m_file);
    QCOMPARE(parts.size(), 3U);
    const auto *film = parts[0].as<Video>();
    QVERIFY(film != nullptr && film->ids->size() == 8 && film->latents != nullptr && film->frames->rate() == 10);
    QVERIFY(parts[0].metadata["resize"] == Json("16x32") && parts[0].metadata["crop"] == Json(""));
    QCOMPARE(parts[1].name, std::string("path"));
    QVERIFY(parts[1].as<Projection>()->ids == film->ids);
    model.header.erase("resize");
    video::writeVnvFile(m_file, model);
    QVERIFY(video::openFilm(m_file)[0].metadata["resize"] == Json("16x32"));  // whole frames
    model.header.erase("network");
    video::writeVnvFile(m_file, model);
    const std::string refusal = refusalOf([&] { (void)video::openFilm(m_file); });
    QVERIFY2(refusal.find("does not say which network") != std::string::npos, refusal.c_str());
  }

  void editsDoWhatTheySayAndTheFileFollows() {
    const video::VnvModel model = madeModel();
    const Video film = video::videoOf(model, "film");
    QVERIFY(film.editor != nullptr);
    const auto whole = video::writeVnv(model);
    QVERIFY(video::writeVnv(video::editedModel(model, {})) == whole && film.editor->bytes({}) == whole.size());
    QVERIFY(film.editor->edited({.weightBits = 8}).frames->frame(3).pixels == film.frames->frame(3).pixels);  // those it has
    const video::VnvModel pruned = video::editedModel(model, {.prune = 0.5});
    std::size_t zeros = 0, all = 0;
    for (const auto &tensor : pruned.tensors) {
      if (tensor.name != "codes" && tensor.data.shape.size() > 1) {
        zeros += static_cast<std::size_t>(std::ranges::count(tensor.data.symbols, 0));
        all += tensor.data.count();
      }
    }
    QVERIFY(2 * zeros >= all && 2 * zeros < all + all / 5);
    QVERIFY(pruned.tensors[0].data.symbols == model.tensors[0].data.symbols);
    video::VnvModel old = model;  // as files were before the header said how many bits: all weights have as many
    old.header.erase("weight_bits");
    for (video::VnvTensor &tensor : old.tensors) {
      tensor.data = video::quantise(video::dequantise(tensor.data), tensor.data.shape, {.bits = 6}, tensor.name);
    }
    QVERIFY(video::editedModel(old, {.weightBits = 6}).tensors[1].data.symbols == old.tensors[1].data.symbols);
    QVERIFY(video::editedModel(old, {.weightBits = 5}).tensors[1].data.symbols != old.tensors[1].data.symbols);
    std::size_t before = whole.size();
    for (const int bits : {6, 4, 2}) {
      const Video coarse = film.editor->edited({.weightBits = bits});
      QCOMPARE(film.editor->bytes({.weightBits = bits}), coarse.frames->file().size());
      QVERIFY(film.editor->bytes({.weightBits = bits}) < before);
      before = film.editor->bytes({.weightBits = bits});
      const auto again = video::videoOf(video::readVnv(coarse.frames->file(), "again"), "again");
      QVERIFY(again.frames->frame(2).pixels == coarse.frames->frame(2).pixels);  // what is shown is what the file gives
    }
  }

  void noiseIsInDeviationsAndAlwaysTheSame() {
    const Video film = video::videoOf(madeModel(), "film");
    const Video noisy = film.editor->edited({.codeNoise = 0.5}), again = film.editor->edited({.codeNoise = 0.5, .weightNoise = 0.1});
    double sum = 0, squares = 0, change = 0, count = 0;
    for (std::size_t f = 0; f < 8; ++f) {
      const auto a = film.latents->latent(f), b = noisy.latents->latent(f);
      for (std::size_t k = 0; k < a.size(); ++k, ++count) {
        sum += static_cast<double>(a[k]);
        squares += static_cast<double>(a[k] * a[k]);
        change += static_cast<double>((a[k] - b[k]) * (a[k] - b[k]));
      }
      QVERIFY(b == again.latents->latent(f));
    }
    const double deviation = std::sqrt(squares / count - sum * sum / count / count);
    QVERIFY2(std::abs(std::sqrt(change / count) / deviation - 0.5) < 0.1, qPrintable(QString::number(std::sqrt(change / count) / deviation)));
    QVERIFY(noisy.frames->frame(0).pixels != film.frames->frame(0).pixels);
    QVERIFY(again.frames->frame(0).pixels != noisy.frames->frame(0).pixels);
    QCOMPARE(film.editor->bytes({.codeNoise = 0.5}), film.editor->bytes({}));
  }
};
VITRINE_TEST(TstFilms)

#include "tst_films.moc"
