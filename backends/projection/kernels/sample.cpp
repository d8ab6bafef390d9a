// UMAP's stochastic steps: each point follows its own drawn edges one after the other while all other points stand, so that points may be moved by any
// number of threads with the same result.
#include "projection/kernels/kernels.h"
#include "projection/kernels/vec.h"

namespace vitrine::projection::VITRINE_KERNELS {

namespace {

constexpr float kMostMove = 4;  // of one gradient along one axis, as in umap-learn

/// log2 of x > 0 to 1e-4: the exponent, and a rational fit of the mantissa.
VITRINE_INLINE Vec log2Of(Vec x) {
  const IVec bits = reinterpret_cast<const IVec &>(x);
  const IVec fraction = (bits & 0x007FFFFF) | 0x3F000000;
  const Vec m = reinterpret_cast<const Vec &>(fraction);
  return __builtin_convertvector(bits, Vec) * 1.1920928955078125e-7F - 124.22551499F - 1.498030302F * m - 1.72587999F / (0.3520887068F + m);
}

/// 2^x to 1e-4 for x below 127; smaller than -126 counts as that.
VITRINE_INLINE Vec exp2Of(Vec x) {
  const Vec bounded = x < -126.0F ? splat(-126.0F) : x;
  const Vec whole = __builtin_convertvector(__builtin_convertvector(bounded, IVec), Vec);
  const Vec part = bounded - whole + (bounded < 0.0F ? splat(1) : Vec{});
  const IVec bits = __builtin_convertvector(8388608.0F * (bounded + 121.2740575F + 27.7280233F / (4.84252568F - part) - 1.49012907F * part), IVec);
  return reinterpret_cast<const Vec &>(bits);
}

VITRINE_INLINE std::uint64_t mixed(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

constexpr int kMostDrawn = 96;  // edges of one point in one epoch; more are left for the next

/// One moving point a lane: what it still has to do, and where it is.
template <int kDims>
struct Lanes {
  static constexpr int kStride = kDims == 2 ? 2 : 4;
  std::int64_t point[kLanes];
  std::uint64_t draw[kLanes];
  std::uint32_t drawn[kLanes][kMostDrawn];
  int count[kLanes];
  float at[kDims][kLanes] __attribute__((aligned(64)));  // the other point of each lane
  float rate[kLanes] __attribute__((aligned(64)));       // 0 for a lane that has nothing left to do
  Vec y[kDims];
};

/// The edges that are due: an edge of rate r every 1 / r epochs, from a phase of its own, so that edges of one weight are not all drawn together.
template <int kDims>
VITRINE_INLINE void collect(const SampleTask &task, int lane, std::int64_t i, Lanes<kDims> &lanes) {
  int count = 0;
  for (std::uint64_t e = task.start[i]; e < task.start[i + 1]; ++e) {
    const float phase = static_cast<float>(mixed((e + 1) * 0x9E3779B97F4A7C15ULL ^ task.seed) >> 40) * 0x1p-24F;
    const float before = task.rates[e] * static_cast<float>(task.epoch) + phase;
    const bool due = static_cast<std::int32_t>(before + task.rates[e]) != static_cast<std::int32_t>(before);
    lanes.drawn[lane][count] = task.columns[e];
    count += due && count + 1 < kMostDrawn ? 1 : 0;
  }
  lanes.point[lane] = i;
  lanes.count[lane] = count;
  lanes.draw[lane] = mixed((static_cast<std::uint64_t>(i) + 1) * 0x632BE59BD9B4E019ULL ^ mixed(task.seed + static_cast<std::uint64_t>(task.epoch)));
}

template <int kDims>
VITRINE_INLINE void aim(const SampleTask &task, int lane, std::uint32_t other, Lanes<kDims> &lanes) {
  for (int c = 0; c < kDims; ++c) {
    lanes.at[c][lane] = task.others[static_cast<std::int64_t>(other) * Lanes<kDims>::kStride + c];
  }
}

/// Towards the points aimed at (`pull`) or away from them.
template <int kDims>
VITRINE_INLINE void move(const SampleTask &task, bool pull, Lanes<kDims> &lanes) {
  Vec difference[kDims];
  Vec square = Vec{};
  for (int c = 0; c < kDims; ++c) {
    difference[c] = lanes.y[c] - load(lanes.at[c]);
    square += difference[c] * difference[c];
  }
  const Vec safe = square > 1e-30F ? square : splat(1e-30F);
  const Vec power = task.a * exp2Of(task.b * log2Of(safe));
  const Vec slope = pull ? -2 * task.b * power / (safe * (1 + power)) : 2 * task.b / ((0.001F + safe) * (1 + power));
  const Vec rate = load(lanes.rate);
  for (int c = 0; c < kDims; ++c) {
    Vec step = slope * difference[c];
    step = step > kMostMove ? splat(kMostMove) : step;
    step = step < -kMostMove ? splat(-kMostMove) : step;
    lanes.y[c] += rate * step;
  }
}

template <int kDims>
void sweepLanes(const SampleTask &task, int used, Lanes<kDims> &lanes) {
  int most = 0;
  for (int l = 0; l < kLanes; ++l) {
    const std::int64_t i = l < used ? lanes.point[l] : lanes.point[0];
    lanes.count[l] = l < used ? lanes.count[l] : 0;
    most = lanes.count[l] > most ? lanes.count[l] : most;
    for (int c = 0; c < kDims; ++c) {
      lanes.y[c][l] = task.own[i * Lanes<kDims>::kStride + c];
      lanes.at[c][l] = 0;
    }
  }
  for (int t = 0; t < most; ++t) {
    for (int l = 0; l < kLanes; ++l) {
      const bool active = t < lanes.count[l];
      lanes.rate[l] = active ? task.rate : 0;
      if (active) {
        aim<kDims>(task, l, lanes.drawn[l][t], lanes);
      }
    }
    move<kDims>(task, true, lanes);
    if (task.fit) {  // the same edge once more, from its other end; umap-learn does so at another time of the same epoch
      move<kDims>(task, true, lanes);
    }
    for (int s = 0; s < task.negatives; ++s) {
      for (int l = 0; l < kLanes; ++l) {
        if (t < lanes.count[l]) {
          lanes.draw[l] = lanes.draw[l] * 6364136223846793005ULL + 1442695040888963407ULL;
          auto other = static_cast<std::uint32_t>(((lanes.draw[l] >> 32) * static_cast<std::uint64_t>(task.otherCount)) >> 32);
          if (task.fit && static_cast<std::int64_t>(other) == lanes.point[l]) {
            other = other + 1 < task.otherCount ? other + 1 : 0;
          }
          aim<kDims>(task, l, other, lanes);
        }
      }
      move<kDims>(task, false, lanes);
    }
  }
  for (int l = 0; l < used; ++l) {
    for (int c = 0; c < kDims; ++c) {
      task.next[lanes.point[l] * Lanes<kDims>::kStride + c] = lanes.y[c][l];
    }
  }
}

template <int kDims>
void sweepAll(const SampleTask &task, std::int64_t first, std::int64_t last) {
  Lanes<kDims> lanes;
  int used = 0;
  for (std::int64_t i = first + (task.group - first % task.groups + task.groups) % task.groups; i < last; i += task.groups) {
    collect<kDims>(task, used++, i, lanes);
    if (used == kLanes) {
      sweepLanes<kDims>(task, used, lanes);
      used = 0;
    }
  }
  if (used > 0) {
    sweepLanes<kDims>(task, used, lanes);
  }
}

void sweep(const SampleTask &task, std::int64_t first, std::int64_t last) {
  task.dims == 2 ? sweepAll<2>(task, first, last) : sweepAll<3>(task, first, last);
}

}  // namespace

extern const SampleKernels kSample;
const SampleKernels kSample = {sweep};

}  // namespace vitrine::projection::VITRINE_KERNELS
