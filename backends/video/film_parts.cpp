#include "video/film_parts.h"

#include <algorithm>
#include <numeric>

#include "core/error.h"
#include "core/npy.h"
#include "tensor/compat.h"

namespace vitrine::video {
namespace {

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

}  // namespace

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
              {column("layer", Column::Kind::Text), column("shape", Column::Kind::Text), column("values"), column("bits"), column("zeros"), column("bytes")}};
  for (std::size_t i = 0; i < model.tensors.size(); ++i) {
    const Quantised &data = model.tensors[i].data;
    const bool symmetric = data.kind == Quantised::Kind::Symmetric;  // of the other kind, no symbol stands for zero
    const auto zeros = static_cast<double>(symmetric ? std::ranges::count(data.symbols, 0) : 0);
    table.columns[0].texts.push_back(model.tensors[i].name);
    table.columns[1].texts.push_back(shapeText(data.shape));
    table.columns[2].numbers.push_back(static_cast<double>(data.count()));
    table.columns[3].numbers.push_back(data.bits);
    table.columns[4].numbers.push_back(zeros / static_cast<double>(data.count()));
    table.columns[5].numbers.push_back(static_cast<double>(spent.tensors[i]));
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
