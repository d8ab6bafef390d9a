#include "core/buffers.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "core/artifact.h"
#include "core/dataset.h"
#include "core/error.h"

namespace vitrine {

std::string Column::text(std::size_t row) const {
  switch (kind) {
    case Kind::Number: {
      if (std::isnan(numbers[row])) {
        return "";
      }
      char buffer[32];
      std::snprintf(buffer, sizeof buffer, "%.6g", numbers[row]);
      return buffer;
    }
    case Kind::Category: return codes[row] < 0 ? "" : categories[static_cast<std::size_t>(codes[row])];
    case Kind::Text: return texts[row];
  }
  return {};
}

const Column *Dataset::label() const {
  for (const auto &column : columns()) {
    if (column.kind == Column::Kind::Category) {
      return &column;
    }
  }
  return nullptr;
}

const Column *Dataset::column(const std::string &name) const {
  for (const auto &column : columns()) {
    if (column.name == name) {
      return &column;
    }
  }
  return nullptr;
}

std::vector<SampleId> splitIds(const Dataset &dataset, Split split, std::size_t limit) {
  const auto &ids = dataset.ids();
  const std::size_t train = dataset.trainCount();
  const std::size_t begin = split == Split::Test ? train : 0;
  std::size_t end = split == Split::Train ? train : ids.size();
  if (limit > 0) {
    end = std::min(end, begin + limit);
  }
  if (begin >= end) {
    throw InputError(dataset.provenance().name, std::string("has no samples in its ") + (split == Split::Test ? "test" : "training") + " split",
                     "use --split all");
  }
  return {ids.begin() + static_cast<std::ptrdiff_t>(begin), ids.begin() + static_cast<std::ptrdiff_t>(end)};
}

Matrix gather(const Dataset &dataset, std::span<const SampleId> ids) {
  const std::size_t width = dataset.featureCount();
  if (width == 0) {
    throw InputError(dataset.provenance().name, "its samples have no common size", "choose a model, which brings pictures to its input size");
  }
  Matrix matrix(ids.size(), width);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    dataset.values(ids[i], matrix.row(i));
  }
  return matrix;
}

std::span<const float> AttentionMaps::map(std::size_t sample, int layer, int head) const {
  const std::size_t size = static_cast<std::size_t>(tokens) * static_cast<std::size_t>(tokens);
  const std::size_t row = sample * static_cast<std::size_t>(layers) + static_cast<std::size_t>(layer);
  const std::size_t index = row * static_cast<std::size_t>(heads) + static_cast<std::size_t>(head);
  return std::span<const float>(maps).subspan(index * size, size);
}

std::span<const float> AttentionMaps::rolloutOf(std::size_t sample) const {
  const std::size_t size = static_cast<std::size_t>(tokens) * static_cast<std::size_t>(tokens);
  return std::span<const float>(rollout).subspan(sample * size, size);
}

}  // namespace vitrine
