// The windows are separable: each row of the four moments is smoothed once along itself, then eleven of them across.
#include "video/quality.h"

#include <omp.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.h"

namespace vitrine::video {

namespace {

constexpr int kWindow = 11, kMoments = 4;
constexpr float kC1 = 0.01F * 0.01F, kC2 = 0.03F * 0.03F;
constexpr std::array<double, 5> kWeights = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333};

std::array<float, kWindow> gaussian() {
  std::array<double, kWindow> raw{};
  double sum = 0;
  for (int i = 0; i < kWindow; ++i) {
    const double x = i - kWindow / 2;
    sum += raw[static_cast<std::size_t>(i)] = std::exp(-x * x / (2 * 1.5 * 1.5));
  }
  std::array<float, kWindow> window{};
  std::ranges::transform(raw, window.begin(), [sum](double v) { return static_cast<float>(v / sum); });
  return window;
}

void requireSame(const PlanesView &a, const PlanesView &b) {
  const auto size = [](const PlanesView &v) {
    return std::to_string(v.width) + " x " + std::to_string(v.height) + " pixels of " + std::to_string(v.channels) + " channels";
  };
  const std::size_t n = static_cast<std::size_t>(a.width) * static_cast<std::size_t>(a.height) * static_cast<std::size_t>(a.channels);
  if (a.width != b.width || a.height != b.height || a.channels != b.channels || a.values.size() != n || b.values.size() != n || n == 0) {
    throw InputError("quality", size(a) + " cannot be compared with " + size(b));
  }
}

struct Similarity {
  double ssim = 0, contrast = 0;
};

/// Both pictures' rows of one plane, and their moments smoothed along the row: a, b, a^2 + b^2, ab, each `width` - 10 long.
class RowMoments {
 public:
  explicit RowMoments(int width) : m_width(width), m_raw(static_cast<std::size_t>(kMoments * width)) {}

  void smooth(const float *a, const float *b, const std::array<float, kWindow> &window, float *out) {
    const std::size_t n = static_cast<std::size_t>(m_width), inside = n - kWindow + 1;
    float *raw = m_raw.data();
    for (std::size_t x = 0; x < n; ++x) {
      raw[x] = a[x];
      raw[n + x] = b[x];
      raw[2 * n + x] = a[x] * a[x] + b[x] * b[x];
      raw[3 * n + x] = a[x] * b[x];
    }
    std::fill_n(out, kMoments * inside, 0.0F);
    for (std::size_t m = 0; m < kMoments; ++m) {
      for (std::size_t k = 0; k < kWindow; ++k) {
        const float weight = window[k];
        const float *from = raw + m * n + k;
        float *to = out + m * inside;
        for (std::size_t x = 0; x < inside; ++x) {
          to[x] += weight * from[x];
        }
      }
    }
  }

 private:
  int m_width;
  std::vector<float> m_raw;
};

/// Sums over rows [begin, end) of the valid area. Not means: the caller divides.
Similarity similarityOfRows(const float *a, const float *b, int width, int begin, int end, const std::array<float, kWindow> &window) {
  const std::size_t inside = static_cast<std::size_t>(width - kWindow + 1), line = kMoments * inside;
  RowMoments moments(width);
  std::vector<float> ring(kWindow * line), sum(line);
  const auto add = [&](int row) {
    const std::ptrdiff_t offset = static_cast<std::ptrdiff_t>(row) * width;
    moments.smooth(a + offset, b + offset, window, ring.data() + static_cast<std::size_t>(row % kWindow) * line);
  };
  for (int row = begin; row < begin + kWindow - 1; ++row) {
    add(row);
  }
  Similarity total;
  for (int y = begin; y < end; ++y) {
    add(y + kWindow - 1);
    std::ranges::fill(sum, 0.0F);
    for (int k = 0; k < kWindow; ++k) {
      const float weight = window[static_cast<std::size_t>(k)];
      const float *from = ring.data() + static_cast<std::size_t>((y + k) % kWindow) * line;
      for (std::size_t x = 0; x < line; ++x) {
        sum[x] += weight * from[x];
      }
    }
    float ssims = 0, contrasts = 0;
    for (std::size_t x = 0; x < inside; ++x) {
      const float ma = sum[x], mb = sum[inside + x];
      const float squares = ma * ma + mb * mb, product = ma * mb;
      const float contrast = (2 * (sum[3 * inside + x] - product) + kC2) / (sum[2 * inside + x] - squares + kC2);
      contrasts += contrast;
      ssims += contrast * (2 * product + kC1) / (squares + kC1);
    }
    total.ssim += static_cast<double>(ssims);
    total.contrast += static_cast<double>(contrasts);
  }
  return total;
}

/// Means over the valid area of one plane. Bands of rows go to threads and are added in order, so that their number does not change the sum much.
Similarity similarity(const float *a, const float *b, int width, int height, int threads) {
  static const std::array<float, kWindow> window = gaussian();
  constexpr int kBand = 64;
  const int rows = height - kWindow + 1, bands = (rows + kBand - 1) / kBand;
  std::vector<Similarity> parts(static_cast<std::size_t>(bands));
#pragma omp parallel for schedule(dynamic) num_threads(threads > 0 ? threads : omp_get_max_threads())
  for (int band = 0; band < bands; ++band) {
    parts[static_cast<std::size_t>(band)] = similarityOfRows(a, b, width, band * kBand, std::min(rows, (band + 1) * kBand), window);
  }
  Similarity mean;
  const double n = static_cast<double>(rows) * (width - kWindow + 1);
  for (const Similarity &part : parts) {
    mean.ssim += part.ssim / n;
    mean.contrast += part.contrast / n;
  }
  return mean;
}

/// Means of 2 x 2 pixels; an odd side gets a zero at both ends first, which counts.
std::vector<float> halved(const float *plane, int width, int height) {
  const int padX = width % 2, padY = height % 2, w = width / 2 + padX, h = height / 2 + padY;
  std::vector<float> half(static_cast<std::size_t>(w) * static_cast<std::size_t>(h));
  const auto at = [&](int x, int y) { return x >= 0 && x < width && y >= 0 && y < height ? plane[static_cast<std::ptrdiff_t>(y) * width + x] : 0.0F; };
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      const int left = 2 * x - padX, top = 2 * y - padY;
      half[static_cast<std::size_t>(y) * static_cast<std::size_t>(w) + static_cast<std::size_t>(x)] =
          0.25F * (at(left, top) + at(left + 1, top) + at(left, top + 1) + at(left + 1, top + 1));
    }
  }
  return half;
}

