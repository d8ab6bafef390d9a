// TorchScript archives from elsewhere. What they want to be fed is not written in them, so it is found out by trying.
#include <torch/script.h>

#include <mutex>

#include "core/error.h"
#include "core/sha256.h"
#include "models/factories.h"
#include "models/input.h"
#include "tensor/bridge.h"

namespace vitrine::models {
namespace {

constexpr std::size_t kBatch = 32;

struct ScriptInput {
  int side = 0, channels = 0;
  bool flat = false;  ///< pictures enter as one row of pixels each
};

/// torch's messages carry a stack trace; the first line tells.
std::string firstLine(const std::exception &error) {
  const auto *torchError = dynamic_cast<const c10::Error *>(&error);
  const std::string text = torchError != nullptr ? torchError->what_without_backtrace() : error.what();
  return text.substr(0, std::min(text.find('\n'), std::size_t{200}));
}

torch::jit::Module loadScript(const std::filesystem::path &file, at::Device device, std::string *note) {
  try {
    torch::jit::ExtraFilesMap extra = {{"vitrine.json", ""}};
    torch::jit::Module module = torch::jit::load(file.string(), device, extra);
    if (note != nullptr) {
      *note = extra["vitrine.json"];
    }
    if (!module.find_method("forward")) {
      throw InputError(file.string(), "is TorchScript without a method \"forward\"");
    }
    module.eval();
    return module;
  } catch (const InputError &) {
    throw;
  } catch (const std::exception &error) {
    const std::string why = firstLine(error);
    const bool pickled = why.find("constants.pkl") != std::string::npos;
    throw InputError(
        file.string(),
        pickled ? "holds pickled Python objects (a state_dict or checkpoint), not TorchScript" : "is no TorchScript that can be read (" + why + ")",
        "in Python: torch.jit.trace(model.eval(), example).save(\"model.pt\")");
  }
}

/// The first tensor of an answer: itself, the first of a tuple or list, or a dictionary's well-known entry.
at::Tensor tensorOf(const c10::IValue &value) {
  if (value.isTensor()) {
    return value.toTensor();
  }
  if (value.isTensorList() && !value.toTensorVector().empty()) {
    return value.toTensorVector().front();
  }
  if (value.isTuple() && !value.toTuple()->elements().empty()) {
    return tensorOf(value.toTuple()->elements()[0]);
  }
  if (value.isGenericDict()) {
    const auto entries = value.toGenericDict();
    for (const char *name : {"features", "x_norm_clstoken", "pooler_output", "last_hidden_state", "out", "logits"}) {
      if (const auto it = entries.find(name); it != entries.end()) {
        return tensorOf(it->value());
      }
    }
  }
  throw InputError("its answer holds no tensor of features");
}

/// N x D from N x D, N x tokens x D or N x D x height x width.
at::Tensor pooledAnswer(const at::Tensor &answer, std::int64_t n, Pooling pooling) {
  if (answer.dim() < 2 || answer.dim() > 4 || answer.size(0) != n || answer.numel() == 0) {
    throw InputError("its answer is not pictures x features");
  }
  if (answer.dim() == 3) {
    return pooling == Pooling::Cls ? answer.select(1, 0) : answer.mean(1);
  }
  return answer.dim() == 4 ? answer.mean({2, 3}) : answer;
}

int wholeRoot(std::int64_t square) {
  const auto root = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(square))));
  return root > 0 && root * root == square ? static_cast<int>(root) : 0;
}

