// Weights on disk in the safetensors format (8-byte length, JSON header, raw values): readable everywhere, and no code in the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/schema.h"

namespace vitrine::models {

struct WeightTensor {
  std::vector<std::int64_t> shape;  ///< empty for a scalar
  std::vector<float> values;        ///< row-major
};

struct WeightFile {
  std::map<std::string, WeightTensor> tensors;
  std::map<std::string, std::string> metadata;
};

/// F64, F32, F16 and BF16 come in, float32 comes out. Throws InputError naming the file and the byte or tensor: truncated, header above
/// 100 MB or no JSON, unknown type, offsets that overlap, leave holes or do not fit the shape, values that are no float type.
WeightFile readSafetensors(const std::filesystem::path &file);
/// The same from memory; `where` names it in messages.
WeightFile parseSafetensors(std::span<const std::uint8_t> bytes, const std::string &where);
/// Names, types, shapes and metadata of any valid file, whatever its types.
Json describeSafetensors(const std::filesystem::path &file);
/// Writes float32 through a temporary file and a rename. Throws std::runtime_error naming the file.
void writeSafetensors(const std::filesystem::path &file, const WeightFile &weights);
std::string safetensorsBytes(const WeightFile &weights);

}  // namespace vitrine::models
