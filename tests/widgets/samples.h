// A small data set of pictures with labels, numbers and names, whose every value a test can predict.
#pragma once

#include <atomic>
#include <string>
#include <thread>

#include "core/dataset.h"
#include "core/error.h"

namespace vitrine::testing {

/// `count` grey pictures of 4 x 4; sample id = 100 + row, every pixel = row; labels even and odd; id 103 cannot be read.
class Samples : public Dataset {
 public:
  explicit Samples(int count = 20) {
    m_provenance.name = "samples";
    Column label, size, name;
    label.name = "label";
    label.kind = Column::Kind::Category;
    label.categories = {"even", "odd"};
    size.name = "size";
    name.name = "name";
    name.kind = Column::Kind::Text;
    for (int i = 0; i < count; ++i) {
      m_ids.push_back(100 + i);
      label.codes.push_back(i % 2);
      size.numbers.push_back(i == 5 ? std::nan("") : (i * 7) % count + 0.5);
      name.texts.push_back("sample " + std::to_string(i));
    }
    m_columns = {label, size, name};
  }

  const Provenance &provenance() const override { return m_provenance; }
  const std::vector<SampleId> &ids() const override { return m_ids; }
  const std::vector<Column> &columns() const override { return m_columns; }
  bool hasImages() const override { return true; }
  Image image(SampleId id) const override {
    ++decoded;
    decodedOn = std::this_thread::get_id();
    if (id == 103) {
      throw InputError("103.png", "the file ends at byte 12");
    }
    Image image{4, 4, 1, std::vector<std::uint8_t>(16, static_cast<std::uint8_t>(id - 100))};
    return image;
  }
  std::size_t featureCount() const override { return 16; }
  void values(SampleId id, std::span<float> out) const override { std::fill(out.begin(), out.end(), static_cast<float>(id - 100)); }
  std::optional<std::size_t> row(SampleId id) const override {
    return id >= 100 && id < 100 + static_cast<SampleId>(m_ids.size()) ? std::optional(static_cast<std::size_t>(id - 100)) : std::nullopt;
  }

  mutable std::atomic<int> decoded{0};
  mutable std::atomic<std::thread::id> decodedOn{};

 private:
  Provenance m_provenance;
  std::vector<SampleId> m_ids;
  std::vector<Column> m_columns;
};

}  // namespace vitrine::testing
