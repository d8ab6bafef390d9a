// Fitting a made-up clip: it learns, repeats, resumes to the same bits, and its file decodes to what was fitted.
#include <QTemporaryDir>
#include <set>

#include "core/error.h"
#include "tensor/device.h"
#include "testing.h"
#include "video/decoder.h"

using namespace vitrine;
using namespace vitrine::video;

namespace {

/// A bright square that wanders over a slope.
Clip wandering(int frames) {
  Clip clip;
  for (int f = 0; f < frames; ++f) {
    Image image{40, 20, 3, std::vector<std::uint8_t>(40 * 20 * 3)};
    for (int y = 0; y < 20; ++y) {
      for (int x = 0; x < 40; ++x) {
        const bool inside = std::abs(y - 10) < 5 && std::abs(x - 8 - 3 * f) < 5;
        for (int c = 0; c < 3; ++c) {
          image.pixels[static_cast<std::size_t>((y * 40 + x) * 3 + c)] = static_cast<std::uint8_t>(inside ? 230 - 40 * c : 30 + 3 * x + 4 * y);
        }
      }
    }
    append(clip, image, "made up");
  }
  return clip;
}

FitOptions options(int epochs) {
  FitOptions o;
  o.network.size = 0.03;
  o.network.strides = {5, 2};
  o.epochs = epochs;
  o.learningRate = 3e-3;
  return o;
}

double psnrAll(const Fit &fit, const Clip &clip) {
  double sum = 0;
  for (const double error : fit.meanSquaredErrors(0, clip.count())) {
    sum += psnrOf(error) / static_cast<double>(clip.count());
  }
  return sum;
}

std::vector<float> valuesOf(const Fit &fit) {
  const FittedVideo video = fit.result();
  std::vector<float> all = video.codes.values;
  for (const auto &tensor : video.tensors) {
    all.insert(all.end(), tensor.values.begin(), tensor.values.end());
  }
  return all;
}

}  // namespace

