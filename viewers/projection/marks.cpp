// Painting of everything over the points.
#include "viewers/projection/marks.h"

#include <algorithm>
#include <cmath>

#include "viewers/figure.h"
#include "viewers/projection/path.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

constexpr double kInset = 12;

QColor withAlpha(QColor colour, double alpha) {
  colour.setAlphaF(static_cast<float>(alpha));
  return colour;
}

/// A ring that reads on any colour: a line of ground on both sides.
void ring(QPainter &painter, const QPointF &middle, double radius, const QColor &colour, double width) {
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(withAlpha(theme().window, 0.75), width + 2));
  painter.drawEllipse(middle, radius, radius);
  painter.setPen(QPen(colour, width));
  painter.drawEllipse(middle, radius, radius);
}

void paintTies(QPainter &painter, const QRectF &area, const Scene &scene, const Camera &camera, double radius, const Marks &marks) {
  const auto from = marks.current ? placeOf(scene, *marks.current, camera, area) : std::nullopt;
  if (!from) {
    return;
  }
  for (const std::size_t row : marks.neighbours) {
    if (const auto to = placeOf(scene, row, camera, area)) {
      if (camera.flat) {  // in 3D ties are part of the scene
        painter.setPen(QPen(withAlpha(theme().accent, 0.6), 1));
        painter.drawLine(*from, *to);
      }
      ring(painter, *to, radius + 2, withAlpha(theme().accent, 0.85), 1.25);
    }
  }
  ring(painter, *from, radius + 4, theme().accent, 2);
}

/// Square frames, for held points are no selection; faint where they are many.
void paintHeld(QPainter &painter, const QRectF &area, const Scene &scene, const Camera &camera, double radius, const Marks &marks) {
  painter.setBrush(Qt::NoBrush);
  const bool few = marks.held.size() <= 40;
  for (const std::size_t row : marks.held) {
    if (const auto place = placeOf(scene, row, camera, area)) {
      const double side = radius + 2.5;
      const QRectF frame(*place - QPointF(side, side), QSizeF(2 * side, 2 * side));
      if (few) {
        painter.setPen(QPen(withAlpha(theme().window, 0.75), 3));
        painter.drawRect(frame);
      }
      painter.setPen(QPen(withAlpha(theme().text, few ? 1 : 0.35), few ? 1.25 : 1));
      painter.drawRect(frame);
    }
  }
}

/// The corner of the point, or of the view, where the card hides least of what must stay in sight.
QRectF cardPlace(const QSizeF &size, const QPointF &point, const QRectF &area, const Scene &scene, const Camera &camera,
                 const std::vector<std::size_t> &keepClear) {
  constexpr double kGap = 14;
  std::vector<QPointF> hidden;
  for (const std::size_t row : keepClear) {
    if (const auto place = placeOf(scene, row, camera, area)) {
      hidden.push_back(*place);
    }
  }
  const double left = area.left() + kInset, right = area.right() - kInset - size.width(), top = area.top() + kInset,
               bottom = area.bottom() - kInset - size.height();
  const QPointF corners[] = {{point.x() + kGap, point.y() - size.height() - kGap},
                             {point.x() + kGap, point.y() + kGap},
                             {point.x() - size.width() - kGap, point.y() - size.height() - kGap},
                             {point.x() - size.width() - kGap, point.y() + kGap},
                             {right, top},
                             {left, top},
                             {right, bottom},
                             {left, bottom}};
  QRectF best;
  double least = 1e9;
  for (const QPointF &corner : corners) {
    const QRectF place(QPointF(std::clamp(corner.x(), left, std::max(left, right)), std::clamp(corner.y(), top, std::max(top, bottom))), size);
    const QRectF guarded = place.adjusted(-6, -6, 6, 6);
    const double cost = static_cast<double>(std::count_if(hidden.begin(), hidden.end(), [&](const QPointF &p) { return guarded.contains(p); })) +
                        (guarded.contains(point) ? 0.5 : 0);
    if (cost < least) {
      least = cost;
      best = place;
    }
  }
  return best;
}

constexpr double kPad = 8;

struct Card {
  QRectF place;
  QSizeF picture;
  double line = 0;  ///< height of the caption
};

