// Shapes of the networks. Every rule is the reference implementation's, so that sizes and figures can be compared.
#include "video/network_config.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <numeric>

#include "core/error.h"

namespace vitrine::video {
namespace {

int productOf(const std::vector<int> &strides) {
  return std::accumulate(strides.begin(), strides.end(), 1, std::multiplies<>());
}
int kernelOf(const NetworkConfig &config, int block) {
  return std::min(config.firstKernel + 2 * block, config.lastKernel);
}

/// Values that stand in front of the decoder's first block.
int stemIn(const NetworkConfig &config) {
  return config.code == NetworkConfig::Code::Encoder ? config.codeChannels : 2 * config.positions;
}

int stemWidth(const NetworkConfig &config) {
  const double r = 1 / config.reduce;
  double a = 0;
  for (std::size_t i = 0; i < config.strides.size(); ++i) {
    const double s = config.strides[i], k = kernelOf(config, static_cast<int>(i));
    a += r * std::pow(r, 2.0 * static_cast<double>(i)) * s * s * k * k;
  }
  const int product = productOf(config.strides);
  const double b = config.code == NetworkConfig::Code::Encoder ? config.codeChannels * 9.0  // the reference counts the stem as if it were 3 x 3
                                                               : 2.0 * config.positions * (config.height / product) * (config.width / product);
  const double budget = config.size * 1e6 - static_cast<double>(codeParameters(config));
  return budget <= 0 ? 0 : static_cast<int>((-b + std::sqrt(b * b + 4 * a * budget)) / (2 * a));
}

}  // namespace

CodeShape codeShape(const NetworkConfig &config) {
  if (config.code == NetworkConfig::Code::Position) {
    return {2 * config.positions, 1, 1};
  }
  const int product = productOf(config.strides);
  return {config.codeChannels, config.height / product, config.width / product};
}

std::int64_t codeParameters(const NetworkConfig &config) {
  return config.code == NetworkConfig::Code::Position ? 0 : std::int64_t{codeShape(config).count()} * config.frames;
}

std::vector<DecoderLayer> decoderLayers(const NetworkConfig &config) {
  const int product = productOf(config.strides);
  int width = stemWidth(config);
  std::vector<DecoderLayer> layers;
  if (config.code == NetworkConfig::Code::Encoder) {
    layers.push_back({stemIn(config), width, 1, 1, 1});
  } else {
    const int rows = config.height / product, columns = config.width / product;
    layers.push_back({stemIn(config), width * rows * columns, 1, rows, columns});
  }
  for (std::size_t i = 0; i < config.strides.size(); ++i) {
    const int s = config.strides[i];
    const int out = std::max(static_cast<int>(std::nearbyint(width / config.reduce)), config.leastWidth);  // halves to even, as Python rounds
    layers.push_back({width, out * s * s, kernelOf(config, static_cast<int>(i)), s, s});
    width = out;
  }
  layers.push_back({width, 3, 3, 1, 1});
  return layers;
}

std::int64_t decoderParameters(const NetworkConfig &config) {
  std::int64_t sum = 0;
  for (const DecoderLayer &layer : decoderLayers(config)) {
    sum += layer.parameters();
  }
  return sum;
}

std::int64_t decoderMacs(const NetworkConfig &config) {
  const CodeShape code = codeShape(config);
  std::int64_t pixels = std::int64_t{code.width} * code.height, sum = 0;
  for (const DecoderLayer &layer : decoderLayers(config)) {
    sum += pixels * layer.in * layer.out * layer.kernel * layer.kernel;
    pixels *= std::int64_t{layer.strideY} * layer.strideX;
  }
  return sum;
}

void validate(const NetworkConfig &config) {
  const std::string where = "neural video";
  const auto inRange = [](int value, int low, int high) { return value >= low && value <= high; };
  if (config.strides.empty() || config.strides.size() > 8 ||
      !std::all_of(config.strides.begin(), config.strides.end(), [&](int s) { return inRange(s, 1, 8); })) {
    throw InputError(where, "strides must be 1 to 8 numbers from 1 to 8", "try 5,4,2,2 for 160x320 or 5,4,4,2,2 for 640x1280");
  }
  if (!inRange(config.width, 8, 8192) || !inRange(config.height, 8, 8192) || !inRange(config.frames, 1, 1 << 20) || !(config.size > 0 && config.size <= 100)) {
    throw InputError(where, "frames must be 8 to 8192 pixels a side, one to a million of them, and the size above 0 and at most 100 million values");
  }
  const int product = productOf(config.strides);
  if (config.width % product != 0 || config.height % product != 0) {
    throw InputError(where,
                     "a frame of " + std::to_string(config.height) + "x" + std::to_string(config.width) + " is no multiple of the strides' product " +
                         std::to_string(product),
                     "crop to " + std::to_string(std::max(1, config.height / product) * product) + "x" +
                         std::to_string(std::max(1, config.width / product) * product) + " or choose other strides");
  }
  if (!inRange(config.codeChannels, 1, 1024) || !inRange(config.encoderWidth, 1, 1024) || !inRange(config.firstKernel, 1, 9) ||
      !inRange(config.lastKernel, 1, 9) || config.firstKernel % 2 == 0 || config.lastKernel % 2 == 0 || !(config.reduce >= 1 && config.reduce <= 8) ||
      !inRange(config.leastWidth, 1, 1024) || !inRange(config.positions, 1, 1024) || !(config.positionBase >= 1 && config.positionBase <= 4)) {
    throw InputError(where, "a width, kernel or reduction is out of its range");
  }
  if (stemWidth(config) < 1) {
    throw InputError(where, "a size of " + std::to_string(config.size) + " million values is less than the codes of the frames alone take",
                     "choose a larger size");
  }
}

std::vector<int> stridesFor(int width, int height) {
  std::vector<int> best, current;
  double bestDistance = 1e9;
  const std::function<void(int, int)> extend = [&](int product, int most) {
    if (!current.empty() && width % product == 0 && height % product == 0) {  // a code of about eight values a channel, as the paper found best
      const double area = static_cast<double>(width / product) * (height / product);
      const std::size_t n = current.size();
      const bool endsSmall = n >= 2 && current[n - 1] == 2 && current[n - 2] == 2;  // as all of the paper's do: fine pixels want a block of their own
      const double distance = std::abs(std::log(area / 8)) + 0.01 * static_cast<double>(n) + (endsSmall ? 0 : 0.05);
      if (distance < bestDistance) {
        bestDistance = distance;
        best = current;
      }
    }
    for (int s = most; s >= 2; --s) {
      if (product * s <= std::max(width, height)) {
        current.push_back(s);
        extend(product * s, s);
        current.pop_back();
      }
    }
  };
  extend(1, 5);
  if (best.empty()) {
    throw InputError("neural video", "no strides fit frames of " + std::to_string(height) + "x" + std::to_string(width),
                     "crop to a multiple of 80, such as 160x320");
  }
  return best;
}

std::vector<int> parseStrides(const std::string &text) {
  std::vector<int> strides;
  const char *at = text.c_str();
  while (*at != 0) {
    char *end = nullptr;
    const long value = std::strtol(at, &end, 10);
    if (end == at || value < 1 || value > 8) {
      throw InputError("strides", "'" + text + "' is no list of whole numbers from 1 to 8", "write for example 5,4,2,2");
    }
    strides.push_back(static_cast<int>(value));
    at = end + std::strspn(end, ", ");
  }
  return strides;
}

Json toJson(const NetworkConfig &config) {
  return {{"code", config.code == NetworkConfig::Code::Encoder ? "encoder" : "position"},
          {"width", config.width},
          {"height", config.height},
          {"frames", config.frames},
          {"size", config.size},
          {"strides", config.strides},
          {"code_channels", config.codeChannels},
          {"encoder_width", config.encoderWidth},
          {"first_kernel", config.firstKernel},
          {"last_kernel", config.lastKernel},
          {"reduce", config.reduce},
          {"least_width", config.leastWidth},
          {"activation", config.activation == Activation::Gelu ? "gelu" : "sine"},
          {"positions", config.positions},
          {"position_base", config.positionBase}};
}

NetworkConfig networkConfigOf(const Json &json, const std::string &where) {
  NetworkConfig config;
  try {
    const std::string code = json.at("code"), activation = json.at("activation");
    if ((code != "encoder" && code != "position") || (activation != "gelu" && activation != "sine")) {
      throw InputError(where, "names a code or an activation that this version does not know: " + code + ", " + activation);
    }
    config.code = code == "encoder" ? NetworkConfig::Code::Encoder : NetworkConfig::Code::Position;
    config.activation = activation == "gelu" ? Activation::Gelu : Activation::Sine;
    config.width = json.at("width");
    config.height = json.at("height");
    config.frames = json.at("frames");
    config.size = json.at("size");
    config.strides = json.at("strides").get<std::vector<int>>();
    config.codeChannels = json.at("code_channels");
    config.encoderWidth = json.at("encoder_width");
    config.firstKernel = json.at("first_kernel");
    config.lastKernel = json.at("last_kernel");
    config.reduce = json.at("reduce");
    config.leastWidth = json.at("least_width");
    config.positions = json.at("positions");
    config.positionBase = json.at("position_base");
  } catch (const Json::exception &error) {
    throw InputError(where, std::string("does not describe a network: ") + error.what());
  }
  validate(config);
  return config;
}

}  // namespace vitrine::video
