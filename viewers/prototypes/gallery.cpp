#include "viewers/prototypes/gallery.h"

#include <algorithm>
#include <cmath>

#include <QContextMenuEvent>
#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>

#include "viewers/figure.h"
#include "widgets/format.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

constexpr double kCardWidth = 132, kCardHeight = 108, kGap = 8, kPicture = 56, kLine = 18;
constexpr double kOffStrength = 0.35;

std::size_t columnsFor(double width) {
  return static_cast<std::size_t>(std::max(1.0, std::floor((width - kGap) / (kCardWidth + kGap))));
}

}  // namespace

Gallery::Gallery(const WorkshopScene &scene, QWidget *parent) : QWidget(parent), m_scene(scene) {
  setFocusPolicy(Qt::StrongFocus);
  setAccessibleName(tr("Prototypes"));
  QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Preferred);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
}

void Gallery::refresh() {
  setAccessibleDescription(m_scene.chosen.empty() || m_scene.count() == 0 ? QString() : tip(m_scene.chosen.back()));
  updateGeometry();
  update();
}

double Gallery::heightFor(const WorkshopScene &scene, double width) {
  const auto rows = static_cast<double>((scene.count() + columnsFor(width) - 1) / columnsFor(width));
  return kGap + rows * (kCardHeight + kGap);
}

QRectF Gallery::cardIn(const QRectF &area, std::size_t j) const {
  const std::size_t columns = columnsFor(area.width());
  return {area.left() + kGap + static_cast<double>(j % columns) * (kCardWidth + kGap),
          area.top() + kGap + static_cast<double>(j / columns) * (kCardHeight + kGap), kCardWidth, kCardHeight};
}

std::optional<std::size_t> Gallery::at(const QPointF &place) const {
  for (std::size_t j = 0; j < m_scene.count(); ++j) {
    if (card(j).contains(place)) {
      return j;
    }
  }
  return std::nullopt;
}

void Gallery::paintCard(QPainter &painter, const QRectF &card, std::size_t j) const {
  const Prototypes::Moment *moment = m_scene.moment ? &m_scene.payload->replay[*m_scene.moment] : nullptr;
  const bool off = moment == nullptr && m_scene.layer.on[j] == 0, moved = moment == nullptr && m_scene.movedFromTraining(j);
  const auto place = std::ranges::find(m_scene.chosen, j);
  painter.setPen(place == m_scene.chosen.end() ? QPen(theme().hairline, 1) : QPen(theme().accent, place + 1 == m_scene.chosen.end() ? 2 : 1));
  painter.setBrush(theme().raised);
  painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
  painter.save();
  painter.setOpacity(off ? kOffStrength : 1);
  const QRectF inner = card.adjusted(6, 4, -6, -4);
  const std::size_t k = classOf(moment == nullptr ? m_scene.layer.weights : moment->weights, j);
  painter.setPen(Qt::NoPen);
  painter.setBrush(m_scene.classColour(k));
  painter.drawEllipse(QPointF(inner.left() + 5, inner.top() + kLine / 2), 4, 4);
  painter.setPen(theme().text);
  painter.setFont(uiFont(9));
  const QString title = QStringLiteral("%1 %2").arg(j + 1).arg(m_scene.className(k));
  painter.drawText(QRectF(inner.left() + 14, inner.top(), inner.width() - 14, kLine), Qt::AlignLeft | Qt::AlignVCenter,
                   QFontMetricsF(painter.font(), painter.device()).elidedText(title, Qt::ElideRight, inner.width() - 14));
  const QRectF left(inner.left(), inner.top() + kLine + 2, kPicture, kPicture), right(inner.right() - kPicture, left.top(), kPicture, kPicture);
  const QImage now = moment == nullptr ? m_scene.pictures[j] : j < moment->pictures.size() ? toQImage(moment->pictures[j]) : QImage();
  drawCrisp(painter, now, left);
  if (moment == nullptr && !moved) {
    drawCrisp(painter, m_scene.nearest[j], right);
  }
  painter.restore();
  painter.setFont(uiFont(9));
  painter.setPen(off || moved ? theme().warning : theme().secondary);
  const bool known = j < m_scene.payload->nearestSquared.size();
  const QString below = moment != nullptr ? tr("epoch %1").arg(moment->epoch)
                        : off             ? tr("switched off")
                        : moved           ? tr("moved")
                        : known           ? tr("to nearest: %1").arg(number(static_cast<double>(m_scene.payload->nearestSquared[j])))
                                          : QString();
  painter.drawText(QRectF(inner.left(), inner.bottom() - kLine, inner.width(), kLine), Qt::AlignLeft | Qt::AlignVCenter, below);
}

void Gallery::paint(QPainter &painter, const QRectF &area) const {
  painter.setRenderHint(QPainter::Antialiasing);
  for (std::size_t j = 0; j < m_scene.count(); ++j) {
    paintCard(painter, cardIn(area, j), j);
  }
}

void Gallery::paintEvent(QPaintEvent *) {
  QPainter painter(this);
  painter.fillRect(rect(), theme().panel);
  paint(painter, rect());
}

void Gallery::mousePressEvent(QMouseEvent *event) {
  if (const auto j = at(event->position()); j && (event->button() == Qt::LeftButton || !std::ranges::count(m_scene.chosen, *j))) {
    Q_EMIT chosen(*j, (event->modifiers() & (Qt::ShiftModifier | Qt::ControlModifier)) != 0);
  }
}

void Gallery::keyPressEvent(QKeyEvent *event) {
  const auto n = static_cast<int>(m_scene.count()), columns = static_cast<int>(columnsFor(width()));
  const int now = m_scene.chosen.empty() ? -1 : static_cast<int>(m_scene.chosen.back());
  const bool also = (event->modifiers() & Qt::ShiftModifier) != 0;
  int wanted = now;
  switch (event->key()) {
    case Qt::Key_Left: wanted = now - 1; break;
    case Qt::Key_Right: wanted = now + 1; break;
    case Qt::Key_Up: wanted = now - columns; break;
    case Qt::Key_Down: wanted = now + columns; break;
    default: return QWidget::keyPressEvent(event);
  }
  if (n > 0) {
    Q_EMIT chosen(static_cast<std::size_t>(std::clamp(wanted, 0, n - 1)), also);
  }
}

void Gallery::contextMenuEvent(QContextMenuEvent *event) {
  if (!m_scene.chosen.empty()) {
    Q_EMIT menuWanted(event->globalPos());
  }
}

QString Gallery::tip(std::size_t j) const {
  QString text = tr("Prototype %1 stands for %2. Left its picture, decoded by the network").arg(j + 1).arg(m_scene.className(m_scene.classOfPrototype(j)));
  if (m_scene.movedFromTraining(j)) {
    return text + tr("; it was moved by hand.");
  }
  if (j < m_scene.payload->nearestSquared.size() && j < m_scene.payload->nearest.size()) {
    text += tr(", right the nearest training picture (sample %1), at a squared distance of %2.")
                .arg(m_scene.payload->nearest[j])
                .arg(number(static_cast<double>(m_scene.payload->nearestSquared[j])));
  }
  return text;
}

bool Gallery::event(QEvent *event) {
  if (event->type() == QEvent::ToolTip) {
    const auto *help = static_cast<QHelpEvent *>(event);
    const auto j = at(help->pos());
    if (j) {
      QToolTip::showText(help->globalPos(), tip(*j), this, card(*j).toRect());
    } else {
      QToolTip::hideText();
    }
    return true;
  }
  return QWidget::event(event);
}

}  // namespace vitrine
