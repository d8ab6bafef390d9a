#include "tensor/speed.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>

namespace vitrine::tensor {

namespace {

template <class Work>
double bestGflops(double operations, Work work) {
  const torch::NoGradGuard guard;
  work();  // the first call makes threads and plans
  double best = 1e30;
  for (int i = 0; i < 5; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return operations / best / 1e9;
}

}  // namespace

double matrixProductGflops() {
  const auto a = torch::ones({1024, 1024}), b = torch::ones({1024, 1024});
  return bestGflops(2.0 * 1024 * 1024 * 1024, [&] { return torch::mm(a, b); });
}

double convolutionGflops() {
  const auto input = torch::ones({1, 32, 160, 320}), weight = torch::ones({32, 32, 3, 3});
  return bestGflops(2.0 * 32 * 32 * 9 * 160 * 320, [&] { return torch::conv2d(input, weight, {}, 1, 1); });
}

}  // namespace vitrine::tensor
