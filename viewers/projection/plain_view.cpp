// Paints the newest splatted frame.
#include "viewers/projection/plain_view.h"

#include <QPainter>

namespace vitrine {

QRectF placeOf(const SplatFrame &frame, const Camera &camera, const QSizeF &size) {
  if (!camera.flat || frame.camera == camera) {
    return {QPointF(0, 0), size};
  }
  const double scale = size.height() / camera.height, height = frame.camera.height * scale, width = height * frame.width / frame.height;
  const double x = (frame.camera.centre[0] - camera.centre[0]) * scale + size.width() / 2,
               y = (camera.centre[1] - frame.camera.centre[1]) * scale + size.height() / 2;
  return {x - width / 2, y - height / 2, width, height};
}

PlainView::PlainView(QWidget *parent) : QWidget(parent) {
  setAttribute(Qt::WA_OpaquePaintEvent);
}

void PlainView::setPicture(const MapPicture &picture) {
  m_camera = picture.camera;
  m_ground = picture.ground;
  if (picture.scene.count == 0) {
    m_frame = nullptr;
  }
  if (picture.showNow) {
    update();
  }
}

void PlainView::setFrame(std::shared_ptr<const SplatFrame> frame) {
  m_frame = std::move(frame);
  update();
}

void PlainView::paintEvent(QPaintEvent *) {
  QPainter painter(this);
  painter.fillRect(rect(), m_ground);
  if (m_frame != nullptr && !m_frame->argb.empty()) {
    const QImage image(reinterpret_cast<const uchar *>(m_frame->argb.data()), m_frame->width, m_frame->height, QImage::Format_ARGB32_Premultiplied);
    painter.drawImage(placeOf(*m_frame, m_camera, size()), image);
  }
}

}  // namespace vitrine
