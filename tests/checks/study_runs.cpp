#include "tests/checks/study_runs.h"

#include <algorithm>
#include <bit>
#include <iomanip>
#include <sstream>

#include "core/report.h"
#include "core/seed.h"
#include "models/models.h"
#include "tests/checks/checks.h"

namespace vitrine::checks {

namespace {

constexpr int kSide = 14;

class MadeUpPictures : public Dataset {
 public:
  explicit MadeUpPictures(std::size_t count) : m_ids(count) {
    m_provenance = {"made-up pictures", "made up", "", "", ""};
    Column label;
    label.name = "place";
    label.kind = Column::Kind::Category;
    label.categories = {"top", "bottom", "left", "right"};
    for (std::size_t i = 0; i < count; ++i) {
      m_ids[i] = static_cast<SampleId>(i);
      label.codes.push_back(static_cast<std::int32_t>(i % 4));
    }
    m_columns.push_back(std::move(label));
  }

  const Provenance &provenance() const override { return m_provenance; }
  const std::vector<SampleId> &ids() const override { return m_ids; }
  std::size_t trainCount() const override { return m_ids.size() * 3 / 4; }
  const std::vector<Column> &columns() const override { return m_columns; }
  bool hasImages() const override { return true; }
  std::size_t featureCount() const override { return kSide * kSide; }
  std::optional<std::size_t> row(SampleId id) const override {
    return id >= 0 && id < static_cast<SampleId>(m_ids.size()) ? std::optional(static_cast<std::size_t>(id)) : std::nullopt;
  }
  Image image(SampleId id) const override {
    Image picture{kSide, kSide, 1, std::vector<std::uint8_t>(featureCount())};
    Rng rng(static_cast<std::uint64_t>(id) + 1000);
    for (int y = 0; y < kSide; ++y) {
      for (int x = 0; x < kSide; ++x) {
        const bool bar = std::array{y < 4, y >= kSide - 4, x < 4, x >= kSide - 4}[static_cast<std::size_t>(id % 4)];
        picture.pixels[static_cast<std::size_t>(y * kSide + x)] = static_cast<std::uint8_t>((bar ? 150 : 20) + rng.below(80));
      }
    }
    return picture;
  }
  void values(SampleId id, std::span<float> out) const override {
    const Image picture = image(id);
    std::transform(picture.pixels.begin(), picture.pixels.end(), out.begin(), [](std::uint8_t pixel) { return static_cast<float>(pixel) / 255.0F; });
  }

 private:
  Provenance m_provenance;
  std::vector<SampleId> m_ids;
  std::vector<Column> m_columns;
};

bool isTime(const std::string &metric) {
  return metric.ends_with("seconds") || metric.ends_with("per_second") || metric.ends_with("fps") || metric.ends_with("_ms");
}

/// A table without its columns of times, as text.
std::string repeatable(Table table) {
  std::erase_if(table.columns, [](const Column &column) { return isTime(column.name); });
  return csv(table);
}

template <class T>
bool sameNumbers(const std::vector<T> &a, const std::vector<T> &b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](T x, T y) { return x == y || (x != x && y != y); });
}

struct SamePayload {
  const Payload &other;
  bool operator()(const Embedding &a) const { return sameNumbers(a.vectors.values, std::get<Embedding>(other).vectors.values); }
  bool operator()(const Projection &a) const { return sameNumbers(a.positions.values, std::get<Projection>(other).positions.values); }
  bool operator()(const AttentionMaps &a) const { return sameNumbers(a.maps, std::get<AttentionMaps>(other).maps); }
  bool operator()(const ImageGrid &a) const {
    const auto &b = std::get<ImageGrid>(other);
    return std::equal(a.images.begin(), a.images.end(), b.images.begin(), b.images.end(), [](const Image &x, const Image &y) { return x.pixels == y.pixels; });
  }
  bool operator()(const Maps &a) const {
    const auto &b = std::get<Maps>(other);
    return std::equal(a.maps.begin(), a.maps.end(), b.maps.begin(), b.maps.end(),
                      [](const Matrix &x, const Matrix &y) { return sameNumbers(x.values, y.values); });
  }
  bool operator()(const Curve &a) const {
    const auto &b = std::get<Curve>(other);
    return std::equal(a.series.begin(), a.series.end(), b.series.begin(), b.series.end(),
                      [](const auto &x, const auto &y) { return x.name == y.name && sameNumbers(x.x, y.x) && sameNumbers(x.y, y.y); });
  }
  bool operator()(const Video &a) const { return a.frames->file() == std::get<Video>(other).frames->file(); }
  bool operator()(const Prototypes &a) const {
    const auto &b = std::get<Prototypes>(other);
    return sameNumbers(a.latents.values, b.latents.values) && sameNumbers(a.prototypes.values, b.prototypes.values) &&
           sameNumbers(a.weights.values, b.weights.values) && a.nearest == b.nearest && (!a.coder || a.coder->file() == b.coder->file());
  }
  bool operator()(const Parts &a) const {
    const auto &b = std::get<Parts>(other);
    return sameNumbers(a.similarity.values, b.similarity.values) && sameNumbers(a.weights.values, b.weights.values) && a.positions == b.positions &&
           std::equal(a.sources.begin(), a.sources.end(), b.sources.begin(), b.sources.end(),
                      [](const Parts::Source &x, const Parts::Source &y) { return x.id == y.id && x.position == y.position; });
  }
  bool operator()(const Table &a) const { return repeatable(a) == repeatable(std::get<Table>(other)); }
};

