// What a plot shows: ranges, nearest points, and the lines thinned to what the screen can show.
#include "viewers/curve/plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <QLineF>

namespace vitrine {

namespace {

/// The part of a segment inside `box` (Liang and Barsky 1984); std::nullopt if none.
std::optional<QLineF> insideOf(const QRectF &box, QPointF a, QPointF b) {
  double from = 0, to = 1;
  const QPointF d = b - a;
  const std::array<std::pair<double, double>, 4> sides = {
      {{-d.x(), a.x() - box.left()}, {d.x(), box.right() - a.x()}, {-d.y(), a.y() - box.top()}, {d.y(), box.bottom() - a.y()}}};
  for (const auto &[slope, room] : sides) {
    if (slope == 0 && room < 0) {
      return std::nullopt;
    }
    if (slope < 0) {
      from = std::max(from, room / slope);
    } else if (slope > 0) {
      to = std::min(to, room / slope);
    }
  }
  return from <= to ? std::optional(QLineF(a + from * d, a + to * d)) : std::nullopt;
}

/// Pieces of a line inside `box`: coordinates far outside the screen cost QPainter gigabytes.
void appendClipped(std::vector<QPolygonF> &pieces, const QPolygonF &line, const QRectF &box) {
  if (line.size() == 1 && box.contains(line.front())) {
    pieces.push_back(line);
  }
  bool joined = false;
  for (qsizetype i = 1; i < line.size(); ++i) {
    const auto inside = insideOf(box, line[i - 1], line[i]);
    if (inside && joined && inside->p1() == line[i - 1]) {
      pieces.back() << inside->p2();
    } else if (inside) {
      pieces.push_back(QPolygonF() << inside->p1() << inside->p2());
    }
    joined = inside && inside->p2() == line[i];
  }
}

}  // namespace

void Plot::setCurve(std::shared_ptr<const Curve> curve) {
  m_curve = std::move(curve);
  m_ascending.clear();
  for (const auto &series : m_curve->series) {
    m_ascending.push_back(std::is_sorted(series.x.begin(), series.x.end()) &&
                          std::none_of(series.x.begin(), series.x.end(), [](double v) { return std::isnan(v); }));
  }
}

void Plot::setLogY(bool on) {
  if (on != m_logY) {
    m_logY = on;
    fit();
  }
}

void Plot::setHidden(std::size_t series, bool hidden) {
  if (hidden) {
    m_hidden.insert(series);
  } else {
    m_hidden.erase(series);
  }
}

bool Plot::showable(double value) const {
  return std::isfinite(value) && (!m_logY || value > 0);
}

double Plot::scaled(double value) const {
  return !showable(value) ? std::numeric_limits<double>::quiet_NaN() : m_logY ? std::log10(value) : value;
}

void Plot::fit() {
  const double infinity = std::numeric_limits<double>::infinity();
  Range wide{infinity, -infinity}, tall{infinity, -infinity};
  for (std::size_t s = 0; m_curve && s < m_curve->series.size(); ++s) {
    const auto &series = m_curve->series[s];
    for (std::size_t i = 0; !hidden(s) && i < std::min(series.x.size(), series.y.size()); ++i) {
      const double value = scaled(series.y[i]);
      if (std::isfinite(series.x[i]) && !std::isnan(value)) {
        wide = {std::min(wide.lo, series.x[i]), std::max(wide.hi, series.x[i])};
        tall = {std::min(tall.lo, value), std::max(tall.hi, value)};
      }
    }
  }
  const auto airy = [](Range range, double air) {
    if (!(range.hi >= range.lo)) {
      return Range{0, 1};
    }
    const double more = range.hi > range.lo ? air * range.length() : std::max(0.5, 0.1 * std::abs(range.hi));
    return Range{range.lo - more, range.hi + more};
  };
  const bool fromZero = !m_logY && tall.lo >= 0 && tall.lo < 0.4 * tall.hi;
  x = airy(wide, 0.015);
  y = airy(tall, 0.05);
  y.lo = fromZero ? 0 : y.lo;
}

void Plot::zoom(double factorX, double factorY, QPointF anchor, const QRectF &area) {
  const QRectF field = frame(area);
  const double across = std::clamp((anchor.x() - field.left()) / field.width(), 0.0, 1.0),
               up = std::clamp((field.bottom() - anchor.y()) / field.height(), 0.0, 1.0);
  const auto zoomed = [](Range range, double factor, double at) {
    const double fixed = range.lo + at * range.length(), length = range.length() / factor;
    const double finest = 1e-12 * std::max({std::abs(range.lo), std::abs(range.hi), 1e-300});
    return length > finest && std::isfinite(length) ? Range{fixed - at * length, fixed + (1 - at) * length} : range;
  };
  x = zoomed(x, factorX, across);
  y = zoomed(y, factorY, up);
}

void Plot::pan(QPointF pixels, const QRectF &area) {
  const QRectF field = frame(area);
  const double dx = pixels.x() / field.width() * x.length(), dy = pixels.y() / field.height() * y.length();
  x = {x.lo - dx, x.hi - dx};
  y = {y.lo + dy, y.hi + dy};
}

std::size_t Plot::points() const {
  std::size_t count = 0;
  for (std::size_t s = 0; m_curve && s < m_curve->series.size(); ++s) {
    count += hidden(s) ? 0 : std::min(m_curve->series[s].x.size(), m_curve->series[s].y.size());
  }
  return count;
}

std::size_t Plot::unshowable() const {
  std::size_t count = 0;
  for (std::size_t s = 0; m_curve && s < m_curve->series.size(); ++s) {
    const auto &values = m_curve->series[s].y;
    count += hidden(s) ? 0 : static_cast<std::size_t>(std::count_if(values.begin(), values.end(), [this](double v) { return !showable(v); }));
  }
  return count;
}

std::optional<std::size_t> Plot::nearest(std::size_t s, double at) const {
  const auto &series = m_curve->series[s];
  const std::size_t count = std::min(series.x.size(), series.y.size());
  std::optional<std::size_t> best;
  std::size_t first = 0, last = count;
  if (m_ascending[s]) {  // the hit is near the place where `at` would be inserted; a few more for values that cannot be shown
    const auto place =
        static_cast<std::size_t>(std::lower_bound(series.x.begin(), series.x.begin() + static_cast<std::ptrdiff_t>(count), at) - series.x.begin());
    first = place > 64 ? place - 64 : 0;
    last = std::min(count, place + 64);
  }
  for (std::size_t i = first; i < last; ++i) {
    const bool seen = std::isfinite(series.x[i]) && showable(series.y[i]);
    if (seen && (!best || std::abs(series.x[i] - at) < std::abs(series.x[*best] - at))) {
      best = i;
    }
  }
  return best;
}

std::optional<double> Plot::nearestX(QPointF position, const QRectF &area) const {
  const QRectF field = frame(area);
  if (!m_curve || !field.adjusted(-2, -2, 2, 2).contains(position)) {
    return std::nullopt;
  }
  const double at = x.lo + (position.x() - field.left()) / field.width() * x.length();
  std::optional<double> best;
  for (std::size_t s = 0; s < m_curve->series.size(); ++s) {
    const auto row = hidden(s) ? std::nullopt : nearest(s, at);
    if (row && (!best || std::abs(m_curve->series[s].x[*row] - at) < std::abs(*best - at))) {
      best = m_curve->series[s].x[*row];
    }
  }
  return best;
}

QPointF Plot::toScreen(double valueX, double valueY, const QRectF &field) const {
  return {field.left() + (valueX - x.lo) / x.length() * field.width(), field.bottom() - (scaled(valueY) - y.lo) / y.length() * field.height()};
}

/// Pieces between values that cannot be shown. Where many points share a column of pixels, only its first, lowest, highest and last stay.
std::vector<QPolygonF> Plot::polylines(std::size_t s, const QRectF &field, double ratio) const {
  const auto &series = m_curve->series[s];
  const std::size_t count = std::min(series.x.size(), series.y.size());
  std::size_t first = 0, last = count;
  if (m_ascending[s]) {
    const auto end = series.x.begin() + static_cast<std::ptrdiff_t>(count);
    first = static_cast<std::size_t>(std::lower_bound(series.x.begin(), end, x.lo) - series.x.begin());
    last = static_cast<std::size_t>(std::upper_bound(series.x.begin(), end, x.hi) - series.x.begin());
    first = first > 0 ? first - 1 : 0;
    last = std::min(count, last + 1);
  }
  std::vector<QPolygonF> lines(1);
  double column = std::numeric_limits<double>::quiet_NaN();
  QPointF lowest, highest, newest;
  bool pending = false;
  const auto close = [&] {
    if (pending) {
      const bool lowFirst = lowest.x() <= highest.x();
      lines.back() << (lowFirst ? lowest : highest) << (lowFirst ? highest : lowest) << newest;
      pending = false;
    }
  };
  for (std::size_t i = first; i < last; ++i) {
    const QPointF point = toScreen(series.x[i], series.y[i], field);
    if (!std::isfinite(point.x()) || !std::isfinite(point.y())) {
      close();
      column = std::numeric_limits<double>::quiet_NaN();
      if (!lines.back().isEmpty()) {
        lines.emplace_back();
      }
      continue;
    }
    if (std::floor(point.x() * ratio) != column) {
      close();
      column = std::floor(point.x() * ratio);
      lines.back() << point;
      lowest = highest = point;
      continue;
    }
    pending = true;
    newest = point;
    lowest = point.y() > lowest.y() ? point : lowest;
    highest = point.y() < highest.y() ? point : highest;
  }
  close();
  std::vector<QPolygonF> pieces;
  for (const QPolygonF &line : lines) {
    appendClipped(pieces, line, field.adjusted(-100, -100, 100, 100));
  }
  return pieces;
}

}  // namespace vitrine
