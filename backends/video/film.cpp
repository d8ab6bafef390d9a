#include "video/film.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/npy.h"
#include "core/seed.h"
#include "tensor/compat.h"

namespace vitrine::video {
namespace {

constexpr const char *kRateKey = "frames_per_second", *kCodes = "codes";
constexpr std::uint64_t kNoiseSeed = 11;

Column column(const std::string &name, Column::Kind kind = Column::Kind::Number) {
  Column made;
  made.name = name;
  made.kind = kind;
  return made;
}

std::string shapeText(const Shape &shape) {
  std::string text;
  for (const std::int64_t side : shape) {
    text += (text.empty() ? "" : " x ") + std::to_string(side);
  }
  return text;
}

Ids framesOf(int count) {
  std::vector<SampleId> ids(static_cast<std::size_t>(count));
  std::iota(ids.begin(), ids.end(), SampleId{0});
  return std::make_shared<const std::vector<SampleId>>(std::move(ids));
}

bool isWeight(const VnvTensor &tensor) {
  return tensor.name != kCodes && tensor.data.shape.size() > 1;
}

/// Adds noise of `amount` standard deviations of the values themselves.
void disturb(std::vector<float> &values, double amount, Rng &rng) {
  double sum = 0, squares = 0;
  for (const float value : values) {
    sum += static_cast<double>(value);
    squares += static_cast<double>(value) * static_cast<double>(value);
  }
  const auto count = static_cast<double>(values.size());
  const double deviation = std::sqrt(std::max(0.0, squares / count - sum * sum / (count * count)));
  for (float &value : values) {
    value += static_cast<float>(amount * deviation * rng.normal());
  }
}

FittedVideo disturbed(FittedVideo video, const FilmEdit &edit) {
  Rng codes(kNoiseSeed), weights(kNoiseSeed + 1);  // one does not shift the other's draw
  if (edit.codeNoise > 0 && !video.codes.values.empty()) {
    disturb(video.codes.values, edit.codeNoise, codes);
  }
  for (FittedVideo::Tensor &tensor : video.tensors) {
    if (edit.weightNoise > 0 && tensor.shape.size() > 1) {
      disturb(tensor.values, edit.weightNoise, weights);
    }
  }
  return video;
}

/// A decoder with the faces that viewers know.
class DecodedFilm : public FrameSource, public LatentDecoder {
 public:
  DecodedFilm(VnvModel model, FittedVideo video, const std::string &device) : m_model(std::move(model)), m_decoder(std::move(video), device) {
    const auto rate = m_model.header.find(kRateKey);
    m_rate = rate != m_model.header.end() && rate->is_number() && rate->get<double>() > 0 ? rate->get<double>() : 25;
  }
  std::size_t count() const override { return static_cast<std::size_t>(m_decoder.frames()); }
  int width() const override { return m_decoder.video().network.width; }
  int height() const override { return m_decoder.video().network.height; }
  double rate() const override { return m_rate; }
  Image frame(std::size_t i) const override { return m_decoder.frame(static_cast<int>(i)); }
  Image preview(std::size_t i) const override { return m_decoder.preview(static_cast<int>(i)); }
  std::vector<std::uint8_t> file() const override { return writeVnv(m_model); }
  std::size_t dims() const override { return static_cast<std::size_t>(codeShape(m_decoder.video().network).count()); }
  std::vector<float> latent(std::size_t frame) const override { return m_decoder.code(static_cast<int>(frame)); }
  Image decode(std::span<const float> latent) const override { return m_decoder.decode(latent); }

 private:
  VnvModel m_model;
  Decoder m_decoder;
  double m_rate = 25;
};

class Editor : public FilmEditor {
 public:
  Editor(VnvModel model, std::string where, std::string device) : m_model(std::move(model)), m_where(std::move(where)), m_device(std::move(device)) {}
  int weightBits() const override { return weightBitsOf(m_model); }
  Video edited(const FilmEdit &edit) const override {
    VnvModel model = editedModel(m_model, edit);
    FittedVideo video = disturbed(fittedVideo(model, m_where), edit);
    const auto film = std::make_shared<DecodedFilm>(std::move(model), std::move(video), m_device);
    return {nullptr, film, film};
  }
  std::size_t bytes(const FilmEdit &edit) const override { return writeVnv(editedModel(m_model, edit)).size(); }

