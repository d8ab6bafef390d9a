// What the views of part prototypes draw: the prototypes' pictures, one sample, and the points that its parts give to a class.
#pragma once

#include <optional>

#include <QColor>
#include <QImage>
#include <QString>

#include "core/parts.h"

namespace vitrine {

struct PartsScene {
  std::shared_ptr<const Parts> payload;  ///< null = nothing to show
  std::vector<QImage> sources;           ///< one a prototype: the training picture that it is a patch of
  std::vector<std::int32_t> predicted;   ///< one an id
  QString stage;                         ///< of a training that goes on; empty = done
  SampleId sample = -1;
  std::optional<std::size_t> row;         ///< of the payload; none = the sample is not among its ids
  QImage picture;                         ///< the sample's; null without the data set
  std::optional<std::size_t> askedClass;  ///< whose points are wanted; none = the predicted one
  std::optional<std::size_t> chosen;      ///< a prototype
  bool all = false;                       ///< every prototype is listed, not only those with the most points
  std::vector<double> scores;             ///< of the sample, one a class; empty without a row
  std::vector<PartEvidence> evidence;     ///< for asked(), most points first

  std::size_t count() const { return payload == nullptr ? 0 : payload->sources.size(); }
  std::size_t classes() const { return payload == nullptr ? 0 : payload->classNames.size(); }
  void ask();  ///< scores and evidence follow from payload, row and askedClass
  std::size_t called() const { return static_cast<std::size_t>(predicted[*row]); }
  std::size_t truth() const { return static_cast<std::size_t>(payload->labels[*row]); }
  std::size_t asked() const { return askedClass.value_or(called()); }
  QString className(std::size_t k) const;
  QColor classColour(std::size_t k) const;
  QColor colour(std::size_t j) const;                ///< of a prototype and its boxes
  QString title(std::size_t j) const;                ///< "4 Sneaker": prototypes are counted from 1
  const Parts::Box &sampleBox(std::size_t j) const;  ///< of the sample's part that is most like prototype j
  const Parts::Box &sourceBox(std::size_t j) const;
  /// What is listed: the strongest either way, in the order of `evidence`, or all.
  std::vector<PartEvidence> listed() const;
  /// Prototypes whose boxes stand on the sample: those that give the most points, at most three, and the chosen one.
  std::vector<std::size_t> boxed() const;
};

/// "Called Sneaker, 12.3 points; next is Sandal, 9.10. That is right." Empty without a row.
QString sentence(const PartsScene &scene);
QString decimals(double value);                ///< "5.84", with a true minus
QString points(double value);                  ///< "+5.84"
Table evidenceTable(const PartsScene &scene);  ///< of asked(): a row a prototype
Table prototypesTable(const PartsScene &scene);

}  // namespace vitrine
