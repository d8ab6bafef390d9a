// Complex FFTs of a vector's width of columns at a time, in place. Frequencies come out in digit-reversed order: a convolution does not care, and nothing is
// ever reordered. Half of every padded transform is zeros or not wanted; those rows are never read or written.
#include "projection/kernels/kernels.h"
#include "projection/kernels/vec.h"

namespace vitrine::projection::VITRINE_KERNELS {

namespace {

constexpr int kFirstLevel = 24 << 10;  // bytes of a block that stays in the first-level cache through all its stages

struct Complex {
  Vec re, im;
};

VITRINE_INLINE Complex operator+(Complex a, Complex b) {
  return {a.re + b.re, a.im + b.im};
}
VITRINE_INLINE Complex operator-(Complex a, Complex b) {
  return {a.re - b.re, a.im - b.im};
}
VITRINE_INLINE Complex operator*(float s, Complex a) {
  return {s * a.re, s * a.im};
}
/// -i * a
VITRINE_INLINE Complex turned(Complex a) {
  return {a.im, -a.re};
}

/// Element e of the transform. The inverse is the forward transform with the parts swapped.
template <bool kInverse>
VITRINE_INLINE Complex get(const float *x, std::int64_t e) {
  const float *p = x + e * 2 * kLanes;
  return kInverse ? Complex{load(p + kLanes), load(p)} : Complex{load(p), load(p + kLanes)};
}
template <bool kInverse>
VITRINE_INLINE void put(float *x, std::int64_t e, Complex v) {
  float *p = x + e * 2 * kLanes;
  store(p, kInverse ? v.im : v.re);
  store(p + kLanes, kInverse ? v.re : v.im);
}

template <int kRadix>
VITRINE_INLINE void butterfly(Complex *v) {
  if constexpr (kRadix == 2) {
    const Complex a = v[0];
    v[0] = a + v[1];
    v[1] = a - v[1];
  } else if constexpr (kRadix == 3) {
    const Complex s = v[1] + v[2];
    const Complex t = turned(0.86602540378443865F * (v[1] - v[2]));
    const Complex u = v[0] - 0.5F * s;
    v[0] = v[0] + s;
    v[1] = u + t;
    v[2] = u - t;
  } else if constexpr (kRadix == 4) {
    const Complex a = v[0] + v[2];
    const Complex b = v[0] - v[2];
    const Complex c = v[1] + v[3];
    const Complex d = turned(v[1] - v[3]);
    v[0] = a + c;
    v[1] = b + d;
    v[2] = a - c;
    v[3] = b - d;
  } else {
    const Complex s1 = v[1] + v[4];
    const Complex s2 = v[2] + v[3];
    const Complex d1 = v[1] - v[4];
    const Complex d2 = v[2] - v[3];
    const Complex a1 = v[0] + 0.30901699437494742F * s1 - 0.80901699437494742F * s2;
    const Complex a2 = v[0] - 0.80901699437494742F * s1 + 0.30901699437494742F * s2;
    const Complex b1 = turned(0.95105651629515357F * d1 + 0.58778525229247313F * d2);
    const Complex b2 = turned(0.58778525229247313F * d1 - 0.95105651629515357F * d2);
    v[0] = v[0] + s1 + s2;
    v[1] = a1 + b1;
    v[2] = a2 + b2;
    v[3] = a2 - b2;
    v[4] = a1 - b1;
  }
}

/// One stage over one block of radix * m elements: decimation in frequency forward, in time inverse, so that one undoes the order of the other.
template <int kRadix, bool kInverse>
void stage(float *x, int m, const float *twiddles) {
  for (int p = 0; p < m; ++p, twiddles += 2 * (kRadix - 1)) {
    Complex v[kRadix];
    for (int k = 0; k < kRadix; ++k) {
      v[k] = get<kInverse>(x, p + static_cast<std::int64_t>(m) * k);
    }
    if constexpr (!kInverse) {
      butterfly<kRadix>(v);
    }
    for (int k = 1; k < kRadix; ++k) {
      const float c = twiddles[2 * k - 2];
      const float s = twiddles[2 * k - 1];
      v[k] = {v[k].re * c - v[k].im * s, v[k].im * c + v[k].re * s};
    }
    if constexpr (kInverse) {
      butterfly<kRadix>(v);
    }
    for (int k = 0; k < kRadix; ++k) {
      put<kInverse>(x, p + static_cast<std::int64_t>(m) * k, v[k]);
    }
  }
}

template <bool kInverse>
void oneStage(float *x, int radix, int m, const float *twiddles) {
  switch (radix) {
    case 2: stage<2, kInverse>(x, m, twiddles); break;
    case 3: stage<3, kInverse>(x, m, twiddles); break;
    case 4: stage<4, kInverse>(x, m, twiddles); break;
    default: stage<5, kInverse>(x, m, twiddles); break;
  }
}

/// All stages from `s` on over `length` elements: stage by stage once a block fits the cache, block by block before.
template <bool kInverse>
void transform(float *x, std::int64_t length, int s, const FftPlan &plan) {
  if (s == plan.stages) {
    return;
  }
  const int radix = plan.radices[s];
  const std::int64_t m = length / radix;
  const bool deep = length * 2 * kLanes * 4 > kFirstLevel;
  if (deep) {
    if constexpr (!kInverse) {
      oneStage<kInverse>(x, radix, static_cast<int>(m), plan.twiddles[s]);
    }
    for (int b = 0; b < radix; ++b) {
      transform<kInverse>(x + b * m * 2 * kLanes, m, s + 1, plan);
    }
    if constexpr (kInverse) {
      oneStage<kInverse>(x, radix, static_cast<int>(m), plan.twiddles[s]);
    }
    return;
  }
  std::int64_t block[16];
  block[s] = length;
  for (int t = s + 1; t < plan.stages; ++t) {
    block[t] = block[t - 1] / plan.radices[t - 1];
  }
  for (int i = s; i < plan.stages; ++i) {
    const int t = kInverse ? plan.stages - 1 - (i - s) : i;
    for (std::int64_t b = 0; b < length; b += block[t]) {
      oneStage<kInverse>(x + b * 2 * kLanes, plan.radices[t], static_cast<int>(block[t] / plan.radices[t]), plan.twiddles[t]);
    }
  }
}

/// Lanes of v become elements of the 16 (8, 4) vectors: log2 rounds of swapping halves.
VITRINE_INLINE void transpose(Vec *v) {
  for (int half = kLanes / 2; half > 0; half /= 2) {
    IVec low;
    IVec high;
    for (int i = 0; i < kLanes; ++i) {
      low[i] = (i & half) != 0 ? kLanes + (i ^ half) : i;
      high[i] = (i & half) != 0 ? kLanes + i : i ^ half;
    }
    for (int i = 0; i < kLanes; ++i) {
      if ((i & half) == 0) {
        const Vec a = v[i];
        const Vec b = v[i | half];
        v[i] = __builtin_shuffle(a, b, low);
        v[i | half] = __builtin_shuffle(a, b, high);
      }
    }
  }
}

VITRINE_INLINE void clear(float *x, std::int64_t from, std::int64_t to) {
  for (std::int64_t e = from; e < to; ++e) {
    put<false>(x, e, {Vec{}, Vec{}});
  }
}

}  // namespace

void forwardColumns(const float *grid, const MeshShape &shape, std::int64_t column, float *work, float *spectrum) {
  const FftPlan &plan = *shape.plan;
  const std::int64_t partner = column + shape.columns / 2;
  for (std::int64_t r = 0; r < shape.side; ++r) {
    put<false>(work, r, {load(grid + r * shape.columns + column), load(grid + r * shape.columns + partner)});
  }
  clear(work, shape.side, plan.length);
  transform<false>(work, plan.length, 0, plan);
  for (int group = 0; group < shape.groups; ++group) {
    Vec part[4][kLanes];
    for (int l = 0; l < kLanes; ++l) {
      const int k = group * kLanes + l <= plan.length / 2 ? group * kLanes + l : 0;
      const Complex z = get<false>(work, plan.place[k]);
      const Complex c = get<false>(work, plan.place[k == 0 ? 0 : plan.length - k]);
      part[0][l] = 0.5F * (z.re + c.re);
      part[1][l] = 0.5F * (z.im - c.im);
      part[2][l] = 0.5F * (z.im + c.im);
      part[3][l] = 0.5F * (c.re - z.re);
    }
    float *out = spectrum + (group * shape.columns + column) * 2 * kLanes;
    float *outPartner = spectrum + (group * shape.columns + partner) * 2 * kLanes;
    for (int q = 0; q < 4; ++q) {
      transpose(part[q]);
    }
    for (int l = 0; l < kLanes; ++l) {
      put<false>(out, l, {part[0][l], part[1][l]});
      put<false>(outPartner, l, {part[2][l], part[3][l]});
    }
  }
}

void inverseColumns(float *grid, const MeshShape &shape, std::int64_t column, float *work, const float *spectrum) {
  const FftPlan &plan = *shape.plan;
  const std::int64_t partner = column + shape.columns / 2;
  for (int group = 0; group < shape.groups; ++group) {
    const float *in = spectrum + (group * shape.columns + column) * 2 * kLanes;
    const float *inPartner = spectrum + (group * shape.columns + partner) * 2 * kLanes;
    Vec part[4][kLanes];
    for (int l = 0; l < kLanes; ++l) {
      const Complex a = get<false>(in, l);
      const Complex b = get<false>(inPartner, l);
      part[0][l] = a.re;
      part[1][l] = a.im;
      part[2][l] = b.re;
      part[3][l] = b.im;
    }
    for (int q = 0; q < 4; ++q) {
      transpose(part[q]);
    }
    for (int l = 0; l < kLanes && group * kLanes + l <= plan.length / 2; ++l) {
      const int k = group * kLanes + l;
      if (k != 0) {
        put<false>(work, plan.place[plan.length - k], {part[0][l] + part[3][l], part[2][l] - part[1][l]});
      }
      put<false>(work, plan.place[k], {part[0][l] - part[3][l], part[1][l] + part[2][l]});
    }
  }
  transform<true>(work, plan.length, 0, plan);
  for (std::int64_t r = 0; r < shape.side; ++r) {
    const Complex v = get<false>(work, r);
    store(grid + r * shape.columns + column, v.re);
    store(grid + r * shape.columns + partner, v.im);
  }
}

void transformForward(float *work, const FftPlan &plan) {
  transform<false>(work, plan.length, 0, plan);
}

void convolveGroup2(float *spectrum, const MeshShape &shape, float *work, const float *influence) {
  const FftPlan &plan = *shape.plan;
  for (std::int64_t c = 0; c < shape.side; ++c) {
    put<false>(work, c, get<false>(spectrum, c));
  }
  clear(work, shape.side, plan.length);
  transform<false>(work, plan.length, 0, plan);
  for (std::int64_t e = 0; e < plan.length; ++e) {
    const Vec g = load(influence + e * kLanes);
    const Complex v = get<false>(work, e);
    put<false>(work, e, {g * v.re, g * v.im});
  }
  transform<true>(work, plan.length, 0, plan);
  for (std::int64_t c = 0; c < shape.side; ++c) {
    put<false>(spectrum, c, get<false>(work, c));
  }
}

void convolveGroup3(float *spectrum, const MeshShape &shape, float *work, const float *influence) {
  const FftPlan &plan = *shape.plan;
  const std::int64_t length = plan.length;
  float *plane = work + length * 2 * kLanes;  // side rows of the second axis, each transformed along the third; `work` itself holds one line
  for (std::int64_t y = 0; y < shape.side; ++y) {
    float *line = plane + y * length * 2 * kLanes;
    for (std::int64_t z = 0; z < shape.side; ++z) {
      put<false>(line, z, get<false>(spectrum, y * shape.side + z));
    }
    clear(line, shape.side, length);
    transform<false>(line, length, 0, plan);
  }
  for (std::int64_t z = 0; z < length; ++z) {
    for (std::int64_t y = 0; y < shape.side; ++y) {
      put<false>(work, y, get<false>(plane, y * length + z));
    }
    clear(work, shape.side, length);
    transform<false>(work, length, 0, plan);
    for (std::int64_t e = 0; e < length; ++e) {
      const Vec g = load(influence + (z * length + e) * kLanes);
      const Complex v = get<false>(work, e);
      put<false>(work, e, {g * v.re, g * v.im});
    }
    transform<true>(work, length, 0, plan);
    for (std::int64_t y = 0; y < shape.side; ++y) {
      put<false>(plane, y * length + z, get<false>(work, y));
    }
  }
  for (std::int64_t y = 0; y < shape.side; ++y) {
    float *line = plane + y * length * 2 * kLanes;
    transform<true>(line, length, 0, plan);
    for (std::int64_t z = 0; z < shape.side; ++z) {
      put<false>(spectrum, y * shape.side + z, get<false>(line, z));
    }
  }
}

extern const FftKernels kFft;
const FftKernels kFft = {kLanes, forwardColumns, inverseColumns, transformForward, convolveGroup2, convolveGroup3};

}  // namespace vitrine::projection::VITRINE_KERNELS
