#include "viewers/prototypes/why.h"

#include <algorithm>
#include <cmath>

#include <QMouseEvent>
#include <QPainter>

#include "viewers/figure.h"
#include "widgets/format.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

constexpr double kMargin = 12, kRow = 34, kPicture = 28, kLine = 16, kSample = 84, kNumber = 62, kRoomy = 300;

double wrapped(QPainter *painter, const QRectF &area, double top, const QFont &font, const QColor &colour, const QString &text) {
  return drawWrapped(painter, QRectF(area.left() + kMargin, top, area.width() - 2 * kMargin, 0), font, colour, text);
}

/// The picture and what the network keeps of it; returns the y below them.
double samplePictures(QPainter *painter, const QRectF &area, double top, const WorkshopScene &scene) {
  const AskedSample &sample = scene.sample;
  if (sample.picture.isNull() && sample.rebuilt.isNull()) {
    return top;
  }
  if (painter != nullptr) {
    const std::pair<const QImage *, QString> shown[] = {{&sample.picture, QObject::tr("the picture")}, {&sample.rebuilt, QObject::tr("rebuilt from its code")}};
    double left = area.left() + kMargin;
    painter->setFont(uiFont(9));
    painter->setPen(theme().secondary);
    for (const auto &[picture, caption] : shown) {
      if (!picture->isNull()) {
        const QRectF place = drawCrisp(*painter, *picture, QRectF(left, top, kSample, kSample));
        painter->drawText(QRectF(place.left(), top + kSample + 2, area.right() - place.left(), kLine), Qt::AlignLeft | Qt::AlignVCenter, caption);
        left += kSample + 36;
      }
    }
  }
  return top + kSample + kLine + 8;
}

/// Columns of the list, from the right: contribution, distance where there is room; the bar takes what is left.
struct Columns {
  explicit Columns(const QRectF &area)
      : hasDistance(area.width() >= kRoomy),
        contribution(area.right() - kMargin - kNumber),
        distance(contribution - (hasDistance ? kNumber : 0)),
        name(area.left() + kMargin + kPicture + 6),
        bar(name + std::clamp(0.28 * area.width(), 50.0, 130.0)) {}
  bool hasDistance;
  double contribution, distance, name, bar;
};

void evidenceHead(QPainter &painter, const Columns &at, double y) {
  painter.setFont(uiFont(9));
  painter.setPen(theme().secondary);
  const double middle = (at.bar + at.distance) / 2;
  painter.drawText(QRectF(at.bar - 60, y, middle - at.bar + 56, kLine), Qt::AlignRight | Qt::AlignVCenter, QObject::tr("against"));
  painter.drawText(QRectF(middle + 4, y, at.distance - middle, kLine), Qt::AlignLeft | Qt::AlignVCenter, QObject::tr("for"));
  if (at.hasDistance) {
    painter.drawText(QRectF(at.distance, y, kNumber, kLine), Qt::AlignRight | Qt::AlignVCenter, QObject::tr("distance"));
  }
  painter.drawText(QRectF(at.contribution, y, kNumber, kLine), Qt::AlignRight | Qt::AlignVCenter, QObject::tr("adds"));
}

void evidenceRow(QPainter &painter, const QRectF &row, const Columns &at, const WorkshopScene &scene, const Evidence &e, double most) {
  if (std::ranges::count(scene.chosen, e.prototype) > 0) {
    painter.fillRect(row.adjusted(4, 1, -4, -1), theme().raised);
  }
  drawCrisp(painter, scene.pictures[e.prototype], QRectF(row.left() + kMargin, row.top() + (kRow - kPicture) / 2, kPicture, kPicture));
  painter.setFont(uiFont(9));
  painter.setPen(theme().text);
  painter.drawText(QRectF(at.name, row.top(), at.bar - at.name - 4, kRow), Qt::AlignLeft | Qt::AlignVCenter,
                   QFontMetricsF(painter.font(), painter.device()).elidedText(scene.title(e.prototype), Qt::ElideRight, at.bar - at.name - 4));
  const double middle = (at.bar + at.distance) / 2, half = (at.distance - at.bar) / 2 - 4;
  const double length = most > 0 ? half * e.support / most : 0;
  painter.fillRect(QRectF(middle, row.top() + 11, length, kRow - 22).normalized(), mapColour(QStringLiteral("diverging"), length > 0 ? 0.0 : 1.0));
  painter.setPen(QPen(theme().secondary, 1));
  painter.drawLine(QPointF(middle, row.top() + 5), QPointF(middle, row.bottom() - 5));
  painter.setPen(theme().text);
  if (at.hasDistance) {
    painter.drawText(QRectF(at.distance, row.top(), kNumber, kRow), Qt::AlignRight | Qt::AlignVCenter, number(e.distance));
  }
  painter.drawText(QRectF(at.contribution, row.top(), kNumber, kRow), Qt::AlignRight | Qt::AlignVCenter, QString::number(e.contribution, 'f', 2));
}

}  // namespace

