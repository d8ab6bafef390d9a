// Trains a network of prototypes, or its black-box twin, one batch a call.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <memory>

#include "core/sources.h"
#include "models/trainer.h"

namespace vitrine::models::prototype {

struct Config {
  int side = 28, channels = 1;  ///< of the pictures, which are square
  int prototypes = 15, classes = 10;
  bool blackBox = false;  ///< a fully connected layer from the code to the classes in place of the prototypes
};
/// Length q of a code: 40 for 28 x 28, 20 x 20 and 8 x 8.
int codeLength(const Config &config);

struct Options {
  Config network;
  double lambdaClass = 20, lambdaAe = 1, lambda1 = 1, lambda2 = 1;
  double learningRate = 0.002;  ///< Adam's
  int epochs = 25, batch = 250;
  bool paperInit = false;  ///< N(0, 0.01) for convolutions as the paper; else He et al. 2015, which learns faster
  bool elastic = true;     ///< Simard et al. 2003, sigma 4 and alpha 20 at 28 pixels, in proportion elsewhere
  std::uint64_t seed = 1;
  std::string device = "cpu";
  std::filesystem::path from;  ///< a network's file to start from; empty = anew
};

/// Means over a batch, without their lambdas. r1: prototypes to their nearest sample; r2: samples to their nearest prototype (both 0 for the black box).
struct Losses {
  double crossEntropy = 0, reconstruction = 0, r1 = 0, r2 = 0, accuracy = 0;
};

/// Adam, batches in an order of its own for each epoch. Same options and pictures: same numbers for any number of threads. Not safe from several threads.
class Trainer {
 public:
  /// `pictures` are at the network's size and must outlive this. Throws InputError for pictures or options that do not suit.
  Trainer(Options options, const LabelledPictures &pictures);
  ~Trainer();

  bool step();  ///< one batch; false once all epochs are done
  std::int64_t stepsDone() const;
  std::int64_t stepsPerEpoch() const;
  std::int64_t stepsTotal() const;
  const Losses &last() const;
  double cpuSeconds() const;  ///< of the whole process, in step() so far

  Matrix latents(const LabelledPictures &pictures, std::size_t begin, std::size_t end) const;
  Matrix logits(const Matrix &latents) const;  ///< as the network computes them
  Matrix prototypes() const;                   ///< m x q
  Matrix weights() const;                      ///< m x classes
  /// Between pictures and codes with the weights as they stand.
  std::shared_ptr<PictureCoder> coder(const std::map<std::string, std::string> &metadata = {}) const;

  void saveState(const std::filesystem::path &file) const;
  /// Goes on as if nothing had happened. Throws InputError if the file is no state of these options and pictures.
  void resume(const std::filesystem::path &file);

 private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

/// The network in a file that a coder wrote (PictureCoder::file()). Both throw InputError.
Config networkIn(const std::filesystem::path &file);
std::shared_ptr<PictureCoder> openCoder(const std::filesystem::path &file);

}  // namespace vitrine::models::prototype
