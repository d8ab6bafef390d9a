// The colours of data: categories that stay apart for colour-blind eyes, perceptual maps for numbers, and legends.
#include <algorithm>
#include <cmath>
#include <iterator>

#include <QObject>

#include "widgets/theme.h"

namespace vitrine {

namespace {

constexpr std::size_t kDistinct = 23;
constexpr std::size_t kNeutral = 7;  // Okabe-Ito's black; white on dark ground
/// Okabe and Ito (2008), then greedily the colour farthest (OKLab) from all before, for normal sight and for protan, deutan and tritan
/// sight as simulated by Machado et al. (2009); tests/widgets measures the distances again.
constexpr std::array<QRgb, kDistinct> kCategories = {0x0072b2, 0xe69f00, 0x009e73, 0xd55e00, 0xcc79a7, 0x56b4e9, 0xf0e442, 0x000000,
                                                     0x774444, 0x9966ff, 0xaaccaa, 0x5522dd, 0xbb1188, 0x995533, 0x00ddff, 0xbbaa77,
                                                     0xeebb66, 0xee00cc, 0x006677, 0x7733ff, 0x9988ff, 0x6633aa, 0xddbbdd};

/// 33 evenly spaced colours of matplotlib's CC0 maps (van der Walt and Smith 2015; cividis: Nunez et al. 2018).
using Stops = std::array<QRgb, 33>;
constexpr Stops kViridis = {0x440154, 0x470d60, 0x48186a, 0x482374, 0x472d7b, 0x453681, 0x424086, 0x3f4989, 0x3b528b, 0x375a8d, 0x33638d,
                            0x2f6a8e, 0x2c728e, 0x297a8e, 0x26818e, 0x23898e, 0x21908c, 0x1f988b, 0x1f9f88, 0x21a685, 0x28ae80, 0x31b57b,
                            0x3ebc74, 0x4cc26c, 0x5dc963, 0x6ece58, 0x82d34c, 0x96d83f, 0xabdc32, 0xc0df24, 0xd5e21a, 0xeae51a, 0xfde725};
constexpr Stops kCividis = {0x00224e, 0x00285b, 0x002e6a, 0x043371, 0x1a386f, 0x273e6e, 0x32436d, 0x3b496c, 0x434e6c, 0x4b546c, 0x52596d,
                            0x5a5f6e, 0x61656f, 0x686a71, 0x6f7073, 0x757676, 0x7c7b78, 0x848179, 0x8b8778, 0x938d78, 0x9b9376, 0xa39a75,
                            0xaba072, 0xb3a670, 0xbbad6c, 0xc3b469, 0xccba64, 0xd4c15f, 0xddc958, 0xe6d051, 0xefd748, 0xf8df3c, 0xfee838};
constexpr Stops kMagma = {0x000004, 0x030311, 0x0a0822, 0x130d33, 0x1d1146, 0x28115a, 0x36106a, 0x430f76, 0x50127c, 0x5d177f, 0x691c81,
                          0x762181, 0x822681, 0x8f2a81, 0x9c2e7f, 0xa9327d, 0xb63779, 0xc33b75, 0xcf4170, 0xdb486a, 0xe65163, 0xee5c5e,
                          0xf5695c, 0xf9785d, 0xfb8761, 0xfd9668, 0xfea571, 0xfeb47b, 0xfec387, 0xfed194, 0xfde0a2, 0xfceeb0, 0xfcfdbf};

QColor between(QRgb a, QRgb b, double t) {
  const auto channel = [t](int x, int y) { return static_cast<int>(std::lround(x + (y - x) * t)); };
  return {channel(qRed(a), qRed(b)), channel(qGreen(a), qGreen(b)), channel(qBlue(a), qBlue(b))};
}

QColor ramp(const Stops &stops, double t) {
  const double position = t * static_cast<double>(stops.size() - 1);
  const auto k = std::min(static_cast<std::size_t>(position), stops.size() - 2);
  return between(stops[k], stops[k + 1], position - static_cast<double>(k));
}

/// Blue - the ground's neutral - orange: both arms keep their hue for all three colour-blindnesses, strength grows evenly.
QColor diverging(double t) {
  static constexpr std::array<QRgb, 5> kDark = {0x7cc0ff, 0x3f78ad, 0x2b3038, 0xa8672f, 0xffab5e};
  static constexpr std::array<QRgb, 5> kLight = {0x0a4f95, 0x6ba3d6, 0xf1f1f1, 0xe09a5f, 0xa33e00};
  const auto &stops = theme().dark ? kDark : kLight;
  const double position = t * 4;
  const auto k = std::min(static_cast<std::size_t>(position), std::size_t{3});
  return between(stops[k], stops[k + 1], position - static_cast<double>(k));
}

std::uint32_t rgba8(const QColor &colour) {
  const std::array<std::uint8_t, 4> bytes = {static_cast<std::uint8_t>(colour.red()), static_cast<std::uint8_t>(colour.green()),
                                             static_cast<std::uint8_t>(colour.blue()), static_cast<std::uint8_t>(colour.alpha())};
  std::uint32_t packed = 0;
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<std::uint8_t *>(&packed));
  return packed;
}

QColor missingColour() {
  return theme().dark ? QColor(0x6b7380) : QColor(0xa3abb6);
}
QColor plainColour() {
  return theme().dark ? QColor(0x8fb8dd) : QColor(0x3f6f9c);
}

/// 2nd and 98th percentile, so that one outlier does not flatten the picture; low < high always.
std::pair<double, double> shownRange(const std::vector<double> &numbers) {
  std::vector<double> finite;
  finite.reserve(numbers.size());
  std::copy_if(numbers.begin(), numbers.end(), std::back_inserter(finite), [](double v) { return std::isfinite(v); });
  if (finite.empty()) {
    return {0, 1};
  }
  const auto at = [&finite](double share) {
    const auto k = finite.begin() + static_cast<std::ptrdiff_t>(std::lround(share * static_cast<double>(finite.size() - 1)));
    std::nth_element(finite.begin(), k, finite.end());
    return *k;
  };
  const double low = at(0.02), high = at(0.98);
  return high > low ? std::pair{low, high} : std::pair{low - 0.5, low + 0.5};
}

}  // namespace

