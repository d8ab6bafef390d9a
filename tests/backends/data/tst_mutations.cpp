// Thousands of damaged files of every kind: each must open or be refused with one line, in little memory, and quietly.
#include <sys/resource.h>
#include <unistd.h>

#include "core/seed.h"
#include "data/data.h"
#include "data/picture.h"
#include "pictures.h"
#include "testing.h"

using namespace vitrine;
using namespace vitrine::testing;

namespace {

std::string mutated(const std::string &from, Rng &rng) {
  std::string bytes = from;
  const int steps = 1 + static_cast<int>(rng.below(3));
  for (int i = 0; i < steps && !bytes.empty(); ++i) {
    const std::size_t near = rng.below(2) == 0 ? std::min<std::size_t>(bytes.size(), 160) : bytes.size();  // headers are where it hurts
    const std::size_t at = rng.below(near), length = 1 + rng.below(std::min<std::size_t>(bytes.size() - at, 40));
    switch (rng.below(7)) {
      case 0: bytes.resize(at); break;
      case 1: bytes[at] = static_cast<char>(bytes[at] ^ (1 << rng.below(8))); break;
      case 2: bytes[at] = static_cast<char>(rng.below(256)); break;
      case 3: bytes.insert(at, length, static_cast<char>(rng.below(256))); break;
      case 4: bytes.insert(at, bytes.substr(at, length)); break;
      case 5: bytes.erase(at, length); break;
      default: bytes.replace(at, length, from.substr(rng.below(from.size()), length)); break;
    }
  }
  return bytes;
}

struct Tally {
  int opened = 0, refused = 0;
};

/// Opens and reads a few samples; anything but success or an InputError of one line goes through and fails the test.
void tryOpen(const fs::path &path, Tally &tally) {
  try {
    const auto set = data::open(path.string());
    const std::vector<SampleId> ids = {set->ids().front(), set->ids()[set->count() / 2], set->ids().back()};
    for (const auto &column : set->columns()) {
      if (column.size() != set->count()) {
        throw std::logic_error("column " + column.name + " is not as long as the data set");
      }
    }
    ++tally.opened;
    for (const SampleId id : ids) {
      std::vector<float> values(set->featureCount());
      if (!values.empty()) {
        set->values(id, values);
      }
      if (set->hasImages()) {
        const Image image = set->image(id);
        if (image.pixels.size() != static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * static_cast<std::size_t>(image.channels)) {
          throw std::logic_error("a picture of another size than it says");
        }
      }
    }
  } catch (const InputError &error) {
    if (std::string(error.what()).find('\n') != std::string::npos) {
      throw std::logic_error("a message of several lines");
    }
    ++tally.refused;
  }
}

long peakMib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

/// What is written to standard error while it lives.
class ErrorStream {
 public:
  ErrorStream() : m_file(std::tmpfile()), m_before(::dup(2)) { ::dup2(::fileno(m_file), 2); }
  ~ErrorStream() {
    restore();
    std::fclose(m_file);
  }
  QByteArray restore() {
    if (m_before >= 0) {
      ::dup2(m_before, 2);
      ::close(m_before);
      m_before = -1;
    }
    std::rewind(m_file);
    char text[400] = {};
    return QByteArray(text, static_cast<qsizetype>(std::fread(text, 1, sizeof text, m_file)));
  }

 private:
  std::FILE *m_file;
  int m_before;
};

std::string tableText() {
  std::string text = "id,label,\"a\",b\n";
  for (int i = 0; i < 30; ++i) {
    text += std::to_string(i) + (i % 3 == 0 ? ",\"x \"\"y\"\"\"," : ",z,") + std::to_string(i * 0.37) + ",-" + std::to_string(i) + "e-1\n";
  }
  return text;
}

std::vector<float> noise(std::size_t n) {
  Rng rng(3);
  std::vector<float> values(n);
  for (auto &v : values) {
    v = static_cast<float>(rng.normal());
  }
  return values;
}

std::vector<std::uint16_t> halves() {
  std::vector<std::uint16_t> values;
  for (int i = 0; i < 60; ++i) {
    values.push_back(static_cast<std::uint16_t>(0x3C00 + 37 * i));  // from 1 upwards
  }
  return values;
}

std::string zipped(bool packed) {
  const Folder folder;
  const std::string x = npy("<f4", "(6, 5)", noise(30)), y = npy<std::int64_t>("<i8", "(6,)", {0, 1, 2, 0, 1, 2});
  writeZip(folder.path() / "a.npz", {{"x.npy", x}, {"y.npy", y}}, packed);
  const auto bytes = readFile(folder.path() / "a.npz");
  return {bytes.begin(), bytes.end()};
}

std::string film(const std::string &name, const std::string &codec) {
  const Folder folder;
  data::FilmOptions options;
  options.codec = codec;
  options.quality = 40;
  options.group = 4;
  data::FilmWriter writer(folder.path() / name, 32, 32, 25, options);
  for (int i = 0; i < 8; ++i) {
    Image image{32, 32, 3, std::vector<std::uint8_t>(32 * 32 * 3, static_cast<std::uint8_t>(20 * i))};
    writer.add(image);
  }
  writer.finish();
  const auto bytes = readFile(folder.path() / name);
  return {bytes.begin(), bytes.end()};
}

cv::Mat photograph() {
  cv::Mat mat(24, 30, CV_8UC3);
  cv::RNG random(7);
  random.fill(mat, cv::RNG::UNIFORM, 0, 255);
  return mat;
}

}  // namespace

