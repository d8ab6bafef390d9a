#include "models/picture_batches.h"

#include <numeric>

#include "core/error.h"
#include "core/seed.h"

namespace vitrine::models {
namespace {

constexpr int kLargestBatch = 1 << 16;

const LabelledPictures &checked(const LabelledPictures &pictures, const PictureBatches::Shape &shape) {
  const std::size_t side = static_cast<std::size_t>(shape.side), size = side * side * static_cast<std::size_t>(shape.channels);
  if (pictures.count() < 2 || pictures.pixels.size() != pictures.count() * size) {
    throw InputError("training", "needs at least two pictures of the network's input size");
  }
  for (const auto label : pictures.labels) {
    if (label < 0 || label >= shape.classes) {
      throw InputError("training", "label " + std::to_string(label) + " is not one of " + std::to_string(shape.classes) + " classes");
    }
  }
  return pictures;
}

}  // namespace

PictureBatches::PictureBatches(const LabelledPictures &pictures, Shape shape, int batch, double bend, std::uint64_t seed)
    : m_pictures(checked(pictures, shape)),
      m_shape(shape),
      m_batch(std::clamp(batch, 1, static_cast<int>(std::min<std::size_t>(pictures.count(), kLargestBatch)))),
      m_seed(seed) {
  if (bend > 0) {
    m_elastic.emplace(shape.side, 4.0 * shape.side / 28, bend * 20.0 * shape.side / 28);
  }
}

void PictureBatches::begin(std::int64_t step) {
  m_step = step;
  if (const std::int64_t epoch = step / perEpoch(); epoch != m_epoch) {
    m_order.resize(m_pictures.count());
    std::iota(m_order.begin(), m_order.end(), std::size_t{0});
    Rng rng(m_seed * 1'000'003 + static_cast<std::uint64_t>(epoch));
    rng.shuffle(m_order);
    m_epoch = epoch;
  }
}

void PictureBatches::place(const LabelledPictures &from, std::size_t sample, float *out) const {
  const std::uint8_t *pixels = from.pixels.data() + sample * size();
  const std::size_t channels = static_cast<std::size_t>(m_shape.channels), plane = size() / channels;
  for (std::size_t c = 0; c < channels; ++c) {
    for (std::size_t i = 0; i < plane; ++i) {
      *out++ = static_cast<float>(pixels[i * channels + c]) / 255.0F;
    }
  }
}

at::Tensor PictureBatches::pictures(std::int64_t from, std::int64_t to) const {
  at::Tensor x = room(to - from);
  for (std::int64_t i = from; i < to; ++i) {
    float *out = x.data_ptr<float>() + (i - from) * static_cast<std::int64_t>(size());
    if (m_elastic) {
      m_elastic->deform({m_pictures.pixels.data() + sampleAt(i) * size(), size()}, m_shape.channels,
                        m_seed * 7'368'787 + static_cast<std::uint64_t>(m_step * m_batch + i), out);
    } else {
      place(m_pictures, sampleAt(i), out);
    }
  }
  return x;
}

at::Tensor PictureBatches::labels(std::int64_t from, std::int64_t to) const {
  at::Tensor labels = at::empty({to - from}, at::kLong);
  for (std::int64_t i = from; i < to; ++i) {
    labels.data_ptr<std::int64_t>()[i - from] = m_pictures.labels[sampleAt(i)];
  }
  return labels;
}

at::Tensor PictureBatches::plain(const LabelledPictures &pictures, std::size_t from, std::size_t to) const {
  at::Tensor x = room(static_cast<std::int64_t>(to - from));
  for (std::size_t i = from; i < to; ++i) {
    place(pictures, i, x.data_ptr<float>() + (i - from) * size());
  }
  return x;
}

}  // namespace vitrine::models
