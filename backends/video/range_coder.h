// A binary range coder and the adaptive probabilities that feed it. Integer arithmetic only: a file decodes to the same bits on every machine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vitrine::video {

/// Probabilities are of a 1, in 65536ths, from 1 to 65535.
constexpr std::uint32_t kProbabilityBits = 16;

/// Carry-less binary range coder (an interval [low, high] of 32 bits whose settled bytes leave at the top).
class BitEncoder {
 public:
  void encode(int bit, std::uint32_t probability) {
    const std::uint32_t range = m_high - m_low;
    const auto middle = m_low + static_cast<std::uint32_t>((std::uint64_t{range} * probability) >> kProbabilityBits);
    (bit != 0 ? m_high : m_low) = bit != 0 ? middle : middle + 1;
    while (((m_low ^ m_high) & 0xFF000000U) == 0) {
      m_bytes.push_back(static_cast<std::uint8_t>(m_high >> 24));
      m_low <<= 8;
      m_high = m_high << 8 | 255;
    }
  }
  /// The bytes so far and as many more as tell the last interval apart; missing bytes read as zero. Ends the coder.
  std::vector<std::uint8_t> finish();
  std::size_t size() const { return m_bytes.size(); }  ///< bytes that are settled

 private:
  std::uint32_t m_low = 0, m_high = 0xFFFFFFFFU;
  std::vector<std::uint8_t> m_bytes;
};

/// The same interval on the other side. Never reads beyond `bytes` (zeros follow); overrun() tells whether it had to.
class BitDecoder {
 public:
  explicit BitDecoder(std::span<const std::uint8_t> bytes) : m_bytes(bytes) {
    for (int i = 0; i < 4; ++i) {
      m_value = m_value << 8 | next();
    }
  }
  int decode(std::uint32_t probability) {
    const std::uint32_t range = m_high - m_low;
    const auto middle = m_low + static_cast<std::uint32_t>((std::uint64_t{range} * probability) >> kProbabilityBits);
    const int bit = m_value <= middle ? 1 : 0;
    (bit != 0 ? m_high : m_low) = bit != 0 ? middle : middle + 1;
    while (((m_low ^ m_high) & 0xFF000000U) == 0) {
      m_low <<= 8;
      m_high = m_high << 8 | 255;
      m_value = m_value << 8 | next();
    }
    return bit;
  }
  /// More bytes were asked for than a whole stream can need: it is cut off, or damaged.
  bool overrun() const { return m_at > m_bytes.size() + 4; }
  std::size_t position() const { return m_at < 4 ? 0 : m_at - 4; }  ///< bytes that are settled
  /// No byte is left over.
  bool exhausted() const { return m_at >= m_bytes.size(); }

 private:
  std::uint32_t next() { return m_at < m_bytes.size() ? m_bytes[m_at++] : (++m_at, 0U); }

  std::span<const std::uint8_t> m_bytes;
  std::size_t m_at = 0;
  std::uint32_t m_low = 0, m_high = 0xFFFFFFFFU, m_value = 0;
};

/// Logistic function and its inverse in fixed point: stretch(p) = ln(p / (1 - p)) in 256ths, within +-2047; squash undoes it.
struct LogisticTables {
  std::array<std::uint16_t, 4096> squash{};  ///< index: stretched + 2048
  std::array<std::int16_t, 4096> stretch{};  ///< index: probability / 16
  static const LogisticTables &get();
};

/// How often a bit was 1: the mean at first, then an average over about `kMemory` bits.
class BitCounter {
 public:
  std::uint32_t probability() const { return m_state >> kCountBits >> 6; }
  /// For starting values: as if `count` bits had shown the probability.
  void set(std::uint32_t probability, std::uint32_t count) { m_state = probability << 6 << kCountBits | count; }
  void update(int bit) {
    const std::uint32_t count = m_state & kCountMask;
    const auto p = static_cast<std::int32_t>(m_state >> kCountBits);
    const std::int32_t target = bit != 0 ? (1 << 22) - 1 : 0;
    const auto moved = static_cast<std::uint32_t>(p + static_cast<std::int32_t>((std::int64_t{target - p} * kRate[count]) >> 16));
    m_state = moved << kCountBits | (count < kMemory ? count + 1 : count);
  }

 private:
  static constexpr std::uint32_t kCountBits = 10, kCountMask = (1U << kCountBits) - 1, kMemory = 1020;
  static constexpr std::array<std::int32_t, kMemory + 1> kRate = [] {
    std::array<std::int32_t, kMemory + 1> rate{};
    for (std::size_t n = 0; n <= kMemory; ++n) {
      rate[n] = static_cast<std::int32_t>(65536 * 2 / (2 * n + 3));  // 1 / (n + 1.5): Krichevsky and Trofimov's estimate, nearly
    }
    return rate;
  }();
  std::uint32_t m_state = 1U << 31;  // one half, nothing seen
};

/// Weighs the opinions of `Inputs` counters in the logistic domain and learns the weights online (Mahoney 2005, "PAQ6").
/// A larger `Shift` learns more slowly: stationary weights want 18, short texts 14.
template <std::size_t Inputs, int Shift = 18>
class BitMixer {
 public:
  BitMixer() { m_weights.fill(static_cast<std::int32_t>(65536 / Inputs)); }
  /// `stretched` as LogisticTables gives it.
  std::uint32_t mix(const std::array<std::int32_t, Inputs> &stretched, const LogisticTables &tables) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < Inputs; ++i) {
      sum += std::int64_t{stretched[i]} * m_weights[i];
    }
    sum >>= 16;
    m_last = tables.squash[static_cast<std::size_t>((sum > 2047 ? 2047 : sum < -2047 ? -2047 : sum) + 2048)];
    return m_last;
  }
  void update(const std::array<std::int32_t, Inputs> &stretched, int bit) {
    const std::int32_t error = (bit != 0 ? 65535 : 0) - static_cast<std::int32_t>(m_last);
    for (std::size_t i = 0; i < Inputs; ++i) {
      m_weights[i] += static_cast<std::int32_t>((std::int64_t{stretched[i]} * error + (1 << (Shift - 1))) >> Shift);
    }
  }

 private:
  std::array<std::int32_t, Inputs> m_weights{};
  std::uint32_t m_last = 32768;
};

}  // namespace vitrine::video
