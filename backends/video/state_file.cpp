#include "video/state_file.h"

#include <bit>
#include <cstring>

#include "core/error.h"
#include "core/npy.h"

namespace vitrine::video {

static_assert(std::endian::native == std::endian::little, "states are written as they lie in memory");

void writeState(const std::filesystem::path &file, const Json &state, const NamedTensors &tensors) {
  std::string header = state.dump(), body;
  const std::uint64_t length = header.size();
  for (const auto &[name, tensor] : tensors) {
    const at::Tensor values = tensor.to(at::kCPU).contiguous();
    body.append(static_cast<const char *>(values.data_ptr()), static_cast<std::size_t>(values.numel()) * sizeof(float));
  }
  writeParts(file, {std::string_view(reinterpret_cast<const char *>(&length), sizeof length), header, body});
}

Json readState(const std::filesystem::path &file, const Json &expected, const NamedTensors &tensors) {
  const std::string where = file.string();
  const std::vector<std::uint8_t> bytes = readFile(file);
  std::uint64_t length = 0;
  std::size_t values = 0;
  for (const auto &[name, tensor] : tensors) {
    values += static_cast<std::size_t>(tensor.numel());
  }
  if (bytes.size() >= sizeof length) {
    std::memcpy(&length, bytes.data(), sizeof length);
  }
  const bool fits = bytes.size() >= sizeof length && length <= bytes.size() - sizeof length;
  const Json state =
      fits ? Json::parse(bytes.begin() + sizeof length, bytes.begin() + sizeof length + static_cast<std::ptrdiff_t>(length), nullptr, false) : Json();
  if (!state.is_object() || !state.contains("step") || !state["step"].is_number_integer() || !state.contains("frozen") || !state["frozen"].is_boolean()) {
    throw InputError(where, "holds no state of a fit", "resume from a state that this program saved");
  }
  for (const auto &[key, value] : expected.items()) {
    if (key != "step" && key != "frozen" && (!state.contains(key) || state[key] != value)) {
      throw InputError(where,
                       "is the state of another fit: its " + key + " is " + (state.contains(key) ? state[key].dump() : "missing") + ", not " + value.dump(),
                       "use the same clip and parameters");
    }
  }
  if (bytes.size() != sizeof length + length + values * sizeof(float)) {
    throw InputError(where, "is cut short or too long: " + std::to_string(bytes.size()) + " bytes");
  }
  const std::uint8_t *at = bytes.data() + sizeof length + length;
  for (const auto &[name, tensor] : tensors) {
    at::Tensor copy = at::empty(tensor.sizes(), at::kFloat);
    std::memcpy(copy.data_ptr(), at, static_cast<std::size_t>(tensor.numel()) * sizeof(float));
    tensor.copy_(copy);
    at += static_cast<std::size_t>(tensor.numel()) * sizeof(float);
  }
  return state;
}

}  // namespace vitrine::video
