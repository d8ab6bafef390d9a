// Work on vectors as rows, so that every inner loop runs along memory.
#include "projection/eigen.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/seed.h"

namespace vitrine::projection {

namespace {

double dot(const float *a, const float *b, std::size_t n) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  }
  return sum;
}

/// Reduces a to tridiagonal form (diagonal d, off-diagonal e[1..]); a becomes the orthogonal matrix, its rows the new basis.
void tridiagonalise(std::vector<double> &a, std::size_t n, std::vector<double> &d, std::vector<double> &e) {
  std::vector<double> basis(n * n, 0);
  for (std::size_t i = 0; i < n; ++i) {
    basis[i * n + i] = 1;
  }
  std::vector<double> v(n);
  std::vector<double> w(n);
  for (std::size_t k = 0; k + 2 < n; ++k) {
    double norm = 0;
    for (std::size_t i = k + 1; i < n; ++i) {
      v[i] = a[k * n + i];
      norm += v[i] * v[i];
    }
    norm = std::sqrt(norm);
    if (norm <= 1e-300 || norm == std::abs(v[k + 1])) {
      continue;
    }
    v[k + 1] += v[k + 1] > 0 ? norm : -norm;
    double square = 0;
    for (std::size_t i = k + 1; i < n; ++i) {
      square += v[i] * v[i];
    }
    const double beta = 2 / square;
    double vw = 0;  // H a H with H = 1 - beta v v^T is a - v w^T - w v^T
    for (std::size_t i = k; i < n; ++i) {
      double sum = 0;
      for (std::size_t j = k + 1; j < n; ++j) {
        sum += a[i * n + j] * v[j];
      }
      w[i] = beta * sum;
      vw += i > k ? w[i] * v[i] : 0;
    }
    v[k] = 0;
    for (std::size_t i = k; i < n; ++i) {
      w[i] -= 0.5 * beta * vw * v[i];
    }
    for (std::size_t i = k; i < n; ++i) {
      for (std::size_t j = k; j < n; ++j) {
        a[i * n + j] -= v[i] * w[j] + w[i] * v[j];
      }
    }
    std::fill(w.begin(), w.end(), 0.0);
    for (std::size_t i = k + 1; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        w[j] += beta * v[i] * basis[i * n + j];
      }
    }
    for (std::size_t i = k + 1; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        basis[i * n + j] -= v[i] * w[j];
      }
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    d[i] = a[i * n + i];
    e[i] = i > 0 ? a[i * n + i - 1] : 0;
  }
  a.swap(basis);
}

/// One implicit QL sweep over the unreduced block [first, last].
void sweep(std::vector<double> &basis, std::size_t n, std::vector<double> &d, std::vector<double> &e, std::size_t first, std::size_t last) {
  double g = (d[first + 1] - d[first]) / (2 * e[first + 1]);
  double r = std::hypot(g, 1.0);
  g = d[last] - d[first] + e[first + 1] / (g + (g >= 0 ? r : -r));
  double s = 1;
  double c = 1;
  double p = 0;
  for (std::size_t i = last; i-- > first;) {
    double f = s * e[i + 1];
    const double b = c * e[i + 1];
    r = std::hypot(f, g);
    if (i + 2 <= last) {
      e[i + 2] = r;
    }
    if (r == 0) {
      d[i + 1] -= p;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1] - p;
    r = (d[i] - g) * s + 2 * c * b;
    p = s * r;
    d[i + 1] = g + p;
    g = c * r - b;
    double *low = basis.data() + i * n;
    double *high = low + n;
    for (std::size_t j = 0; j < n; ++j) {
      f = high[j];
      high[j] = s * low[j] + c * f;
      low[j] = c * low[j] - s * f;
    }
  }
  d[first] -= p;
  e[first + 1] = g;
}

}  // namespace