class TstFit : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void everyKindLearns_data() {
    QTest::addColumn<bool>("muon");
    QTest::addColumn<bool>("time");
    QTest::addColumn<int>("loss");
    QTest::addColumn<double>("freeze");
    QTest::newRow("hnerv") << false << false << 0 << 1.0;
    QTest::newRow("nerv") << false << true << 0 << 1.0;
    QTest::newRow("muon") << true << false << 0 << 1.0;
    QTest::newRow("l1") << false << false << 1 << 1.0;
    QTest::newRow("fusion6") << false << false << 2 << 1.0;
    QTest::newRow("fourier") << false << false << 3 << 1.0;
    QTest::newRow("frozen") << true << false << 0 << 0.5;
    QTest::newRow("rounded") << true << false << 4 << 1.0;
  }
  void everyKindLearns() {
    QFETCH(bool, muon);
    QFETCH(bool, time);
    QFETCH(int, loss);
    QFETCH(double, freeze);
    const Clip clip = wandering(6);
    FitOptions o = options(30);
    o.optimiser = muon ? Optimiser::Muon : Optimiser::Adam;
    o.loss = static_cast<Loss>(loss % 4);
    o.roundFrom = loss == 4 ? 0.5 : 1;
    o.freezeEncoderAt = freeze;
    if (time) {
      o.network.code = NetworkConfig::Code::Position;
      o.network.firstKernel = o.network.lastKernel = 3;
    }
    Fit fit(o, clip);
    const double before = psnrAll(fit, clip);
    while (fit.step()) {
    }
    QCOMPARE(fit.stepsDone(), std::int64_t{90});
    QVERIFY2(psnrAll(fit, clip) > before + 4, qPrintable(QString("%1 -> %2").arg(before).arg(psnrAll(fit, clip))));
  }

  void resumesToTheSameBits() {
    const Clip clip = wandering(5);
    const QTemporaryDir dir;
    const std::filesystem::path file = dir.filePath("state").toStdString();
    FitOptions o = options(6);
    o.optimiser = Optimiser::Muon;
    o.freezeEncoderAt = o.roundFrom = 0.5;
    o.prune = 0.1;
    for (const int pause : {3, 8}) {  // before and after the encoder rests and weights are rounded
      Fit whole(o, clip), first(o, clip), second(o, clip);
      while (whole.step()) {
      }
      while (first.stepsDone() < pause) {
        first.step();
      }
      first.saveState(file);
      second.resume(file);
      while (second.step()) {
      }
      QVERIFY(valuesOf(second) == valuesOf(whole));
    }
    FitOptions other = o;
    other.epochs = 7;
    Fit stranger(other, clip);
    QVERIFY_EXCEPTION_THROWN(stranger.resume(file), InputError);
    Fit moved(o, wandering(6));
    QVERIFY_EXCEPTION_THROWN(moved.resume(file), InputError);
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 4);
    Fit cut(o, clip);
    QVERIFY_EXCEPTION_THROWN(cut.resume(file), InputError);
  }

  /// Where codes and gains of all frames are computed, too; what was stopped there comes to the same numbers when it goes on.
  void stopsBetweenFrames() {
    const Clip clip = wandering(5);
    FitOptions o = options(4);
    o.freezeEncoderAt = 0.5;
    o.roundFrom = 0.75;
    Fit whole(o, clip), stopped(o, clip);
    while (whole.step()) {
    }
    struct Stop {};
    std::set<std::int64_t> stops;
    const auto once = [&](std::int64_t done, std::int64_t total) {
      if (done > 0 && stops.insert(total).second) {
        throw Stop();
      }
    };
    for (bool more = true; more;) {
      try {
        more = stopped.step(once);
      } catch (const Stop &) {
      }
    }
    QVERIFY2(stops.size() == 2 && stops.contains(5), "the encoder came to rest, and the gains were measured, without a report");
    QVERIFY(valuesOf(stopped) == valuesOf(whole));
    stops.clear();
    Fit early(options(1), clip);
    early.step();
    QVERIFY_EXCEPTION_THROWN(early.result(once), Stop);
    std::int64_t last = -1;
    early.result([&](std::int64_t done, std::int64_t total) {
      QVERIFY(done >= 0 && done < total);
      last = total;
    });
    QCOMPARE(last, std::int64_t{5});  // the frames' codes come last
  }

  void threadsDoNotChangeTheNumbers() {
    const Clip clip = wandering(4);
    std::vector<std::vector<float>> results;
    for (const int threads : {1, 2}) {
      tensor::setThreads(threads);
      FitOptions o = options(3);
      o.precision = Precision::Brain;
      o.optimiser = Optimiser::Muon;  // its parts are spread over the threads
      o.roundFrom = 0.5;
      Fit fit(o, clip);
      while (fit.step()) {
      }
      results.push_back(valuesOf(fit));
    }
    QVERIFY(results[0] == results[1]);
  }

  void masksHideWhatTheyCover() {
    Clip clip = wandering(2);
    FitOptions o = options(3);
    o.mask.assign(clip.frameSize(), 1);
    std::fill(o.mask.begin() + 600, o.mask.begin() + 900, std::uint8_t{0});
    Fit plain(o, clip);
    while (plain.step()) {
    }
    Clip changed = clip;
    for (std::size_t i = 600; i < 900; ++i) {
      changed.pixels[i] ^= 255;
    }
    Fit other(o, changed);
    while (other.step()) {
    }
    QVERIFY(valuesOf(plain) == valuesOf(other));  // neither encoder nor loss looks into the hole
  }

  void theFileHoldsTheVideo() {
    const Clip clip = wandering(4);
    Fit fit(options(40), clip);
    while (fit.step()) {
    }
    const FittedVideo video = fit.result();
    QCOMPARE(video.parameters(), decoderParameters(video.network));
    const Decoder plain(video);
    QVERIFY(plain.frame(2).pixels == fit.reconstruction(2).pixels);
    const auto bytes = writeVnv(coded(video, {8, 8, 0}, Json::object()));
    const Decoder decoder(fittedVideo(readVnv(bytes, "memory"), "memory"));
    QCOMPARE(decoder.frames(), 4);
    double fitted = 0, stored = 0;
    for (int i = 0; i < 4; ++i) {
      fitted += psnr(plain.frame(i).pixels, clip.frame(static_cast<std::size_t>(i))) / 4;
      stored += psnr(decoder.frame(i).pixels, clip.frame(static_cast<std::size_t>(i))) / 4;
    }
    QVERIFY2(stored > fitted - 0.3, qPrintable(QString("%1 -> %2").arg(fitted).arg(stored)));
    QVERIFY(bytes.size() < static_cast<std::size_t>(video.parameters() + codeParameters(video.network)));
    QVERIFY(writeVnv(coded(video, {8, 8, 0.5}, Json::object())).size() < bytes.size());
    QVERIFY_EXCEPTION_THROWN(decoder.frame(4), InputError);
    QVERIFY_EXCEPTION_THROWN(decoder.decode(std::vector<float>(3)), InputError);
    VnvModel broken = coded(video, {8, 8, 0}, Json::object());
    broken.tensors.pop_back();
    QVERIFY_EXCEPTION_THROWN(Decoder(fittedVideo(broken, "memory")), InputError);
    const std::vector<Image> together = decoder.frames(1, decoder.frames() - 1);
    QCOMPARE(together.size(), static_cast<std::size_t>(decoder.frames() - 1));
    for (std::size_t i = 0; i < together.size(); ++i) {
      QCOMPARE(together[i].pixels, decoder.frame(static_cast<int>(i) + 1).pixels);
    }
    QVERIFY(decoder.frames(0, 0).empty());
    QVERIFY_EXCEPTION_THROWN(decoder.frames(1, decoder.frames()), InputError);
    QVERIFY_EXCEPTION_THROWN(fittedVideo(VnvModel{}, "memory"), InputError);
  }

  /// At few bits the file is as long as one of equal bits for all, and much nearer to what was fitted.
  void bitsGoWhereThePictureFeelsThem() {
    const Clip clip = wandering(6);
    FitOptions o = options(60);
    o.optimiser = Optimiser::Muon;
    Fit fit(o, clip);
    while (fit.step()) {
    }
    FittedVideo video = fit.result();
    const Decoder exact(video);
    const auto distance = [&](const VnvModel &model) {
      const Decoder decoder(fittedVideo(model, "memory"));
      double sum = 0;
      for (int i = 0; i < exact.frames(); ++i) {
        sum += psnr(decoder.frame(i).pixels, exact.frame(i).pixels) / exact.frames();
      }
      return sum;
    };
    const VnvModel shared = coded(video, {5, 8, 0}, Json::object());
    for (FittedVideo::Tensor &tensor : video.tensors) {
      QCOMPARE(tensor.gain > 0, tensor.shape.size() > 1);
      tensor.gain = 0;
    }
    const VnvModel equal = coded(video, {5, 8, 0}, Json::object());
    QVERIFY2(distance(shared) > distance(equal) + 2, qPrintable(QString("%1 and %2 dB").arg(distance(shared)).arg(distance(equal))));
    const double longer = static_cast<double>(writeVnv(shared).size()) / static_cast<double>(writeVnv(equal).size());
    QVERIFY2(longer < 1.03, qPrintable(QString::number(longer)));
  }

  void aPriceOnBitsMakesTheFileShorter() {
    const Clip clip = wandering(4);
    std::size_t bytes[2] = {};
    for (const bool priced : {false, true}) {
      FitOptions o = options(40);
      o.rateWeight = priced ? 0.01 : 0;
      Fit fit(o, clip);
      while (fit.step()) {
      }
      QVERIFY(psnrAll(fit, clip) > 20);
      bytes[priced] = writeVnv(coded(fit.result(), {6, 8, 0}, Json::object())).size();
    }
    QVERIFY2(bytes[1] < bytes[0] * 97 / 100, qPrintable(QString("%1 and %2").arg(bytes[0]).arg(bytes[1])));
  }

  void previewIsTheFrameAtHalfSize() {
    const Clip clip = wandering(6);
    Fit fit(options(60), clip);
    while (fit.step()) {
    }
    const Decoder decoder(fit.result());
    for (const int frame : {0, 5}) {
      const Image small = decoder.preview(frame), whole = cropAndShrink(decoder.frame(frame), {}, {20, 10}, "frame");
      QCOMPARE(std::pair(small.width, small.height), std::pair(20, 10));
      QVERIFY2(psnr(small.pixels, whole.pixels) > 25, qPrintable(QString::number(psnr(small.pixels, whole.pixels))));
      QVERIFY(decoder.preview(frame).pixels == small.pixels);
    }
    QVERIFY_EXCEPTION_THROWN(decoder.preview(6), InputError);
    FitOptions o = options(1);
    o.network.strides = {2, 5};
    QVERIFY(Decoder(Fit(o, clip).result()).preview(0).pixels.empty());
  }

  /// Few bits cost less where the fit knew of them, and the file then holds the very weights that were fitted.
  void roundedTrainingPays() {
    const Clip clip = wandering(6);
    double quality[2] = {};
    for (const bool rounded : {false, true}) {
      FitOptions o = options(60);
      o.optimiser = Optimiser::Muon;
      o.roundFrom = rounded ? 0.5 : 1;
      o.weightBits = 3;
      o.prune = 0.2;
      Fit fit(o, clip);
      while (fit.step()) {
      }
      const FittedVideo video = fit.result();
      const FittedVideo stored = fittedVideo(coded(video, {3, 8, rounded ? 0.0 : 0.2}, Json::object()), "memory");
      std::size_t same = 0, zeros = 0, count = 0;
      for (std::size_t t = 0; t < video.tensors.size(); ++t) {
        for (std::size_t i = 0; i < video.tensors[t].values.size() && video.tensors[t].shape.size() > 1; ++i, ++count) {
          same += video.tensors[t].values[i] == stored.tensors[t].values[i];
          zeros += stored.tensors[t].values[i] == 0;
        }
      }
      QVERIFY(!rounded || same == count);
      QVERIFY(zeros >= count / 5);
      const Decoder decoder(stored);
      quality[rounded] = 0;
      for (int i = 0; i < 6; ++i) {
        quality[rounded] += psnr(decoder.frame(i).pixels, clip.frame(static_cast<std::size_t>(i))) / 6;
      }
    }
    QVERIFY2(quality[1] > quality[0] + 0.5, qPrintable(QString("%1 and %2 dB").arg(quality[0]).arg(quality[1])));
  }

  void picturesAreCroppedAndAveraged() {
    Image image{4, 4, 1, std::vector<std::uint8_t>(16, 0)};
    image.pixels = {9, 9, 9, 9, 9, 1, 2, 9, 9, 2, 1, 9, 9, 9, 9, 9};
    const Image middle = cropAndShrink(image, {2, 2}, {1, 1}, "test");
    QCOMPARE(middle.pixels, (std::vector<std::uint8_t>{2, 2, 2}));  // 1.5 rounds up
    QVERIFY_EXCEPTION_THROWN(cropAndShrink(image, {5, 2}, {}, "test"), InputError);
    QCOMPARE(parseSize("640x1280", "crop").height, 640);
    QVERIFY_EXCEPTION_THROWN(parseSize("640", "crop"), InputError);
  }
};
VITRINE_TEST(TstFit)
#include "tst_fit.moc"