Card cardOf(const QRectF &area, const QPointF &point, const Scene &scene, const Camera &camera, const Marks &marks, double ratio) {
  Card card;
  const QFontMetricsF metrics(uiFont(10));
  card.picture = marks.picture.isNull() ? QSizeF(0, 0) : QSizeF(marks.picture.size()) / ratio;
  card.line = marks.caption.isEmpty() ? 0 : metrics.height();
  const double width = std::clamp(metrics.horizontalAdvance(marks.caption), card.picture.width(), std::max(card.picture.width(), 220.0));
  const double gap = card.picture.isEmpty() || marks.caption.isEmpty() ? 0 : 6;
  card.place = cardPlace({std::ceil(width) + 2 * kPad, card.picture.height() + gap + card.line + 2 * kPad}, point, area, scene, camera, marks.keepClear);
  return card;
}

void paintCard(QPainter &painter, const Card &card, const Marks &marks) {
  const double ratio = painter.device()->devicePixelRatioF();
  painter.setPen(QPen(theme().hairline, 1));
  painter.setBrush(withAlpha(theme().raised, 0.97));
  painter.drawRoundedRect(card.place, 6, 6);
  if (!card.picture.isEmpty()) {
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    const QPointF corner(snapped(card.place.center().x() - card.picture.width() / 2, ratio), snapped(card.place.top() + kPad, ratio));
    painter.drawImage(QRectF(corner, card.picture), marks.picture);
  }
  painter.setPen(theme().text);
  painter.setFont(uiFont(10));
  const QRectF text(card.place.left() + kPad, card.place.bottom() - kPad - card.line, card.place.width() - 2 * kPad, card.line);
  painter.drawText(text, Qt::AlignCenter, QFontMetricsF(painter.font()).elidedText(marks.caption, Qt::ElideRight, text.width()));
}

bool hasCard(const Marks &marks) {
  return marks.band.isEmpty() && (!marks.caption.isEmpty() || !marks.picture.isNull());
}

void paintBand(QPainter &painter, const Marks &marks) {
  if (marks.band.size() > 1) {
    painter.setPen(QPen(theme().accent, 1, marks.closed ? Qt::SolidLine : Qt::DashLine));
    painter.setBrush(withAlpha(theme().accent, 0.12));
    painter.drawPolygon(marks.band);
  }
  if (!marks.mode || marks.band.isEmpty() || *marks.mode == SelectMode::Replace) {
    return;
  }
  const QString sign = *marks.mode == SelectMode::Add        ? QStringLiteral("+")
                       : *marks.mode == SelectMode::Subtract ? QStringLiteral("\u2212")
                                                             : QStringLiteral("\u2229");
  const QPointF at = marks.closed ? marks.band[2] : marks.band.last();
  const QRectF place(at + QPointF(8, 8), QSizeF(18, 18));
  painter.setPen(Qt::NoPen);
  painter.setBrush(theme().accent);
  painter.drawEllipse(place);
  painter.setPen(theme().window);
  painter.setFont(uiFont(12));
  painter.drawText(place, Qt::AlignCenter, sign);
}

void paintBadge(QPainter &painter, const QRectF &area, const QString &text) {
  if (text.isEmpty() || area.height() < 160) {
    return;
  }
  painter.setFont(uiFont(9));
  const QFontMetricsF metrics(painter.font());
  const QRectF room(area.left() + kInset, area.bottom() - 60, std::max(60.0, area.width() - 2 * kInset - (area.width() > 420 ? 72 : 0)), 60 - kInset + 2);
  const QRectF words = metrics.boundingRect(room, Qt::AlignLeft | Qt::AlignBottom | Qt::TextWordWrap, text);
  painter.setPen(Qt::NoPen);
  painter.setBrush(withAlpha(theme().window, 0.72));
  painter.drawRoundedRect(words.adjusted(-4, -2, 4, 2), 4, 4);
  painter.setPen(theme().secondary);
  painter.drawText(room, Qt::AlignLeft | Qt::AlignBottom | Qt::TextWordWrap, text);
}

QRectF axesPlace(const QRectF &area) {
  return {area.right() - kInset - 70, area.bottom() - kInset - 70, 80, 80};
}

