#include "viewers/video/video_canvas.h"

#include <algorithm>
#include <cmath>

#include <QMouseEvent>
#include <QPainter>
#include <QWheelEvent>

#include "widgets/theme.h"

namespace vitrine {

namespace {

constexpr double kGap = 8, kCaption = 20, kMostZoom = 64;
constexpr double kValueSide = 44;  // logical pixels of a picture's pixel from which its values are written into it

}  // namespace

VideoCanvas::VideoCanvas(QWidget *parent) : QWidget(parent) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setAccessibleName(tr("Frame"));
}

void VideoCanvas::setPictures(const QImage &original, const QImage &made, const QString &caption) {
  m_original = original;
  m_made = made;
  m_caption = caption;
  m_difference = {};
  update();
}

void VideoCanvas::setCompare(Compare compare) {
  m_compare = compare;
  update();
}

void VideoCanvas::setGain(int gain) {
  m_gain = std::clamp(gain, 1, 64);
  m_difference = {};
  update();
}

void VideoCanvas::fit() {
  m_zoom = 1;
  m_centre = {0.5, 0.5};
  update();
}

void VideoCanvas::setWipe(double part) {
  m_wipe = std::clamp(part, 0.0, 1.0);
  update();
}

std::vector<QRectF> VideoCanvas::boxes(const QRectF &area) const {
  const QRectF inner = area.adjusted(kGap, kGap + kCaption, -kGap, -kGap);
  if (m_compare != Compare::Side || m_original.isNull()) {
    return {inner};
  }
  const bool wide = !m_made.isNull() && m_made.width() > 1.2 * m_made.height() && inner.width() < 1.6 * inner.height();
  if (wide) {  // one above the other wastes less
    const double half = (inner.height() - kGap - kCaption) / 2;
    return {QRectF(inner.topLeft(), QSizeF(inner.width(), half)), QRectF(inner.left(), inner.bottom() - half, inner.width(), half)};
  }
  const double half = (inner.width() - kGap) / 2;
  return {QRectF(inner.topLeft(), QSizeF(half, inner.height())), QRectF(inner.right() - half, inner.top(), half, inner.height())};
}

QRectF VideoCanvas::placed(const QRectF &box) const {
  const double scale = m_zoom * std::min(box.width() / std::max(m_made.width(), 1), box.height() / std::max(m_made.height(), 1));
  const QSizeF size(m_made.width() * scale, m_made.height() * scale);
  return {box.center() - QPointF(m_centre.x() * size.width(), m_centre.y() * size.height()), size};
}

QRectF VideoCanvas::pixelPlace(int x, int y, int box) const {
  const QRectF whole = placed(boxes(rect())[static_cast<std::size_t>(box)]);
  const QSizeF pixel(whole.width() / m_made.width(), whole.height() / m_made.height());
  return {whole.topLeft() + QPointF(x * pixel.width(), y * pixel.height()), pixel};
}

/// Made minus original, amplified, around middle grey: brighter and darker are told apart.
const QImage &VideoCanvas::difference() const {
  if (m_difference.isNull() && m_original.size() == m_made.size()) {
    m_difference = QImage(m_made.size(), QImage::Format_RGB888);
    for (int y = 0; y < m_made.height(); ++y) {
      const uchar *a = m_original.constScanLine(y), *b = m_made.constScanLine(y);
      uchar *out = m_difference.scanLine(y);
      for (int i = 0; i < 3 * m_made.width(); ++i) {
        out[i] = static_cast<uchar>(std::clamp(128 + m_gain * (int{b[i]} - int{a[i]}), 0, 255));
      }
    }
  }
  return m_difference;
}

void VideoCanvas::paintValues(QPainter &painter, const QRectF &box, const QImage &picture) const {
  const QRectF whole = placed(box);
  const double side = whole.width() / picture.width();
  if (side < kValueSide) {
    return;
  }
  painter.setFont(uiFont(8));
  const auto first = [side](double from, double to) { return std::max(0, static_cast<int>((to - from) / side)); };
  for (int y = first(whole.top(), box.top()); y < picture.height() && whole.top() + y * side < box.bottom(); ++y) {
    for (int x = first(whole.left(), box.left()); x < picture.width() && whole.left() + x * side < box.right(); ++x) {
      const QColor colour = picture.pixelColor(x, y);
      painter.setPen(colour.lightness() > 127 ? Qt::black : Qt::white);
      painter.drawText(QRectF(whole.left() + x * side, whole.top() + y * side, side, side), Qt::AlignCenter,
                       QStringLiteral("%1\n%2\n%3").arg(colour.red()).arg(colour.green()).arg(colour.blue()));
    }
  }
}

void VideoCanvas::paintBox(QPainter &painter, const QRectF &box, const QImage &picture, const QString &caption) const {
  painter.save();
  painter.setClipRect(box);
  const QRectF whole = placed(box);
  painter.setRenderHint(QPainter::SmoothPixmapTransform, whole.width() < picture.width());  // enlarged pixels stay pixels
  painter.drawImage(whole, picture);
  paintValues(painter, box, picture);
  painter.restore();
  painter.setFont(uiFont(9));
  painter.setPen(theme().secondary);
  const double left = std::max(box.left(), whole.left());
  painter.drawText(QRectF(left, std::max(box.top(), whole.top()) - kCaption, box.right() - left, kCaption), Qt::AlignLeft | Qt::AlignVCenter, caption);
}