WhyView::WhyView(const WorkshopScene &scene, QWidget *parent) : QWidget(parent), m_scene(scene) {
  setAccessibleName(tr("Why"));
  setFocusPolicy(Qt::StrongFocus);
  setToolTip(
      tr("Bars: how much nearer (or farther) the sample is to a prototype than an average sample, weighed by what that prototype means for the class.\n"
         "Adds: distance times weight; these numbers sum to the class's score (logit)."));
  QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Preferred);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
}

void WhyView::refresh() {
  setAccessibleDescription(sentence(m_scene));
  updateGeometry();
  update();
}

double WhyView::draw(QPainter *painter, const QRectF &area, const WorkshopScene &scene) {
  const Why &why = scene.why;
  if (why.probabilities.empty()) {
    const QString hint = scene.sample.id >= 0
                             ? QObject::tr("Sample %1 is not among the run's samples, and its picture is not at hand: open the run's data set to ask about it.")
                                   .arg(scene.sample.id)
                             : QObject::tr("Here stands why a picture was called what it was. Click a point of the map, or choose a sample in any other view.");
    return wrapped(painter, area, area.top() + kMargin, uiFont(10), theme().secondary, hint) + kMargin - area.top();
  }
  double y = wrapped(painter, area, area.top() + 8, uiFont(12), theme().text, sentence(scene)) + 10;
  y = samplePictures(painter, area, y, scene);
  const Columns at(area);
  double most = 0;
  for (const Evidence &e : why.evidence) {
    most = std::max(most, std::abs(e.support));
  }
  if (painter != nullptr) {
    evidenceHead(*painter, at, y);
    for (std::size_t i = 0; i < why.evidence.size(); ++i) {
      evidenceRow(*painter, QRectF(area.left(), y + kLine + static_cast<double>(i) * kRow, area.width(), kRow), at, scene, why.evidence[i], most);
    }
  }
  y += kLine + static_cast<double>(why.evidence.size()) * kRow;
  if (painter != nullptr) {
    painter->setPen(QPen(theme().hairline, 1));
    painter->drawLine(QPointF(area.left() + kMargin, y + 2), QPointF(area.right() - kMargin, y + 2));
    painter->setPen(theme().text);
    painter->setFont(uiFont(9));
    const QString total = QObject::tr("score of %1 (logit)").arg(scene.className(why.asked));
    painter->drawText(QRectF(at.name, y + 4, at.contribution - at.name, kLine + 4), Qt::AlignLeft | Qt::AlignVCenter, total);
    painter->drawText(QRectF(at.contribution, y + 4, kNumber, kLine + 4), Qt::AlignRight | Qt::AlignVCenter, QString::number(why.logits[why.asked], 'f', 2));
  }
  return y + kLine + 12 - area.top();
}

void WhyView::paintEvent(QPaintEvent *) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  draw(&painter, rect(), m_scene);
}

/// The list stands at the lower end: a row is found from there.
void WhyView::mousePressEvent(QMouseEvent *event) {
  const double bottom = draw(nullptr, rect(), m_scene) - kLine - 12, rows = static_cast<double>(m_scene.why.evidence.size());
  const double row = std::floor((event->position().y() - (bottom - rows * kRow)) / kRow);
  if (event->button() == Qt::LeftButton && row >= 0 && row < rows) {
    Q_EMIT chosen(m_scene.why.evidence[static_cast<std::size_t>(row)].prototype, (event->modifiers() & (Qt::ShiftModifier | Qt::ControlModifier)) != 0);
  }
}

}  // namespace vitrine
