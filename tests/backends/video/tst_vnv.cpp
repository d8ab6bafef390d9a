// The .vnv file: what is written comes back to the bit, its size is what it says, and nothing foreign or damaged gets in.
#include <QTemporaryDir>

#include "core/npy.h"
#include "models.h"
#include "testing.h"
#include "video/symbol_coder.h"

using namespace vitrine;
using namespace vitrine::video;
using namespace vitrine::testing;

namespace {

/// A file with any head and body, whose checksum is right.
std::vector<std::uint8_t> fileOf(const std::string &head, std::size_t claimed, const std::vector<std::uint8_t> &body = {}) {
  BitEncoder coder;
  encodeBytes(coder, {reinterpret_cast<const std::uint8_t *>(head.data()), head.size()});
  const auto text = coder.finish();
  std::vector<std::uint8_t> bytes = {'V', 'N', 'V', 26, 1, 0, 0, 0, 0};
  for (std::size_t b = 0; b < 4; ++b) {
    bytes.push_back(static_cast<std::uint8_t>(claimed >> (8 * b)));
  }
  bytes.insert(bytes.end(), text.begin(), text.end());
  bytes.insert(bytes.end(), body.begin(), body.end());
  mendChecksum(bytes);
  return bytes;
}

QString refusal(const std::vector<std::uint8_t> &bytes) {
  return QString::fromStdString(refusalOf([&] { readVnv(bytes, "x.vnv"); }));
}

void compare(const VnvModel &a, const VnvModel &b) {
  QVERIFY(a.header == b.header);
  QCOMPARE(a.tensors.size(), b.tensors.size());
  for (std::size_t i = 0; i < a.tensors.size(); ++i) {
    const Quantised &x = a.tensors[i].data, &y = b.tensors[i].data;
    QCOMPARE(a.tensors[i].name, b.tensors[i].name);
    QVERIFY(x.kind == y.kind && x.bits == y.bits && x.shape == y.shape && x.stepShape == y.stepShape);
    QVERIFY2(x.symbols == y.symbols && x.steps == y.steps && x.minimums == y.minimums, a.tensors[i].name.c_str());
    QVERIFY(dequantise(x) == dequantise(y));
  }
}

}  // namespace

