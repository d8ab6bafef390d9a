#include "viewers/prototypes/scene.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <QColor>
#include <QObject>

#include "widgets/format.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

constexpr std::size_t kMostNamed = 3;
constexpr double kMattersFrom = 0.2;  // of the strongest support: weaker ones are not named
constexpr double kCloseCall = 0.6;    // below this probability the second class is named

QString tr(const char *text) {
  return QObject::tr(text);
}

QString listed(const QStringList &words) {
  return words.size() < 2 ? words.join(QString()) : words.first(words.size() - 1).join(QStringLiteral(", ")) + tr(" and ") + words.back();
}

/// "prototypes 4 and 9, both Sneaker", or each with its own class.
QString named(const WorkshopScene &scene, const std::vector<std::size_t> &prototypes) {
  const std::size_t first = scene.classOfPrototype(prototypes.front());
  const bool alike = std::ranges::all_of(prototypes, [&](std::size_t j) { return scene.classOfPrototype(j) == first; });
  QStringList words;
  for (const std::size_t j : prototypes) {
    const QString number = QString::number(j + 1);
    words << (alike && prototypes.size() > 1 ? number : QStringLiteral("%1 (%2)").arg(number, scene.className(scene.classOfPrototype(j))));
  }
  if (prototypes.size() == 1) {
    return tr("prototype %1").arg(words.front());
  }
  const QString kind = !alike ? QString() : (prototypes.size() == 2 ? tr(", both %1") : tr(", all %1")).arg(scene.className(first));
  return tr("prototypes %1%2").arg(listed(words), kind);
}

/// Supporting prototypes that lie nearer (or farther) than for an average sample, as long as they matter.
std::vector<std::size_t> supporting(const WorkshopScene &scene, bool near) {
  std::vector<std::size_t> found;
  const double strongest = scene.why.evidence.empty() ? 0 : scene.why.evidence.front().support;
  for (const Evidence &e : scene.why.evidence) {
    if (e.support > 0 && e.support >= kMattersFrom * strongest && (e.distance < scene.means[e.prototype]) == near && found.size() < kMostNamed) {
      found.push_back(e.prototype);
    }
  }
  return found;
}

QString reasons(const WorkshopScene &scene) {
  const auto near = supporting(scene, true), far = supporting(scene, false);
  QStringList parts;
  if (!near.empty()) {
    parts << tr("it is near %1").arg(named(scene, near));
  }
  if (!far.empty()) {
    parts << tr("far from %1, where nearness would speak against it").arg(named(scene, far));
  }
  return parts.isEmpty() ? tr("no prototype speaks for it more than for an average sample") : parts.join(tr(", and "));
}

/// " Being near 10 counts for Shirt, too.": prototypes that speak most for another class.
QString otherClasses(const WorkshopScene &scene) {
  QStringList numbers;
  for (const std::size_t j : supporting(scene, true)) {
    if (scene.classOfPrototype(j) != scene.why.asked) {
      numbers << QString::number(j + 1);
    }
  }
  return numbers.isEmpty() ? QString() : tr(" Being near %1 counts for %2, too.").arg(listed(numbers), scene.className(scene.why.asked));
}

}  // namespace

bool WorkshopScene::edited() const {
  return payload != nullptr && (layer.prototypes.values != payload->prototypes.values || layer.weights.values != payload->weights.values ||
                                std::ranges::any_of(layer.on, [](std::uint8_t on) { return on == 0; }));
}

bool WorkshopScene::movedFromTraining(std::size_t j) const {
  return !std::ranges::equal(layer.prototypes.row(j), payload->prototypes.row(j));
}

QString WorkshopScene::className(std::size_t k) const {
  return k < payload->classNames.size() ? QString::fromStdString(payload->classNames[k]) : QString::number(k);
}

QColor WorkshopScene::classColour(std::size_t k) const {
  return categoryColour(k, classes());
}

