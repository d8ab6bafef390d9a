// A line plot as a value: data, ranges, scale, hidden series; painted by QPainter for the screen and for pictures alike.
#pragma once

#include <memory>
#include <optional>
#include <set>

#include <QPainter>

#include "core/artifact.h"
#include "viewers/curve/ticks.h"

namespace vitrine {

class Plot {
 public:
  void setCurve(std::shared_ptr<const Curve> curve);
  const Curve *curve() const { return m_curve.get(); }
  void setLogY(bool on);
  bool logY() const { return m_logY; }
  void setHidden(std::size_t series, bool hidden);
  bool hidden(std::size_t series) const { return m_hidden.contains(series); }

  Range x, y;  ///< what the axes show; y in powers of ten when logarithmic
  void fit();  ///< all visible points, with a little air
  void zoom(double factorX, double factorY, QPointF anchor, const QRectF &area);
  void pan(QPointF pixels, const QRectF &area);

  std::size_t points() const;      ///< of the visible series
  std::size_t unshowable() const;  ///< not finite, or not above zero on a logarithmic axis
  /// Row of the point of `series` whose x is nearest (finite and showable); std::nullopt if there is none.
  std::optional<std::size_t> nearest(std::size_t series, double at) const;
  /// The x of the point nearest to a place on the screen, over the visible series.
  std::optional<double> nearestX(QPointF position, const QRectF &area) const;

  QRectF frame(const QRectF &area) const;  ///< the field between the axes
  QRectF legendRow(std::size_t series, const QRectF &area) const;
  QPointF toScreen(double valueX, double valueY, const QRectF &field) const;
  void paint(QPainter &painter, const QRectF &area, std::optional<double> hoverX) const;

 private:
  bool showable(double value) const;
  double scaled(double value) const;  ///< on the axis; NaN where it cannot be shown
  double legendWidth(const QRectF &area) const;
  void paintAxes(QPainter &painter, const QRectF &area, const QRectF &field) const;
  void paintLine(QPainter &painter, std::size_t series, const QRectF &field) const;
  void paintLegend(QPainter &painter, const QRectF &area) const;
  void paintHover(QPainter &painter, const QRectF &field, double at) const;
  std::vector<QPolygonF> polylines(std::size_t series, const QRectF &field, double ratio) const;

  std::shared_ptr<const Curve> m_curve;
  std::vector<bool> m_ascending;  ///< per series
  std::set<std::size_t> m_hidden;
  bool m_logY = false;
};

}  // namespace vitrine
