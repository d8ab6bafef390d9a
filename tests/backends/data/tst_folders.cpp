// Folders of pictures of every kind: classes, ids, colours, rotation, and files that are damaged or none.
#include <chrono>
#include <opencv2/imgproc.hpp>

#include "data/data.h"
#include "data/picture.h"
#include "pictures.h"
#include "testing.h"

using namespace vitrine;
using namespace vitrine::testing;

namespace {

/// BGR: top row red, green; bottom row blue, white; each as a block of 8 x 8, so that JPEG keeps them.
cv::Mat fourColours() {
  cv::Mat mat(16, 16, CV_8UC3, cv::Scalar(255, 255, 255));
  mat(cv::Rect(0, 0, 8, 8)).setTo(cv::Scalar(0, 0, 255));
  mat(cv::Rect(8, 0, 8, 8)).setTo(cv::Scalar(0, 255, 0));
  mat(cv::Rect(0, 8, 8, 8)).setTo(cv::Scalar(255, 0, 0));
  return mat;
}

QString colourAt(const Image &image, int x, int y) {
  const std::uint8_t *p = image.pixels.data() + static_cast<std::size_t>((y * image.width + x) * image.channels);
  if (image.channels == 1) {
    return QString::number(p[0]);
  }
  const bool r = p[0] > 150, g = p[1] > 150, b = p[2] > 150;
  return r && g && b ? "white" : r ? "red" : g ? "green" : b ? "blue" : "black";
}

QString corners(const Image &image) {
  return colourAt(image, 3, 3) + " " + colourAt(image, image.width - 4, 3) + " " + colourAt(image, 3, image.height - 4) + " " +
         colourAt(image, image.width - 4, image.height - 4);
}

Image read(const std::string &bytes, const char *name = "picture") {
  const Folder folder;
  return data::readPicture(folder.put(name, bytes));
}

std::vector<std::uint8_t> pixel(const Image &image) {
  return {image.pixels.begin(), image.pixels.begin() + image.channels};
}

}  // namespace

