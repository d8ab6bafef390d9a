// Core: formats that must read back, parameters that must be refused, numbers that must repeat.
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <set>

#include "core/npy.h"
#include "core/report.h"
#include "core/seed.h"
#include "tests/checks/checks.h"
#include "tests/checks/study_runs.h"

namespace vitrine::checks {

namespace fs = std::filesystem;

namespace {

struct Folder {
  fs::path path = fs::temp_directory_path() / ("vitrine-check-" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

void npyRoundTrip() {
  const Folder folder;
  const std::vector<float> values = {0.0F, -0.0F, 1e-42F, 3.5F, -1e38F, std::nanf(""), 7, 8};
  writeNpy(folder.path / "a.npy", {2, 2, 2}, values);
  const NpyArray array = readNpy(folder.path / "a.npy");
  require(array.shape == std::vector<std::size_t>{2, 2, 2} && array.type == 'f' && array.itemSize == 4, "shape or type differs");
  require(std::memcmp(array.floats.data(), values.data(), values.size() * 4) == 0, "values differ in their bits");
  const std::vector<SampleId> ids = {0, -1, SampleId{1} << 52};
  writeNpy(folder.path / "ids.npy", ids);
  const NpyArray back = readNpy(folder.path / "ids.npy");
  require(back.type == 'i' && back.number(1) == -1 && back.number(2) == static_cast<double>(ids[2]), "ids differ");
  std::ofstream(folder.path / "short.npy", std::ios::binary) << "\x93NUMPY";
  requireRefused([&] { readNpy(folder.path / "short.npy"); }, "short.npy");
  requireRefused([&] { readNpy(folder.path / "none.npy"); }, "none.npy");
}

Column textColumn(const char *name, std::vector<std::string> texts) {
  Column column;
  column.name = name;
  column.kind = Column::Kind::Text;
  column.texts = std::move(texts);
  return column;
}

void csvRoundTrip() {
  Table table;
  table.ids = std::make_shared<const std::vector<SampleId>>(std::vector<SampleId>{7, 9});
  Column numbers;
  numbers.name = "a, b";
  numbers.numbers = {0.1, std::nan("")};
  table.columns = {numbers, textColumn("said", {"he said \"no\",\r\nand left", " "})};
  const std::string text = csv(table);
  require(text == "id,\"a, b\",said\n7,0.1,\"he said \"\"no\"\",\r\nand left\"\n9,,\" \"\n", "text is " + text);
  const Table back = tableFrom(parseCsv(text, "test"), {Column::Kind::Number, Column::Kind::Text}, true);
  require(*back.ids == *table.ids && back.columns[0].numbers[0] == 0.1 && std::isnan(back.columns[0].numbers[1]), "numbers differ");
  require(back.columns[1].texts == table.columns[1].texts && back.columns[0].name == "a, b", "texts differ");
  requireRefused([] { parseCsv("a,b\n1\n", "test"); }, "test:2");
  const Curve curve{"x", "y", {{"one", {1, 2}, {0.5, 1e-300}}, {"two", {1}, {3}}}};
  const Curve again = curveFrom(parseCsv(csv(curve), "test"), "y");
  require(again.series.size() == 2 && again.series[0].y == curve.series[0].y && again.series[1].x == curve.series[1].x, "curve differs");
}

struct Knobs {
  int count = 3;
  double rate = 0.5;
  std::string mode = "a";
  bool on = true;
};

void schemaChecksValues() {
  Schema<Knobs> schema;
  schema.add("count", &Knobs::count, "Count", "").range(1, 10);
  schema.add("rate", &Knobs::rate, "Rate", "").atLeast(0);
  schema.add("mode", &Knobs::mode, "Mode", "").oneOf({"a", "b"});
  schema.add("on", &Knobs::on, "On", "");
  const Knobs read = schema.parse({{"count", 4.0}, {"mode", "b"}});
  require(read.count == 4 && read.rate == 0.5 && read.mode == "b" && read.on, "values differ");
  const auto refuse = [&](const Json &given, const std::string &part) { requireRefused([&] { schema.parse(given); }, part); };
  refuse({{"count", 11}}, "count = 11");
  refuse({{"count", 2.5}}, "count");
  refuse({{"count", "3"}}, "count");
  refuse({{"rate", -0.1}}, "rate");
  refuse({{"rate", std::nan("")}}, "rate");
  refuse({{"mode", "c"}}, "one of a, b");
  refuse({{"cuont", 1}}, "cuont");
  for (const char *text : {"", "1x", "0x10", "nan", "1e400", " 1"}) {
    requireRefused([&] { parseText(schema.specs()[1], text); }, "rate");
  }
  require(parseText(schema.specs()[3], "off") == false && parseText(schema.specs()[0], "1e1") == 10, "text is read wrongly");
}

/// Seeds repeat, and the streams of neighbouring seeds have nothing in common (a plain splitmix64 counts them along one another).
void seedsRepeat() {
  Rng a(5), b(5);
  std::set<std::uint64_t> numbers;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Rng rng(seed);
    for (int i = 0; i < 50; ++i) {
      numbers.insert(rng.next());
    }
  }
  require(a.next() == b.next(), "a seed does not repeat");
  require(numbers.size() == 2500, "streams of different seeds share numbers");
  double sum = 0, squares = 0;
  for (int i = 0; i < 20000; ++i) {
    const double value = a.normal();
    sum += value;
    squares += value * value;
  }
  requireNear(sum / 20000, 0, 0.03, "mean of normal numbers");
  requireNear(squares / 20000, 1, 0.05, "variance of normal numbers");
}

/// One artifact of each kind, written as a report and read back.
void reportReadsBack() {
  const Folder folder;
  RunSummary summary;
  summary.study = "made-up";
  summary.inputs.dataset = madeUpPictures(3);
  summary.inputs.ids = {0, 1, 2};
  summary.record.seconds["total"] = 1;
  summary.record.metrics["bad"] = std::nan("");
  const Ids ids = std::make_shared<const std::vector<SampleId>>(summary.inputs.ids),
            two = std::make_shared<const std::vector<SampleId>>(std::vector<SampleId>{2, 0});
  const auto add = [&](const char *name, Payload payload) {
    summary.artifacts.push_back({name, std::make_shared<const Payload>(std::move(payload)), {{"note", name}}});
  };
  Matrix positions(3, 2);
  positions.values = {1, 2, 3, 4, 5, 6};
  add("projection", Projection{ids, positions});
  add("few", Embedding{two, Matrix(2, 4)});
  const std::vector<Image> seen = {{1, 1, 1, {7}}, {1, 1, 3, {4, 5, 6}}};
  add("attention", AttentionMaps{two, 1, 2, 5, 2, 2, true, std::vector<float>(100, 0.2F), std::vector<float>(50, 0.2F), seen});
  add("pictures", ImageGrid{ids, {{1, 1, 1, {9}}, {1, 1, 3, {1, 2, 3}}, {1, 1, 4, {1, 2, 3, 4}}}, {"a", "b", "c"}});
  add("cost", Curve{"iteration", "KL", {{"t-SNE", {1, 2}, {0.5, 0.25}}}});
  add("table", Table{ids, {textColumn("name", {"x", "y", "z"})}});
  Column note;
  note.name = "stability";
  note.numbers = {0.5, 1, 0};
  add("maps", Maps{ids, {positions, Matrix(3, 2)}, {"first", "second"}, {note}});
  writeReport(summary, folder.path);

  const auto bytes = readFile(folder.path / "report.json");
  const Json report = Json::parse(bytes);
  require(report.at("metrics").at("bad").is_null() && report.at("data").at("count") == 3, "report.json differs");
  std::vector<Artifact> back;
  for (const auto &entry : report.at("artifacts")) {
    back.push_back(readArtifact(entry, folder.path));
    require(back.back().name == summary.artifacts[back.size() - 1].name && back.back().kind() == summary.artifacts[back.size() - 1].kind(), "an entry differs");
    require(back.back().metadata.at("note") == back.back().name, "metadata differ");
  }
  require(back[0].as<Projection>()->positions.values == positions.values && *back[0].as<Projection>()->ids == *ids, "projection differs");
  require(*back[1].as<Embedding>()->ids == *two && *back[2].as<AttentionMaps>()->ids == *two, "ids of a part of the samples differ");
  require(back[2].as<AttentionMaps>()->heads == 2 && back[2].as<AttentionMaps>()->rollout.size() == 50, "attention differs");
  require(back[2].as<AttentionMaps>()->images.at(1).pixels == std::vector<std::uint8_t>{4, 5, 6}, "what the model saw differs");
  require(back[3].as<ImageGrid>()->images.at(1).pixels == std::vector<std::uint8_t>{1, 2, 3}, "pictures differ");
  require(back[3].as<ImageGrid>()->captions.size() == 3 && back[4].as<Curve>()->series[0].y[1] == 0.25, "captions or curve differ");
  require(back[5].as<Table>()->columns[0].texts[2] == "z", "table differs");
  const auto *maps = back[6].as<Maps>();
  require(maps->maps.size() == 2 && maps->maps[0].values == positions.values && maps->captions[1] == "second" && maps->columns[0].numbers[1] == 1,
          "maps side by side differ");
  Json crafted = report.at("artifacts")[0];
  crafted["file"] = "../projection.npy";
  requireRefused([&] { readArtifact(crafted, folder.path); }, "plain name");
  requireRefused([&] { readArtifact(Json::object(), folder.path); }, "damaged");
}

void splitsCount() {
  const auto data = madeUpPictures(200);
  require(splitIds(*data, Split::Train, 0).size() == 150 && splitIds(*data, Split::Test, 0).front() == 150, "split differs");
  require(splitIds(*data, Split::All, 7).size() == 7 && splitIds(*data, Split::Test, 1000).size() == 50, "limit differs");
  require(gather(*data, std::vector<SampleId>{3, 1}).rows == 2, "gather differs");
}

}  // namespace

std::vector<SelfCheck> coreChecks() {
  return {{"core/npy round trip", npyRoundTrip}, {"core/csv round trip", csvRoundTrip},       {"core/parameters are checked", schemaChecksValues},
          {"core/seeds repeat", seedsRepeat},    {"core/report reads back", reportReadsBack}, {"core/splits and limits", splitsCount}};
}

}  // namespace vitrine::checks
