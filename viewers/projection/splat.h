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
  float radius = 2;                   ///< device pixels, at the camera's centre
  float weight = 1;                   ///< cover of one point: alpha = weight / (1 + weight)
  float dim = 0.3F;                   ///< strength of what is not selected while something is
  std::uint32_t plain = 0xffE69F56;   ///< R, G, B, A bytes where a scene has no colours
  std::uint32_t ground = 0xff1d1815;  ///< far points fade towards it
  bool dark = true;                   ///< dense places grow lighter on a dark ground, deeper on a light one
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

/// Draws into a frame again and again; keeps its buffers. One caller at a time; the same picture for any number of threads.
///
/// Points are first projected and sorted into bands of rows, then each band is drawn by itself: its sums stay in the processor's cache, and bands share
/// nothing, so that threads may take them as they come.
class Splatter {
 public:
  explicit Splatter(int threads = 1);
  /// False if `stop` was raised on the way: the frame then is not complete. One in `oneIn` unselected points is drawn, selected ones always.
  bool draw(const Scene &scene, const Camera &camera, const PointStyle &style, int oneIn, SplatFrame &frame, const std::atomic<bool> *stop = nullptr);

 private:
  using Four = float __attribute__((vector_size(16)));
  enum Layer { kBelow, kAbove, kLayers };  // what is selected lies above
  struct Dot {
    float x, y;
    std::uint32_t colour;  ///< R, G, B bytes, and the shape
    float distance;        ///< from the eye; 3D only
  };
  /// What one thread has found, by layer and band.
  struct Sorted {
    std::array<std::vector<std::vector<Dot>>, kLayers> dots;
    std::vector<bool> stamps;  ///< that they need
  };
  /// The sums of one band, with a margin on each side so that no disc has to be cut.
  struct Band {
    int top = 0, bottom = 0;
    std::vector<Four> sum;            ///< weighted colour and weight (2D: weight = cover)
    std::vector<float> cover, depth;  ///< 3D only
  };
  struct Job {
    const Scene &scene;
    const Projector &projector;
    const PointStyle &style;
    std::uint32_t oneIn;
    bool marked;
    const std::atomic<bool> *stop;
    SplatFrame &frame;
    bool stopped() const { return stop != nullptr && stop->load(std::memory_order_relaxed); }
  };

  void sort(const Job &job, std::size_t first, std::size_t last, Sorted &sorted) const;
  void makeStamps();
  void drawBand(const Job &job, int index, Band &band) const;
  template <bool kDeep>
  void accumulate(const Job &job, const std::vector<Dot> &dots, float radius, Band &band) const;
  template <bool kDeep, int kSide>
  void add(const Stamp &stamp, const Dot &dot, Four colour, float weight, float depth, Band &band) const;
  template <bool kDeep>
  void resolve(const Job &job, float weight, float strength, bool lift, Band &band) const;
  template <class Work>
  void onThreads(int threads, Work work) const;

  int m_threads, m_width = 0, m_height = 0, m_margin = 0, m_stride = 0, m_bandCount = 0;
  std::vector<Sorted> m_sorted;  ///< one a thread
  std::vector<Band> m_bands;     ///< one a thread
  std::vector<Stamp> m_stamps;   ///< by shape and radius
};

}  // namespace vitrine