QColor categoryColour(std::size_t index, std::size_t count) {
  if (index >= kDistinct && count > kDistinct) {
    return missingColour();
  }
  return index % kDistinct == kNeutral ? (theme().dark ? QColor(0xe6e9ee) : QColor(0x1b1f26)) : QColor(kCategories[index % kDistinct]);
}

QColor mapColour(const QString &map, double t) {
  if (!std::isfinite(t)) {
    return missingColour();
  }
  t = std::clamp(t, 0.0, 1.0);
  if (map == QLatin1String("diverging")) {
    return diverging(t);
  }
  return ramp(map == QLatin1String("magma") ? kMagma : map == QLatin1String("cividis") ? kCividis : kViridis, t);
}

std::vector<std::uint32_t> columnColours(const Column *column, std::size_t rows) {
  std::vector<std::uint32_t> colours(rows, rgba8(plainColour()));
  if (column == nullptr || column->kind == Column::Kind::Text) {
    return colours;
  }
  const std::size_t filled = std::min(rows, column->size());
  if (column->kind == Column::Kind::Category) {
    std::vector<std::uint32_t> palette(column->categories.size());
    for (std::size_t c = 0; c < palette.size(); ++c) {
      palette[c] = rgba8(categoryColour(c, palette.size()));
    }
    for (std::size_t r = 0; r < filled; ++r) {
      const auto code = column->codes[r];
      colours[r] = code < 0 ? rgba8(missingColour()) : palette[static_cast<std::size_t>(code)];
    }
    return colours;
  }
  std::array<std::uint32_t, 256> table;
  for (std::size_t i = 0; i < table.size(); ++i) {
    table[i] = rgba8(ramp(kViridis, static_cast<double>(i) / 255));
  }
  const auto [low, high] = shownRange(column->numbers);
  for (std::size_t r = 0; r < filled; ++r) {
    const double t = (column->numbers[r] - low) / (high - low);
    colours[r] = std::isfinite(t) ? table[static_cast<std::size_t>(std::lround(std::clamp(t, 0.0, 1.0) * 255))] : rgba8(missingColour());
  }
  return colours;
}

std::vector<LegendEntry> legendOf(const Column *column) {
  std::vector<LegendEntry> entries;
  if (column == nullptr || column->kind == Column::Kind::Text) {
    return entries;
  }
  if (column->kind == Column::Kind::Category) {
    const std::size_t count = column->categories.size(), shown = count > kDistinct ? kDistinct : count;
    for (std::size_t c = 0; c < shown; ++c) {
      entries.push_back({QString::fromStdString(column->categories[c]), categoryColour(c, count), static_cast<int>(c)});
    }
    if (count > shown) {
      entries.push_back({QObject::tr("other (%1)").arg(count - shown), categoryColour(kDistinct, count), static_cast<int>(kDistinct)});
    }
    return entries;
  }
  const auto [low, high] = shownRange(column->numbers);
  for (int i = 4; i >= 0; --i) {  // highest first, as a bar stands
    const double t = i / 4.0;
    entries.push_back({QString::number(low + (high - low) * t, 'g', 3), ramp(kViridis, t), -1});
  }
  return entries;
}

}  // namespace vitrine
