// Where a Vision Transformer looks: every head of every layer, rollout through all layers, and whether rollout tells what matters.
#include <cmath>
#include <numeric>

#include "core/study.h"
#include "studies/attention/pictures.h"

namespace vitrine::study::attention {

namespace {

constexpr double kMostBytes = 2.0 * (1ULL << 30);  // of maps in memory

constexpr const char *kHelp =
    R"(A transformer cuts the picture into patches; in every layer, every head lets each patch (and the class token) gather from the others. The
weights of that gathering are the attention maps: one row for each token that gathers, summing to 1.

**What you see.** *attention*: the maps over the picture, for a layer and a head, or their mean. Start with the class token's row: what the
classifier gathers. *rollout* multiplies the layers together, so that it tells how much of each patch of the *input* has reached a token, not only
what the last layer looked at. *attention-entropy*: how widely a head looks, in bits; log2 of the number of tokens would be all of them alike.
*attention-distance*: how far it looks, in patches.

**How to read it.** Heads differ: some look near, some everywhere. A bright patch is a patch that is *read*, which is not yet a reason for the
answer. The check asks for that: it blanks one patch after another and compares the loss of confidence with rollout and with the last layer's
attention, by rank correlation. Often neither is near 1; then a heat map is a hint and no explanation.

**What the knobs do.** *Pictures* takes more samples (memory grows with them). *Pictures to blank* makes the check surer and slower: one run of the model
for each patch.)";

struct Params {
  int samples = 64;
  int blanked = 8;
};

/// Sums and spread of values that come one by one.
struct Spread {
  double sum = 0, squares = 0;
  int count = 0;
  void add(double value) {
    sum += value;
    squares += value * value;
    ++count;
  }
  double mean() const { return count > 0 ? sum / count : 0; }
  double standardError() const { return count > 1 ? std::sqrt(std::max(0.0, (squares - sum * sum / count) / (count - 1)) / count) : 0; }
};

AttentionMaps collect(const Params &p, RunContext &context) {
  const ModelInfo &info = context.model().info();
  if (!info.hasAttention) {
    throw InputError(info.name, "shows no attention", "choose a Vision Transformer of our own, e.g. vit-fashion");
  }
  const std::size_t count = std::min(context.ids().size(), static_cast<std::size_t>(p.samples));
  const double bytes = static_cast<double>(count) * info.layers * info.heads * info.tokens * info.tokens * sizeof(float);
  if (bytes > kMostBytes) {
    throw InputError(info.name, std::to_string(count) + " pictures make " + std::to_string(static_cast<int>(bytes / (1 << 20))) + " MiB of attention maps",
                     "ask for " + std::to_string(static_cast<int>(kMostBytes / bytes * static_cast<double>(count))) + " samples or fewer");
  }
  AttentionMaps all;
  const auto ids = std::span(context.ids()).first(count);
  overPictures(context, ids, 32, "reading attention", [&](std::size_t begin, std::span<const Image> pictures) {
    AttentionMaps part = context.model().attention(pictures);
    if (begin == 0) {
      all = std::move(part);
      return;
    }
    all.maps.insert(all.maps.end(), part.maps.begin(), part.maps.end());
    all.rollout.insert(all.rollout.end(), part.rollout.begin(), part.rollout.end());
    std::move(part.images.begin(), part.images.end(), std::back_inserter(all.images));
  });
  all.ids = std::make_shared<const std::vector<SampleId>>(ids.begin(), ids.end());
  return all;
}

/// Largest distance of a row's sum from 1; infinite where a value is negative or not finite.
double rowError(std::span<const float> values, int tokens) {
  double worst = 0;
  for (std::size_t row = 0; row < values.size(); row += static_cast<std::size_t>(tokens)) {
    double sum = 0;
    for (const float value : values.subspan(row, static_cast<std::size_t>(tokens))) {
      if (!std::isfinite(value) || value < 0) {
        return INFINITY;
      }
      sum += static_cast<double>(value);
    }
    worst = std::max(worst, std::abs(sum - 1));
  }
  return worst;
}

/// Mean over rows of the sum of |a - b|: 0 for equal heads, 2 for heads that share no token.
double headDistance(const AttentionMaps &maps) {
  Spread spread;
  const auto samples = std::min<std::size_t>(maps.images.size(), 8);
  for (std::size_t s = 0; s < samples; ++s) {
    for (int layer = 0; layer < maps.layers; ++layer) {
      for (int a = 0; a < maps.heads; ++a) {
        for (int b = 0; b < a; ++b) {
          const auto one = maps.map(s, layer, a), two = maps.map(s, layer, b);
          spread.add(std::transform_reduce(one.begin(), one.end(), two.begin(), 0.0, std::plus<>(),
                                           [](float x, float y) { return std::abs(static_cast<double>(x) - static_cast<double>(y)); }) /
                     maps.tokens);
        }
      }
    }
  }
  return spread.mean();
}

/// Entropy in bits, and mean distance in patches from the patch that gathers, of one map's rows.
struct Reach {
  double entropy = 0, distance = 0;
};

Reach reachOf(std::span<const float> map, const AttentionMaps &maps) {
  Reach reach;
  const auto tokens = static_cast<std::size_t>(maps.tokens);
  const std::size_t first = maps.hasCls ? 1 : 0;
  const auto columns = static_cast<std::size_t>(maps.gridCols);
  for (std::size_t i = 0; i < tokens; ++i) {
    double distance = 0, weight = 0;
    for (std::size_t j = 0; j < tokens; ++j) {
      const double share = static_cast<double>(map[i * tokens + j]);
      reach.entropy -= share > 0 ? share * std::log2(share) : 0;
      if (i >= first && j >= first) {
        const auto dx = static_cast<double>((i - first) % columns) - static_cast<double>((j - first) % columns);
        const auto dy = static_cast<double>((i - first) / columns) - static_cast<double>((j - first) / columns);
        distance += share * std::hypot(dx, dy);
        weight += share;
      }
    }
    reach.distance += weight > 0 ? distance / weight : 0;
  }
  return {reach.entropy / static_cast<double>(tokens), reach.distance / static_cast<double>(tokens - first)};
}

/// One curve a head over the layers, and their mean.
std::pair<Curve, Curve> reachCurves(const AttentionMaps &maps, RunContext &context) {
  Curve entropy{"layer", "entropy of a row (bits)", {}}, distance{"layer", "mean distance (patches)", {}};
  for (int series = 0; series <= maps.heads; ++series) {
    const std::string name = series < maps.heads ? "head " + std::to_string(series + 1) : "mean";
    entropy.series.push_back({name, {}, {}});
    distance.series.push_back({name, {}, {}});
  }
  const auto heads = static_cast<std::size_t>(maps.heads);
  for (int layer = 0; layer < maps.layers; ++layer) {
    context.step(layer, maps.layers, "how widely heads look");
    std::vector<Reach> sums(heads + 1);
    for (std::size_t s = 0; s < maps.images.size(); ++s) {
      for (std::size_t head = 0; head < heads; ++head) {
        const Reach reach = reachOf(maps.map(s, layer, static_cast<int>(head)), maps);
        for (const std::size_t to : {head, heads}) {
          const double share = 1.0 / static_cast<double>(maps.images.size() * (to == heads ? heads : 1));
          sums[to].entropy += reach.entropy * share;
          sums[to].distance += reach.distance * share;
        }
      }
    }
    for (std::size_t series = 0; series <= heads; ++series) {
      for (auto *curve : {&entropy, &distance}) {
        curve->series[series].x.push_back(layer + 1);
        curve->series[series].y.push_back(curve == &entropy ? sums[series].entropy : sums[series].distance);
      }
    }
  }
  context.metric("attention_entropy_bits", std::accumulate(entropy.series.back().y.begin(), entropy.series.back().y.end(), 0.0) / maps.layers);
  return {std::move(entropy), std::move(distance)};
}

/// Ranks with ties shared.
std::vector<double> ranks(const std::vector<double> &values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> rank(values.size());
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    while (end < order.size() && values[order[end]] == values[order[begin]]) {
      ++end;
    }
    for (std::size_t i = begin; i < end; ++i) {
      rank[order[i]] = static_cast<double>(begin + end - 1) / 2;
    }
    begin = end;
  }
  return rank;
}