/// The first point that two curves do not share, so that a failure tells by how much they differ; empty for anything else.
std::string firstPoint(const Payload &a, const Payload &b) {
  const auto *one = std::get_if<Curve>(&a), *two = std::get_if<Curve>(&b);
  for (std::size_t s = 0; one != nullptr && two != nullptr && s < std::min(one->series.size(), two->series.size()); ++s) {
    const auto &x = one->series[s], &y = two->series[s];
    const auto [at, other] = std::ranges::mismatch(x.y, y.y);
    if (at != x.y.end() && other != y.y.end()) {
      std::ostringstream text;
      text << std::setprecision(17) << ", " << x.name << " at point " << at - x.y.begin() << ": " << *at << " and " << *other;
      return text.str();
    }
  }
  return {};
}

}  // namespace

std::shared_ptr<const Dataset> madeUpPictures(std::size_t count) {
  return std::make_shared<MadeUpPictures>(count);
}

const Artifact *Outcome::artifact(const std::string &name) const {
  const auto it = std::find_if(artifacts.begin(), artifacts.end(), [&](const Artifact &artifact) { return artifact.name == name; });
  return it == artifacts.end() ? nullptr : &*it;
}

RunInputs smokeInputs(const StudyInfo &study) {
  RunInputs inputs;
  if (study.needsDataset) {
    inputs.dataset = madeUpPictures();
    inputs.ids = inputs.dataset->ids();
  }
  if (study.needsModel) {
    const auto builtIns = models::builtIns();
    require(!builtIns.empty(), "no model is built in");
    inputs.model = models::open(builtIns.front().name);
  }
  return inputs;
}

Outcome runStudy(const StudyInfo &study, const Json &parameters, const RunInputs &inputs, const std::shared_ptr<RunControl> &control,
                 const std::function<void(std::int64_t, std::int64_t, const std::string &)> &onStep) {
  Outcome outcome;
  RunListener listener;
  listener.progress = [&](std::int64_t i, std::int64_t n, const std::string &what) {
    if (outcome.stages.empty() || outcome.stages.back() != what) {
      outcome.stages.push_back(what);
    }
    if (onStep) {
      onStep(i, n, what);
    }
  };
  listener.artifact = [&](const Artifact &artifact) {
    const auto it = std::find_if(outcome.artifacts.begin(), outcome.artifacts.end(), [&](const Artifact &other) { return other.name == artifact.name; });
    if (it == outcome.artifacts.end()) {
      outcome.artifacts.push_back(artifact);
    } else {
      *it = artifact;
    }
  };
  listener.frame = [&](const Artifact &frame) { outcome.frames.push_back(frame); };
  listener.neighbours = [&](std::shared_ptr<NeighbourSource> source) { outcome.neighbours = std::move(source); };
  RunContext context(inputs, control, listener);
  study.run(parameters, context);
  outcome.record = context.results();
  outcome.parameters = context.values();
  return outcome;
}

std::string difference(const Outcome &a, const Outcome &b) {
  if (a.artifacts.size() != b.artifacts.size()) {
    return "number of artifacts";
  }
  for (std::size_t i = 0; i < a.artifacts.size(); ++i) {
    const auto &one = a.artifacts[i], &two = b.artifacts[i];
    if (one.name != two.name || one.kind() != two.kind() || !std::visit(SamePayload{*two.payload}, *one.payload)) {
      return "artifact " + one.name + firstPoint(*one.payload, *two.payload);
    }
  }
  for (const auto &[name, value] : a.record.metrics) {
    if (!isTime(name) && (!b.record.metrics.contains(name) || std::bit_cast<std::uint64_t>(value) != std::bit_cast<std::uint64_t>(b.record.metrics.at(name)))) {
      return "metric " + name;
    }
  }
  return {};
}

std::vector<SelfCheck> studyChecks() {
  std::vector<SelfCheck> checks;
  for (const auto &study : studies().all()) {
    checks.push_back({"studies/" + study.id + ", small run", [&study] {
                        const Outcome outcome = runStudy(study, study.smoke, smokeInputs(study));
                        require(!outcome.artifacts.empty(), "gives no artifact");
                        for (const auto &check : outcome.record.checks) {
                          require(check.kind == Check::Kind::Trend || check.passed, check.name + ": " + std::to_string(check.value) + ", wanted " + check.want);
                        }
                      }});
  }
  return checks;
}

}  // namespace vitrine::checks
