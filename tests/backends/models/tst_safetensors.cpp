// The weight format: what is written comes back, every type is read, and no damage gets past the reader.
#include <QTemporaryDir>
#include <bit>
#include <cmath>
#include <cstring>

#include "core/error.h"
#include "core/seed.h"
#include "models/safetensors.h"
#include "testing.h"

using namespace vitrine;
using namespace vitrine::models;

namespace {

std::vector<std::uint8_t> fileOf(const std::string &header, const std::string &payload) {
  const std::uint64_t length = header.size();
  std::string bytes(reinterpret_cast<const char *>(&length), 8);
  bytes += header + payload;
  return {bytes.begin(), bytes.end()};
}

template <class T>
std::string rawBytes(std::initializer_list<T> values) {
  std::string bytes;
  for (const T value : values) {
    bytes.append(reinterpret_cast<const char *>(&value), sizeof(T));
  }
  return bytes;
}

WeightFile sample() {
  WeightFile file;
  file.tensors["a"] = {{2, 3}, {1, 2, 3, 4, 5, -6.5F}};
  file.tensors["b.c"] = {{}, {0.25F}};
  file.tensors["empty"] = {{0, 4}, {}};
  file.metadata = {{"architecture", "none"}, {"note", "Größe ≤ 3 \"quoted\""}};
  return file;
}

QString refusal(const std::vector<std::uint8_t> &bytes) {
  try {
    parseSafetensors(bytes, "x.safetensors");
    return {};
  } catch (const InputError &error) {
    return error.what();
  }
}

}  // namespace

