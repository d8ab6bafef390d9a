// Inter with figures of one width. Qt 6.4 cannot switch a font's features on, so the font itself is told to do it always.
#pragma once

#include <QString>

namespace vitrine {

/// The family to ask for: a copy of Inter, registered once for this process, whose "tnum" substitution is on by default.
/// Empty where Inter is not installed or has no such figures.
QString tabularInter();

}  // namespace vitrine
