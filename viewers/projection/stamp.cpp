// Masks of the shapes from their signed distance functions (after I. Quilez's collection of exact 2D distances).
#include "viewers/projection/stamp.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace vitrine {

namespace {

float box(float x, float y, float halfX, float halfY) {
  const float dx = std::abs(x) - halfX, dy = std::abs(y) - halfY;
  return std::hypot(std::max(dx, 0.0F), std::max(dy, 0.0F)) + std::min(std::max(dx, dy), 0.0F);
}

float bars(float x, float y, float radius) {
  const float length = radius * 1.15F, half = std::max(radius * 0.36F, 0.5F);
  return std::min(box(x, y, length, half), box(x, y, half, length));
}

float triangle(float x, float y, float radius) {
  const float r = radius * 1.3F, k = std::sqrt(3.0F) / 2;
  const float down = y - radius * 0.2F;  // its weight sits low
  return std::max(k * std::abs(x) - down * 0.5F, down) - r / 2;
}

float star(float x, float y, float radius) {
  const float angle = std::atan2(x, -y), fifth = 2 * std::numbers::pi_v<float> / 5;
  const float wave = std::abs(angle / fifth - std::round(angle / fifth)) * 2;  // 0 at a tip, 1 between two
  return (std::hypot(x, y) - radius * 1.4F * (1 - 0.55F * wave)) * 0.8F;
}

}  // namespace

float outline(Shape shape, float radius, float x, float y) {
  const float turn = std::numbers::sqrt2_v<float> / 2;
  switch (shape) {
    case Shape::Disc: return std::hypot(x, y) - radius;
    case Shape::Square: return box(x, y, radius * 0.88F, radius * 0.88F);
    case Shape::Triangle: return triangle(x, y, radius);
    case Shape::Diamond: return (std::abs(x) + std::abs(y) - radius * 1.25F) * turn;
    case Shape::Plus: return bars(x, y, radius);
    case Shape::Cross: return bars((x + y) * turn, (x - y) * turn, radius);
    case Shape::Ring: return std::abs(std::hypot(x, y) - radius * 0.85F) - std::max(radius * 0.25F, 0.5F);
    case Shape::Star: return star(x, y, radius);
  }
  return 0;
}

Stamp::Stamp(Shape shape, float radius) {
  m_reach = static_cast<int>(std::ceil(radius * (shape == Shape::Disc ? 1.0F : 1.4F)));
  m_area = static_cast<std::size_t>(side()) * static_cast<std::size_t>(side());
  m_masks.resize(m_area * kSteps * kSteps);
  float *mask = m_masks.data();
  for (int step = 0; step < kSteps * kSteps; ++step) {
    const float fx = (static_cast<float>(step % kSteps) + 0.5F) / kSteps, fy = (static_cast<float>(step / kSteps) + 0.5F) / kSteps;
    for (int y = -m_reach; y <= m_reach; ++y) {
      for (int x = -m_reach; x <= m_reach; ++x) {
        const float distance = outline(shape, radius, static_cast<float>(x) + 0.5F - fx, static_cast<float>(y) + 0.5F - fy);
        *mask++ = std::clamp(0.5F - distance, 0.0F, 1.0F);
      }
    }
  }
}

}  // namespace vitrine
