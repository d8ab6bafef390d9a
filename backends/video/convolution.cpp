#include "video/convolution.h"

#include <torch/csrc/autograd/custom_function.h>

#include "video/shuffle.h"

namespace vitrine::video {
namespace {

/// Thin: three outputs of 3 x 3. Depthwise: as many groups as channels, float32.
struct OwnGradient : torch::autograd::Function<OwnGradient> {
  static at::Tensor forward(torch::autograd::AutogradContext *context, const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias,
                            std::int64_t groups) {
    context->save_for_backward({x, weight});
    context->saved_data["groups"] = groups;
    return convolvedByTorch(x, weight, bias, false, groups);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext *context, torch::autograd::variable_list gradients) {
    const at::Tensor x = context->get_saved_variables()[0].contiguous(), weight = context->get_saved_variables()[1];
    const at::Tensor dy = gradients[0].contiguous();
    const std::int64_t groups = context->saved_data["groups"].toInt(), outs = weight.size(0), kernel = weight.size(2);
    at::Tensor dx;
    if (context->needs_input_grad(0)) {
      const auto planes = [](const at::Tensor &t) { return t.permute({0, 3, 1, 2}); };
      const std::int64_t pad = (kernel - 1) / 2;
      dx = std::get<0>(at::convolution_backward(planes(dy), planes(x), weight, at::IntArrayRef(outs), {1, 1}, {pad, pad}, {1, 1}, false, {0, 0}, groups,
                                                {true, false, false}))
               .permute({0, 2, 3, 1});
    }
    at::Tensor dw = at::zeros({kernel, kernel, groups > 1 ? 1 : outs, x.size(3)}, at::kFloat);
    const GradientTask task{x.size(1), x.size(2), x.size(3), static_cast<int>(kernel)};
    withKernels(x, [&]<class T>(const PixelKernels<T> &of, T) {
      const std::int64_t in = x[0].numel(), out = dy[0].numel();
      for (std::int64_t i = 0; i < x.size(0); ++i) {
        (groups > 1 ? of.depthwiseGradient : of.thinGradient)(task, pointer<T>(x) + i * in, pointer<T>(dy) + i * out, dw.data_ptr<float>());
      }
    });
    dw = (groups > 1 ? dw.permute({3, 2, 0, 1}) : dw.permute({2, 3, 0, 1})).to(weight.scalar_type());
    return {dx, dw, dy.sum({0, 1, 2}), at::Tensor()};
  }
};

}  // namespace

at::Tensor convolvedByTorch(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias, bool patches, std::int64_t groups) {
  const std::int64_t kernel = weight.size(2), stride = patches ? kernel : 1, pad = patches ? 0 : (kernel - 1) / 2;
  return at::conv2d(x.permute({0, 3, 1, 2}), weight, bias, {stride, stride}, {pad, pad}, {1, 1}, groups).permute({0, 2, 3, 1});
}

at::Tensor convolved(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias, bool patches, std::int64_t groups) {
  const bool thin = groups == 1 && weight.size(0) == 3 && weight.size(2) == 3, depthwise = groups > 1 && groups == x.size(3) && x.scalar_type() == at::kFloat;
  const bool own = !patches && x.device().is_cpu() && (thin || depthwise) && weight.requires_grad() && at::GradMode::is_enabled();
  return own ? OwnGradient::apply(x, weight, bias, groups) : convolvedByTorch(x, weight, bias, patches, groups);
}

}  // namespace vitrine::video
