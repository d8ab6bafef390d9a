// Numbers as people read them: three significant digits, a unit, thousands apart. One place, so that every view says them alike.
#pragma once

#include <QString>

namespace vitrine {

/// Three significant digits, whole thousands kept and grouped: 0.0123, 1.25, 12,345, 1.2e-07; "-" for NaN. The unit follows after a narrow space.
QString number(double value, const QString &unit = {});
QString count(qint64 value);       ///< 70,000
QString percent(double fraction);  ///< 0.912 -> "91.2 %"
QString duration(double seconds);  ///< "0.12 s", "12 s", "3 min 05 s", "2 h 10 min"; "-" for NaN
QString bytes(double size);        ///< "512 B", "1.20 GiB"
/// "1 sample", "12,000 samples".
QString counted(qint64 value, const QString &one, const QString &many);

}  // namespace vitrine
