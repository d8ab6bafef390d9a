// Eigenvectors of symmetric matrices: all of a small one, the leading ones of a large one or of one that is only known by its products.
#pragma once

#include <cstdint>
#include <functional>

#include "core/buffers.h"
#include "projection/parallel.h"

namespace vitrine::projection {

struct Eigen {
  std::vector<double> values;  ///< descending
  Matrix vectors;              ///< one a row, orthonormal
};

/// All eigenpairs of the symmetric n x n matrix a (row-major): Householder's tridiagonal form and implicit QL (Wilkinson & Reinsch 1971, tred2 and tql2).
Eigen eigenOf(std::vector<double> a, std::size_t n);

/// out (rows x n) = in (rows x n) times a symmetric n x n matrix.
using Product = std::function<void(const Matrix &in, Matrix &out)>;

struct LeadingOptions {
  std::size_t wanted = 50;  ///< eigenpairs
  std::size_t block = 110;  ///< size of the subspace, at least `wanted`; the larger, the fewer rounds
  int rounds = 60;          ///< at most; it ends earlier once no wanted value changes by 1e-7 of the first
  std::uint64_t seed = 1;
};

/// The `wanted` largest eigenpairs of a positive semidefinite matrix by subspace iteration with Rayleigh-Ritz (Halko, Martinsson & Tropp 2011, section 4).
Eigen leadingEigen(std::size_t n, const Product &product, const LeadingOptions &options, const std::atomic<bool> &stop);

/// Makes the rows orthonormal (Gram-Schmidt, twice). A row that the ones before it span already is replaced by a random one.
void orthonormalise(Matrix &rows, std::uint64_t seed);

}  // namespace vitrine::projection
