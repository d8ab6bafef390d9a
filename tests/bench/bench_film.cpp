// How fast films come: bench_film [FILE ...] opens each (those it makes, where none is named) and says how long that took, how many frames a second come in
// order and out of order, and of a .vnv also what changing the code by hand takes.
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <future>

#include "core/error.h"
#include "core/npy.h"
#include "core/seed.h"
#include "data/data.h"
#include "data/picture.h"
#include "tensor/device.h"
#include "video/decoder.h"
#include "video/film.h"
#include "video/quality.h"

using namespace vitrine;

namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
double cpuNow() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Frames a second of `frame(i)` over `order`, for two seconds at most.
template <class Frame>
double rate(const std::vector<std::size_t> &order, Frame frame, double *cpu = nullptr) {
  constexpr double kSeconds = 2;
  const double start = now(), cpuStart = cpuNow();
  std::size_t done = 0;
  while (done < order.size() && now() - start < kSeconds) {
    (void)frame(order[done++]);
  }
  if (cpu != nullptr) {
    *cpu = 1000 * (cpuNow() - cpuStart) / static_cast<double>(done);
  }
  return static_cast<double>(done) / (now() - start);
}

std::vector<std::size_t> inOrder(std::size_t count) {
  std::vector<std::size_t> order(count);
  for (std::size_t i = 0; i < count; ++i) {
    order[i] = i;
  }
  return order;
}
std::vector<std::size_t> outOfOrder(std::size_t count) {
  Rng rng(5);
  std::vector<std::size_t> order(200);
  for (std::size_t &i : order) {
    i = static_cast<std::size_t>(rng.below(count));
  }
  return order;
}

void timeClip(const std::string &file) {
  double start = now();
  const auto clip = data::open(file);
  const double opened = now() - start;
  const auto frame = [&](std::size_t i) { return clip->image(clip->ids()[i]); };
  const double sequential = rate(inOrder(clip->count()), frame), random = rate(outOfOrder(clip->count()), frame);
  std::printf("%s: %zu frames, opened in %.1f ms, in order %.0f a second, out of order %.1f a second\n", file.c_str(), clip->count(), 1000 * opened, sequential,
              random);
}

void timeNeural(const std::string &file) {
  double start = now();
  const Video film = video::openVideo(file);
  const double opened = now() - start;
  const std::size_t count = film.frames->count();
  (void)film.frames->frame(0);  // the library plans its convolutions
  double cpu = 0;
  const double whole = rate(
      outOfOrder(count), [&](std::size_t i) { return film.frames->frame(i); }, &cpu);
  std::printf("%s: %zu frames of %d x %d, opened in %.1f ms; %.1f frames a second (%.1f ms of CPU each)\n", file.c_str(), count, film.frames->width(),
              film.frames->height(), 1000 * opened, whole, cpu);
  start = now();
  if (!film.frames->preview(0).pixels.empty()) {
    const double first = now() - start;
    const double halves = rate(
        outOfOrder(count), [&](std::size_t i) { return film.frames->preview(i); }, &cpu);
    double distance = 0;
    const std::size_t tried = std::min<std::size_t>(count, 8);
    for (std::size_t k = 0; k < tried; ++k) {
      const std::size_t i = k * count / tried;
      const Image half = film.frames->preview(i), frame = video::cropAndShrink(film.frames->frame(i), {}, {half.width, half.height}, file);
      distance += video::psnr(half.pixels, frame.pixels) / static_cast<double>(tried);
    }
    std::printf("  at half size: the first after %.0f ms, then %.1f a second (%.1f ms of CPU each), %.1f dB from the frame averaged\n", 1000 * first, halves,
                cpu, distance);
  }
  start = now();
  const Video edited = film.editor->edited({.weightBits = 4, .prune = 0.2});
  (void)edited.frames->frame(count / 2);
  const double shown = now() - start;
  start = now();
  const std::size_t bytes = film.editor->bytes({.weightBits = 4, .prune = 0.2});
  std::printf("  4 bits and a fifth pruned: the picture after %.0f ms, its %zu bytes after %.0f ms\n", 1000 * shown, bytes, 1000 * (now() - start));
}

/// A disc and a moving wave.
Image madeFrame(int i, int width, int height) {
  Image image{width, height, 3, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const bool disc = std::hypot(x - 20.0 - 2 * i, y - height / 2.0) < 40;
      const double wave = 110 + 60 * std::sin(0.05 * (x + 3 * i)) * std::cos(0.07 * y);
      image.pixels.insert(image.pixels.end(),
                          {static_cast<std::uint8_t>(disc ? 230 : wave), static_cast<std::uint8_t>(wave), static_cast<std::uint8_t>(disc ? 40 : 200 - wave)});
    }
  }
  return image;
}

/// Where no film is named: one of our own, and two networks, which need not be fitted well to be timed.
std::vector<std::string> madeFiles(const std::filesystem::path &folder) {
  constexpr int kFrames = 96, kWidth = 320, kHeight = 240;
  const std::string h264 = (folder / "made.mp4").string();
  data::FilmWriter film(h264, kWidth, kHeight, 25);
  for (int i = 0; i < kFrames; ++i) {
    film.add(madeFrame(i, kWidth, kHeight));
  }
  film.finish();
  std::vector<std::string> files{h264};
  for (const auto &[name, size, width, height, strides] :
       {std::tuple{"0.35-160x320.vnv", 0.35, 320, 160, std::vector{5, 4, 2, 2}}, {"1.5-640x1280.vnv", 1.5, 1280, 640, std::vector{5, 4, 4, 2, 2}}}) {
    video::Clip clip;
    for (int i = 0; i < 2; ++i) {
      video::append(clip, madeFrame(i, width, height), "made");
    }
    video::FitOptions options;
    options.network.width = width;
    options.network.height = height;
    options.network.frames = 2;
    options.network.size = size;
    options.network.strides = strides;
    options.epochs = 1;
    video::Fit fit(options, clip);
    fit.step();
    files.push_back((folder / name).string());
    const auto bytes = video::writeVnv(video::coded(fit.result(), {}, {{"frames_per_second", 25}}));
    writeFile(files.back(), {reinterpret_cast<const char *>(bytes.data()), bytes.size()});
  }
  return files;
}

}  // namespace

int main(int count, char **arguments) {
  tensor::ensureEnvironment(arguments);  // as the program does: without it memory comes and goes page by page
  std::vector<std::string> files(arguments + 1, arguments + count);
  const auto folder = std::filesystem::temp_directory_path() / ("bench-film-" + std::to_string(getpid()));
  int status = 0;
  try {
    if (files.empty()) {
      std::filesystem::create_directories(folder);
      files = madeFiles(folder);
    }
    for (const std::string &file : files) {  // on a thread of its own, as the window decodes
      std::async(std::launch::async, [&] { file.ends_with(".vnv") ? timeNeural(file) : timeClip(file); }).get();
    }
  } catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    status = 2;
  }
  std::filesystem::remove_all(folder);
  return status;
}
