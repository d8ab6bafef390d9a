// The neighbour search beside hnswlib and faiss, and the mesh's gradient beside the exact one. Compiled for this machine, as those libraries are meant to be.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <unordered_set>

#if __has_include(<hnswlib/hnswlib.h>)
#include <hnswlib/hnswlib.h>
#define VITRINE_HNSWLIB 1
#endif

#include "core/npy.h"
#include "projection/tsne.h"
#include "tests/bench/bench_projection.h"

namespace vitrine::bench {

using namespace projection;

namespace {

constexpr std::size_t kNeighbours = 90;
constexpr std::size_t kQueries = 1000;

constexpr const char *kFaiss = R"(import sys, time, numpy as np, faiss
X = np.load(sys.argv[1]); kind = sys.argv[3]
faiss.omp_set_num_threads(2)
cpu, wall = time.process_time(), time.time()
if kind == 'flat':
    index = faiss.IndexFlatL2(X.shape[1])
elif kind == 'ivf':
    index = faiss.IndexIVFFlat(faiss.IndexFlatL2(X.shape[1]), X.shape[1], 512)
    index.train(X); index.nprobe = 48
else:
    index = faiss.IndexHNSWFlat(X.shape[1], 16)
    index.hnsw.efConstruction = 100; index.hnsw.efSearch = 120
index.add(X)
ids = index.search(X, 91)[1]
np.save(sys.argv[2], ids.astype('f4'))
open(sys.argv[2] + '.txt', 'w').write(f'{time.process_time() - cpu} {time.time() - wall}')
)";

struct Clock {
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  double before = cpu();

  static double cpu() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval &t) { return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec); };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
  }
  double cpuSeconds() const { return cpu() - before; }
  double wallSeconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); }
};

using Truth = std::vector<std::vector<Hit>>;

Truth truthAbout(const Matrix &x) {
  const NeighbourIndex index(std::make_shared<const Matrix>(x));
  Truth truth(kQueries);
#pragma omp parallel for schedule(dynamic, 8)
  for (std::size_t q = 0; q < kQueries; ++q) {
    truth[q] = index.nearest(q * x.rows / kQueries, kNeighbours);
  }
  return truth;
}

/// found(sample) = its neighbours' numbers, itself among them or not.
template <class Found>
void report(const std::string &what, double cpu, double wall, const Truth &truth, std::size_t samples, const Found &found) {
  std::size_t hits = 0;
  for (std::size_t q = 0; q < kQueries; ++q) {
    const std::unordered_set<std::size_t> row = found(q * samples / kQueries);
    for (const Hit &hit : truth[q]) {
      hits += row.count(hit.row);
    }
  }
  std::printf("%-52s %8.2f %8.2f %8.4f\n", what.c_str(), cpu, wall, static_cast<double>(hits) / static_cast<double>(kQueries * kNeighbours));
  std::fflush(stdout);
}

void ours(const Matrix &x, const Truth &truth, KnnOptions::Method method, const std::string &what) {
  const Clock clock;
  const KnnGraph graph = buildKnn(x, {.k = kNeighbours, .method = method, .threads = 2});
  report(what + " (" + graph.method + ")", clock.cpuSeconds(), clock.wallSeconds(), truth, x.rows, [&](std::size_t i) {
    const auto row = graph.neighbours.begin() + static_cast<std::ptrdiff_t>(i * kNeighbours);
    return std::unordered_set<std::size_t>(row, row + kNeighbours);
  });
}

#ifdef VITRINE_HNSWLIB
void hnsw(const Matrix &x, const Truth &truth, std::size_t effort) {
  const Clock clock;
  hnswlib::L2Space space(x.cols);
  hnswlib::HierarchicalNSW<float> index(&space, x.rows, 16, 100);
  std::vector<std::unordered_set<std::size_t>> rows(x.rows);
  index.addPoint(x.row(0).data(), 0);
#pragma omp parallel for num_threads(2) schedule(dynamic, 64)
  for (std::size_t i = 1; i < x.rows; ++i) {
    index.addPoint(x.row(i).data(), i);
  }
  index.setEf(effort);
#pragma omp parallel for num_threads(2) schedule(dynamic, 64)
  for (std::size_t i = 0; i < x.rows; ++i) {
    for (auto found = index.searchKnn(x.row(i).data(), kNeighbours + 1); !found.empty(); found.pop()) {
      rows[i].insert(found.top().second);
    }
  }
  report("hnswlib, M 16, construction 100, ef " + std::to_string(effort), clock.cpuSeconds(), clock.wallSeconds(), truth, x.rows,
         [&](std::size_t i) { return rows[i]; });
}
#endif

