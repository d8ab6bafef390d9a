// Draws a picture for studies that have none yet: a map, an attention grid or a curve, the same one every time for the same id.
#include "app/gui/dialogs/shelf_art.h"

#include <QFile>
#include <QPainter>
#include <QPainterPath>

#include "core/resources.h"
#include "core/seed.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

std::uint64_t seedOf(const QString &id) {
  std::uint64_t hash = 1469598103934665603ULL;  // FNV-1a: qHash differs from start to start
  for (const char c : id.toUtf8()) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  }
  return hash;
}

void drawMap(QPainter &painter, QSizeF size, Rng &rng) {
  constexpr int kClusters = 8, kPoints = 90;
  painter.setPen(Qt::NoPen);
  const double unit = std::min(size.width(), size.height());
  for (int cluster = 0; cluster < kClusters; ++cluster) {
    const double angle = 2 * std::numbers::pi * (cluster + 0.6 * rng.uniform()) / kClusters, radius = 0.18 + 0.2 * rng.uniform();
    const QPointF centre(size.width() / 2 + 1.5 * radius * unit * std::cos(angle), size.height() / 2 + radius * unit * std::sin(angle));
    const double wide = unit * (0.035 + 0.05 * rng.uniform()), narrow = unit * (0.03 + 0.02 * rng.uniform()), turn = rng.uniform() * std::numbers::pi;
    QColor colour = categoryColour(static_cast<std::size_t>(cluster), kClusters);
    colour.setAlphaF(0.8F);
    painter.setBrush(colour);
    for (int i = 0; i < kPoints; ++i) {
      const double a = rng.normal() * wide, b = rng.normal() * narrow;
      painter.drawEllipse(centre + QPointF(a * std::cos(turn) - b * std::sin(turn), a * std::sin(turn) + b * std::cos(turn)), unit * 0.009, unit * 0.009);
    }
  }
}

/// Rows of small heat maps, each with one bright spot: heads that look at different places.
void drawHeads(QPainter &painter, QSizeF size, Rng &rng) {
  constexpr int kCells = 7;
  const int rows = 2, columns = std::max(2, static_cast<int>(size.width() / size.height() * rows));
  const double tile = std::min(size.width() / (columns + 1), size.height() / (rows + 0.6)), gap = tile * 0.12, cell = (tile - gap) / kCells;
  const QPointF origin((size.width() - columns * tile + gap) / 2, (size.height() - rows * tile + gap) / 2);
  painter.setPen(Qt::NoPen);
  painter.setRenderHint(QPainter::Antialiasing, false);
  for (int t = 0; t < rows * columns; ++t) {
    const QPointF corner = origin + QPointF(t % columns, t / columns) * tile;
    const double x = kCells * rng.uniform(), y = kCells * rng.uniform(), spread = 0.08 + 0.35 * rng.uniform();
    for (int c = 0; c < kCells * kCells; ++c) {
      const double dx = c % kCells + 0.5 - x, dy = c / kCells + 0.5 - y;
      const double heat = 0.12 + 0.83 * std::exp(-spread * (dx * dx + dy * dy)) * (0.8 + 0.2 * rng.uniform());
      painter.fillRect(QRectF(corner + QPointF(c % kCells, c / kCells) * cell, QSizeF(cell + 0.6, cell + 0.6)), mapColour(QStringLiteral("magma"), heat));
    }
  }
}

void drawCurves(QPainter &painter, QSizeF size, Rng &rng) {
  constexpr int kSteps = 60;
  const QRectF area = QRectF(QPointF(), size).adjusted(size.width() * 0.12, size.height() * 0.18, -size.width() * 0.12, -size.height() * 0.2);
  painter.setPen(QPen(theme().hairline, 1));
  for (int i = 0; i <= 3; ++i) {
    const double y = area.top() + area.height() * i / 3;
    painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y));
  }
  for (int curve = 0; curve < 2; ++curve) {
    const double rate = 3 + 3 * rng.uniform(), floor = 0.08 + 0.16 * curve;
    QPainterPath path;
    for (int i = 0; i <= kSteps; ++i) {
      const double x = static_cast<double>(i) / kSteps, y = floor + (1 - floor) * std::exp(-rate * x) + 0.012 * rng.normal();
      const QPointF point(area.left() + x * area.width(), area.bottom() - y * area.height());
      i == 0 ? path.moveTo(point) : path.lineTo(point);
    }
    painter.strokePath(
        path, QPen(categoryColour(static_cast<std::size_t>(curve), 8), std::max(1.5, size.height() * 0.016), Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
  }
}

/// The part of `picture` that has the shape of `size`, scaled to it.
QPixmap cover(const QImage &picture, QSize size) {
  const QImage plain = picture.convertToFormat(QImage::Format_RGB32);  // scaled with a palette it would be dithered
  const QImage scaled = plain.scaled(size, Qt::KeepAspectRatioByExpanding, Qt::SmoothTransformation);
  return QPixmap::fromImage(scaled.copy(QRect(QPoint((scaled.width() - size.width()) / 2, (scaled.height() - size.height()) / 2), size)));
}

}  // namespace

QPixmap shelfPicture(const QString &id, const QString &family, QSize size, qreal scale) {
  const QSize pixels = size * scale;
  const std::string file = id.toStdString() + (theme().dark ? "-dark.png" : "-light.png");
  const QImage stored(QString::fromStdString((resources() / "shelf" / file).string()));
  QPixmap result(pixels);
  if (!stored.isNull()) {
    result = cover(stored, pixels);
  } else {
    result.fill(theme().dark ? theme().window : theme().raised);
    QPainter painter(&result);
    painter.setRenderHint(QPainter::Antialiasing);
    Rng rng(seedOf(id));
    if (id.contains(QStringLiteral("train"))) {
      drawCurves(painter, pixels, rng);
    } else if (family == QStringLiteral("attention")) {
      drawHeads(painter, pixels, rng);
    } else {
      drawMap(painter, pixels, rng);
    }
  }
  result.setDevicePixelRatio(scale);
  return result;
}

}  // namespace vitrine
