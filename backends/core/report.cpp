// What a run leaves on disk, written and read back.
#include "core/report.h"

#include <fstream>

#include "core/npy.h"
#include "core/sources.h"

namespace vitrine {

namespace fs = std::filesystem;

namespace {

PictureFiles pictures;

struct IdsOf {
  template <class T>
  Ids operator()(const T &payload) const {
    if constexpr (requires { payload.ids; }) {
      return payload.ids;
    }
    return nullptr;
  }
};

Ids idsOf(const Artifact &artifact) {
  return std::visit(IdsOf{}, *artifact.payload);
}

std::string mainFile(const Artifact &artifact) {
  const std::string kind = artifact.kind();
  return artifact.name + (kind == "curve" || kind == "table" ? ".csv" : kind == "video" ? ".vnv" : kind == "images" ? "" : ".npy");
}

std::string rolloutFile(const std::string &name) {
  return name == "attention" ? "rollout.npy" : name + "-rollout.npy";
}

std::string latentsFile(const std::string &name) {
  return name == "prototypes" ? "latents.npy" : name + "-latents.npy";
}

std::string columnsFile(const std::string &name) {
  return name + "-columns.csv";
}

Json kindsOf(const std::vector<Column> &columns) {
  Json kinds = Json::array();
  for (const Column &column : columns) {
    kinds.push_back(column.kind == Column::Kind::Number ? "number" : column.kind == Column::Kind::Category ? "category" : "text");
  }
  return kinds;
}

std::string picturesFolder(const std::string &name) {
  return name + "-pictures";
}

/// ids.npy holds the samples of the run; an artifact of other samples has a file of its own.
std::string idsFile(const Artifact &artifact, const std::vector<SampleId> &runIds) {
  const Ids ids = idsOf(artifact);
  return !ids || *ids == runIds ? "ids.npy" : artifact.name + "-ids.npy";
}

void describePrototypes(const std::string &name, const Prototypes &layer, Json &entry) {
  entry["latents"] = latentsFile(name);
  entry["weights"] = name + "-weights.npy";
  entry["test_count"] = layer.testCount;
  entry["labels"] = layer.labels;
  entry["classes"] = layer.classNames;
  entry["nearest"] = layer.nearest;
  entry["nearest_squared"] = layer.nearestSquared;
  entry["replay"] = Json::array();
  for (const Prototypes::Moment &moment : layer.replay) {
    entry["replay"].push_back({{"epoch", moment.epoch}, {"file", name + "-epoch-" + std::to_string(moment.epoch)}});
  }
  if (layer.coder) {
    entry["coder"] = name + ".safetensors";
  }
}

void describeParts(const std::string &name, const Parts &parts, Json &entry) {
  entry["positions"] = name + "-positions.npy";
  entry["weights"] = name + "-weights.npy";
  entry["pictures"] = picturesFolder(name);
  entry["labels"] = parts.labels;
  entry["classes"] = parts.classNames;
  entry["map_side"] = parts.mapSide;
  entry["boxes"] = Json::array();
  for (const Parts::Box &box : parts.boxes) {
    entry["boxes"].push_back({box.x, box.y, box.width, box.height});
  }
  entry["sources"] = Json::array();
  for (const Parts::Source &source : parts.sources) {
    entry["sources"].push_back({{"class", source.speaksFor}, {"id", source.id}, {"position", source.position}});
  }
}

Json artifactEntry(const Artifact &artifact, const std::vector<SampleId> &runIds) {
  Json entry = {{"name", artifact.name}, {"kind", artifact.kind()}, {"file", mainFile(artifact)}};
  if (idsOf(artifact)) {
    entry["ids"] = idsFile(artifact, runIds);
  }
  if (!artifact.metadata.empty()) {
    entry["metadata"] = artifact.metadata;
  }
  if (const auto *maps = artifact.as<AttentionMaps>()) {
    entry["rollout"] = rolloutFile(artifact.name);
    entry["grid"] = {maps->gridRows, maps->gridCols};
    entry["cls"] = maps->hasCls;
    if (!maps->images.empty()) {
      entry["pictures"] = picturesFolder(artifact.name);
    }
  } else if (const auto *curve = artifact.as<Curve>()) {
    entry["y"] = curve->yTitle;
  } else if (const auto *table = artifact.as<Table>()) {
    entry["columns"] = kindsOf(table->columns);
  } else if (const auto *several = artifact.as<Maps>()) {
    entry["captions"] = several->captions;
  }
  if (const auto *layer = artifact.as<Prototypes>()) {
    describePrototypes(artifact.name, *layer, entry);
  } else if (const auto *parts = artifact.as<Parts>()) {
    describeParts(artifact.name, *parts, entry);
  }
  const auto *projection = artifact.as<Projection>();
  const auto *several = artifact.as<Maps>();
  const auto *own = projection != nullptr ? &projection->columns : several != nullptr ? &several->columns : nullptr;
  if (own != nullptr && !own->empty()) {
    entry["columns"] = kindsOf(*own);
    entry["columns_file"] = columnsFile(artifact.name);
  }
  return entry;
}

void writePnm(const fs::path &file, const Image &image) {
  std::string bytes = (image.channels == 1 ? "P5\n" : "P6\n") + std::to_string(image.width) + " " + std::to_string(image.height) + "\n255\n";
  const std::size_t channels = static_cast<std::size_t>(image.channels), keep = std::min<std::size_t>(channels, 3);
  for (std::size_t i = 0; i < image.pixels.size(); i += channels) {
    bytes.append(image.pixels.begin() + static_cast<std::ptrdiff_t>(i), image.pixels.begin() + static_cast<std::ptrdiff_t>(i + keep));
  }
  writeFile(file, bytes);
}

Column textColumn(const std::string &name) {
  Column column;
  column.name = name;
  column.kind = Column::Kind::Text;
  return column;
}

void writePictures(const ImageGrid &grid, const fs::path &folder) {
  fs::create_directories(folder);
  Table index{grid.ids, {textColumn("file"), textColumn("caption")}};
  for (std::size_t i = 0; i < grid.images.size(); ++i) {
    std::string name = std::to_string(i);
    name = std::string(name.size() < 4 ? 4 - name.size() : 0, '0') + name + (pictures.writePng != nullptr ? ".png" : ".pnm");
    (pictures.writePng != nullptr ? pictures.writePng : writePnm)(folder / name, grid.images[i]);
    index.columns[0].texts.push_back(name);
    index.columns[1].texts.push_back(i < grid.captions.size() ? grid.captions[i] : "");
  }
  writeFile(folder / "index.csv", csv(index));
}

/// Everything but the ids.
struct FilesWriter {
  const Artifact &artifact;
  const fs::path &dir;
  fs::path file() const { return dir / mainFile(artifact); }

