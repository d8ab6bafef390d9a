// Sample artifacts: pictures are real, numbers are made from them or from a seed, so that every machine gets the same.
#include "samples.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "core/parts.h"
#include "core/prototypes.h"
#include "core/seed.h"
#include "data/data.h"

namespace vitrine::samples {

namespace {

Ids firstIds(const Dataset &data, std::size_t count) {
  const auto test = static_cast<std::ptrdiff_t>(data.trainCount());
  return std::make_shared<const std::vector<SampleId>>(data.ids().begin() + test, data.ids().begin() + test + static_cast<std::ptrdiff_t>(count));
}

template <class T>
Artifact made(const std::string &name, T value) {
  return {name, std::make_shared<const Payload>(std::move(value))};
}

/// Mean brightness of each cell of the picture: what the made heads look at.
std::vector<double> cellsOf(const Image &image, int grid) {
  std::vector<double> cells(static_cast<std::size_t>(grid * grid));
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const int cell = y * grid / image.height * grid + x * grid / image.width;
      cells[static_cast<std::size_t>(cell)] += image.pixels[static_cast<std::size_t>((y * image.width + x) * image.channels)] / 255.0;
    }
  }
  return cells;
}

/// One row that sums to 1: brightness, weighted by a place that each head prefers, sharper in later layers.
void fillRow(std::span<float> row, const std::vector<double> &cells, int grid, int query, double sharp, double placeX, double placeY) {
  double sum = 0;
  for (std::size_t token = 0; token < row.size(); ++token) {
    double value = 0.5;
    if (token > 0) {
      const int cell = static_cast<int>(token) - 1, x = cell % grid, y = cell / grid;
      const double cx = query > 0 ? (query - 1) % grid : placeX * grid, cy = query > 0 ? (query - 1) / grid : placeY * grid;
      value =
          std::exp(sharp * cells[static_cast<std::size_t>(cell)] * grid * grid / 784.0 - ((x - cx) * (x - cx) + (y - cy) * (y - cy)) / (0.35 * grid * grid));
    }
    row[token] = static_cast<float>(value);
    sum += value;
  }
  std::transform(row.begin(), row.end(), row.begin(), [sum](float v) { return static_cast<float>(v / sum); });
}

Artifact pictures(const Dataset &data, std::size_t count) {
  ImageGrid grid;
  grid.ids = firstIds(data, count);
  for (const SampleId id : *grid.ids) {
    grid.images.push_back(data.image(id));
    grid.captions.push_back(data.label()->text(*data.row(id)));
  }
  return made("pictures", std::move(grid));
}

Artifact map(const Dataset &data, std::size_t count) {
  Projection projection;
  projection.ids = firstIds(data, count);
  projection.positions = Matrix(count, 2);
  Rng rng(3);
  for (std::size_t i = 0; i < count; ++i) {
    const double angle = 0.628 * data.label()->codes[*data.row((*projection.ids)[i])];
    projection.positions.row(i)[0] = static_cast<float>(20 * std::cos(angle) + 4 * rng.normal());
    projection.positions.row(i)[1] = static_cast<float>(20 * std::sin(angle) + 4 * rng.normal());
  }
  return made("projection", std::move(projection));
}

Artifact maps(const Dataset &data, std::size_t count) {
  const Projection first = *map(data, count).as<Projection>();
  Maps several{first.ids, {}, {}, {}};
  for (int turn = 0; turn < 5; ++turn) {
    Matrix turned = first.positions;
    for (std::size_t i = 0; i < count; ++i) {
      const double x = first.positions.row(i)[0], y = first.positions.row(i)[1], angle = 0.9 * turn;
      turned.row(i)[0] = static_cast<float>(x * std::cos(angle) - y * std::sin(angle));
      turned.row(i)[1] = static_cast<float>((x * std::sin(angle) + y * std::cos(angle)) / (1 + turn));
    }
    several.maps.push_back(std::move(turned));
    several.captions.push_back("perplexity " + std::to_string(10 << turn) + ", seed 1");
  }
  return made("maps", std::move(several));
}