/// Spearman's rank correlation; 0 where one side is constant.
double rankCorrelation(const std::vector<double> &a, const std::vector<double> &b) {
  const auto x = ranks(a), y = ranks(b);
  const double middle = static_cast<double>(x.size() - 1) / 2;
  double xy = 0, xx = 0, yy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - middle) * (y[i] - middle);
    xx += (x[i] - middle) * (x[i] - middle);
    yy += (y[i] - middle) * (y[i] - middle);
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : 0;
}

/// The picture with one patch in its mean colour.
Image blankPatch(const Image &picture, int patch, const AttentionMaps &maps) {
  Image blanked = picture;
  const int height = picture.height / maps.gridRows, width = picture.width / maps.gridCols, top = patch / maps.gridCols * height,
            left = patch % maps.gridCols * width;
  for (int c = 0; c < picture.channels; ++c) {
    double sum = 0;
    for (std::size_t i = static_cast<std::size_t>(c); i < picture.pixels.size(); i += static_cast<std::size_t>(picture.channels)) {
      sum += picture.pixels[i];
    }
    const auto mean = static_cast<std::uint8_t>(std::lround(sum * picture.channels / static_cast<double>(picture.pixels.size())));
    for (int y = top; y < top + height; ++y) {
      for (int x = left; x < left + width; ++x) {
        blanked.pixels[static_cast<std::size_t>((y * picture.width + x) * picture.channels + c)] = mean;
      }
    }
  }
  return blanked;
}

