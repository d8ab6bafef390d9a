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
/// Files of one artifact, its ids in ids.npy; returns the main file's name.
std::string writeArtifact(const Artifact &artifact, const std::filesystem::path &dir);
/// Pictures of an ImageGrid are written by this function, set once by the program (core has no picture library); without one they become .pnm.
void setPictureWriter(void (*writePng)(const std::filesystem::path &file, const Image &image));

/// Reads an artifact back, as the project does; `entry` is one of report.json's "artifacts". The kinds that hold pictures come
/// back without them. Throws InputError.
Artifact readArtifact(const Json &entry, const std::filesystem::path &dir);

/// Peak resident memory of this process in MiB (VmHWM).
double peakRssMib();
/// JSON as text; a file name that is not UTF-8 becomes readable instead of an exception.
std::string jsonText(const Json &json, int indent = 2);

}  // namespace vitrine
