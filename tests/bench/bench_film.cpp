// How fast films come: bench_film FILE ... opens each, says how long that took, how many frames a second come in order and out of order, and of a .vnv also
// what changing the code by hand takes.
#include <chrono>
#include <cstdio>
#include <ctime>

#include "core/error.h"
#include "core/seed.h"
#include "data/data.h"
#include "video/film.h"

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
  const Video edited = film.editor->edited({.weightBits = 4, .prune = 0.2});
  (void)edited.frames->frame(count / 2);
  const double shown = now() - start;
  start = now();
  const std::size_t bytes = film.editor->bytes({.weightBits = 4, .prune = 0.2});
  std::printf("  4 bits and a fifth pruned: the picture after %.0f ms, its %zu bytes after %.0f ms\n", 1000 * shown, bytes, 1000 * (now() - start));
}

}  // namespace

int main(int count, char **files) {
  if (count < 2) {
    std::printf("bench_film FILE ...: films and .vnv files to be timed\n");
  }
  try {
    for (int i = 1; i < count; ++i) {
      const std::string file = files[i];
      file.ends_with(".vnv") ? timeNeural(file) : timeClip(file);
    }
  } catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
  return 0;
}
