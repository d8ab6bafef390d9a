// vitrine-cli doctor: what this machine has, how fast it is, what is wrong and how to mend it.
#include <dlfcn.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "app/cli/film_probe.h"
#include "app/cli/verbs.h"
#include "core/report.h"
#include "data/data.h"
#include "models/models.h"
#include "tensor/device.h"
#include "tensor/speed.h"

namespace vitrine::cli {

namespace fs = std::filesystem;

namespace {

constexpr double kSlowGflops = 30;  // reference BLAS gives 6 on two cores, OpenBLAS 150 and more

struct Finding {
  std::string name, value;
  bool good = true;
  std::string advice{};
};

std::string rounded(double value, const char *unit) {
  char text[64];
  std::snprintf(text, sizeof text, "%.1f %s", value, unit);
  return text;
}

/// The library that a symbol of the BLAS comes from, links followed.
Finding blas() {
  void *symbol = dlsym(RTLD_DEFAULT, "sgemm_");
  Dl_info info{};
  if (symbol == nullptr || dladdr(symbol, &info) == 0) {
    return {"BLAS", "inside torch", true};
  }
  std::error_code ignored;
  const std::string file = fs::canonical(info.dli_fname, ignored).string();
  const bool fast = file.find("openblas-pthread") != std::string::npos || file.find("mkl") != std::string::npos || file.find("torch") != std::string::npos;
  return {"BLAS", file, fast,
          "install libopenblas0-pthread and choose it: update-alternatives --set libblas.so.3-x86_64-linux-gnu "
          "/usr/lib/x86_64-linux-gnu/openblas-pthread/libblas.so.3 (torch on another BLAS is up to 40 times slower)"};
}

Finding threads() {
  const auto set = [](const char *name) { return std::string(name) + "=" + (std::getenv(name) != nullptr ? std::getenv(name) : "unset"); };
  const bool passive = std::getenv("OMP_WAIT_POLICY") != nullptr && std::string(std::getenv("OMP_WAIT_POLICY")) == "passive";
  return {"threads", std::to_string(std::thread::hardware_concurrency()) + " cores, " + set("OMP_WAIT_POLICY") + ", " + set("OPENBLAS_NUM_THREADS"), passive,
          "unset OMP_WAIT_POLICY, so that Vitrine can set it: waiting threads should not burn a core"};
}

std::vector<Finding> speed() {
  const double product = tensor::matrixProductGflops(), convolution = tensor::convolutionGflops();
  return {{"matrix product", rounded(product, "GFLOP/s"), product >= kSlowGflops, "see BLAS; if that is right, the machine is busy or very slow"},
          {"convolution", rounded(convolution, "GFLOP/s"), convolution >= kSlowGflops / 3, "the machine is busy or very slow"}};
}

Finding folder(const char *what, fs::path path) {
  std::error_code ignored;
  while (!path.empty() && !fs::exists(path, ignored)) {
    path = path.parent_path();
  }
  struct statvfs space {};
  const bool writable = ::access(path.c_str(), W_OK) == 0;
  const double free = ::statvfs(path.c_str(), &space) == 0 ? static_cast<double>(space.f_bavail) * static_cast<double>(space.f_frsize) / (1 << 30) : 0;
  return {what, path.string() + ", " + rounded(free, "GiB free"), writable && free > 0.5,
          writable ? "make room: recorded films and large results are kept there" : "give yourself the right to write there"};
}

fs::path homeFolder(const char *variable, const char *otherwise) {
  const char *set = std::getenv(variable), *home = std::getenv("HOME");
  return set != nullptr && *set != '\0' ? fs::path(set) : fs::path(home != nullptr ? home : "/") / otherwise;
}

std::vector<Finding> contents() {
  std::vector<Finding> findings;
  for (const auto &data : data::builtIns()) {
    findings.push_back({"data set " + data.name, data.installed ? "installed" : "missing", data.installed, "install it: apt-get install " + data.package});
  }
  const auto builtIns = models::builtIns();
  if (builtIns.empty()) {
    findings.push_back({"models", "none", false, "resources/models is missing beside the program: install or unpack Vitrine again"});
  }
  for (const auto &model : builtIns) {
    Finding finding{"model " + model.name, model.file.string()};
    try {
      models::inspect(model.file);
    } catch (const InputError &error) {
      finding = {"model " + model.name, error.what(), false, "install or unpack Vitrine again"};
    }
    findings.push_back(std::move(finding));
  }
  return findings;
}

/// The window's own program draws a frame and says how long it took: this one knows no window.
Finding frame() {
  std::error_code ignored;
  const fs::path window = fs::read_symlink("/proc/self/exe", ignored).parent_path() / "vitrine";
  if (!fs::exists(window, ignored)) {
    return {"rendered frame", "skipped: the window's program is not beside this one"};
  }
  const bool display = std::getenv("DISPLAY") != nullptr || std::getenv("WAYLAND_DISPLAY") != nullptr;
  const std::string command = std::string(display ? "" : "xvfb-run -a ") + "'" + window.string() + "' --doctor-frame 2>/dev/null";
  std::string said;
  FILE *pipe = ::popen(command.c_str(), "r");
  std::array<char, 512> buffer{};
  while (pipe != nullptr && std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) {
    said += buffer.data();
  }
  const bool good = pipe != nullptr && ::pclose(pipe) == 0 && !said.empty();
  said = said.substr(0, said.find('\n'));
  return {"rendered frame", said.empty() ? "failed" : said, good, "install libgl1-mesa-dri and, without a display, xvfb and xauth"};
}

std::vector<Finding> examine() {
  std::vector<Finding> findings = {{"vitrine", VITRINE_VERSION}};
  std::string devices = tensor::describeDevices();
  for (std::size_t from = 0, to = 0; from < devices.size(); from = to + 1) {
    to = std::min(devices.find('\n', from), devices.size());
    findings.push_back({from == 0 ? "torch" : "device", devices.substr(from, to - from)});
  }
  findings.push_back({"cuda", tensor::cudaAvailable() ? "available" : "none: everything runs on the processor"});
  findings.push_back(blas());
  findings.push_back(threads());
  for (const auto &part : {speed(), contents()}) {
    findings.insert(findings.end(), part.begin(), part.end());
  }
  const FilmProbe film = probeFilms();
  if (film.present) {
    findings.push_back({"OpenCV, FFmpeg", film.versions});
    findings.push_back({"encoded and decoded clip", film.result, film.good, "install libavcodec59 and libx264-164"});
    findings.push_back(frame());
  }
  findings.push_back(folder("settings folder", homeFolder("XDG_CONFIG_HOME", ".config")));
  findings.push_back(folder("data folder", homeFolder("XDG_DATA_HOME", ".local/share")));
  findings.push_back(folder("temporary folder", fs::temp_directory_path()));
  return findings;
}

}  // namespace

int doctor(bool json) {
  const auto findings = examine();
  bool good = true;
  Json all = Json::array();
  for (const auto &finding : findings) {
    good = good && finding.good;
    all.push_back({{"name", finding.name}, {"value", finding.value}, {"good", finding.good}});
    if (!finding.good) {
      all.back()["advice"] = finding.advice;
    }
    if (!json) {
      std::printf("%-6s %-26s %s\n", finding.good ? "ok" : "WRONG", finding.name.c_str(), finding.value.c_str());
      if (!finding.good) {
        std::printf("       %-26s %s\n", "", finding.advice.c_str());
      }
    }
  }
  if (json) {
    std::printf("%s\n", jsonText({{"good", good}, {"findings", all}}).c_str());
  }
  return good ? kDone : kFound;
}

}  // namespace vitrine::cli
