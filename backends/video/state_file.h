// The state of an interrupted fit on disk: 8-byte length, JSON, raw float32. Inner header (torch): only video includes it.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "core/schema.h"
#include "tensor/compat.h"

namespace vitrine::video {

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// Writes through a temporary file and a rename. Throws std::runtime_error naming the file.
void writeState(const std::filesystem::path &file, const Json &state, const NamedTensors &tensors);
/// Fills the tensors and returns the state; what it says beside "step" and "frozen" must be `expected`. Throws InputError naming the file and what differs;
/// the tensors are untouched then.
Json readState(const std::filesystem::path &file, const Json &expected, const NamedTensors &tensors);

}  // namespace vitrine::video