class TstFolders : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void rotatesAsExifSays_data() {
    QTest::addColumn<int>("orientation");
    QTest::addColumn<QString>("seen");
    const char *seen[] = {"red green blue white", "green red white blue", "white blue green red", "blue white red green",
                          "red blue green white", "blue red white green", "white green blue red", "green white red blue"};
    for (int o = 1; o <= 8; ++o) {
      QTest::addRow("%d", o) << o << QString(seen[o - 1]);
    }
  }
  void rotatesAsExifSays() {
    QFETCH(int, orientation);
    QFETCH(QString, seen);
    QCOMPARE(corners(read(jpegWithExif(fourColours(), orientation, true))), seen);
    QCOMPARE(corners(read(jpegWithExif(fourColours(), orientation, false))), seen);
    QCOMPARE(corners(read(pngWithExif(fourColours(), orientation))), seen);
  }

  void headersTellTheTurnedSize() {
    const Folder folder;
    const cv::Mat wide(16, 40, CV_8UC3, cv::Scalar(10, 20, 30));
    folder.put("a.jpg", jpegWithExif(wide, 6, true));
    folder.put("b.png", pngWithExif(wide, 8));
    const auto set = data::openFolder(folder.path());
    for (const SampleId id : set->ids()) {
      const Image image = set->image(id);
      QCOMPARE(image.width, 16);
      QCOMPARE(image.height, 40);
      QCOMPARE(set->column("height")->numbers[static_cast<std::size_t>(id)], 40.0);
    }
    QCOMPARE(set->featureCount(), std::size_t{16 * 40 * 3});
  }

  void tiffOrientationIsApplied() {
    const Folder folder;
    folder.put("a.tiff", tinyTiff(1));
    folder.put("b.tiff", tinyTiff(2));
    const auto set = data::openFolder(folder.path());
    QCOMPARE(pixel(set->image(0)), (std::vector<std::uint8_t>{255, 0, 0}));
    QCOMPARE(pixel(set->image(1)), (std::vector<std::uint8_t>{0, 0, 255}));
    QCOMPARE(set->featureCount(), std::size_t{6});
  }

  void readsEveryPngKind() {
    const cv::Mat deep(2, 3, CV_16UC1, cv::Scalar(0x8080));
    QCOMPARE(pixel(read(encoded(".png", deep))), (std::vector<std::uint8_t>{0x80}));
    const cv::Mat deepColour(2, 3, CV_16UC3, cv::Scalar(0, 0x7FFF, 0xFFFF));
    QCOMPARE(pixel(read(encoded(".png", deepColour))), (std::vector<std::uint8_t>{255, 127, 0}));
    const cv::Mat alpha(2, 3, CV_8UC4, cv::Scalar(1, 2, 3, 4));
    QCOMPARE(pixel(read(encoded(".png", alpha))), (std::vector<std::uint8_t>{3, 2, 1, 4}));
    const cv::Mat bits(2, 3, CV_8UC1, cv::Scalar(255));
    QCOMPARE(pixel(read(encoded(".png", bits, {cv::IMWRITE_PNG_BILEVEL, 1}))), (std::vector<std::uint8_t>{255}));
  }

  void readsFourInks() {
    const std::array<int, 4> inks = {0, 255, 128, 64};  // light: 255, 0, 127, of which 191/255 pass the black
    for (const bool adobe : {true, false}) {
      const Image image = read(cmykJpeg(16, inks, adobe));
      QCOMPARE(image.channels, 3);
      const int want[] = {191, 0, 95};
      for (std::size_t c = 0; c < 3; ++c) {
        QVERIFY2(std::abs(image.pixels[c] - want[c]) <= 3, qPrintable(QString("channel %1 is %2").arg(c).arg(image.pixels[c])));
      }
    }
  }

  void readsTheOtherFormats() {
    for (const char *ending : {".jpg", ".webp", ".tiff", ".bmp", ".ppm", ".ras"}) {
      const Image image = read(encoded(ending, fourColours()));
      QVERIFY2(corners(image) == "red green blue white", ending);
    }
    const cv::Mat grey(4, 5, CV_8UC1, cv::Scalar(77));
    for (const char *ending : {".png", ".jpg", ".tiff", ".pgm"}) {
      const Image image = read(encoded(ending, grey));
      QVERIFY2(image.channels == 1 && image.width == 5 && image.height == 4 && std::abs(image.pixels[0] - 77) < 2, ending);
    }
    QCOMPARE(pixel(read(encoded(".tiff", cv::Mat(2, 2, CV_16UC1, cv::Scalar(0x4040))))), (std::vector<std::uint8_t>{0x40}));
    QCOMPARE(pixel(read(encoded(".tiff", cv::Mat(2, 2, CV_32FC1, cv::Scalar(0.2))))), (std::vector<std::uint8_t>{51}));
  }

  void classesAreTheFirstSubFolders() {
    const Folder folder;
    const std::string grey = encoded(".png", cv::Mat(2, 3, CV_8UC1, cv::Scalar(51)));
    folder.put("b/deep/er/2.png", grey);
    folder.put("b/1.PNG", grey);
    folder.put("a-c/3.png", grey);
    folder.put("a/0.png", grey);
    folder.put("loose.png", grey);
    folder.put("\xC3\xA4\xE7\x8C\xAB/\xF0\x9F\x90\xB1 x.png", grey);
    folder.put("a/notes.txt", "not a picture");
    folder.put("a/table.csv", "1,2\n");
    folder.put("a/.hidden.png", grey);
    const auto set = data::openFolder(folder.path());
    QCOMPARE(set->column("file")->texts,
             (std::vector<std::string>{"a-c/3.png", "a/0.png", "b/1.PNG", "b/deep/er/2.png", "loose.png", "\xC3\xA4\xE7\x8C\xAB/\xF0\x9F\x90\xB1 x.png"}));
    QCOMPARE(set->label()->categories, (std::vector<std::string>{"a-c", "a", "b", "\xC3\xA4\xE7\x8C\xAB"}));
    QCOMPARE(set->label()->codes, (std::vector<std::int32_t>{0, 1, 2, 2, -1, 3}));
    QCOMPARE(set->featureCount(), std::size_t{6});
    std::vector<float> values(6);
    set->values(5, values);
    QCOMPARE(values[0], 0.2F);
    QVERIFY(set->provenance().note.empty());
    QCOMPARE(set->provenance().name, folder.path().filename().string());
    const auto again = data::openFolder(folder.path());
    QCOMPARE(again->provenance().sha256, set->provenance().sha256);
    folder.put("zz.png", grey);
    QVERIFY(data::openFolder(folder.path())->provenance().sha256 != set->provenance().sha256);
  }

  void transparentPartsStandOnWhite() {
    const Folder folder;
    folder.put("a.png", encoded(".png", cv::Mat(1, 1, CV_8UC4, cv::Scalar(0, 0, 0, 0))));
    folder.put("b.png", encoded(".png", cv::Mat(1, 1, CV_8UC1, cv::Scalar(51))));
    const auto set = data::openFolder(folder.path());
    std::vector<float> values(3);
    set->values(0, values);
    QCOMPARE(values, (std::vector<float>{1, 1, 1}));
    set->values(1, values);
    QCOMPARE(values, (std::vector<float>{0.2F, 0.2F, 0.2F}));
  }

  void differentSizesHaveNoCommonVector() {
    const Folder folder;
    folder.put("a.png", encoded(".png", cv::Mat(1, 2, CV_8UC1, cv::Scalar(0))));
    folder.put("b.png", encoded(".png", cv::Mat(2, 1, CV_8UC1, cv::Scalar(0))));
    const auto set = data::openFolder(folder.path());
    QCOMPARE(set->featureCount(), std::size_t{0});
    QVERIFY(refusal([&] { gather(*set, set->ids()); }).contains("no common size"));
  }

  void damagedPicturesAreNamed() {
    const Folder folder;
    const std::string jpeg = encoded(".jpg", fourColours()), png = encoded(".png", fourColours());
    folder.put("a.jpg", jpeg.substr(0, jpeg.size() - 20));
    folder.put("b.png", png.substr(0, png.size() - 20));
    std::string flipped = png;
    flipped[60] = static_cast<char>(flipped[60] ^ 1);
    folder.put("c.png", flipped);
    folder.put("d.png", "not a picture at all");
    folder.put("e.gif", "GIF89a..............");
    folder.put("f.png", "");
    const auto set = data::openFolder(folder.path());
    QCOMPARE(set->count(), std::size_t{3});
    QVERIFY(set->provenance().note.find("3 files skipped") != std::string::npos);
    QVERIFY(refusal([&] { set->image(0); }).contains(QRegularExpression("a\\.jpg: damaged JPEG before byte \\d+: Premature end")));
    QVERIFY(refusal([&] { set->image(1); }).contains(QRegularExpression("b\\.png: damaged PNG before byte \\d+: the file ends here")));
    QVERIFY(refusal([&] { set->image(2); }).contains("c.png: damaged PNG before byte"));
    fs::remove(folder.path() / "a.jpg");
    QVERIFY(refusal([&] { set->image(0); }).contains("a.jpg: no such file"));
  }

  void impossibleSizesAreRefusedUnread() {
    std::string png = encoded(".png", fourColours());
    png.replace(16, 8, std::string("\0\1\0\0\0\1\0\0", 8));  // 65536 x 65536
    QVERIFY(refusal([&] { read(png); }).contains("claims 65536 x 65536 pixels"));
  }

  void emptyPlacesAreTold() {
    const Folder folder;
    QVERIFY(refusal([&] { data::openFolder(folder.path()); }).contains("holds no pictures"));
    QVERIFY(refusal([&] { data::openFolder(folder.path() / "x"); }).contains("no such folder"));
    folder.put("a.png", "x");
    QVERIFY(refusal([&] { data::openFolder(folder.path()); }).contains("none of its 1 picture file can be read"));
  }

  void linksAreFollowedOnce() {
    const Folder folder;
    folder.put("real/a.png", encoded(".png", fourColours()));
    fs::create_directory_symlink(folder.path(), folder.path() / "real" / "round");
    fs::create_directory_symlink(folder.path() / "real", folder.path() / "twin");
    QCOMPARE(data::openFolder(folder.path())->count(), std::size_t{1});
  }

  void tenThousandOpenInASecond() {
    const Folder folder;
    const fs::path first = folder.put("c/first.jpg", jpegWithExif(fourColours(), 1, true));
    for (int i = 1; i < 10000; ++i) {
      fs::create_hard_link(first, folder.path() / "c" / (std::to_string(i) + ".jpg"));
    }
    const auto begin = std::chrono::steady_clock::now();
    const auto set = data::openFolder(folder.path());
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    QCOMPARE(set->count(), std::size_t{10000});
    QVERIFY2(seconds < 1, qPrintable(QString::number(seconds)));
  }

  void pngRoundTripAndResizing() {
    const Folder folder;
    Image image{4, 2, 4, {}};
    for (int i = 0; i < 32; ++i) {
      image.pixels.push_back(static_cast<std::uint8_t>(i * 8));
    }
    data::writePng(folder.path() / "a.png", image);
    QCOMPARE(data::readPicture(folder.path() / "a.png").pixels, image.pixels);
    const Image half = data::resized({4, 2, 1, {0, 10, 100, 200, 20, 30, 100, 200}}, 2, 1);
    QCOMPARE(half.pixels, (std::vector<std::uint8_t>{15, 150}));
    const Image clear = data::resized({2, 1, 4, {255, 0, 0, 255, 0, 255, 0, 0}}, 1, 1);
    QCOMPARE(pixel(clear), (std::vector<std::uint8_t>{255, 0, 0, 128}));  // the invisible green does not bleed
    QCOMPARE(data::resized(image, 9, 1).pixels.size(), std::size_t{36});
  }
};
VITRINE_TEST(TstFolders)

#include "tst_folders.moc"
