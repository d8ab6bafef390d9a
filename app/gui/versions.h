// Names and versions of what the program is built from.
#pragma once

#include "app/gui/dialogs/about.h"

namespace vitrine {

Versions versions();

}  // namespace vitrine
