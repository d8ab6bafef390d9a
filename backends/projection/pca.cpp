// Three ways to the same components: the d x d covariance, the n x n Gram matrix where samples are fewer than columns, and products with the data where both
// are too large to be squared.
#include "projection/pca.h"

#include <algorithm>
#include <cmath>

#include "projection/dense.h"
#include "projection/eigen.h"
#include "projection/knn.h"

namespace vitrine::projection {

namespace {

constexpr std::size_t kExactLimit = 2048;  // side of the largest matrix that is formed
constexpr std::size_t kChunk = 256;        // rows centred and multiplied at a time
constexpr std::size_t kStrip = 96;         // rows of a symmetric product: what lies left of a strip is mirrored, not computed

/// Rows [first, last) less the mean.
std::vector<float> centred(const Matrix &x, const std::vector<float> &mean, std::size_t first, std::size_t last) {
  std::vector<float> rows(x.values.begin() + static_cast<std::ptrdiff_t>(first * x.cols), x.values.begin() + static_cast<std::ptrdiff_t>(last * x.cols));
  for (std::size_t i = 0; i < rows.size(); i += x.cols) {
    for (std::size_t c = 0; c < x.cols; ++c) {
      rows[i + c] -= mean[c];
    }
  }
  return rows;
}

std::vector<float> meanOf(const Matrix &x) {
  std::vector<double> sums(x.cols, 0);
  for (std::size_t i = 0; i < x.rows; ++i) {
    for (std::size_t c = 0; c < x.cols; ++c) {
      sums[c] += x.values[i * x.cols + c];
    }
  }
  std::vector<float> mean;
  for (double sum : sums) {
    mean.push_back(static_cast<float>(sum / static_cast<double>(x.rows)));
  }
  return mean;
}

/// A matrix product over all rows in chunks, every thread into a sum of its own: work(rows, first, count, sum).
template <class Work>
std::vector<double> sumOverRows(const Matrix &x, const std::vector<float> &mean, std::size_t size, int threads, const std::atomic<bool> &stop,
                                const Work &work) {
  std::vector<std::vector<float>> sums(static_cast<std::size_t>(threads));
#pragma omp parallel num_threads(threads)
  {
    std::vector<float> &sum = sums[static_cast<std::size_t>(omp_get_thread_num())];
    sum.assign(size, 0);
#pragma omp for schedule(static)
    for (std::size_t first = 0; first < x.rows; first += kChunk) {
      if (!stopped(stop)) {
        const std::size_t last = std::min(x.rows, first + kChunk);
        work(centred(x, mean, first, last), first, last - first, sum.data());
      }
    }
  }
  throwIfStopped(stop);
  std::vector<double> total(size, 0);
  for (const auto &sum : sums) {
    for (std::size_t e = 0; e < sum.size(); ++e) {
      total[e] += sum[e];
    }
  }
  return total;
}

/// Fills the lower triangle from the upper one, and divides.
void mirror(std::vector<double> &a, std::size_t n, double divisor) {
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      a[i * n + j] = a[j * n + i] /= divisor;
    }
  }
}

std::vector<double> covarianceOf(const Matrix &x, const std::vector<float> &mean, double divisor, int threads, const std::atomic<bool> &stop) {
  const std::size_t d = x.cols;
  auto sum = sumOverRows(x, mean, d * d, threads, stop, [d](const std::vector<float> &rows, std::size_t, std::size_t count, float *out) {
    for (std::size_t c = 0; c < d; c += kStrip) {
      multiplyAdd({rows.data() + c, 1, d}, {rows.data() + c, d, 1}, std::min(kStrip, d - c), d - c, count, out + c * d + c, d);
    }
  });
  mirror(sum, d, divisor);
  return sum;
}

std::vector<double> gramOf(const Matrix &x, const std::vector<float> &mean, double divisor, int threads, const std::atomic<bool> &stop) {
  const std::size_t n = x.rows;
  const std::vector<float> all = centred(x, mean, 0, n);
  auto sum = sumOverRows(x, mean, n * n, threads, stop, [&](const std::vector<float> &rows, std::size_t first, std::size_t count, float *out) {
    multiplyAdd({rows.data(), x.cols, 1}, {all.data() + first * x.cols, 1, x.cols}, count, n - first, x.cols, out + first * n + first, n);
  });
  mirror(sum, n, divisor);
  return sum;
}

/// out = in * S for a symmetric matrix that is held.
Product productWith(const std::vector<double> &s, std::size_t n, int threads) {
  auto matrix = std::make_shared<std::vector<float>>(s.begin(), s.end());
  return [matrix, n, threads](const Matrix &in, Matrix &out) {
    std::fill(out.values.begin(), out.values.end(), 0.0F);
#pragma omp parallel for num_threads(threads) schedule(static)
    for (std::size_t c = 0; c < n; c += kStrip) {
      multiplyAdd({in.values.data(), n, 1}, {matrix->data() + c, n, 1}, in.rows, std::min(kStrip, n - c), n, out.values.data() + c, n);
    }
  };
}

