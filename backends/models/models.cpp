// Which kind of model a name or file is, told by its first bytes.
#include "models/models.h"

#include <array>
#include <cstring>
#include <fstream>

#include "core/error.h"
#include "core/resources.h"
#include "models/factories.h"
#include "models/safetensors.h"
#include "models/vit_config.h"
#include "tensor/device.h"

namespace vitrine::models {
namespace {

enum class FileKind { Safetensors, Zip, Pickle, Unknown };

FileKind kindOf(const std::filesystem::path &file) {
  std::array<unsigned char, 9> head{};
  std::ifstream in(file, std::ios::binary);
  in.read(reinterpret_cast<char *>(head.data()), head.size());
  if (in.gcount() >= 4 && std::memcmp(head.data(), "PK\3\4", 4) == 0) {
    return FileKind::Zip;
  }
  if (in.gcount() >= 2 && head[0] == 0x80 && head[1] <= 5 && head[8] != '{') {
    return FileKind::Pickle;
  }
  const bool named = file.extension() == ".safetensors";  // then the reader says what is wrong with it
  return named || (in.gcount() == 9 && head[8] == '{' && head[5] == 0 && head[6] == 0 && head[7] == 0) ? FileKind::Safetensors : FileKind::Unknown;
}

std::filesystem::path resolve(const std::string &nameOrPath) {
  std::string known;
  for (const auto &builtIn : builtIns()) {
    if (builtIn.name == nameOrPath) {
      return builtIn.file;
    }
    known += (known.empty() ? "" : ", ") + builtIn.name;
  }
  if (!std::filesystem::exists(nameOrPath)) {
    throw InputError(nameOrPath, "there is no such model or file",
                     "built in: " + (known.empty() ? std::string("none") : known) + "; else a .safetensors or TorchScript .pt");
  }
  if (!std::filesystem::is_regular_file(nameOrPath)) {
    throw InputError(nameOrPath, "is no file", "a model is a .safetensors or TorchScript .pt file");
  }
  return nameOrPath;
}

std::shared_ptr<Model> openSafetensors(const std::filesystem::path &file, const std::string &device) {
  const WeightFile weights = readSafetensors(file);
  return isPrototypeNet(weights) ? openPrototypeNet(file, weights, device) : openVit(file, weights, device);
}

[[noreturn]] void refuse(const std::filesystem::path &file, FileKind kind) {
  if (kind == FileKind::Pickle) {
    throw InputError(file.string(), "holds pickled Python objects (a state_dict or checkpoint), not TorchScript",
                     "in Python: torch.jit.trace(model.eval(), example).save(\"model.pt\")");
  }
  throw InputError(file.string(), "is neither a safetensors nor a TorchScript file");
}

class ModelAttention : public AttentionSource {
 public:
  ModelAttention(std::shared_ptr<Model> model, std::shared_ptr<const Dataset> dataset) : m_model(std::move(model)), m_dataset(std::move(dataset)) {}
  AttentionMaps attention(SampleId id) override {
    const Image image = m_dataset->image(id);
    AttentionMaps maps = m_model->attention({&image, 1});
    maps.ids = std::make_shared<const std::vector<SampleId>>(1, id);
    return maps;
  }

 private:
  std::shared_ptr<Model> m_model;
  std::shared_ptr<const Dataset> m_dataset;
};

}  // namespace

std::vector<BuiltIn> builtIns() {
  std::vector<BuiltIn> all = {
      {"vit-fashion", "Vision Transformer, trained on Fashion-MNIST's training half", resources() / "models" / "vit-fashion.safetensors"},
      {"prototypes-fashion", "Network of prototypes, trained on Fashion-MNIST's training half", resources() / "models" / "prototypes-fashion.safetensors"}};
  std::erase_if(all, [](const BuiltIn &builtIn) { return !std::filesystem::is_regular_file(builtIn.file); });
  return all;
}

std::shared_ptr<Model> open(const std::string &nameOrPath, const std::string &device) {
  const std::filesystem::path file = resolve(nameOrPath);
  const std::string resolved = tensor::resolveDevice(device);
  switch (const FileKind kind = kindOf(file)) {
    case FileKind::Safetensors: return openSafetensors(file, resolved);
    case FileKind::Zip: return openTorchScript(file, resolved);
    default: refuse(file, kind);
  }
}

Json inspect(const std::filesystem::path &path) {
  const std::filesystem::path file = resolve(path.string());
  const FileKind kind = kindOf(file);
  if (kind == FileKind::Zip) {
    return describeTorchScript(file);
  }
  if (kind != FileKind::Safetensors) {
    refuse(file, kind);
  }
  return describeSafetensors(file);
}

std::shared_ptr<AttentionSource> attentionSource(std::shared_ptr<Model> model, std::shared_ptr<const Dataset> dataset) {
  if (!model->info().hasAttention) {
    throw InputError(model->info().name, "shows no attention");
  }
  if (!dataset->hasImages()) {
    throw InputError(dataset->provenance().name, "has no pictures to look at");
  }
  return std::make_shared<ModelAttention>(std::move(model), std::move(dataset));
}

}  // namespace vitrine::models