double msSsimOfPlane(const float *a, const float *b, int width, int height, int threads) {
  std::vector<float> smallA, smallB;
  double product = 1;
  for (std::size_t scale = 0; scale < kWeights.size(); ++scale) {
    const bool last = scale + 1 == kWeights.size();
    const Similarity here = similarity(a, b, width, height, threads);
    product *= std::pow(std::max(0.0, last ? here.ssim : here.contrast), kWeights[scale]);
    if (!last) {
      smallA = halved(a, width, height);
      smallB = halved(b, width, height);
      a = smallA.data();
      b = smallB.data();
      width = width / 2 + width % 2;
      height = height / 2 + height % 2;
    }
  }
  return product;
}

template <class Measure>
double meanOfPlanes(const PlanesView &a, const PlanesView &b, const Measure &measure) {
  const std::ptrdiff_t plane = static_cast<std::ptrdiff_t>(a.width) * a.height;
  double sum = 0;
  for (int c = 0; c < a.channels; ++c) {
    sum += measure(a.values.data() + c * plane, b.values.data() + c * plane);
  }
  return sum / a.channels;
}

}  // namespace

std::vector<float> planesOf(const Image &image) {
  const std::size_t channels = static_cast<std::size_t>(image.channels), pixels = image.pixels.size() / std::max<std::size_t>(1, channels);
  std::vector<float> planes(image.pixels.size());
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t i = 0; i < pixels; ++i) {
      planes[c * pixels + i] = static_cast<float>(image.pixels[i * channels + c]) * (1.0F / 255.0F);
    }
  }
  return planes;
}

double psnr(const PlanesView &a, const PlanesView &b) {
  requireSame(a, b);
  constexpr std::size_t kBlock = 4096;  // summed in float before it goes to the double
  double sum = 0;
  for (std::size_t begin = 0; begin < a.values.size(); begin += kBlock) {
    float part = 0;
    for (std::size_t i = begin; i < std::min(a.values.size(), begin + kBlock); ++i) {
      const float difference = a.values[i] - b.values[i];
      part += difference * difference;
    }
    sum += static_cast<double>(part);
  }
  return -10 * std::log10(sum / static_cast<double>(a.values.size()) + 1e-9);
}

double ssim(const PlanesView &a, const PlanesView &b, int threads) {
  requireSame(a, b);
  if (std::min(a.width, a.height) < kWindow) {
    throw InputError("ssim", "needs pictures of at least 11 x 11 pixels", "take larger ones, or judge them by PSNR");
  }
  return meanOfPlanes(a, b, [&](const float *x, const float *y) { return similarity(x, y, a.width, a.height, threads).ssim; });
}

std::optional<double> msSsim(const PlanesView &a, const PlanesView &b, int threads) {
  requireSame(a, b);
  if (std::min(a.width, a.height) <= kMsSsimSide) {
    return std::nullopt;
  }
  return meanOfPlanes(a, b, [&](const float *x, const float *y) { return msSsimOfPlane(x, y, a.width, a.height, threads); });
}

}  // namespace vitrine::video
