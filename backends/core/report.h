// A finished run on disk: report.json and one file or more for each artifact (DESIGN.md, section 3).
#pragma once

#include "core/csv.h"
#include "core/study.h"

namespace vitrine {

struct RunSummary {
  std::string study;
  int version = 1;
  Json parameters;
  RunInputs inputs;
  RunRecord record;
  std::vector<Artifact> artifacts;
  double peakRssMib = 0;
};

Json reportJson(const RunSummary &summary);
/// Writes report.json and the artifacts into `dir` (made if missing). Throws std::runtime_error naming file and reason.
void writeReport(const RunSummary &summary, const std::filesystem::path &dir);
/// Files of one artifact in `dir`, its ids in a file of its own; returns its entry, for readArtifact().
Json writeArtifact(const Artifact &artifact, const std::filesystem::path &dir);
/// How pictures get to disk and back, set once by the program (core has no picture library). Without it: .pnm, which has no alpha.
struct PictureFiles {
  void (*writePng)(const std::filesystem::path &file, const Image &image) = nullptr;
  Image (*read)(const std::filesystem::path &file) = nullptr;
  Video (*readVideo)(const std::filesystem::path &file) = nullptr;                          ///< without ids; not set: videos do not open again
  std::shared_ptr<PictureCoder> (*readCoder)(const std::filesystem::path &file) = nullptr;  ///< of prototypes; not set: they open without decoder
};
void setPictureFiles(const PictureFiles &files);
const PictureFiles &pictureFiles();

/// Reads an artifact back; `entry` is one of report.json's "artifacts" or what writeArtifact() gave. Throws InputError.
Artifact readArtifact(const Json &entry, const std::filesystem::path &dir);

/// Peak resident memory of this process in MiB (VmHWM).
double peakRssMib();
/// JSON as text; a file name that is not UTF-8 becomes readable instead of an exception.
std::string jsonText(const Json &json, int indent = 2);

}  // namespace vitrine
