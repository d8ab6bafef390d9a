// The projection engine against its rivals: whole processes, two threads, the same rows (Fashion-MNIST, 50 principal components, perplexity 30, 750
// iterations), one yardstick (exact KL, 10-NN recall) for all.
// Usage: bench_projection [--full]   --full adds 1,000,000 x 50 synthetic samples (three minutes).
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "core/npy.h"
#include "core/seed.h"
#include "data/data.h"
#include "projection/pca.h"
#include "projection/quality.h"
#include "projection/repulsion.h"
#include "tensor/device.h"

using namespace vitrine;
using namespace vitrine::projection;
namespace fs = std::filesystem;

namespace {

constexpr const char *kSklearn = R"(import sys, numpy as np
from sklearn.manifold import TSNE
X = np.load(sys.argv[1])
np.save(sys.argv[2], TSNE(perplexity=30, n_iter=750, init='pca', learning_rate='auto', n_jobs=2, random_state=1).fit_transform(X).astype('f4'))
)";
constexpr const char *kUmapLearn = R"(import sys, numpy as np, warnings
warnings.filterwarnings('ignore')
import umap
X = np.load(sys.argv[1])
np.save(sys.argv[2], umap.UMAP(n_neighbors=15, random_state=1).fit_transform(X).astype('f4'))
)";
constexpr const char *kRtsne = R"(library(Rtsne)
a <- commandArgs(TRUE); n <- as.integer(a[3])
X <- matrix(readBin(a[1], 'numeric', n * 50, size = 4), nrow = n, byrow = TRUE)
Y <- Rtsne(X, pca = FALSE, perplexity = 30, max_iter = 750, num_threads = 2, theta = 0.5, check_duplicates = FALSE)$Y
writeBin(as.numeric(t(Y)), a[2], size = 4)
)";

struct Cost {
  double cpu = 0, wall = 0, mib = 0;
  bool done = false;
};

/// Runs a command in a shell and measures it and all that it starts. Peak memory only grows from call to call, so it is that of the largest so far.
Cost timed(const std::string &command) {
  const auto cpu = [] {
    rusage usage{};
    getrusage(RUSAGE_CHILDREN, &usage);
    const auto seconds = [](const timeval &t) { return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec); };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
  };
  const double before = cpu();
  const auto start = std::chrono::steady_clock::now();
  Cost cost;
  cost.done = std::system((command + " > /dev/null 2>&1").c_str()) == 0;
  cost.wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  cost.cpu = cpu() - before;
  return cost;
}

Matrix matrixOf(const fs::path &file) {
  NpyArray array = readNpy(file);
  Matrix matrix(array.shape.at(0), array.shape.at(1));
  matrix.values = std::move(array.floats);
  return matrix;
}

void print(const std::string &what, const Cost &cost, const Matrix &x, const Matrix &y, bool exact) {
  const MapQuality quality = mapQuality(x, y, {});
  const std::string kl = exact ? std::to_string(exactKl(x, y)).substr(0, 6) : "-";
  std::printf("%-34s %8.1f %8.1f %8s %8.3f %8.4f\n", what.c_str(), cost.cpu, cost.wall, kl.c_str(), quality.recall, quality.trustworthiness);
  std::fflush(stdout);
}

void ours(const std::string &study, const fs::path &file, const fs::path &out, const std::string &what, bool exact) {
  const Cost cost = timed(std::string(VITRINE_BIN_DIR) + "/vitrine-cli run " + study + " --threads 2 --quiet --data " + file.string() +
                          " --set pca_dims=0 --out " + out.string());
  if (cost.done) {
    print(what, cost, matrixOf(file), matrixOf(out / "projection.npy"), exact);
  } else {
    std::printf("%-34s failed\n", what.c_str());
  }
}

void rival(const std::string &what, const std::string &command, const fs::path &file, const fs::path &map, bool raw) {
  const Cost cost = timed("OMP_NUM_THREADS=2 OPENBLAS_NUM_THREADS=2 " + command);
  if (!cost.done) {
    std::printf("%-34s not installed\n", what.c_str());
    return;
  }
  const Matrix x = matrixOf(file);
  Matrix y(x.rows, 2);
  if (raw) {
    const auto bytes = readFile(map);
    std::copy_n(reinterpret_cast<const float *>(bytes.data()), y.values.size(), y.values.begin());
  } else {
    y = matrixOf(map);
  }
  print(what, cost, x, y, true);
}

Matrix garments() {
  const auto data = data::open("fashion-mnist");
  Matrix pixels = gather(*data, data->ids());
  const Matrix scores = fitPca(pixels, {.components = 50}).transform(pixels);
  std::vector<std::size_t> order(scores.rows);
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = i;
  }
  Rng(1).shuffle(order);
  Matrix mixed(scores.rows, scores.cols);
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::copy(scores.row(order[i]).begin(), scores.row(order[i]).end(), mixed.row(i).begin());
  }
  return mixed;
}

