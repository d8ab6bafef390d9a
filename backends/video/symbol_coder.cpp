// A symbol's decisions: is it zero, its sign, its exponent in unary, the first bits of its mantissa; the last bits of large ones are even.
#include "video/symbol_coder.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

namespace vitrine::video {

namespace {

constexpr std::size_t kInputs = 6, kBuckets = 96, kBins = 128;
constexpr std::size_t kZero = 0, kExponent = 2, kMantissa = 17;  // bin 1: the sign
constexpr int kMantissaModelled = 3;
constexpr std::uint32_t kRowTrust = 12, kRowMemory = 100, kColumnMemory = 40;

/// 4 log2(x) of an average of magnitudes in 256ths, with linear steps inside the quarter octave.
std::size_t quarterOctaves(std::uint32_t x) {
  x += 8;
  const auto top = static_cast<std::uint32_t>(std::bit_width(x)) - 1;
  return std::min<std::size_t>(kBuckets - 1, 4 * (top - 3) + ((x >> (top - 2)) & 3));
}

constexpr std::uint64_t kUnit = std::uint64_t{1} << 30;

/// exp(-x), x and result in kUnit-ths: a short series of x / 4096, squared twelve times.
std::uint64_t decay(std::uint64_t x) {
  if (x >= 20 * kUnit) {
    return 0;
  }
  const std::uint64_t part = x >> 12;
  std::uint64_t value = kUnit - part + (part * part >> 31);
  for (int i = 0; i < 12; ++i) {
    value = value * value >> 30;
  }
  return value;
}

/// tail[n]: how likely a magnitude is to be n or more, up to a factor, if its mean is `mean` 256ths: three parts normal, one part Laplace.
std::vector<std::uint64_t> tailOf(std::uint64_t mean) {
  const std::size_t reach = std::min<std::size_t>(1024, static_cast<std::size_t>(mean / 256 * 6 + 8));
  std::vector<std::uint64_t> tail(reach + 1, 1);  // never quite zero
  for (std::size_t n = reach; n-- > 0;) {
    const std::uint64_t scaled = (n << 8) * kUnit / mean;  // n over its mean
    const std::uint64_t squared = scaled < 8 * kUnit ? (scaled >> 15) * (scaled >> 15) : 64 * kUnit;
    const std::uint64_t likely = 3 * decay(squared * 1000 / 3142) + decay(scaled);  // E|x| = sigma sqrt(2 / pi)
    tail[n] = tail[n + 1] + likely + 1;
  }
  return tail;
}

std::uint32_t odds(std::uint64_t part, std::uint64_t whole) {
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(part * 65536 / std::max<std::uint64_t>(whole, 1), 32, 65504));
}

using Bins = std::array<BitCounter, kBins>;

/// What a bucket's counters believe before they have seen anything.
Bins firstGuess(std::size_t bucket) {
  constexpr std::uint32_t kTrust = 16;
  Bins bins;
  const std::uint64_t mean = std::max<std::uint64_t>(((4 + bucket % 4) * 2 + 1) * (std::uint64_t{1} << (bucket / 4)), 9) - 8;
  if (mean > (std::uint64_t{200} << 8)) {
    return bins;
  }
  const std::vector<std::uint64_t> tail = tailOf(mean);
  const auto from = [&](std::size_t n) { return tail[std::min(n, tail.size() - 1)]; };
  bins[kZero].set(odds(from(0) - from(1), from(0) + from(1)), kTrust);  // all but zero counts twice
  for (std::size_t e = 0; e < 10; ++e) {
    const std::size_t first = std::size_t{1} << e;
    bins[kExponent + e].set(odds(from(2 * first), from(first)), kTrust);
    for (std::size_t node = 1, width = first; e > 0 && node < 8 && width > 1; ++node) {
      width = first >> (std::bit_width(node) - 1);
      const std::size_t begin = first + (node - (std::size_t{1} << (std::bit_width(node) - 1))) * width;
      if (width > 1 && from(begin) > from(begin + width)) {
        bins[kMantissa + (e - 1) * 7 + node - 1].set(odds(from(begin + width / 2) - from(begin + width), from(begin) - from(begin + width)), kTrust);
      }
    }
  }
  return bins;
}

}  // namespace

struct SymbolModel::State {
  const LogisticTables &tables = LogisticTables::get();
  std::array<std::array<Bins, kBuckets>, kInputs> counters;
  std::array<BitMixer<kInputs>, kBins> mixers;
  std::array<BitCounter, 9> signs;

  State() {
    static const std::array<Bins, kBuckets> first = [] {
      std::array<Bins, kBuckets> made;
      for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
        made[bucket] = firstGuess(bucket);
      }
      return made;
    }();
    counters.fill(first);
  }
};

