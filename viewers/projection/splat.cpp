// Order-free splatting: every pixel sums the colours that cover it, so a frame depends on no drawing order and dense places read as density.
// In 3D a point's weight falls with its distance (weighted blended transparency, McGuire and Bavoil 2013), so that near points hide far ones.
#include "viewers/projection/splat.h"

#include <algorithm>
#include <cmath>
#include <thread>
#include <utility>

namespace vitrine {

namespace {

constexpr float kLargest = 24;  // radius in pixels; a near point in 3D grows no further
constexpr float kRadiusStep = 0.25F;
constexpr int kRadii = static_cast<int>(kLargest / kRadiusStep) + 1;
constexpr float kWidest = 1.4F;         // reach of the widest shape, in radii
constexpr float kSelectedMore = 0.75F;  // pixels that the radius of selected points gains
constexpr int kBandRows = 32;
constexpr float kHiding = 22;      // a point is hidden e times more for each 1/22 of the cloud's depth before it
constexpr float kFade = 0.3F;      // of a point's colour that the ground takes at the far end of the cloud
constexpr float kFadeFrom = 0.3F;  // of the cloud's depth: nearer points keep their full colour
constexpr int kAwaySteps = 256;
using Hiding = std::array<float, kAwaySteps + 1>;
constexpr float kSolid = 0.45F;  // cover from which a pixel has a depth

float channel(std::uint32_t rgba, int index) {
  return static_cast<float>(rgba >> (8 * index) & 0xffU) / 255;
}

std::uint32_t packed(float r, float g, float b, float a) {
  const auto byte = [](float v) { return static_cast<std::uint32_t>(v * 255 + 0.5F); };
  return byte(a) << 24 | byte(r) << 16 | byte(g) << 8 | byte(b);
}

int stampIndex(std::uint32_t shape, float radius) {
  const int step = static_cast<int>(std::min(radius, kLargest) / kRadiusStep + 0.5F);
  return static_cast<int>(shape) * kRadii + std::clamp(step, 2, kRadii - 1);
}

float squared(std::uint32_t rgba, int index) {
  return channel(rgba, index) * channel(rgba, index);
}

bool chosen(std::size_t row, std::uint32_t oneIn) {
  return (static_cast<std::uint32_t>(row) * 2654435761U >> 8) % oneIn == 0;
}

}  // namespace

PointStyle pointStyle(std::size_t count, int width, int height, double zoom, double ratio) {
  PointStyle style;
  const double area = 0.5 * width * height / (ratio * ratio);
  const double spacing =
      std::sqrt(area / std::max<double>(1, static_cast<double>(count))) * std::sqrt(std::max(zoom, 0.05));  // zooming in grows points half as fast
  const double radius = std::clamp(0.62 * std::pow(spacing, 0.72), 0.85, 4.5);
  const double overlap = 3.14 * radius * radius / std::pow(spacing, 2);
  style.radius = static_cast<float>(radius * ratio);
  style.weight = static_cast<float>(std::clamp(4.5 / (1 + 2 * overlap), 0.35, 4.5));
  return style;
}

Splatter::Splatter(int threads) : m_threads(std::max(1, threads)) {}

/// work(i) for i in [0, threads), the last on this thread.
template <class Work>
void Splatter::onThreads(int threads, Work work) const {
  std::vector<std::thread> others;
  for (int i = 0; i + 1 < threads; ++i) {
    others.emplace_back([work, i] { work(i); });
  }
  work(threads - 1);
  for (std::thread &other : others) {
    other.join();
  }
}

void Splatter::sort(const Job &job, std::size_t first, std::size_t last, Sorted &sorted) const {
  for (auto &layer : sorted.dots) {
    layer.resize(static_cast<std::size_t>(m_bandCount));
    for (auto &dots : layer) {
      dots.clear();
    }
  }
  sorted.stamps.assign(static_cast<std::size_t>(kShapeCount * kRadii), false);
  const Scene &scene = job.scene;
  const bool deep = scene.dims > 2;
  const auto edge = static_cast<float>(m_margin / 2), right = static_cast<float>(m_width) + edge, bottom = static_cast<float>(m_height) + edge;
  for (std::size_t row = first; row < last; ++row) {
    if ((row & 0x3fffU) == 0 && job.stopped()) {
      return;
    }
    const Layer layer = job.marked && (*scene.selected)[row] != 0 ? kAbove : kBelow;
    if (job.oneIn > 1 && layer == kBelow && !chosen(row, job.oneIn)) {
      continue;
    }
    Dot dot{};
    const float *point = scene.point(row);
    if (!job.projector(point, scene.dims, dot.x, dot.y) || !(dot.x >= -edge && dot.x < right && dot.y >= -edge && dot.y < bottom)) {
      continue;  // off the picture, behind the eye, or no number
    }
    const std::uint32_t shape = scene.shapes == nullptr ? 0 : (*scene.shapes)[row];
    dot.colour = ((scene.colours == nullptr ? job.style.plain : (*scene.colours)[row]) & 0xffffffU) | shape << 24;
    float radius = job.style.radius + (layer == kAbove ? kSelectedMore : 0);
    if (deep) {
      dot.distance = job.projector.distance(point, 3);
      radius *= job.projector.focus() / dot.distance;
    }
    sorted.stamps[static_cast<std::size_t>(stampIndex(shape, radius))] = true;
    const float reach = std::min(radius, kLargest) * kWidest + 2;
    const int from = std::max(0, static_cast<int>(dot.y - reach) / kBandRows),
              to = std::min(m_bandCount - 1, static_cast<int>(std::max(dot.y + reach, 0.0F)) / kBandRows);
    for (int band = from; band <= to; ++band) {
      sorted.dots[layer][static_cast<std::size_t>(band)].push_back(dot);
    }
  }
}

void Splatter::makeStamps() {
  m_stamps.resize(static_cast<std::size_t>(kShapeCount * kRadii));
  for (std::size_t i = 0; i < m_stamps.size(); ++i) {
    const bool wanted = std::any_of(m_sorted.begin(), m_sorted.end(), [i](const Sorted &sorted) { return sorted.stamps[i]; });
    if (wanted && m_stamps[i].empty()) {
      m_stamps[i] = Stamp(static_cast<Shape>(i / kRadii), static_cast<float>(i % kRadii) * kRadiusStep);
    }
  }
}

/// kSide: the stamp's side where it is known, so that the loops unroll; 0 = ask the stamp.
template <bool kDeep, int kSide>
void Splatter::add(const Stamp &stamp, const Dot &dot, Four colour, float weight, float depth, Band &band) const {
  const float left = std::floor(dot.x), top = std::floor(dot.y);
  const int side = kSide > 0 ? kSide : stamp.side(), reach = side / 2;
  const int column = static_cast<int>(left) - reach, row = static_cast<int>(top) - reach;
  const int from = std::max(row, band.top), to = std::min(row + side, band.bottom);
  const float *mask = stamp.mask(dot.x - left, dot.y - top) + (from - row) * side;
  std::size_t at = static_cast<std::size_t>(from - band.top) * static_cast<std::size_t>(m_stride) + static_cast<std::size_t>(column + m_margin);
  const Four heavy = colour * weight;
  for (int j = from; j < to; ++j, at += static_cast<std::size_t>(m_stride), mask += side) {
    for (int i = 0; i < side; ++i) {
      const std::size_t pixel = at + static_cast<std::size_t>(i);
      band.sum[pixel] += heavy * mask[i];
      if constexpr (kDeep) {
        band.cover[pixel] += mask[i];
        band.depth[pixel] = mask[i] > kSolid ? std::min(band.depth[pixel], depth) : band.depth[pixel];
      }
    }
  }
}

template <bool kDeep>
void Splatter::accumulate(const Job &job, const std::vector<Dot> &dots, float radius, Band &band) const {
  static const Hiding hiding = [] {
    Hiding table{};
    for (int i = 0; i <= kAwaySteps; ++i) {
      table[static_cast<std::size_t>(i)] = std::exp(-kHiding * static_cast<float>(i) / kAwaySteps);
    }
    return table;
  }();
  static const std::array<float, 256> light = [] {
    std::array<float, 256> table{};
    for (std::size_t i = 0; i < table.size(); ++i) {
      table[i] = static_cast<float>(i * i) / (255.0F * 255.0F);
    }
    return table;
  }();
  const Four ground{squared(job.style.ground, 0), squared(job.style.ground, 1), squared(job.style.ground, 2), 1};
  for (const Dot &dot : dots) {
    Four colour{light[dot.colour & 0xffU], light[dot.colour >> 8 & 0xffU], light[dot.colour >> 16 & 0xffU], 1};
    const std::uint32_t shape = dot.colour >> 24;
    if constexpr (kDeep) {
      const float away = std::clamp(job.projector.away(dot.distance), 0.0F, 1.0F);
      colour += (ground - colour) * (std::max(away - kFadeFrom, 0.0F) * kFade / (1 - kFadeFrom));
      const Stamp &stamp = m_stamps[static_cast<std::size_t>(stampIndex(shape, radius * job.projector.focus() / dot.distance))];
      const float weight = hiding[static_cast<std::size_t>(away * kAwaySteps)], depth = job.projector.depth(dot.distance);
      stamp.side() == 3 ? add<true, 3>(stamp, dot, colour, weight, depth, band) : add<true, 0>(stamp, dot, colour, weight, depth, band);
    } else {
      const Stamp &stamp = m_stamps[static_cast<std::size_t>(stampIndex(shape, radius))];
      stamp.side() == 3 ? add<false, 3>(stamp, dot, colour, 1, 0, band) : add<false, 0>(stamp, dot, colour, 1, 0, band);
    }
  }
}

template <bool kDeep>
void Splatter::resolve(const Job &job, float weight, float strength, bool lift, Band &band) const {
  const float goal = job.style.dark ? 1.0F : 0.0F, most = lift ? 0.38F : 0.0F;
  for (int row = band.top; row < band.bottom; ++row) {
    const std::ptrdiff_t base = static_cast<std::ptrdiff_t>(row - band.top) * m_stride + m_margin;
    std::uint32_t *line = job.frame.argb.data() + static_cast<std::ptrdiff_t>(row) * m_width;
    for (int x = -m_margin; x < m_width + m_margin; ++x) {
      const auto at = static_cast<std::size_t>(base + x);
      const Four sum = band.sum[at];
      float cover = sum[3];
      if (cover == 0) {
        continue;
      }
      band.sum[at] = Four{};
      if constexpr (kDeep) {
        cover = std::exchange(band.cover[at], 0.0F);
      }
      if (x < 0 || x >= m_width) {
        continue;
      }
      const float t = cover * weight, beyond = std::max(t - weight, 0.0F), dense = most * beyond / (beyond + 24);
      const float alpha = strength * t / (1 + t), inverse = 1 / sum[3];
      const auto tone = [&](float brightness) {
        const float value = std::sqrt(brightness * inverse);
        return (value + (goal - value) * dense) * alpha;
      };
      const std::uint32_t under = line[x];
      const float keep = (1 - alpha) / 255;
      const auto over = [&](int shift) { return under == 0 ? 0.0F : static_cast<float>(under >> shift & 0xffU) * keep; };
      line[x] = packed(std::min(tone(sum[0]) + over(16), 1.0F), std::min(tone(sum[1]) + over(8), 1.0F), std::min(tone(sum[2]) + over(0), 1.0F),
                       std::min(alpha + over(24), 1.0F));
    }
  }
}

void Splatter::drawBand(const Job &job, int index, Band &band) const {
  const bool deep = job.scene.dims > 2;
  const auto pixels = static_cast<std::size_t>(m_stride) * kBandRows;
  band.top = index * kBandRows;
  band.bottom = std::min(m_height, band.top + kBandRows);
  band.sum.resize(pixels);  // zero between bands: resolve() leaves it so
  band.cover.resize(deep ? pixels : 0);
  band.depth.assign(deep ? pixels : 0, 1.0F);
  const PointStyle &style = job.style;
  for (const Layer layer : {kBelow, kAbove}) {
    const float radius = style.radius + (layer == kAbove ? kSelectedMore : 0),
                weight = style.weight * (layer == kBelow ? std::sqrt(static_cast<float>(job.oneIn)) : 1);
    const bool dimmed = layer == kBelow && job.marked;
    for (const Sorted &sorted : m_sorted) {
      const std::vector<Dot> &dots = sorted.dots[layer][static_cast<std::size_t>(index)];
      deep ? accumulate<true>(job, dots, radius, band) : accumulate<false>(job, dots, radius, band);
    }
    deep ? resolve<true>(job, weight, dimmed ? style.dim : 1, !dimmed, band) : resolve<false>(job, weight, dimmed ? style.dim : 1, !dimmed, band);
  }
  for (int row = band.top; deep && row < band.bottom; ++row) {
    const float *from = band.depth.data() + static_cast<std::ptrdiff_t>(row - band.top) * m_stride + m_margin;
    std::copy(from, from + m_width, job.frame.depth.data() + static_cast<std::ptrdiff_t>(row) * m_width);
  }
}

bool Splatter::draw(const Scene &scene, const Camera &camera, const PointStyle &style, int oneIn, SplatFrame &frame, const std::atomic<bool> *stop) {
  const bool deep = scene.dims > 2;
  const auto pixels = static_cast<std::size_t>(frame.width) * static_cast<std::size_t>(frame.height);
  const int reach = static_cast<int>(std::ceil((deep ? kLargest : std::min(style.radius + kSelectedMore, kLargest)) * kWidest)) + 2;
  const int margin = 2 * reach;  // a point is drawn whose middle lies up to `reach` off the picture, and its disc reaches as far again
  if (m_width != frame.width || m_margin != margin) {
    m_bands.clear();
  }
  m_width = frame.width;
  m_height = frame.height;
  m_margin = margin;
  m_stride = m_width + 2 * margin;
  m_bandCount = (m_height + kBandRows - 1) / kBandRows;
  frame.argb.assign(pixels, 0);
  frame.depth.resize(deep ? pixels : 0);
  frame.oneIn = oneIn;
  frame.camera = camera;

  const int threads = scene.count < 20000 ? 1 : m_threads;
  m_sorted.resize(static_cast<std::size_t>(threads));
  m_bands.resize(static_cast<std::size_t>(m_threads));
  const Projector projector(camera, scene.bounds, m_width, m_height);
  const Job job{scene, projector, style, static_cast<std::uint32_t>(std::max(1, oneIn)), scene.selected != nullptr && scene.selectedCount > 0, stop, frame};
  onThreads(threads, [&](int i) {
    const auto part = static_cast<std::size_t>(i), parts = static_cast<std::size_t>(threads);
    sort(job, scene.count * part / parts, scene.count * (part + 1) / parts, m_sorted[part]);
  });
  if (job.stopped()) {
    return false;
  }
  makeStamps();
  std::atomic<int> next{0};
  onThreads(threads, [&](int i) {
    for (int band = next++; band < m_bandCount && !job.stopped(); band = next++) {
      drawBand(job, band, m_bands[static_cast<std::size_t>(i)]);
    }
  });
  return !job.stopped();
}

}  // namespace vitrine
