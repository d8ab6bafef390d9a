// Artifacts read back from what report.cpp wrote. Projects may come from anywhere, so every file is checked against its kind.
#include <algorithm>
#include <fstream>

#include "core/npy.h"
#include "core/parts.h"
#include "core/report.h"
#include "core/sources.h"

namespace vitrine {

namespace fs = std::filesystem;

namespace {

/// A name inside the folder: a crafted entry must not reach elsewhere.
fs::path inside(const fs::path &dir, const std::string &name) {
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) {
    throw InputError(dir.string(), "artifact file name \"" + name + "\" is not a plain name");
  }
  return dir / name;
}

Ids readIds(const Json &entry, const fs::path &dir, std::size_t count) {
  const fs::path file = inside(dir, entry.value("ids", "ids.npy"));
  const NpyArray array = readNpy(file);
  if (array.shape.size() != 1 || array.count() != count || (array.type != 'i' && array.type != 'u')) {
    throw InputError(file.string(), "does not hold the ids of " + std::to_string(count) + " samples");
  }
  std::vector<SampleId> ids(count);
  for (std::size_t i = 0; i < count; ++i) {
    ids[i] = static_cast<SampleId>(array.number(i));
  }
  return std::make_shared<const std::vector<SampleId>>(std::move(ids));
}

std::vector<float> readFloats(const fs::path &file, std::size_t dimensions, std::vector<std::size_t> &shape) {
  NpyArray array = readNpy(file);
  if (array.shape.size() != dimensions || array.type != 'f' || array.floats.size() != array.count()) {
    throw InputError(file.string(), "is not a float32 array of " + std::to_string(dimensions) + " dimensions");
  }
  shape = array.shape;
  return std::move(array.floats);
}

CsvRows rowsOf(const fs::path &file) {
  const auto bytes = readFile(file);
  return parseCsv({reinterpret_cast<const char *>(bytes.data()), bytes.size()}, file.string());
}

Image readPnm(const fs::path &file) {
  std::ifstream in(file, std::ios::binary);
  std::string kind;
  int width = 0, height = 0, most = 0;
  in >> kind >> width >> height >> most;
  in.get();
  const int channels = kind == "P5" ? 1 : 3;
  constexpr int kLargest = 1 << 14;
  if (!in || (kind != "P5" && kind != "P6") || most != 255 || width < 1 || height < 1 || width > kLargest || height > kLargest) {
    throw InputError(file.string(), "is not a picture that Vitrine wrote");
  }
  Image image{width, height, channels, std::vector<std::uint8_t>(static_cast<std::size_t>(width) * static_cast<std::size_t>(height * channels))};
  if (!in.read(reinterpret_cast<char *>(image.pixels.data()), static_cast<std::streamsize>(image.pixels.size()))) {
    throw InputError(file.string(), "is cut short");
  }
  return image;
}

ImageGrid readGrid(const fs::path &folder) {
  const fs::path file = folder / "index.csv";
  const CsvRows rows = rowsOf(file);
  const Table index = tableFrom(rows, {}, rows[0].front() == "id");
  if (index.columns.size() != 2) {
    throw InputError(file.string(), "has not the columns file and caption");
  }
  ImageGrid grid{index.ids, {}, index.columns[1].texts};
  for (const std::string &name : index.columns[0].texts) {
    grid.images.push_back(pictureFiles().read != nullptr ? pictureFiles().read(inside(folder, name)) : readPnm(inside(folder, name)));
  }
  return grid;
}

AttentionMaps readAttention(const Json &entry, const fs::path &dir, const fs::path &file) {
  AttentionMaps maps;
  std::vector<std::size_t> shape, rolled;
  maps.maps = readFloats(file, 5, shape);
  maps.rollout = readFloats(inside(dir, entry.value("rollout", "rollout.npy")), 3, rolled);
  const Json grid = entry.value("grid", Json::array({0, 0}));
  maps.layers = static_cast<int>(shape[1]);
  maps.heads = static_cast<int>(shape[2]);
  maps.tokens = static_cast<int>(shape[3]);
  maps.gridRows = grid.at(0).get<int>();
  maps.gridCols = grid.at(1).get<int>();
  maps.hasCls = entry.value("cls", true);
  const bool fits = shape[3] == shape[4] && rolled == std::vector<std::size_t>{shape[0], shape[3], shape[3]} && maps.gridRows >= 0 && maps.gridCols >= 0 &&
                    static_cast<long>(maps.gridRows) * maps.gridCols + (maps.hasCls ? 1 : 0) == maps.tokens;
  if (!fits) {
    throw InputError(file.string(), "attention, rollout and patch grid do not fit each other");
  }
  maps.ids = readIds(entry, dir, shape[0]);
  if (entry.contains("pictures")) {
    const fs::path folder = inside(dir, entry.at("pictures").get<std::string>());
    maps.images = readGrid(folder).images;
    if (maps.images.size() != shape[0]) {
      throw InputError(folder.string(), "has " + std::to_string(maps.images.size()) + " pictures for " + std::to_string(shape[0]) + " samples");
    }
  }
  return maps;
}

Table readTable(const Json &entry, const CsvRows &rows) {
  std::vector<Column::Kind> kinds;
  for (const auto &kind : entry.value("columns", Json::array())) {
    kinds.push_back(kind == "number" ? Column::Kind::Number : kind == "category" ? Column::Kind::Category : Column::Kind::Text);
  }
  return tableFrom(rows, kinds, entry.contains("ids"));
}

/// Of a projection's samples; none where it has none.
std::vector<Column> readColumns(const Json &entry, const fs::path &dir, std::size_t points) {
  if (!entry.contains("columns_file")) {
    return {};
  }
  const fs::path file = inside(dir, entry.at("columns_file").get<std::string>());
  std::vector<Column> columns = readTable(entry, rowsOf(file)).columns;
  for (const Column &column : columns) {
    if (column.size() != points) {
      throw InputError(file.string(), "has " + std::to_string(column.size()) + " rows for " + std::to_string(points) + " points");
    }
  }
  return columns;
}

Maps readMaps(const Json &entry, const fs::path &dir, const fs::path &file) {
  std::vector<std::size_t> shape;
  const std::vector<float> values = readFloats(file, 3, shape);
  if (shape[2] != 2) {
    throw InputError(file.string(), "has maps of " + std::to_string(shape[2]) + " columns, not 2");
  }
  Maps maps{readIds(entry, dir, shape[1]), {}, entry.value("captions", std::vector<std::string>()), readColumns(entry, dir, shape[1])};
  maps.captions.resize(shape[0]);
  for (std::size_t map = 0; map < shape[0]; ++map) {
    maps.maps.emplace_back(shape[1], 2);
    std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(map * shape[1] * 2), shape[1] * 2, maps.maps.back().values.begin());
  }
  return maps;
}

