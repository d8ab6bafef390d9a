// vitrine-cli list, describe, inspect, selftest: what there is, and whether it works.
#include <cstdio>
#include <fstream>

#include "app/cli/verbs.h"
#include "core/npy.h"
#include "core/report.h"
#include "data/data.h"
#include "models/models.h"
#include "tests/checks/checks.h"
#include "video/torch_file.h"

namespace vitrine::cli {

namespace {

Json toJson(const StudyInfo &study) {
  Json params = Json::array();
  for (const auto &spec : study.params) {
    params.push_back(vitrine::toJson(spec));
  }
  return {{"id", study.id},
          {"title", study.title},
          {"family", study.family},
          {"paper", study.paper},
          {"summary", study.summary},
          {"claim", study.claim},
          {"version", study.version},
          {"needs_dataset", study.needsDataset},
          {"needs_model", study.needsModel},
          {"uses_model", study.needsModel || study.usesModel},
          {"needs_images", study.needsImages},
          {"parameters", params}};
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

std::string allowed(const ParamSpec &spec) {
  std::string range;
  for (const auto &choice : spec.choices) {
    range += (range.empty() ? "" : "|") + choice;
  }
  if (!range.empty()) {
    return range;
  }
  range = typeName(spec.type);
  if (spec.minimum) {
    range += " from ";
    range += number(*spec.minimum);
  }
  if (spec.maximum) {
    range += " to ";
    range += number(*spec.maximum);
  }
  return range;
}

void printParam(const ParamSpec &spec) {
  std::printf("  %-26s %s, default %s %s%s\n      %s\n", spec.name.c_str(), allowed(spec).c_str(), spec.defaultValue.dump().c_str(), spec.unitName.c_str(),
              spec.isLive ? "(may change while it runs)" : "", spec.help.c_str());
}

/// safetensors: an 8-byte length, then JSON. Zips: NumPy's begin with an array, the others are TorchScript. What is neither is data, unless its name says
/// model.
bool looksLikeModel(const std::string &file) {
  std::ifstream stream(file, std::ios::binary);
  std::string head(128, '\0');
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(stream.gcount()));
  const bool safetensors = head.size() > 9 && head[8] == '{' && head[6] == 0 && head[7] == 0;
  const bool torchZip = head.starts_with("PK") && head.find(".npy") == std::string::npos;
  return safetensors || torchZip || file.ends_with(".safetensors") || file.ends_with(".pt") || file.ends_with(".pth");
}

Json inspected(const std::string &file) {
  if (std::filesystem::is_directory(file)) {
    return data::inspect(file);
  }
  if (video::isVnv(readFile(file, 4)) || file.ends_with(".vnv")) {
    return video::describeVnv(file);
  }
  if (video::isTorchCheckpoint(file)) {
    return video::describeTorchFile(file);
  }
  return looksLikeModel(file) ? models::inspect(file) : data::inspect(file);
}

}  // namespace

int list(bool json) {
  Json all = Json::array();
  for (const auto &study : studies().all()) {
    all.push_back(toJson(study));
    if (!json) {
      std::printf("%-12s %s\n", study.id.c_str(), study.summary.c_str());
    }
  }
  if (json) {
    std::printf("%s\n", jsonText(all).c_str());
  }
  return kDone;
}

int describe(const std::string &id, bool json) {
  const StudyInfo &study = studies().find(id);
  if (json) {
    Json all = toJson(study);
    all["help"] = study.help;
    std::printf("%s\n", jsonText(all).c_str());
    return kDone;
  }
  std::printf("%s (%s, version %d)\n%s\n\nPaper: %s\nClaim: %s\n\n%s\n\nParameters:\n", study.title.c_str(), study.id.c_str(), study.version,
              study.summary.c_str(), study.paper.c_str(), study.claim.c_str(), study.help.c_str());
  for (const auto &spec : study.params) {
    printParam(spec);
  }
  return kDone;
}

int inspect(const std::string &file) {
  if (!std::filesystem::exists(file)) {
    throw InputError(file, "there is no such file or folder");
  }
  std::printf("%s\n", jsonText(inspected(file)).c_str());
  return kDone;
}

int selftest(const std::string &only) {
  int failed = 0, done = 0;
  for (const auto &check : checks::all()) {
    if (check.name.find(only) == std::string::npos) {
      continue;
    }
    const std::string fault = checks::faultOf(check);
    std::printf("%-6s %s%s%s\n", fault.empty() ? "ok" : "FAILED", check.name.c_str(), fault.empty() ? "" : ": ", fault.c_str());
    std::fflush(stdout);
    failed += fault.empty() ? 0 : 1;
    ++done;
  }
  std::printf("%d passed, %d failed\n", done - failed, failed);
  return failed == 0 && done > 0 ? kDone : kFound;
}

}  // namespace vitrine::cli
