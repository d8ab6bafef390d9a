// What vitrine-cli does, one function a verb. Each returns the exit code; all throw InputError for bad usage or input.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vitrine::cli {

enum Exit { kDone = 0, kFound = 1, kUsage = 2, kFailed = 3, kCancelled = 130 };

struct RunOptions {
  std::string study, data, split = "all", model, start, device = "auto", out;
  std::int64_t limit = 0;  ///< 0 = all
  std::int64_t seed = 1;
  int threads = 0;  ///< 0 = one a core
  std::vector<std::string> set;
  bool quiet = false;
};

int run(const RunOptions &options);
int list(bool json);
int describe(const std::string &study, bool json);
int inspect(const std::string &file);
int doctor(bool json);
int selftest(const std::string &only);

}  // namespace vitrine::cli