class TstMutations : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void filesStandUp_data() {
    QTest::addColumn<QByteArray>("bytes");
    const auto row = [](const char *name, const std::string &bytes) { QTest::newRow(name) << QByteArray(bytes.data(), static_cast<qsizetype>(bytes.size())); };
    row("idx", idx({9, 4, 5}, counting(180)));
    row("idx.gz", gzip(idx({9, 4, 5}, counting(180))));
    row("csv", tableText());
    row("csv.gz", gzip(tableText()));
    row("npy", npy("<f4", "(6, 5)", noise(30)));
    row("npy of pictures", npy("<f4", "(3, 4, 5, 3)", noise(180)));
    row("npy of halves", npy("<f2", "(6, 10)", halves()));
    row("npz", zipped(false));
    row("npz, packed", zipped(true));
    row("film, mp4", film("a.mp4", "h264"));
    row("film, mkv", film("a.mkv", "ffv1"));
  }
  void filesStandUp() {
    QFETCH(QByteArray, bytes);
    const Folder folder;
    Rng rng(11);
    Tally tally;
    ErrorStream errors;
    tryOpen(folder.put("sample", bytes.toStdString()), tally);
    QCOMPARE(tally.opened, 1);
    for (int i = 0; i < 1000; ++i) {
      const std::string damaged = mutated(bytes.toStdString(), rng);
      try {
        tryOpen(folder.put("sample", damaged), tally);
      } catch (const std::exception &error) {
        errors.restore();
        QFAIL(qPrintable(QString("mutation %1: %2").arg(i).arg(error.what())));
      }
    }
    QCOMPARE(errors.restore(), QByteArray());
    QVERIFY2(tally.refused > 100, qPrintable(QString::number(tally.refused)));
    QVERIFY2(peakMib() < 1000, qPrintable(QString::number(peakMib())));
  }

  void picturesStandUp_data() {
    QTest::addColumn<QByteArray>("bytes");
    const auto row = [](const char *name, const std::string &bytes) { QTest::newRow(name) << QByteArray(bytes.data(), static_cast<qsizetype>(bytes.size())); };
    const cv::Mat mat = photograph();
    row("png", encoded(".png", mat));
    row("png with exif", pngWithExif(mat, 6));
    row("jpeg with exif", jpegWithExif(mat, 6, false));
    row("progressive jpeg", encoded(".jpg", mat, {cv::IMWRITE_JPEG_PROGRESSIVE, 1}));
    row("jpeg of inks", cmykJpeg(24, {10, 20, 30, 40}, true));
    row("webp", encoded(".webp", mat));
    row("tiff", encoded(".tiff", mat));
    row("bmp", encoded(".bmp", mat));
    row("ppm", encoded(".ppm", mat));
    row("ras", encoded(".ras", mat));
  }
  void picturesStandUp() {
    QFETCH(QByteArray, bytes);
    const Folder folder;
    folder.put("a/whole.png", encoded(".png", photograph()));
    Rng rng(13);
    Tally tally;
    ErrorStream errors;
    for (int i = 0; i < 400; ++i) {
      folder.put("a/sample", mutated(bytes.toStdString(), rng));
      try {
        tryOpen(folder.path(), tally);
      } catch (const std::exception &error) {
        errors.restore();
        QFAIL(qPrintable(QString("mutation %1: %2").arg(i).arg(error.what())));
      }
    }
    QCOMPARE(errors.restore(), QByteArray());
    QVERIFY2(tally.opened > 100, qPrintable(QString::number(tally.opened)));
    QVERIFY2(peakMib() < 1000, qPrintable(QString::number(peakMib())));
  }
};
VITRINE_TEST(TstMutations)

#include "tst_mutations.moc"
