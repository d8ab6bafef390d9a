#include "video/shuffle.h"

#include <torch/csrc/autograd/custom_function.h>

namespace vitrine::video {
namespace {

ShuffleTask taskOf(const at::Tensor &z, int strideY, Activation activation) {
  return {z.size(0) * z.size(1), z.size(2), strideY, static_cast<int>(z.size(3) / strideY), activation};
}

struct Shuffle : torch::autograd::Function<Shuffle> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &z, std::int64_t strideY, std::int64_t strideX,
                            std::int64_t activation) {
    const at::Tensor in = z.contiguous();
    const ShuffleTask task = taskOf(in, static_cast<int>(strideY), static_cast<Activation>(activation));
    at::Tensor out = at::empty({in.size(0), in.size(1) * strideY, in.size(2) * strideX, in.size(3) / (strideY * strideX)}, in.options());
    withKernels(in, [&]<class T>(const PixelKernels<T> &kernel, T) {
      std::vector<T> row(static_cast<std::size_t>(task.width * in.size(3)));
      kernel.activate(task, pointer<T>(in), row.data(), pointer<T>(out));
    });
    context->save_for_backward({in});
    context->saved_data["strides"] = std::vector<std::int64_t>{strideY, strideX, activation};
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context, torch::autograd::variable_list gradients) {
    const at::Tensor z = context->get_saved_variables()[0], gradient = gradients[0].contiguous();
    const auto strides = context->saved_data["strides"].toIntVector();
    at::Tensor dz = at::empty_like(z);
    withKernels(z, [&]<class T>(const PixelKernels<T> &kernel, T) {
      const auto task = taskOf(z, static_cast<int>(strides[0]), static_cast<Activation>(strides[2]));
      kernel.activateBack(task, pointer<T>(z), pointer<T>(gradient), pointer<T>(dz));
    });
    return {dz, at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor shuffledByTorch(const at::Tensor &z, int strideY, int strideX, Activation activation) {
  const at::Tensor a = activation == Activation::Gelu ? at::gelu(z) : at::sin(z);
  const std::int64_t n = z.size(0), h = z.size(1), w = z.size(2), channels = z.size(3) / (std::int64_t{strideY} * strideX);
  return a.reshape({n, h, w, strideY, strideX, channels}).permute({0, 1, 3, 2, 4, 5}).reshape({n, h * strideY, w * strideX, channels});
}

at::Tensor shuffled(const at::Tensor &z, int strideY, int strideX, Activation activation) {
  if (!z.device().is_cpu()) {
    return shuffledByTorch(z, strideY, strideX, activation);
  }
  return Shuffle::apply(z, std::int64_t{strideY}, std::int64_t{strideX}, static_cast<std::int64_t>(activation));
}

}  // namespace vitrine::video