fs::path firstRows(const Matrix &x, std::size_t n, const fs::path &folder) {
  const fs::path file = folder / (std::to_string(n) + ".npy");
  writeNpy(file, {n, x.cols}, std::vector<float>(x.values.begin(), x.values.begin() + static_cast<std::ptrdiff_t>(n * x.cols)));
  std::ofstream(folder / (std::to_string(n) + ".raw"), std::ios::binary)
      .write(reinterpret_cast<const char *>(x.values.data()), static_cast<std::streamsize>(n * x.cols * sizeof(float)));
  return file;
}

/// Gaussian groups of unequal width in 50 dimensions.
Matrix million() {
  Rng rng(3);
  constexpr std::size_t kGroups = 200;
  Matrix centres(kGroups, 50), x(1'000'000, 50);
  for (float &v : centres.values) {
    v = static_cast<float>(3 * rng.normal());
  }
  for (std::size_t i = 0; i < x.rows; ++i) {
    const std::size_t group = rng.below(kGroups);
    for (std::size_t c = 0; c < x.cols; ++c) {
      x.row(i)[c] = centres.row(group)[c] + static_cast<float>((0.5 + 0.01 * static_cast<double>(group)) * rng.normal());
    }
  }
  return x;
}

/// Relative L2 error of the mesh's repulsive forces against all pairs, on a map of so many points spread over `span`.
void gradientErrors() {
  std::printf("\nrepulsive forces of the mesh against all pairs, relative L2 error:\n");
  for (const std::size_t n : {2000, 5000}) {
    for (const double span : {1e-3, 2.0, 20.0, 80.0, 170.0}) {
      Rng rng(n);
      std::vector<float> y(2 * n), mesh(y.size()), exact(y.size());
      for (float &v : y) {
        v = static_cast<float>(span / 6 * rng.normal());
      }
      Repulsion(n, 2, Repulsion::Method::Mesh, 2).evaluate(y, mesh);
      Repulsion(n, 2, Repulsion::Method::Exact, 2).evaluate(y, exact);
      double error = 0, size = 0;
      for (std::size_t i = 0; i < y.size(); ++i) {
        error += std::pow(static_cast<double>(mesh[i]) - exact[i], 2), size += std::pow(static_cast<double>(exact[i]), 2);
      }
      std::printf("  %zu points over %g: %.3f %%\n", n, span, 100 * std::sqrt(error / size));
    }
  }
}

}  // namespace

int main(int argc, char **argv) {
  tensor::ensureEnvironment(argv);
  const fs::path folder = fs::temp_directory_path() / "vitrine-bench-projection";
  fs::create_directories(folder);
  const auto script = [&](const char *name, const char *text) { writeFile(folder / name, text); };
  script("rival_sklearn.py", kSklearn);
  script("rival_umap.py", kUmapLearn);
  script("rival_rtsne.R", kRtsne);
  std::ifstream cpu("/proc/cpuinfo");
  for (std::string line; std::getline(cpu, line) && line.rfind("model name", 0) != 0;) {
  }
  std::printf("%u cores; two threads a run\n%-34s %8s %8s %8s %8s %8s\n", std::thread::hardware_concurrency(), "Fashion-MNIST, 50 components", "CPU s",
              "wall s", "KL", "recall", "trust");
  const Matrix x = garments();
  const fs::path few = firstRows(x, 5000, folder), map = folder / "map.npy";
  ours("tsne", few, folder / "out", "Vitrine t-SNE, 5,000", true);
  rival("scikit-learn t-SNE, 5,000", "/usr/bin/python3 " + (folder / "rival_sklearn.py").string() + " " + few.string() + " " + map.string(), few, map, false);
  const std::string raw = (folder / "5000.raw").string() + " " + (folder / "map.raw").string() + " 5000";
  rival("Rtsne, 5,000", "Rscript " + (folder / "rival_rtsne.R").string() + " " + raw, few, folder / "map.raw", true);
  ours("umap", few, folder / "out", "Vitrine UMAP, 5,000", false);
  rival("umap-learn, 5,000", "/usr/bin/python3 " + (folder / "rival_umap.py").string() + " " + few.string() + " " + map.string(), few, map, false);
  ours("tsne", firstRows(x, 20000, folder), folder / "out", "Vitrine t-SNE, 20,000", true);
  ours("tsne", firstRows(x, 70000, folder), folder / "out", "Vitrine t-SNE, 70,000", false);
  ours("umap", folder / "70000.npy", folder / "out", "Vitrine UMAP, 70,000", false);
  if (argc > 1 && std::string(argv[1]) == "--full") {
    ours("tsne", firstRows(million(), 1'000'000, folder), folder / "out", "Vitrine t-SNE, 1,000,000 synthetic", false);
  }
  gradientErrors();
  fs::remove_all(folder);
  return 0;
}
