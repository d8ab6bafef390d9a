// What the workshop's parts draw: a prototype layer as it stands after edits, one sample, and why it was called what it was.
#pragma once

#include <optional>

#include <QImage>
#include <QStringList>

#include "core/prototypes.h"

namespace vitrine {

/// A picture and its code.
struct AskedSample {
  SampleId id = -1;
  std::optional<std::size_t> row;  ///< of the payload; others are encoded when asked for
  std::vector<float> latent;       ///< empty until known
  int truth = -1;                  ///< its class, -1 = unknown
  QImage picture, rebuilt;         ///< null where there is no data set or coder
};

/// What the layer says of a code, and which prototypes decide it.
struct Why {
  std::vector<float> distances;  ///< squared, one a prototype
  std::vector<double> logits, probabilities;
  std::size_t predicted = 0;
  std::size_t asked = 0;           ///< the class that `evidence` is for
  std::vector<Evidence> evidence;  ///< strongest support first; contributions sum to logits[asked]
};

struct WorkshopScene {
  std::shared_ptr<const Prototypes> payload;  ///< null = nothing to show
  PrototypeLayer layer;
  std::vector<QImage> pictures;  ///< one a prototype, as it stands now; null until decoded
  std::vector<QImage> nearest;   ///< the nearest training pictures; null without the data set
  PrototypeScores::Result before, now;
  std::vector<double> means;          ///< mean distance of all samples to each prototype, for the layer of `now`
  LatentPlane plane;                  ///< of the latents
  Matrix places;                      ///< ids x 2, in that plane
  std::vector<std::size_t> chosen;    ///< prototypes, at most two, the newer last
  std::optional<std::size_t> moment;  ///< of the replay; none = the layer itself
  AskedSample sample;
  std::optional<std::size_t> askedClass;  ///< whose evidence is wanted; none = the predicted one
  Why why;                                ///< empty while no sample's code is known

  std::size_t count() const { return payload == nullptr ? 0 : payload->prototypes.rows; }
  std::size_t classes() const { return payload == nullptr ? 0 : payload->weights.cols; }
  bool ready() const { return !now.predicted.empty(); }  ///< accuracy and places are known
  bool edited() const;
  bool movedFromTraining(std::size_t j) const;
  QString className(std::size_t k) const;
  QColor classColour(std::size_t k) const;
  std::size_t classOfPrototype(std::size_t j) const { return classOf(layer.weights, j); }
  QString title(std::size_t j) const;  ///< "4 Sneaker": prototypes are counted from 1
};

/// `means` as PrototypeScores::meanDistances() gives them.
Why explained(std::span<const float> latent, const PrototypeLayer &layer, std::span<const double> means, std::optional<std::size_t> asked);
/// Those of the supporting prototypes that the sentence names: near ones, strongest first; they carry most of the support.
std::vector<std::size_t> namedNear(const WorkshopScene &scene);
/// "Sneaker, 93 %: it is near prototypes 4 and 9, both Sneaker." Empty while there is no sample.
QString sentence(const WorkshopScene &scene);
/// What differs from the layer as it was trained, one sentence each.
QStringList changes(const WorkshopScene &scene);

}  // namespace vitrine
