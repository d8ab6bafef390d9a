// How a plot looks: hairlines, numbers, lines, legend, and the read-out under the mouse.
#include <algorithm>
#include <cmath>

#include <QFontMetricsF>
#include <QObject>

#include "viewers/curve/plot.h"
#include "viewers/figure.h"
#include "widgets/format.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {
constexpr double kTop = 36, kBottom = 48, kRight = 20, kRow = 22, kSwatch = 14, kNarrow = 480;
constexpr qsizetype kStroke = 16;          // segments stroked at once: the cost of one outline that crosses itself grows with its square
constexpr std::size_t kMarkedPoints = 40;  // fewer points than this are drawn as points too

QString seriesName(const Curve &curve, std::size_t s) {
  return curve.series[s].name.empty() ? QObject::tr("series %1").arg(s + 1) : QString::fromStdString(curve.series[s].name);
}

QString newest(const Curve &curve, std::size_t s) {
  return curve.series[s].y.empty() ? QString() : number(curve.series[s].y.back());
}

void hairline(QPainter &painter, QPointF a, QPointF b, const QColor &colour) {
  const double ratio = painter.device()->devicePixelRatioF(), thin = 1 / ratio;
  const QRectF line = a.x() == b.x() ? QRectF(snapped(a.x(), ratio), a.y(), thin, b.y() - a.y()) : QRectF(a.x(), snapped(a.y(), ratio), b.x() - a.x(), thin);
  painter.fillRect(line.normalized(), colour);
}

/// Width of a legend entry's swatch, name and newest value.
double legendText(const Curve &curve, std::size_t s) {
  const QFontMetricsF metrics(uiFont(10));
  return metrics.horizontalAdvance(seriesName(curve, s) + newest(curve, s)) + kSwatch + 40;
}

double widest(const std::vector<Tick> &ticks) {
  const QFontMetricsF metrics(uiFont(9));
  double width = 0;
  for (const Tick &tick : ticks) {
    width = std::max(width, metrics.horizontalAdvance(tick.text));
  }
  return width;
}
}  // namespace

/// Of the column right of the field; 0 where there is no need or no room for one.
double Plot::legendWidth(const QRectF &area) const {
  if (!m_curve || m_curve->series.size() < 2 || area.width() < kNarrow) {
    return 0;
  }
  double width = 0;
  for (std::size_t s = 0; s < m_curve->series.size(); ++s) {
    width = std::max(width, legendText(*m_curve, s));
  }
  return std::clamp(width + 8, 80.0, std::min(260.0, 0.34 * area.width()));
}

QRectF Plot::frame(const QRectF &area) const {
  const double bottom = area.bottom() - kBottom, top = area.top() + kTop, height = std::max(20.0, bottom - top);
  const int wanted = std::max(2, static_cast<int>(height / 56));
  const double left = area.left() + std::max(44.0, 24 + widest(m_logY ? logTicks(y, wanted) : linearTicks(y, wanted)));
  return {left, top, std::max(20.0, area.right() - kRight - legendWidth(area) - left), height};
}

QRectF Plot::legendRow(std::size_t series, const QRectF &area) const {
  if (const double width = legendWidth(area); width > 0) {
    const QRectF row(area.right() - width - 4, area.top() + kTop - 4 + kRow * static_cast<double>(series), width, kRow);
    return row.bottom() < area.bottom() - 8 ? row : QRectF();
  }
  if (!m_curve || m_curve->series.size() < 2) {
    return {};
  }
  double right = area.right() - 8;  // narrow: side by side above the field, the last at the right edge
  for (std::size_t s = m_curve->series.size() - 1; s > series; --s) {
    right -= legendText(*m_curve, s);
  }
  const QRectF row(right - legendText(*m_curve, series), area.top() + 4, legendText(*m_curve, series), kRow);
  return row.left() > area.left() + 64 ? row : QRectF();
}

