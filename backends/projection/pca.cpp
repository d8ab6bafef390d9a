// Covariance in blocks, leading eigenvectors by subspace iteration with Rayleigh-Ritz.
#include "projection/pca.h"

#include <algorithm>
#include <cmath>

#include "core/seed.h"
#include "projection/knn.h"

namespace vitrine::projection {

namespace {

/// Eigenvalues and eigenvectors (rows of `vectors`) of the symmetric n x n matrix `a`, by cyclic Jacobi rotations; descending.
void jacobi(std::vector<double> a, std::size_t n, std::vector<double> &values, std::vector<double> &vectors) {
  std::vector<double> v(n * n, 0);
  for (std::size_t i = 0; i < n; ++i) {
    v[i * n + i] = 1;
  }
  for (int sweep = 0; sweep < 60; ++sweep) {
    double off = 0;
    double diagonal = 0;
    for (std::size_t p = 0; p < n; ++p) {
      diagonal += a[p * n + p] * a[p * n + p];
      for (std::size_t q = p + 1; q < n; ++q) {
        off += a[p * n + q] * a[p * n + q];
      }
    }
    if (off <= 1e-26 * diagonal) {
      break;
    }
    for (std::size_t p = 0; p < n; ++p) {
      for (std::size_t q = p + 1; q < n; ++q) {
        const double apq = a[p * n + q];
        if (apq == 0) {
          continue;
        }
        const double theta = (a[q * n + q] - a[p * n + p]) / (2 * apq);
        const double t = (theta >= 0 ? 1 : -1) / (std::abs(theta) + std::sqrt(theta * theta + 1));
        const double c = 1 / std::sqrt(t * t + 1);
        const double s = t * c;
        for (std::size_t k = 0; k < n; ++k) {
          const double akp = a[k * n + p];
          const double akq = a[k * n + q];
          a[k * n + p] = c * akp - s * akq;
          a[k * n + q] = s * akp + c * akq;
        }
        for (std::size_t k = 0; k < n; ++k) {
          const double apk = a[p * n + k];
          const double aqk = a[q * n + k];
          a[p * n + k] = c * apk - s * aqk;
          a[q * n + k] = s * apk + c * aqk;
          const double vpk = v[p * n + k];
          const double vqk = v[q * n + k];
          v[p * n + k] = c * vpk - s * vqk;
          v[q * n + k] = s * vpk + c * vqk;
        }
      }
    }
  }
  std::vector<std::size_t> order(n);
  for (std::size_t i = 0; i < n; ++i) {
    order[i] = i;
  }
  std::sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) { return a[x * n + x] > a[y * n + y]; });
  values.resize(n);
  vectors.resize(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    values[i] = a[order[i] * n + order[i]];
    std::copy_n(v.begin() + static_cast<std::ptrdiff_t>(order[i] * n), n, vectors.begin() + static_cast<std::ptrdiff_t>(i * n));
  }
}

}  // namespace

double Pca::explained() const {
  double kept = 0;
  for (double v : variance) {
    kept += v;
  }
  return totalVariance > 0 ? kept / totalVariance : 1;
}

Matrix Pca::transform(const Matrix &x, int threads) const {
  if (x.cols != mean.size()) {
    throw InputError("data of " + std::to_string(x.cols) + " columns do not fit components of " + std::to_string(mean.size()));
  }
  Matrix out(x.rows, components.rows);
#pragma omp parallel for num_threads(threadCount(threads))
  for (std::size_t i = 0; i < x.rows; ++i) {
    for (std::size_t k = 0; k < components.rows; ++k) {
      float sum = 0;
      for (std::size_t c = 0; c < x.cols; ++c) {
        sum += (x.values[i * x.cols + c] - mean[c]) * components.values[k * x.cols + c];
      }
      out.values[i * out.cols + k] = sum;
    }
  }
  return out;
}

Pca fitPca(const Matrix &x, const PcaOptions &options, const std::atomic<bool> &stop) {
  checkMatrix(x, 1, "principal components");
  const std::size_t d = x.cols;
  const std::size_t k = std::min({static_cast<std::size_t>(std::max(options.components, 1)), d, x.rows});
  Pca pca;
  pca.mean.resize(d);
  std::vector<double> mean(d, 0);
  for (std::size_t i = 0; i < x.rows; ++i) {
    for (std::size_t c = 0; c < d; ++c) {
      mean[c] += x.values[i * d + c];
    }
  }
  for (std::size_t c = 0; c < d; ++c) {
    mean[c] /= static_cast<double>(x.rows);
    pca.mean[c] = static_cast<float>(mean[c]);
  }
  std::vector<double> covariance(d * d, 0);
  for (std::size_t i = 0; i < x.rows; ++i) {
    throwIfStopped(stop);
    const float *row = x.values.data() + i * d;
    for (std::size_t a = 0; a < d; ++a) {
      const double va = row[a] - mean[a];
      for (std::size_t b = 0; b < d; ++b) {
        covariance[a * d + b] += va * (row[b] - mean[b]);
      }
    }
  }
  const double divisor = std::max<double>(1, static_cast<double>(x.rows) - 1);
  for (double &v : covariance) {
    v /= divisor;
  }
  for (std::size_t c = 0; c < d; ++c) {
    pca.totalVariance += covariance[c * d + c];
  }
  std::vector<double> values;
  std::vector<double> vectors;
  jacobi(covariance, d, values, vectors);
  pca.components = Matrix(k, d);
  for (std::size_t r = 0; r < k; ++r) {
    const double *row = vectors.data() + r * d;
    const double *peak = std::max_element(row, row + d, [](double a, double b) { return std::abs(a) < std::abs(b); });
    const double sign = *peak < 0 ? -1 : 1;
    for (std::size_t c = 0; c < d; ++c) {
      pca.components.values[r * d + c] = static_cast<float>(sign * row[c]);
    }
    pca.variance.push_back(std::max(0.0, values[r]));
  }
  return pca;
}

}  // namespace vitrine::projection