void VideoCanvas::paint(QPainter &painter, const QRectF &area) const {
  if (m_made.isNull()) {
    return;
  }
  const auto places = boxes(area);
  if (m_original.isNull()) {
    paintBox(painter, places[0], m_made, m_caption);
  } else if (m_compare == Compare::Side) {
    paintBox(painter, places[0], m_original, tr("original"));
    paintBox(painter, places[1], m_made, m_caption);
  } else if (m_compare == Compare::Difference) {
    paintBox(painter, places[0], difference(), tr("made minus original, x%1 around grey").arg(m_gain));
  } else {
    paintBox(painter, places[0], m_made, tr("left original, right %1").arg(m_caption));
    const QRectF shown = placed(places[0]) & places[0];
    const double line = shown.left() + m_wipe * shown.width();
    painter.save();
    painter.setClipRect(QRectF(shown.topLeft(), QPointF(line, shown.bottom())));
    painter.setRenderHint(QPainter::SmoothPixmapTransform, placed(places[0]).width() < m_made.width());
    painter.drawImage(placed(places[0]), m_original);
    paintValues(painter, places[0], m_original);
    painter.restore();
    painter.setPen(QPen(theme().accent, 1.5));
    painter.drawLine(QPointF(line, shown.top()), QPointF(line, shown.bottom()));
  }
}

void VideoCanvas::paintEvent(QPaintEvent *) {
  QPainter painter(this);
  paint(painter, rect());
}

QString VideoCanvas::pixelText() const {
  if (!m_pixel || m_made.isNull()) {
    return {};
  }
  const auto values = [this](const QImage &picture) {
    const QColor c = picture.pixelColor(*m_pixel);
    return QStringLiteral("%1 %2 %3").arg(c.red()).arg(c.green()).arg(c.blue());
  };
  const QString place = QStringLiteral("%1, %2: ").arg(m_pixel->x()).arg(m_pixel->y());
  return m_original.isNull() ? place + values(m_made) : place + tr("%1, made %2").arg(values(m_original), values(m_made));
}

void VideoCanvas::wheelEvent(QWheelEvent *event) {
  if (m_made.isNull()) {
    return;
  }
  for (const QRectF &box : boxes(rect())) {
    if (box.contains(event->position())) {
      const QRectF before = placed(box);
      const QPointF part((event->position().x() - before.left()) / before.width(), (event->position().y() - before.top()) / before.height());
      m_zoom = std::clamp(m_zoom * std::pow(1.25, event->angleDelta().y() / 120.0), 1.0, kMostZoom);
      const QRectF after = placed(box);  // the place under the mouse stays there
      const QPointF off = event->position() - (after.topLeft() + QPointF(part.x() * after.width(), part.y() * after.height()));
      m_centre -= QPointF(off.x() / after.width(), off.y() / after.height());
      m_centre = m_zoom == 1 ? QPointF(0.5, 0.5) : QPointF(std::clamp(m_centre.x(), 0.0, 1.0), std::clamp(m_centre.y(), 0.0, 1.0));
    }
  }
  event->accept();
  update();
}

void VideoCanvas::mousePressEvent(QMouseEvent *event) {
  m_drag = event->button() == Qt::LeftButton ? std::optional(event->position()) : std::nullopt;
}

void VideoCanvas::mouseMoveEvent(QMouseEvent *event) {
  const QPointF at = event->position();
  m_pixel.reset();
  if (m_made.isNull()) {
    return;
  }
  for (const QRectF &box : boxes(rect())) {
    const QRectF whole = placed(box);
    if (m_drag && m_zoom > 1 && box.contains(*m_drag)) {
      const QPointF way = at - *m_drag;
      m_centre -= QPointF(way.x() / whole.width(), way.y() / whole.height());
      m_centre = {std::clamp(m_centre.x(), 0.0, 1.0), std::clamp(m_centre.y(), 0.0, 1.0)};
      m_drag = at;
      update();
    }
    if ((box & whole).contains(at)) {
      m_pixel = QPoint(std::clamp(static_cast<int>((at.x() - whole.left()) / whole.width() * m_made.width()), 0, m_made.width() - 1),
                       std::clamp(static_cast<int>((at.y() - whole.top()) / whole.height() * m_made.height()), 0, m_made.height() - 1));
    }
    if (m_compare == Compare::Wipe && !m_drag) {
      const QRectF shown = whole & box;
      setWipe((at.x() - shown.left()) / std::max(shown.width(), 1.0));
    }
  }
  Q_EMIT pixelChanged();
}

void VideoCanvas::mouseReleaseEvent(QMouseEvent *) {
  m_drag.reset();
}

void VideoCanvas::mouseDoubleClickEvent(QMouseEvent *) {
  fit();
}

void VideoCanvas::leaveEvent(QEvent *) {
  m_pixel.reset();
  Q_EMIT pixelChanged();
}

}  // namespace vitrine
