// 100,000 damaged .vnv files and as many damaged checkpoints: each is read or refused with one line, quickly and in little memory.
#include <sys/resource.h>

#include "core/npy.h"
#include "models.h"
#include "testing.h"
#include "video/torch_file.h"

using namespace vitrine;
using namespace vitrine::video;
using namespace vitrine::testing;

namespace {

std::vector<std::uint8_t> mutated(const std::vector<std::uint8_t> &from, std::size_t firstByte, Rng &rng) {
  std::vector<std::uint8_t> bytes = from;
  for (std::uint64_t change = 0; change <= rng.below(3) && bytes.size() > firstByte + 1; ++change) {
    const std::size_t at = firstByte + rng.below(bytes.size() - firstByte), length = 1 + rng.below(std::min<std::size_t>(bytes.size() - at, 20));
    const auto begin = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    switch (rng.below(6)) {
      case 0: bytes.resize(at); break;
      case 1: bytes[at] ^= static_cast<std::uint8_t>(1U << rng.below(8)); break;
      case 2: bytes[at] = static_cast<std::uint8_t>(rng.below(256)); break;
      case 3: bytes.insert(begin, length, static_cast<std::uint8_t>(rng.below(256))); break;
      case 4: bytes.erase(begin, begin + static_cast<std::ptrdiff_t>(length)); break;
      default: std::copy_n(from.begin() + static_cast<std::ptrdiff_t>(rng.below(from.size() - length)), length, begin);
    }
  }
  return bytes;
}

long peakMib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

}  // namespace

class TstVideoMutations : public QObject {
  Q_OBJECT

  static constexpr int kRounds = 100'000;

  static void check(const std::string &said) {
    if (!said.empty() && (said.find('\n') != std::string::npos || !said.starts_with("x: "))) {
      throw std::logic_error("not one line that names the file: " + said);
    }
  }

 private Q_SLOTS:
  /// Half of them with the checksum mended, or hardly any would get past it.
  void compressedModels() {
    VnvModel fine = smallModel();
    fine.tensors.front().data = quantise(normal(192, 1, 4), {24, 2, 2, 2}, {.fixedStep = 0.002}, "embed");
    const std::vector<std::uint8_t> files[] = {writeVnv(smallModel()), writeVnv(fine)};
    QVERIFY(files[0][4] == 1 && files[1][4] == 2);  // both versions of the format
    Rng rng(17);
    int refused = 0, reached = 0;
    for (int round = 0; round < kRounds; ++round) {
      auto bytes = mutated(files[round / 4 % 2], round % 4 == 0 ? 0 : round % 4 == 1 ? 9 : 13, rng);
      if (round % 2 == 1) {
        mendChecksum(bytes);
      }
      const std::string said = refusalOf([&] { dequantise(readVnv(bytes, "x").tensors.at(0).data); });
      check(said);
      refused += said.empty() ? 0 : 1;
      reached += said.empty() || said.find("tensor") != std::string::npos ? 1 : 0;
    }
    QVERIFY2(refused > kRounds / 2 && reached > kRounds / 100, qPrintable(QString("%1 refused, %2 got to the tensors").arg(refused).arg(reached)));
    QVERIFY2(peakMib() < 700, qPrintable(QString::number(peakMib())));
  }

  /// The pickle itself is damaged, behind the zip's checksums.
  void checkpoints() {
    const auto whole = readFile(VITRINE_TEST_DATA "/quant_small.pth");
    const std::string_view text(reinterpret_cast<const char *>(whole.data()), whole.size());
    const std::size_t begin = text.find("\x80\x02}q"), end = text.find("PK\x07\x08", begin);
    const std::vector<std::uint8_t> pickle(whole.begin() + static_cast<std::ptrdiff_t>(begin), whole.begin() + static_cast<std::ptrdiff_t>(end)), stored(128);
    Rng rng(19);
    int refused = 0;
    for (int round = 0; round < kRounds; ++round) {
      const auto bytes = mutated(pickle, 0, rng);
      const std::string said = refusalOf([&] {
        const PickledRef all = parsePickle(
            bytes, [&](const std::string &) { return std::span<const std::uint8_t>(stored); }, "x");
        if (const PickledValue *embed = all->field("embed"); embed != nullptr && embed->field("quant") != nullptr) {
          embed->field("quant")->tensor.values();
        }
      });
      check(said);
      refused += said.empty() ? 0 : 1;
    }
    QVERIFY2(refused > kRounds / 2 && refused < kRounds, qPrintable(QString::number(refused)));
    QVERIFY2(peakMib() < 700, qPrintable(QString::number(peakMib())));
  }

  void archives() {
    const auto whole = readFile(VITRINE_TEST_DATA "/quant_small.pth");
    Rng rng(23);
    int refused = 0;
    for (int round = 0; round < kRounds / 5; ++round) {
      const auto bytes = mutated(whole, rng.below(2) == 0 ? whole.size() - 900 : 0, rng);
      const std::string said = refusalOf([&] { parseTorchFile(bytes, "x"); });
      check(said);
      refused += said.empty() ? 0 : 1;
    }
    QVERIFY2(refused > kRounds / 20 && refused < kRounds / 5, qPrintable(QString::number(refused)));
  }
};
VITRINE_TEST(TstVideoMutations)

#include "tst_mutations.moc"
