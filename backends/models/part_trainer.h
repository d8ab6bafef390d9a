// Trains a network of part prototypes, or its black-box twin, one batch a call. The stages after it, projection and last layer, are the caller's to order.
#pragma once

#include <functional>
#include <memory>

#include "core/artifact.h"
#include "models/trainer.h"

namespace vitrine::models::parts {

struct Config {
  int side = 28, channels = 1;     ///< of the pictures, which are square
  int perClass = 3, classes = 10;  ///< prototype j speaks for class j / perClass
  bool blackBox = false;           ///< the same convolutions, the largest value of each channel over the map, a linear layer
  int prototypes() const { return perClass * classes; }
};

struct Options {
  Config network;
  double lambdaCluster = 0.8, lambdaSeparation = 0.08;
  double learningRate = 0.002;  ///< Adam's
  int epochs = 30, batch = 100;
  double bend = 0.5;  ///< elastic deformation, as in PictureBatches
  std::uint64_t seed = 1;
  std::string device = "cpu";
};

/// Means over a batch, without their lambdas. cluster: squared distance of a picture's nearest patch to the nearest prototype of its class; separation: to the
/// nearest of the other classes (both 0 for the black box).
struct Losses {
  double crossEntropy = 0, cluster = 0, separation = 0, accuracy = 0;
};

/// Side of the map of patches: 7 for 28 x 28, 10 for 20 x 20, 8 for 8 x 8 and 64 x 64.
int mapSide(int side);
/// What the patch of a row and a column has seen of a picture of this size: outside this box no pixel changes it.
vitrine::Parts::Box receptiveField(int side, int row, int column);

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

  /// Patches of pictures [begin, end), those of a picture together, row by row: ((end - begin) * mapSide^2) x D, each value in (0, 1).
  Matrix patches(const LabelledPictures &pictures, std::size_t begin, std::size_t end) const;
  Matrix logits(const LabelledPictures &pictures, std::size_t begin, std::size_t end) const;  ///< as the network computes them
  Matrix prototypes() const;                                                                  ///< m x D
  Matrix weights() const;                                                                     ///< m x classes
  void setPrototypes(const Matrix &prototypes);
  void setWeights(const Matrix &weights);

 private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

struct LastLayer {
  Matrix weights;        ///< m x classes
  double objective = 0;  ///< cross-entropy + lambda * |weights to other classes|_1
  int iterations = 0;
};
/// Weights of the last layer for fixed similarities (n x m), from `weights` on: a convex problem (Chen, Li et al. 2019, section 2.2, stage 3), here by FISTA
/// (Beck and Teboulle 2009), so that weights that do not matter become exactly 0. Ends after `most` iterations or when the objective no longer falls.
LastLayer fitLastLayer(const Matrix &similarity, const std::vector<std::int32_t> &labels, const Matrix &weights, int perClass, double lambda, int most,
                       const std::function<void(int)> &progress);

}  // namespace vitrine::models::parts
