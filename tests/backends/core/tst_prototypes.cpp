// The identities of a prototype layer: what a viewer says about evidence and edits must be exact.
#include "core/prototypes.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <cmath>
#include <numeric>

#include "core/error.h"
#include "core/report.h"
#include "core/seed.h"
#include "testing.h"

using namespace vitrine;

namespace {

Prototypes made(std::size_t samples, std::size_t m, std::size_t q, std::size_t classes) {
  Prototypes payload;
  Rng rng(3);
  const auto fill = [&rng](Matrix &matrix) { std::generate(matrix.values.begin(), matrix.values.end(), [&] { return static_cast<float>(rng.normal()); }); };
  payload.latents = Matrix(samples, q);
  payload.prototypes = Matrix(m, q);
  payload.weights = Matrix(m, classes);
  fill(payload.latents);
  fill(payload.prototypes);
  fill(payload.weights);
  auto ids = std::make_shared<std::vector<SampleId>>(samples);
  std::iota(ids->begin(), ids->end(), SampleId{100});
  payload.ids = ids;
  payload.testCount = samples / 2;
  for (std::size_t i = 0; i < samples; ++i) {
    payload.labels.push_back(static_cast<std::int32_t>(i % classes));
  }
  for (std::size_t k = 0; k < classes; ++k) {
    payload.classNames.push_back("class " + std::to_string(k));
  }
  payload.nearest.assign(m, 103);
  payload.nearestSquared.assign(m, 0.5F);
  payload.replay.push_back({2, payload.prototypes, payload.weights, std::vector<Image>(m, Image{2, 2, 1, {0, 50, 100, 255}})});
  return payload;
}

}  // namespace

class TstPrototypes : public QObject {
  Q_OBJECT

  Prototypes m_payload = made(40, 5, 7, 3);

 private Q_SLOTS:
  void contributionsSumToTheLogit() {
    PrototypeScores scores(m_payload);
    const PrototypeLayer layer = layerOf(m_payload);
    const auto means = scores.meanDistances();
    for (std::size_t k = 0; k < 3; ++k) {
      const auto parts = evidence(scores.distances(4), means, layer, k);
      QCOMPARE(parts.size(), std::size_t{5});
      double sum = 0;
      for (const Evidence &part : parts) {
        sum += part.contribution;
      }
      QVERIFY(std::abs(sum - logits(scores.distances(4), layer)[k]) < 1e-10);
      QVERIFY(std::is_sorted(parts.begin(), parts.end(), [](const auto &a, const auto &b) { return a.support > b.support; }));
    }
  }

  void removingAPrototypeTakesItsContribution() {
    PrototypeScores scores(m_payload);
    const PrototypeLayer layer = layerOf(m_payload), without = switched(layer, 2, false);
    const auto before = logits(scores.distances(7), layer), after = logits(scores.distances(7), without);
    for (std::size_t k = 0; k < 3; ++k) {
      const double part = static_cast<double>(scores.distances(7)[2]) * static_cast<double>(layer.weights.row(2)[k]);
      QVERIFY(std::abs(after[k] - before[k] + part) < 1e-10);
    }
    QCOMPARE(evidence(scores.distances(7), scores.meanDistances(), without, 0).size(), std::size_t{4});
  }

  void undoRestoresEveryBit() {
    PrototypeScores scores(m_payload);
    const PrototypeLayer layer = layerOf(m_payload);
    const auto before = scores.of(layer);
    const std::vector<float> distances(scores.distances(3).begin(), scores.distances(3).end());
    auto edited = merged(reassigned(moved(switched(layer, 0, false), 1, m_payload.latents.row(5)), 3, 1), 2, 4);
    QVERIFY(scores.of(edited).predicted != before.predicted);
    QCOMPARE(scores.distances(5)[1], 0.0F);
    const auto after = scores.of(layer);
    QVERIFY(after.predicted == before.predicted && after.confusion == before.confusion && after.right == before.right);
    QVERIFY(std::ranges::equal(scores.distances(3), distances));
    PrototypeScores fresh(m_payload);  // only changed columns are computed: the same as all of them
    (void)scores.of(edited);
    (void)fresh.of(edited);
    QVERIFY(std::ranges::equal(scores.distances(9), fresh.distances(9)));
  }

  void orderOfPrototypesDoesNotMatter() {
    PrototypeLayer layer = layerOf(m_payload), turned = layer;
    for (std::size_t j = 0; j < 5; ++j) {
      std::ranges::copy(layer.prototypes.row(j), turned.prototypes.row((j + 2) % 5).begin());
      std::ranges::copy(layer.weights.row(j), turned.weights.row((j + 2) % 5).begin());
    }
    const Matrix a = squaredDistances(m_payload.latents, layer.prototypes), b = squaredDistances(m_payload.latents, turned.prototypes);
    for (std::size_t k = 0; k < 3; ++k) {
      QVERIFY(std::abs(logits(a.row(1), layer)[k] - logits(b.row(1), turned)[k]) < 1e-10);
    }
  }

