#include "viewers/video/quality_strip.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <QMouseEvent>
#include <QPainter>

#include "widgets/theme.h"

namespace vitrine {

QualityStrip::QualityStrip(QWidget *parent) : QWidget(parent) {
  setFixedHeight(kHeight);
  setAccessibleName(tr("Quality of each frame"));
  setToolTip(tr("PSNR of each frame against the original; the worst are marked. Click to go there"));
  setCursor(Qt::PointingHandCursor);
}

void QualityStrip::setQuality(const std::vector<double> &quality) {
  m_quality = quality;
  update();
}

void QualityStrip::setFrame(std::size_t frame) {
  m_frame = frame;
  update();
}

std::vector<std::size_t> QualityStrip::worst(std::size_t most) const {
  std::vector<std::size_t> frames;
  for (std::size_t i = 0; i < m_quality.size(); ++i) {
    if (!std::isnan(m_quality[i])) {
      frames.push_back(i);
    }
  }
  const auto kept = static_cast<std::ptrdiff_t>(std::min(most, frames.size()));
  std::partial_sort(frames.begin(), frames.begin() + kept, frames.end(), [this](std::size_t a, std::size_t b) { return m_quality[a] < m_quality[b]; });
  frames.resize(static_cast<std::size_t>(kept));
  return frames;
}

void QualityStrip::paint(QPainter &painter, const QRectF &area, const std::vector<double> &quality, std::size_t frame, const std::vector<std::size_t> &worst) {
  painter.setRenderHint(QPainter::Antialiasing);
  painter.fillRect(area, theme().panel);
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double value : quality) {
    if (!std::isnan(value)) {
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  const auto x = [&](std::size_t i) {
    return area.left() + 8 + (area.width() - 60) * (static_cast<double>(i) + 0.5) / static_cast<double>(std::max<std::size_t>(quality.size(), 1));
  };
  painter.setPen(QPen(theme().accent, 1.5));
  if (frame < quality.size()) {
    painter.drawLine(QPointF(x(frame), area.top() + 4), QPointF(x(frame), area.bottom() - 4));
  }
  if (!(low <= high)) {
    return;
  }
  const auto y = [&](double value) { return area.bottom() - 8 - (area.height() - 16) * (value - low) / std::max(high - low, 1e-6); };
  QPolygonF line;
  painter.setPen(QPen(theme().text, 1.25));
  for (std::size_t i = 0; i <= quality.size(); ++i) {
    if (i < quality.size() && !std::isnan(quality[i])) {
      line << QPointF(x(i), y(quality[i]));
    } else if (!line.isEmpty()) {
      painter.drawPolyline(line);
      line.clear();
    }
  }
  painter.setBrush(theme().warning);
  painter.setPen(Qt::NoPen);
  for (const std::size_t i : worst) {
    painter.drawEllipse(QPointF(x(i), y(quality[i])), 3, 3);
  }
  painter.setFont(uiFont(8));
  painter.setPen(theme().secondary);
  const QRectF scale(area.right() - 48, area.top() + 2, 44, area.height() - 4);
  painter.drawText(scale, Qt::AlignRight | Qt::AlignTop, QStringLiteral("%1 dB").arg(high, 0, 'f', 1));
  painter.drawText(scale, Qt::AlignRight | Qt::AlignBottom, QStringLiteral("%1 dB").arg(low, 0, 'f', 1));
}

void QualityStrip::paintEvent(QPaintEvent *) {
  QPainter painter(this);
  paint(painter, rect(), m_quality, m_frame, worst(kWorst));
}

void QualityStrip::choose(double x) {
  if (!m_quality.empty()) {
    const double part = (x - 8) / std::max(1.0, width() - 60.0) * static_cast<double>(m_quality.size());
    Q_EMIT frameChosen(static_cast<std::size_t>(std::clamp(part, 0.0, static_cast<double>(m_quality.size() - 1))));
  }
}

void QualityStrip::mousePressEvent(QMouseEvent *event) {
  choose(event->position().x());
}

void QualityStrip::mouseMoveEvent(QMouseEvent *event) {
  Q_EMIT dragged(true);
  choose(event->position().x());
}

void QualityStrip::mouseReleaseEvent(QMouseEvent *) {
  Q_EMIT dragged(false);
}

}  // namespace vitrine
