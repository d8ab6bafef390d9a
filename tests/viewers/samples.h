// One artifact of every kind with real garments in it, for the contact sheet and for tests that want many rows.
#pragma once

#include <QString>

#include "core/artifact.h"
#include "core/dataset.h"
#include "core/sources.h"

namespace vitrine::samples {

/// Fashion-MNIST's test half. Throws InputError where it is not installed.
std::shared_ptr<const Dataset> garments();
/// `kind` is one of kPayloadKinds; throws std::out_of_range for a new one that nobody has made a sample of.
Artifact sampleOf(const std::string &kind, const Dataset &data);

/// What the sample of kind "video" was made from.
std::shared_ptr<const FrameSource> originals();
Artifact attentionOf(const Dataset &data, std::size_t samples, int layers, int heads, int grid);
Artifact curves(std::size_t points);
Artifact measures();
Artifact embedding(std::size_t rows, std::size_t dims);

}  // namespace vitrine::samples