 private:
  VnvModel m_model;
  std::string m_where, m_device;
};

}  // namespace

VnvModel editedModel(const VnvModel &model, const FilmEdit &edit) {
  VnvModel made = model;
  std::vector<std::vector<float>> values;
  std::vector<std::span<float>> spans;
  for (const VnvTensor &tensor : made.tensors) {
    values.push_back(isWeight(tensor) ? dequantise(tensor.data) : std::vector<float>());
    spans.emplace_back(values.back());
  }
  if (edit.prune > 0) {
    prune(spans, edit.prune);
  }
  const int fewer = edit.weightBits > 0 ? std::max(0, weightBitsOf(model) - edit.weightBits) : 0;
  for (std::size_t t = 0; t < made.tensors.size(); ++t) {
    Quantised &data = made.tensors[t].data;
    if (values[t].empty() || (fewer == 0 && edit.prune <= 0)) {
      continue;
    }
    const bool symmetric = data.kind == Quantised::Kind::Symmetric;
    if (fewer == 0 && symmetric) {  // the steps stay: zeros are all that is new
      for (std::size_t i = 0; i < values[t].size(); ++i) {
        data.symbols[i] = values[t][i] == 0 ? 0 : data.symbols[i];
      }
    } else if (symmetric && data.steps.size() == 1) {  // coarser by as much everywhere: steps stay shared out
      data = quantise(values[t], data.shape, {.fixedStep = std::ldexp(static_cast<double>(data.steps.front()), fewer)}, made.tensors[t].name);
    } else {
      data = quantise(values[t], data.shape, {.bits = std::clamp(data.bits - fewer, 2, 8)}, made.tensors[t].name);
    }
  }
  if (fewer > 0) {
    setWeightBits(made, edit.weightBits);
  }
  return made;
}

Video videoOf(const VnvModel &model, const std::string &where, const std::string &device) {
  const auto editor = std::make_shared<const Editor>(model, where, device);
  Video film = editor->edited({});
  film.editor = editor;
  return film;
}

Video openVideo(const std::filesystem::path &file) {
  return videoOf(readVnvFile(file), file.string());
}

std::optional<Artifact> codePath(const FittedVideo &video, Ids ids) {
  const std::int64_t frames = video.network.frames;
  if (video.codes.values.empty() || frames < 3) {
    return std::nullopt;
  }
  const at::NoGradGuard guard;
  const auto dims = static_cast<std::int64_t>(video.codes.values.size()) / frames;
  const at::Tensor codes = at::from_blob(const_cast<float *>(video.codes.values.data()), {frames, dims}, at::kFloat).to(at::kDouble);
  const at::Tensor centred = codes - codes.mean(0, true);
  const auto [u, s, v] = at::linalg_svd(centred, false);
  if (s.numel() < 2) {
    return std::nullopt;
  }
  at::Tensor axes = v.narrow(0, 0, 2);
  axes = axes * axes.gather(1, axes.abs().argmax(1, true)).sign();  // the largest part of each points up, whatever the library's choice
  const at::Tensor places = at::matmul(centred, axes.t()).to(at::kFloat).contiguous(), squares = s * s;
  const double all = squares.sum().item<double>();
  axes = axes.to(at::kFloat).contiguous();
  Projection path{std::move(ids), Matrix(static_cast<std::size_t>(frames), 2), {column("frame")}};
  std::copy_n(places.data_ptr<float>(), path.positions.values.size(), path.positions.values.begin());
  path.columns[0].numbers.resize(static_cast<std::size_t>(frames));
  std::iota(path.columns[0].numbers.begin(), path.columns[0].numbers.end(), 1.0);
  Json directions = Json::array();
  for (std::int64_t i = 0; i < 2; ++i) {
    const float *axis = axes.data_ptr<float>() + i * axes.size(1);
    directions.push_back(std::vector<float>(axis, axis + axes.size(1)));
  }
  const double explained = all > 0 ? squares.narrow(0, 0, 2).sum().item<double>() / all : 0;
  return Artifact{"path", std::make_shared<const Payload>(std::move(path)), {{"path", true}, {"axes", directions}, {"explained", explained}}};
}

Artifact layerTable(const VnvModel &model) {
  VnvBytes spent;
  (void)writeVnv(model, &spent);
  Table table{nullptr,
              {column("layer", Column::Kind::Text), column("shape", Column::Kind::Text), column("values"), column("bytes"), column("bits"), column("zeros")}};
  for (std::size_t i = 0; i < model.tensors.size(); ++i) {
    const Quantised &data = model.tensors[i].data;
    const bool symmetric = data.kind == Quantised::Kind::Symmetric;  // of the other kind, no symbol stands for zero
    const auto zeros = static_cast<double>(symmetric ? std::ranges::count(data.symbols, 0) : 0);
    table.columns[0].texts.push_back(model.tensors[i].name);
    table.columns[1].texts.push_back(shapeText(data.shape));
    table.columns[2].numbers.push_back(static_cast<double>(data.count()));
    table.columns[4].numbers.push_back(data.bits);
    table.columns[5].numbers.push_back(zeros / static_cast<double>(data.count()));
    table.columns[3].numbers.push_back(static_cast<double>(spent.tensors[i]));
  }
  return {"layers", std::make_shared<const Payload>(std::move(table)), {{"bars", {"values", "bytes"}}}};
}

std::vector<Artifact> openFilm(const std::filesystem::path &file) {
  const VnvModel model = readVnvFile(file);
  const FittedVideo fitted = fittedVideo(model, file.string());
  Video film = videoOf(model, file.string());
  film.ids = framesOf(fitted.network.frames);
  Json metadata = Json::object();
  for (const char *name : {"crop", "resize"}) {
    metadata[name] = model.header.contains(name) && model.header[name].is_string() ? model.header[name].get<std::string>() : std::string();
  }
  if (metadata["crop"] == Json("") && metadata["resize"] == Json("")) {  // whole frames, brought to this size if they were larger
    metadata["resize"] = std::to_string(fitted.network.height) + "x" + std::to_string(fitted.network.width);
  }
  const Ids ids = film.ids;
  std::vector<Artifact> parts = {{"model", std::make_shared<const Payload>(std::move(film)), metadata}};
  if (auto path = codePath(fitted, ids)) {
    parts.push_back(std::move(*path));
  }
  parts.push_back(layerTable(model));
  return parts;
}

}  // namespace vitrine::video