class TstVnv : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void checksumIsThatOfZip() { QCOMPARE(crc32(std::vector<std::uint8_t>{'1', '2', '3', '4', '5', '6', '7', '8', '9'}), 0xCBF43926U); }

  void comesBack() {
    QTemporaryDir dir;
    const auto file = std::filesystem::path(dir.path().toStdString()) / "m.vnv";
    const std::size_t size = writeVnvFile(file, smallModel());
    QCOMPARE(size, static_cast<std::size_t>(std::filesystem::file_size(file)));
    compare(readVnvFile(file), smallModel());
    const Json told = describeVnv(file);
    QCOMPARE(told["bytes"].get<std::size_t>(), size);
    QCOMPARE(told["parameters"].get<int>(), 192 + 540 + 6 + 480 + 1);
    QCOMPARE(told["tensors"][1]["quantiser"].get<std::string>(), std::string("symmetric"));
    std::size_t sum = told["head_bytes"].get<std::size_t>();
    for (const Json &tensor : told["tensors"]) {
      sum += tensor["bytes"].get<std::size_t>();
    }
    QVERIFY(sum <= size && sum + 5 > size);
  }

  void emptyModelComesBack() { compare(readVnv(writeVnv({}), "x"), {}); }

  void embeddingsAreCodedAlongTime() {
    VnvModel model = smallModel();
    model.tensors.resize(1);
    const std::size_t moving = writeVnv(model).size();
    Rng rng(3);
    rng.shuffle(model.tensors[0].data.symbols);
    QVERIFY(moving + 30 < writeVnv(model).size());
  }

  void refusesForeignFiles() {
    QVERIFY(refusal({}).contains("no .vnv file"));
    QVERIFY(refusal({'P', 'K', 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}).contains("no .vnv file"));
    auto bytes = writeVnv(smallModel());
    bytes[4] = 3;
    QVERIFY(refusal(bytes).contains("version 3") && refusal(bytes).contains("newer"));
    bytes[4] = 0;
    QVERIFY(refusal(bytes).contains("version 0"));
  }

  void everyCutAndEveryBitIsRefused() {
    const auto whole = writeVnv(smallModel());
    for (std::size_t length = 0; length < whole.size(); ++length) {
      QVERIFY2(refusal({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)}).startsWith("x.vnv: "), qPrintable(QString::number(length)));
    }
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
      auto bytes = whole;
      bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
      QVERIFY2(!refusal(bytes).isEmpty(), qPrintable(QString::number(bit)));
    }
    auto longer = whole;
    longer.push_back(0);
    QVERIFY(!refusal(longer).isEmpty());
  }

  /// The slow test does this 100,000 times and more wildly.
  void damageBehindTheChecksumIsSurvived() {
    const auto whole = writeVnv(smallModel());
    Rng rng(29);
    int refused = 0;
    for (int round = 0; round < 5000; ++round) {
      auto bytes = whole;
      bytes[13 + rng.below(bytes.size() - 13)] = static_cast<std::uint8_t>(rng.below(256));
      mendChecksum(bytes);
      refused += refusal(bytes).isEmpty() ? 0 : 1;
    }
    QVERIFY2(refused > 2500, qPrintable(QString::number(refused)));
  }

  void moreThanEightBitsAreOfVersionTwo() {
    VnvModel model = smallModel();
    QCOMPARE(writeVnv(model)[4], std::uint8_t{1});
    model.tensors.push_back({"fine", quantise(normal(300, 1, 5), {30, 10}, {.fixedStep = 0.003}, "fine")});
    QVERIFY(model.tensors.back().data.bits > 8);
    std::vector<std::uint8_t> bytes = writeVnv(model);
    QCOMPARE(bytes[4], std::uint8_t{2});
    compare(readVnv(bytes, "memory"), model);
    bytes[4] = 1;
    QVERIFY(refusal(bytes).contains("number outside 0 to 8"));
    bytes[4] = 3;
    QVERIFY(refusal(bytes).contains("newer"));
  }

  void saysWhatIsWrong_data() {
    QTest::addColumn<QString>("tensors");
    QTest::addColumn<QString>("part");
    QTest::newRow("form") << "[1]"
                          << "another form";
    QTest::newRow("too few") << R"([["a",[2],8,0,0,0]])"
                             << "another form";
    QTest::newRow("negative side") << R"([["a",[-2],8,0,0,0,[]]])"
                                   << "number outside";
    QTest::newRow("no numbers") << R"([["a",[0],8,0,0,0,[]]])"
                                << "no numbers";
    QTest::newRow("huge side") << R"([["a",[99999999999],8,0,0,0,[]]])"
                               << "number outside";
    QTest::newRow("too many") << R"([["a",[30000000],8,0,0,0,[]]])"
                              << "more numbers than the file can hold";
    QTest::newRow("together too many") << R"([["a",[2000000],8,0,0,0,[]],["b",[2000000],8,0,0,0,[]]])"
                                       << "more numbers than the file can hold";
    QTest::newRow("overflow") << R"([["a",[33000000,33000000,33000000],8,0,0,0,[]]])"
                              << "more numbers than the file can hold";
    QTest::newRow("bits") << R"([["a",[2],9,0,0,0,[]]])"
                          << "number outside 0 to 8";
    QTest::newRow("one bit") << R"([["a",[2],1,0,0,0,[]]])"
                             << "fewer than 2 bits";
    QTest::newRow("kind") << R"([["a",[2],8,2,0,0,[]]])"
                          << "number outside 0 to 1";
    QTest::newRow("axes") << R"([["a",[2],8,0,2,0,[]]])"
                          << "number outside 0 to 1";
    QTest::newRow("prediction") << R"([["a",[2],8,0,0,0,[1,2]]])"
                                << "other form than six weights";
    QTest::newRow("weight") << R"([["a",[2],8,0,0,0,[1,2,3,4,5,257]]])"
                            << "outside -256 to 256";
    QTest::newRow("lowest weight") << R"([["a",[2],8,0,0,0,[1,2,3,4,5,-9223372036854775808]]])"
                                   << "outside -256 to 256";
    QTest::newRow("twice") << R"([["a",[2],8,0,0,0,[]],["a",[2],8,0,0,0,[]]])"
                           << "not the only one";
    QTest::newRow("cut off") << R"([["a",[400000],8,0,0,0,[]]])"
                             << "cut off";
  }
  void saysWhatIsWrong() {
    QFETCH(QString, tensors);
    QFETCH(QString, part);
    const std::string head = "{\"header\":{},\"tensors\":" + tensors.toStdString() + "}";
    const QString said = refusal(fileOf(head, head.size()));
    QVERIFY2(said.contains(part), qPrintable(said));
  }

  void refusesDamagedHeads() {
    QVERIFY(refusal(fileOf("{\"header\":{}", 12)).contains("no JSON"));
    QVERIFY(refusal(fileOf("[]", 2)).contains("no list of tensors"));
    QVERIFY(refusal(fileOf("{}", 2'000'000)).contains("1 MiB"));
    QVERIFY(refusal(fileOf("{}", 900'000)).contains("no JSON"));
    const std::string deep(200'000, '[');
    QVERIFY(refusal(fileOf(deep, deep.size())).contains("no JSON"));
    const std::string whole = "{\"header\":{},\"tensors\":[]}";
    QVERIFY(refusal(fileOf(whole, whole.size())).isEmpty());
    QVERIFY(refusal(fileOf(whole, whole.size(), std::vector<std::uint8_t>(9, 7))).contains("after its last tensor"));
  }

  void refusesToWriteWhatItCannotHold() {
    const auto refused = [](const std::function<void(VnvModel &)> &spoil) {
      VnvModel model = smallModel();
      spoil(model);
      return QString::fromStdString(refusalOf([&] { writeVnv(model); }));
    };
    QVERIFY(refused([](VnvModel &m) { m.tensors[1].name = "embed"; }).contains("twice"));
    QVERIFY(refused([](VnvModel &m) { m.tensors[1].data.symbols[0] = 200; }).contains("outside its 8 bits"));
    QVERIFY(refused([](VnvModel &m) { m.tensors[1].data.steps[0] = 0.1F; }).contains("gridStep"));
    QVERIFY(refused([](VnvModel &m) { m.tensors[1].data.symbols.pop_back(); }).contains("do not belong together"));
  }
};
VITRINE_TEST(TstVnv)

#include "tst_vnv.moc"
