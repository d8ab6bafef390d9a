// NumPy files byte by byte as NumPy writes them, and damaged ones.
#include <QTemporaryDir>
#include <cmath>
#include <cstring>

#include "core/error.h"
#include "core/npy.h"
#include "core/seed.h"
#include "core/sha256.h"
#include "testing.h"

using namespace vitrine;

namespace {

std::vector<std::uint8_t> npy(const std::string &descr, const std::string &shape, const std::string &data, bool fortran = false, int version = 1) {
  std::string dict = "{'descr': " + descr + ", 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape + ", }";
  const std::size_t fixed = version == 1 ? 10 : 12;
  dict.resize((fixed + dict.size() + 64) / 64 * 64 - fixed - 1, ' ');
  dict += '\n';
  std::string file = "\x93NUMPY";
  file += {static_cast<char>(version), '\0', static_cast<char>(dict.size() & 255), static_cast<char>(dict.size() >> 8)};
  file += std::string(version == 1 ? 0 : 2, '\0') + dict + data;
  return {file.begin(), file.end()};
}

template <class T>
std::string raw(std::initializer_list<T> values, bool big = false) {
  std::string bytes;
  for (const T value : values) {
    std::string one(reinterpret_cast<const char *>(&value), sizeof value);
    bytes += big ? std::string(one.rbegin(), one.rend()) : one;
  }
  return bytes;
}

std::vector<double> numbersOf(const NpyArray &array) {
  std::vector<double> out;
  for (std::size_t i = 0; i < array.count(); ++i) {
    out.push_back(array.number(i));
  }
  return out;
}

QString refusal(const std::vector<std::uint8_t> &bytes) {
  try {
    parseNpy(bytes, "x.npy");
  } catch (const InputError &error) {
    return error.what();
  }
  return {};
}

}  // namespace

