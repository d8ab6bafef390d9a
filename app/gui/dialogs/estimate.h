// Time and memory of a run before it starts, from formulas measured on one machine and scaled to this one.
#pragma once

#include <optional>

#include <QString>

#include "core/dataset.h"
#include "core/study.h"

namespace vitrine {

struct Estimate {
  double secondsLow = 0, secondsHigh = 0;
  double memoryMib = 0;  ///< added by the run, beside what the program holds already
  double freeMib = 0;    ///< of the machine now; 0 where the system does not say

  bool tooBig() const { return freeMib > 0 && memoryMib > 0.8 * freeMib; }
  QString text() const;     ///< "about 12 s, 0.4 GiB"
  QString warning() const;  ///< empty unless tooBig()
};

/// std::nullopt for a study whose cost was never measured. `parameters` may be partial; `dataset` may be null.
/// The first call measures the machine for some 20 ms.
std::optional<Estimate> estimate(const StudyInfo &study, const Json &parameters, const Dataset *dataset, std::size_t samples);

/// This machine's speed over the reference machine's (1 = the two cores that the formulas were measured on).
double machineSpeed();

}  // namespace vitrine