Prototypes::Moment readMoment(const Json &entry, const fs::path &dir) {
  const std::string name = entry.at("file").get<std::string>();
  return {entry.at("epoch").get<int>(), readMatrix(inside(dir, name + ".npy")), readMatrix(inside(dir, name + "-weights.npy")),
          readGrid(inside(dir, name)).images};
}

/// Throws unless all sizes suit each other and every label is a class.
void checkPrototypes(const Prototypes &layer, const fs::path &file) {
  const std::size_t m = layer.prototypes.rows, q = layer.prototypes.cols, classes = layer.classNames.size();
  bool fits = m > 0 && q > 0 && layer.latents.cols == q && layer.weights.rows == m && layer.weights.cols == classes && layer.nearest.size() == m &&
              layer.nearestSquared.size() == m && layer.labels.size() == layer.latents.rows && layer.testCount <= layer.latents.rows &&
              (!layer.coder || layer.coder->dims() == q);
  for (const auto label : layer.labels) {
    fits = fits && label >= 0 && static_cast<std::size_t>(label) < classes;
  }
  for (const Prototypes::Moment &moment : layer.replay) {
    fits = fits && moment.prototypes.rows == m && moment.prototypes.cols == q && moment.weights.rows == m && moment.weights.cols == classes &&
           moment.pictures.size() == m;
  }
  if (!fits) {
    throw InputError(file.string(), "prototypes, weights, latents, classes and network do not fit each other");
  }
}

Prototypes readPrototypes(const Json &entry, const fs::path &dir, const fs::path &file) {
  Prototypes layer;
  layer.prototypes = readMatrix(file);
  layer.latents = readMatrix(inside(dir, entry.at("latents").get<std::string>()));
  layer.weights = readMatrix(inside(dir, entry.at("weights").get<std::string>()));
  layer.ids = readIds(entry, dir, layer.latents.rows);
  layer.testCount = entry.at("test_count").get<std::size_t>();
  layer.labels = entry.at("labels").get<std::vector<std::int32_t>>();
  layer.classNames = entry.at("classes").get<std::vector<std::string>>();
  layer.nearest = entry.at("nearest").get<std::vector<SampleId>>();
  layer.nearestSquared = entry.at("nearest_squared").get<std::vector<float>>();
  for (const Json &moment : entry.value("replay", Json::array())) {
    layer.replay.push_back(readMoment(moment, dir));
  }
  if (entry.contains("coder") && pictureFiles().readCoder != nullptr) {
    layer.coder = pictureFiles().readCoder(inside(dir, entry.at("coder").get<std::string>()));
  }
  checkPrototypes(layer, file);
  return layer;
}

