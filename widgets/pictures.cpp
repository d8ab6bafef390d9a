// Pictures of samples as Qt paints them: never stretched, never blurred.
#include <algorithm>
#include <cmath>

#include <QPainter>

#include "widgets/theme.h"

namespace vitrine {

namespace {

constexpr int kCheck = 8;  // px a square of the checkerboard

void paintCheckerboard(QPainter &painter, const QRect &area) {
  const QColor a(0x7d838c), b(0x666c75);  // the same in both themes: thumbnails are kept when the theme changes
  for (int y = 0; y < area.height(); y += kCheck) {
    for (int x = 0; x < area.width(); x += kCheck) {
      painter.fillRect(QRect(area.x() + x, area.y() + y, kCheck, kCheck).intersected(area), ((x + y) / kCheck) % 2 == 0 ? a : b);
    }
  }
}

/// Integer factor when the picture fits the box, else the largest size that keeps its shape.
QSize fittedSize(QSize size, QSize box) {
  const int zoom = std::min(box.width() / size.width(), box.height() / size.height());
  if (zoom >= 1) {
    return size * zoom;
  }
  return size.scaled(box, Qt::KeepAspectRatio).expandedTo({1, 1});
}

}  // namespace

QImage toQImage(const Image &image) {
  if (image.width <= 0 || image.height <= 0) {
    return {};
  }
  const QImage::Format format = image.channels == 1 ? QImage::Format_Grayscale8 : image.channels == 3 ? QImage::Format_RGB888 : QImage::Format_RGBA8888;
  const int stride = image.width * image.channels;
  if (image.channels == 2 || image.channels > 4 || image.pixels.size() < static_cast<std::size_t>(stride) * static_cast<std::size_t>(image.height)) {
    return {};
  }
  return QImage(image.pixels.data(), image.width, image.height, stride, format).copy();
}

QImage fitted(const Image &image, QSize box) {
  return fitted(toQImage(image), box);
}

QImage fitted(const QImage &source, QSize box) {
  if (source.isNull() || box.isEmpty()) {
    return {};
  }
  const QSize size = fittedSize(source.size(), box);
  const bool grows = size.width() >= source.width();
  // Qt's smooth scaling averages the covered area when it shrinks.
  const QImage scaled = source.convertToFormat(source.hasAlphaChannel() ? QImage::Format_ARGB32_Premultiplied : QImage::Format_RGB32)
                            .scaled(size, Qt::IgnoreAspectRatio, grows ? Qt::FastTransformation : Qt::SmoothTransformation);
  if (!source.hasAlphaChannel()) {
    return scaled;
  }
  QImage result(size, QImage::Format_RGB32);
  QPainter painter(&result);
  paintCheckerboard(painter, result.rect());
  painter.drawImage(0, 0, scaled);
  return result;
}

}  // namespace vitrine
