// The project folder NAME.vitrine/: project.json and the runs' artifacts. Written to temporary files and renamed, project.json last.
#pragma once

#include "app/gui/session.h"

namespace vitrine::project {

constexpr int kFormat = 1;

/// Everything that a save writes, taken on the GUI thread; artifacts are shared, not copied.
struct Snapshot {
  struct RunFiles {
    std::string id;
    std::vector<Artifact> artifacts;
    Recording frames;  ///< empty where they are not to be kept
    std::shared_ptr<const Matrix> start;
  };
  Json json;  ///< complete project.json but for the names of the runs' files
  std::vector<RunFiles> runs;
};
/// `views` is the window's layout; `before` the project.json as it was read: keys that we do not know are kept.
Snapshot snapshot(const Session &session, const Json &views, const Json &before);
/// Any thread. Returns project.json as written. Throws std::runtime_error naming file and reason; what was there before stays readable.
Json write(const Snapshot &snapshot, const std::filesystem::path &folder);

struct Contents {
  Json json;                             ///< migrated to kFormat
  std::vector<Snapshot::RunFiles> runs;  ///< in the order of the JSON's
  std::vector<std::string> missing;      ///< what could not be read, with the reason
};
/// Any thread. Throws InputError for a folder that is no project, broken JSON or a newer format.
Contents read(const std::filesystem::path &folder);
/// Fills an empty session (GUI thread); data sets and models open in the background.
void restore(Session &session, Contents contents, const std::filesystem::path &folder);

/// One step for each old format, json -> json. Throws InputError for a format newer than this program.
Json migrated(Json json, const std::string &where);

}  // namespace vitrine::project