/// Garments as the frames of a film, made rougher by rounding to `step`.
class GarmentFilm : public FrameSource {
 public:
  explicit GarmentFilm(int step) : m_step(step), m_data(garments()) {}
  std::size_t count() const override { return 24; }
  int width() const override { return 28; }
  int height() const override { return 28; }
  double rate() const override { return 12; }
  Image frame(std::size_t i) const override {
    Image image = m_data->image(m_data->ids()[m_data->trainCount() + i]);
    std::ranges::for_each(image.pixels, [this](std::uint8_t &v) { v = static_cast<std::uint8_t>(v / m_step * m_step); });
    return image;
  }
  std::vector<std::uint8_t> file() const override { return {}; }

 private:
  int m_step;
  std::shared_ptr<const Dataset> m_data;
};

/// Codes that need no network: the mean brightness of each of 7 x 7 cells.
class CellCoder : public PictureCoder {
 public:
  std::size_t dims() const override { return 49; }
  Image input(const Image &picture) const override { return picture; }
  std::vector<float> encode(const Image &picture) const override {
    const std::vector<double> cells = cellsOf(picture, 7);
    std::vector<float> code(cells.size());
    std::ranges::transform(cells, code.begin(), [](double value) { return static_cast<float>(value / 16); });
    return code;
  }
  Image decode(std::span<const float> latent) const override {
    Image image{28, 28, 1, std::vector<std::uint8_t>(784)};
    for (std::size_t i = 0; i < 784; ++i) {
      image.pixels[i] = static_cast<std::uint8_t>(std::clamp(255 * latent[i / 112 * 7 + i % 28 / 4], 0.0F, 255.0F));
    }
    return image;
  }
  std::vector<std::uint8_t> file() const override { return {}; }
};

/// A prototype is the mean of some samples of one class; nearness to it speaks for that class.
Artifact prototypes(const Dataset &data, std::size_t count) {
  constexpr std::size_t kPrototypes = 12;
  Prototypes p;
  p.ids = firstIds(data, count);
  p.testCount = count;
  p.coder = std::make_shared<CellCoder>();
  p.classNames = data.label()->categories;
  p.latents = Matrix(count, p.coder->dims());
  for (std::size_t i = 0; i < count; ++i) {
    std::ranges::copy(p.coder->encode(data.image((*p.ids)[i])), p.latents.row(i).begin());
    p.labels.push_back(data.label()->codes[*data.row((*p.ids)[i])]);
  }
  p.prototypes = Matrix(kPrototypes, p.coder->dims());
  p.weights = Matrix(kPrototypes, p.classNames.size());
  for (std::size_t j = 0; j < kPrototypes; ++j) {
    const std::size_t k = j % p.classNames.size();
    std::size_t n = 0;
    for (std::size_t i = j; i < count && n < 20; ++i) {
      if (static_cast<std::size_t>(p.labels[i]) == k) {
        ++n;
        std::ranges::transform(p.prototypes.row(j), p.latents.row(i), p.prototypes.row(j).begin(), [](float sum, float value) { return sum + value / 20; });
      }
    }
    for (std::size_t c = 0; c < p.classNames.size(); ++c) {
      p.weights.row(j)[c] = (c == k ? -2.4F : 0.2F) + 0.05F * static_cast<float>((c * 7 + j * 3) % 5);
    }
  }
  const Matrix distances = squaredDistances(p.latents, p.prototypes);
  for (std::size_t j = 0; j < kPrototypes; ++j) {
    std::size_t best = 0;
    for (std::size_t i = 0; i < count; ++i) {
      best = distances.row(i)[j] < distances.row(best)[j] ? i : best;
    }
    p.nearest.push_back((*p.ids)[best]);
    p.nearestSquared.push_back(distances.row(best)[j]);
  }
  for (int epoch = 0; epoch < 3; ++epoch) {  // each prototype comes out of the grey
    Prototypes::Moment moment{5 * epoch, p.prototypes, p.weights, {}};
    for (std::size_t j = 0; j < kPrototypes; ++j) {
      std::ranges::for_each(moment.prototypes.row(j), [epoch](float &v) { v = 0.3F + (v - 0.3F) * static_cast<float>(epoch + 1) / 4; });
      moment.pictures.push_back(p.coder->decode(moment.prototypes.row(j)));
    }
    p.replay.push_back(std::move(moment));
  }
  return made("prototypes", std::move(p));
}

