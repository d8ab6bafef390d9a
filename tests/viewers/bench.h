// What the window lends to viewers, and a made data set whose pictures are counted as they are read.
#pragma once

#include <atomic>
#include <numeric>
#include <unordered_map>

#include <QElapsedTimer>
#include <QUndoStack>

#include "core/error.h"
#include "viewers/viewer.h"
#include "widgets/selection.h"
#include "widgets/task.h"

namespace vitrine::testing {

/// Ids firstId, firstId + 1, ...; labels cycle through three names; every picture is 4 x 4 of grey id % 256; id firstId + 3 cannot be read.
class MadeDataset : public Dataset {
 public:
  explicit MadeDataset(std::size_t count, SampleId firstId = 100) : m_first(firstId), m_ids(count) {
    std::iota(m_ids.begin(), m_ids.end(), firstId);
    Column label;
    label.name = "label";
    label.kind = Column::Kind::Category;
    label.categories = {"boot", "coat", "bag"};
    for (std::size_t i = 0; i < count; ++i) {
      label.codes.push_back(static_cast<std::int32_t>(i % 3));
    }
    m_columns.push_back(std::move(label));
  }
  const Provenance &provenance() const override { return m_provenance; }
  const std::vector<SampleId> &ids() const override { return m_ids; }
  const std::vector<Column> &columns() const override { return m_columns; }
  bool hasImages() const override { return true; }
  Image image(SampleId id) const override {
    ++reads;
    if (id == m_first + 3) {
      throw InputError("picture 3", "cannot be read");
    }
    return {4, 4, 1, std::vector<std::uint8_t>(16, static_cast<std::uint8_t>(id % 256))};
  }
  std::size_t featureCount() const override { return 0; }
  void values(SampleId, std::span<float>) const override {}
  std::optional<std::size_t> row(SampleId id) const override {
    return id >= m_first && id < m_first + static_cast<SampleId>(m_ids.size()) ? std::optional(static_cast<std::size_t>(id - m_first)) : std::nullopt;
  }
  mutable std::atomic<int> reads{0};

 private:
  Provenance m_provenance;
  SampleId m_first;
  std::vector<SampleId> m_ids;
  std::vector<Column> m_columns;
};

struct Bench {
  QUndoStack undo;
  Selection selection{&undo};
  Lane lane{QStringLiteral("interactive")};
  ViewerContext context;

  explicit Bench(std::shared_ptr<const Dataset> data = nullptr) {
    context.selection = &selection;
    context.undo = &undo;
    context.interactive = &lane;
    context.dataset = std::move(data);
  }
};

template <class T>
Artifact artifactOf(T value, const std::string &name = "made") {
  return {name, std::make_shared<const Payload>(std::move(value))};
}

inline Ids idsOf(std::vector<SampleId> ids) {
  return std::make_shared<const std::vector<SampleId>>(std::move(ids));
}

/// Milliseconds of `work`, the best of three: the machine may be busy with other things.
template <class Work>
qint64 bestOfThree(Work work) {
  qint64 best = 1'000'000;
  for (int i = 0; i < 3; ++i) {
    QElapsedTimer clock;
    clock.start();
    work();
    best = std::min(best, clock.elapsed());
  }
  return best;
}

}  // namespace vitrine::testing
