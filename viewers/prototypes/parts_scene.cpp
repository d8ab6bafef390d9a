#include "viewers/prototypes/parts_scene.h"

#include <algorithm>
#include <cmath>

#include <QObject>

#include "widgets/format.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

constexpr std::size_t kListed = 5, kBoxed = 3, kColours = 7;  // the eighth is black or white

Column column(const std::string &name, Column::Kind kind = Column::Kind::Number) {
  Column made;
  made.name = name;
  made.kind = kind;
  return made;
}

/// Four columns of a box's pixels.
struct BoxColumns {
  explicit BoxColumns(const std::string &of) : all{column(of + "_x"), column(of + "_y"), column(of + "_width"), column(of + "_height")} {}
  void add(const Parts::Box &box) {
    const int values[] = {box.x, box.y, box.width, box.height};
    for (std::size_t i = 0; i < 4; ++i) {
      all[i].numbers.push_back(values[i]);
    }
  }
  std::vector<Column> all;
};

Table tableOf(std::vector<Column> columns, const std::vector<Column> &more) {
  columns.insert(columns.end(), more.begin(), more.end());
  return {nullptr, std::move(columns)};
}

}  // namespace

void PartsScene::ask() {
  scores.clear();
  evidence.clear();
  if (payload != nullptr && row) {
    scores = partScores(*payload, *row);
    evidence = partEvidence(*payload, *row, asked());
  }
}

QString PartsScene::className(std::size_t k) const {
  return QString::fromStdString(payload->classNames[k]);
}

QColor PartsScene::classColour(std::size_t k) const {
  return categoryColour(k, classes());
}

QColor PartsScene::colour(std::size_t j) const {
  return categoryColour(j % kColours, kColours + 1);
}

QString PartsScene::title(std::size_t j) const {
  return QStringLiteral("%1 %2").arg(j + 1).arg(className(static_cast<std::size_t>(payload->sources[j].speaksFor)));
}

const Parts::Box &PartsScene::sampleBox(std::size_t j) const {
  return payload->boxes[static_cast<std::size_t>(payload->positions[*row * count() + j])];
}

const Parts::Box &PartsScene::sourceBox(std::size_t j) const {
  return payload->boxes[static_cast<std::size_t>(payload->sources[j].position)];
}

std::vector<PartEvidence> PartsScene::listed() const {
  if (all || evidence.size() <= kListed) {
    return evidence;
  }
  std::vector<double> sizes;
  std::ranges::transform(evidence, std::back_inserter(sizes), [](const PartEvidence &e) { return std::abs(e.points); });
  std::ranges::nth_element(sizes, sizes.begin() + kListed - 1, std::greater<>());
  std::vector<PartEvidence> strongest;
  std::ranges::copy_if(evidence, std::back_inserter(strongest), [&](const PartEvidence &e) { return std::abs(e.points) >= sizes[kListed - 1]; });
  strongest.resize(std::min(strongest.size(), kListed));
  return strongest;
}

std::vector<std::size_t> PartsScene::boxed() const {
  std::vector<std::size_t> found;
  for (const PartEvidence &e : evidence) {
    if (e.points > 0 && found.size() < kBoxed) {
      found.push_back(e.prototype);
    }
  }
  if (chosen && row && std::ranges::count(found, *chosen) == 0) {
    found.push_back(*chosen);
  }
  return found;
}

QString sentence(const PartsScene &scene) {
  if (scene.scores.empty()) {
    return {};
  }
  const std::size_t called = scene.called(), truth = scene.truth();
  std::size_t next = called == 0 ? 1 : 0;
  for (std::size_t k = 0; k < scene.scores.size(); ++k) {
    next = k != called && scene.scores[k] > scene.scores[next] ? k : next;
  }
  const QString said = QObject::tr("Called %1, %2 points; next is %3, %4.")
                           .arg(scene.className(called), number(scene.scores[called]), scene.className(next), number(scene.scores[next]));
  return said + (truth == called ? QObject::tr(" That is right.") : QObject::tr(" In truth it is %1.").arg(scene.className(truth)));
}

QString decimals(double value) {
  return (value < 0 ? QStringLiteral("\u2212") : QString()) + QString::number(std::abs(value), 'f', 2);
}

QString points(double value) {
  return (value < 0 ? QString() : QStringLiteral("+")) + decimals(value);
}

Table evidenceTable(const PartsScene &scene) {
  Column prototype = column("prototype"), owner = column("speaks_for", Column::Kind::Text), similarity = column("similarity"), weight = column("weight"),
         given = column("points"), source = column("source");
  BoxColumns here("part"), there("source");
  for (const PartEvidence &e : scene.evidence) {
    const Parts::Source &from = scene.payload->sources[e.prototype];
    prototype.numbers.push_back(static_cast<double>(e.prototype + 1));
    owner.texts.push_back(scene.payload->classNames[static_cast<std::size_t>(from.speaksFor)]);
    similarity.numbers.push_back(e.similarity);
    weight.numbers.push_back(e.weight);
    given.numbers.push_back(e.points);
    source.numbers.push_back(static_cast<double>(from.id));
    here.add(scene.sampleBox(e.prototype));
    there.add(scene.sourceBox(e.prototype));
  }
  here.all.push_back(source);
  here.all.insert(here.all.end(), there.all.begin(), there.all.end());
  return tableOf({prototype, owner, similarity, weight, given}, here.all);
}

Table prototypesTable(const PartsScene &scene) {
  Column prototype = column("prototype"), owner = column("speaks_for", Column::Kind::Text), source = column("source");
  BoxColumns box("source");
  std::vector<Column> weights;
  for (const std::string &name : scene.payload->classNames) {
    weights.push_back(column("weight " + name));
  }
  for (std::size_t j = 0; j < scene.count(); ++j) {
    prototype.numbers.push_back(static_cast<double>(j + 1));
    owner.texts.push_back(scene.payload->classNames[static_cast<std::size_t>(scene.payload->sources[j].speaksFor)]);
    source.numbers.push_back(static_cast<double>(scene.payload->sources[j].id));
    box.add(scene.sourceBox(j));
    for (std::size_t k = 0; k < weights.size(); ++k) {
      weights[k].numbers.push_back(static_cast<double>(scene.payload->weights.row(j)[k]));
    }
  }
  box.all.insert(box.all.end(), weights.begin(), weights.end());
  return tableOf({prototype, owner, source}, box.all);
}

}  // namespace vitrine
