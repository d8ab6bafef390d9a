// The projection engine against its rivals: whole processes, two threads, the same rows, perplexity 30, 750 iterations, one yardstick (exact KL, 10-NN recall)
// for all; then the neighbour search and the gradient by themselves.
// Usage: bench_projection [--full]   --full adds 1,000,000 x 50 synthetic samples (three minutes).
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "core/npy.h"
#include "projection/quality.h"
#include "tensor/device.h"
#include "tests/bench/bench_projection.h"

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
a <- commandArgs(TRUE); n <- as.integer(a[3]); d <- as.integer(a[4])
X <- matrix(readBin(a[1], 'numeric', n * d, size = 4), nrow = n, byrow = TRUE)
Y <- Rtsne(X, pca = FALSE, perplexity = 30, max_iter = 750, num_threads = 2, theta = 0.5, check_duplicates = FALSE)$Y
writeBin(as.numeric(t(Y)), a[2], size = 4)
)";

struct Cost {
  double cpu = 0, wall = 0, mib = 0;  // 0 MiB = not known
  bool done = false;
};

/// Memory of this process now: a child starts as a copy of it, so that a smaller peak of a child cannot be seen.
double ownMib() {
  std::ifstream file("/proc/self/statm");
  double pages = 0, resident = 0;
  file >> pages >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

/// Runs a command in a shell and measures it and all that it starts.
Cost timed(const std::string &command) {
  const auto start = std::chrono::steady_clock::now();
  const double own = ownMib();
  const pid_t child = fork();
  if (child == 0) {
    execl("/bin/sh", "sh", "-c", ("exec > /dev/null 2>&1; " + command).c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  const auto seconds = [](const timeval &t) { return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec); };
  return {.cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime),
          .wall = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
          .mib = static_cast<double>(usage.ru_maxrss) / 1024 > 1.1 * own ? static_cast<double>(usage.ru_maxrss) / 1024 : 0,
          .done = status == 0};
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
  const std::string mib = cost.mib > 0 ? std::to_string(static_cast<int>(cost.mib)) : "-";
  std::printf("%-36s %8.1f %8.1f %8s %8s %8.3f %8.4f\n", what.c_str(), cost.cpu, cost.wall, mib.c_str(), kl.c_str(), quality.recall, quality.trustworthiness);
  std::fflush(stdout);
}

void ours(const std::string &study, const fs::path &file, const fs::path &out, const std::string &what, bool exact) {
  const Cost cost = timed(std::string(VITRINE_BIN_DIR) + "/vitrine-cli run " + study + " --threads 2 --quiet --data " + file.string() +
                          " --set pca_dims=0 --out " + out.string());
  if (cost.done) {
    print(what, cost, matrixOf(file), matrixOf(out / "projection.npy"), exact);
  } else {
    std::printf("%-36s failed\n", what.c_str());
  }
}

void rival(const std::string &what, const std::string &command, const fs::path &file, const fs::path &map, bool raw, bool exact = true) {
  const Cost cost = timed("OMP_NUM_THREADS=2 OPENBLAS_NUM_THREADS=2 " + command);
  if (!cost.done) {
    std::printf("%-36s not installed\n", what.c_str());
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
  print(what, cost, x, y, exact);
}

fs::path firstRows(const Matrix &x, std::size_t n, const fs::path &folder, const std::string &name) {
  const fs::path file = folder / (name + ".npy");
  writeNpy(file, {n, x.cols}, std::vector<float>(x.values.begin(), x.values.begin() + static_cast<std::ptrdiff_t>(n * x.cols)));
  std::ofstream(folder / (name + ".raw"), std::ios::binary)
      .write(reinterpret_cast<const char *>(x.values.data()), static_cast<std::streamsize>(n * x.cols * sizeof(float)));
  return file;
}

void header(const std::string &what) {
  std::printf("\n%-36s %8s %8s %8s %8s %8s %8s\n", what.c_str(), "CPU s", "wall s", "MiB", "KL", "recall", "trust");
}

void sklearn(const std::string &what, const fs::path &folder, const fs::path &file) {
  const fs::path map = folder / "map.npy";
  rival("scikit-learn t-SNE, " + what, "/usr/bin/python3 " + (folder / "rival_sklearn.py").string() + " " + file.string() + " " + map.string(), file, map,
        false);
}

void rtsne(const std::string &what, const Matrix &x, std::size_t n, const fs::path &folder, const fs::path &file) {
  fs::path raw = file;
  raw.replace_extension(".raw");
  rival("Rtsne, " + what,
        "Rscript " + (folder / "rival_rtsne.R").string() + " " + raw.string() + " " + (folder / "map.raw").string() + " " + std::to_string(n) + " " +
            std::to_string(x.cols),
        file, folder / "map.raw", true);
}

/// The same schedule on data of other kinds, so that nothing is tuned to one set.
void otherData(const fs::path &folder) {
  header("other data, 5,000 each");
  const std::vector<std::pair<std::string, Matrix>> kinds = {
      {"letters", bench::letters()}, {"digits", bench::digits()}, {"groups", bench::groups(5000, 30, 2)}, {"swiss roll", bench::swissRoll(5000)}};
  for (const auto &[name, x] : kinds) {
    if (x.rows == 0) {
      std::printf("%-36s needs opencv-doc\n", name.c_str());
      continue;
    }
    const fs::path file = firstRows(x, std::min<std::size_t>(x.rows, 5000), folder, "other");
    ours("tsne", file, folder / "out", "Vitrine t-SNE, " + name, true);
    sklearn(name, folder, file);
    rtsne(name, x, std::min<std::size_t>(x.rows, 5000), folder, file);
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
  std::string line;
  while (std::getline(cpu, line) && line.rfind("model name", 0) != 0) {
  }
  std::printf("%s, %u cores; two threads a run\n", line.substr(std::min(line.size(), line.find(": ") + 2)).c_str(), std::thread::hardware_concurrency());
  const Matrix x = bench::garments();
  if (argc > 1 && std::string(argv[1]) == "--gradients") {
    bench::gradientErrors(x);
    return 0;
  }
  header("Fashion-MNIST, 50 components");
  const fs::path few = firstRows(x, 5000, folder, "5000"), map = folder / "map.npy";
  ours("tsne", few, folder / "out", "Vitrine t-SNE, 5,000", true);
  sklearn("5,000", folder, few);
  rtsne("5,000", x, 5000, folder, few);
  ours("umap", few, folder / "out", "Vitrine UMAP, 5,000", false);
  rival("umap-learn, 5,000", "/usr/bin/python3 " + (folder / "rival_umap.py").string() + " " + few.string() + " " + map.string(), few, map, false, false);
  ours("tsne", firstRows(x, 20000, folder, "20000"), folder / "out", "Vitrine t-SNE, 20,000", true);
  const fs::path all = firstRows(x, x.rows, folder, "70000");
  ours("tsne", all, folder / "out", "Vitrine t-SNE, 70,000", false);
  ours("umap", all, folder / "out", "Vitrine UMAP, 70,000", false);
  if (argc > 1 && std::string(argv[1]) == "--full") {
    const fs::path million = firstRows(bench::groups(1'000'000, 200, 3), 1'000'000, folder, "1000000");
    ours("tsne", million, folder / "out", "Vitrine t-SNE, 1,000,000 synthetic", false);
  }
  otherData(folder);
  bench::neighbourSearch(x, folder);
  bench::gradientErrors(x);
  fs::remove_all(folder);
  return 0;
}