/// How much the probability of the picture's own class falls when a patch is blanked, for each patch.
std::vector<double> confidenceLoss(const Image &picture, const AttentionMaps &maps, RunContext &context) {
  const Matrix whole = context.model().classify({&picture, 1});
  const auto best = static_cast<std::size_t>(std::max_element(whole.values.begin(), whole.values.end()) - whole.values.begin());
  std::vector<double> loss;
  const int patches = maps.gridRows * maps.gridCols;
  constexpr int kPiece = 16;
  for (int begin = 0; begin < patches; begin += kPiece) {
    context.step(begin, patches, "blanking patches");
    std::vector<Image> blanked;
    for (int patch = begin; patch < std::min(patches, begin + kPiece); ++patch) {
      blanked.push_back(blankPatch(picture, patch, maps));
    }
    const Matrix now = context.model().classify(blanked);
    for (std::size_t i = 0; i < now.rows; ++i) {
      loss.push_back(static_cast<double>(whole.values[best]) - static_cast<double>(now.row(i)[best]));
    }
  }
  return loss;
}

/// Abnar and Zuidema's comparison: rollout and raw attention of the class token against blanking, sample by sample.
void compareWithBlanking(const Params &p, const AttentionMaps &maps, RunContext &context) {
  const std::size_t count = std::min(maps.images.size(), static_cast<std::size_t>(p.blanked));
  if (count < 3 || !maps.hasCls || context.model().classify(std::span(maps.images).first(1)).rows == 0) {
    context.log("rollout is not compared with blanking: that needs a classifier and at least three pictures");
    return;
  }
  Spread rolled, raw, difference;
  const auto patches = static_cast<std::size_t>(maps.tokens - 1);
  for (std::size_t s = 0; s < count; ++s) {
    const auto loss = confidenceLoss(maps.images[s], maps, context);
    std::vector<double> fromRollout(patches), fromLast(patches, 0.0);
    for (std::size_t i = 0; i < patches; ++i) {
      fromRollout[i] = static_cast<double>(maps.rolloutOf(s)[i + 1]);
      for (int head = 0; head < maps.heads; ++head) {
        fromLast[i] += static_cast<double>(maps.map(s, maps.layers - 1, head)[i + 1]);
      }
    }
    const double a = rankCorrelation(fromRollout, loss), b = rankCorrelation(fromLast, loss);
    rolled.add(a);
    raw.add(b);
    difference.add(a - b);
  }
  context.metric("rollout_blanking_correlation", rolled.mean());
  context.baseline("last layer's attention", "rollout_blanking_correlation", raw.mean());
  context.check({"rollout agrees with blanking more than the last layer's attention", Check::Kind::Trend, difference.mean() > 2 * difference.standardError(),
                 difference.mean(), "> 2 standard errors over " + std::to_string(count) + " pictures: " + std::to_string(2 * difference.standardError()), "M"});
}

}  // namespace

