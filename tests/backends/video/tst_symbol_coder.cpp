// The coder: what goes in comes out, in hardly more bits than there are, and in the same bytes everywhere.
#include "models.h"
#include "testing.h"
#include "video/symbol_coder.h"

using namespace vitrine;
using namespace vitrine::video;
using namespace vitrine::testing;

namespace {

std::vector<std::int32_t> rounded(const std::vector<float> &values) {
  std::vector<std::int32_t> symbols;
  for (const float value : values) {
    symbols.push_back(static_cast<std::int32_t>(std::lround(value)));
  }
  return symbols;
}

std::vector<std::uint8_t> coded(const std::vector<std::int32_t> &symbols, const SymbolGrid &grid, Prediction prediction = Prediction::none()) {
  BitEncoder coder;
  SymbolModel().encode(coder, symbols, grid, prediction);
  return coder.finish();
}

bool comesBack(const std::vector<std::int32_t> &symbols, const SymbolGrid &grid, Prediction prediction) {
  const auto bytes = coded(symbols, grid, prediction);
  BitDecoder decoder(bytes);
  std::vector<std::int32_t> back(symbols.size());
  return SymbolModel().decode(decoder, back, grid, prediction) && back == symbols && decoder.exhausted() && !decoder.overrun();
}

double bitsEach(const std::vector<std::uint8_t> &bytes, std::size_t count) {
  return 8.0 * static_cast<double>(bytes.size()) / static_cast<double>(count);
}

}  // namespace