namespace {

using State = SymbolModel::State;
using Buckets = std::array<std::size_t, kInputs>;

struct Writing {
  BitEncoder &coder;
  static constexpr bool dry() { return false; }
  int code(int bit, std::uint32_t probability) {
    coder.encode(bit, probability);
    return bit;
  }
};
struct Reading {
  BitDecoder &coder;
  bool dry() const { return coder.overrun(); }
  int code(int, std::uint32_t probability) { return coder.decode(probability); }
};

template <class Coder>
int codeBin(State &state, Coder &coder, const Buckets &buckets, std::size_t bin, int bit) {
  std::array<std::int32_t, kInputs> stretched;
  for (std::size_t i = 0; i < kInputs; ++i) {
    stretched[i] = state.tables.stretch[state.counters[i][buckets[i]][bin].probability() >> 4];
  }
  BitMixer<kInputs> &mixer = state.mixers[bin];
  bit = coder.code(bit, mixer.mix(stretched, state.tables));
  mixer.update(stretched, bit);
  for (std::size_t i = 0; i < kInputs; ++i) {
    state.counters[i][buckets[i]][bin].update(bit);
  }
  return bit;
}

template <class Coder>
std::int32_t codeMagnitude(State &state, Coder &coder, const Buckets &buckets, std::int32_t magnitude) {
  const int wanted = std::bit_width(static_cast<std::uint32_t>(magnitude)) - 1;  // when reading, of no meaning
  int exponent = 0;
  while (exponent < 14 && codeBin(state, coder, buckets, kExponent + static_cast<std::size_t>(exponent), wanted > exponent ? 1 : 0) != 0) {
    ++exponent;
  }
  std::int32_t value = 1;
  std::size_t node = 1;
  for (int left = exponent - 1; left >= 0; --left) {
    const int bit = (magnitude >> left) & 1;
    const bool modelled = exponent - left <= kMantissaModelled;
    const int got = modelled ? codeBin(state, coder, buckets, kMantissa + static_cast<std::size_t>(exponent - 1) * 7 + node - 1, bit) : coder.code(bit, 32768);
    node = node * 2 + static_cast<std::size_t>(got);
    value = value * 2 + got;
  }
  return value;
}

template <class Coder>
std::int32_t codeSymbol(State &state, Coder &coder, const Buckets &buckets, std::size_t signContext, std::int32_t symbol) {
  if (codeBin(state, coder, buckets, kZero, symbol == 0 ? 1 : 0) != 0) {
    return 0;
  }
  BitCounter &sign = state.signs[signContext];
  const int negative = coder.code(symbol < 0 ? 1 : 0, std::clamp<std::uint32_t>(sign.probability(), 64, 65472));
  sign.update(negative);
  const std::int32_t magnitude = codeMagnitude(state, coder, buckets, std::abs(symbol));
  return negative != 0 ? -magnitude : magnitude;
}

/// A running mean of magnitudes in 256ths that begins at `start` as if `trust` had been seen, and forgets beyond `memory`.
struct RunningMean {
  std::uint64_t sum = 0;
  std::uint32_t count = 0;

