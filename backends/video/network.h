// The weights of a neural video as views into one flat vector, and its forward passes. Inner header (torch): only video includes it.
#pragma once

#include <span>

#include "tensor/compat.h"
#include "video/fit.h"

namespace vitrine::video {

/// All data are channels last (N x H x W x C): what oneDNN's and cuDNN's low-precision convolutions want.
class Network {
 public:
  struct Slot {
    std::string name;                 ///< "decoder.3.weight", "encoder.0.fc1.weight"
    std::vector<std::int64_t> shape;  ///< PyTorch's: a convolution's is out x in x kernel x kernel
    std::int64_t offset = 0, count = 0;
    int strideY = 1, strideX = 1;  ///< of the pixel shuffle behind a decoder layer
    bool lowPrecision = false;     ///< multiplied in bfloat16 where that is fast; norms and scales never are
  };
  /// Copies of all weights, in slot order, as the operations want them: working type, rows in shuffled()'s order, channels last.
  using Weights = std::vector<at::Tensor>;

  Network(NetworkConfig config, at::Device device);
  /// Decoder as PyTorch initialises convolutions, encoder with truncated normals of 0.02 and layer scales of 1e-6: the reference's choice.
  void initialise(std::uint64_t seed);

  const NetworkConfig &config() const { return m_config; }
  const std::vector<Slot> &slots() const { return m_slots; }
  at::Tensor &flat() { return m_flat; }
  const at::Tensor &flat() const { return m_flat; }
  std::size_t decoderSlots() const { return m_decoderSlots; }  ///< the first slots
  std::int64_t decoderCount() const { return m_decoderCount; }
  /// HNeRV's codes as a table of frames x h x w x d, the slot behind the decoder: filled once the encoder has done its part. Undefined for NeRV.
  at::Tensor codeTable() const;
  std::int64_t encoderStart() const { return m_encoderStart; }  ///< flat() from here on is the encoder: not stored
  at::Device device() const { return m_flat.device(); }

  /// `decoderOnly` leaves the other places empty; `values`, if there are any, take the place of flat().
  Weights working(at::ScalarType type, bool decoderOnly = false, const at::Tensor &values = {}) const;
  /// One slot's place in such a list, of values laid out like flat().
  at::Tensor workingSlot(std::size_t slot, at::ScalarType type, const at::Tensor &values) const;
  /// The same storage with gradients of its own, so that several threads can go backwards side by side.
  static Weights leaves(const Weights &weights);
  /// Adds the gradients of leaves to a vector laid out like flat().
  void addGradients(const Weights &leaves, const at::Tensor &flatGradient) const;

  /// Pictures N x H x W x 3 in [0, 1] -> codes N x h x w x d, float32.
  at::Tensor encode(const at::Tensor &pictures, const Weights &weights) const;
  /// Codes -> what goes into the last block, N x h x w x C in the working type.
  at::Tensor beforeLastBlock(const at::Tensor &codes, const Weights &weights) const;
  /// Codes -> what the head gives before (tanh + 1) / 2, N x H x W x 3 in the working type.
  at::Tensor decode(const at::Tensor &codes, const Weights &weights) const;
  /// NeRV's code of a time t in [0, 1): 2 x positions values.
  static void positionCode(const NetworkConfig &config, double time, std::span<float> out);

 private:
  void declare(const std::string &name, std::vector<std::int64_t> shape, bool lowPrecision);
  void declareDecoder();
  void declareEncoder();
  at::Tensor block(const at::Tensor &x, std::size_t first, const Weights &weights) const;

  NetworkConfig m_config;
  std::vector<DecoderLayer> m_layers;
  std::vector<Slot> m_slots;
  at::Tensor m_flat;
  std::int64_t m_decoderCount = 0, m_encoderStart = 0;
  std::size_t m_decoderSlots = 0;
};

/// What weights and activations are computed in.
at::ScalarType workingType(Precision precision, const std::string &device);

}  // namespace vitrine::video
