// Frames and crisp pictures, alike in every viewer.
#include "viewers/figure.h"

#include <algorithm>
#include <cmath>

#include "widgets/theme.h"

namespace vitrine {

QImage figure(QSize pixels, QSize onScreen, const std::function<void(QPainter &, const QRectF &)> &paint) {
  if (pixels.isEmpty()) {
    return {};
  }
  const double across = pixels.width() / std::max(1.0, static_cast<double>(onScreen.width()));
  const double down = pixels.height() / std::max(1.0, static_cast<double>(onScreen.height()));
  const double scale = std::max(1.0, std::min(across, down));
  QImage image(pixels, QImage::Format_RGB32);
  image.setDevicePixelRatio(scale);
  image.fill(theme().panel);
  QPainter painter(&image);
  painter.setRenderHints(QPainter::Antialiasing | QPainter::TextAntialiasing);
  paint(painter, QRectF(0, 0, pixels.width() / scale, pixels.height() / scale));
  painter.end();
  image.setDevicePixelRatio(1);
  return image;
}

double drawWrapped(QPainter *painter, const QRectF &room, const QFont &font, const QColor &colour, const QString &text) {
  static QImage screen(1, 1, QImage::Format_RGB32);
  constexpr int kFlags = Qt::TextWordWrap | Qt::AlignLeft | Qt::AlignTop;
  QPaintDevice *device = painter == nullptr ? &screen : painter->device();
  const double height = QFontMetricsF(font, device).boundingRect(QRectF(room.topLeft(), QSizeF(room.width(), 10'000)), kFlags, text).height();
  if (painter != nullptr) {
    painter->setFont(font);
    painter->setPen(colour);
    painter->drawText(QRectF(room.topLeft(), QSizeF(room.width(), height + 2)), kFlags, text);
  }
  return room.top() + height;
}

double snapped(double position, double pixelRatio) {
  return std::round(position * pixelRatio) / pixelRatio;
}

QRectF drawCrisp(QPainter &painter, const QImage &picture, const QRectF &box) {
  if (picture.isNull() || box.isEmpty()) {
    return {};
  }
  const double ratio = painter.device()->devicePixelRatioF();
  const double room = std::min(box.width() * ratio / picture.width(), box.height() * ratio / picture.height());
  const double zoom = room >= 1 ? std::floor(room) : room;
  const QSizeF size = QSizeF(picture.size()) * zoom / ratio;
  const QRectF place(snapped(box.center().x() - size.width() / 2, ratio), snapped(box.center().y() - size.height() / 2, ratio), size.width(), size.height());
  painter.save();
  if (room >= 1) {
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    painter.drawImage(place, picture);
  } else {
    const QSize small = (place.size() * ratio).toSize().expandedTo({1, 1});
    painter.drawImage(place, picture.scaled(small, Qt::IgnoreAspectRatio, Qt::SmoothTransformation));
  }
  painter.restore();
  return place;
}

}  // namespace vitrine
