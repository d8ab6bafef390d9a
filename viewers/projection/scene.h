// What there is to see: points, colours, marks. One immutable snapshot for every painter and picker, on any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/artifact.h"
#include "viewers/projection/camera.h"

namespace vitrine {

/// Forms beside colours: the shape of row i is `shapes[i]`.
enum class Shape : std::uint8_t { Disc, Square, Triangle, Diamond, Plus, Cross, Ring, Star };
inline constexpr int kShapeCount = 8;

struct Scene {
  std::shared_ptr<const Payload> payload;  ///< a Projection; keeps `positions` alive
  const float *positions = nullptr;        ///< count x dims, row-major
  std::size_t count = 0;
  int dims = 2;
  Bounds bounds;                                              ///< of the finite positions
  std::shared_ptr<const std::vector<std::uint32_t>> colours;  ///< R, G, B, A bytes of each row; null = one colour
  std::shared_ptr<const std::vector<std::uint8_t>> selected;  ///< 1 for selected rows; null = nothing is selected
  std::shared_ptr<const std::vector<std::uint8_t>> shapes;    ///< null = discs
  std::size_t selectedCount = 0;

  const float *point(std::size_t row) const { return positions + row * static_cast<std::size_t>(dims); }
  bool isSelected(std::size_t row) const { return selected != nullptr && (*selected)[row] != 0; }
};

/// Positions and bounds of a Projection payload with 2 or 3 columns; an empty scene for anything else.
Scene sceneOf(std::shared_ptr<const Payload> payload);
/// Bounds of the selected rows, or of the rows given.
Bounds boundsOf(const Scene &scene, const std::vector<std::size_t> &rows);

}  // namespace vitrine
