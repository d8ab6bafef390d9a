// Painting and choosing of legend entries.
#include "viewers/projection/legend.h"

#include <algorithm>
#include <cmath>

#include <QMouseEvent>

#include "viewers/projection/stamp.h"
#include "widgets/format.h"

namespace vitrine {

namespace {

constexpr double kLine = 22, kTitle = 24, kBar = 160, kSwatch = 10;

/// The shape itself, enlarged from its outline so that panel and map agree.
void paintSwatch(QPainter &painter, const QPointF &middle, const QColor &colour, Shape shape) {
  painter.setPen(Qt::NoPen);
  painter.setBrush(colour);
  if (shape == Shape::Disc) {
    painter.drawEllipse(middle, kSwatch / 2, kSwatch / 2);
    return;
  }
  const double ratio = painter.device()->devicePixelRatioF();
  const int side = static_cast<int>(std::ceil(kSwatch * 1.7 * ratio));
  QImage image(side, side, QImage::Format_ARGB32_Premultiplied);
  const float radius = static_cast<float>(kSwatch * 0.48 * ratio), half = static_cast<float>(side) / 2;
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const float cover = std::clamp(0.5F - outline(shape, radius, static_cast<float>(x) + 0.5F - half, static_cast<float>(y) + 0.5F - half), 0.0F, 1.0F);
      image.setPixelColor(x, y, QColor(colour.red(), colour.green(), colour.blue(), static_cast<int>(cover * 255)));
    }
  }
  image.setDevicePixelRatio(ratio);
  painter.drawImage(middle - QPointF(side, side) / (2 * ratio), image);
}

void paintBar(QPainter &painter, const QRectF &area, const LegendModel &model) {
  const QRectF bar(area.left(), area.top() + 8, 12, kBar);
  QLinearGradient gradient(bar.topLeft(), bar.bottomLeft());
  constexpr int kStops = 32;
  for (int i = 0; i <= kStops; ++i) {
    gradient.setColorAt(static_cast<double>(i) / kStops, mapColour(QStringLiteral("viridis"), 1 - static_cast<double>(i) / kStops));
  }
  painter.setPen(Qt::NoPen);
  painter.setBrush(gradient);
  painter.drawRoundedRect(bar, 2, 2);
  const auto last = static_cast<double>(model.entries.size() - 1);
  painter.setFont(uiFont(9));
  for (std::size_t i = 0; i < model.entries.size(); ++i) {
    const double y = bar.top() + bar.height() * (last > 0 ? static_cast<double>(i) / last : 0.5);
    painter.setPen(QPen(theme().secondary, 1));
    painter.drawLine(QPointF(bar.right() + 2, y), QPointF(bar.right() + 5, y));
    painter.setPen(theme().text);
    painter.drawText(QRectF(bar.right() + 10, y - 9, area.right() - bar.right() - 10, 18), Qt::AlignVCenter | Qt::AlignLeft, model.entries[i].text);
  }
}

void paintEntry(QPainter &painter, const QRectF &line, const LegendEntry &entry, const QString &count, Shape shape, bool marked) {
  if (marked) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme().raised);
    painter.drawRoundedRect(line.adjusted(-6, 0, 6, 0), 4, 4);
  }
  paintSwatch(painter, {line.left() + kSwatch / 2, line.center().y()}, entry.colour, shape);
  painter.setFont(uiFont(9));
  const QFontMetricsF metrics(painter.font());
  const double countWidth = metrics.horizontalAdvance(count), left = line.left() + kSwatch + 8;
  const bool room = line.right() - left - countWidth > 40;
  painter.setPen(theme().secondary);
  if (room) {
    painter.drawText(line, Qt::AlignVCenter | Qt::AlignRight, count);
  }
  const QRectF words(left, line.top(), line.right() - left - (room ? countWidth + 8 : 0), line.height());
  painter.setPen(theme().text);
  painter.drawText(words, Qt::AlignVCenter | Qt::AlignLeft, metrics.elidedText(entry.text, Qt::ElideRight, words.width()));
}

}  // namespace

Shape shapeOf(std::size_t category) {
  return static_cast<Shape>(category % kShapeCount);
}

LegendModel legendModel(const Column *column, bool shapes) {
  LegendModel model;
  if (column == nullptr) {
    return model;
  }
  model.title = QString::fromStdString(column->name);
  model.entries = legendOf(column);
  model.shapes = shapes && column->kind == Column::Kind::Category;
  if (column->kind == Column::Kind::Category && !model.entries.empty()) {
    model.counts.assign(model.entries.size(), 0);
    for (const std::int32_t code : column->codes) {
      if (code >= 0) {
        ++model.counts[std::min(static_cast<std::size_t>(code), model.counts.size() - 1)];
      }
    }
  }
  return model;
}