void run(const Params &p, RunContext &context) {
  requirePictures(context);
  auto start = std::chrono::steady_clock::now();
  AttentionMaps maps = collect(p, context);
  context.timed("attention", start);

  start = std::chrono::steady_clock::now();
  const double mapError = rowError(maps.maps, maps.tokens), rolloutError = rowError(maps.rollout, maps.tokens), apart = headDistance(maps);
  context.check({"attention rows sum to 1, finite and not negative", Check::Kind::Exact, mapError <= 1e-5, mapError, "<= 1e-5", "V"});
  context.check({"rollout rows sum to 1, finite and not negative", Check::Kind::Exact, rolloutError <= 1e-5, rolloutError, "<= 1e-5", "V"});
  if (maps.heads > 1) {
    context.check({"heads differ", Check::Kind::Exact, apart > 1e-3, apart, "mean distance of rows > 1e-3 (0 equal, 2 nothing shared)", "V"});
  }
  context.metric("head_distance", apart);
  auto [entropy, distance] = reachCurves(maps, context);
  const Json metadata = {{"most_bits", std::log2(static_cast<double>(maps.tokens))}};
  compareWithBlanking(p, maps, context);
  context.timed("check", start);
  const ModelInfo &info = context.model().info();
  context.emit("attention", std::move(maps), {{"model", info.name}, {"layers", info.layers}, {"heads", info.heads}});
  context.emit("attention-entropy", std::move(entropy), metadata);
  context.emit("attention-distance", std::move(distance));
}

void describe(StudyRegistry &registry) {
  Schema<Params> schema;
  schema
      .add("samples", &Params::samples, "Pictures",
           "How many of the run's pictures are looked at, from the first on. More take more memory and time, and steadier means.")
      .range(1, 4096);
  schema
      .add("blanked", &Params::blanked, "Pictures to blank",
           "On how many pictures rollout is compared with blanking patch by patch. More make the comparison surer and slower; fewer than 3 leave it out.")
      .range(0, 256)
      .inAdvanced();

  StudyInfo info;
  info.id = "attention";
  info.title = "Attention and rollout";
  info.family = "attention";
  info.paper = "S. Abnar and W. Zuidema 2020, Quantifying Attention Flow in Transformers; A. Dosovitskiy et al. 2021, An Image is Worth 16x16 Words";
  info.summary = "Shows where every head of every layer looks, and what has reached the class token through all layers.";
  info.claim =
      "Multiplied through the layers (rollout), attention tells better than the last layer's what the answer depends on: checked by blanking patch after "
      "patch.";
  info.needsModel = true;
  info.needsImages = true;
  info.smoke = {{"samples", 8}, {"blanked", 3}};
  info.help = kHelp;
  registry.add(std::move(info), schema, run);
}

}  // namespace vitrine::study::attention

VITRINE_STUDY(attention)
