#include "app/gui/project.h"

#include <set>

#include "app/gui/dialogs/preferences.h"
#include "core/error.h"
#include "core/npy.h"
#include "core/report.h"

namespace vitrine::project {

namespace fs = std::filesystem;

namespace {

/// Old keys that this version does not write stay, so that a newer program's additions survive a save by an older one.
Json merged(Json before, const Json &now) {
  if (!before.is_object()) {
    before = Json::object();
  }
  for (const auto &[key, value] : now.items()) {
    before[key] = value;
  }
  return before;
}

constexpr const char *kStart = "start.npy";  // where a branch began

Json byId(const Json &before, const char *list, const std::string &id) {
  if (before.is_object() && before.contains(list)) {
    for (const auto &item : before[list]) {
      if (item.is_object() && item.value("id", std::string()) == id) {
        return item;
      }
    }
  }
  return Json::object();
}

data::TableOptions tableOptions(const Json &json) {
  data::TableOptions options;
  if (json.empty()) {
    return options;
  }
  options.chosen = true;
  options.labelColumns = json.value("labels", std::vector<std::string>());
  options.ignoredColumns = json.value("ignored", std::vector<std::string>());
  const std::string separator = json.value("separator", std::string());
  options.separator = separator.empty() ? '\0' : separator[0];
  if (json.contains("header")) {
    options.header = json["header"].get<bool>();
  }
  return options;
}

/// Files inside the project's parent folder are named relative to it, so that the whole can be moved.
std::string portable(const std::string &source, const fs::path &folder) {
  if (source.empty() || !fs::path(source).is_absolute()) {
    return source;
  }
  const fs::path relative = fs::path(source).lexically_relative(fs::absolute(folder).parent_path());
  return relative.empty() || *relative.begin() == ".." ? source : "./" + relative.string();
}

QString located(const std::string &source, const fs::path &folder) {
  const bool relative = source.rfind("./", 0) == 0;
  return QString::fromStdString(relative ? (fs::absolute(folder).parent_path() / source.substr(2)).lexically_normal().string() : source);
}

}  // namespace

Snapshot snapshot(const Session &session, const Json &views, const Json &before) {
  Snapshot result;
  Json now = {{"format", kFormat},     {"application", VITRINE_VERSION}, {"views", views},
              {"data", Json::array()}, {"models", Json::array()},        {"runs", Json::array()}};
  for (const auto &item : session.data()) {
    const std::string id = item->id.toStdString();
    Json json = {{"id", id},
                 {"name", item->name.toStdString()},
                 {"source", item->source.toStdString()},
                 {"options", item->options},
                 {"run", item->run.toStdString()},
                 {"selection", item->selection->ids()}};
    if (item->dataset) {
      json["count"] = item->dataset->count();
      json["sha256"] = item->dataset->provenance().sha256;
    }
    now["data"].push_back(merged(byId(before, "data", id), json));
  }
  for (const auto &item : session.models()) {
    const std::string id = item->id.toStdString();
    const Json json = {
        {"id", id}, {"name", item->name.toStdString()}, {"source", item->source.toStdString()}, {"sha256", item->model ? item->model->info().sha256 : ""}};
    now["models"].push_back(merged(byId(before, "models", id), json));
  }
  const bool keepFrames = setting(QStringLiteral("keep_recordings")).toBool();
  for (const auto &run : session.runs()) {
    const std::string id = run->id.toStdString();
    const QString state = run->live() || run->state == u"opening" ? QStringLiteral("cancelled") : run->state;  // what goes on now is not finished in the file
    const Json json = {{"id", id},
                       {"name", run->name.toStdString()},
                       {"setup", toJson(run->setup)},
                       {"version", run->version},
                       {"report", run->report},
                       {"state", state.toStdString()},
                       {"error", run->error.toStdString()}};
    now["runs"].push_back(merged(byId(before, "runs", id), json));
    result.runs.push_back({id, run->artifacts(), keepFrames && !run->live() ? run->frames() : Recording(), run->setup.start});
  }
  result.json = merged(before, now);
  return result;
}

Json write(const Snapshot &snapshot, const fs::path &folder) {
  Json json = snapshot.json;
  std::error_code error;
  fs::create_directories(folder / "artifacts", error);
  if (error) {
    throw std::runtime_error(folder.string() + ": cannot make the project folder (" + error.message() + "); choose another place");
  }
  std::set<std::string> kept;
  for (std::size_t i = 0; i < snapshot.runs.size(); ++i) {
    const auto &[id, artifacts, frames, start] = snapshot.runs[i];
    const fs::path dir = folder / "artifacts" / id;
    fs::create_directories(dir);
    kept.insert(id);
    Json entries = Json::array();
    for (const Artifact &artifact : artifacts) {
      entries.push_back(writeArtifact(artifact, dir));
    }
    Json &run = json["runs"][i];
    run["artifacts"] = entries;
    run.erase("recording");
    run.erase("start");
    if (const auto files = frames.write(dir); !files.empty()) {
      run["recording"] = files;
    }
    if (start != nullptr) {
      writeNpy(dir / kStart, {start->rows, start->cols}, start->values);
      run["start"] = kStart;
    }
  }
  for (auto &item : json["data"]) {
    item["source"] = portable(item.value("source", std::string()), folder);
  }
  for (auto &item : json["models"]) {
    item["source"] = portable(item.value("source", std::string()), folder);
  }
  writeFile(folder / "project.json", json.dump(1));
  for (const auto &entry : fs::directory_iterator(folder / "artifacts", error)) {  // runs that were removed, only once the new file stands
    if (entry.is_directory() && kept.count(entry.path().filename().string()) == 0 && entry.path().filename().string().rfind("run-", 0) == 0) {
      fs::remove_all(entry.path(), error);
    }
  }
  return json;
}

Json migrated(Json json, const std::string &where) {
  if (!json.is_object() || !json.contains("format") || !json["format"].is_number_integer()) {
    throw InputError(where, "is no Vitrine project (it has no format number)");
  }
  const int format = json["format"];
  if (format > kFormat) {
    throw InputError(where, "was made by a newer Vitrine (format " + std::to_string(format) + ")", "open it with that version");
  }
  if (format < 1) {
    throw InputError(where, "has format " + std::to_string(format) + ", which never was");
  }
  return json;
}

Contents read(const fs::path &folder) {
  const fs::path file = folder / "project.json";
  const auto bytes = readFile(file);
  Json json = Json::parse(bytes.begin(), bytes.end(), nullptr, false);
  if (json.is_discarded()) {
    throw InputError(file.string(), "is not valid JSON", "restore it from a backup");
  }
  Contents contents;
  contents.json = migrated(std::move(json), file.string());
  for (const auto &run : contents.json.value("runs", Json::array())) {
    Snapshot::RunFiles files{run.value("id", std::string()), {}, {}, nullptr};
    const fs::path dir = folder / "artifacts" / files.id;
    const auto attempt = [&](const auto &part) {
      try {
        part();
      } catch (const std::exception &error) {
        contents.missing.push_back(error.what());
      }
    };
    for (const auto &entry : run.value("artifacts", Json::array())) {
      attempt([&] { files.artifacts.push_back(readArtifact(entry, dir)); });
    }
    if (run.contains("recording")) {
      attempt([&] { files.frames = Recording::read(dir / "recording.json"); });
    }
    if (run.contains("start")) {
      attempt([&] { files.start = std::make_shared<const Matrix>(readMatrix(dir / kStart)); });
    }
    contents.runs.push_back(std::move(files));
  }
  return contents;
}

void restore(Session &session, Contents contents, const fs::path &folder) {
  const Json runs = contents.json.value("runs", Json::array());
  const auto opened = [&](const Json &item, auto open) {
    const QString id = QString::fromStdString(item.value("id", std::string()));
    open(located(item.value("source", std::string()), folder), id);
    session.rename(id, QString::fromStdString(item.value("name", std::string())));
  };
  for (const auto &item : contents.json.value("models", Json::array())) {
    opened(item, [&](const QString &source, const QString &id) { session.openModel(source, id); });
  }
  for (const auto &item : contents.json.value("data", Json::array())) {
    if (item.value("run", std::string()).empty()) {
      opened(item, [&](const QString &source, const QString &id) { session.openData(source, tableOptions(item.value("options", Json::object())), id); });
      if (const DataItem *data = session.findData(QString::fromStdString(item.value("id", std::string())))) {
        data->selection->apply(item.value("selection", std::vector<SampleId>()), SelectMode::Replace);
      }
    }
  }
  for (std::size_t i = 0; i < runs.size(); ++i) {
    auto &files = contents.runs[i];
    session.restoreRun(runs[i], std::move(files.artifacts), std::move(files.frames), std::move(files.start));
  }
  session.undo()->clear();
}

}  // namespace vitrine::project
