// Order-free splatting: every pixel sums the colours that cover it, so a frame depends on no drawing order and dense places read as density.
// In 3D a point's weight falls with its distance (weighted blended transparency, McGuire and Bavoil 2013), so that near points hide far ones.
#include "viewers/projection/splat.h"

#include <algorithm>
#include <cmath>

namespace vitrine {

namespace {

constexpr float kLargest = 24;      // radius in pixels; a near point in 3D grows no further
constexpr float kRadiusStep = 0.25F;
constexpr float kHiding = 22;       // a point is hidden e times more for each 1/22 of the cloud's depth before it
constexpr float kFade = 0.3F;       // of a point's strength at the far end of the cloud
constexpr int kAwaySteps = 256;
constexpr float kSolid = 0.45F;     // cover from which a pixel has a depth

float channel(std::uint32_t rgba, int index) { return static_cast<float>(rgba >> (8 * index) & 0xffU) / 255; }

std::uint32_t packed(float r, float g, float b, float a) {
  const auto byte = [](float v) { return static_cast<std::uint32_t>(v * 255 + 0.5F); };
  return byte(a) << 24 | byte(r) << 16 | byte(g) << 8 | byte(b);
}

bool chosen(std::size_t row, std::uint32_t oneIn) { return (static_cast<std::uint32_t>(row) * 2654435761U >> 8) % oneIn == 0; }

}  // namespace

PointStyle pointStyle(std::size_t count, int width, int height, double zoom, double ratio) {
  PointStyle style;
  const double area = 0.5 * width * height / (ratio * ratio);
  const double spacing = std::sqrt(area / std::max<double>(1, static_cast<double>(count))) * std::sqrt(std::max(zoom, 0.05));  // zooming in grows points half as fast
  const double radius = std::clamp(0.62 * std::pow(spacing, 0.72), 0.85, 4.5);
  const double overlap = 3.14 * radius * radius / std::pow(spacing, 2);
  style.radius = static_cast<float>(radius * ratio);
  style.weight = static_cast<float>(std::clamp(4.5 / (1 + 2 * overlap), 0.35, 4.5));
  return style;
}

const Stamp &Splatter::stamp(Shape shape, float radius) {
  const int steps = static_cast<int>(kLargest / kRadiusStep) + 1;
  const int step = std::clamp(static_cast<int>(radius / kRadiusStep + 0.5F), 2, steps - 1);
  m_stamps.resize(static_cast<std::size_t>(kShapeCount * steps));
  Stamp &stamp = m_stamps[static_cast<std::size_t>(static_cast<int>(shape) * steps + step)];
  if (stamp.empty()) {
    stamp = Stamp(shape, static_cast<float>(step) * kRadiusStep);
  }
  return stamp;
}

template <bool kDeep>
void Splatter::add(const Stamp &stamp, float x, float y, Four colour, float weight, float depth) {
  const float left = std::floor(x), top = std::floor(y);
  const int column = static_cast<int>(left) - stamp.reach(), side = stamp.side();
  int row = static_cast<int>(top) - stamp.reach();
  const float *mask = stamp.mask(x - left, y - top);
  std::size_t at = static_cast<std::size_t>(row + m_margin) * static_cast<std::size_t>(m_stride) + static_cast<std::size_t>(column + m_margin);
  const Four add = colour * weight;
  for (int j = 0; j < side; ++j, ++row, at += static_cast<std::size_t>(m_stride)) {
    Range &range = m_rows[static_cast<std::size_t>(row + m_margin)];
    range.from = std::min(range.from, column);
    range.to = std::max(range.to, column + side);
    for (int i = 0; i < side; ++i, ++mask) {
      const std::size_t pixel = at + static_cast<std::size_t>(i);
      m_sum[pixel] += add * *mask;
      if constexpr (kDeep) {
        m_cover[pixel] += *mask;
        m_depth[pixel] = *mask > kSolid ? std::min(m_depth[pixel], depth) : m_depth[pixel];
      }
    }
  }
}

template <bool kDeep>
bool Splatter::accumulate(const Scene &scene, const Projector &projector, const PointStyle &style, Pass pass, int oneIn, const std::atomic<bool> *stop) {
  std::array<float, kAwaySteps + 1> hiding{};
  for (int i = 0; i <= kAwaySteps; ++i) {
    hiding[static_cast<std::size_t>(i)] = std::exp(-kHiding * static_cast<float>(i) / kAwaySteps);
  }
  const Four ground{std::pow(channel(style.ground, 0), 2.0F), std::pow(channel(style.ground, 1), 2.0F), std::pow(channel(style.ground, 2), 2.0F), 1};
  std::array<float, 256> light{};
  for (std::size_t i = 0; i < light.size(); ++i) {
    light[i] = static_cast<float>(i * i) / (255.0F * 255.0F);
  }
  const float reach = static_cast<float>(m_margin - 1), right = static_cast<float>(m_width) + reach, bottom = static_cast<float>(m_height) + reach;
  const std::uint32_t *colours = scene.colours == nullptr ? nullptr : scene.colours->data();
  const std::uint8_t *marks = pass == Pass::All ? nullptr : scene.selected->data();
  const float wanted = pass == Pass::Selected ? style.radius + 0.75F : style.radius;
  const Stamp *same = kDeep || scene.shapes != nullptr ? nullptr : &stamp(Shape::Disc, wanted);
  for (std::size_t row = 0; row < scene.count; ++row) {
    if ((row & 0x3fffU) == 0 && stop != nullptr && stop->load(std::memory_order_relaxed)) {
      return false;
    }
    if (marks != nullptr && (marks[row] != 0) != (pass == Pass::Selected)) {
      continue;
    }
    if (oneIn > 1 && pass != Pass::Selected && !chosen(row, static_cast<std::uint32_t>(oneIn))) {
      continue;
    }
    float x, y;
    const float *point = scene.point(row);
    if (!projector(point, kDeep ? 3 : 2, x, y) || !(x >= -reach && x < right && y >= -reach && y < bottom)) {
      continue;  // off the picture, behind the eye, or no number
    }
    const std::uint32_t rgba = colours == nullptr ? style.plain : colours[row];
    Four colour{light[rgba & 0xffU], light[rgba >> 8 & 0xffU], light[rgba >> 16 & 0xffU], 1};
    const Shape shape = scene.shapes == nullptr ? Shape::Disc : static_cast<Shape>((*scene.shapes)[row]);
    if constexpr (kDeep) {
      const float distance = projector.distance(point, 3), away = std::clamp(projector.away(distance), 0.0F, 1.0F);
      colour += (ground - colour) * (away * kFade);
      const Stamp &mask = stamp(shape, std::min(wanted * projector.focus() / distance, kLargest));
      add<true>(mask, x, y, colour, hiding[static_cast<std::size_t>(away * kAwaySteps)], projector.depth(distance));
    } else {
      add<false>(same != nullptr ? *same : stamp(shape, wanted), x, y, colour, 1, 0);
    }
  }
  return true;
}

template <bool kDeep>
void Splatter::resolve(const PointStyle &style, float strength, bool lift, SplatFrame &frame) {
  const float weight = style.weight, goal = style.dark ? 1.0F : 0.0F, most = lift ? 0.38F : 0.0F;
  for (int row = -m_margin; row < m_height + m_margin; ++row) {
    Range &range = m_rows[static_cast<std::size_t>(row + m_margin)];
    const std::size_t base = static_cast<std::size_t>(row + m_margin) * static_cast<std::size_t>(m_stride) + static_cast<std::size_t>(m_margin);
    const bool inside = row >= 0 && row < m_height;
    for (int x = range.from; x < range.to; ++x) {
      const std::size_t at = base + static_cast<std::size_t>(static_cast<std::ptrdiff_t>(x));
      const Four sum = m_sum[at];
      m_sum[at] = Four{};
      float cover = sum[3];
      if constexpr (kDeep) {
        cover = m_cover[at];
        m_cover[at] = 0;
      }
      if (!(cover > 0) || !inside || x < 0 || x >= m_width) {
        continue;
      }
      const std::size_t pixel = static_cast<std::size_t>(row) * static_cast<std::size_t>(m_width) + static_cast<std::size_t>(x);
      const float t = cover * weight, dense = most * t / (t + 24);
      const float alpha = strength * t / (1 + t), inverse = 1 / sum[3];
      const auto tone = [&](float light) {
        const float value = std::sqrt(light * inverse);
        return (value + (goal - value) * dense) * alpha;
      };
      const std::uint32_t under = frame.argb[pixel];
      const float keep = (1 - alpha) / 255;
      const auto over = [&](int shift) { return under == 0 ? 0.0F : static_cast<float>(under >> shift & 0xffU) * keep; };
      frame.argb[pixel] = packed(std::min(tone(sum[0]) + over(16), 1.0F), std::min(tone(sum[1]) + over(8), 1.0F), std::min(tone(sum[2]) + over(0), 1.0F), std::min(alpha + over(24), 1.0F));
    }
    range = {m_width + m_margin, -m_margin};
  }
}

void Splatter::prepare(const Scene &scene, const PointStyle &style) {
  const float largest = scene.dims > 2 ? kLargest : std::min(style.radius + 1, kLargest);
  const int margin = static_cast<int>(std::ceil(largest * 1.5F)) + 2;
  const auto pixels = static_cast<std::size_t>(m_width + 2 * margin) * static_cast<std::size_t>(m_height + 2 * margin);
  const bool deep = scene.dims > 2;
  if (margin != m_margin || m_stride != m_width + 2 * margin || m_sum.size() != pixels) {
    m_margin = margin;
    m_stride = m_width + 2 * margin;
    m_sum.assign(pixels, Four{});
    m_cover.assign(deep ? pixels : 0, 0.0F);
  }
  m_cover.resize(deep ? pixels : 0);
  m_depth.assign(deep ? pixels : 0, 1.0F);
  m_rows.assign(static_cast<std::size_t>(m_height + 2 * margin), {m_width + margin, -margin});
}

bool Splatter::draw(const Scene &scene, const Camera &camera, const PointStyle &style, int oneIn, SplatFrame &frame, const std::atomic<bool> *stop) {
  m_width = frame.width;
  m_height = frame.height;
  frame.argb.assign(static_cast<std::size_t>(m_width) * static_cast<std::size_t>(m_height), 0);
  frame.oneIn = oneIn;
  frame.camera = camera;
  prepare(scene, style);
  const Projector projector(camera, scene.bounds, m_width, m_height);
  PointStyle thinned = style;
  thinned.weight *= std::sqrt(static_cast<float>(oneIn));
  const bool marked = scene.selected != nullptr && scene.selectedCount > 0;
  const auto layer = [&](Pass pass, float strength) {
    const bool done = scene.dims > 2 ? accumulate<true>(scene, projector, style, pass, oneIn, stop) : accumulate<false>(scene, projector, style, pass, oneIn, stop);
    if (!done) {
      m_sum.clear();  // half a picture is left in the sums
      return false;
    }
    scene.dims > 2 ? resolve<true>(pass == Pass::Selected ? style : thinned, strength, pass != Pass::Unselected, frame)
                   : resolve<false>(pass == Pass::Selected ? style : thinned, strength, pass != Pass::Unselected, frame);
    return true;
  };
  const bool done = marked ? layer(Pass::Unselected, style.dim) && layer(Pass::Selected, 1) : layer(Pass::All, 1);
  frame.depth.clear();
  if (done && scene.dims > 2) {
    frame.depth.reserve(frame.argb.size());
    for (int row = 0; row < m_height; ++row) {
      const float *from = m_depth.data() + static_cast<std::ptrdiff_t>(row + m_margin) * m_stride + m_margin;
      frame.depth.insert(frame.depth.end(), from, from + m_width);
    }
  }
  return done;
}

}  // namespace vitrine