/// Likely inputs, likeliest first: what the first weights tell (a convolution's channels, a ViT's positions, a linear layer's width), then usual sizes.
std::vector<ScriptInput> inputCandidates(const torch::jit::Module &module) {
  std::vector<ScriptInput> candidates;
  int channels = 0, kernel = 0, rows = 0;
  for (const auto &parameter : module.parameters()) {
    if (parameter.dim() == 3 && parameter.size(0) == 1 && rows == 0) {  // positions: with or without CLS
      rows = std::max(wholeRoot(parameter.size(1) - 1), wholeRoot(parameter.size(1)));
    }
    if (parameter.dim() == 4 && channels == 0) {
      channels = static_cast<int>(parameter.size(1));
      kernel = static_cast<int>(parameter.size(2));
    }
    if (parameter.dim() == 2 && channels == 0 && candidates.empty()) {
      for (const int c : {1, 3}) {
        if (const int side = parameter.size(1) % c == 0 ? wholeRoot(parameter.size(1) / c) : 0; side > 1) {
          candidates.insert(candidates.end(), {{side, c, false}, {side, c, true}});
        }
      }
    }
  }
  const std::vector<int> order = channels == 1 ? std::vector<int>{1} : channels == 3 ? std::vector<int>{3} : std::vector<int>{3, 1};
  for (const int c : order) {
    if (rows > 0 && kernel > 0 && rows * kernel <= 1024) {
      candidates.push_back({rows * kernel, c, false});
    }
    for (const int side : c == 1 ? std::vector<int>{28, 32, 64, 224} : std::vector<int>{224, 32, 64, 96, 128, 256, 299, 384, 512, 28, 16}) {
      candidates.push_back({side, c, false});
    }
  }
  return candidates;
}

class ScriptModel : public Model {
 public:
  ScriptModel(const std::filesystem::path &file, const std::string &device) : m_device(device) {
    std::string note;
    m_info.name = file.stem().string();
    m_info.source = file.string();
    m_module = loadScript(file, m_device, &note);
    m_module.to(at::kFloat);
    m_info.architecture = "TorchScript (black box)";
    m_info.sha256 = sha256OfFiles({file});
    for (const auto &parameter : m_module.parameters()) {
      m_info.parameters += parameter.numel();
    }
    readNote(note);
    const at::Tensor answer = probe();
    m_info.width = static_cast<int>(pooledAnswer(answer, 2, Pooling::Mean).size(1));
    m_info.tokens = answer.dim() == 3 ? static_cast<int>(answer.size(1)) : 0;
    m_info.inputWidth = m_info.inputHeight = m_input.side;
    m_info.inputChannels = m_input.channels;
    m_info.details["input"] = inputText(m_input.side, m_input.channels) + (m_input.flat ? ", as one row of pixels" : "");
    m_info.details["pixels"] = note.empty() ? "0 to 1, not normalised" : "(x - mean) / deviation as vitrine.json in the archive says";
  }

  const ModelInfo &info() const override { return m_info; }

  Matrix encode(std::span<const Image> images, int layer, Pooling pooling) override {
    if (layer != -1) {
      throw InputError(m_info.name, "is a black box without layer " + std::to_string(layer), "use layer -1");
    }
    const std::lock_guard lock(m_mutex);
    const at::NoGradGuard guard;
    Matrix result(images.size(), static_cast<std::size_t>(m_info.width));
    for (std::size_t begin = 0; begin < images.size(); begin += kBatch) {
      const std::size_t count = std::min(kBatch, images.size() - begin);
      std::vector<Image> fitted;
      for (const Image &image : images.subspan(begin, count)) {
        fitted.push_back(toInput(image, m_input.side, m_input.channels));
      }
      at::Tensor pooled;
      try {
        pooled = pooledAnswer(answerTo(tensor::planes(fitted).sub_(m_mean).div_(m_deviation), m_input.flat), static_cast<std::int64_t>(count), pooling);
      } catch (const std::exception &error) {
        throw InputError(m_info.source, "fails on these pictures: " + firstLine(error));
      }
      if (pooled.size(1) != m_info.width) {
        throw InputError(m_info.source, "gives " + std::to_string(pooled.size(1)) + " features where it gave " + std::to_string(m_info.width) + " before");
      }
      tensor::copyTo(pooled, std::span(result.values).subspan(begin * result.cols, count * result.cols));
    }
    return result;
  }

