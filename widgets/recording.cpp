#include "widgets/recording.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

#include <QTemporaryFile>

namespace vitrine {

namespace {

constexpr float kSteps = 65535;

template <class T>
std::size_t sizeOf(const std::vector<T> &values) {
  return values.size() * sizeof(T);
}

std::size_t sizeOf(const std::vector<Column> &columns) {
  std::size_t sum = 0;
  for (const Column &column : columns) {
    sum += sizeOf(column.numbers) + sizeOf(column.codes);
    for (const auto &text : column.texts) {
      sum += sizeof text + text.size();
    }
  }
  return sum;
}

struct PayloadBytes {
  std::size_t operator()(const Embedding &embedding) const { return sizeOf(embedding.vectors.values); }
  std::size_t operator()(const Projection &projection) const { return sizeOf(projection.positions.values) + sizeOf(projection.columns); }
  std::size_t operator()(const AttentionMaps &maps) const { return sizeOf(maps.maps) + sizeOf(maps.rollout) + pixels(maps.images); }
  std::size_t operator()(const Maps &maps) const {
    std::size_t sum = sizeOf(maps.columns);
    for (const Matrix &map : maps.maps) {
      sum += sizeOf(map.values);
    }
    return sum;
  }
  std::size_t operator()(const ImageGrid &grid) const { return pixels(grid.images); }
  std::size_t operator()(const Video &) const { return 0; }  // its frames are made when asked for
  std::size_t operator()(const Prototypes &layer) const {
    std::size_t sum = sizeOf(layer.latents.values) + sizeOf(layer.prototypes.values) + sizeOf(layer.weights.values);
    for (const Prototypes::Moment &moment : layer.replay) {
      sum += pixels(moment.pictures) + sizeOf(moment.prototypes.values) + sizeOf(moment.weights.values);
    }
    return sum;
  }
  std::size_t operator()(const Table &table) const { return sizeOf(table.columns); }
  std::size_t operator()(const Curve &curve) const {
    std::size_t sum = 0;
    for (const auto &series : curve.series) {
      sum += sizeOf(series.x) + sizeOf(series.y);
    }
    return sum;
  }
  static std::size_t pixels(const std::vector<Image> &images) {
    std::size_t sum = 0;
    for (const Image &image : images) {
      sum += image.pixels.size();
    }
    return sum;
  }
};

}  // namespace

void Recording::write(const Projection &projection, Entry &entry) {
  const Matrix &positions = projection.positions;
  entry.ids = projection.ids;
  entry.rows = positions.rows;
  entry.columns = positions.cols;
  entry.low.fill(INFINITY);
  entry.high.fill(-INFINITY);
  for (std::size_t i = 0; i < positions.values.size(); ++i) {
    const std::size_t c = i % positions.cols;
    entry.low[c] = std::min(entry.low[c], positions.values[i]);
    entry.high[c] = std::max(entry.high[c], positions.values[i]);
  }
  std::vector<std::uint16_t> steps(positions.values.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::size_t c = i % positions.cols;
    const float span = entry.high[c] - entry.low[c], t = span > 0 ? (positions.values[i] - entry.low[c]) / span : 0;
    steps[i] = static_cast<std::uint16_t>(std::lround(kSteps * std::clamp(t, 0.0F, 1.0F)));
  }
  if (m_file == nullptr) {
    auto file = std::make_shared<QTemporaryFile>();
    if (!file->open()) {
      throw std::runtime_error(file->errorString().toStdString());
    }
    m_file = std::move(file);
  }
  entry.offset = m_end;
  entry.bytes = steps.size() * sizeof(std::uint16_t);
  const auto length = static_cast<qint64>(entry.bytes);
  if (!m_file->seek(m_end) || m_file->write(reinterpret_cast<const char *>(steps.data()), length) != length || !m_file->flush()) {
    throw std::runtime_error(m_file->errorString().toStdString());
  }
  m_end += length;
}

void Recording::add(const Artifact &frame) {
  Entry entry;
  entry.name = frame.name;
  entry.metadata = frame.metadata;
  const auto *projection = frame.as<Projection>();
  if (projection != nullptr && projection->positions.cols > 0 && projection->positions.cols <= 3 && projection->columns.empty()) {
    write(*projection, entry);
  } else {
    entry.payload = frame.payload;
    entry.bytes = std::visit(PayloadBytes{}, *frame.payload);
  }
  m_bytes += entry.bytes;
  m_entries.push_back(std::move(entry));
}

void Recording::thin() {
  std::map<std::string, int> seen;
  std::erase_if(m_entries, [&seen](const Entry &kept) { return seen[kept.name]++ % 2 == 1; });
  m_bytes = 0;
  for (const Entry &entry : m_entries) {
    m_bytes += entry.bytes;
  }
}

Artifact Recording::operator[](std::size_t i) const {
  const Entry &entry = m_entries.at(i);
  if (entry.payload != nullptr) {
    return {entry.name, entry.payload, entry.metadata};
  }
  std::vector<std::uint16_t> steps(entry.rows * entry.columns);
  const auto length = static_cast<qint64>(entry.bytes);
  if (!m_file->seek(entry.offset) || m_file->read(reinterpret_cast<char *>(steps.data()), length) != length) {
    throw std::runtime_error("the recording cannot be read: " + m_file->errorString().toStdString());
  }
  Matrix positions(entry.rows, entry.columns);
  for (std::size_t k = 0; k < steps.size(); ++k) {
    const std::size_t c = k % entry.columns;
    positions.values[k] = entry.low[c] + (entry.high[c] - entry.low[c]) * static_cast<float>(steps[k]) / kSteps;
  }
  return {entry.name, std::make_shared<const Payload>(Projection{entry.ids, std::move(positions)}), entry.metadata};
}

}  // namespace vitrine
