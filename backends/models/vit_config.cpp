// What shapes of a Vision Transformer can be built, and how a weight file tells its own.
#include "models/vit_config.h"

#include <cmath>

#include "core/error.h"

namespace vitrine::models {
namespace {

constexpr const char *kConfigKey = "vitrine";  // metadata values are texts: this one is JSON

void requireBetween(int value, int lowest, int highest, const char *what, const std::string &where) {
  if (value < lowest || value > highest) {
    throw InputError(where, std::string(what) + " " + std::to_string(value) + " is not between " + std::to_string(lowest) + " and " + std::to_string(highest));
  }
}

const std::vector<std::int64_t> &shapeOf(const WeightFile &file, const std::string &name, std::size_t sides, const std::string &where) {
  const auto it = file.tensors.find(name);
  if (it == file.tensors.end()) {
    throw InputError(where, "holds no Vision Transformer that this program knows (no tensor " + name + ")",
                     "expected are files of the study train-vit or plain ViTs with timm's tensor names");
  }
  const auto &shape = it->second.shape;
  if (shape.size() != sides) {
    throw InputError(where, "tensor " + name + " has " + std::to_string(shape.size()) + " sides, not " + std::to_string(sides));
  }
  for (const auto side : shape) {
    if (side < 1 || side > 1'000'000) {
      throw InputError(where, "tensor " + name + " has a side of " + std::to_string(side));
    }
  }
  return shape;
}

Json readMetadata(const WeightFile &file, const std::string &where) {
  const auto it = file.metadata.find(kConfigKey);
  if (it == file.metadata.end()) {
    return Json::object();
  }
  Json json = Json::parse(it->second, nullptr, false);
  if (!json.is_object()) {
    throw InputError(where, "its metadata \"vitrine\" is no JSON object");
  }
  return json;
}

void applyMetadata(const Json &json, VitConfig &config, const std::string &where) {
  try {
    config.heads = json.value("heads", config.heads);
    config.mean = json.value("mean", config.mean);
    config.deviation = json.value("deviation", config.deviation);
    config.classNames = json.value("classes", config.classNames);
  } catch (const Json::exception &) {
    throw InputError(where, "its metadata \"vitrine\" has a value of the wrong type");
  }
  if (!config.classNames.empty() && config.classNames.size() != static_cast<std::size_t>(config.classes)) {
    throw InputError(where, "names " + std::to_string(config.classNames.size()) + " classes but its classifier has " + std::to_string(config.classes));
  }
}

}  // namespace

void validate(const VitConfig &config, const std::string &where) {
  requireBetween(config.imageSize, 4, 1024, "image size", where);
  requireBetween(config.channels, 1, 3, "number of channels", where);
  requireBetween(config.patch, 1, config.imageSize, "patch size", where);
  requireBetween(config.width, 2, 4096, "width", where);
  requireBetween(config.depth, 1, 64, "depth", where);
  requireBetween(config.heads, 1, 64, "number of heads", where);
  requireBetween(config.mlpWidth, 1, 16384, "perceptron width", where);
  requireBetween(config.classes, 0, 100'000, "number of classes", where);
  if (config.channels == 2) {
    throw InputError(where, "pictures have 1 channel (grey) or 3 (RGB), not 2");
  }
  if (config.imageSize % config.patch != 0) {
    throw InputError(where, "patches of " + std::to_string(config.patch) + " pixels do not divide a picture of " + std::to_string(config.imageSize));
  }
  if (config.width % config.heads != 0) {
    throw InputError(where, std::to_string(config.heads) + " heads do not divide a width of " + std::to_string(config.width));
  }
  if (config.convStem && (config.patch != 4 || config.width % 2 != 0)) {
    throw InputError(where, "the convolutional stem makes patches of 4 pixels and needs an even width");
  }
  if (config.tokens() > 4097) {
    throw InputError(where, std::to_string(config.tokens()) + " tokens a picture are too many", "use larger patches or smaller pictures");
  }
  if (!std::isfinite(config.mean) || !std::isfinite(config.deviation) || config.deviation <= 0) {
    throw InputError(where, "mean and deviation of the pixels are not usable");
  }
}

std::int64_t parameterCount(const VitConfig &config) {
  const std::int64_t w = config.width, m = config.mlpWidth, c = config.channels, p = config.patch;
  const std::int64_t stem = config.convStem ? (w / 2) * (c * 9 + 1) + w * (w / 2 * 9 + 1) : w * (c * p * p + 1);
  const std::int64_t block = 4 * w + 3 * w * (w + 1) + w * (w + 1) + m * (w + 1) + w * (m + 1);
  return w + config.tokens() * w + stem + config.depth * block + 2 * w + config.classes * (w + 1);
}

void describeConfig(const VitConfig &config, WeightFile &file) {
  const Json json = {{"architecture", "vit"}, {"image_size", config.imageSize}, {"channels", config.channels}, {"heads", config.heads},
                     {"mean", config.mean},   {"deviation", config.deviation},  {"classes", config.classNames}};
  file.metadata[kConfigKey] = json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

VitConfig configOf(const WeightFile &file, const std::string &where) {
  VitConfig config;
  config.width = static_cast<int>(shapeOf(file, "cls_token", 3, where)[2]);
  const auto patches = shapeOf(file, "pos_embed", 3, where)[1] - 1;
  config.convStem = file.tensors.contains("stem.0.weight");
  const auto &first = shapeOf(file, config.convStem ? "stem.0.weight" : "patch_embed.proj.weight", 4, where);
  config.channels = static_cast<int>(first[1]);
  config.patch = config.convStem ? 4 : static_cast<int>(first[2]);
  const auto grid = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(patches))));
  if (grid < 1 || grid * grid != patches) {
    throw InputError(where, "has positions for " + std::to_string(patches) + " patches, which is no square");
  }
  requireBetween(config.patch, 1, 1024, "patch size", where);
  config.imageSize = static_cast<int>(grid) * config.patch;
  config.depth = 0;
  while (config.depth <= 64 && file.tensors.contains("blocks." + std::to_string(config.depth) + ".norm1.weight")) {
    ++config.depth;
  }
  config.mlpWidth = static_cast<int>(shapeOf(file, "blocks.0.mlp.fc1.weight", 2, where)[0]);
  config.classes = file.tensors.contains("head.weight") ? static_cast<int>(shapeOf(file, "head.weight", 2, where)[0]) : 0;
  config.heads = config.width % 64 == 0 ? config.width / 64 : 1;
  applyMetadata(readMetadata(file, where), config, where);
  validate(config, where);
  std::int64_t held = 0;
  for (const auto &[name, tensor] : file.tensors) {
    held += static_cast<std::int64_t>(tensor.values.size());
  }
  if (held < parameterCount(config)) {
    throw InputError(where, "lacks some of the " + std::to_string(parameterCount(config)) + " weights of its Vision Transformer");
  }
  return config;
}

}  // namespace vitrine::models
