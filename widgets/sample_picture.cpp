// A picture that is never stretched or blurred.
#include "widgets/sample_picture.h"

#include <algorithm>

#include <QAction>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QMenu>
#include <QPainter>

#include "widgets/format.h"
#include "widgets/theme.h"

namespace vitrine {

SamplePicture::SamplePicture(QWidget *parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
}

void SamplePicture::setPicture(const QImage &picture, QSize original) {
  m_picture = picture;
  m_original = original.isEmpty() ? picture.size() : original;
  updateGeometry();
  refit();
}

void SamplePicture::setMaximumHeightOfPicture(int height) {
  m_maximum = height;
  updateGeometry();
}

int SamplePicture::heightForWidth(int width) const {
  if (m_picture.isNull()) {
    return std::min(width, m_maximum);
  }
  const double shape = static_cast<double>(m_picture.height()) / m_picture.width();
  const int height = std::clamp(static_cast<int>(width * shape), 16, m_maximum);
  const int zoom = std::min(width / m_picture.width(), height / m_picture.height());
  return zoom >= 1 ? m_picture.height() * zoom : height;  // no empty band below a whole-number zoom
}

void SamplePicture::refit() {
  const qreal scale = devicePixelRatioF();
  m_shown = QPixmap::fromImage(fitted(m_picture, (QSizeF(size()) * scale).toSize()));
  m_shown.setDevicePixelRatio(scale);
  setAccessibleDescription(note());
  update();
  Q_EMIT noteChanged();
}

QString SamplePicture::note() const {
  if (m_picture.isNull() || m_shown.isNull()) {
    return {};
  }
  const double zoom = static_cast<double>(m_shown.width()) / m_original.width();
  const QString size = tr("%1 \u00d7 %2 pixels").arg(count(m_original.width()), count(m_original.height()));
  return zoom >= 1 ? tr("%1, shown \u00d7%2").arg(size, QString::number(zoom, 'g', 3)) : tr("%1, shown at %2").arg(size, percent(zoom));
}

void SamplePicture::resizeEvent(QResizeEvent *) {
  refit();
}

void SamplePicture::paintEvent(QPaintEvent *) {
  QPainter painter(this);
  const qreal scale = devicePixelRatioF();
  const QSizeF shown = QSizeF(m_shown.size()) / scale;
  // Whole device pixels: a half pixel would blur what fitted() kept sharp.
  const auto snap = [scale](double free) { return std::floor(free / 2 * scale) / scale; };
  const QRectF frame(QPointF(snap(width() - shown.width()), snap(height() - shown.height())), shown);
  if (!m_shown.isNull()) {
    painter.drawPixmap(frame.topLeft(), m_shown);
  } else {
    painter.fillRect(rect(), theme().raised);
  }
  if (hasFocus()) {
    painter.setPen(QPen(theme().accent, 1));
    painter.drawRect((m_shown.isNull() ? QRectF(rect()) : frame).adjusted(0.5, 0.5, -0.5, -0.5));
  }
}

void SamplePicture::mouseReleaseEvent(QMouseEvent *event) {
  if (event->button() == Qt::LeftButton && rect().contains(event->pos())) {
    Q_EMIT clicked();
  }
}

void SamplePicture::keyPressEvent(QKeyEvent *event) {
  if (event->matches(QKeySequence::Copy)) {
    copy();
  } else if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_Space) {
    Q_EMIT clicked();
  } else {
    QWidget::keyPressEvent(event);
  }
}

void SamplePicture::contextMenuEvent(QContextMenuEvent *event) {
  QMenu menu(this);
  QAction *action = menu.addAction(icon(QStringLiteral("copy")), tr("Copy picture"), this, &SamplePicture::copy);
  action->setShortcut(QKeySequence::Copy);
  action->setEnabled(!m_picture.isNull());
  menu.exec(event->globalPos());
}

void SamplePicture::copy() {
  if (!m_picture.isNull()) {
    QGuiApplication::clipboard()->setImage(m_picture);
    Q_EMIT copied();
  }
}

}  // namespace vitrine
