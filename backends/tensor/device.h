// The only home of torch's oddities, seen from outside: devices, threads, seeds. No torch type in this header.
#pragma once

#include <string>

namespace vitrine::tensor {

/// "auto", "cpu" or "cuda" -> "cpu" or "cuda". Throws InputError if cuda is asked for and not there, saying why.
std::string resolveDevice(const std::string &wanted);
bool cudaAvailable();
/// Whether products in bfloat16 are done by instructions of their own (AVX-512 BF16, AMX, CUDA) and so pay.
bool hasFastBrainFloat(const std::string &device);
/// Name, memory, library versions, one a line, for doctor.
std::string describeDevices();
/// Threads of torch, OpenMP and the BLAS for calls from this thread.
void setThreads(int threads);
void setSeed(unsigned long long seed);

/// While one lives, BLAS calls use one thread, whatever setThreads() said: for code that runs many small products side by side.
class SerialBlas {
 public:
  SerialBlas();
  ~SerialBlas();
  SerialBlas(const SerialBlas &) = delete;
  SerialBlas &operator=(const SerialBlas &) = delete;
};

/// main() calls this first: sets what must be in the environment before the libraries load (OMP_WAIT_POLICY=passive, OPENBLAS_NUM_THREADS,
/// OMP_NUM_THREADS ...) and re-executes the program once if anything was missing.
void ensureEnvironment(char **argv);
/// Freed memory stays with the process, because tensors come and go: this returns it to the system. For when something large was closed; may take a second.
void giveMemoryBack();

}  // namespace vitrine::tensor
