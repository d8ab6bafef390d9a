// Checkpoints: one that PyTorch 1.13 wrote comes in exactly, and no class, call or trick of a foreign one does.
#include <QTemporaryDir>

#include "core/npy.h"
#include "models.h"
#include "testing.h"
#include "video/torch_file.h"

using namespace vitrine;
using namespace vitrine::video;
using namespace vitrine::testing;

namespace {

/// Written by torch.save of PyTorch 1.13: symbols 7 i mod levels; along axis 0 the j-th min is -(j + 1) / 8 and scale (j + 1) / 64, in half precision;
/// "head.weight" is a transposed view, "decoder.0.bias" has one float32 min -.3 and scale .01.
const std::filesystem::path kSmall = VITRINE_TEST_DATA "/quant_small.pth";

QString refusal(const std::string &pickle) {
  const std::vector<std::uint8_t> bytes(pickle.begin(), pickle.end()), stored(16);
  return QString::fromStdString(refusalOf([&] {
    parsePickle(
        bytes, [&](const std::string &) { return std::span<const std::uint8_t>(stored); }, "x.pth");
  }));
}

/// A tensor of 4 floats in the machine's instructions, with this offset, shape and stride.
std::string tensorPickle(char offset, char side, char stride) {
  using namespace std::string_literals;
  return "\x80\x02"s + "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0"s + "0X\x03\0\0\0cpuK\x04tQK"s + offset +
         "K"s + side + "\x85K"s + stride + "\x85\x89"s + "ccollections\nOrderedDict\n)RtR."s;
}

}  // namespace

class TstTorchFile : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void readsWhatTorchWrote() {
    const VnvModel model = readQuantisedCheckpoint(kSmall);
    QCOMPARE(model.tensors.size(), std::size_t{4});
    QCOMPARE(model.tensors[0].name, std::string("embed"));
    QCOMPARE(model.tensors[1].name, std::string("decoder.0.weight"));
    const Quantised &embed = model.tensors[0].data, &weight = model.tensors[1].data, &bias = model.tensors[2].data, &turned = model.tensors[3].data;
    QCOMPARE(embed.shape, (Shape{5, 4, 1, 2}));
    QCOMPARE(embed.stepShape, (Shape{1, 4, 1, 2}));
    QCOMPARE(embed.bits, 6);
    QCOMPARE(weight.shape, (Shape{6, 2, 3, 3}));
    QCOMPARE(weight.bits, 8);
    const auto values = dequantise(weight);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto j = static_cast<float>(i % 18 + 1);
      QCOMPARE(values[i], -j / 8 + j / 64 * static_cast<float>(i * 7 % 256));
    }
    QCOMPARE(bias.steps, std::vector<float>{0.01F});
    QCOMPARE(bias.minimums, std::vector<float>{-0.3F});
    QCOMPARE(turned.shape, (Shape{4, 3}));
    QCOMPARE(turned.symbols, (std::vector<std::int32_t>{0, 28, 56, 7, 35, 63, 14, 42, 70, 21, 49, 77}));
  }

  void goesIntoAFileAndBack() {
    const VnvModel model = readQuantisedCheckpoint(kSmall), back = readVnv(writeVnv(model), "x");
    for (std::size_t i = 0; i < model.tensors.size(); ++i) {
      QVERIFY(dequantise(model.tensors[i].data) == dequantise(back.tensors[i].data));
    }
  }

  void describes() {
    const Json told = describeTorchFile(kSmall);
    QCOMPARE(told["parameters"].get<int>(), 40 + 8 + 8 + 108 + 18 + 18 + 6 + 2 + 12 + 2);
    QCOMPARE(told["tensors"][0]["name"].get<std::string>(), std::string("embed.quant"));
    QCOMPARE(told["tensors"][0]["type"].get<std::string>(), std::string("U8"));
  }

  void readsTensorsByHand() {
    QVERIFY2(refusal(tensorPickle(0, 4, 1)).isEmpty(), qPrintable(refusal(tensorPickle(0, 4, 1))));
    QVERIFY(refusal(tensorPickle(1, 4, 1)).contains("larger than what is stored"));
    QVERIFY(refusal(tensorPickle(0, 5, 1)).contains("larger than what is stored"));
    QVERIFY(refusal(tensorPickle(0, 3, 2)).contains("larger than what is stored"));
    QVERIFY(refusal(tensorPickle(0, 100, 0)).contains("larger than what is stored"));
    QVERIFY(refusal(tensorPickle(9, 1, 1)).contains("do not fit"));
  }

  void runsNoCode_data() {
    QTest::addColumn<QByteArray>("pickle");
    QTest::addColumn<QString>("part");
    const auto row = [](const char *name, std::string pickle, const char *part) { QTest::newRow(name) << QByteArray::fromStdString(pickle) << QString(part); };
    row("system",
        "\x80\x02"
        "cposix\nsystem\nX\x02\x00\x00\x00ls\x85R.",
        "wants posix.system");
    row("eval", "c__builtin__\neval\n.", "wants __builtin__.eval");
    row("protocol 4", "\x80\x04\x95", "instruction 149");
    row("a class as value", "ccollections\nOrderedDict\n.", "a class or function");
    row("a call without arguments", "K\x01R.", "takes from an empty stack");
    row("a call of a number", "K\x01)R.", "a call that is not allowed");
    row("empty stack", ".", "empty stack");
    row("no mark", "t.", "a mark is missing");
    row("cut off", "}X\xff", "ends in the middle");
    row("holds itself",
        "]q\x01h\x01"
        "a.",
        "holds itself");
    row("holds itself in two steps",
        "]q\x01]h\x01"
        "aa.",
        "");
    row("filled late",
        "]q\x01]h\x01"
        "a0.",
        "instruction 48");
    row("forgotten", "h\x05.", "recalls what was not kept");
    row("deep", std::string(70, ']') + std::string(69, 'a') + ".", "nested more than 64");
  }
  void runsNoCode() {
    QFETCH(QByteArray, pickle);
    QFETCH(QString, part);
    const QString said = refusal(pickle.toStdString());
    QVERIFY2(said.startsWith("x.pth: ") && said.contains(part), qPrintable(said));
  }

  void refusesOtherFiles() {
    QTemporaryDir dir;
    const auto file = std::filesystem::path(dir.path().toStdString()) / "a.pth";
    const auto said = [&](std::string_view bytes) {
      writeFile(file, bytes);
      return QString::fromStdString(refusalOf([&] { readQuantisedCheckpoint(file); }));
    };
    QVERIFY(said("").contains("no zip directory"));
    QVERIFY(said("\x80\x02}q\x01.").contains("no zip directory"));
    const auto whole = readFile(kSmall);
    std::string bytes(whole.begin(), whole.end());
    bytes[bytes.find("quant") + 100] ^= 1;  // in the pickle
    QVERIFY(said(bytes).contains("checksum"));
    QVERIFY(said(std::string(whole.begin(), whole.end() - 1000)).contains("no zip directory"));
  }
};
VITRINE_TEST(TstTorchFile)

#include "tst_torch_file.moc"
