// The plain baseline of every classifier: one linear layer on the pixels, same data, same split.
#pragma once

#include <memory>

#include "models/trainer.h"

namespace vitrine::models {

/// Multinomial logistic regression by AdamW on batches of 256. Same seed, same numbers.
class SoftmaxRegression {
 public:
  /// `pictures` must outlive it. Throws InputError for fewer than two pictures.
  SoftmaxRegression(const LabelledPictures &pictures, int classes, int epochs, std::uint64_t seed);
  ~SoftmaxRegression();

  /// One batch; false once all epochs are done.
  bool step();
  std::int64_t stepsDone() const;
  std::int64_t stepsTotal() const;
  /// Likeliest class of pictures [begin, end).
  std::vector<std::int32_t> predict(const LabelledPictures &pictures, std::size_t begin, std::size_t end) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> m_impl;
};

}  // namespace vitrine::models
