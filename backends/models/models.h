// Models by name or file. torch stays in the .cpp files.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "core/dataset.h"
#include "core/model.h"
#include "core/sources.h"

namespace vitrine::models {

/// A built-in name ("vit-fashion"), one of our .safetensors, or a TorchScript .pt (black box). `device` is "cpu" or "cuda".
/// Throws InputError that names the file and what is wrong with it.
std::shared_ptr<Model> open(const std::string &nameOrPath, const std::string &device = "cpu");
/// Architecture, tensors, shapes, metadata, without running anything.
Json inspect(const std::filesystem::path &file);
struct BuiltIn {
  std::string name, title;
  std::filesystem::path file;
};
std::vector<BuiltIn> builtIns();
/// Attention of a data set's samples on demand.
std::shared_ptr<AttentionSource> attentionSource(std::shared_ptr<Model> model, std::shared_ptr<const Dataset> dataset);

}  // namespace vitrine::models
