// The kinds of model files, for models::open() and models::inspect().
#pragma once

#include <filesystem>
#include <memory>

#include "core/model.h"
#include "models/safetensors.h"

namespace vitrine::models {

/// Weights of our own Vision Transformer (.safetensors).
std::shared_ptr<Model> openVit(const std::filesystem::path &file, const WeightFile &weights, const std::string &device);
/// A network of prototypes, or its black-box twin (.safetensors).
bool isPrototypeNet(const WeightFile &weights);
std::shared_ptr<Model> openPrototypeNet(const std::filesystem::path &file, const WeightFile &weights, const std::string &device);
/// A TorchScript archive: only its answer is seen, nothing inside it.
std::shared_ptr<Model> openTorchScript(const std::filesystem::path &file, const std::string &device);
/// Its parameters and methods, without running it.
Json describeTorchScript(const std::filesystem::path &file);

}  // namespace vitrine::models
