// The measured formulas, one a study, and the scale from the machine they were measured on to this one.
#include "app/gui/dialogs/estimate.h"

#include <ctime>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>

#include <QObject>

#include "app/gui/dialogs/preferences.h"
#include "widgets/format.h"

namespace vitrine {

namespace {

struct Job {
  Json parameters;  ///< complete
  double samples = 0, values = 0;
  const ModelInfo *model = nullptr;
  double number(const char *name) const { return parameters.at(name).get<double>(); }
};
struct Cost {
  double seconds = 0, mib = 0;
};

constexpr double kMib = 1024.0 * 1024.0;
constexpr double kReferenceSeconds = 0.0045;  ///< of `loop` on the machine of the formulas: two cores of an AMD EPYC of 2023

/// Multiply-adds over a block that fits the first cache, like the inner loops of all studies. Returns CPU seconds: other programs do not count.
double loop() {
  constexpr std::size_t kValues = 4096;
  constexpr int kRounds = 8000;
  std::vector<float> a(kValues, 1.0F), b(kValues, 1e-6F);
  const auto now = [] {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  };
  const double start = now();
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < kValues; ++i) {
      a[i] = a[i] * 0.999999F + b[i];
    }
    b[static_cast<std::size_t>(round) % kValues] = a[0] * 1e-6F;  // keeps the rounds apart for the compiler
  }
  return now() - start;
}

Cost pcaCost(const Job &job) {
  return {0.05 + 2.2e-11 * job.samples * job.values * std::min(job.values, 2000.0), (2 * job.samples * job.values * 4) / kMib + 20};
}

/// Multiply-adds of one picture through a transformer: per token and block 4 w^2 for attention, 4 w^2 for a perceptron twice as wide, and t w twice.
double forwardOperations(double tokens, double width, double depth) {
  return tokens * depth * (8 * width * width + 2 * tokens * width);
}

double forwardOperations(const Job &job) {
  return job.model != nullptr ? forwardOperations(job.model->tokens, job.model->width, job.model->layers) : 0;
}

double encodeSeconds(const Job &job) {
  return 2.8e-11 * job.samples * forwardOperations(job);
}

Cost tsneCost(const Job &job) {
  const double n = job.samples, iterations = job.number("iterations"), early = std::min(iterations, job.number("exaggeration_iterations"));
  const double neighbours = 3 * job.number("perplexity"), values = job.model != nullptr ? job.model->width : job.values;
  const bool reduces = job.number("pca_dims") > 0 && job.number("pca_dims") < values;
  const double dims = reduces ? job.number("pca_dims") : values;
  const Cost pca = reduces ? pcaCost(job) : Cost{0, n * values * 4 / kMib};
  const double knn = std::min(0.02 + 1.1e-9 * n * n, 0.1 + 0.8 * std::pow(n / 70000, 1.2)) * (0.5 + 0.5 * dims / 50);
  const double space = job.number("dims") > 2 ? 4 : 1, each = neighbours / 90;
  const double seconds = early * 1e-3 * (0.3 + 5e-5 * n * each) + (iterations - early) * 1e-3 * space * (0.6 + 1.1e-4 * n * each);
  return {pca.seconds + encodeSeconds(job) + knn + seconds + 0.33 + 6e-6 * n, pca.mib + 25 + n * (neighbours * 28) / kMib};
}

Cost embedCost(const Job &job) {
  const double asked = std::min(job.samples, 2000.0);  // samples whose neighbours are looked for
  const double width = job.model != nullptr ? job.model->width : job.values;
  return {0.3 + encodeSeconds(job) + 1.6e-11 * asked * job.samples * (width + job.values), 180 + job.samples * (width + job.values) * 4 / kMib};
}

Cost attentionCost(const Job &job) {
  const double maps = job.model != nullptr ? std::pow(job.model->tokens, 2) * (job.model->layers * job.model->heads + 1) : 0;
  const double samples = std::min(job.samples, job.number("samples")), blanked = std::min(samples, job.number("blanked"));
  const double tokens = job.model != nullptr ? job.model->tokens : 0;
  return {0.3 + 4e-11 * (samples + blanked * tokens) * forwardOperations(job), 180 + samples * maps * 4 / kMib};
}

Cost trainVitCost(const Job &job) {
  const double image = job.number("image_size") > 0 ? job.number("image_size") : std::sqrt(job.values);
  const double tokens = std::pow(image / job.number("patch_size"), 2) + 1;
  const double each = forwardOperations(tokens, job.number("width"), job.number("depth"));
  return {1 + 9.2e-11 * job.samples * job.number("epochs") * each, 300 + job.samples * job.values * 2 / kMib};
}