Legend::Legend(QWidget *parent) : QWidget(parent) {
  setMouseTracking(true);
  setFocusPolicy(Qt::TabFocus);
  setAccessibleName(tr("Legend"));
}

void Legend::setModel(const LegendModel &model) {
  m_model = model;
  m_marked = -1;
  setFocusPolicy(model.numeric() ? Qt::NoFocus : Qt::TabFocus);
  setToolTip(model.numeric() ? QString() : tr("Click selects a category; Shift adds it, Ctrl takes it away"));
  updateGeometry();
  update();
}

double Legend::heightFor(const LegendModel &model, bool withTitle) {
  const double body = model.entries.empty() ? 0 : model.numeric() ? kBar + 18 : kLine * static_cast<double>(model.entries.size());
  return body + (withTitle && !model.title.isEmpty() ? kTitle : 0);
}

QSize Legend::sizeHint() const {
  return {140, static_cast<int>(std::ceil(heightFor(m_model, false)))};
}

void Legend::paint(QPainter &painter, const QRectF &area, const LegendModel &model, bool withTitle, int marked) {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  QRectF body = area;
  if (withTitle && !model.title.isEmpty()) {
    painter.setFont(uiFont(10));
    painter.setPen(theme().secondary);
    painter.drawText(QRectF(body.left(), body.top(), body.width(), kTitle - 4), Qt::AlignLeft | Qt::AlignVCenter,
                     QFontMetricsF(painter.font()).elidedText(model.title, Qt::ElideRight, body.width()));
    body.setTop(body.top() + kTitle);
  }
  if (!model.entries.empty() && model.numeric()) {
    paintBar(painter, body, model);
  }
  for (std::size_t i = 0; i < model.counts.size(); ++i) {
    const QRectF line(body.left(), body.top() + kLine * static_cast<double>(i), body.width(), kLine);
    if (line.bottom() > area.bottom() + 1) {
      painter.setPen(theme().secondary);
      painter.drawText(line, Qt::AlignTop | Qt::AlignLeft, QStringLiteral("\u2026"));
      break;
    }
    paintEntry(painter, line, model.entries[i], count(model.counts[i]), model.shapes ? shapeOf(i) : Shape::Disc, static_cast<int>(i) == marked);
  }
  painter.restore();
}

QRect Legend::entryRect(int entry) const {
  return {6, static_cast<int>(kLine) * entry, width() - 12, static_cast<int>(kLine)};
}

int Legend::entryAt(const QPoint &position) const {
  const int entry = position.y() / static_cast<int>(kLine);
  return m_model.numeric() || position.y() < 0 || entry >= static_cast<int>(m_model.entries.size()) ? -1 : entry;
}

void Legend::mark(int entry) {
  if (entry != m_marked) {
    m_marked = entry;
    update();
  }
}

void Legend::paintEvent(QPaintEvent *) {
  QPainter painter(this);
  paint(painter, QRectF(rect()).adjusted(6, 0, -6, 1000), m_model, false, m_marked);
}

void Legend::mousePressEvent(QMouseEvent *event) {
  const int entry = entryAt(event->pos());
  if (event->button() == Qt::LeftButton && entry >= 0) {
    Q_EMIT entryChosen(entry, selectMode(event->modifiers()));
  }
}

void Legend::mouseMoveEvent(QMouseEvent *event) {
  mark(entryAt(event->pos()));
}

void Legend::leaveEvent(QEvent *) {
  mark(hasFocus() ? std::max(m_marked, 0) : -1);
}

void Legend::focusInEvent(QFocusEvent *) {
  mark(std::max(m_marked, 0));
}

void Legend::focusOutEvent(QFocusEvent *) {
  mark(-1);
}

void Legend::keyPressEvent(QKeyEvent *event) {
  const int last = static_cast<int>(m_model.entries.size()) - 1;
  switch (event->key()) {
    case Qt::Key_Up: mark(std::max(m_marked - 1, 0)); break;
    case Qt::Key_Down: mark(std::min(m_marked + 1, last)); break;
    case Qt::Key_Space:
    case Qt::Key_Return:
    case Qt::Key_Enter:
      if (m_marked >= 0) {
        Q_EMIT entryChosen(m_marked, selectMode(event->modifiers()));
      }
      break;
    default: QWidget::keyPressEvent(event);
  }
}

}  // namespace vitrine
