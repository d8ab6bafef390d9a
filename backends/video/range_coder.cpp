// The logistic tables, computed by multiplication of whole numbers so that no mathematical library has a say in them.
#include "video/range_coder.h"

#include <algorithm>

namespace vitrine::video {

std::vector<std::uint8_t> BitEncoder::finish() {
  // One byte that lies above low and stays below high when zeros follow is enough, unless the interval spans less than that.
  std::uint32_t kept = 0;
  for (int shift = 24; shift >= 0; shift -= 8) {
    const std::uint64_t step = std::uint64_t{1} << shift;
    const std::uint64_t candidate = (std::uint64_t{m_low} + step - 1) / step * step;
    if (candidate <= m_high) {
      kept = static_cast<std::uint32_t>(candidate);
      break;
    }
  }
  for (int shift = 24; shift >= 0 && kept != 0; shift -= 8) {
    m_bytes.push_back(static_cast<std::uint8_t>(kept >> shift));
    kept &= (1U << shift) - 1;
  }
  return std::move(m_bytes);
}

const LogisticTables &LogisticTables::get() {
  static const LogisticTables tables = [] {
    LogisticTables made;
    constexpr std::uint64_t kOne = std::uint64_t{1} << 40;
    constexpr std::uint64_t kStep = 1095225038176ULL;  // exp(-1/256) = 0.996101369... in 2^-40
    std::uint64_t decayed = kOne;                      // exp(-x / 256)
    for (std::size_t x = 0; x < 2048; ++x) {
      const auto p = static_cast<std::uint32_t>(((kOne << 16) / (kOne + decayed)));
      made.squash[2048 + x] = static_cast<std::uint16_t>(std::min<std::uint32_t>(p, 65535));
      made.squash[2048 - x] = static_cast<std::uint16_t>(std::max<std::uint32_t>(65536 - p, 1));
      decayed = ((decayed >> 20) * (kStep >> 20)) + (((decayed >> 20) * (kStep & 0xFFFFF) + (decayed & 0xFFFFF) * (kStep >> 20)) >> 20);
    }
    made.squash[0] = made.squash[1];
    std::size_t x = 0;
    for (std::size_t i = 0; i < made.stretch.size(); ++i) {
      while (x < 4095 && made.squash[x] < i * 16 + 8) {
        ++x;
      }
      made.stretch[i] = static_cast<std::int16_t>(static_cast<int>(std::clamp<std::size_t>(x, 1, 4095)) - 2048);
    }
    return made;
  }();
  return tables;
}

}  // namespace vitrine::video
