// The hot loops, compiled for several instruction sets and chosen at run time. All are serial; threads are their callers' business.
// Pointers only: see vec.h for why no std type may be instantiated behind these faces.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace vitrine::projection {

/// Candidates of `rows` queries in selectTile: row i has counts[i] of at most `capacity` entries; a call appends at most `columns` to each,
/// and may write one vector (16) past the last.
struct Selection {
  float *scores;
  std::int32_t *slots;
  int *counts;
  const float *thresholds;
  int capacity;
};

/// Packed operands: a tile holds `rows` vectors value by value (tile[c * rows + i]), a panel `columns` vectors (panel[c * columns + j]).
struct DenseKernels {
  int rows, columns;
  /// c (rows x columns, stride between rows) += tile * panel.
  void (*addTile)(const float *tile, const float *panel, int depth, float *c, std::int64_t stride);
  /// Appends every pair with norms[j] - 2 * dot below the query's threshold.
  void (*selectTile)(const float *tile, const float *panel, const float *norms, int depth, std::int32_t firstSlot, const Selection &selection);
  /// Slot of the smallest norms[j] - 2 * dot over all panels, for each of the tile's vectors; the lowest slot of a lane among equals.
  void (*nearestTile)(const float *tile, const float *panels, const float *norms, int depth, int panelCount, std::int32_t *nearest);
  void (*squaredDistances)(const float *rows, std::int64_t count, int columns, const float *query, float *out);
  void (*squaredDistancesAt)(const float *rows, const std::int32_t *slots, int count, int columns, const float *query, float *out);
  /// How many values lie below the threshold; the positions of the first `room` of them.
  std::int64_t (*collectBelow)(const float *values, std::int64_t count, float threshold, std::int32_t *positions, std::int64_t room);
  std::int64_t (*countBelow)(const float *values, std::int64_t count, float threshold);
};

/// Sparse P against the positions (2 floats a point in 2D, 4 in 3D).
struct EdgeTask {
  int dims;
  const std::uint64_t *start;
  const std::uint32_t *columns;
  const float *values;
  const float *positions;
};

/// Positions axis by axis, padded to a multiple of 16 with points that are far away.
struct RepelTask {
  int dims;
  std::int64_t count, padded;
  const float *axis[3];
};

/// Pairs closer than the cutoff: what 1 / (1 + s), s the squared distance, has more than its softened form, a polynomial in s - cutoff^2.
struct NearTask {
  int dims;
  const float *axis[3];  ///< positions axis by axis, cell after cell, with room for 16 behind
  float cutoff2;
  float coefficients[4];
};

/// One step of gradient descent over flat arrays (stride 2 or 4 floats a point).
struct StepTask {
  int stride;
  std::int64_t size;       ///< floats that belong to points; what pads the arrays to a multiple of 16 stays 0
  float factor, inverseZ;  ///< gradient = factor * attraction - inverseZ * repulsion
  float momentum, rate, minGain, maxStep;
  float shift[4];  ///< taken off every position
  const float *attraction, *repulsion;
  float *velocity, *gains, *positions;
};

struct MapKernels {
  /// Gaussian weights p over `count` distances (ascending; both arrays with room up to a multiple of 16) whose entropy is `entropy` nats, normalised.
  /// Starts from `beta` (in units of the last distance) and gives the one it found.
  float (*calibrateRow)(const float *distances, int count, float entropy, float beta, float *p);
  /// forces_i = sum_j p_ij (y_i - y_j) / (1 + |y_i - y_j|^2) for i in [first, last).
  void (*attract)(const EdgeTask &task, std::int64_t first, std::int64_t last, float *forces);
  /// forces_i = sum_j (y_i - y_j) / (1 + |y_i - y_j|^2)^2 for i in [first, last), first a multiple of 4; gives their share of Z.
  double (*repelExactly)(const RepelTask &task, std::int64_t first, std::int64_t last, float *forces);
  /// Forces (dims floats a target) of the sources in `runCount` runs [runs[2r], runs[2r + 1]) on the targets [first, last); gives the potential they add,
  /// each target's own share included.
  double (*repelNear)(const NearTask &task, std::int64_t first, std::int64_t last, const std::int64_t *runs, int runCount, float *forces);
  /// Floats [first, last) of the arrays, multiples of 16; adds the new positions to sums[4] by axis (index modulo 4).
  void (*advance)(const StepTask &task, std::int64_t first, std::int64_t last, double *sums);
};

