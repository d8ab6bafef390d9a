// Said once for the whole family.
#include "studies/attention/pictures.h"

namespace vitrine::study {

void requirePictures(const RunContext &context) {
  if (!context.dataset().hasImages()) {
    throw InputError(context.dataset().provenance().name, "has no pictures", "choose a data set of pictures, e.g. fashion-mnist");
  }
}

}  // namespace vitrine::study
