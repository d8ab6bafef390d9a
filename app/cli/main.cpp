// vitrine-cli: everything that Vitrine computes, without a window. The one place that catches.
#include <unistd.h>
#include <csignal>
#include <cstdio>
#include <limits>

#include <CLI/CLI.hpp>

#include "app/cli/verbs.h"
#include "core/report.h"
#include "data/picture.h"
#include "models/prototype_trainer.h"
#include "tensor/device.h"
#include "video/decoder.h"

namespace vitrine::cli {

namespace {

/// One line, whatever the message holds.
int fail(int code, std::string message) {
  for (char &c : message) {
    c = static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  std::fprintf(stderr, "vitrine-cli: %s\n", message.c_str());
  return code;
}

void addRun(CLI::App &app, RunOptions &options) {
  CLI::App *verb = app.add_subcommand("run", "Run a study and write its report and artifacts into a folder");
  verb->add_option("study", options.study, "Which study (see: vitrine-cli list)")->required();
  verb->add_option("--data", options.data, "Built-in name, folder of pictures, film, or file (.npy, .npz, .csv, .tsv, idx); default fashion-mnist");
  verb->add_option("--split", options.split, "Which samples: train, test or all (train before test)")
      ->check(CLI::IsMember({"train", "test", "all"}))
      ->capture_default_str();
  verb->add_option("--limit", options.limit, "Only the first N samples of the split")->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40));
  verb->add_option("--model", options.model, "Built-in name or file (.safetensors, TorchScript .pt)");
  verb->add_option("--set", options.set, "A parameter, name=value; repeat for more (see: vitrine-cli describe STUDY)")->allow_extra_args(false);
  verb->add_option("--seed", options.seed, "Same seed, same threads, same machine: same numbers")
      ->check(CLI::Range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max()))
      ->capture_default_str();
  verb->add_option("--device", options.device, "Where to compute: auto, cpu or cuda")->check(CLI::IsMember({"auto", "cpu", "cuda"}))->capture_default_str();
  verb->add_option("--threads", options.threads, "Threads of the computation; default one a core")->check(CLI::Range(1, 1024));
  verb->add_option("--out", options.out, "Folder for report.json and the artifacts; made if missing, files in it are replaced")->required();
  verb->add_flag("--quiet", options.quiet, "No progress and no summary");
}

int dispatch(int argc, char **argv) {
  CLI::App app("Vitrine looks into neural representations: embeddings, attention and projections, on the command line.", "vitrine-cli");
  app.set_version_flag("--version", "vitrine-cli " VITRINE_VERSION);
  app.set_help_all_flag("--help-all", "Help of all verbs");
  app.require_subcommand(1);
  app.footer("Exit codes: 0 done, 1 doctor or selftest found a fault, 2 bad usage or input (nothing written), 3 the study failed, 130 cancelled.");
  RunOptions options;
  std::string study, file, only;
  bool json = false;
  addRun(app, options);
  app.add_subcommand("list", "Studies there are")->add_flag("--json", json, "As JSON");
  CLI::App *describeVerb = app.add_subcommand("describe", "A study, its parameters and how to read its results");
  describeVerb->add_option("study", study, "Which study")->required();
  describeVerb->add_flag("--json", json, "As JSON");
  app.add_subcommand("inspect", "What a model or data file holds, without running it")->add_option("file", file, "File or folder")->required();
  app.add_subcommand("doctor", "Check this machine and tell how to mend what is wrong")->add_flag("--json", json, "As JSON");
  app.add_subcommand("selftest", "Run the built-in checks of the backends")->add_option("name", only, "Only the checks whose name contains this");
  const auto named = [&](const CLI::App *verb) { return verb->get_name() == argv[1]; };
  if (argc > 1 && argv[1][0] != '-' && app.get_subcommands(named).empty()) {
    return fail(kUsage, std::string("no verb is called ") + argv[1] + "; see vitrine-cli --help");
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    return error.get_exit_code() == 0 ? app.exit(error) : fail(kUsage, std::string(error.what()) + "; see vitrine-cli --help");
  }
  const std::string verb = app.get_subcommands().front()->get_name();
  return verb == "run"        ? run(options)
         : verb == "list"     ? list(json)
         : verb == "describe" ? describe(study, json)
         : verb == "inspect"  ? inspect(file)
         : verb == "doctor"   ? doctor(json)
                              : selftest(only);
}

}  // namespace

}  // namespace vitrine::cli

int main(int argc, char **argv) {
  using namespace vitrine;
  tensor::ensureEnvironment(argv);
  for (const int signal : {SIGINT, SIGTERM}) {
    std::signal(signal, [](int) { _exit(cli::kCancelled); });  // nothing is written before a run has begun; then StopSignal takes over
  }
#ifndef VITRINE_BACKEND_ONLY
  setPictureFiles({data::writePng, data::readPicture, video::openVideo, models::prototype::openCoder});
#else
  setPictureFiles({nullptr, nullptr, video::openVideo, models::prototype::openCoder});
#endif
  try {
    return cli::dispatch(argc, argv);
  } catch (const InputError &error) {
    return cli::fail(cli::kUsage, error.what());
  } catch (const Cancelled &) {
    return cli::kCancelled;
  } catch (const std::bad_alloc &) {
    return cli::fail(cli::kFailed, "not enough memory; fewer samples (--limit N) need less");
  } catch (const std::exception &error) {
    return cli::fail(cli::kFailed, error.what());
  }
}