/// x, y and z as seen by the eye, in the lower right corner.
void paintAxes(QPainter &painter, const QRectF &area, const Camera &camera) {
  constexpr double kLength = 22;
  const QPointF middle = axesPlace(area).center();
  const Vec3 right = camera.eyeAxis(0), up = camera.eyeAxis(1), back = camera.eyeAxis(2);
  std::array<std::size_t, 3> order{0, 1, 2};
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return back[a] < back[b]; });
  painter.setFont(uiFont(9));
  for (const std::size_t axis : order) {
    const QPointF direction(right[axis], -up[axis]);
    const double front = 0.5 + 0.5 * back[axis];
    const QColor colour = withAlpha(theme().text, 0.35 + 0.5 * front);
    painter.setPen(QPen(colour, 1.5, Qt::SolidLine, Qt::RoundCap));
    painter.drawLine(middle, middle + kLength * direction);
    const QPointF name = middle + (kLength + 8) * direction;
    painter.drawText(QRectF(name - QPointF(8, 8), QSizeF(16, 16)), Qt::AlignCenter, QString(QChar('x' + static_cast<int>(axis))));
  }
}

}  // namespace

std::optional<QPointF> placeOf(const Scene &scene, std::size_t row, const Camera &camera, const QRectF &area) {
  const Projector projector(camera, scene.bounds, static_cast<int>(std::lround(area.width())), static_cast<int>(std::lround(area.height())));
  float x, y;
  if (row >= scene.count || !projector(scene.point(row), scene.dims, x, y) || !std::isfinite(x) || !std::isfinite(y)) {
    return std::nullopt;
  }
  return area.topLeft() + QPointF(x, y);
}

void paintMarks(QPainter &painter, const QRectF &area, const Scene &scene, const Camera &camera, double radius, const Marks &marks, bool live) {
  painter.save();
  painter.setClipRect(area);
  painter.setRenderHint(QPainter::Antialiasing);
  paintBadge(painter, area, marks.badge);
  if (!camera.flat) {
    paintAxes(painter, area, camera);
  }
  if (marks.path && camera.flat) {
    paintPath(painter, area, scene, camera, marks);
  }
  paintHeld(painter, area, scene, camera, radius, marks);
  paintTies(painter, area, scene, camera, radius, marks);
  if (live) {
    const auto point = marks.hovered ? placeOf(scene, *marks.hovered, camera, area) : std::nullopt;
    if (point) {
      ring(painter, *point, radius + 3, theme().text, 1.5);
    }
    paintBand(painter, marks);
    if (point && hasCard(marks)) {
      paintCard(painter, cardOf(area, *point, scene, camera, marks, painter.device()->devicePixelRatioF()), marks);
    }
  }
  painter.restore();
}

QRegion marksRegion(const QRectF &area, const Scene &scene, const Camera &camera, double radius, const Marks &marks, double pixelRatio) {
  if (marks.path) {
    return area.toAlignedRect();
  }
  QRectF ties;
  QRegion region;
  const double reach = radius + 8;
  const auto around = [&](std::size_t row) {
    const auto place = placeOf(scene, row, camera, area);
    return place ? QRectF(*place - QPointF(reach, reach), QSizeF(2 * reach, 2 * reach)) : QRectF();
  };
  for (const std::size_t row : marks.held) {
    region += around(row).toAlignedRect();
  }
  if (marks.current) {
    ties = around(*marks.current);
    for (const std::size_t row : marks.neighbours) {
      ties |= around(row);
    }
    region += ties.toAlignedRect();
  }
  if (marks.hovered) {
    region += around(*marks.hovered).toAlignedRect();
    const auto point = placeOf(scene, *marks.hovered, camera, area);
    if (point && hasCard(marks)) {
      region += cardOf(area, *point, scene, camera, marks, pixelRatio).place.adjusted(-2, -2, 2, 2).toAlignedRect();
    }
  }
  if (!marks.band.isEmpty()) {
    region += marks.band.boundingRect().adjusted(-4, -4, 32, 32).toAlignedRect();
  }
  if (!camera.flat) {
    region += axesPlace(area).toAlignedRect();
  }
  return region & area.toAlignedRect();
}

}  // namespace vitrine
