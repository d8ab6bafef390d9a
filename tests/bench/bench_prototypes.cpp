// What an edit of a prototype layer costs: 10,000 test samples and 2,000 of training, codes of 40 values, 15 prototypes, ten classes. Milliseconds until the
// new accuracy, confusion and mean distances are known; the median of 21.
#include <algorithm>
#include <chrono>
#include <cstdio>

#include "core/prototypes.h"
#include "core/seed.h"

using namespace vitrine;

namespace {

Prototypes madeUp() {
  constexpr std::size_t kTest = 10'000, kAll = 12'000, kDims = 40, kPrototypes = 15, kClasses = 10;
  Rng rng(1);
  Prototypes p;
  p.testCount = kTest;
  p.ids = std::make_shared<const std::vector<SampleId>>(kAll);
  p.latents = Matrix(kAll, kDims);
  p.prototypes = Matrix(kPrototypes, kDims);
  p.weights = Matrix(kPrototypes, kClasses);
  for (Matrix *matrix : {&p.latents, &p.prototypes, &p.weights}) {
    std::ranges::generate(matrix->values, [&] { return static_cast<float>(rng.uniform()); });
  }
  for (std::size_t i = 0; i < kAll; ++i) {
    p.labels.push_back(static_cast<std::int32_t>(i % kClasses));
  }
  p.classNames.resize(kClasses);
  return p;
}

}  // namespace

int main() {
  const Prototypes payload = madeUp();
  PrototypeScores scores(payload);
  const PrototypeLayer layer = layerOf(payload);
  const std::vector<float> elsewhere(payload.prototypes.cols, 0.3F);
  const std::pair<const char *, PrototypeLayer> edits[] = {{"switch one off", switched(layer, 3, false)},
                                                           {"move one", moved(layer, 3, elsewhere)},
                                                           {"merge two", merged(layer, 3, 5)},
                                                           {"give another class", reassigned(layer, 3, 7)}};
  for (const auto &[name, edited] : edits) {
    std::vector<double> times;
    for (int i = 0; i < 21; ++i) {
      (void)scores.of(layer);
      const auto start = std::chrono::steady_clock::now();
      const auto result = scores.of(edited);
      const auto means = scores.meanDistances();
      times.push_back(1000 * std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
      if (result.tested != payload.testCount || means.empty()) {
        return 1;
      }
    }
    std::nth_element(times.begin(), times.begin() + 10, times.end());
    std::printf("%-20s %.2f ms\n", name, times[10]);
  }
}