/// Patches that need no network: the brightness of the 3 x 3 cells around each of 7 x 7. Two of each class's first garment are prototypes.
Artifact parts(const Dataset &data, std::size_t count) {
  constexpr int kGrid = 7, kPlaces[] = {17, 38};
  Parts p;
  p.ids = firstIds(data, count);
  p.classNames = data.label()->categories;
  p.mapSide = kGrid;
  p.width = p.height = 28;
  for (int place = 0; place < kGrid * kGrid; ++place) {
    const int x = place % kGrid, y = place / kGrid, left = std::max(0, x - 1), top = std::max(0, y - 1);
    p.boxes.push_back({4 * left, 4 * top, 4 * (std::min(kGrid - 1, x + 1) - left + 1), 4 * (std::min(kGrid - 1, y + 1) - top + 1)});
  }
  const auto patchesOf = [&](SampleId id) {
    const std::vector<double> cells = cellsOf(data.image(id), kGrid);
    Matrix patches(kGrid * kGrid, 9);
    for (int place = 0; place < kGrid * kGrid; ++place) {
      for (int k = 0; k < 9; ++k) {
        const int x = place % kGrid + k % 3 - 1, y = place / kGrid + k / 3 - 1;
        const bool inside = x >= 0 && x < kGrid && y >= 0 && y < kGrid;
        patches.row(static_cast<std::size_t>(place))[static_cast<std::size_t>(k)] =
            inside ? static_cast<float>(cells[static_cast<std::size_t>(y * kGrid + x)] / 16) : 0.0F;
      }
    }
    return patches;
  };
  const std::size_t classes = p.classNames.size(), m = 2 * classes;
  Matrix prototypes(m, 9);
  p.weights = Matrix(m, classes);
  p.similarity = Matrix(count, m);
  for (std::size_t j = 0; j < m; ++j) {
    const auto owner = static_cast<std::int32_t>(j / 2);
    const auto row = static_cast<std::size_t>(std::ranges::find(data.label()->codes, owner) - data.label()->codes.begin());
    p.sources.push_back({owner, data.ids()[row], kPlaces[j % 2], data.image(data.ids()[row])});
    std::ranges::copy(patchesOf(data.ids()[row]).row(static_cast<std::size_t>(kPlaces[j % 2])), prototypes.row(j).begin());
    for (std::size_t k = 0; k < classes; ++k) {
      p.weights.row(j)[k] = k == static_cast<std::size_t>(owner) ? 1.2F : -0.05F * static_cast<float>((k * 3 + j) % 4);
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    const NearestParts found = nearestParts(patchesOf((*p.ids)[i]), kGrid * kGrid, prototypes);
    std::ranges::transform(found.squared.values, p.similarity.row(i).begin(),
                           [](float v) { return static_cast<float>(partSimilarity(static_cast<double>(v))); });
    p.positions.insert(p.positions.end(), found.positions.begin(), found.positions.end());
    p.labels.push_back(data.label()->codes[*data.row((*p.ids)[i])]);
  }
  return made("parts", std::move(p));
}

}  // namespace

std::shared_ptr<const FrameSource> originals() {
  return std::make_shared<GarmentFilm>(1);
}

std::shared_ptr<const Dataset> garments() {
  return data::open("fashion-mnist");
}

