// Films are decoded again and compared: size, number and time of frames, colours.
extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

#include <cmath>

#include "data/picture.h"
#include "files.h"
#include "testing.h"

using namespace vitrine;
using namespace vitrine::testing;

namespace {

struct Decoded {
  AVCodecID codec = AV_CODEC_ID_NONE;
  AVPixelFormat format = AV_PIX_FMT_NONE;
  std::vector<Image> frames;
  std::vector<double> seconds;
};

void take(AVCodecContext *codec, AVFrame *frame, AVRational base, Decoded &film) {
  while (avcodec_receive_frame(codec, frame) == 0) {
    SwsContext *convert = sws_getContext(frame->width, frame->height, static_cast<AVPixelFormat>(frame->format), frame->width, frame->height, AV_PIX_FMT_RGB24,
                                         SWS_BICUBIC, nullptr, nullptr, nullptr);
    const int *coefficients = sws_getCoefficients(frame->colorspace);
    sws_setColorspaceDetails(convert, coefficients, 0, coefficients, 1, 0, 1 << 16, 1 << 16);
    Image image{frame->width, frame->height, 3, std::vector<std::uint8_t>(static_cast<std::size_t>(frame->width * frame->height * 3))};
    std::uint8_t *rows[] = {image.pixels.data()};
    const int stride[] = {3 * frame->width};
    sws_scale(convert, frame->data, frame->linesize, 0, frame->height, rows, stride);
    sws_freeContext(convert);
    film.frames.push_back(std::move(image));
    film.seconds.push_back(static_cast<double>(frame->pts) * av_q2d(base));
  }
}

Decoded decode(const fs::path &file) {
  Decoded film;
  AVFormatContext *format = nullptr;
  if (avformat_open_input(&format, file.c_str(), nullptr, nullptr) != 0 || avformat_find_stream_info(format, nullptr) < 0) {
    return film;
  }
  const AVCodecParameters *parameters = format->streams[0]->codecpar;
  film.codec = parameters->codec_id;
  film.format = static_cast<AVPixelFormat>(parameters->format);
  AVCodecContext *codec = avcodec_alloc_context3(avcodec_find_decoder(film.codec));
  avcodec_parameters_to_context(codec, parameters);
  avcodec_open2(codec, nullptr, nullptr);
  AVPacket *packet = av_packet_alloc();
  AVFrame *frame = av_frame_alloc();
  while (av_read_frame(format, packet) == 0) {
    avcodec_send_packet(codec, packet);
    av_packet_unref(packet);
    take(codec, frame, format->streams[0]->time_base, film);
  }
  avcodec_send_packet(codec, nullptr);
  take(codec, frame, format->streams[0]->time_base, film);
  av_frame_free(&frame);
  av_packet_free(&packet);
  avcodec_free_context(&codec);
  avformat_close_input(&format);
  return film;
}

/// A quarter each of pure red, green, blue and a grey that tells the frame's number.
Image picture(int width, int height, int number) {
  Image image{width, height, 3, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int part = (y >= height / 2 ? 2 : 0) + (x >= width / 2 ? 1 : 0);
      const int grey = part == 3 ? 40 + 6 * number : 0;
      for (int c = 0; c < 3; ++c) {
        image.pixels.push_back(static_cast<std::uint8_t>(part == c ? 230 : grey));
      }
    }
  }
  return image;
}

}  // namespace

class TstFilm : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whatGoesInComesOut() {
    const Folder folder;
    const fs::path file = folder.path() / "a.mp4";
    data::FilmWriter writer(file, 65, 49, 25);
    for (int i = 0; i < 30; ++i) {
      writer.add(picture(65, 49, i));
    }
    QVERIFY(!fs::exists(file));  // not before it is whole
    writer.finish();
    const Decoded film = decode(file);
    QCOMPARE(film.codec, AV_CODEC_ID_H264);
    QCOMPARE(film.format, AV_PIX_FMT_YUV420P);
    QCOMPARE(film.frames.size(), std::size_t{30});
    for (int i = 0; i < 30; ++i) {
      const Image &frame = film.frames[static_cast<std::size_t>(i)];
      QCOMPARE(frame.width, 64);
      QCOMPARE(frame.height, 48);
      QVERIFY2(std::abs(film.seconds[static_cast<std::size_t>(i)] - i / 25.0) < 1e-4, qPrintable(QString::number(film.seconds[static_cast<std::size_t>(i)])));
      const Image want = picture(65, 49, i);
      for (const auto &[x, y] : {std::pair{12, 10}, {52, 10}, {12, 38}, {52, 38}}) {
        for (int c = 0; c < 3; ++c) {
          const int got = frame.pixels[static_cast<std::size_t>((y * 64 + x) * 3 + c)], wanted = want.pixels[static_cast<std::size_t>((y * 65 + x) * 3 + c)];
          QVERIFY2(std::abs(got - wanted) <= 6, qPrintable(QString("frame %1 at %2,%3: %4 for %5").arg(i).arg(x).arg(y).arg(got).arg(wanted)));
        }
      }
    }
    const auto bytes = readFile(file);
    const std::string text(bytes.begin(), bytes.end());
    QVERIFY(text.find("moov") < text.find("mdat"));  // plays while it loads
    QCOMPARE(QDir(QString::fromStdString(folder.path().string())).entryList(QDir::Files | QDir::Hidden).size(), 1);
  }

  void oddRatesKeepTheirTime() {
    const Folder folder;
    data::FilmWriter writer(folder.path() / "a.mp4", 32, 32, 29.97);
    for (int i = 0; i < 5; ++i) {
      writer.add(picture(32, 32, i));
    }
    writer.finish();
    QVERIFY(std::abs(decode(folder.path() / "a.mp4").seconds.at(4) - 4 / 29.97) < 1e-3);
  }

  void anUnfinishedFilmLeavesNothing() {
    const Folder folder;
    {
      data::FilmWriter writer(folder.path() / "a.mp4", 32, 32, 25);
      writer.add(picture(32, 32, 0));
    }
    QVERIFY(QDir(QString::fromStdString(folder.path().string())).entryList(QDir::Files | QDir::Hidden).isEmpty());
  }

  void refusesWithTheFilesName() {
    const Folder folder;
    QVERIFY(refusal([&] { data::FilmWriter(folder.path() / "a.mp4", 1, 32, 25); }).contains("a.mp4: a film of 1 x 32"));
    data::FilmWriter writer(folder.path() / "b.mp4", 32, 32, 25);
    QVERIFY(refusal([&] { writer.add(picture(34, 32, 0)); }).contains("b.mp4: frame 0"));
    QVERIFY(refusal([&] { writer.finish(); }).contains("needs a frame"));
    bool told = false;
    try {
      data::FilmWriter(folder.path() / "none" / "c.mp4", 32, 32, 25);
    } catch (const std::runtime_error &error) {
      told = QString(error.what()).contains("c.mp4: cannot be written: No such file");
    }
    QVERIFY(told);
  }
};
VITRINE_TEST(TstFilm)

#include "tst_film.moc"
