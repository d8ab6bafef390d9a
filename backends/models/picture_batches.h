// Batches of labelled pictures in an order of their own for each epoch, bent a little if wanted. Inner header (torch): only models includes it.
#pragma once

#include <optional>

#include "models/elastic.h"
#include "models/trainer.h"
#include "tensor/compat.h"

namespace vitrine::models {

class PictureBatches {
 public:
  struct Shape {
    int side = 28, channels = 1, classes = 10;
  };
  /// `batch` is clamped to the number of pictures, which must outlive this. `bend` is the strength of the elastic deformation: 0 = none, 1 = that of Simard et
  /// al. 2003 (sigma 4 and alpha 20 at 28 pixels, in proportion elsewhere). Throws InputError for pictures of another size or labels out of range.
  PictureBatches(const LabelledPictures &pictures, Shape shape, int batch, double bend, std::uint64_t seed);

  std::int64_t batch() const { return m_batch; }
  std::int64_t perEpoch() const { return static_cast<std::int64_t>(m_pictures.count()) / m_batch; }
  std::size_t count() const { return m_pictures.count(); }

  /// Must be called before the others for a step (from 0). Order and augmentation depend on seed and step alone, so a resumed run needs no generator state.
  void begin(std::int64_t step);
  at::Tensor pictures(std::int64_t from, std::int64_t to) const;  ///< places of the batch -> n x channels x side x side in [0, 1]; safe from several threads
  at::Tensor labels(std::int64_t from, std::int64_t to) const;    ///< int64
  /// Pictures as they are, in their own order.
  at::Tensor plain(const LabelledPictures &pictures, std::size_t from, std::size_t to) const;

 private:
  std::size_t size() const { return static_cast<std::size_t>(m_shape.side) * static_cast<std::size_t>(m_shape.side * m_shape.channels); }
  std::size_t sampleAt(std::int64_t i) const { return m_order[static_cast<std::size_t>(m_step % perEpoch() * m_batch + i)]; }
  void place(const LabelledPictures &from, std::size_t sample, float *out) const;
  at::Tensor room(std::int64_t n) const { return at::empty({n, m_shape.channels, m_shape.side, m_shape.side}, at::kFloat); }

  const LabelledPictures &m_pictures;
  Shape m_shape;
  std::int64_t m_batch, m_step = 0, m_epoch = -1;
  std::uint64_t m_seed;
  std::optional<Elastic> m_elastic;
  std::vector<std::size_t> m_order;  ///< of the epoch in hand
};

}  // namespace vitrine::models