Cost umapCost(const Job &job) {
  const double n = job.samples, values = job.model != nullptr ? job.model->width : job.values, neighbours = job.number("n_neighbors");
  const double epochs = job.number("epochs") > 0 ? job.number("epochs") : n <= 10000 ? 500 : 200;
  const Cost pca = job.number("pca_dims") > 0 && job.number("pca_dims") < values ? pcaCost(job) : Cost{0, n * values * 4 / kMib};
  const double knn = std::min(0.02 + 1.1e-9 * n * n, 0.1 + 0.6 * std::pow(n / 70000, 1.2));
  const double each = (neighbours / 15) * (1 + job.number("negatives")) / 6;
  return {pca.seconds + encodeSeconds(job) + knn + epochs * n * 3e-7 * each + 0.33 + 1.5e-5 * n, pca.mib + 25 + n * neighbours * 60 / kMib};
}

/// A map by t-SNE and three judgements of it by exhaustive search.
Cost qualityCost(const Job &job) {
  const double n = job.samples, asked = std::min(n, job.number("asked")), values = job.model != nullptr ? job.model->width : job.values;
  const double dims = job.number("pca_dims") > 0 ? std::min(values, job.number("pca_dims")) : values;
  const double map = 0.02 + std::min(1.1e-9 * n * n, 0.1 + 0.8 * std::pow(n / 70000, 1.2)) + 0.75 * (0.5 + 9e-5 * n);
  return {encodeSeconds(job) + map + (3 * asked + 14000) * n * (1e-10 * dims + 2e-9), 40 + n * (values + 250) * 4 / kMib};
}

/// A map by t-SNE of most samples, and a pass over them for each new one.
Cost placeCost(const Job &job) {
  const double n = job.samples, fresh = job.number("fraction") * n, values = job.model != nullptr ? job.model->width : job.values;
  const double dims = job.number("pca_dims") > 0 ? std::min(values, job.number("pca_dims")) : values, old = n - fresh;
  const double map = 0.4 + std::min(1.1e-9 * old * old, 0.1 + 0.8 * std::pow(old / 70000, 1.2)) + 0.75 * (0.5 + 9e-5 * old);
  return {encodeSeconds(job) + map + fresh * old * 3e-11 * dims + 3e-5 * fresh, 40 + n * (2 * values + 250) * 4 / kMib};
}

/// As many maps by t-SNE as seeds and perplexities ask for.
Cost ensembleCost(const Job &job) {
  const double n = job.samples, maps = job.number("seeds") * (job.parameters.at("perplexities").get<bool>() ? 3.5 : 1),
               values = job.model != nullptr ? job.model->width : job.values;
  const double each = std::min(2.2e-9 * n * n, 0.2 + 1.6 * std::pow(n / 70000, 1.2)) + 1e-3 * job.number("iterations") * (0.5 + 9e-5 * n);
  return {encodeSeconds(job) + 0.1 + maps * each, 40 + n * (values + 250 + 100 * maps) * 4 / kMib};
}

/// Means of the groups and two sets of principal components.
Cost axesCost(const Job &job) {
  Cost cost = pcaCost(job);
  return {encodeSeconds(job) + 2 * cost.seconds, 2 * cost.mib};
}

/// Each film is coded, decoded twice and compared: about four at a quality each, or ten to find a matched one, for every codec and one for FFV1.
Cost videoCodecsCost(const Job &job) {
  const double frames = job.number("frames") > 0 ? std::min(job.samples, job.number("frames")) : job.samples;
  const auto items = [&job](const char *name) {
    const auto text = job.parameters.at(name).get<std::string>();
    return 1.0 + static_cast<double>(std::ranges::count(text, ','));
  };
  const bool matched = job.number("bpp") > 0 || job.number("psnr") > 0;
  const double films = 1 + items("codecs") * (matched ? 7 : items("crf"));
  return {0.2 + 6e-8 * films * frames * job.values, 150 + frames * job.values / kMib};
}

/// Multiply-adds grow with the size, and less than with the pixels: the last blocks are narrow. Forth and back, and once more for a rival.
Cost neuralVideoCost(const Job &job) {
  int height = 0, width = 0;
  const auto size = [&](const char *name) {
    return std::sscanf(job.parameters.at(name).get<std::string>().c_str(), "%dx%d", &height, &width) == 2 && height > 0 && width > 0;
  };
  const double pixels = size("resize") || size("crop") ? static_cast<double>(height) * width : job.values / 3;
  const double frames = job.number("frames") > 0 ? std::min(job.samples, job.number("frames")) : job.samples;
  const double each = 2.8e9 * job.number("size") * std::pow(pixels / 51200, 0.65);
  const double fits = job.parameters.value("compare", false) ? 2 : 1;
  return {0.5 + frames * (0.03 + each * 3e-11 * (1 + fits * job.number("epochs"))), 250 + frames * pixels * 3 / kMib + 60 * pixels * 8 / kMib};
}

