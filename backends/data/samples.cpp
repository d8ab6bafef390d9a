// Rows in memory, and vectors laid over another data set.
#include "data/samples.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "data/data.h"

namespace vitrine::data {

RowSet::RowSet(std::size_t count, About about) : m_about(std::move(about)), m_ids(count) {
  std::iota(m_ids.begin(), m_ids.end(), SampleId{0});
}

std::optional<std::size_t> RowSet::row(SampleId id) const {
  return id >= 0 && static_cast<std::size_t>(id) < m_ids.size() ? std::optional(static_cast<std::size_t>(id)) : std::nullopt;
}

std::size_t RowSet::rowOf(SampleId id) const {
  if (const auto found = row(id)) {
    return *found;
  }
  throw InputError(provenance().name, "has no sample " + std::to_string(id));
}

namespace {

Image noPicture(const std::string &name) {
  throw InputError(name, "holds vectors, not pictures");
}

class PictureSet : public RowSet {
 public:
  PictureSet(std::vector<std::uint8_t> pixels, PictureShape shape, About about)
      : RowSet(pixels.size() / shape.size(), std::move(about)), m_pixels(std::move(pixels)), m_shape(shape) {}
  bool hasImages() const override { return true; }
  std::size_t featureCount() const override { return m_shape.size(); }
  Image image(SampleId id) const override {
    const auto from = pixels(id);
    return {static_cast<int>(m_shape.width), static_cast<int>(m_shape.height), static_cast<int>(m_shape.channels), {from.begin(), from.end()}};
  }
  void values(SampleId id, std::span<float> out) const override {
    std::ranges::transform(pixels(id), out.begin(), [](std::uint8_t v) { return static_cast<float>(v) * (1.0F / 255.0F); });
  }

 private:
  std::span<const std::uint8_t> pixels(SampleId id) const { return std::span(m_pixels).subspan(rowOf(id) * m_shape.size(), m_shape.size()); }
  std::vector<std::uint8_t> m_pixels;
  PictureShape m_shape;
};

class VectorSet : public RowSet {
 public:
  VectorSet(Matrix values, About about, std::optional<PictureShape> shape)
      : RowSet(values.rows, std::move(about)), m_matrix(std::make_shared<const Matrix>(std::move(values))), m_values(*m_matrix), m_shape(shape) {}
  bool hasImages() const override { return m_shape.has_value(); }
  std::size_t featureCount() const override { return m_values.cols; }
  Image image(SampleId id) const override {
    if (!m_shape) {
      return noPicture(provenance().name);
    }
    Image image{static_cast<int>(m_shape->width), static_cast<int>(m_shape->height), static_cast<int>(m_shape->channels), {}};
    image.pixels.resize(m_values.cols);
    std::ranges::transform(m_values.row(rowOf(id)), image.pixels.begin(),
                           [](float v) { return static_cast<std::uint8_t>(std::lround(255.0F * std::clamp(v, 0.0F, 1.0F))); });
    return image;
  }
  void values(SampleId id, std::span<float> out) const override { std::ranges::copy(m_values.row(rowOf(id)), out.begin()); }
  std::shared_ptr<const Matrix> matrix() const override { return m_matrix; }

 private:
  std::shared_ptr<const Matrix> m_matrix;
  const Matrix &m_values;
  std::optional<PictureShape> m_shape;
};

Column picked(const Column &from, const std::vector<std::size_t> &rows) {
  Column column;
  column.name = from.name;
  column.kind = from.kind;
  column.categories = from.categories;
  for (const std::size_t row : rows) {
    switch (from.kind) {
      case Column::Kind::Number: column.numbers.push_back(from.numbers[row]); break;
      case Column::Kind::Category: column.codes.push_back(from.codes[row]); break;
      case Column::Kind::Text: column.texts.push_back(from.texts[row]); break;
    }
  }
  return column;
}

/// Pictures and columns of another set, values of its own.
class OverlaySet : public Dataset {
 public:
  OverlaySet(std::shared_ptr<const Dataset> base, const std::vector<SampleId> &ids, Matrix vectors, const std::string &name)
      : m_base(std::move(base)), m_ids(ids), m_vectors(std::move(vectors)), m_provenance(m_base->provenance()) {
    if (m_ids.size() != m_vectors.rows || m_ids.empty()) {
      throw InputError(name, std::to_string(m_vectors.rows) + " vectors for " + std::to_string(m_ids.size()) + " samples");
    }
    std::vector<std::size_t> rows;
    for (const SampleId id : m_ids) {
      const auto row = m_base->row(id);
      if (!row || !m_rows.emplace(id, rows.size()).second) {
        throw InputError(name, "sample " + std::to_string(id) + (row ? " stands in it twice" : " is not in " + m_base->provenance().name));
      }
      rows.push_back(*row);
    }
    const auto isTest = [&](std::size_t row) { return row >= m_base->trainCount(); };
    const auto firstTest = std::ranges::find_if(rows, isTest);
    m_trainCount = std::all_of(firstTest, rows.end(), isTest) ? static_cast<std::size_t>(firstTest - rows.begin()) : rows.size();
    for (const auto &column : m_base->columns()) {
      m_columns.push_back(picked(column, rows));
    }
    m_provenance.note = std::to_string(m_vectors.cols) + " values a sample, over " + m_provenance.name;
    m_provenance.name = name;
  }

  const Provenance &provenance() const override { return m_provenance; }
  const std::vector<SampleId> &ids() const override { return m_ids; }
  std::size_t trainCount() const override { return m_trainCount; }
  const std::vector<Column> &columns() const override { return m_columns; }
  bool hasImages() const override { return m_base->hasImages(); }
  Image image(SampleId id) const override { return m_base->image(id); }
  std::size_t featureCount() const override { return m_vectors.cols; }
  void values(SampleId id, std::span<float> out) const override {
    const auto at = row(id);
    if (!at) {
      throw InputError(m_provenance.name, "has no sample " + std::to_string(id));
    }
    std::ranges::copy(m_vectors.row(*at), out.begin());
  }
  std::optional<std::size_t> row(SampleId id) const override {
    const auto it = m_rows.find(id);
    return it == m_rows.end() ? std::nullopt : std::optional(it->second);
  }

 private:
  std::shared_ptr<const Dataset> m_base;
  std::vector<SampleId> m_ids;
  Matrix m_vectors;
  Provenance m_provenance;
  std::vector<Column> m_columns;
  std::unordered_map<SampleId, std::size_t> m_rows;
  std::size_t m_trainCount = 0;
};

}  // namespace

std::shared_ptr<const Dataset> pictureSet(std::vector<std::uint8_t> pixels, PictureShape shape, About about) {
  return std::make_shared<PictureSet>(std::move(pixels), shape, std::move(about));
}

std::shared_ptr<const Dataset> vectorSet(Matrix values, About about, std::optional<PictureShape> shape) {
  return std::make_shared<VectorSet>(std::move(values), std::move(about), shape);
}

std::shared_ptr<const Dataset> withVectors(std::shared_ptr<const Dataset> base, const std::vector<SampleId> &ids, Matrix vectors, const std::string &name) {
  return std::make_shared<OverlaySet>(std::move(base), ids, std::move(vectors), name);
}

}  // namespace vitrine::data
