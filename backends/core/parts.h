// Arithmetic of part prototypes: similarity, scores, evidence. Shared by study and viewer.
#pragma once

#include "core/artifact.h"

namespace vitrine {

constexpr double kPartEpsilon = 1e-4;  ///< of the similarity, as in the paper: the most that a part can be like another is log(1 / epsilon) = 9.2

/// log((d + 1) / (d + epsilon)) of a squared distance (Chen, Li et al. 2019, section 2.1): falls as d grows, largest at 0.
double partSimilarity(double squaredDistance);

/// Squared distance of each sample's nearest patch to each prototype, and which one that is.
struct NearestParts {
  Matrix squared;                       ///< samples x m
  std::vector<std::int32_t> positions;  ///< samples x m
};
/// `patches`: (samples * perSample) x D, those of a sample together; `prototypes`: m x D. By differences, so that a patch's distance to itself is exactly 0.
NearestParts nearestParts(const Matrix &patches, std::size_t perSample, const Matrix &prototypes);

/// One prototype's part in a class's score: points = similarity * weight; they sum to the score.
struct PartEvidence {
  std::size_t prototype = 0;
  double similarity = 0, weight = 0, points = 0;
};
/// Of sample `row` for class k, most points first.
std::vector<PartEvidence> partEvidence(const Parts &parts, std::size_t row, std::size_t k);
std::vector<double> partScores(const Parts &parts, std::size_t row);  ///< one a class
std::vector<std::int32_t> partPredictions(const Parts &parts);        ///< the class of the highest score of each sample
double partAccuracy(const Parts &parts);                              ///< fraction of samples that are called right

/// Whether the parts of a payload fit each other: sizes, positions and classes in range.
bool partsFit(const Parts &parts);

}  // namespace vitrine
