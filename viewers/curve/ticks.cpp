// Round numbers for axes.
#include "viewers/curve/ticks.h"

#include <algorithm>
#include <cmath>

#include <QLocale>

#include "widgets/format.h"

namespace vitrine {

namespace {

/// 1, 2 or 5 times a power of ten, not below `least`.
double roundStep(double least) {
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= least * (1 - 1e-9)) {
      return factor * power;
    }
  }
  return 10 * power;
}

QString grouped(double value, int decimals) {
  return QLocale(QLocale::English).toString(value, 'f', decimals);
}

}  // namespace

std::vector<Tick> linearTicks(Range range, int wanted) {
  std::vector<Tick> ticks;
  if (!(range.length() > 0) || !std::isfinite(range.length()) || wanted < 1) {
    return ticks;
  }
  const double step = roundStep(range.length() / wanted);
  const double size = std::max(std::abs(range.lo), std::abs(range.hi));
  const bool scientific = size >= 1e7 || size < 1e-4;
  const int decimals = std::clamp(static_cast<int>(-std::floor(std::log10(step) + 1e-9)), 0, 12);
  const int digits = std::clamp(static_cast<int>(std::floor(std::log10(size) + 1e-9) - std::floor(std::log10(step) + 1e-9)), 0, 12);
  const double first = std::ceil(range.lo / step - 1e-9), last = std::floor(range.hi / step + 1e-9);
  for (double i = first; i <= last && ticks.size() < 1000; ++i) {
    const double value = i == 0 ? 0 : i * step;
    ticks.push_back({value, value == 0 ? QStringLiteral("0") : scientific ? QString::number(value, 'e', digits) : grouped(value, decimals)});
  }
  return ticks;
}

std::vector<Tick> logTicks(Range range, int wanted) {
  std::vector<Tick> ticks;
  const double most = 1000;  // no double has more powers of ten
  if (!(range.length() > 0) || std::max(std::abs(range.lo), std::abs(range.hi)) > most || wanted < 1) {
    return ticks;
  }
  const int first = static_cast<int>(std::ceil(range.lo - 1e-9)), last = static_cast<int>(std::floor(range.hi + 1e-9));
  if (last - first < 1) {  // within one or two powers: round values, or where even those are too few, evenly spaced ones
    for (int power = first - 1; power <= last; ++power) {
      for (const double factor : {1.0, 2.0, 5.0}) {
        const double at = power + std::log10(factor);
        if (at >= range.lo && at <= range.hi) {
          ticks.push_back({at, number(factor * std::pow(10.0, power))});
        }
      }
    }
    if (ticks.size() < 2) {
      ticks = linearTicks({std::pow(10.0, range.lo), std::pow(10.0, range.hi)}, wanted);
      for (Tick &tick : ticks) {
        tick.value = std::log10(tick.value);
      }
    }
    return ticks;
  }
  const int step = std::max(1, static_cast<int>(std::ceil(static_cast<double>(last - first + 1) / wanted)));
  for (int power = first; power <= last; ++power) {
    ticks.push_back({static_cast<double>(power), (power - first) % step == 0 ? number(std::pow(10.0, power)) : QString()});
  }
  return ticks;
}

}  // namespace vitrine