QString WorkshopScene::title(std::size_t j) const {
  return QStringLiteral("%1 %2").arg(j + 1).arg(className(classOfPrototype(j)));
}

Why explained(std::span<const float> latent, const PrototypeLayer &layer, std::span<const double> means, std::optional<std::size_t> asked) {
  Why why;
  if (latent.size() != layer.prototypes.cols || means.size() != layer.count() || layer.weights.cols == 0) {
    return why;
  }
  Matrix one(1, latent.size());
  std::ranges::copy(latent, one.values.begin());
  why.distances = squaredDistances(one, layer.prototypes).values;
  why.logits = logits(why.distances, layer);
  why.probabilities = softmax(why.logits);
  why.predicted = static_cast<std::size_t>(std::ranges::max_element(why.logits) - why.logits.begin());
  why.asked = asked.value_or(why.predicted);
  why.evidence = evidence(why.distances, means, layer, why.asked);
  return why;
}

std::vector<std::size_t> namedNear(const WorkshopScene &scene) {
  return supporting(scene, true);
}

QString sentence(const WorkshopScene &scene) {
  const Why &why = scene.why;
  if (why.probabilities.empty()) {
    return {};
  }
  if (why.evidence.empty()) {
    return tr("All prototypes are switched off: nothing speaks for any class.");
  }
  const double p = why.probabilities[why.asked];
  const bool given = why.asked == why.predicted, isTruth = scene.sample.truth >= 0 && static_cast<std::size_t>(scene.sample.truth) == why.asked;
  const QString verdict = given ? tr("%1, %2: %3.") : isTruth ? tr("Why not %1, its true class? It got %2: %3.") : tr("Why not %1? It got %2: %3.");
  QString text = verdict.arg(scene.className(why.asked), percent(p), reasons(scene)) + otherClasses(scene);
  std::vector<std::size_t> order(why.probabilities.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return why.probabilities[a] > why.probabilities[b]; });
  const auto truth = static_cast<std::size_t>(std::max(0, scene.sample.truth));
  const bool wrong = scene.sample.truth >= 0 && truth != why.predicted;
  if (!given) {
    text += tr(" %1 got more, %2.").arg(scene.className(why.predicted), percent(why.probabilities[why.predicted]));
  } else if (p < kCloseCall && order.size() > 1 && !(wrong && order[1] == truth)) {
    text += tr(" A close call: %1 got %2.").arg(scene.className(order[1]), percent(why.probabilities[order[1]]));
  }
  if (given && wrong && truth < why.probabilities.size()) {
    text += tr(" That is wrong: it is labelled %1, which got %2.").arg(scene.className(truth), percent(why.probabilities[truth]));
  }
  return text;
}

QStringList changes(const WorkshopScene &scene) {
  QStringList lines;
  for (std::size_t j = 0; j < scene.count(); ++j) {
    const std::size_t was = classOf(scene.payload->weights, j), is = scene.classOfPrototype(j);
    const QString name = tr("Prototype %1 (%2)").arg(j + 1).arg(scene.className(was));
    if (scene.layer.on[j] == 0) {
      lines << tr("%1 is switched off").arg(name);
      continue;
    }
    if (scene.movedFromTraining(j)) {
      double squared = 0;
      for (std::size_t c = 0; c < scene.layer.prototypes.cols; ++c) {
        const double step = static_cast<double>(scene.layer.prototypes.row(j)[c]) - static_cast<double>(scene.payload->prototypes.row(j)[c]);
        squared += step * step;
      }
      lines << tr("%1 was moved by %2").arg(name, number(std::sqrt(squared)));
    }
    if (was != is) {
      lines << tr("%1 speaks for %2 now").arg(name, scene.className(is));
    } else if (!std::ranges::equal(scene.layer.weights.row(j), scene.payload->weights.row(j))) {
      lines << tr("%1 has other weights").arg(name);
    }
  }
  return lines;
}

}  // namespace vitrine