/// out = in * X^T X / divisor without forming it.
Product productThrough(const Matrix &x, const std::vector<float> &mean, double divisor, int threads, const std::atomic<bool> &stop) {
  return [&x, &mean, divisor, threads, &stop](const Matrix &in, Matrix &out) {
    const std::size_t d = x.cols;
    const auto sum = sumOverRows(x, mean, in.values.size(), threads, stop, [&](const std::vector<float> &rows, std::size_t, std::size_t count, float *to) {
      std::vector<float> scores(in.rows * count, 0);
      multiplyAdd({in.values.data(), d, 1}, {rows.data(), 1, d}, in.rows, count, d, scores.data(), count);
      multiplyAdd({scores.data(), count, 1}, {rows.data(), d, 1}, in.rows, d, count, to, d);
    });
    std::transform(sum.begin(), sum.end(), out.values.begin(), [divisor](double v) { return static_cast<float>(v / divisor); });
  };
}

double squaresOf(const Matrix &x, const std::vector<float> &mean) {
  double sum = 0;
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    const double v = static_cast<double>(x.values[i]) - static_cast<double>(mean[i % x.cols]);
    sum += v * v;
  }
  return sum;
}

/// Leading eigenpairs of a matrix that is held: all of them where that is cheaper.
Eigen leadingOf(std::vector<double> matrix, std::size_t n, std::size_t wanted, const PcaOptions &options, const std::atomic<bool> &stop) {
  if (n > 96 && wanted * 4 < n) {
    return leadingEigen(n, productWith(matrix, n, threadCount(options.threads)), {.wanted = wanted, .block = 2 * wanted + 10, .seed = options.seed}, stop);
  }
  Eigen all = eigenOf(std::move(matrix), n);
  all.values.resize(wanted);
  all.vectors.rows = wanted;
  all.vectors.values.resize(wanted * n);
  return all;
}

Eigen componentsOf(const Matrix &x, const std::vector<float> &mean, std::size_t wanted, const PcaOptions &options, const std::atomic<bool> &stop) {
  const int threads = threadCount(options.threads);
  const double divisor = std::max<double>(1, static_cast<double>(x.rows) - 1);
  if (x.cols <= std::max(x.rows, kExactLimit) && x.cols <= kExactLimit && x.cols <= 2 * x.rows) {
    return leadingOf(covarianceOf(x, mean, divisor, threads, stop), x.cols, wanted, options, stop);
  }
  if (x.rows <= kExactLimit) {
    Eigen dual = leadingOf(gramOf(x, mean, divisor, threads, stop), x.rows, wanted, options, stop);
    Matrix axes(wanted, x.cols);
    const std::vector<float> all = centred(x, mean, 0, x.rows);
    multiplyAdd({dual.vectors.values.data(), x.rows, 1}, {all.data(), x.cols, 1}, wanted, x.cols, x.rows, axes.values.data(), x.cols);
    orthonormalise(axes, options.seed);
    return {std::move(dual.values), std::move(axes)};
  }
  return leadingEigen(x.cols, productThrough(x, mean, divisor, threads, stop), {.wanted = wanted, .block = wanted + 16, .rounds = 8, .seed = options.seed},
                      stop);
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
#pragma omp parallel for num_threads(threadCount(threads)) schedule(static)
  for (std::size_t first = 0; first < x.rows; first += kChunk) {
    const std::size_t last = std::min(x.rows, first + kChunk);
    const std::vector<float> rows = centred(x, mean, first, last);
    multiplyAdd({rows.data(), x.cols, 1}, {components.values.data(), 1, x.cols}, last - first, components.rows, x.cols, out.row(first).data(), out.cols);
  }
  return out;
}

Pca fitPca(const Matrix &x, const PcaOptions &options, const std::atomic<bool> &stop) {
  checkMatrix(x, 1, "principal components");
  const std::size_t wanted = std::min({static_cast<std::size_t>(std::max(options.components, 1)), x.cols, x.rows});
  Pca pca;
  pca.mean = meanOf(x);
  Eigen found = componentsOf(x, pca.mean, wanted, options, stop);
  for (std::size_t k = 0; k < wanted; ++k) {
    const auto axis = found.vectors.row(k);
    const float peak = *std::max_element(axis.begin(), axis.end(), [](float a, float b) { return std::abs(a) < std::abs(b); });
    if (peak < 0) {
      std::transform(axis.begin(), axis.end(), axis.begin(), [](float v) { return -v; });
    }
    pca.variance.push_back(std::max(0.0, found.values[k]));
  }
  pca.components = std::move(found.vectors);
  pca.totalVariance = squaresOf(x, pca.mean) / std::max<double>(1, static_cast<double>(x.rows) - 1);
  return pca;
}

}  // namespace vitrine::projection
