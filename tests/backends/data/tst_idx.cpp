// idx files: the built-in set, pairs made here, and damage told with its byte.
#include <chrono>

#include "data/data.h"
#include "files.h"
#include "testing.h"

using namespace vitrine;
using namespace vitrine::testing;

class TstIdx : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void fashionMnistIsThere() {
    const auto begin = std::chrono::steady_clock::now();
    const auto set = data::open("fashion-mnist");
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    QVERIFY2(seconds < 3, qPrintable(QString::number(seconds)));  // 0.4 s on an idle machine
    QCOMPARE(set->count(), std::size_t{70000});
    QCOMPARE(set->trainCount(), std::size_t{60000});
    QCOMPARE(set->featureCount(), std::size_t{784});
    QVERIFY(set->hasImages());
    const Column &label = *set->label();
    QCOMPARE(label.categories.front(), std::string("T-shirt/top"));
    QCOMPARE(label.text(0), std::string("Ankle boot"));  // the first training picture
    QCOMPARE(label.text(60000), std::string("Ankle boot"));
    QCOMPARE(label.text(60001), std::string("Pullover"));
    std::vector<int> counts(10);
    for (const auto code : label.codes) {
      ++counts[static_cast<std::size_t>(code)];
    }
    QCOMPARE(counts, std::vector<int>(10, 7000));
    QCOMPARE(set->provenance().sha256, std::string("e6c3dcd81046587a7cece803582a85fc36d843d0f80d5a2a37c5361080387a38"));
  }

  void picturesAreQuick() {
    const auto set = data::open("fashion-mnist");
    const auto begin = std::chrono::steady_clock::now();
    std::size_t bright = 0;
    for (SampleId id = 0; id < 70000; ++id) {
      bright += set->image(id).pixels[400] > 127 ? 1 : 0;
    }
    const double microseconds = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count() / 70000;
    QVERIFY(bright > 10000 && bright < 60000);
    QVERIFY2(microseconds < 20, qPrintable(QString::number(microseconds)));
  }

  void findsPartnersAndLabels() {
    const Folder folder;
    folder.put("train-images-idx3-ubyte", idx({4, 2, 3}, counting(24)));
    folder.put("train-labels-idx1-ubyte.gz", gzip(idx({4}, {3, 0, 1, 3})));
    const auto test = folder.put("t10k-images-idx3-ubyte.gz", gzip(idx({2, 2, 3}, counting(12))));
    folder.put("t10k-labels-idx1-ubyte", idx({2}, {2, 2}));
    const auto set = data::openIdx(test);
    QCOMPARE(set->count(), std::size_t{6});
    QCOMPARE(set->trainCount(), std::size_t{4});
    QCOMPARE(set->label()->categories, (std::vector<std::string>{"0", "1", "2", "3"}));
    QCOMPARE(set->label()->codes, (std::vector<std::int32_t>{3, 0, 1, 3, 2, 2}));
    const Image image = set->image(3);
    QCOMPARE(image.width, 3);
    QCOMPARE(image.height, 2);
    QCOMPARE(image.pixels, (std::vector<std::uint8_t>{18, 19, 20, 21, 22, 23}));
    std::vector<float> values(6);
    set->values(4, values);
    QCOMPARE(values[5], 5.0F / 255);
    QVERIFY(!set->row(6) && !set->row(-1));
    QVERIFY(refusal([&] { set->image(6); }).contains("no sample 6"));
    QCOMPARE(data::open(folder.path().string())->count(), std::size_t{6});  // the folder of an idx set is that set
  }

  void worksWithoutLabels() {
    const Folder folder;
    const auto set = data::openIdx(folder.put("digits.bin", idx({3, 1, 1}, "abc")));
    QVERIFY(set->label() == nullptr);
    QCOMPARE(set->trainCount(), std::size_t{3});
    QVERIFY(set->provenance().note.find("no labels") != std::string::npos);
    const auto test = data::openIdx(folder.put("t10k-images-idx3-ubyte", idx({3, 1, 1}, "abc")));
    QCOMPARE(test->trainCount(), std::size_t{0});
  }

  void damageIsToldWithItsByte_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("message");
    const auto row = [](const char *name, const std::string &bytes, const char *message) {
      QTest::newRow(name) << QByteArray(bytes.data(), static_cast<qsizetype>(bytes.size())) << QString(message);
    };
    const std::string good = idx({4, 2, 3}, counting(24)), packed = gzip(good);
    std::string other = good;
    other[0] = 1;
    row("empty", "", "is empty");
    row("magic", other, "does not begin with 0 0 8");
    row("header", good.substr(0, 9), "before byte 12");
    row("short", good.substr(0, 30), "too short");
    row("long", good + "x", "more data after byte 40");
    row("labels", idx({4}, "abcd"), "open the file of pictures");
    row("huge", idx({4000000000, 4000000000, 4000000000}, "abc"), "claims 4000000000 x 4000000000 x 4000000000");
    row("huge, packed", gzip(idx({60000, 2800, 28}, counting(100))), "too short");
    row("none", idx({0, 2, 3}, ""), "size of 0 at byte 4");
    row("packed, short", packed.substr(0, packed.size() - 12), "cut off at byte");
    row("packed, flipped", packed.substr(0, packed.size() - 7) + "\x55" + packed.substr(packed.size() - 6), "damaged at byte");
    row("packed, less than claimed", gzip(idx({5, 2, 3}, counting(24))), "data ends at byte 40 of 46");
  }
  void damageIsToldWithItsByte() {
    QFETCH(QByteArray, bytes);
    QFETCH(QString, message);
    const Folder folder;
    const auto file = folder.put("x-images-idx3-ubyte", {bytes.constData(), static_cast<std::size_t>(bytes.size())});
    const QString said = refusal([&] { data::openIdx(file); });
    QVERIFY2(said.contains(message) && said.contains("x-images-idx3-ubyte") && !said.contains('\n'), qPrintable(said));
  }

  void labelsMustFit() {
    const Folder folder;
    const auto file = folder.put("a-images-idx3-ubyte", idx({2, 1, 1}, "ab"));
    folder.put("a-labels-idx1-ubyte", idx({3}, "abc"));
    QVERIFY(refusal([&] { data::openIdx(file); }).contains("holds 3 labels for the 2 pictures"));
    folder.put("train-images", idx({2, 1, 1}, "ab"));
    folder.put("t10k-images", idx({2, 1, 2}, "abcd"));
    QVERIFY(refusal([&] { data::openIdx(folder.path() / "t10k-images"); }).contains("another size"));
  }

  void severalGzipMembersAreOneFile() {
    const Folder folder;
    const std::string good = idx({4, 2, 3}, counting(24));
    const auto set = data::openIdx(folder.put("x.gz", gzip(good.substr(0, 20)) + gzip(good.substr(20))));
    QCOMPARE(set->image(3).pixels.back(), std::uint8_t{23});
  }
};
VITRINE_TEST(TstIdx)

#include "tst_idx.moc"
