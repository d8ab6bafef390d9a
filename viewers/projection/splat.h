// Draws a scene's points on the processor: colour and depth of a picture, for a texture, a widget or a file.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "viewers/projection/scene.h"
#include "viewers/projection/stamp.h"

namespace vitrine {

/// How points look; the same numbers serve the splatter and the graphics card.
struct PointStyle {
  float radius = 2;           ///< device pixels, at the camera's centre
  float weight = 1;           ///< cover of one point: alpha = weight / (1 + weight)
  float dim = 0.3F;          ///< strength of what is not selected while something is
  std::uint32_t plain = 0xffE69F56;   ///< R, G, B, A bytes where a scene has no colours
  std::uint32_t ground = 0xff1d1815;  ///< far points fade towards it
  bool dark = true;           ///< dense places grow lighter on a dark ground, deeper on a light one
};

/// Radius and weight that suit so many points on so large a picture, seen at a zoom (1 = the whole cloud).
/// Few points are large and solid, many small and translucent, so that dense places read as density. `ratio`: device pixels a logical one.
PointStyle pointStyle(std::size_t count, int width, int height, double zoom, double ratio);

struct SplatFrame {
  int width = 0, height = 0;
  std::vector<std::uint32_t> argb;  ///< premultiplied 0xAARRGGBB, transparent where there is nothing
  std::vector<float> depth;         ///< of the nearest point, as in OpenGL's depth buffer; 1 where there is none; empty in 2D
  Camera camera;                    ///< that it was drawn with
  int oneIn = 1;                    ///< level of detail: one in so many points was drawn
};

/// Draws into a frame again and again; keeps its buffers. One thread at a time.
class Splatter {
 public:
  /// False if `stop` was raised on the way: the frame then is not complete. One in `oneIn` unselected points is drawn, selected ones always.
  bool draw(const Scene &scene, const Camera &camera, const PointStyle &style, int oneIn, SplatFrame &frame, const std::atomic<bool> *stop = nullptr);

 private:
  using Four = float __attribute__((vector_size(16)));
  enum class Pass { All, Unselected, Selected };
  struct Range {
    int from, to;
  };

  void prepare(const Scene &scene, const PointStyle &style);
  template <bool kDeep>
  bool accumulate(const Scene &scene, const Projector &projector, const PointStyle &style, Pass pass, int oneIn, const std::atomic<bool> *stop);
  template <bool kDeep>
  void add(const Stamp &stamp, float x, float y, Four colour, float weight, float depth);
  template <bool kDeep>
  void resolve(const PointStyle &style, float strength, bool lift, SplatFrame &frame);
  const Stamp &stamp(Shape shape, float radius);

  int m_width = 0, m_height = 0, m_margin = 0, m_stride = 0;
  std::vector<Four> m_sum;      ///< weighted colour and weight (2D: weight = cover)
  std::vector<float> m_cover;   ///< 3D only
  std::vector<float> m_depth;   ///< 3D only
  std::vector<Range> m_rows;    ///< touched part of each row
  std::vector<Stamp> m_stamps;
  float m_stampScale = 0;
};

}  // namespace vitrine
