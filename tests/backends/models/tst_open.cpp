// Models by name and file, and the built-in one on the data that it was made for.
#include <QTemporaryDir>
#include <cmath>
#include <fstream>

#include "core/error.h"
#include "data/data.h"
#include "made_up.h"
#include "models/input.h"
#include "models/models.h"
#include "tensor/device.h"
#include "testing.h"

using namespace vitrine;
using vitrine::testing::barPicture;
using vitrine::testing::refusal;

namespace {

double largestDifference(const Matrix &a, const Matrix &b) {
  double worst = a.values.size() == b.values.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < a.values.size() && std::isfinite(worst); ++i) {
    worst = std::max(worst, std::abs(static_cast<double>(a.values[i]) - static_cast<double>(b.values[i])));
  }
  return worst;
}

}  // namespace

class TstOpen : public QObject {
  Q_OBJECT

  std::shared_ptr<Model> m_model = models::open("vit-fashion");
  QTemporaryDir m_dir;

  std::filesystem::path write(const char *name, const std::string &bytes) {
    const auto file = std::filesystem::path(m_dir.path().toStdString()) / name;
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
  }

 private Q_SLOTS:
  void theBuiltInModelSaysWhatItIs() {
    const ModelInfo &info = m_model->info();
    QCOMPARE(info.name, std::string("vit-fashion"));
    QVERIFY(info.hasAttention && info.layers > 1 && info.heads > 1 && info.sha256.size() == 64);
    QVERIFY(std::filesystem::file_size(info.source) <= 2u << 20);
    QCOMPARE(info.details.at("parameters").get<std::string>(), std::to_string(info.parameters));
    QVERIFY(info.details.at("command").get<std::string>().starts_with("vitrine-cli run train-vit --data fashion-mnist"));
    QVERIFY(std::stod(info.details.at("test_accuracy").get<std::string>()) >= 0.90);
    const Json seen = models::inspect("vit-fashion");
    QCOMPARE(seen["parameters"].get<std::int64_t>(), info.parameters);
  }

