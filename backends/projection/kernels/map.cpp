// t-SNE's loops over points and edges: calibration, attraction, exact repulsion, the step itself.
#include "projection/kernels/kernels.h"
#include "projection/kernels/vec.h"

namespace vitrine::projection::VITRINE_KERNELS {

namespace {

/// exp(x) for x <= 0 to 2e-7: 2^i * 2^f, f in [-0.5, 0.5], by a polynomial of degree 6 (Cephes' coefficients).
VITRINE_INLINE Vec expNegative(Vec x) {
  x = x < -87.0F ? splat(-87.0F) : x;
  const Vec t = x * 1.44269504088896341F - 0.5F;
  const IVec i = __builtin_convertvector(t, IVec);  // towards zero, so t - 0.5 rounds x to the nearest integer for x <= 0
  const Vec whole = __builtin_convertvector(i, Vec);
  const Vec f = x - whole * 0.693359375F + whole * 2.12194440e-4F;
  Vec p = splat(1.9875691500e-4F);
  p = p * f + 1.3981999507e-3F;
  p = p * f + 8.3334519073e-3F;
  p = p * f + 4.1665795894e-2F;
  p = p * f + 1.6666665459e-1F;
  p = p * f + 5.0000001201e-1F;
  p = p * f * f + f + 1.0F;
  const IVec scale = (i + 127) << 23;
  return p * reinterpret_cast<const Vec &>(scale);
}

constexpr int kEdges = 8;  // edges that are worked on together

#if defined(__AVX2__)
/// 1 / v to 2e-7: the estimate and one Newton step.
VITRINE_INLINE __m256 reciprocal8(__m256 v) {
  const __m256 r = _mm256_rcp_ps(v);
  return _mm256_mul_ps(r, _mm256_fnmadd_ps(v, r, _mm256_set1_ps(2)));
}
VITRINE_INLINE float sum8(__m256 v) {
  __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  s = _mm_add_ps(s, _mm_movehl_ps(s, s));
  return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}
/// Two positions (x y, x y) by plain 8-byte loads: gather instructions are slower than these.
VITRINE_INLINE __m128 pair(const double *y, std::uint32_t a, std::uint32_t b) {
  return _mm_castpd_ps(_mm_loadh_pd(_mm_load_sd(y + a), y + b));
}
VITRINE_INLINE __m256 quad(__m128 low, __m128 high) {
  return _mm256_insertf128_ps(_mm256_castps128_ps256(low), high, 1);
}
#endif

/// Sum over edges of p (a - b) / (1 + |a - b|^2) in 2D, for one point.
VITRINE_INLINE void attract2(const float *positions, std::int64_t i, const std::uint32_t *columns, const float *values, std::int64_t count, float *out) {
  const float x = positions[2 * i];
  const float y = positions[2 * i + 1];
  float fx = 0;
  float fy = 0;
  std::int64_t e = 0;
#if defined(__AVX2__)
  const auto *pairs = reinterpret_cast<const double *>(positions);
  const __m256 xs = _mm256_set1_ps(x);
  const __m256 ys = _mm256_set1_ps(y);
  const __m256 one = _mm256_set1_ps(1);
  __m256 sx = _mm256_setzero_ps();
  __m256 sy = _mm256_setzero_ps();
  for (; e + kEdges <= count; e += kEdges) {
    const std::uint32_t *c = columns + e;
    const __m256 a = quad(pair(pairs, c[0], c[1]), pair(pairs, c[4], c[5]));
    const __m256 b = quad(pair(pairs, c[2], c[3]), pair(pairs, c[6], c[7]));
    const __m256 dx = _mm256_sub_ps(xs, _mm256_shuffle_ps(a, b, 0x88));
    const __m256 dy = _mm256_sub_ps(ys, _mm256_shuffle_ps(a, b, 0xDD));
    const __m256 r = _mm256_fmadd_ps(dx, dx, _mm256_fmadd_ps(dy, dy, one));
    const __m256 q = _mm256_mul_ps(_mm256_loadu_ps(values + e), reciprocal8(r));
    sx = _mm256_fmadd_ps(q, dx, sx);
    sy = _mm256_fmadd_ps(q, dy, sy);
  }
  fx = sum8(sx);
  fy = sum8(sy);
#endif
  for (; e < count; ++e) {
    const float dx = x - positions[2 * columns[e]];
    const float dy = y - positions[2 * columns[e] + 1];
    const float q = values[e] / (1 + dx * dx + dy * dy);
    fx += q * dx;
    fy += q * dy;
  }
  out[0] = fx;
  out[1] = fy;
}

/// The same in 3D: positions of four floats, the last one 0.
VITRINE_INLINE void attract3(const float *positions, std::int64_t i, const std::uint32_t *columns, const float *values, std::int64_t count, float *out) {
  typedef float Point __attribute__((vector_size(16), aligned(4), may_alias));
  const Point a = *reinterpret_cast<const Point *>(positions + 4 * i);
  Point force{};
  std::int64_t e = 0;
#if defined(__AVX2__)
  const __m256 one = _mm256_set1_ps(1);
  const __m256 self = quad(a, a);
  __m256 total = _mm256_setzero_ps();
  for (; e + kEdges <= count; e += kEdges) {
    __m256 d[4];
    for (int k = 0; k < 4; ++k) {
      const std::uint32_t *c = columns + e + k;
      d[k] = _mm256_sub_ps(self,
                           quad(_mm_loadu_ps(positions + 4 * static_cast<std::int64_t>(c[0])), _mm_loadu_ps(positions + 4 * static_cast<std::int64_t>(c[4]))));
    }
    // lane k of each half: |d[k]|^2
    const __m256 s01 = _mm256_hadd_ps(_mm256_mul_ps(d[0], d[0]), _mm256_mul_ps(d[1], d[1]));
    const __m256 s23 = _mm256_hadd_ps(_mm256_mul_ps(d[2], d[2]), _mm256_mul_ps(d[3], d[3]));
    const __m256 q = _mm256_mul_ps(_mm256_loadu_ps(values + e), reciprocal8(_mm256_add_ps(one, _mm256_hadd_ps(s01, s23))));
    total = _mm256_fmadd_ps(_mm256_permute_ps(q, 0x00), d[0], total);
    total = _mm256_fmadd_ps(_mm256_permute_ps(q, 0x55), d[1], total);
    total = _mm256_fmadd_ps(_mm256_permute_ps(q, 0xAA), d[2], total);
    total = _mm256_fmadd_ps(_mm256_permute_ps(q, 0xFF), d[3], total);
  }
  force = _mm_add_ps(_mm256_castps256_ps128(total), _mm256_extractf128_ps(total, 1));
#endif
  for (; e < count; ++e) {
    const Point d = a - *reinterpret_cast<const Point *>(positions + 4 * static_cast<std::int64_t>(columns[e]));
    const Point s = d * d;
    force += values[e] / (1 + s[0] + s[1] + s[2]) * d;
  }
  *reinterpret_cast<Point *>(out) = force;
}

/// Repulsion on kTargets points at once, so that each vector of sources is loaded once for all of them.
template <int kDims>
VITRINE_INLINE double repel(const RepelTask &task, std::int64_t first, float *forces) {
  constexpr int kTargets = 4;
  Vec at[kTargets][kDims];
  Vec force[kTargets][kDims] = {};
  Vec total[kTargets] = {};
  for (int t = 0; t < kTargets; ++t) {
    for (int c = 0; c < kDims; ++c) {
      at[t][c] = splat(task.axis[c][first + t]);
    }
  }
  for (std::int64_t j = 0; j < task.padded; j += kLanes) {
    Vec source[kDims];
    for (int c = 0; c < kDims; ++c) {
      source[c] = load(task.axis[c] + j);
    }
    for (int t = 0; t < kTargets; ++t) {
      Vec d[kDims];
      Vec r = splat(1);
      for (int c = 0; c < kDims; ++c) {
        d[c] = at[t][c] - source[c];
        r += d[c] * d[c];
      }
      const Vec q = reciprocal(r);
      total[t] += q;
      for (int c = 0; c < kDims; ++c) {
        force[t][c] += q * q * d[c];
      }
    }
  }
  double z = 0;
  constexpr int kStride = kDims == 2 ? 2 : 4;
  for (int t = 0; t < kTargets && first + t < task.count; ++t) {
    for (int c = 0; c < kDims; ++c) {
      forces[(first + t) * kStride + c] = sum(force[t][c]);
    }
    z += static_cast<double>(sum(total[t])) - 1;
  }
  return z;
}

template <int kDims>
VITRINE_INLINE double near(const NearTask &task, std::int64_t target, const std::int64_t *runs, int runCount, float *forces) {
  Vec at[kDims];
  Vec force[kDims] = {};
  Vec potential{};
  for (int c = 0; c < kDims; ++c) {
    at[c] = splat(task.axis[c][target]);
  }
  const float *a = task.coefficients;
  for (int run = 0; run < runCount; ++run) {
    for (std::int64_t j = runs[2 * run]; j < runs[2 * run + 1]; j += kLanes) {
      Vec d[kDims];
      Vec s{};
      for (int c = 0; c < kDims; ++c) {
        d[c] = at[c] - load(task.axis[c] + j);
        s += d[c] * d[c];
      }
      const IVec left = splatInt(static_cast<std::int32_t>(runs[2 * run + 1] - j));
      const Vec t = s - task.cutoff2;
      const Vec q = reciprocal(1.0F + s);
      Vec excess = q - (a[0] + t * (a[1] + t * (a[2] + t * a[3])));
      Vec slope = q * q + (a[1] + t * (2.0F * a[2] + t * (3.0F * a[3])));
      const IVec inside = (t < 0.0F) & (iota() < left);
      excess = inside ? excess : Vec{};
      slope = inside ? slope : Vec{};
      potential += excess;
      for (int c = 0; c < kDims; ++c) {
        force[c] += slope * d[c];
      }
    }
  }
  for (int c = 0; c < kDims; ++c) {
    forces[c] = sum(force[c]);
  }
  return static_cast<double>(sum(potential));
}

}  // namespace

float calibrateRow(const float *distances, int count, float entropy, float beta, float *p) {
  const float unit = distances[count - 1] > 0 ? 1 / distances[count - 1] : 0;
  const float nearest = distances[0] * unit * (distances[0] * unit);
  float low = 0;
  float high = 0;  // 0 = none yet
  float total = 1;
  for (int step = 0; step < 64; ++step) {
    Vec sums{};
    Vec firsts{};
    Vec seconds{};
    for (int j = 0; j < count; j += kLanes) {
      Vec d = load(distances + j) * unit;
      d = d * d - nearest;
      Vec e = expNegative(-beta * d);
      const Vec inside = iota() + j < splatInt(count) ? splat(1) : Vec{};
      e *= inside;
      store(p + j, e);
      sums += e;
      firsts += e * d;
      seconds += e * d * d;
    }
    total = sum(sums);
    const float mean = sum(firsts) / total;
    const float variance = sum(seconds) / total - mean * mean;
    const float excess = __builtin_logf(total) + beta * mean - entropy;  // falls as beta grows: d/dbeta = -beta * variance
    if ((excess < 0 ? -excess : excess) < 1e-5F || beta > 1e12F) {
      break;
    }
    (excess > 0 ? low : high) = beta;
    float next = beta + excess / (beta * variance + 1e-30F);
    if (!(next > low && (high == 0 || next < high)) || next > 16 * beta) {
      next = high == 0 ? 4 * beta : 0.5F * (low + high);
    }
    beta = next;
  }
  for (int j = 0; j < count; ++j) {
    p[j] /= total;
  }
  return beta;
}

void attract(const EdgeTask &task, std::int64_t first, std::int64_t last, float *forces) {
  for (std::int64_t i = first; i < last; ++i) {
    const std::uint64_t e = task.start[i];
    const auto count = static_cast<std::int64_t>(task.start[i + 1] - e);
    if (task.dims == 2) {
      attract2(task.positions, i, task.columns + e, task.values + e, count, forces + 2 * i);
    } else {
      attract3(task.positions, i, task.columns + e, task.values + e, count, forces + 4 * i);
    }
  }
}

double repelExactly(const RepelTask &task, std::int64_t first, std::int64_t last, float *forces) {
  double z = 0;
  for (std::int64_t i = first; i < last; i += 4) {
    z += task.dims == 2 ? repel<2>(task, i, forces) : repel<3>(task, i, forces);
  }
  return z;
}

double repelNear(const NearTask &task, std::int64_t first, std::int64_t last, const std::int64_t *runs, int runCount, float *forces) {
  double potential = 0;
  for (std::int64_t i = first; i < last; ++i, forces += task.dims) {
    potential += task.dims == 2 ? near<2>(task, i, runs, runCount, forces) : near<3>(task, i, runs, runCount, forces);
  }
  return potential;
}

void advance(const StepTask &task, std::int64_t first, std::int64_t last, double *sums) {
  IVec swapPairs = iota() ^ 1;
  IVec swapHalves = iota() ^ 2;
  IVec axis = iota() & 3;
  Vec shift{};
  for (int l = 0; l < kLanes; ++l) {
    shift[l] = task.shift[axis[l]];
  }
  Vec total{};
  for (std::int64_t e = first; e < last; e += kLanes) {
    const Vec gradient = task.factor * load(task.attraction + e) - task.inverseZ * load(task.repulsion + e);
    const Vec before = load(task.velocity + e);
    Vec gain = load(task.gains + e);
    gain = (gradient > 0.0F) != (before > 0.0F) ? gain + 0.2F : gain * 0.8F;
    gain = gain < task.minGain ? splat(task.minGain) : gain;
    Vec step = task.momentum * before - task.rate * gain * gradient;
    Vec square = step * step;
    square += __builtin_shuffle(square, swapPairs);
    square = task.stride == 4 ? square + __builtin_shuffle(square, swapHalves) : square;
    const Vec cut = task.maxStep * task.maxStep / (square + 1e-30F);
    Vec root = cut;
    for (int l = 0; l < kLanes; ++l) {
      root[l] = __builtin_sqrtf(cut[l]);
    }
    step = cut < 1.0F ? step * root : step;
    const Vec inside = iota() < splatInt(static_cast<std::int32_t>(task.size - e < kLanes ? task.size - e : kLanes)) ? splat(1) : Vec{};
    const Vec position = inside * (load(task.positions + e) + step - shift);
    store(task.gains + e, gain);
    store(task.velocity + e, step);
    store(task.positions + e, position);
    total += position;
  }
  for (int l = 0; l < kLanes; ++l) {
    sums[axis[l]] += total[l];
  }
}

extern const MapKernels kMap;
const MapKernels kMap = {calibrateRow, attract, repelExactly, repelNear, advance};

}  // namespace vitrine::projection::VITRINE_KERNELS
