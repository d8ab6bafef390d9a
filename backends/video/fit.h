// Fits a neural video to a clip, one batch a call, so that a study can show progress, pause and stop.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "video/clip.h"
#include "video/network_config.h"

namespace vitrine::video {

/// What is kept of a fit: everything that decoding needs. Plain buffers.
struct FittedVideo {
  struct Tensor {
    std::string name;
    std::vector<std::int64_t> shape;
    std::vector<float> values;  ///< row-major
    float step = 0;             ///< of values that were fitted as whole steps; 0 = any values
    double gain = 0;            ///< of a decoder's weights: mean squared error of the picture for rounding to a step of 1; 0 = not measured
  };
  NetworkConfig network;
  std::vector<Tensor> tensors;  ///< of the decoder, weights and biases in turn, PyTorch's shapes
  Tensor codes;                 ///< frames x h x w x d; empty for NeRV

  std::int64_t parameters() const;  ///< of the decoder
};

enum class Loss : std::uint8_t {
  L2,       ///< mean squared error
  L1,       ///< mean absolute error
  Fusion6,  ///< 0.7 L1 + 0.3 (1 - SSIM), the reference's default outside its commands
  Fourier   ///< L2 + the mean absolute Fourier coefficient of the error: fine detail counts as much as broad patches
};
enum class Optimiser : std::uint8_t {
  Adam,
  Muon  ///< on the decoder's convolutions of more than 16 outputs, Adam elsewhere
};
enum class Precision : std::uint8_t { Automatic, Single, Brain };

struct FitOptions {
  NetworkConfig network;
  int epochs = 300;
  int batch = 2;               ///< frames a step; on the CPU one thread each
  double learningRate = 1e-3;  ///< Adam's, at the top of the schedule
  double muonRate = 0.02;      ///< Muon's; both follow the same schedule
  double freezeEncoderAt = 1;  ///< share of the steps after which the codes become a table that is trained directly; 1 = never
  double roundFrom = 1;        ///< share of the steps after which the decoder is fitted as its file will hold it; 1 = never
  double rateWeight = 0;       ///< what a bit of the mean weight costs in the loss (rate-aware fitting); 0 = nothing
  int weightBits = 8;          ///< of the file, for that
  double prune = 0;            ///< of the file, for that
  Loss loss = Loss::L2;
  Optimiser optimiser = Optimiser::Adam;
  Precision precision = Precision::Automatic;  ///< bfloat16 where the processor has instructions for it
  std::vector<int> trainFrames;                ///< indices of the clip's frames; empty = all
  std::vector<std::uint8_t> mask;              ///< 1 where a pixel's channel is seen, else 0; height x width x 3, empty = everywhere
  std::uint64_t seed = 1;
  std::string device = "cpu";
};

/// Learning rate at `progress` in [0, 1) of the run relative to its top: a tenth of the run from 0.1 to 1, then half a cosine to 0.
double scheduleAt(double progress);

/// Adam or Muon, batches in an order of its own for each epoch (the last, incomplete one is left out). Same options, clip and machine: same numbers for any
/// number of threads, also when continued from a saved state. Not safe from several threads.
class Fit {
 public:
  /// Throws InputError for a network that does not suit the clip. `clip` must outlive the fit.
  Fit(FitOptions options, const Clip &clip);
  ~Fit();

  /// Work over all frames reports on the calling thread, `done` of `total`, every few frames; what `Progress` throws stops it, and the next call begins it
  /// again.
  using Progress = std::function<void(std::int64_t done, std::int64_t total)>;

  bool step(const Progress &progress = {});  ///< one batch forward and back; false once all epochs are done
  std::int64_t stepsDone() const;
  std::int64_t stepsPerEpoch() const;
  std::int64_t stepsTotal() const;
  double lastLoss() const;
  double cpuSeconds() const;  ///< of all threads, in step() so far
  bool usesBrainFloat() const;
  void setLearningRate(double top);  ///< Muon's moves in proportion

  /// Reconstruction of frames by their own codes; call it in chunks between progress reports. Mean squared error in floats, as the reference evaluates.
  std::vector<double> meanSquaredErrors(std::size_t begin, std::size_t end) const;
  Image reconstruction(std::size_t frame) const;
  FittedVideo result(const Progress &progress = {}) const;  ///< codes of all frames, of those not trained on too

  /// Throws InputError naming the file if it is no state of this clip and these options.
  void saveState(const std::filesystem::path &file) const;
  void resume(const std::filesystem::path &file);

 private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

}  // namespace vitrine::video
