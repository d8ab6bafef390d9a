#include "core/parts.h"

#include <algorithm>
#include <cmath>

#include "core/prototypes.h"

namespace vitrine {

double partSimilarity(double squaredDistance) {
  return std::log((squaredDistance + 1) / (squaredDistance + kPartEpsilon));
}

NearestParts nearestParts(const Matrix &patches, std::size_t perSample, const Matrix &prototypes) {
  const Matrix all = squaredDistances(patches, prototypes);
  const std::size_t samples = patches.rows / perSample, m = prototypes.rows;
  NearestParts nearest{Matrix(samples, m), std::vector<std::int32_t>(samples * m)};
  for (std::size_t i = 0; i < samples; ++i) {
    const auto best = nearest.squared.row(i);
    std::ranges::copy(all.row(i * perSample), best.begin());
    for (std::size_t at = 1; at < perSample; ++at) {
      const auto here = all.row(i * perSample + at);
      for (std::size_t j = 0; j < m; ++j) {
        if (here[j] < best[j]) {
          best[j] = here[j];
          nearest.positions[i * m + j] = static_cast<std::int32_t>(at);
        }
      }
    }
  }
  return nearest;
}

std::vector<PartEvidence> partEvidence(const Parts &parts, std::size_t row, std::size_t k) {
  std::vector<PartEvidence> all;
  for (std::size_t j = 0; j < parts.weights.rows; ++j) {
    const auto similarity = static_cast<double>(parts.similarity.row(row)[j]), weight = static_cast<double>(parts.weights.row(j)[k]);
    all.push_back({j, similarity, weight, similarity * weight});
  }
  std::ranges::stable_sort(all, [](const PartEvidence &a, const PartEvidence &b) { return a.points > b.points; });
  return all;
}

std::vector<double> partScores(const Parts &parts, std::size_t row) {
  std::vector<double> scores(parts.weights.cols);
  for (std::size_t j = 0; j < parts.weights.rows; ++j) {
    for (std::size_t k = 0; k < scores.size(); ++k) {
      scores[k] += static_cast<double>(parts.similarity.row(row)[j]) * static_cast<double>(parts.weights.row(j)[k]);
    }
  }
  return scores;
}

std::vector<std::int32_t> partPredictions(const Parts &parts) {
  std::vector<std::int32_t> predicted;
  for (std::size_t i = 0; i < parts.similarity.rows; ++i) {
    const auto scores = partScores(parts, i);
    predicted.push_back(static_cast<std::int32_t>(std::ranges::max_element(scores) - scores.begin()));
  }
  return predicted;
}

double partAccuracy(const Parts &parts) {
  const auto predicted = partPredictions(parts);
  double right = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    right += predicted[i] == parts.labels[i] ? 1 : 0;
  }
  return predicted.empty() ? 0 : right / static_cast<double>(predicted.size());
}

bool partsFit(const Parts &p) {
  const std::size_t n = p.similarity.rows, m = p.sources.size(), classes = p.classNames.size(), places = p.boxes.size();
  const auto below = [](std::int32_t value, std::size_t limit) { return value >= 0 && static_cast<std::size_t>(value) < limit; };
  const auto inside = [&p](const Parts::Box &b) {
    return b.x >= 0 && b.y >= 0 && b.width > 0 && b.height > 0 && b.width <= p.width - b.x && b.height <= p.height - b.y;
  };
  const auto square = [&p](const Parts::Source &s) { return s.picture.width == p.width && s.picture.height == p.height; };
  return p.ids != nullptr && p.ids->size() == n && n > 0 && m > 0 && classes > 1 && p.mapSide > 0 && p.mapSide <= p.width &&
         places == static_cast<std::size_t>(p.mapSide) * static_cast<std::size_t>(p.mapSide) && p.similarity.cols == m && p.positions.size() == n * m &&
         p.labels.size() == n && p.weights.rows == m && p.weights.cols == classes && std::ranges::all_of(p.boxes, inside) &&
         std::ranges::all_of(p.labels, [&](std::int32_t label) { return below(label, classes); }) &&
         std::ranges::all_of(p.positions, [&](std::int32_t position) { return below(position, places); }) &&
         std::ranges::all_of(p.sources, [&](const Parts::Source &s) { return below(s.speaksFor, classes) && below(s.position, places) && square(s); });
}

}  // namespace vitrine
