// Draws picture, heat, query frame, colour bar and read-out; the numbers come from heat.h.
#include "viewers/attention/attention_canvas.h"

#include <algorithm>
#include <cmath>

#include <QMouseEvent>
#include <QPainter>
#include <QVBoxLayout>

#include "viewers/figure.h"
#include "widgets/empty_state.h"
#include "widgets/format.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {
constexpr double kCaption = 28, kBar = 36, kNote = 22;
}  // namespace

QString AttentionScene::queryName() const {
  if (choice.patch >= 0 && maps) {
    return QObject::tr("patch (%1,%2)").arg(choice.patch / maps->gridCols + 1).arg(choice.patch % maps->gridCols + 1);
  }
  return maps && maps->hasCls ? QObject::tr("CLS") : QObject::tr("all patches");
}

QString AttentionScene::choiceName() const {
  const int layers = maps ? maps->layers : 0, heads = maps ? maps->heads : 0;
  switch (choice.mode) {
    case HeatChoice::Mode::Head: return QObject::tr("layer %1, head %2").arg(choice.layer + 1).arg(choice.head + 1);
    case HeatChoice::Mode::Average: return QObject::tr("layer %1, mean of %2 heads").arg(choice.layer + 1).arg(heads);
    case HeatChoice::Mode::Rollout: return QObject::tr("rollout over %1 layers").arg(layers);
  }
  return {};
}

AttentionCanvas::AttentionCanvas(QWidget *parent) : QWidget(parent) {
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  setAccessibleName(tr("Picture with attention"));
  m_empty = new EmptyState(QStringLiteral("attention"), tr("What a transformer looks at"),
                           tr("Run the study \u201cAttention\u201d on pictures, or click a sample while a model is loaded."), this);
  auto *layout = new QVBoxLayout(this);
  layout->addWidget(m_empty);
}

void AttentionCanvas::setScene(const AttentionScene &scene) {
  m_scene = scene;
  m_weights = scene.maps ? patchWeights(*scene.maps, scene.sample, scene.choice) : std::vector<float>();
  m_top = m_weights.empty() ? 0 : *std::max_element(m_weights.begin(), m_weights.end());
  m_cls = m_weights.empty() ? 0 : clsWeight(*scene.maps, scene.sample, scene.choice);
  m_empty->setVisible(!scene.maps || scene.sample >= scene.maps->images.size());
  m_hovered = m_hovered < scene.patches() ? m_hovered : -1;
  update();
}

QRectF AttentionCanvas::paint(QPainter &painter, const QRectF &area, bool withMarks) const {
  if (!m_scene.maps || m_scene.sample >= m_scene.maps->images.size()) {
    return {};
  }
  const double margin = 12;
  const QRectF inner = area.adjusted(margin, 0, -margin, 0);
  const QRectF box(inner.left(), inner.top() + kCaption, inner.width(), std::max(16.0, inner.height() - kCaption - kBar - kNote - 8));
  const QRectF place = paintPicture(painter, box);
  for (int mark : {m_scene.choice.patch, withMarks ? m_hovered : -1}) {
    if (mark >= 0) {
      paintMark(painter, patchRect(place, mark), mark == m_scene.choice.patch ? theme().accent : QColor(Qt::white), mark == m_scene.choice.patch ? 2 : 1);
    }
  }
  const double width = std::max(place.width(), std::min(inner.width(), 300.0));
  const QRectF column(inner.center().x() - width / 2, place.top(), width, place.height());
  paintCaption(painter, QRectF(column.left(), place.top() - kCaption, column.width(), kCaption - 6));
  paintBar(painter, QRectF(column.left(), place.bottom() + 8, column.width(), kBar));
  painter.setFont(uiFont(9));
  painter.setPen(theme().secondary);
  painter.drawText(QRectF(inner.left(), area.bottom() - kNote, inner.width(), kNote), Qt::AlignHCenter | Qt::AlignVCenter, tr("Attention is not explanation."));
  if (withMarks && m_hovered >= 0) {
    paintReadOut(painter, area, patchRect(place, m_hovered));
  }
  return place;
}

void AttentionCanvas::paintCaption(QPainter &painter, const QRectF &line) const {
  painter.setFont(uiFont(10));
  const QFontMetrics metrics = painter.fontMetrics();
  const QString caption = metrics.elidedText(tr("From %1: %2").arg(m_scene.queryName(), m_scene.choiceName()), Qt::ElideRight, static_cast<int>(line.width()));
  const int left = static_cast<int>(line.width()) - metrics.horizontalAdvance(caption) - 12;
  painter.setPen(theme().text);
  painter.drawText(line, Qt::AlignLeft | Qt::AlignBottom, caption);
  painter.setPen(theme().secondary);
  painter.drawText(line, Qt::AlignRight | Qt::AlignBottom, left > 40 ? metrics.elidedText(m_scene.sampleName, Qt::ElideRight, left) : QString());
}

void AttentionCanvas::paintEvent(QPaintEvent *) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.fillRect(rect(), theme().panel);
  m_place = paint(painter, rect(), true);
}

