// Films as data: every frame by itself is what reading from the beginning gives; lossless ones come back to the byte; refusals help.
#include <cmath>

#include "core/seed.h"
#include "data/data.h"
#include "data/picture.h"
#include "files.h"
#include "testing.h"

using namespace vitrine;
using namespace vitrine::testing;

namespace {

/// Noise in the corner and a bar that moves: no two frames are alike.
Image frameOf(int width, int height, int number) {
  Image image{width, height, 3, {}};
  Rng rng(static_cast<std::uint64_t>(number));
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool noisy = x < width / 3 && y < height / 3, bar = (x + 3 * number) % width < 8;
      for (int c = 0; c < 3; ++c) {
        image.pixels.push_back(static_cast<std::uint8_t>(noisy ? rng.below(256) : bar ? 250 - 60 * c : (x + y + 40 * c) % 200));
      }
    }
  }
  return image;
}

fs::path film(const Folder &folder, const std::string &name, const data::FilmOptions &options, int frames = 50, int width = 96, int height = 80) {
  const fs::path file = folder.path() / name;
  data::FilmWriter writer(file, width, height, 25, options);
  for (int i = 0; i < frames; ++i) {
    writer.add(frameOf(width, height, i));
  }
  writer.finish();
  return file;
}

}  // namespace

class TstFilmReader : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void anyFrameIsItself_data() {
    QTest::addColumn<QString>("codec");
    QTest::addColumn<QString>("file");
    for (const data::FilmCodec &codec : data::filmCodecs()) {
      if (!codec.encoder.empty()) {
        QTest::newRow(codec.id.c_str()) << QString::fromStdString(codec.id) << (codec.lossless ? "a.mkv" : "a.mp4");
        QTest::newRow((codec.id + " in mkv").c_str()) << QString::fromStdString(codec.id) << "a.mkv";
      }
    }
  }
  void anyFrameIsItself() {
    QFETCH(QString, codec);
    QFETCH(QString, file);
    const Folder folder;
    data::FilmOptions options;
    options.codec = codec.toStdString();
    options.quality = 20;
    options.group = 12;
    const fs::path path = film(folder, file.toStdString(), options);
    const auto inOrder = data::open(path.string()), atRandom = data::open(path.string());
    QCOMPARE(inOrder->count(), std::size_t{50});
    std::vector<Image> all;
    for (const SampleId id : inOrder->ids()) {
      all.push_back(inOrder->image(id));
      const double time = inOrder->column("time")->numbers[static_cast<std::size_t>(id)];
      QVERIFY2(std::abs(time - static_cast<double>(id) / 25) < 2e-3, qPrintable(QString::number(time)));
    }
    QVERIFY(all[0].pixels != all[1].pixels);
    Rng rng(4);
    for (int i = 0; i < 60; ++i) {
      const auto id = rng.below(50);
      QVERIFY2(atRandom->image(static_cast<SampleId>(id)).pixels == all[id].pixels, qPrintable(QString("frame %1").arg(id)));
    }
  }

  void losslessComesBackToTheByte() {
    const Folder folder;
    data::FilmOptions options;
    options.codec = "ffv1";
    const auto set = data::open(film(folder, "a.mkv", options, 9, 65, 49).string());
    for (int i = 0; i < 9; ++i) {
      QVERIFY(set->image(i).pixels == frameOf(65, 49, i).pixels);
    }
    QCOMPARE(set->featureCount(), std::size_t{65 * 49 * 3});
    std::vector<float> values(set->featureCount());
    set->values(3, values);
    QCOMPARE(values[7], static_cast<float>(frameOf(65, 49, 3).pixels[7]) / 255.0F);
    QVERIFY(!data::inspect(folder.path() / "a.mkv")["lossy"].get<bool>());
  }

  void tellsWhatItIs() {
    const Folder folder;
    const Json about = data::inspect(film(folder, "a.mp4", {}));
    QVERIFY(about["kind"] == "film");
    QVERIFY(about["codec"] == "h264");
    QVERIFY(about["count"] == 50);
    QVERIFY(about["width"] == 96);
    QVERIFY(std::abs(about["frames_per_second"].get<double>() - 25) < 1e-6 && std::abs(about["seconds"].get<double>() - 2) < 1e-6);
    QVERIFY(about["lossy"].get<bool>());
  }

  void streamBytesAreThePackets() {
    const Folder folder;
    data::FilmOptions options;
    data::FilmWriter writer(folder.path() / "a.mkv", 96, 80, 25, options);
    for (int i = 0; i < 20; ++i) {
      writer.add(frameOf(96, 80, i));
    }
    writer.finish();
    const auto inFile = data::inspect(folder.path() / "a.mkv")["stream_bytes"].get<std::uint64_t>();
    QVERIFY(writer.streamBytes() > inFile && writer.streamBytes() < inFile + 2000);  // beside the packets: what the decoder is set up with
    QVERIFY(writer.streamBytes() < fs::file_size(folder.path() / "a.mkv"));
  }

  void refusesWithAReason() {
    const Folder folder;
    const fs::path whole = film(folder, "whole.mp4", {});
    const auto read = readFile(whole);
    const std::string bytes(read.begin(), read.end());
    QVERIFY(refusal([&] { data::open(folder.put("cut.mp4", bytes.substr(0, 400)).string()); }).contains("cut.mp4: "));
    data::FilmOptions options;
    options.codec = "ffv1";
    QVERIFY(refusal([&] { data::FilmWriter(folder.path() / "b.mp4", 32, 32, 25, options); }).contains("call the file .mkv"));
    options.codec = "h266";
    QVERIFY(refusal([&] { data::FilmWriter(folder.path() / "b.mkv", 32, 32, 25, options); }).contains("no film codec is called h266"));
    options.codec = "h264";
    options.quality = 60;
    QVERIFY(refusal([&] { data::FilmWriter(folder.path() / "b.mkv", 32, 32, 25, options); }).contains("goes from 0 to 51"));
  }

  void aFilmCutOffEndsEarlierAndSaysSo() {
    const Folder folder;
    data::FilmOptions options;
    options.group = 10;
    const auto read = readFile(film(folder, "whole.mp4", options));
    const std::string bytes(read.begin(), read.end());
    const auto set = data::open(folder.put("cut.mp4", bytes.substr(0, bytes.size() * 2 / 3)).string());
    QVERIFY(set->count() > 5 && set->count() < 50);
    QVERIFY(set->provenance().note.find("cut off") != std::string::npos);
    const auto whole = data::open((folder.path() / "whole.mp4").string());
    for (const SampleId id : set->ids()) {
      QVERIFY2(set->image(id).pixels == whole->image(id).pixels, qPrintable(QString::number(id)));
    }
  }
};
VITRINE_TEST(TstFilmReader)

#include "tst_film_reader.moc"
