// The measured formulas, one a study, and the scale from the machine they were measured on to this one.
#include "app/gui/dialogs/estimate.h"

#include <ctime>

#include <algorithm>
#include <cmath>
#include <fstream>

#include <QObject>

#include "app/gui/dialogs/preferences.h"
#include "widgets/format.h"

namespace vitrine {

namespace {

struct Job {
  const Json &parameters;  ///< complete
  double samples = 0, values = 0;
  const ModelInfo *model = nullptr;
  double number(const char *name) const { return parameters.at(name).get<double>(); }
};
struct Cost {
  double seconds = 0, mib = 0;
};

constexpr double kMib = 1024.0 * 1024.0;

}  // namespace

double machineSpeed() {
  return 1;
}

}  // namespace vitrine