void AttentionCanvas::mouseMoveEvent(QMouseEvent *event) {
  const int patch = patchAt(event->position());
  if (patch != m_hovered) {
    m_hovered = patch;
    setCursor(patch >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
    update();
  }
}

void AttentionCanvas::mousePressEvent(QMouseEvent *event) {
  const int patch = event->button() == Qt::LeftButton ? patchAt(event->position()) : -1;
  if (patch >= 0) {
    Q_EMIT patchClicked(patch);
  }
  QWidget::mousePressEvent(event);
}

void AttentionCanvas::leaveEvent(QEvent *) {
  m_hovered = -1;
  update();
}

QRectF AttentionCanvas::paintPicture(QPainter &painter, const QRectF &box) const {
  const Image &picture = m_scene.maps->images[m_scene.sample];
  const double ratio = painter.device()->devicePixelRatioF();
  const double room = std::min(box.width() * ratio / std::max(1, picture.width), box.height() * ratio / std::max(1, picture.height));
  const double zoom = room >= 1 ? std::floor(room) : room;
  const QImage blend = heatPicture(picture, m_weights, m_scene.maps->gridRows, m_scene.maps->gridCols, m_top, m_scene.opacity, zoom);
  return drawCrisp(painter, blend, box);
}

void AttentionCanvas::paintBar(QPainter &painter, const QRectF &place) const {
  if (m_weights.empty()) {
    painter.setFont(uiFont(9));
    painter.setPen(theme().warning);
    painter.drawText(place, Qt::AlignLeft | Qt::AlignTop, tr("These maps hold no %1.").arg(m_scene.choiceName()));
    return;
  }
  const double ratio = painter.device()->devicePixelRatioF();
  const QRectF bar(snapped(place.left(), ratio), snapped(place.top(), ratio), snapped(place.width(), ratio), 8);
  QImage ramp(256, 1, QImage::Format_RGB32);
  for (int i = 0; i < 256; ++i) {
    ramp.setPixelColor(i, 0, mapColour("magma", i / 255.0));
  }
  painter.drawImage(bar, ramp);
  painter.setFont(uiFont(9));
  painter.setPen(theme().secondary);
  const QRectF numbers(bar.left(), bar.bottom() + 4, bar.width(), 16);
  painter.drawText(numbers, Qt::AlignLeft | Qt::AlignTop, QStringLiteral("0"));
  painter.drawText(numbers, Qt::AlignRight | Qt::AlignTop, number(m_top));
  const double room = bar.width() - 2 * painter.fontMetrics().horizontalAdvance(number(m_top)) - 16;
  const QString weight = tr("weight of a patch"), withCls = std::isnan(m_cls) ? weight : weight + tr("   CLS takes %1").arg(number(m_cls));
  for (const QString &text : {withCls, weight}) {
    if (painter.fontMetrics().horizontalAdvance(text) <= room) {
      painter.drawText(numbers, Qt::AlignHCenter | Qt::AlignTop, text);
      break;
    }
  }
}

QRectF AttentionCanvas::patchRect(const QRectF &place, int patch) const {
  const double width = place.width() / m_scene.maps->gridCols, height = place.height() / m_scene.maps->gridRows;
  return {place.left() + patch % m_scene.maps->gridCols * width, place.top() + patch / m_scene.maps->gridCols * height, width, height};
}

void AttentionCanvas::paintMark(QPainter &painter, const QRectF &frame, const QColor &colour, double width) const {
  painter.save();
  painter.setBrush(Qt::NoBrush);
  QPen pen(QColor(0, 0, 0, 160), width + 2);
  pen.setJoinStyle(Qt::MiterJoin);
  painter.setPen(pen);
  painter.drawRect(frame);
  pen.setColor(colour);
  pen.setWidthF(width);
  painter.setPen(pen);
  painter.drawRect(frame);
  painter.restore();
}

void AttentionCanvas::paintReadOut(QPainter &painter, const QRectF &area, const QRectF &patch) const {
  const QString text = readOut(m_hovered);
  if (text.isEmpty()) {
    return;
  }
  painter.setFont(uiFont(10));
  const QSizeF size = QSizeF(painter.fontMetrics().size(Qt::TextSingleLine, text)) + QSizeF(16, 8);
  double left = patch.right() + 8;
  left = left + size.width() > area.right() ? patch.left() - 8 - size.width() : left;
  const QRectF box(QPointF(left, std::clamp(patch.center().y() - size.height() / 2, area.top(), area.bottom() - size.height())), size);
  painter.setPen(theme().hairline);
  painter.setBrush(theme().raised);
  painter.drawRoundedRect(box, 4, 4);
  painter.setPen(theme().text);
  painter.drawText(box, Qt::AlignCenter, text);
}

QString AttentionCanvas::readOut(int patch) const {
  if (patch < 0 || patch >= static_cast<int>(m_weights.size())) {
    return {};
  }
  const int cols = m_scene.maps->gridCols;
  return tr("patch (%1,%2): %3").arg(patch / cols + 1).arg(patch % cols + 1).arg(number(static_cast<double>(m_weights[static_cast<std::size_t>(patch)])));
}

int AttentionCanvas::patchAt(QPointF position) const {
  if (!m_scene.maps || !m_place.contains(position)) {
    return -1;
  }
  const int cols = m_scene.maps->gridCols, rows = m_scene.maps->gridRows;
  const int col = std::min(cols - 1, static_cast<int>((position.x() - m_place.left()) / m_place.width() * cols));
  const int row = std::min(rows - 1, static_cast<int>((position.y() - m_place.top()) / m_place.height() * rows));
  return row * cols + col;
}

}  // namespace vitrine
