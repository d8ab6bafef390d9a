// Made-up data and slow, obvious answers for the tests of the projection engines.
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "core/buffers.h"
#include "core/seed.h"

namespace vitrine::testing {

/// Gaussian groups with centres about `apart` standard deviations from the origin; row r belongs to group r % groups.
inline Matrix mixture(std::size_t rows, std::size_t cols, std::size_t groups, std::uint64_t seed, double apart = 3) {
  Rng rng(seed);
  Matrix centres(groups, cols);
  std::generate(centres.values.begin(), centres.values.end(),
                [&] { return static_cast<float>(apart * rng.normal() / std::sqrt(static_cast<double>(cols) / 4)); });
  Matrix x(rows, cols);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < cols; ++c) {
      x.row(r)[c] = centres.row(r % groups)[c] + static_cast<float>(rng.normal() / (1 + 0.2 * static_cast<double>(c)));
    }
  }
  return x;
}

inline std::shared_ptr<const Matrix> shared(Matrix x) {
  return std::make_shared<const Matrix>(std::move(x));
}

inline double squaredDistance(const Matrix &x, std::size_t i, std::size_t j) {
  double sum = 0;
  for (std::size_t c = 0; c < x.cols; ++c) {
    const double d = static_cast<double>(x.row(i)[c]) - static_cast<double>(x.row(j)[c]);
    sum += d * d;
  }
  return sum;
}

/// All other rows by distance from row i, ties by row.
inline std::vector<std::size_t> ranked(const Matrix &x, std::size_t i) {
  std::vector<double> distances(x.rows);
  std::vector<std::size_t> rows;
  for (std::size_t j = 0; j < x.rows; ++j) {
    distances[j] = squaredDistance(x, i, j);
    if (j != i) {
      rows.push_back(j);
    }
  }
  std::stable_sort(rows.begin(), rows.end(), [&](std::size_t a, std::size_t b) { return distances[a] < distances[b]; });
  return rows;
}

/// ||a - b|| / ||b||
inline double relativeError(const std::vector<float> &a, const std::vector<float> &b) {
  double difference = 0;
  double size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += std::pow(static_cast<double>(a[i]) - static_cast<double>(b[i]), 2);
    size += std::pow(static_cast<double>(b[i]), 2);
  }
  return std::sqrt(difference / size);
}

/// The message of the InputError (or other exception E) that `call` throws; "nothing thrown" if none.
template <class E, class Call>
std::string messageOf(const Call &call) {
  try {
    call();
  } catch (const E &error) {
    return error.what();
  }
  return "nothing thrown";
}

}  // namespace vitrine::testing