  void aConstantInARowChangesNoProbability() {
    PrototypeLayer layer = layerOf(m_payload), shifted = layer;
    for (float &w : shifted.weights.row(3)) {
      w += 2;
    }
    const Matrix d = squaredDistances(m_payload.latents, layer.prototypes);
    const auto a = softmax(logits(d.row(1), layer)), b = softmax(logits(d.row(1), shifted));
    for (std::size_t k = 0; k < 3; ++k) {
      QVERIFY(std::abs(a[k] - b[k]) < 1e-5);
    }
    const Matrix one = rowCentred(layer.weights), two = rowCentred(shifted.weights);
    for (std::size_t i = 0; i < one.values.size(); ++i) {
      QVERIFY(std::abs(one.values[i] - two.values[i]) < 1e-6F);
    }
  }

  void mergingTwoAtOnePlaceChangesNothing() {
    const PrototypeLayer layer = moved(layerOf(m_payload), 4, m_payload.prototypes.row(1)), one = merged(layer, 1, 4);
    const Matrix before = squaredDistances(m_payload.latents, layer.prototypes), after = squaredDistances(m_payload.latents, one.prototypes);
    for (std::size_t k = 0; k < 3; ++k) {
      QVERIFY(std::abs(logits(before.row(2), layer)[k] - logits(after.row(2), one)[k]) < 1e-4);
    }
    QCOMPARE(merged(layer, 1, 1).on[1], std::uint8_t{1});
  }

  void reassigningMakesItSpeakForTheClass() {
    const PrototypeLayer layer = reassigned(layerOf(m_payload), 2, 0);
    QCOMPARE(classOf(layer.weights, 2), std::size_t{0});
    PrototypeLayer alone = layer;
    for (std::size_t j = 0; j < 5; ++j) {
      alone = switched(alone, j, j == 2);
    }
    QCOMPARE(classesWithoutPrototype(alone), (std::vector<std::size_t>{1, 2}));
    QVERIFY_EXCEPTION_THROWN(moved(layer, 0, std::vector<float>(3)), InputError);
  }

  void draggingGoesWhereThePointerIs() {
    const LatentPlane plane = principalPlane(m_payload.latents);
    Matrix dragged(1, 7);
    dragged.values = draggedTo(plane, m_payload.prototypes.row(0), 1.5F, -0.5F);
    const Matrix place = inPlane(plane, dragged);
    QVERIFY(std::abs(place.values[0] - 1.5F) < 1e-4F && std::abs(place.values[1] + 0.5F) < 1e-4F);
  }

  void thePlaneIsTheWidest() {
    Matrix line(200, 3);
    Rng rng(5);
    for (std::size_t i = 0; i < line.rows; ++i) {
      const double t = rng.normal(), s = rng.normal();
      const double values[] = {0.1 * rng.normal(), 5 * t, 2 * s};
      std::transform(std::begin(values), std::end(values), line.row(i).begin(), [](double v) { return static_cast<float>(v); });
    }
    const LatentPlane plane = principalPlane(line);
    QVERIFY(std::abs(plane.axes.row(0)[1]) > 0.99F && std::abs(plane.axes.row(1)[2]) > 0.99F);
  }

  void anEditIsQuick() {
    const Prototypes big = made(20000, 15, 40, 10);  // 10,000 test samples
    PrototypeScores scores(big);
    QElapsedTimer clock;
    clock.start();
    (void)scores.of(moved(layerOf(big), 3, big.latents.row(0)));
    QVERIFY2(clock.elapsed() < 100, qPrintable(QString::number(clock.elapsed())));
  }

  void opensAgain() {
    const QTemporaryDir dir;
    const auto folder = std::filesystem::path(dir.path().toStdString());
    const Json entry = writeArtifact({"prototypes", std::make_shared<const Payload>(m_payload), {}}, folder);
    QVERIFY(std::filesystem::exists(folder / "prototypes.npy") && std::filesystem::exists(folder / "latents.npy"));
    const Artifact back = readArtifact(entry, folder);
    const auto *read = back.as<Prototypes>();
    QVERIFY(read != nullptr && *read->ids == *m_payload.ids);
    QVERIFY(read->latents.values == m_payload.latents.values && read->prototypes.values == m_payload.prototypes.values);
    QVERIFY(read->weights.values == m_payload.weights.values && read->labels == m_payload.labels && read->nearest == m_payload.nearest);
    QCOMPARE(read->testCount, m_payload.testCount);
    QVERIFY(read->replay.size() == 1 && read->replay[0].epoch == 2 && read->replay[0].pictures[4].pixels == m_payload.replay[0].pictures[4].pixels);
    Json broken = entry;
    broken["labels"][3] = 9;
    QVERIFY_EXCEPTION_THROWN(readArtifact(broken, folder), InputError);
    broken = entry;
    broken["nearest"].erase(0);
    QVERIFY_EXCEPTION_THROWN(readArtifact(broken, folder), InputError);
  }
};
VITRINE_TEST(TstPrototypes)

#include "tst_prototypes.moc"
