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
  double limitMib = 0;   ///< the user's own limit (setting memory_warning); 0 = four fifths of what is free

  bool tooBig() const;
  QString text() const;     ///< "about 12 s, 410 MiB"
  QString warning() const;  ///< empty unless tooBig()
};

/// std::nullopt for a study whose cost was never measured, and for one whose cost hangs on a model while `model` is null.
/// `parameters` may be partial (throws InputError if one is not allowed); `dataset` may be null. The first call measures the machine for some 40 ms.
std::optional<Estimate> estimate(const StudyInfo &study, const Json &parameters, const Dataset *dataset, std::size_t samples, const ModelInfo *model = nullptr);

/// This machine's speed over the reference machine's (1 = the two cores that the formulas were measured on).
double machineSpeed();

}  // namespace vitrine