class TstSafetensors : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void comesBack() {
    QTemporaryDir dir;
    const auto path = std::filesystem::path(dir.path().toStdString()) / "w.safetensors";
    writeSafetensors(path, sample());
    const WeightFile back = readSafetensors(path);
    QCOMPARE(back.metadata, sample().metadata);
    QCOMPARE(back.tensors.size(), std::size_t{3});
    for (const auto &[name, tensor] : sample().tensors) {
      QCOMPARE(back.tensors.at(name).shape, tensor.shape);
      QCOMPARE(back.tensors.at(name).values, tensor.values);
    }
    const Json described = describeSafetensors(path);
    QCOMPARE(described["parameters"].get<int>(), 7);
    QCOMPARE(described["tensors"].size(), std::size_t{3});
  }

  void readsEveryFloatType_data() {
    QTest::addColumn<QString>("type");
    QTest::addColumn<QByteArray>("payload");
    const auto row = [](const char *type, const std::string &bytes) { QTest::newRow(type) << QString(type) << QByteArray::fromStdString(bytes); };
    row("F64", rawBytes({1.5, -2.0, 65504.0, 0x1.0p-24}));
    row("F32", rawBytes({1.5F, -2.0F, 65504.0F, 0x1.0p-24F}));
    row("F16", rawBytes<std::uint16_t>({0x3E00, 0xC000, 0x7BFF, 0x0001}));
    row("BF16", rawBytes<std::uint16_t>({0x3FC0, 0xC000, 0x4780, 0x3380}));  // 65536 is the nearest to 65504
  }
  void readsEveryFloatType() {
    QFETCH(QString, type);
    QFETCH(QByteArray, payload);
    const std::string header = "{\"t\":{\"dtype\":\"" + type.toStdString() + "\",\"shape\":[4],\"data_offsets\":[0," + std::to_string(payload.size()) + "]}}";
    const WeightFile file = parseSafetensors(fileOf(header, payload.toStdString()), "x");
    const std::vector<float> wanted = {1.5F, -2.0F, type == "BF16" ? 65536.0F : 65504.0F, 0x1.0p-24F};
    QCOMPARE(file.tensors.at("t").values, wanted);
  }

  void halfKeepsInfinity() {
    const auto file = parseSafetensors(fileOf(R"({"t":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}})", rawBytes<std::uint16_t>({0xFC00, 0x7E00})), "x");
    QVERIFY(std::isinf(file.tensors.at("t").values[0]) && file.tensors.at("t").values[0] < 0);
    QVERIFY(std::isnan(file.tensors.at("t").values[1]));
  }

  void saysWhatIsWrong_data() {
    QTest::addColumn<QString>("header");
    QTest::addColumn<int>("payload");
    QTest::addColumn<QString>("part");
    QTest::newRow("no JSON") << "{\"a\":" << 0 << "no JSON at byte";
    QTest::newRow("no object") << "[1]" << 0 << "no JSON object";
    QTest::newRow("twice") << R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})" << 4 << "twice";
    QTest::newRow("unknown type") << R"({"a":{"dtype":"F31","shape":[1],"data_offsets":[0,4]}})" << 4 << "unknown type F31";
    QTest::newRow("whole numbers") << R"({"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}})" << 4 << "holds I32";
    QTest::newRow("negative side") << R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})" << 4 << "side of tensor \"a\"";
    QTest::newRow("overflow") << R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}})" << 4 << "impossible shape";
    QTest::newRow("does not fit") << R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})" << 4 << "do not fit";
    QTest::newRow("backwards") << R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})" << 4 << "do not fit";
    QTest::newRow("overlap") << R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})" << 8
                             << "overlaps another at byte";
    QTest::newRow("hole") << R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})" << 8 << "hole before it at byte";
    QTest::newRow("truncated") << R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})" << 6 << "truncated";
    QTest::newRow("longer") << R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})" << 9 << "but the file at byte";
    QTest::newRow("metadata") << R"({"__metadata__":{"a":1}})" << 0 << "__metadata__";
  }
  void saysWhatIsWrong() {
    QFETCH(QString, header);
    QFETCH(int, payload);
    QFETCH(QString, part);
    const QString said = refusal(fileOf(header.toStdString(), std::string(static_cast<std::size_t>(payload), '\0')));
    QVERIFY2(said.startsWith("x.safetensors: ") && said.contains(part), qPrintable(said));
  }

  void everyCutIsRefused() {
    const std::string whole = safetensorsBytes(sample());
    for (std::size_t length = 0; length < whole.size(); ++length) {
      QVERIFY2(!refusal({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)}).isEmpty(), qPrintable(QString::number(length)));
    }
  }

  void hugeHeaderIsRefusedBeforeItIsRead() {
    std::vector<std::uint8_t> bytes = fileOf("{}", "");
    const std::uint64_t length = 100'000'001;
    std::memcpy(bytes.data(), &length, 8);
    QVERIFY(refusal(bytes).contains("more than 100 MB"));
  }

  /// Random damage: a file is read or refused with an InputError, and nothing else happens.
  void standsUpToMutations() {
    const std::string whole = safetensorsBytes(sample());
    Rng rng(7);
    int refused = 0;
    for (int round = 0; round < 20'000; ++round) {
      std::vector<std::uint8_t> bytes(whole.begin(), whole.end());
      const std::size_t header = whole.size() - 28;
      for (std::uint64_t change = 0; change <= rng.below(4); ++change) {
        const std::size_t at = rng.below(rng.uniform() < 0.9 ? header : bytes.size());
        switch (rng.below(4)) {
          case 0: bytes[at % bytes.size()] = static_cast<std::uint8_t>(rng.below(256)); break;
          case 1: bytes[at % bytes.size()] ^= static_cast<std::uint8_t>(1U << rng.below(8)); break;
          case 2: bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(at % bytes.size())); break;
          default:
            bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at % bytes.size()), static_cast<std::uint8_t>("0123456789[]{},:\"-"[rng.below(18)]));
        }
      }
      refused += refusal(bytes).isEmpty() ? 0 : 1;
    }
    QVERIFY2(refused > 10'000 && refused < 20'000, qPrintable(QString::number(refused)));
  }
};
VITRINE_TEST(TstSafetensors)

#include "tst_safetensors.moc"