void Plot::paint(QPainter &painter, const QRectF &area, std::optional<double> hoverX) const {
  if (!m_curve || m_curve->series.empty()) {
    return;
  }
  const QRectF field = frame(area);
  paintAxes(painter, area, field);
  painter.save();
  painter.setClipRect(field.adjusted(-4, -4, 4, 4));
  for (std::size_t s = 0; s < m_curve->series.size(); ++s) {
    if (!hidden(s)) {
      paintLine(painter, s, field);
    }
  }
  painter.restore();
  paintLegend(painter, area);
  if (points() == unshowable()) {
    painter.setFont(uiFont(10));
    painter.setPen(theme().secondary);
    painter.drawText(field, Qt::AlignCenter, m_logY ? QObject::tr("No value above zero to show on a logarithmic axis") : QObject::tr("No points yet"));
  } else if (hoverX) {
    paintHover(painter, field, *hoverX);
  }
}

void Plot::paintAxes(QPainter &painter, const QRectF &area, const QRectF &field) const {
  const std::vector<Tick> across = linearTicks(x, std::max(2, static_cast<int>(field.width() / 96)));
  const int wanted = std::max(2, static_cast<int>(field.height() / 56));
  const std::vector<Tick> up = m_logY ? logTicks(y, wanted) : linearTicks(y, wanted);
  painter.setFont(uiFont(9));
  painter.setPen(theme().secondary);
  for (const Tick &tick : across) {
    const double at = field.left() + (tick.value - x.lo) / x.length() * field.width();
    hairline(painter, {at, field.top()}, {at, field.bottom()}, theme().hairline);
    painter.drawText(QRectF(at - 60, field.bottom() + 6, 120, 16), Qt::AlignHCenter | Qt::AlignTop, tick.text);
  }
  for (const Tick &tick : up) {
    const double at = field.bottom() - (tick.value - y.lo) / y.length() * field.height();
    hairline(painter, {field.left(), at}, {field.right(), at}, theme().hairline);
    painter.drawText(QRectF(area.left(), at - 8, field.left() - area.left() - 8, 16), Qt::AlignRight | Qt::AlignVCenter, tick.text);
  }
  hairline(painter, {field.left(), field.bottom()}, {field.right(), field.bottom()}, theme().secondary);
  painter.setFont(uiFont(10));
  const QString yTitle = QString::fromStdString(m_curve->yTitle) + (m_logY ? QObject::tr(" (log)") : QString());
  painter.drawText(QRectF(area.left() + 12, area.top() + 4, field.right() - area.left(), 22), Qt::AlignLeft | Qt::AlignVCenter, yTitle);
  painter.drawText(QRectF(field.left(), field.bottom() + 22, field.width(), 22), Qt::AlignRight | Qt::AlignVCenter, QString::fromStdString(m_curve->xTitle));
}