  std::uint32_t value() const { return count == 0 ? 0 : static_cast<std::uint32_t>(sum / count); }
  void begin(std::uint32_t start, std::uint32_t trust) { sum = std::uint64_t{start} * trust, count = trust; }
  void add(std::int32_t magnitude, std::uint32_t memory) {
    sum += std::uint64_t{static_cast<std::uint32_t>(magnitude)} << 8;
    if (++count > memory) {
      sum -= sum / count;
      --count;
    }
  }
};

struct Averages {
  std::vector<RunningMean> column, position;
  RunningMean row, whole;
};

std::size_t signOf(std::int32_t value) {
  return value < 0 ? 2 : value > 0 ? 1 : 0;
}

template <class Coder, class Get, class Put>
bool codeGrid(State &state, Coder coder, const SymbolGrid &grid, const Prediction &prediction, Get get, Put put) {
  Averages averages{std::vector<RunningMean>(grid.columns), std::vector<RunningMean>(grid.positions), {}, {}};
  std::vector<std::int32_t> residualAbove(grid.columns, 0);
  Neighbourhood around(grid);
  const bool predicted = !prediction.isNone();
  for (std::size_t r = 0; r < grid.rows; ++r) {
    averages.row.begin(averages.whole.value(), kRowTrust);
    around.beginRow();
    std::int32_t left = 0, leftTwo = 0;
    for (std::size_t c = 0, p = 0; c < grid.columns; ++c, p = p + 1 == grid.positions ? 0 : p + 1) {
      const std::int32_t guess = predicted ? prediction.guess(around.at(c, p, p % grid.width)) : 0;
      const auto up = static_cast<std::uint32_t>(std::abs(residualAbove[c]));
      const auto upNext = static_cast<std::uint32_t>(std::abs(c + 1 < grid.columns ? residualAbove[c + 1] : 0));
      const std::uint32_t near = (3 * static_cast<std::uint32_t>(std::abs(left)) + 2 * static_cast<std::uint32_t>(std::abs(leftTwo)) + 2 * up + upNext) << 5;
      const std::size_t row = quarterOctaves(averages.row.value()), column = quarterOctaves(averages.column[c].value()),
                        position = quarterOctaves(averages.position[p].value()), whole = quarterOctaves(averages.whole.value());
      const Buckets buckets = {std::clamp<std::size_t>(row + column + 12 - whole, 12, kBuckets + 11) - 12,   column, quarterOctaves(near), row,
                               std::clamp<std::size_t>(row + position + 12 - whole, 12, kBuckets + 11) - 12, whole};
      const std::size_t signs = signOf(left) + 3 * signOf(residualAbove[c]);
      const std::int32_t residual = codeSymbol(state, coder, buckets, signs, get(r * grid.columns + c) - guess);
      const std::int32_t symbol = std::clamp(residual + guess, -kLargestSymbol, kLargestSymbol);
      put(r * grid.columns + c, symbol);
      const std::int32_t magnitude = std::abs(residual);
      averages.row.add(magnitude, kRowMemory);
      averages.column[c].add(magnitude, kColumnMemory);
      averages.position[p].add(magnitude, 1024);
      averages.whole.add(magnitude, 1024);
      around.set(c, symbol);
      residualAbove[c] = residual;
      leftTwo = left;
      left = residual;
    }
    if (coder.dry()) {
      return false;
    }
  }
  return true;
}

}  // namespace

SymbolModel::SymbolModel() : m_state(std::make_unique<State>()) {}
SymbolModel::~SymbolModel() = default;
SymbolModel::SymbolModel(const SymbolModel &other) : m_state(std::make_unique<State>(*other.m_state)) {}

void SymbolModel::encode(BitEncoder &coder, std::span<const std::int32_t> symbols, const SymbolGrid &grid, const Prediction &prediction) {
  codeGrid(
      *m_state, Writing{coder}, grid, prediction, [&](std::size_t i) { return symbols[i]; }, [](std::size_t, std::int32_t) {});
}

bool SymbolModel::decode(BitDecoder &coder, std::span<std::int32_t> symbols, const SymbolGrid &grid, const Prediction &prediction) {
  return codeGrid(
      *m_state, Reading{coder}, grid, prediction, [](std::size_t) { return 0; }, [&](std::size_t i, std::int32_t symbol) { symbols[i] = symbol; });
}

namespace {

/// Bit by bit from the top; three orders of context, mixed.
class ByteModel {
 public:
  template <class Coder>
  std::uint8_t code(Coder &&coder, std::uint8_t byte) {
    std::size_t node = 1;
    for (int shift = 7; shift >= 0; --shift) {
      const std::array<BitCounter *, 3> counters = {&m_plain[node], &m_afterOne[m_last[0] * 256 + node],
                                                    &m_afterTwo[((m_last[1] * 40503U ^ m_last[0] * 257U) * 256 + node * 7) & 0xFFFF]};
      std::array<std::int32_t, 3> stretched;
      for (std::size_t i = 0; i < 3; ++i) {
        stretched[i] = m_tables.stretch[counters[i]->probability() >> 4];
      }
      const int bit = coder.code((byte >> shift) & 1, m_mixer.mix(stretched, m_tables));
      m_mixer.update(stretched, bit);
      for (BitCounter *counter : counters) {
        counter->update(bit);
      }
      node = node * 2 + static_cast<std::size_t>(bit);
    }
    m_last = {node & 255, m_last[0]};
    return static_cast<std::uint8_t>(node);
  }

 private:
  const LogisticTables &m_tables = LogisticTables::get();
  std::vector<BitCounter> m_plain = std::vector<BitCounter>(256), m_afterOne = std::vector<BitCounter>(65536), m_afterTwo = std::vector<BitCounter>(65536);
  BitMixer<3, 14> m_mixer;
  std::array<std::size_t, 2> m_last{};
};

}  // namespace

void encodeBytes(BitEncoder &coder, std::span<const std::uint8_t> bytes) {
  ByteModel model;
  for (const std::uint8_t byte : bytes) {
    model.code(Writing{coder}, byte);
  }
}

std::vector<std::uint8_t> decodeBytes(BitDecoder &coder, std::size_t count) {
  ByteModel model;
  std::vector<std::uint8_t> bytes;
  while (bytes.size() < count && !coder.overrun()) {
    bytes.push_back(model.code(Reading{coder}, 0));
  }
  return bytes;
}

}  // namespace vitrine::video
