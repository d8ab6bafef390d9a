// One camera for every painter and picker: a plain value that can be eased, compared, stored and undone.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace vitrine {

using Vec3 = std::array<double, 3>;
using Quaternion = std::array<double, 4>;  ///< w, x, y, z; unit length

/// Axis-aligned box of the finite points.
struct Bounds {
  Vec3 low{}, high{};
  double ball = 0;  ///< distance of the farthest point from the box's middle
  bool empty = true;

  void add(const Vec3 &point);
  Vec3 centre() const;
  double radius() const { return ball > 0 ? ball : 1; }
};

struct Camera {
  bool flat = true;             ///< 2D: looks straight down, without perspective
  Vec3 centre{};                ///< what stands in the middle of the view
  double height = 2;            ///< world units from the lower to the upper edge, at the centre's depth
  Quaternion turn{1, 0, 0, 0};  ///< world to eye

  bool operator==(const Camera &) const = default;
  double distance() const;       ///< eye to centre, for a vertical angle of kViewAngle
  Vec3 eyeAxis(int axis) const;  ///< the eye's right, up or backward axis in world coordinates
  /// Moves the picture by fractions of the view's height (right and down are positive).
  void pan(double right, double down);
  /// Nearer for factor > 1; the place at (right, down), in view heights from the middle, stays where it is.
  void zoom(double factor, double right = 0, double down = 0);
  /// Turns the cloud as a hand on a ball would: angles in radians about the eye's up and right axes.
  void rotate(double aboutUp, double aboutRight);
  void roll(double angle);
};

inline constexpr double kViewAngle = 30;  ///< degrees, VTK's own default

/// The whole box with a margin, seen from where `like` looks.
Camera fitted(const Bounds &bounds, double aspect, const Camera &like);
/// On the way from a (t = 0) to b (t = 1): heights geometrically, turns along the great circle.
Camera between(const Camera &a, const Camera &b, double t);

/// World to pixels (y downwards, pixel edges at whole numbers), ready for a loop over a million points.
/// `depth` is what OpenGL's depth buffer would hold with VTK's matrices; `away` runs from 0 (nearest part of the box) to 1 (farthest).
class Projector {
 public:
  Projector(const Camera &camera, const Bounds &bounds, int width, int height);

  /// False for points behind the eye; values that are no numbers give pixels that are no numbers.
  bool operator()(const float *point, int dims, float &x, float &y) const {
    const float px = point[0], py = point[1], pz = dims > 2 ? point[2] : 0.0F;
    x = m_x[0] * px + m_x[1] * py + m_x[2] * pz + m_x[3];
    y = m_y[0] * px + m_y[1] * py + m_y[2] * pz + m_y[3];
    if (m_flat) {
      return true;
    }
    const float w = distance(point, dims), inverse = 1.0F / w;
    x *= inverse;
    y *= inverse;
    return w > m_near * 0.5F;
  }
  /// From the eye, along its axis.
  float distance(const float *point, int dims) const { return m_w[0] * point[0] + m_w[1] * point[1] + m_w[2] * (dims > 2 ? point[2] : 0.0F) + m_w[3]; }
  float depth(float distance) const { return m_depthScale / distance + m_depthOffset; }
  float away(float distance) const { return (distance - m_near) * m_awayScale; }
  float nearest() const { return m_near; }
  float farthest() const { return m_far; }
  float focus() const { return m_focus; }  ///< distance of the camera's centre
  bool flat() const { return m_flat; }

 private:
  std::array<float, 4> m_x{}, m_y{}, m_w{};
  float m_near = 0, m_far = 1, m_focus = 1, m_depthScale = 0, m_depthOffset = 0.5F, m_awayScale = 1;
  bool m_flat = true;
};

}  // namespace vitrine