  void knowsGarmentsItHasNotSeen() {
    const auto data = data::open("fashion-mnist");
    const auto ids = splitIds(*data, Split::Test, 1000);
    std::vector<Image> pictures;
    for (const SampleId id : ids) {
      pictures.push_back(data->image(id));
    }
    const Matrix probabilities = m_model->classify(pictures);
    int right = 0;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto row = probabilities.row(i);
      const auto best = std::max_element(row.begin(), row.end()) - row.begin();
      right += best == data->label()->codes[data->row(ids[i]).value()] ? 1 : 0;
    }
    QVERIFY2(right >= 880, qPrintable(QString::number(right)));
  }

  void anyPictureGoesTheSameWay() {
    const ModelInfo &info = m_model->info();
    std::vector<Image> pictures, fitted;
    for (const auto &[side, channels] : {std::pair{28, 1}, std::pair{90, 3}, std::pair{11, 4}, std::pair{200, 1}}) {
      pictures.push_back(barPicture(side, channels, 1, 4));
      fitted.push_back(models::toInput(pictures.back(), info.inputWidth, info.inputChannels));
    }
    const Matrix vectors = m_model->encode(pictures, -1, Pooling::Cls);
    QCOMPARE(vectors.rows, pictures.size());
    QCOMPARE(vectors.cols, static_cast<std::size_t>(info.width));
    QCOMPARE(largestDifference(vectors, m_model->encode(fitted, -1, Pooling::Cls)), 0.0);
    QCOMPARE(m_model->encode({}, -1, Pooling::Cls).rows, std::size_t{0});
  }

  void batchesDoNotMatter() {
    std::vector<Image> pictures;
    for (int i = 0; i < 37; ++i) {
      pictures.push_back(barPicture(28, 1, i % 4, static_cast<std::uint64_t>(i)));
    }
    for (const int layer : {0, 1, m_model->info().layers, -1}) {
      for (const Pooling pooling : {Pooling::Cls, Pooling::Mean}) {
        const Matrix all = m_model->encode(pictures, layer, pooling), one = m_model->encode(std::span(pictures).subspan(36), layer, pooling);
        Matrix last(1, all.cols);
        std::copy(all.row(36).begin(), all.row(36).end(), last.values.begin());
        QVERIFY(largestDifference(last, one) < 1e-4);
      }
    }
    QVERIFY(largestDifference(m_model->encode(pictures, 1, Pooling::Mean), m_model->encode(pictures, 2, Pooling::Mean)) > 1e-2);
    QVERIFY(refusal([&] { m_model->encode(pictures, m_model->info().layers + 1, Pooling::Cls); }).contains("has no layer"));
    QVERIFY(refusal([&] { m_model->encode(pictures, -2, Pooling::Cls); }).contains("has no layer"));
  }

  void attentionIsADistribution() {
    std::vector<Image> pictures;
    for (int i = 0; i < 20; ++i) {
      pictures.push_back(barPicture(28, 1, i % 4, static_cast<std::uint64_t>(i)));
    }
    const AttentionMaps maps = m_model->attention(pictures);
    const auto t = static_cast<std::size_t>(maps.tokens);
    QCOMPARE(maps.gridRows * maps.gridCols + 1, maps.tokens);
    QCOMPARE(maps.maps.size(), 20 * static_cast<std::size_t>(maps.layers * maps.heads) * t * t);
    QCOMPARE(maps.rollout.size(), 20 * t * t);
    for (const auto *values : {&maps.maps, &maps.rollout}) {
      for (std::size_t row = 0; row < values->size(); row += t) {
        double sum = 0;
        for (std::size_t i = 0; i < t; ++i) {
          QVERIFY((*values)[row + i] >= 0);
          sum += static_cast<double>((*values)[row + i]);
        }
        QVERIFY(std::abs(sum - 1) < 1e-5);
      }
    }
    const AttentionMaps last = m_model->attention(std::span(pictures).last(1));
    const auto many = maps.map(19, 1, 2), single = last.map(0, 1, 2);
    QVERIFY(std::equal(many.begin(), many.end(), single.begin(), [](float a, float b) { return std::abs(a - b) < 1e-5F; }));
  }

  void attentionOnDemand() {
    const auto source = models::attentionSource(m_model, data::open("fashion-mnist"));
    const AttentionMaps maps = source->attention(123);
    QCOMPARE(maps.ids->front(), SampleId{123});
    QCOMPARE(maps.images.size(), std::size_t{1});
  }

  void wrongNamesAndFilesAreRefused() {
    QVERIFY(refusal([] { models::open("no-such-model"); }).contains("vit-fashion"));
    QVERIFY(refusal([&] { models::open(m_dir.path().toStdString()); }).contains("is no file"));
    QVERIFY(refusal([&] { models::open(write("a.pt", "PK\3\4 and then nothing of use")); }).contains("no TorchScript"));
    QVERIFY(refusal([&] { models::open(write("b.pt", std::string("\x80\2}q\0.", 6))); }).contains("pickled"));
    QVERIFY(refusal([&] { models::open(write("c.bin", "a text")); }).contains("neither"));
    QVERIFY(refusal([&] { models::open(write("d.safetensors", "a text of some length")); }).contains("header length"));
    QVERIFY(refusal([&] { models::open(write("empty.safetensors", "")); }).contains("ends at byte 0"));
    QVERIFY(refusal([&] { models::inspect(write("e.bin", "")); }).contains("neither"));
    QVERIFY(refusal([] { models::open("vit-fashion", "tpu"); }).contains("auto, cpu or cuda"));
  }

  void devicesAreToldApart() {
    QCOMPARE(tensor::resolveDevice("cpu"), std::string("cpu"));
    QCOMPARE(tensor::resolveDevice("auto"), std::string(tensor::cudaAvailable() ? "cuda" : "cpu"));
    if (!tensor::cudaAvailable()) {
      QVERIFY(refusal([] { tensor::resolveDevice("cuda"); }).contains("use --device cpu"));
    }
    QVERIFY(tensor::describeDevices().find("blas: ") != std::string::npos);
  }

  /// A damaged checkpoint is read or refused; it never breaks anything.
  void standsUpToMutations() {
    std::ifstream in(m_model->info().source, std::ios::binary);
    const std::string whole((std::istreambuf_iterator<char>(in)), {});
    std::uint64_t header = 0;
    std::memcpy(&header, whole.data(), 8);
    Rng rng(5);
    int refused = 0;
    for (int round = 0; round < 300; ++round) {
      std::string bytes = whole;
      for (int change = 0; change < 3; ++change) {
        bytes[rng.below(round % 10 == 0 ? bytes.size() : header + 8)] = static_cast<char>(rng.below(256));
      }
      refused += refusal([&] { models::open(write("mutated.safetensors", bytes)); }).isEmpty() ? 0 : 1;
    }
    QVERIFY2(refused > 200, qPrintable(QString::number(refused)));
  }
};
VITRINE_TEST(TstOpen)

#include "tst_open.moc"