  AttentionMaps attention(std::span<const Image>) override {
    throw InputError(m_info.name, "is a black box: its attention cannot be seen", "use one of our Vision Transformers, e.g. vit-fashion");
  }
  Matrix classify(std::span<const Image>) override { return {}; }

 private:
  at::Tensor answerTo(const at::Tensor &pictures, bool flat) {
    const at::Tensor input = (flat ? pictures.flatten(1) : pictures).to(m_device);
    return tensorOf(m_module.forward({input}));
  }

  /// An archive made with _extra_files={"vitrine.json": ...} may say {"size": 224, "channels": 3, "mean": [...], "deviation": [...]}.
  void readNote(const std::string &note) {
    m_mean = at::zeros({1, 1, 1, 1});
    m_deviation = at::ones({1, 1, 1, 1});
    if (note.empty()) {
      return;
    }
    try {
      const Json json = Json::parse(note);
      m_input.side = json.value("size", 0);
      m_input.channels = json.value("channels", 3);
      const auto perChannel = [&](const char *name, float otherwise) {
        const auto values = json.value(name, std::vector<float>(1, otherwise));
        return at::tensor(values).view({1, -1, 1, 1});
      };
      m_mean = perChannel("mean", 0);
      m_deviation = perChannel("deviation", 1);
    } catch (const Json::exception &) {
      throw InputError(m_info.source, "its vitrine.json is not as expected", R"(e.g. {"size": 224, "channels": 3, "mean": [0.5], "deviation": [0.5]})");
    }
    const auto fits = [&](const at::Tensor &t) { return t.numel() == 1 || t.numel() == m_input.channels; };
    if ((m_input.channels != 1 && m_input.channels != 3) || m_input.side < 0 || m_input.side > 2048 || !fits(m_mean) || !fits(m_deviation)) {
      throw InputError(m_info.source, "its vitrine.json asks for impossible pictures");
    }
  }

  /// Feeds two grey pictures of every likely size until one is taken; returns that answer.
  at::Tensor probe() {
    const at::NoGradGuard guard;
    std::string firstError;
    for (const ScriptInput &input : m_input.side > 0 ? std::vector<ScriptInput>{m_input} : inputCandidates(m_module)) {
      try {
        const at::Tensor answer = answerTo(at::full({2, input.channels, input.side, input.side}, 0.5F), input.flat);
        pooledAnswer(answer, 2, Pooling::Mean);
        m_input = input;
        return answer;
      } catch (const std::exception &error) {
        firstError = firstError.empty() ? firstLine(error) : firstError;
      }
    }
    throw InputError(m_info.source, "takes no pictures of any usual size (" + firstError + ")",
                     R"(save it with _extra_files={"vitrine.json": '{"size": 224, "channels": 3}'})");
  }

  at::Device m_device;
  torch::jit::Module m_module;
  std::mutex m_mutex;  // TorchScript's executor specialises itself while it runs
  ScriptInput m_input;
  at::Tensor m_mean, m_deviation;
  ModelInfo m_info;
};

}  // namespace

std::shared_ptr<Model> openTorchScript(const std::filesystem::path &file, const std::string &device) {
  return std::make_shared<ScriptModel>(file, device);
}

Json describeTorchScript(const std::filesystem::path &file) {
  const torch::jit::Module module = loadScript(file, at::kCPU, nullptr);
  Json tensors = Json::array();
  std::int64_t parameters = 0;
  for (const auto &parameter : module.named_parameters()) {
    tensors.push_back({{"name", parameter.name}, {"type", at::toString(parameter.value.scalar_type())}, {"shape", parameter.value.sizes().vec()}});
    parameters += parameter.value.numel();
  }
  return {{"kind", "torchscript"}, {"parameters", parameters}, {"tensors", std::move(tensors)}};
}

}  // namespace vitrine::models
