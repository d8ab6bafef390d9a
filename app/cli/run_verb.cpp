// vitrine-cli run: one study, its report and artifacts in a folder.
#include <algorithm>
#include <cstdio>
#include <thread>

#include "app/cli/output_folder.h"
#include "app/cli/progress.h"
#include "app/cli/stop_signal.h"
#include "app/cli/verbs.h"
#include "core/npy.h"
#include "core/report.h"
#include "data/data.h"
#include "models/models.h"
#include "tensor/device.h"

namespace vitrine::cli {

namespace {

/// Complete and checked, so that a wrong name or value ends the program before anything is loaded.
Json parametersOf(const StudyInfo &study, const std::vector<std::string> &assignments) {
  Json given = Json::object();
  for (const auto &assignment : assignments) {
    const auto equals = assignment.find('=');
    if (equals == std::string::npos) {
      throw InputError("--set " + assignment + ": wants name=value");
    }
    const std::string name = assignment.substr(0, equals), value = assignment.substr(equals + 1);
    const ParamSpec *spec = study.param(name);
    given[name] = spec == nullptr ? Json(value) : parseText(*spec, value);
  }
  return completed(study.params, given);
}

std::shared_ptr<Model> openModel(const StudyInfo &study, const std::string &wanted, const std::string &device) {
  if (!wanted.empty() && !study.needsModel && !study.usesModel) {
    throw InputError("--model " + wanted, "the study " + study.id + " uses no model", "leave it out");
  }
  if (!wanted.empty()) {
    return models::open(wanted, device);
  }
  if (!study.needsModel) {
    return nullptr;
  }
  const auto builtIns = models::builtIns();
  if (builtIns.empty()) {
    throw InputError("the study " + study.id + " needs a model", "none is built in", "name one with --model");
  }
  return models::open(builtIns.front().name, device);
}

void openData(const StudyInfo &study, const RunOptions &options, RunInputs &inputs) {
  if (!study.needsDataset && options.data.empty()) {
    return;
  }
  inputs.dataset = data::open(options.data.empty() ? "fashion-mnist" : options.data);
  if (study.needsImages && !inputs.dataset->hasImages()) {
    throw InputError(options.data, "holds no pictures, and the study " + study.id + " needs them");
  }
  const Split split = options.split == "train" ? Split::Train : options.split == "test" ? Split::Test : Split::All;
  inputs.ids = splitIds(*inputs.dataset, split, static_cast<std::size_t>(options.limit));
}

RunInputs openInputs(const StudyInfo &study, const RunOptions &options, const OutputFolder &out) {
  RunInputs inputs;
  inputs.device = tensor::resolveDevice(options.device);
  inputs.seed = static_cast<std::uint64_t>(options.seed);
  inputs.threads = options.threads > 0 ? options.threads : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  inputs.outputDir = out.staging();
  tensor::setThreads(inputs.threads);
  tensor::setSeed(inputs.seed);
  openData(study, options, inputs);
  inputs.model = openModel(study, options.model, inputs.device);
  if (!options.start.empty()) {
    if (!study.takesStart) {
      throw InputError("--start " + options.start, "the study " + study.id + " takes no start", "leave it out");
    }
    inputs.start = std::make_shared<const Matrix>(readMatrix(options.start));
  }
  return inputs;
}

void keepNewest(std::vector<Artifact> &artifacts, const Artifact &artifact) {
  const auto it = std::find_if(artifacts.begin(), artifacts.end(), [&](const Artifact &other) { return other.name == artifact.name; });
  if (it == artifacts.end()) {
    artifacts.push_back(artifact);
  } else {
    *it = artifact;
  }
}

void printSummary(const RunSummary &summary, const std::string &out) {
  std::printf("%s: %zu samples in %.1f s, results in %s\n", summary.study.c_str(), summary.inputs.ids.size(), summary.record.seconds.at("total"), out.c_str());
  for (const auto &[name, value] : summary.record.metrics) {
    std::printf("  %-24s %.6g\n", name.c_str(), value);
  }
  for (const auto &[name, metrics] : summary.record.baselines) {
    for (const auto &[metric, value] : metrics) {
      std::printf("  %-24s %.6g\n", (name + " " + metric).c_str(), value);
    }
  }
  for (const auto &check : summary.record.checks) {
    std::printf("  %s  %s: %.6g, wanted %s\n", check.passed ? "holds        " : "does not hold", check.name.c_str(), check.value, check.want.c_str());
  }
}

}  // namespace

int run(const RunOptions &options) {
  const StudyInfo &study = studies().find(options.study);
  RunSummary summary;
  summary.study = study.id;
  summary.version = study.version;
  const Json parameters = parametersOf(study, options.set);
  OutputFolder out(options.out);
  summary.inputs = openInputs(study, options, out);

  Progress progress(options.quiet);
  RunListener listener;
  listener.progress = [&](std::int64_t i, std::int64_t n, const std::string &what) { progress.show(i, n, what); };
  listener.artifact = [&](const Artifact &artifact) { keepNewest(summary.artifacts, artifact); };
  listener.log = [&](const std::string &line) { progress.log(line); };
  const auto control = std::make_shared<RunControl>();
  const StopSignal stop(control);
  const auto start = std::chrono::steady_clock::now();
  RunContext context(summary.inputs, control, listener);
  study.run(parameters, context);
  context.timed("total", start);
  summary.record = context.results();
  summary.parameters = context.values();
  summary.peakRssMib = peakRssMib();

  progress.show(0, 0, "writing");
  writeReport(summary, out.staging());
  if (control->cancelled()) {
    throw Cancelled{};
  }
  out.commit();
  progress.clear();
  if (!options.quiet) {
    printSummary(summary, options.out);
  }
  return kDone;
}

}  // namespace vitrine::cli
