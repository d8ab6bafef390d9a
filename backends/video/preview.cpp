#include "video/preview.h"

#include "video/convolution.h"

namespace vitrine::video {
namespace {

constexpr std::int64_t kKernel = 5;

at::Tensor planes(const at::Tensor &pixels) {
  return pixels.permute({0, 3, 1, 2}).to(at::kFloat);
}

}  // namespace

bool Preview::possible(const NetworkConfig &config) {
  return !config.strides.empty() && config.strides.back() == 2;
}

Preview::Preview(const Network &network, const Network::Weights &weights, const at::Tensor &codes) {
  constexpr std::int64_t kPlaces = 2500;  // of a frame; there are a thousand unknowns at most
  constexpr double kRidge = 1e-6;
  at::Tensor squares, products;
  for (std::int64_t i = 0; i < codes.size(0); ++i) {
    const at::Tensor code = codes.narrow(0, i, 1), inner = planes(network.beforeLastBlock(code, weights));
    const at::Tensor whole = at::sigmoid(2 * planes(network.decode(code, weights))), half = at::avg_pool2d(whole, at::IntArrayRef({2, 2}));
    std::int64_t apart = 1;  // odd, so that both places of the pixel shuffle before are seen
    while (inner.size(2) * inner.size(3) > kPlaces * apart * apart) {
      apart += 2;
    }
    const at::Tensor patches = at::im2col(inner, {kKernel, kKernel}, {1, 1}, {kKernel / 2, kKernel / 2}, {apart, apart})[0];  // 25 C x places, row by row
    const at::Tensor x = at::cat({patches, at::ones({1, patches.size(1)}, patches.options())}).to(at::kDouble);               // neighbours say nearly the same
    const at::Tensor y = half[0].slice(1, 0, half.size(2), apart).slice(2, 0, half.size(3), apart).reshape({3, -1}).to(at::kDouble);
    const at::Tensor square = at::mm(x, x.t()), product = at::mm(x, y.t());
    squares = squares.defined() ? squares + square : square;
    products = products.defined() ? products + product : product;
  }
  squares.diagonal().add_(kRidge * squares.diagonal().mean());
  const at::Tensor solved = at::linalg_solve(squares, products).t();  // 3 x (25 C + 1)
  const std::int64_t inputs = solved.size(1) - 1;
  m_weight =
      solved.narrow(1, 0, inputs).reshape({3, inputs / (kKernel * kKernel), kKernel, kKernel}).to(at::kFloat, false, false, at::MemoryFormat::ChannelsLast);
  m_bias = solved.select(1, inputs).to(at::kFloat);
}

Image Preview::picture(const Network &network, const Network::Weights &weights, const at::Tensor &code) const {
  const at::Tensor values = convolvedByTorch(network.beforeLastBlock(code, weights).to(at::kFloat), m_weight, m_bias);
  const at::Tensor bytes = values.mul(255).round_().clamp_(0, 255).to(at::kByte).cpu().contiguous();
  Image image{static_cast<int>(bytes.size(2)), static_cast<int>(bytes.size(1)), 3, std::vector<std::uint8_t>(static_cast<std::size_t>(bytes.numel()))};
  std::copy_n(bytes.data_ptr<std::uint8_t>(), image.pixels.size(), image.pixels.data());
  return image;
}

}  // namespace vitrine::video
