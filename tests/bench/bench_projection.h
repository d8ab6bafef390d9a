// What bench_projection measures on, and what it measures within one process.
#pragma once

#include <filesystem>

#include "core/buffers.h"

namespace vitrine::bench {

Matrix garments();                                                       ///< Fashion-MNIST's 70,000 by 50 principal components, shuffled
Matrix letters();                                                        ///< 20,000 x 16 of opencv-doc, shuffled; empty where that is not installed
Matrix digits();                                                         ///< 5,000 pictures of 20 x 20 of opencv-doc; empty where that is not installed
Matrix groups(std::size_t rows, std::size_t count, std::uint64_t seed);  ///< Gaussian groups of unequal width in 50 dimensions
Matrix swissRoll(std::size_t rows);                                      ///< a rolled sheet in 3 dimensions

/// All 90-neighbour graphs of 70,000 x 50: ours, hnswlib, faiss; CPU seconds and recall.
void neighbourSearch(const Matrix &x, const std::filesystem::path &folder);
/// Repulsive and total gradient with the mesh against all pairs in three phases of a run: relative L2 error.
void gradientErrors(const Matrix &x);

}  // namespace vitrine::bench