class TstSymbolCoder : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void bitsComeBack() {
    Rng rng(1);
    for (int round = 0; round < 300; ++round) {
      std::vector<std::pair<int, std::uint32_t>> bits(rng.below(60));
      BitEncoder coder;
      for (auto &[bit, p] : bits) {
        p = 1 + static_cast<std::uint32_t>(rng.below(65535));
        bit = rng.uniform() * 65536 < p ? 1 : 0;
        coder.encode(bit, p);
      }
      const auto bytes = coder.finish();
      BitDecoder decoder(bytes);
      for (const auto &[bit, p] : bits) {
        QCOMPARE(decoder.decode(p), bit);
      }
      QVERIFY(decoder.exhausted() && !decoder.overrun());
    }
  }

  void squashUndoesStretch() {
    const LogisticTables &tables = LogisticTables::get();
    for (int x = -2047; x <= 2047; ++x) {
      const double exact = 65536 / (1 + std::exp(-x / 256.0));
      QVERIFY2(std::abs(tables.squash[static_cast<std::size_t>(x + 2048)] - exact) < 1.6, qPrintable(QString::number(x)));
    }
    for (std::size_t p = 64; p < 4032; ++p) {
      const auto back = tables.squash[static_cast<std::size_t>(tables.stretch[p] + 2048)];
      QVERIFY(std::abs(back - static_cast<int>(p * 16 + 8)) < 80);
    }
  }

  void symbolsComeBack() {
    Rng rng(2);
    for (const Prediction &prediction : std::vector<Prediction>{Prediction::none(), Prediction::previous(), Prediction::linear(), {{20, -7, 30, 25, -12, 3}}}) {
      QVERIFY(comesBack({}, {0, 1, 1, 1}, prediction));
      QVERIFY(comesBack({-3}, {1, 1, 1, 1}, prediction));
      QVERIFY(comesBack(rounded(normal(6 * 45, 9, 3)), {6, 45, 9, 3}, prediction));
      std::vector<std::int32_t> wild(400);
      for (auto &symbol : wild) {
        symbol = static_cast<std::int32_t>(rng.below(2 * kLargestSymbol + 1)) - kLargestSymbol;
      }
      wild[0] = wild[40] = kLargestSymbol;
      wild[1] = wild[41] = -kLargestSymbol;
      QVERIFY(comesBack(wild, {20, 20, 1, 1}, prediction));
    }
  }

  /// Normal weights of one deviation: learning must cost little above their entropy.
  void normalWeightsCostTheirEntropy_data() {
    QTest::addColumn<double>("deviation");
    for (const double deviation : {0.4, 1.0, 4.0, 30.0}) {
      QTest::addRow("%g", deviation) << deviation;
    }
  }
  void normalWeightsCostTheirEntropy() {
    QFETCH(double, deviation);
    const auto symbols = rounded(normal(300 * 400, deviation, 4));
    double least = 0;
    for (int n = -300; n <= 300; ++n) {
      const double p = 0.5 * (std::erf((n + 0.5) / deviation / std::sqrt(2)) - std::erf((n - 0.5) / deviation / std::sqrt(2)));
      least -= p > 1e-300 ? p * std::log2(p) : 0;
    }
    const double cost = bitsEach(coded(symbols, {300, 400, 1, 1}), symbols.size());
    QVERIFY2(cost > least - 0.01 && cost < least + 0.02, qPrintable(QString("%1 bits, entropy %2").arg(cost).arg(least)));
  }

  /// Rows and columns of different deviations: one table for all costs the entropy of the mixture, contexts save three quarters of what it wastes.
  void contextsFindRowsAndColumns() {
    auto values = normal(300 * 400, 1, 5);
    double least = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double deviation = 8 * std::exp2(0.5 * static_cast<double>(i / 400 % 5)) * std::exp2(static_cast<double>(i % 400 % 3) - 1);
      values[i] *= static_cast<float>(deviation);
      least += std::log2(deviation * std::sqrt(2 * 3.14159265 * 2.718281828));
    }
    auto symbols = rounded(values);
    const double cost = bitsEach(coded(symbols, {300, 400, 1, 1}), symbols.size());
    Rng rng(7);
    rng.shuffle(symbols);
    const double mixture = bitsEach(coded(symbols, {300, 400, 1, 1}), symbols.size());
    least /= static_cast<double>(values.size());
    QVERIFY2(cost - least < 0.25 * (mixture - least), qPrintable(QString("%1 bits, entropy %2, shuffled %3").arg(cost).arg(least).arg(mixture)));
  }

  /// Neighbours that resemble each other in a kernel and from row to row: the fitted weights find it.
  void smoothKernelsArePredicted() {
    const SymbolGrid grid{40, 25 * 8, 25, 5};
    auto values = normal(grid.rows * grid.columns, 20, 8);
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] += i % 5 > 0 ? 0.7F * values[i - 1] : 0;
      values[i] += i >= grid.columns ? 0.5F * values[i - grid.columns] : 0;
    }
    const auto symbols = rounded(values);
    const Prediction fitted = fittedPrediction(symbols, grid);
    QVERIFY(std::abs(fitted.weights[0] - 32) < 6 && std::abs(fitted.weights[2] - 45) < 6);
    QVERIFY(comesBack(symbols, grid, fitted));
    QVERIFY(bitsEach(coded(symbols, grid, fitted), symbols.size()) < bitsEach(coded(symbols, grid), symbols.size()) - 0.4);
    QVERIFY(fittedPrediction(rounded(normal(8000, 20, 9)), grid).isNone());
  }

  void zerosAreCheap() {
    std::vector<std::int32_t> symbols(100'000, 0);
    QVERIFY2(coded(symbols, {100, 1000, 1, 1}).size() < 30, qPrintable(QString::number(coded(symbols, {100, 1000, 1, 1}).size())));
  }

  void slowPathsArePredicted() {
    std::vector<std::int32_t> path;
    for (int i = 0; i < 200 * 16; ++i) {
      path.push_back(static_cast<std::int32_t>(std::lround(30 * std::sin(0.02 * (i / 16) + i % 16))));
    }
    QVERIFY(coded(path, {200, 16, 1, 1}, Prediction::previous()).size() < coded(path, {200, 16, 1, 1}).size() / 3);
  }

  void theSameBytesEverywhere() {  // made once, and to be made for ever: files depend on it
    const auto bytes = coded(
        [] {
          std::vector<std::int32_t> symbols;
          Rng rng(6);
          for (int i = 0; i < 5000; ++i) {
            symbols.push_back(static_cast<std::int32_t>(rng.below(64)) + static_cast<std::int32_t>(rng.below(64)) - 63);
          }
          return symbols;
        }(),
        {50, 100, 4, 2}, Prediction::none());
    QCOMPARE(crc32(bytes), 1671007757U);
  }

  void textComesBack() {
    std::string text;
    for (int i = 0; i < 40; ++i) {
      text += "[\"decoder." + std::to_string(i) + ".weight\",[100,30,5,5],8,0,1,0,0],";
    }
    BitEncoder coder;
    encodeBytes(coder, {reinterpret_cast<const std::uint8_t *>(text.data()), text.size()});
    const auto bytes = coder.finish();
    QVERIFY2(bytes.size() < text.size() / 5, qPrintable(QString::number(bytes.size())));
    BitDecoder decoder(bytes);
    const auto back = decodeBytes(decoder, text.size());
    QVERIFY(std::string(back.begin(), back.end()) == text);
    BitDecoder cut{std::span(bytes).first(20)};
    QVERIFY(decodeBytes(cut, text.size()).size() < text.size());
  }
};
VITRINE_TEST(TstSymbolCoder)

#include "tst_symbol_coder.moc"
