// Arrays between the kernels' layout and a device. Inner header (torch).
#pragma once

#include <cstring>
#include <span>
#include <string>

#include "projection/affinities.h"
#include "projection/repulsion.h"
#include "tensor/compat.h"
#include "tensor/device.h"

namespace vitrine::projection {

/// "cuda", or "torch" for torch's own processor device, which tests use. Throws InputError where there is none.
inline at::Device deviceNamed(const std::string &name) {
  return name == "torch" ? at::Device(at::kCPU) : at::Device(tensor::resolveDevice(name));
}
inline std::string deviceTitle(const std::string &name) {
  return name == "torch" ? "torch's processor device" : name;
}

/// count * strideOf(dims) floats -> count x dims. A copy.
inline at::Tensor uploaded(std::span<const float> from, std::int64_t count, int dims, at::Device device) {
  const at::Tensor host = at::from_blob(const_cast<float *>(from.data()), {count, static_cast<std::int64_t>(strideOf(dims))});
  return host.narrow(1, 0, dims).contiguous().to(device, at::kFloat, false, true);
}
/// The way back.
inline void download(const at::Tensor &from, std::span<float> out) {
  at::Tensor host = at::zeros({from.size(0), static_cast<std::int64_t>(strideOf(static_cast<int>(from.size(1))))});
  host.narrow(1, 0, from.size(1)).copy_(from);
  std::memcpy(out.data(), host.data_ptr<float>(), static_cast<std::size_t>(host.numel()) * sizeof(float));
}

/// The graph's edges: rows and columns (int32), in its order.
inline std::pair<at::Tensor, at::Tensor> edgesOf(const Affinities &graph, at::Device device) {
  const auto count = static_cast<std::int64_t>(graph.count()), edges = static_cast<std::int64_t>(graph.columns.size());
  const at::Tensor start = at::from_blob(const_cast<std::uint64_t *>(graph.start.data()), {count + 1}, at::kLong).to(device);
  return {at::repeat_interleave(at::arange(count, start.options()), start.diff()).to(at::kInt),
          at::from_blob(const_cast<std::uint32_t *>(graph.columns.data()), {edges}, at::kInt).to(device, at::kInt, false, true)};
}

}  // namespace vitrine::projection