void faiss(const std::string &kind, const std::string &what, const Truth &truth, std::size_t samples, const std::filesystem::path &folder) {
  std::ofstream(folder / "rival_faiss.py") << kFaiss;
  const std::string out = (folder / "ids.npy").string();
  const std::string command = "/usr/bin/python3 " + (folder / "rival_faiss.py").string() + " " + (folder / "70000.npy").string() + " " + out + " " + kind;
  if (std::system((command + " > /dev/null 2>&1").c_str()) != 0) {
    std::printf("%-52s not installed\n", what.c_str());
    return;
  }
  double cpu = 0, wall = 0;
  std::ifstream(out + ".txt") >> cpu >> wall;
  const NpyArray ids = readNpy(out);
  report(what, cpu, wall, truth, samples, [&](std::size_t i) {
    std::unordered_set<std::size_t> row;
    for (std::size_t j = 0; j < ids.shape[1]; ++j) {
      row.insert(static_cast<std::size_t>(ids.floats[i * ids.shape[1] + j]));
    }
    return row;
  });
}

double norm(const std::vector<double> &values) {
  double sum = 0;
  for (const double v : values) {
    sum += v * v;
  }
  return std::sqrt(sum);
}

/// sum_j p_ij (y_i - y_j) / (1 + |y_i - y_j|^2)
std::vector<double> attractionOf(const Affinities &p, const std::vector<float> &y) {
  std::vector<double> forces(y.size(), 0);
  for (std::size_t i = 0; i < p.count(); ++i) {
    for (std::uint64_t e = p.start[i]; e < p.start[i + 1]; ++e) {
      const std::size_t j = p.columns[e];
      const double dx = static_cast<double>(y[2 * i]) - static_cast<double>(y[2 * j]),
                   dy = static_cast<double>(y[2 * i + 1]) - static_cast<double>(y[2 * j + 1]);
      const double q = static_cast<double>(p.values[e]) / (1 + dx * dx + dy * dy);
      forces[2 * i] += q * dx;
      forces[2 * i + 1] += q * dy;
    }
  }
  return forces;
}

void compare(const Affinities &p, const std::vector<float> &y, double factor, int iteration) {
  const std::size_t n = p.count();
  std::vector<float> mesh(y.size()), exact(y.size());
  Repulsion approximate(n, 2, Repulsion::Method::Mesh, 2);
  const double zMesh = approximate.evaluate(y, mesh), zExact = Repulsion(n, 2, Repulsion::Method::Exact, 2).evaluate(y, exact);
  const auto attraction = attractionOf(p, y);
  std::vector<double> difference, repulsion, gradient;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double truth = static_cast<double>(exact[i]) / zExact;
    difference.push_back(static_cast<double>(mesh[i]) / zMesh - truth);
    repulsion.push_back(truth);
    gradient.push_back(factor * attraction[i] - truth);
  }
  std::printf("%-20zu %10d %12.3f %12.3f   %s\n", n, iteration, 100 * norm(difference) / norm(repulsion), 100 * norm(difference) / norm(gradient),
              approximate.name().c_str());
}

}  // namespace

void neighbourSearch(const Matrix &x, const std::filesystem::path &folder) {
  std::printf("\n%-52s %8s %8s %8s\n", "90 neighbours of each of 70,000 x 50", "CPU s", "wall s", "recall");
  const Truth truth = truthAbout(x);
  ours(x, truth, KnnOptions::Method::Auto, "Vitrine");
  ours(x, truth, KnnOptions::Method::Exact, "Vitrine");
#ifdef VITRINE_HNSWLIB
  hnsw(x, truth, 100);
  hnsw(x, truth, 200);
#else
  std::printf("hnswlib was not there when this was built\n");
#endif
  faiss("ivf", "faiss, 512 lists, 48 probed", truth, x.rows, folder);
  faiss("hnsw", "faiss HNSW, M 16, construction 100, ef 120", truth, x.rows, folder);
  faiss("flat", "faiss, exact", truth, x.rows, folder);
}

void gradientErrors(const Matrix &x) {
  std::printf("\nmesh against all pairs, relative L2 error in %%\n%-20s %10s %12s %12s\n", "points", "iteration", "repulsion", "gradient");
  for (const std::size_t n : {2000, 5000, 20000}) {
    auto rows = std::make_shared<Matrix>(n, x.cols);
    std::copy_n(x.values.begin(), rows->values.size(), rows->values.begin());
    TsneOptions options;
    options.threads = 2;
    Tsne engine(rows, options);
    const Affinities p = calibrate(engine.graph(), options.perplexity, {}, 2);
    for (const int iteration : {10, 100, 249, 260, 350, 500, 750}) {
      engine.run(iteration);
      compare(p, engine.positions().values, iteration < options.exaggerationIterations ? options.exaggeration : 1, iteration);
    }
  }
}

}  // namespace vitrine::bench
