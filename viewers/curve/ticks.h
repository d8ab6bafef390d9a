// Where an axis puts its numbers, and how it writes them.
#pragma once

#include <vector>

#include <QString>

namespace vitrine {

struct Range {
  double lo = 0, hi = 1;
  double length() const { return hi - lo; }
  bool operator==(const Range &) const = default;
};

struct Tick {
  double value = 0;
  QString text;  ///< empty: a line without a number
};

/// Round numbers (1, 2, 5 times a power of ten) inside `range`, about `wanted` of them, all with the same number of decimals.
std::vector<Tick> linearTicks(Range range, int wanted);
/// Powers of ten inside `range` of logarithms (base 10), thinned to about `wanted`; below two powers, 1, 2 and 5 times each.
std::vector<Tick> logTicks(Range range, int wanted);

}  // namespace vitrine
