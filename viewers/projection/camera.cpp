// Camera arithmetic of the projection view.
#include "viewers/projection/camera.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace vitrine {

namespace {

constexpr double kMargin = 1.12;  // of the fitted box, so that no point touches the edge
constexpr double kBallMargin = 1.05;
const double kSlope = std::tan(kViewAngle / 2 * std::numbers::pi / 180);

Quaternion product(const Quaternion &a, const Quaternion &b) {
  return {a[0] * b[0] - a[1] * b[1] - a[2] * b[2] - a[3] * b[3], a[0] * b[1] + a[1] * b[0] + a[2] * b[3] - a[3] * b[2],
          a[0] * b[2] - a[1] * b[3] + a[2] * b[0] + a[3] * b[1], a[0] * b[3] + a[1] * b[2] - a[2] * b[1] + a[3] * b[0]};
}

Quaternion normalised(Quaternion q) {
  const double length = std::sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3]);
  for (double &value : q) {
    value /= length;
  }
  return q;
}

Quaternion about(int axis, double angle) {
  Quaternion q{std::cos(angle / 2), 0, 0, 0};
  q[static_cast<std::size_t>(axis) + 1] = std::sin(angle / 2);
  return q;
}

double dot(const Vec3 &a, const Vec3 &b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

}  // namespace

void Bounds::add(const Vec3 &point) {
  for (std::size_t i = 0; i < 3; ++i) {
    low[i] = empty ? point[i] : std::min(low[i], point[i]);
    high[i] = empty ? point[i] : std::max(high[i], point[i]);
  }
  empty = false;
}

Vec3 Bounds::centre() const {
  return {(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2};
}

double Camera::distance() const {
  return height / 2 / kSlope;
}

Vec3 Camera::eyeAxis(int axis) const {
  const auto &[w, x, y, z] = turn;
  switch (axis) {
    case 0: return {1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)};
    case 1: return {2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)};
    default: return {2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)};
  }
}

void Camera::pan(double right, double down) {
  const Vec3 x = eyeAxis(0), y = eyeAxis(1);
  for (std::size_t i = 0; i < 3; ++i) {
    centre[i] += height * (down * y[i] - right * x[i]);
  }
}

void Camera::zoom(double factor, double right, double down) {
  const double before = height;
  height = std::clamp(height / factor, 1e-12, 1e12);
  const double shift = before / height - 1;  // in the new view's heights
  pan(-right * shift, -down * shift);
}

void Camera::rotate(double aboutUp, double aboutRight) {
  turn = normalised(product(product(about(0, aboutRight), about(1, aboutUp)), turn));
}

void Camera::roll(double angle) {
  turn = normalised(product(about(2, angle), turn));
}

Camera fitted(const Bounds &bounds, double aspect, const Camera &like) {
  Camera camera = like;
  if (bounds.empty) {
    camera.centre = {};
    camera.height = 2;
    return camera;
  }
  camera.centre = bounds.centre();
  if (!like.flat) {
    // The ball just touches the view's cone: its middle stands radius / sin(angle / 2) away.
    const double slope = kSlope * std::min(1.0, aspect);
    camera.height = 2 * kSlope * bounds.radius() * kBallMargin * std::sqrt(1 + 1 / (slope * slope));
    return camera;
  }
  const double x = bounds.high[0] - bounds.low[0], y = bounds.high[1] - bounds.low[1];
  const double needed = std::max(y, x / std::max(aspect, 1e-3)) * kMargin;
  camera.height = needed > 0 ? needed : 2;
  return camera;
}

Camera between(const Camera &a, const Camera &b, double t) {
  if (t <= 0 || t >= 1) {
    return t <= 0 ? a : b;
  }
  Camera camera = b;
  camera.height = a.height * std::pow(b.height / a.height, t);
  // The centre keeps pace with the height, so that a zoom towards a place runs straight at it.
  const double span = a.height - b.height;
  const double share = std::abs(span) > 1e-6 * a.height ? (a.height - camera.height) / span : t;
  for (std::size_t i = 0; i < 3; ++i) {
    camera.centre[i] = a.centre[i] + share * (b.centre[i] - a.centre[i]);
  }
  double cosine = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    cosine += a.turn[i] * b.turn[i];
  }
  const double sign = cosine < 0 ? -1 : 1;
  const double angle = std::acos(std::min(1.0, std::abs(cosine)));
  const double u = angle < 1e-6 ? 1 - t : std::sin((1 - t) * angle) / std::sin(angle);
  const double v = angle < 1e-6 ? t : std::sin(t * angle) / std::sin(angle);
  for (std::size_t i = 0; i < 4; ++i) {
    camera.turn[i] = u * a.turn[i] + sign * v * b.turn[i];
  }
  camera.turn = normalised(camera.turn);
  return camera;
}

Projector::Projector(const Camera &camera, const Bounds &bounds, int width, int height) : m_flat(camera.flat) {
  const double scale = height / camera.height;  // pixels a world unit, at the centre
  const Vec3 right = camera.eyeAxis(0), up = camera.eyeAxis(1), back = camera.eyeAxis(2);
  const double offsetX = -dot(right, camera.centre), offsetY = -dot(up, camera.centre), offsetZ = -dot(back, camera.centre);
  const double eye = camera.distance(), focal = m_flat ? scale : scale * eye;
  // distance = eye - back.(p - centre); pixel = middle + focal * x / distance, written as one product for x.
  const double middleX = m_flat ? 0 : width / 2.0, middleY = m_flat ? 0 : height / 2.0;
  for (std::size_t i = 0; i < 3; ++i) {
    m_x[i] = static_cast<float>(focal * right[i] - middleX * back[i]);
    m_y[i] = static_cast<float>(-focal * up[i] - middleY * back[i]);
    m_w[i] = static_cast<float>(-back[i]);
  }
  m_x[3] = static_cast<float>(focal * offsetX + (m_flat ? width / 2.0 : middleX * (eye - offsetZ)));
  m_y[3] = static_cast<float>(-focal * offsetY + (m_flat ? height / 2.0 : middleY * (eye - offsetZ)));
  m_w[3] = static_cast<float>(eye - offsetZ);
  if (m_flat) {
    return;
  }
  const Vec3 middle = bounds.empty ? camera.centre : bounds.centre();
  const double ball = eye - dot(back, middle) - offsetZ, radius = bounds.radius() * 1.02;
  const double farthest = std::max(ball + radius, eye * 1e-3), nearest = std::clamp(ball - radius, farthest * 1e-3, farthest * 0.999);
  m_near = static_cast<float>(nearest);
  m_far = static_cast<float>(farthest);
  m_focus = static_cast<float>(eye);
  // OpenGL: ndc = (f+n)/(f-n) - 2fn/((f-n) w), depth = ndc/2 + 1/2.
  m_depthScale = static_cast<float>(-farthest * nearest / (farthest - nearest));
  m_depthOffset = static_cast<float>(farthest / (farthest - nearest));
  m_awayScale = static_cast<float>(1 / (farthest - nearest));
}

}  // namespace vitrine
