// Copies only: nobody outside may hold memory that torch owns.
#include "tensor/bridge.h"

#include <stdexcept>

namespace vitrine::tensor {

at::Tensor planes(std::span<const Image> pictures) {
  const Image &first = pictures.front();
  const std::int64_t n = static_cast<std::int64_t>(pictures.size());
  at::Tensor bytes = at::empty({n, first.height, first.width, first.channels}, at::kByte);
  for (std::int64_t i = 0; i < n; ++i) {
    const Image &picture = pictures[static_cast<std::size_t>(i)];
    if (picture.pixels.size() != first.pixels.size()) {
      throw std::logic_error("pictures of one batch differ in size");
    }
    std::copy(picture.pixels.begin(), picture.pixels.end(), bytes.data_ptr<std::uint8_t>() + i * static_cast<std::int64_t>(picture.pixels.size()));
  }
  return bytes.permute({0, 3, 1, 2}).to(at::kFloat).div_(255.0).contiguous();
}

void copyTo(const at::Tensor &tensor, std::span<float> out) {
  if (tensor.numel() != static_cast<std::int64_t>(out.size())) {
    throw std::logic_error("tensor of " + std::to_string(tensor.numel()) + " values for a buffer of " + std::to_string(out.size()));
  }
  at::from_blob(out.data(), tensor.sizes(), at::kFloat).copy_(tensor.detach());
}

}  // namespace vitrine::tensor