class TstNpy : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void readsEveryNumberType() {
    const std::vector<double> want = {1, 2, 3};
    QCOMPARE(numbersOf(parseNpy(npy("'<f4'", "(3,)", raw<float>({1, 2, 3})), "")), want);
    QCOMPARE(numbersOf(parseNpy(npy("'>f4'", "(3,)", raw<float>({1, 2, 3}, true)), "")), want);
    QCOMPARE(numbersOf(parseNpy(npy("'<f8'", "(3,)", raw<double>({1, 2, 3})), "")), want);
    QCOMPARE(numbersOf(parseNpy(npy("'>f8'", "(3,)", raw<double>({1, 2, 3}, true)), "")), want);
    QCOMPARE(numbersOf(parseNpy(npy("'|u1'", "(3,)", raw<std::uint8_t>({1, 2, 3})), "")), want);
    QCOMPARE(numbersOf(parseNpy(npy("'<u2'", "(3,)", raw<std::uint16_t>({1, 2, 3})), "")), want);
    QCOMPARE(numbersOf(parseNpy(npy("'>i4'", "(3,)", raw<std::int32_t>({1, 2, 3}, true)), "")), want);
    QCOMPARE(numbersOf(parseNpy(npy("'<u8'", "(3,)", raw<std::uint64_t>({1, 2, 3})), "")), want);
    QCOMPARE(numbersOf(parseNpy(npy("'<i8'", "(2,)", raw<std::int64_t>({-1, 1LL << 40})), "")), (std::vector<double>{-1, 1099511627776.0}));
    QCOMPARE(numbersOf(parseNpy(npy("'|i1'", "(2,)", raw<std::int8_t>({-128, 127})), "")), (std::vector<double>{-128, 127}));
    QCOMPARE(numbersOf(parseNpy(npy("'|b1'", "(2,)", raw<std::uint8_t>({0, 1})), "")), (std::vector<double>{0, 1}));
    QCOMPARE(numbersOf(parseNpy(npy("'<f4'", "()", raw<float>({7})), "")), (std::vector<double>{7}));
    QCOMPARE(numbersOf(parseNpy(npy("'<f4'", "(3,)", raw<float>({1, 2, 3}), false, 2), "")), want);
    QCOMPARE(parseNpy(npy("'<f4'", "(0, 5)", ""), "").count(), std::size_t{0});
  }

  void readsHalves() {
    // 1, -2, 65504 (largest), 2^-24 (smallest), 0.333251953125, infinity
    const auto array = parseNpy(npy("'<f2'", "(6,)", raw<std::uint16_t>({0x3C00, 0xC000, 0x7BFF, 0x0001, 0x3555, 0x7C00})), "");
    QCOMPARE(array.floats[0], 1.0F);
    QCOMPARE(array.floats[1], -2.0F);
    QCOMPARE(array.floats[2], 65504.0F);
    QCOMPARE(array.floats[3], std::ldexp(1.0F, -24));
    QCOMPARE(array.floats[4], 0.333251953125F);
    QVERIFY(std::isinf(array.floats[5]));
    QVERIFY(std::isnan(parseNpy(npy("'<f2'", "(1,)", raw<std::uint16_t>({0x7E00})), "").floats[0]));
  }

  void turnsFortranOrder() {
    const auto flat = parseNpy(npy("'<i4'", "(2, 3)", raw<std::int32_t>({1, 4, 2, 5, 3, 6}), true), "");
    QCOMPARE(flat.numbers, (std::vector<double>{1, 2, 3, 4, 5, 6}));
    // value = 100 i + 10 j + k, written with i running fastest
    std::string data;
    for (int k = 0; k < 4; ++k) {
      for (int j = 0; j < 3; ++j) {
        for (int i = 0; i < 2; ++i) {
          data += raw<float>({static_cast<float>(100 * i + 10 * j + k)}, true);
        }
      }
    }
    const auto deep = parseNpy(npy("'>f4'", "(2, 3, 4)", data, true), "");
    QCOMPARE(deep.floats[0], 0.0F);
    QCOMPARE(deep.floats[1], 1.0F);
    QCOMPARE(deep.floats[4], 10.0F);
    QCOMPARE(deep.floats[23], 123.0F);
  }

  void readsTexts() {
    const auto wide = parseNpy(npy("'<U3'", "(2,)", raw<std::uint32_t>({'a', 0xE9, 0x1F600, 'b', 0, 0})), "");
    QCOMPARE(wide.texts, (std::vector<std::string>{"a\xC3\xA9\xF0\x9F\x98\x80", "b"}));
    const auto narrow = parseNpy(npy("'|S2'", "(2,)", std::string("xyz\0", 4)), "");
    QCOMPARE(narrow.texts, (std::vector<std::string>{"xy", "z"}));
  }

  void refusesWithTheReason() {
    QVERIFY(refusal({'P', 'K', 3, 4}).contains("does not begin with"));
    QVERIFY(refusal(npy("'|O'", "(3,)", "")).contains("Python objects"));
    QVERIFY(refusal(npy("[('a', '<f4')]", "(3,)", "")).contains("structured"));
    QVERIFY(refusal(npy("'<f16'", "(3,)", "")).contains("'f16'"));
    QVERIFY(refusal(npy("'<M8[ns]'", "(3,)", "")).contains("M8[ns]"));
    QVERIFY(refusal(npy("'<f4'", "(3,)", raw<float>({1, 2}))).contains("needs 12 bytes after byte 128, but there are 8"));
    QVERIFY(refusal(npy("'<f4'", "(1,)", raw<float>({1, 2}))).contains("but there are 8"));
    QVERIFY(refusal(npy("'<f4'", "(1000000000, 1000000000)", "")).contains("shape (1000000000, 1000000000)"));
    QVERIFY(refusal(npy("'<f4'", "(1000000000, 1000000000, 1000000000)", "")).contains("beyond all memory"));
    QVERIFY(refusal(npy("'<f4'", "(3,", "")).contains("broken .npy header at byte"));
    QVERIFY(refusal(npy("'<f4'", "(-3,)", "")).contains("a number expected"));
  }

  void refusesEveryTruncation() {
    const auto whole = npy("'<f4'", "(2, 3)", raw<float>({1, 2, 3, 4, 5, 6}));
    for (std::size_t n = 0; n < whole.size(); ++n) {
      QVERIFY2(!refusal({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n)}).isEmpty(), qPrintable(QString::number(n)));
    }
    QVERIFY(refusal(whole).isEmpty());
  }

  void standsUpToAnyHeader() {
    const auto whole = npy("'<f4'", "(2, 3)", raw<float>({1, 2, 3, 4, 5, 6}));
    Rng rng(5);
    int refused = 0;
    for (int i = 0; i < 20000; ++i) {
      auto bytes = whole;
      for (int k = 0; k < 3; ++k) {
        bytes[rng.below(128)] = static_cast<std::uint8_t>(rng.below(2) == 0 ? rng.below(256) : "()[]{}',:0123456789fiuUSOTrue "[rng.below(30)]);
      }
      refused += refusal(bytes).isEmpty() ? 0 : 1;
    }
    QVERIFY(refused > 5000 && refused < 20000);
  }

  void roundTrips() {
    QTemporaryDir dir;
    const std::filesystem::path file = dir.filePath("a.npy").toStdString();
    const std::vector<float> values = {1.5F, -2, 3e-9F, 4, 5, 6};
    writeNpy(file, {3, 2}, values);
    const NpyArray array = readNpy(file);
    QCOMPARE(array.shape, (std::vector<std::size_t>{3, 2}));
    QCOMPARE(array.floats, values);
    const std::vector<SampleId> ids = {5, -1, 1LL << 50};
    writeNpy(file, ids);
    QCOMPARE(readNpy(file).numbers, (std::vector<double>{5, -1, 1125899906842624.0}));
    QCOMPARE(readFile(file).size() % 64, std::size_t{24});  // values aligned to 64, as NumPy does
    QCOMPARE(QDir(dir.path()).entryList(QDir::Files | QDir::Hidden).size(), 1);
  }

  void filesTellWhatIsWrong() {
    QTemporaryDir dir;
    const auto message = [](auto call) -> QString {
      try {
        call();
      } catch (const std::exception &error) {
        return error.what();
      }
      return {};
    };
    const std::filesystem::path folder = dir.path().toStdString();
    QVERIFY(message([&] { readFile(folder / "none"); }).endsWith("none: no such file"));
    QVERIFY(message([&] { readFile(folder); }).endsWith("is a folder"));
    QVERIFY(message([&] { readFile("/dev/zero"); }).endsWith("is not an ordinary file"));
    QVERIFY(message([&] { writeFile(folder / "none" / "x", "a"); }).contains("x: cannot be written: No such file"));
    QVERIFY(message([&] { writeFile("/dev/full/x", "a"); }).contains("cannot be written"));
  }

  void sumsAreThoseOfTheStandard() {
    const auto sum = [](const std::string &text) {
      Sha256 sha;
      for (const char c : text) {
        const auto byte = static_cast<std::uint8_t>(c);
        sha.add({&byte, 1});
      }
      return QString::fromStdString(sha.hex());
    };
    QCOMPARE(sum(""), QString("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    QCOMPARE(sum("abc"), QString("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    QCOMPARE(sum("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), QString("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
    Sha256 million;
    const std::vector<std::uint8_t> as(1'000'000, 'a');
    million.add(as);
    QCOMPARE(QString::fromStdString(million.hex()), QString("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
  }
};
VITRINE_TEST(TstNpy)

#include "tst_npy.moc"