void Plot::paintLine(QPainter &painter, std::size_t s, const QRectF &field) const {
  const double ratio = painter.device()->devicePixelRatioF();
  const QColor colour = categoryColour(s, m_curve->series.size());
  std::size_t drawn = 0;
  for (const QPolygonF &line : polylines(s, field, ratio)) {
    const bool dense = static_cast<double>(line.size()) > 1.5 * field.width() * ratio;  // a band: thin lines look alike there and cost a twentieth
    painter.setPen(QPen(colour, dense ? 0 : 1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    painter.setBrush(Qt::NoBrush);
    for (qsizetype from = 0; from + 1 < line.size(); from += kStroke) {
      painter.drawPolyline(line.constData() + from, static_cast<int>(std::min(kStroke + 1, line.size() - from)));
    }
    drawn += static_cast<std::size_t>(line.size());
    if (line.size() == 1 || drawn <= kMarkedPoints) {
      painter.setPen(QPen(theme().panel, 1));
      painter.setBrush(colour);
      for (const QPointF &point : line) {
        painter.drawEllipse(point, 3, 3);
      }
    }
  }
}

void Plot::paintLegend(QPainter &painter, const QRectF &area) const {
  painter.setFont(uiFont(10));
  for (std::size_t s = 0; s < m_curve->series.size(); ++s) {
    const QRectF row = legendRow(s, area);
    if (row.isEmpty()) {
      continue;
    }
    const QColor colour = categoryColour(s, m_curve->series.size());
    painter.setPen(QPen(hidden(s) ? theme().hairline : colour, 2.4, Qt::SolidLine, Qt::FlatCap));
    painter.drawLine(QPointF(row.left() + 8, row.center().y()), QPointF(row.left() + 8 + kSwatch, row.center().y()));
    const QString value = newest(*m_curve, s);
    const double valueWidth = painter.fontMetrics().horizontalAdvance(value);
    const QRectF text = row.adjusted(kSwatch + 16, 0, -8, 0);
    const QString name = painter.fontMetrics().elidedText(seriesName(*m_curve, s), Qt::ElideRight, static_cast<int>(text.width() - valueWidth) - 4);
    painter.setPen(hidden(s) ? theme().secondary : theme().text);
    painter.drawText(text, Qt::AlignLeft | Qt::AlignVCenter, name);
    painter.setPen(theme().secondary);
    painter.drawText(text, Qt::AlignRight | Qt::AlignVCenter, value);
  }
}

void Plot::paintHover(QPainter &painter, const QRectF &field, double at) const {
  struct Row {
    QColor colour;
    QString name, value;
  };
  std::vector<Row> rows;
  const double line = field.left() + (at - x.lo) / x.length() * field.width();
  hairline(painter, {line, field.top()}, {line, field.bottom()}, theme().secondary);
  painter.setFont(uiFont(10));
  const QFontMetricsF metrics(painter.font());
  const QString title = QString::fromStdString(m_curve->xTitle.empty() ? "x" : m_curve->xTitle) + QStringLiteral(" ") + number(at);
  double nameWidth = 0, valueWidth = 0;
  for (std::size_t s = 0; s < m_curve->series.size() && rows.size() < 16; ++s) {
    const auto row = hidden(s) ? std::nullopt : nearest(s, at);
    const double slack = 4 * x.length() / field.width();  // a series with other x only where it has a point about here
    if (!row || std::abs(m_curve->series[s].x[*row] - at) > slack) {
      continue;
    }
    const double value = m_curve->series[s].y[*row];
    rows.push_back({categoryColour(s, m_curve->series.size()), m_curve->series.size() > 1 ? seriesName(*m_curve, s) : QString::fromStdString(m_curve->yTitle),
                    number(value)});
    nameWidth = std::max(nameWidth, std::min(160.0, metrics.horizontalAdvance(rows.back().name)));
    valueWidth = std::max(valueWidth, metrics.horizontalAdvance(rows.back().value));
    const QPointF dot = toScreen(m_curve->series[s].x[*row], value, field);
    if (field.adjusted(-1, -1, 1, 1).contains(dot)) {
      painter.setPen(QPen(theme().panel, 2));
      painter.setBrush(rows.back().colour);
      painter.drawEllipse(dot, 4.5, 4.5);
    }
  }
  const QSizeF size(std::max(metrics.horizontalAdvance(title), nameWidth + valueWidth + 32) + 24, 20 * static_cast<double>(rows.size() + 1) + 10);
  const double left = line + 12 + size.width() > field.right() ? line - 12 - size.width() : line + 12;
  const QRectF box(QPointF(std::max(left, 0.0), field.top() + 8), size);
  painter.setPen(theme().hairline);
  painter.setBrush(theme().raised);
  painter.drawRoundedRect(box, 4, 4);
  painter.setPen(theme().secondary);
  painter.drawText(QRectF(box.left() + 12, box.top() + 4, box.width() - 24, 20), Qt::AlignLeft | Qt::AlignVCenter, title);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const QRectF text(box.left() + 12, box.top() + 4 + 20 * static_cast<double>(i + 1), box.width() - 24, 20);
    painter.setPen(Qt::NoPen);
    painter.setBrush(rows[i].colour);
    painter.drawEllipse(QPointF(text.left() + 4, text.center().y()), 4, 4);
    painter.setPen(theme().text);
    painter.drawText(text.adjusted(16, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter,
                     painter.fontMetrics().elidedText(rows[i].name, Qt::ElideRight, static_cast<int>(nameWidth) + 2));
    painter.drawText(text, Qt::AlignRight | Qt::AlignVCenter, rows[i].value);
  }
}

}  // namespace vitrine