Eigen eigenOf(std::vector<double> a, std::size_t n) {
  std::vector<double> d(n);
  std::vector<double> e(n);
  tridiagonalise(a, n, d, e);
  for (std::size_t first = 0; first < n; ++first) {
    for (int round = 0; round < 60; ++round) {
      std::size_t last = first;
      while (last + 1 < n && std::abs(e[last + 1]) > 1e-16 * (std::abs(d[last]) + std::abs(d[last + 1]))) {
        ++last;
      }
      if (last == first) {
        break;
      }
      sweep(a, n, d, e, first, last);
    }
  }
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) { return d[x] > d[y]; });
  Eigen result{{}, Matrix(n, n)};
  for (std::size_t i = 0; i < n; ++i) {
    result.values.push_back(d[order[i]]);
    std::transform(a.begin() + static_cast<std::ptrdiff_t>(order[i] * n), a.begin() + static_cast<std::ptrdiff_t>((order[i] + 1) * n),
                   result.vectors.row(i).begin(), [](double v) { return static_cast<float>(v); });
  }
  return result;
}

void orthonormalise(Matrix &rows, std::uint64_t seed) {
  Rng rng(seed);
  const std::size_t n = rows.cols;
  for (std::size_t i = 0; i < rows.rows; ++i) {
    float *row = rows.row(i).data();
    for (int attempt = 0; attempt < 4; ++attempt) {
      const double before = std::sqrt(dot(row, row, n));
      double after = before;
      for (int pass = 0; pass < 2; ++pass) {
        for (std::size_t j = 0; j < i; ++j) {
          const float *other = rows.row(j).data();
          const auto amount = static_cast<float>(dot(row, other, n));
          for (std::size_t c = 0; c < n; ++c) {
            row[c] -= amount * other[c];
          }
        }
        after = std::sqrt(dot(row, row, n));
        for (std::size_t c = 0; c < n; ++c) {
          row[c] = after > 0 ? static_cast<float>(row[c] / after) : 0;
        }
        if (pass == 0 && !(after > 1e-5 * before)) {
          break;
        }
      }
      if (after > 1e-5 * before && before > 0) {
        break;
      }
      std::generate_n(row, n, [&] { return static_cast<float>(rng.normal()); });
    }
  }
}

Eigen leadingEigen(std::size_t n, const Product &product, const LeadingOptions &options, const std::atomic<bool> &stop) {
  const std::size_t block = std::min(std::max(options.block, options.wanted), n);
  Matrix basis(block, n);
  Rng rng(options.seed);
  std::generate(basis.values.begin(), basis.values.end(), [&] { return static_cast<float>(rng.normal()); });
  orthonormalise(basis, options.seed);
  Matrix image(block, n);
  std::vector<double> known(options.wanted, -1);
  Eigen result;
  for (int round = 0;; ++round) {
    throwIfStopped(stop);
    product(basis, image);
    std::vector<double> small(block * block);
    for (std::size_t i = 0; i < block; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        small[i * block + j] = small[j * block + i] =
            0.5 * (dot(image.row(i).data(), basis.row(j).data(), n) + dot(image.row(j).data(), basis.row(i).data(), n));
      }
    }
    const Eigen ritz = eigenOf(std::move(small), block);
    double change = 0;
    for (std::size_t i = 0; i < options.wanted; ++i) {
      change = std::max(change, std::abs(ritz.values[i] - known[i]));
      known[i] = ritz.values[i];
    }
    const bool done = change <= 1e-7 * std::abs(known[0]) || round + 1 >= options.rounds;
    const Matrix &from = done ? basis : image;
    Matrix turned(done ? options.wanted : block, n);
    for (std::size_t i = 0; i < turned.rows; ++i) {
      for (std::size_t j = 0; j < block; ++j) {
        const float weight = ritz.vectors.row(i)[j];
        const float *row = from.row(j).data();
        float *out = turned.row(i).data();
        for (std::size_t c = 0; c < n; ++c) {
          out[c] += weight * row[c];
        }
      }
    }
    orthonormalise(turned, options.seed + 1);
    if (done) {
      return {std::move(known), std::move(turned)};
    }
    basis = std::move(turned);
  }
}

}  // namespace vitrine::projection