Artifact attentionOf(const Dataset &data, std::size_t samples, int layers, int heads, int grid) {
  AttentionMaps maps;
  maps.ids = firstIds(data, samples);
  maps.layers = layers;
  maps.heads = heads;
  maps.gridRows = maps.gridCols = grid;
  maps.tokens = grid * grid + 1;
  const auto tokens = static_cast<std::size_t>(maps.tokens);
  maps.maps.resize(samples * static_cast<std::size_t>(layers * heads) * tokens * tokens);
  maps.rollout.resize(samples * tokens * tokens);
  Rng rng(5);
  std::vector<double> places(static_cast<std::size_t>(2 * layers * heads));
  std::generate(places.begin(), places.end(), [&rng] { return rng.uniform(); });
  auto out = std::span(maps.maps);
  for (std::size_t s = 0; s < samples; ++s) {
    maps.images.push_back(data.image((*maps.ids)[s]));
    const std::vector<double> cells = cellsOf(maps.images.back(), grid);
    for (int map = 0; map < layers * heads; ++map) {
      for (int query = 0; query < maps.tokens; ++query, out = out.subspan(tokens)) {
        fillRow(out.first(tokens), cells, grid, query, 0.4 + 0.5 * (map / heads), places[static_cast<std::size_t>(2 * map)],
                places[static_cast<std::size_t>(2 * map + 1)]);
      }
    }
    for (std::size_t query = 0; query < tokens; ++query) {
      fillRow(std::span(maps.rollout).subspan((s * tokens + query) * tokens, tokens), cells, grid, static_cast<int>(query), 0.3, 0.5, 0.5);
    }
  }
  return made("attention", std::move(maps));
}

Artifact curves(std::size_t points) {
  Curve curve{"epoch", "loss", {{"training", {}, {}}, {"test", {}, {}}}};
  Rng rng(9);
  for (std::size_t i = 0; i < points; ++i) {
    const double epoch = 12.0 * static_cast<double>(i) / static_cast<double>(points), fall = std::exp(-0.5 * epoch);
    curve.series[0].x.push_back(epoch);
    curve.series[0].y.push_back(0.24 + 2 * fall + (0.02 + 0.1 * fall) * rng.normal());
    if (i % std::max<std::size_t>(1, points / 12) == 0) {
      curve.series[1].x.push_back(epoch);
      curve.series[1].y.push_back(0.31 + 1.9 * fall);
    }
  }
  return made("training", std::move(curve));
}

Artifact measures() {
  Table table;
  Column name, kind, rate, seconds;
  name.name = "layer";
  kind.name = "pooling";
  rate.name = "accuracy";
  seconds.name = "seconds";
  name.kind = Column::Kind::Text;
  kind.kind = Column::Kind::Category;
  kind.categories = {"CLS", "mean"};
  for (int i = 0; i < 14; ++i) {
    name.texts.push_back(i < 2 ? "patch embedding" : "block " + std::to_string(i / 2));
    kind.codes.push_back(i % 2);
    rate.numbers.push_back(0.71 + 0.2 * (1 - std::exp(-0.3 * i)));
    seconds.numbers.push_back(0.0132 * (i + 1));
  }
  table.columns = {name, kind, rate, seconds};
  return made("measures", std::move(table));
}

Artifact embedding(std::size_t rows, std::size_t dims) {
  Embedding result;
  auto ids = std::make_shared<std::vector<SampleId>>();
  result.vectors = Matrix(rows, dims);
  Rng rng(11);
  for (std::size_t i = 0; i < rows; ++i) {
    ids->push_back(static_cast<SampleId>(60000 + i));
  }
  std::generate(result.vectors.values.begin(), result.vectors.values.end(), [&rng] { return static_cast<float>(2 * rng.uniform() - 1); });
  result.ids = std::move(ids);
  return made("embedding", std::move(result));
}

Artifact sampleOf(const std::string &kind, const Dataset &data) {
  const std::map<std::string, std::function<Artifact()>> makers = {
      {"embedding", [] { return embedding(2000, 128); }},
      {"projection", [&] { return map(data, 2000); }},
      {"attention", [&] { return attentionOf(data, 12, 4, 6, 7); }},
      {"images", [&] { return pictures(data, 400); }},
      {"curve", [] { return curves(600); }},
      {"table", [] { return measures(); }},
      {"maps", [&] { return maps(data, 2000); }},
      {"prototypes", [&] { return prototypes(data, 1500); }},
      {"parts", [&] { return parts(data, 400); }},
      {"video",
       [&] {
         return made("model", Video{firstIds(data, 24), std::make_shared<GarmentFilm>(48), nullptr});
       }},
  };
  return makers.at(kind)();
}

}  // namespace vitrine::samples
