// Devices, threads and seeds, spoken of in plain words.
#include "tensor/device.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <dlfcn.h>
#include <torch/csrc/api/include/torch/cuda.h>
#include <torch/csrc/api/include/torch/version.h>

#include <filesystem>
#include <fstream>

#include "core/error.h"
#include "tensor/blas_threads.h"

namespace vitrine::tensor {
namespace {

/// Value of "key : value" in a file of such lines (/proc), empty if absent.
std::string valueOf(const std::filesystem::path &file, const std::string &key) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(key)) {
      const auto at = line.find_first_not_of(" \t", line.find(':') + 1);
      return at == std::string::npos ? "" : line.substr(at);
    }
  }
  return {};
}

/// Looked up at run time: Debian's torch has no CUDA headers to compile against.
std::string cudaMemory() {
  using MemGetInfo = int (*)(std::size_t *, std::size_t *);
  const auto ask = reinterpret_cast<MemGetInfo>(dlsym(RTLD_DEFAULT, "cudaMemGetInfo"));
  std::size_t free = 0, total = 0;
  return ask != nullptr && ask(&free, &total) == 0 ? ", " + std::to_string(total >> 20) + " MiB, " + std::to_string(free >> 20) + " MiB free" : "";
}

}  // namespace

bool cudaAvailable() {
  return torch::cuda::is_available();
}

bool hasFastBrainFloat(const std::string &device) {
  if (device != "cpu") {
    return true;
  }
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512bf16") != 0;  // every processor with AMX has it too
#else
  return false;
#endif
}

std::string resolveDevice(const std::string &wanted) {
  if (wanted == "cpu") {
    return "cpu";
  }
  if (wanted == "auto") {
    return cudaAvailable() ? "cuda" : "cpu";
  }
  if (wanted != "cuda") {
    throw InputError("device " + wanted + ": allowed is auto, cpu or cuda");
  }
  if (!cudaAvailable()) {
    const bool driver = std::filesystem::exists("/proc/driver/nvidia/version");
    throw InputError("device cuda", driver ? "libtorch " TORCH_VERSION " was built without CUDA" : "there is no NVIDIA driver on this machine",
                     "use --device cpu");
  }
  return "cuda";
}

std::string describeDevices() {
  std::string text = "cpu: " + valueOf("/proc/cpuinfo", "model name") + ", " + std::to_string(at::get_num_threads()) + " threads in use\n";
  text += "torch: " TORCH_VERSION ", " + std::string(at::hasMKLDNN() ? "oneDNN" : "no oneDNN") + (at::hasMKL() ? ", MKL" : "") + "\n";
  text += "blas: " + (blasName().empty() ? std::string("unknown to us (not OpenBLAS)") : blasName() + ", " + std::to_string(blasThreads()) + " threads") + "\n";
  if (!cudaAvailable()) {
    return text + "cuda: none\n";
  }
  std::error_code error;
  for (const auto &gpu : std::filesystem::directory_iterator("/proc/driver/nvidia/gpus", error)) {
    text += "cuda: " + valueOf(gpu.path() / "information", "Model") + "\n";
  }
  return text + "cuda: " + std::to_string(torch::cuda::device_count()) + " usable" + cudaMemory() + "\n";
}

void setThreads(int threads) {
  at::set_num_threads(std::max(1, threads));  // OpenMP's too
  setBlasThreads(threads);
}

void setSeed(unsigned long long seed) {
  at::manual_seed(seed);
}

}  // namespace vitrine::tensor