Parts readParts(const Json &entry, const fs::path &dir, const fs::path &file) {
  Parts parts;
  parts.similarity = readMatrix(file);
  const Matrix positions = readMatrix(inside(dir, entry.at("positions").get<std::string>()));
  parts.positions.assign(positions.values.begin(), positions.values.end());
  parts.weights = readMatrix(inside(dir, entry.at("weights").get<std::string>()));
  parts.ids = readIds(entry, dir, parts.similarity.rows);
  parts.labels = entry.at("labels").get<std::vector<std::int32_t>>();
  parts.classNames = entry.at("classes").get<std::vector<std::string>>();
  parts.mapSide = entry.at("map_side").get<int>();
  for (const Json &box : entry.at("boxes")) {
    parts.boxes.push_back({box.at(0).get<int>(), box.at(1).get<int>(), box.at(2).get<int>(), box.at(3).get<int>()});
  }
  std::vector<Image> pictures = readGrid(inside(dir, entry.at("pictures").get<std::string>())).images;
  pictures.resize(entry.at("sources").size());
  for (std::size_t j = 0; j < pictures.size(); ++j) {
    const Json &source = entry.at("sources").at(j);
    parts.sources.push_back(
        {source.at("class").get<std::int32_t>(), source.at("id").get<SampleId>(), source.at("position").get<std::int32_t>(), std::move(pictures[j])});
  }
  parts.width = parts.sources.empty() ? 0 : parts.sources[0].picture.width;
  parts.height = parts.sources.empty() ? 0 : parts.sources[0].picture.height;
  if (!partsFit(parts)) {
    throw InputError(file.string(), "similarities, positions, weights, classes, boxes and pictures do not fit each other");
  }
  return parts;
}

Payload readPayload(const Json &entry, const fs::path &dir) {
  const std::string kind = entry.at("kind").get<std::string>();
  const fs::path file = inside(dir, entry.at("file").get<std::string>());
  if (kind == "embedding") {
    Matrix vectors = readMatrix(file);
    return Embedding{readIds(entry, dir, vectors.rows), std::move(vectors)};
  }
  if (kind == "projection") {
    Matrix positions = readMatrix(file);
    if (positions.cols != 2 && positions.cols != 3) {
      throw InputError(file.string(), "has " + std::to_string(positions.cols) + " columns; a projection has 2 or 3");
    }
    const std::size_t points = positions.rows;
    return Projection{readIds(entry, dir, points), std::move(positions), readColumns(entry, dir, points)};
  }
  if (kind == "maps") {
    return readMaps(entry, dir, file);
  }
  if (kind == "attention") {
    return readAttention(entry, dir, file);
  }
  if (kind == "images") {
    return readGrid(file);
  }
  if (kind == "video" && pictureFiles().readVideo != nullptr) {
    Video video = pictureFiles().readVideo(file);
    video.ids = readIds(entry, dir, video.frames->count());
    return video;
  }
  if (kind == "prototypes") {
    return readPrototypes(entry, dir, file);
  }
  if (kind == "parts") {
    return readParts(entry, dir, file);
  }
  if (kind != "curve" && kind != "table") {
    throw InputError(dir.string(), "artifact kind \"" + kind + "\" is unknown", "it may come from a newer Vitrine");
  }
  const CsvRows rows = rowsOf(file);
  return kind == "curve" ? Payload{curveFrom(rows, entry.value("y", ""))} : Payload{readTable(entry, rows)};
}

}  // namespace

Artifact readArtifact(const Json &entry, const fs::path &dir) {
  try {
    return {entry.at("name").get<std::string>(), std::make_shared<const Payload>(readPayload(entry, dir)), entry.value("metadata", Json::object())};
  } catch (const Json::exception &error) {
    throw InputError(dir.string(), std::string("an artifact's entry is damaged (") + error.what() + ")");
  }
}

}  // namespace vitrine
