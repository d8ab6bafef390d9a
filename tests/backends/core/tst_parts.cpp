// Part prototypes: what a viewer says about evidence must be exact, and a payload comes back as it was written.
#include <QTemporaryDir>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/parts.h"
#include "core/report.h"
#include "core/seed.h"
#include "testing.h"

using namespace vitrine;

namespace {

Parts made() {
  constexpr std::size_t kSamples = 6, kPrototypes = 4, kClasses = 2;
  Parts parts;
  Rng rng(3);
  const auto fill = [&rng](Matrix &matrix) { std::ranges::generate(matrix.values, [&] { return static_cast<float>(3 * rng.uniform()); }); };
  parts.similarity = Matrix(kSamples, kPrototypes);
  parts.weights = Matrix(kPrototypes, kClasses);
  fill(parts.similarity);
  fill(parts.weights);
  auto ids = std::make_shared<std::vector<SampleId>>(kSamples);
  std::iota(ids->begin(), ids->end(), SampleId{50});
  parts.ids = ids;
  parts.labels = {0, 1, 0, 1, 0, 1};
  parts.classNames = {"boot", "bag"};
  parts.mapSide = 2;
  parts.width = parts.height = 4;
  parts.boxes = {{0, 0, 3, 3}, {1, 0, 3, 3}, {0, 1, 3, 3}, {1, 1, 3, 3}};
  for (std::size_t i = 0; i < kSamples * kPrototypes; ++i) {
    parts.positions.push_back(static_cast<std::int32_t>(rng.below(4)));
  }
  for (std::int32_t j = 0; j < 4; ++j) {
    parts.sources.push_back({j / 2, 7 + j, j, {4, 4, 1, std::vector<std::uint8_t>(16, static_cast<std::uint8_t>(40 * j))}});
  }
  return parts;
}

}  // namespace

class TstParts : public QObject {
  Q_OBJECT

  Parts m_parts = made();

 private Q_SLOTS:
  void pointsSumToTheScore() {
    for (std::size_t row = 0; row < 6; ++row) {
      for (std::size_t k = 0; k < 2; ++k) {
        const auto all = partEvidence(m_parts, row, k);
        QCOMPARE(all.size(), std::size_t{4});
        const double sum = std::accumulate(all.begin(), all.end(), 0.0, [](double s, const PartEvidence &e) { return s + e.points; });
        QVERIFY(std::abs(sum - partScores(m_parts, row)[k]) < 1e-12);
        QVERIFY(std::ranges::is_sorted(all, [](const auto &a, const auto &b) { return a.points > b.points; }));
      }
    }
    const auto predicted = partPredictions(m_parts);
    double right = 0;
    for (std::size_t i = 0; i < 6; ++i) {
      const auto scores = partScores(m_parts, i);
      QCOMPARE(predicted[i], scores[1] > scores[0] ? 1 : 0);
      right += predicted[i] == m_parts.labels[i] ? 1 : 0;
    }
    QCOMPARE(partAccuracy(m_parts), right / 6);
  }

  void similarityIsLargestAtNoDistance() {
    QVERIFY(std::abs(partSimilarity(0) - std::log(1 / kPartEpsilon)) < 1e-12);
    for (double d = 0; d < 5; d += 0.1) {
      QVERIFY(partSimilarity(d) > partSimilarity(d + 0.1) && partSimilarity(d) > 0);
    }
  }

  void theNearestPatchByBruteForce() {
    Matrix patches(6, 2), prototypes(2, 2);  // two samples of three patches
    patches.values = {0, 0, 1, 1, 2, 2, 5, 5, 1, 0, 4, 4};
    prototypes.values = {1, 1, 0, 0};
    const NearestParts found = nearestParts(patches, 3, prototypes);
    QCOMPARE(found.squared.values, (std::vector<float>{0, 0, 1, 1}));
    QCOMPARE(found.positions, (std::vector<std::int32_t>{1, 0, 1, 1}));
  }

  void opensAgain() {
    const QTemporaryDir dir;
    const auto folder = std::filesystem::path(dir.path().toStdString());
    const Json entry = writeArtifact({"parts", std::make_shared<const Payload>(m_parts), {}}, folder);
    const Artifact back = readArtifact(entry, folder);
    const auto *read = back.as<Parts>();
    QVERIFY(read != nullptr && *read->ids == *m_parts.ids && read->labels == m_parts.labels && read->classNames == m_parts.classNames);
    QVERIFY(read->similarity.values == m_parts.similarity.values && read->weights.values == m_parts.weights.values && read->positions == m_parts.positions);
    QVERIFY(read->boxes == m_parts.boxes && read->mapSide == 2 && read->width == 4 && read->height == 4);
    for (std::size_t j = 0; j < 4; ++j) {
      const Parts::Source &one = read->sources[j], &two = m_parts.sources[j];
      QVERIFY(one.speaksFor == two.speaksFor && one.id == two.id && one.position == two.position && one.picture.pixels == two.picture.pixels);
    }
  }

  void whatDoesNotFitIsRefused() {
    const QTemporaryDir dir;
    const auto folder = std::filesystem::path(dir.path().toStdString());
    const Json entry = writeArtifact({"parts", std::make_shared<const Payload>(m_parts), {}}, folder);
    const std::vector<std::function<void(Json &)>> harm = {[](Json &e) { e["labels"][3] = 2; },
                                                           [](Json &e) { e["sources"][1]["class"] = -1; },
                                                           [](Json &e) { e["sources"][1]["position"] = 4; },
                                                           [](Json &e) {
                                                             e["boxes"][2] = {2, 0, 3, 3};
                                                           },
                                                           [](Json &e) { e["boxes"].erase(0); },
                                                           [](Json &e) { e["sources"].erase(0); },
                                                           [](Json &e) { e["classes"].push_back("hat"); },
                                                           [](Json &e) { e["map_side"] = 3; },
                                                           [](Json &e) { e["positions"] = "../x.npy"; }};
    for (std::size_t i = 0; i < harm.size(); ++i) {
      Json broken = entry;
      harm[i](broken);
      QVERIFY_EXCEPTION_THROWN(readArtifact(broken, folder), InputError);
    }
  }
};
VITRINE_TEST(TstParts)

#include "tst_parts.moc"
