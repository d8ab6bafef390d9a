// A finished run on disk: report.json and one file or more for each artifact (DESIGN.md, section 3).
#pragma once

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
/// Files of one artifact; returns the main file's name. Pictures of an ImageGrid are written by `writePng`, set once by the program.
std::string writeArtifact(const Artifact &artifact, const std::filesystem::path &dir);
/// A table as CSV (RFC 4180; `separator` '\t' for TSV).
std::string csv(const Table &table, char separator = ',');
std::string csv(const Curve &curve);

/// Reads the artifact back, as the project does; the kinds that hold pictures come back without them. Throws InputError.
Artifact readArtifact(const Json &entry, const std::filesystem::path &dir);

/// Peak resident memory of this process in MiB (VmHWM).
double peakRssMib();

}  // namespace vitrine
