// Numbers as people read them.
#include "widgets/format.h"

#include <array>
#include <cmath>

#include <QLocale>
#include <QObject>

namespace vitrine {

namespace {

const QString kUnknown = QStringLiteral("\u2013");
const QString kNarrowSpace = QStringLiteral("\u202f");

const QLocale &english() {
  static const QLocale locale(QLocale::English, QLocale::UnitedKingdom);
  return locale;
}

QString threeDigits(double value) {
  const double size = std::abs(value);
  if (value == 0) {
    return QStringLiteral("0");
  }
  if (size >= 1e15 || size < 1e-4) {
    QString text = QString::number(value, 'e', 2);
    return text.replace(QStringLiteral("e-0"), QStringLiteral("e-"))
        .replace(QStringLiteral("e+0"), QStringLiteral("e"))
        .replace(QStringLiteral("e+"), QStringLiteral("e"));
  }
  if (size >= 999.5 || value == std::floor(value)) {
    return english().toString(static_cast<qint64>(std::llround(value)));
  }
  // Rounding first decides how many digits stand before the point: 9.996 is 10.0, not 10.00.
  const double rounded = QString::number(size, 'g', 3).toDouble();
  const int decimals = 2 - static_cast<int>(std::floor(std::log10(rounded)));
  return QString::number(value, 'f', decimals);
}

}  // namespace

QString number(double value, const QString &unit) {
  QString text = std::isnan(value) ? kUnknown : std::isinf(value) ? (value > 0 ? QStringLiteral("\u221e") : QStringLiteral("-\u221e")) : threeDigits(value);
  return unit.isEmpty() ? text : text + kNarrowSpace + unit;
}

QString count(qint64 value) {
  return english().toString(value);
}

QString percent(double fraction) {
  return std::isfinite(fraction) ? QString::number(fraction * 100, 'f', std::abs(fraction) < 0.0995 ? 2 : 1) + kNarrowSpace + u'%' : kUnknown;
}

QString duration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) {
    return kUnknown;
  }
  if (seconds < 0.01) {
    return QStringLiteral("<0.01") + kNarrowSpace + u's';
  }
  if (seconds < 9.95) {
    return QString::number(seconds, 'f', seconds < 0.995 ? 2 : 1) + kNarrowSpace + u's';
  }
  const auto whole = static_cast<qint64>(std::llround(seconds));
  if (whole < 60) {
    return QString::number(whole) + kNarrowSpace + u's';
  }
  if (whole < 3600) {
    return QObject::tr("%1 min %2 s").arg(whole / 60).arg(whole % 60, 2, 10, QLatin1Char('0')).replace(u' ', u'\u00a0');
  }
  return QObject::tr("%1 h %2 min").arg(whole / 3600).arg(whole % 3600 / 60, 2, 10, QLatin1Char('0')).replace(u' ', u'\u00a0');
}

QString bytes(double size) {
  static constexpr std::array<const char *, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (std::abs(size) >= 999.5 && unit + 1 < kUnits.size()) {
    size /= 1024;
    ++unit;
  }
  return number(size, QString::fromLatin1(kUnits[unit]));
}

QString counted(qint64 value, const QString &one, const QString &many) {
  return count(value) + QChar(0x00a0) + (value == 1 ? one : many);
}

}  // namespace vitrine