  void matrix(const Matrix &matrix) const { writeNpy(file(), {matrix.rows, matrix.cols}, matrix.values); }
  void operator()(const Embedding &embedding) const { matrix(embedding.vectors); }
  void columns(const Ids &ids, const std::vector<Column> &columns) const {
    if (!columns.empty()) {
      writeFile(dir / columnsFile(artifact.name), csv(Table{ids, columns}));
    }
  }
  void operator()(const Projection &projection) const {
    matrix(projection.positions);
    columns(projection.ids, projection.columns);
  }
  void operator()(const Maps &maps) const {
    std::vector<float> all;
    for (const Matrix &map : maps.maps) {
      all.insert(all.end(), map.values.begin(), map.values.end());
    }
    writeNpy(file(), {maps.maps.size(), maps.ids->size(), std::size_t{2}}, all);
    columns(maps.ids, maps.columns);
  }
  void operator()(const AttentionMaps &maps) const {
    const auto tokens = static_cast<std::size_t>(maps.tokens);
    const std::size_t samples = tokens == 0 ? 0 : maps.rollout.size() / (tokens * tokens);
    writeNpy(file(), {samples, static_cast<std::size_t>(maps.layers), static_cast<std::size_t>(maps.heads), tokens, tokens}, maps.maps);
    writeNpy(dir / rolloutFile(artifact.name), {samples, tokens, tokens}, maps.rollout);
    if (!maps.images.empty()) {
      writePictures({maps.ids, maps.images, {}}, dir / picturesFolder(artifact.name));
    }
  }
  void operator()(const ImageGrid &grid) const { writePictures(grid, file()); }
  void operator()(const Curve &curve) const { writeFile(file(), csv(curve)); }
  void operator()(const Table &table) const { writeFile(file(), csv(table)); }
  static void bytes(const fs::path &to, const std::vector<std::uint8_t> &all) { writeFile(to, {reinterpret_cast<const char *>(all.data()), all.size()}); }
  void operator()(const Video &video) const { bytes(file(), video.frames->file()); }
  void operator()(const Prototypes &layer) const {
    const auto write = [&](const std::string &name, const Matrix &values) { writeNpy(dir / name, {values.rows, values.cols}, values.values); };
    matrix(layer.prototypes);
    write(latentsFile(artifact.name), layer.latents);
    write(artifact.name + "-weights.npy", layer.weights);
    for (const Prototypes::Moment &moment : layer.replay) {
      const std::string name = artifact.name + "-epoch-" + std::to_string(moment.epoch);
      write(name + ".npy", moment.prototypes);
      write(name + "-weights.npy", moment.weights);
      writePictures({nullptr, moment.pictures, {}}, dir / name);
    }
    if (layer.coder) {
      bytes(dir / (artifact.name + ".safetensors"), layer.coder->file());
    }
  }
  void operator()(const Parts &parts) const {
    matrix(parts.similarity);
    writeNpy(dir / (artifact.name + "-positions.npy"), {parts.similarity.rows, parts.similarity.cols},
             std::vector<float>(parts.positions.begin(), parts.positions.end()));
    writeNpy(dir / (artifact.name + "-weights.npy"), {parts.weights.rows, parts.weights.cols}, parts.weights.values);
    ImageGrid grid;
    for (const Parts::Source &source : parts.sources) {
      grid.images.push_back(source.picture);
      grid.captions.push_back(parts.classNames[static_cast<std::size_t>(source.speaksFor)]);
    }
    writePictures(grid, dir / picturesFolder(artifact.name));
  }
};

void writeFiles(const Artifact &artifact, const fs::path &dir, const std::string &ids) {
  std::visit(FilesWriter{artifact, dir}, *artifact.payload);
  if (const Ids list = idsOf(artifact)) {
    writeNpy(dir / ids, *list);
  }
}

void writeLabels(const RunInputs &inputs, const fs::path &file) {
  const Column *label = inputs.dataset ? inputs.dataset->label() : nullptr;
  if (label == nullptr) {
    return;
  }
  Table table{std::make_shared<const std::vector<SampleId>>(inputs.ids), {textColumn("label")}};
  for (const SampleId id : inputs.ids) {
    const auto row = inputs.dataset->row(id);
    table.columns[0].texts.push_back(row ? label->text(*row) : "");
  }
  writeFile(file, csv(table, '\t'));
}

Json checksJson(const std::vector<Check> &checks) {
  Json list = Json::array();
  for (const auto &check : checks) {
    list.push_back({{"name", check.name},
                    {"kind", check.kind == Check::Kind::Exact ? "exact" : "trend"},
                    {"passed", check.passed},
                    {"value", check.value},
                    {"want", check.want},
                    {"provenance", check.provenance}});
  }
  return list;
}

}  // namespace

void setPictureFiles(const PictureFiles &files) {
  pictures = files;
}

const PictureFiles &pictureFiles() {
  return pictures;
}

Json reportJson(const RunSummary &summary) {
  const RunInputs &inputs = summary.inputs;
  Json json = {{"study", summary.study},
               {"version", summary.version},
               {"parameters", summary.parameters},
               {"seed", inputs.seed},
               {"device", inputs.device},
               {"threads", inputs.threads},
               {"seconds", summary.record.seconds},
               {"peak_rss_mib", summary.peakRssMib},
               {"metrics", summary.record.metrics},
               {"baselines", summary.record.baselines},
               {"checks", checksJson(summary.record.checks)},
               {"log", summary.record.log},
               {"artifacts", Json::array()}};
  if (inputs.dataset) {
    const Provenance &from = inputs.dataset->provenance();
    json["data"] = {{"name", from.name}, {"count", inputs.ids.size()}, {"source", from.source}, {"sha256", from.sha256}, {"licence", from.licence}};
    if (!from.note.empty()) {
      json["data"]["note"] = from.note;
    }
  }
  if (inputs.model) {
    const ModelInfo &info = inputs.model->info();
    json["model"] = {{"name", info.name}, {"architecture", info.architecture}, {"source", info.source}, {"sha256", info.sha256}};
  }
  for (const auto &artifact : summary.artifacts) {
    json["artifacts"].push_back(artifactEntry(artifact, inputs.ids));
  }
  return json;
}

void writeReport(const RunSummary &summary, const fs::path &dir) {
  fs::create_directories(dir);
  if (!summary.inputs.ids.empty()) {
    writeNpy(dir / "ids.npy", summary.inputs.ids);
    writeLabels(summary.inputs, dir / "labels.tsv");
  }
  for (const auto &artifact : summary.artifacts) {
    writeFiles(artifact, dir, idsFile(artifact, summary.inputs.ids));
  }
  writeFile(dir / "report.json", jsonText(reportJson(summary)) + "\n");
}

Json writeArtifact(const Artifact &artifact, const fs::path &dir) {
  fs::create_directories(dir);
  Json entry = artifactEntry(artifact, {});
  writeFiles(artifact, dir, entry.value("ids", std::string()));
  return entry;
}

double peakRssMib() {
  std::ifstream status("/proc/self/status");
  std::string word;
  while (status >> word) {
    if (word == "VmHWM:") {
      double kib = 0;
      status >> kib;
      return kib / 1024;
    }
  }
  return 0;
}

std::string jsonText(const Json &json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace vitrine