/// Points that move against points that stand still, along sampled edges (UMAP). Positions: 2 floats a point in 2D, 4 in 3D.
struct SampleTask {
  int dims;
  const std::uint64_t *start;    ///< edges of each moving point
  const std::uint32_t *columns;  ///< into `others`
  const float *rates;            ///< how often an edge is drawn in an epoch, at most 1
  const float *others;
  std::int64_t otherCount;
  const float *own;
  float *next;  ///< gets the moved points
  bool fit;     ///< own are the others: a point is never pushed by itself, and every edge pulls twice, once from each end
  int negatives, epoch;
  std::uint64_t seed;
  float a, b, rate;
  int group, groups;  ///< only points i with i % groups = group move
};

struct SampleKernels {
  void (*sweep)(const SampleTask &task, std::int64_t first, std::int64_t last);
};

/// A complex FFT of `length` = product of radices (2, 3, 4 or 5), vectors wide.
struct FftPlan {
  int length, stages;
  const int *radices;
  const float *const *twiddles;  ///< per stage: for p < m, k in 1..radix-1: cos, sin of -2 pi p k / (radix m)
  const int *place;              ///< where frequency k stands after the forward transform
};

/// The mesh: `side` nodes along each axis, transformed at plan->length. The grid is side rows of `columns` floats (side, or side^2 in 3D, padded to whole
/// vector pairs); the spectrum is groups x columns x (re, im) vectors over the frequencies of the first axis.
struct MeshShape {
  const FftPlan *plan;
  std::int64_t side, columns;
  int groups;
};

struct FftKernels {
  int lanes;
  /// A vector of grid columns at `column` and its partners half the grid further: real FFT along the first axis into the spectrum. work: length complex
  /// vectors.
  void (*forwardColumns)(const float *grid, const MeshShape &shape, std::int64_t column, float *work, float *spectrum);
  void (*inverseColumns)(float *grid, const MeshShape &shape, std::int64_t column, float *work, const float *spectrum);
  void (*forward)(float *work, const FftPlan &plan);
  /// Along the other axes: forward, times influence (real, in digit-reversed order along each), back.
  /// work: length complex vectors in 2D, (side + 1) * length in 3D.
  void (*convolveGroup2)(float *spectrum, const MeshShape &shape, float *work, const float *influence);
  void (*convolveGroup3)(float *spectrum, const MeshShape &shape, float *work, const float *influence);
};

/// Points against the mesh. Node (x, y[, z]) of the grid stands at x * strides[0] + y * strides[1] [+ z * strides[2]]; the last stride is 1.
struct MeshPoints {
  int dims;
  const float *positions;  ///< 2 floats a point in 2D, 4 in 3D
  float origin[3];
  float inverseSpacing;
  std::int64_t strides[3];
  const float *self;  ///< (selfSteps + 1)^dims x (potential, gradient per spacing) of a single charge at its own place
  int selfSteps;
};

struct PointKernels {
  /// Adds unit charges at points [first, last) to the grid.
  void (*spread)(const MeshPoints &task, std::int64_t first, std::int64_t last, float *grid);
  /// forces = -1/2 gradient of the potential, the own share taken off; gives the sum of the potential.
  double (*gather)(const MeshPoints &task, std::int64_t first, std::int64_t last, const float *grid, float *forces);
  /// Smallest and largest value by index modulo 4.
  void (*bounds)(const float *values, std::int64_t count, float *low, float *high);
};

struct Kernels {
  const char *name;
  const DenseKernels *dense;
  const MapKernels *map;
  const FftKernels *fft;
  const PointKernels *points;
  const SampleKernels *sample;
};

/// What this CPU can run, best first.
std::span<const Kernels> supportedKernels();
inline const Kernels &kernels() {
  static const Kernels best = supportedKernels().front();
  return best;
}

}  // namespace vitrine::projection
