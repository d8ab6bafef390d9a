// Made-up clusters as a data set and its projection, for tests and benchmarks of the map.
#pragma once

#include <cmath>
#include <memory>

#include <QTest>
#include <QUndoStack>

#include "core/artifact.h"
#include "core/dataset.h"
#include "core/seed.h"
#include "viewers/projection/projection_viewer.h"
#include "widgets/selection.h"
#include "widgets/task.h"

namespace vitrine::testing {

/// Ten kinds of garment with a number and a text; pictures of 28 x 28 on demand. Ids are 1000, 1003, 1006...
class Garments : public Dataset {
 public:
  explicit Garments(std::size_t count) : m_ids(count), m_columns(3) {
    static const char *names[] = {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"};
    m_provenance.name = "garments";
    m_columns[0] = {"label", Column::Kind::Category, {}, std::vector<std::int32_t>(count), {std::begin(names), std::end(names)}, {}};
    m_columns[1] = {"price", Column::Kind::Number, std::vector<double>(count), {}, {}, {}};
    m_columns[2] = {"note", Column::Kind::Text, {}, {}, {}, std::vector<std::string>(count)};
    Rng random(11);
    for (std::size_t row = 0; row < count; ++row) {
      m_ids[row] = 1000 + 3 * static_cast<SampleId>(row);
      double share = random.uniform() * 13.5;
      int kind = 0;
      while (kind < 9 && share > 0.6 + 0.15 * kind) {  // unequal sizes
        share -= 0.6 + 0.15 * kind++;
      }
      m_columns[0].codes[row] = kind;
      m_columns[1].numbers[row] = 10 * kind + 5 * random.normal();
      m_columns[2].texts[row] = row % 50 == 7 ? "mended" : "as new";
    }
  }
  const Provenance &provenance() const override { return m_provenance; }
  const std::vector<SampleId> &ids() const override { return m_ids; }
  const std::vector<Column> &columns() const override { return m_columns; }
  bool hasImages() const override { return true; }
  Image image(SampleId id) const override {
    Image image{28, 28, 1, std::vector<std::uint8_t>(28 * 28)};
    const int kind = m_columns[0].codes[*row(id)];
    for (int y = 0; y < 28; ++y) {
      for (int x = 0; x < 28; ++x) {
        const double wave = std::cos(0.4 * (x - 14) * (1 + kind % 3)) * std::cos(0.3 * (y - 14) * (1 + kind / 3));
        image.pixels[static_cast<std::size_t>(y * 28 + x)] = static_cast<std::uint8_t>(127 + 120 * wave);
      }
    }
    return image;
  }
  std::size_t featureCount() const override { return 0; }
  void values(SampleId, std::span<float>) const override {}
  std::optional<std::size_t> row(SampleId id) const override {
    const auto at = (id - 1000) / 3;
    return id < 1000 || (id - 1000) % 3 != 0 || at >= static_cast<SampleId>(m_ids.size()) ? std::nullopt : std::optional<std::size_t>(at);
  }

 private:
  Provenance m_provenance;
  std::vector<SampleId> m_ids;
  std::vector<Column> m_columns;
};

/// A cloud a kind, of unequal width, about `scale` across.
inline Artifact mapOf(const Garments &garments, int dims, double scale = 40,
                      Json metadata = {{"perplexity", 30}, {"iteration", 412}, {"iterations", 750}, {"kl", 2.61}}) {
  Rng random(5);
  std::array<std::array<double, 4>, 10> kinds;
  for (auto &kind : kinds) {
    kind = {random.uniform() * 2 - 1, random.uniform() * 2 - 1, random.uniform() * 2 - 1, 0.06 + 0.15 * random.uniform()};
  }
  Projection projection;
  projection.ids = std::make_shared<const std::vector<SampleId>>(garments.ids());
  projection.positions = Matrix(garments.count(), static_cast<std::size_t>(dims));
  for (std::size_t row = 0; row < garments.count(); ++row) {
    const auto &kind = kinds[static_cast<std::size_t>(garments.columns()[0].codes[row])];
    for (std::size_t axis = 0; axis < static_cast<std::size_t>(dims); ++axis) {
      projection.positions.row(row)[axis] = static_cast<float>(scale * (kind[axis] + kind[3] * random.normal() * (axis == 0 ? 1.25 : 0.9)));
    }
  }
  return {"projection", std::make_shared<const Payload>(std::move(projection)), std::move(metadata)};
}

/// A viewer with everything the window lends it.
struct MapFixture {
  explicit MapFixture(std::size_t count, int dims = 2, QSize size = {900, 640})
      : garments(std::make_shared<Garments>(count)), artifact(mapOf(*garments, dims)), selection(&undo), lane(QStringLiteral("interactive")) {
    viewer.resize(size);
    viewer.setContext({&selection, &undo, &lane, garments, nullptr, nullptr});
    viewer.show(artifact);
  }
  /// On the screen, with its newest frame.
  void open() {
    viewer.QWidget::show();
    viewer.activateWindow();
    QVERIFY(QTest::qWaitForWindowExposed(&viewer));
    settle();
  }
  void settle() {
    QTRY_VERIFY(viewer.canvas().settled());
    QTest::qWait(20);  // the frame is on its way to the widget
  }
  QAction *tool(const char *name) {
    for (QAction *action : viewer.tools()) {
      if (action->text() == QLatin1String(name)) {
        return action;
      }
    }
    return nullptr;
  }
  QPoint place(std::size_t row) {
    MapCanvas &canvas = viewer.canvas();
    return placeOf(canvas.scene(), row, canvas.shownCamera(), canvas.rect())->toPoint();
  }
  SampleId id(std::size_t row) const { return garments->ids()[row]; }

  std::shared_ptr<Garments> garments;
  Artifact artifact;
  QUndoStack undo;
  Selection selection;
  Lane lane;
  ProjectionViewer viewer;
};

}  // namespace vitrine::testing