/// About a millisecond a picture of 28 x 28 and epoch, three trainings where rivals are asked for.
Cost prototypeNetCost(const Job &job) {
  const double trainings = job.number("seeds") * (job.parameters.at("compare").get<bool>() ? 3 : 1);
  return {0.5 + job.samples * job.number("epochs") * trainings * 5e-4 * job.values / 784, 250 + job.samples * job.values / kMib};
}

/// A tenth of a millisecond a picture of 28 x 28 and epoch, most of it again for the twin; 5 s to judge a test half and to project.
Cost protoPartsCost(const Job &job) {
  const double each = 1.1e-4 + (job.parameters.at("compare").get<bool>() ? 7.5e-5 : 0);
  return {5 + job.samples * (2e-4 + job.number("epochs") * each) * job.values / 784, 350 + job.samples * job.values / kMib};
}

using Formula = Cost (*)(const Job &);
constexpr std::pair<const char *, Formula> kFormulas[] = {{"pca", pcaCost},
                                                          {"tsne", tsneCost},
                                                          {"umap", umapCost},
                                                          {"quality", qualityCost},
                                                          {"place", placeCost},
                                                          {"axes", axesCost},
                                                          {"ensemble", ensembleCost},
                                                          {"embed", embedCost},
                                                          {"attention", attentionCost},
                                                          {"train-vit", trainVitCost},
                                                          {"prototype-net", prototypeNetCost},
                                                          {"proto-parts", protoPartsCost},
                                                          {"video-codecs", videoCodecsCost},
                                                          {"hnerv", neuralVideoCost},
                                                          {"nerv", neuralVideoCost},
                                                          {"hnerv-plus", neuralVideoCost},
                                                          {"hnerv-interpolate", neuralVideoCost},
                                                          {"hnerv-inpaint", neuralVideoCost}};

double freeMemoryMib() {
  std::ifstream file("/proc/meminfo");
  for (std::string key; file >> key;) {
    double value = 0;
    std::string unit;
    file >> value >> unit;
    if (key == "MemAvailable:") {
      return value / 1024;
    }
  }
  return 0;
}

/// Two significant digits: an estimate that says 12.7 s claims what it does not know.
double rounded(double value) {
  const double step = std::pow(10.0, std::floor(std::log10(std::max(value, 1e-3))) - 1);
  return std::round(value / step) * step;
}

}  // namespace

double machineSpeed() {
  static const double speed = [] {
    loop();  // the clock of the processor rises with the first work
    return std::clamp(kReferenceSeconds / std::max(loop(), 1e-4), 0.05, 20.0);
  }();
  return speed;
}

std::optional<Estimate> estimate(const StudyInfo &study, const Json &parameters, const Dataset *dataset, std::size_t samples, const ModelInfo *model) {
  const auto formula = std::find_if(std::begin(kFormulas), std::end(kFormulas), [&study](const auto &entry) { return study.id == entry.first; });
  if (formula == std::end(kFormulas)) {
    return std::nullopt;
  }
  Job job{completed(study.params, parameters), static_cast<double>(samples), dataset != nullptr ? static_cast<double>(dataset->featureCount()) : 0, model};
  const Cost cost = formula->second(job);
  const double seconds = cost.seconds / machineSpeed();
  Estimate result;
  result.secondsLow = 0.7 * seconds;
  result.secondsHigh = 1.6 * seconds;
  result.memoryMib = cost.mib;
  result.freeMib = freeMemoryMib();
  result.limitMib = setting(QStringLiteral("memory_warning")).toDouble();
  return result;
}

bool Estimate::tooBig() const {
  return limitMib > 0 ? memoryMib > limitMib : freeMib > 0 && memoryMib > 0.8 * freeMib;
}

QString Estimate::text() const {
  const double seconds = std::sqrt(secondsLow * secondsHigh);
  const QString time = seconds < 1 ? QObject::tr("less than a second") : QObject::tr("about %1").arg(duration(rounded(seconds)));
  return QObject::tr("%1, %2").arg(time, bytes(rounded(memoryMib) * kMib));
}

QString Estimate::warning() const {
  if (!tooBig()) {
    return {};
  }
  const QString need = bytes(rounded(memoryMib) * kMib);
  return limitMib > 0 ? QObject::tr("Needs about %1 of memory, more than the %2 set in the settings. Take fewer samples.").arg(need, bytes(limitMib * kMib))
                      : QObject::tr("Needs about %1 of memory, and %2 are free. Take fewer samples or close other programs.").arg(need, bytes(freeMib * kMib));
}

}  // namespace vitrine
