// What the studies of this family share: the pictures of a run, read in pieces between progress reports.
#pragma once

#include <algorithm>

#include "core/run_context.h"

namespace vitrine::study {

/// Throws InputError if the run's data set has no pictures.
void requirePictures(const RunContext &context);

/// Calls work(first index, pictures) for all ids, piece by piece, with progress. Models differ a thousandfold in speed: pieces double up to
/// `most` while one takes less than a tenth of a second, so that cancel and pause stay quick.
template <class Work>
void overPictures(RunContext &context, std::span<const SampleId> ids, std::size_t most, const std::string &what, const Work &work) {
  const auto total = static_cast<std::int64_t>(ids.size());
  std::size_t piece = std::min<std::size_t>(4, most);
  std::vector<Image> pictures;
  for (std::size_t begin = 0; begin < ids.size(); begin += pictures.size()) {
    const auto start = std::chrono::steady_clock::now();
    pictures.clear();
    for (const SampleId id : ids.subspan(begin, std::min(piece, ids.size() - begin))) {
      context.step(static_cast<std::int64_t>(begin + pictures.size()), total, what);
      pictures.push_back(context.dataset().image(id));
    }
    work(begin, std::span<const Image>(pictures));
    if (std::chrono::steady_clock::now() - start < std::chrono::milliseconds(100)) {
      piece = std::min(piece * 2, most);
    }
  }
  context.step(total, total, what);
}

}  // namespace vitrine::study
