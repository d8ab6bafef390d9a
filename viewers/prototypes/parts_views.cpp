#include "viewers/prototypes/parts_views.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>

#include "viewers/figure.h"
#include "widgets/format.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

constexpr double kMargin = 12, kLine = 16, kHead = 32, kNumber = 54, kBadge = 15;
constexpr double kCardWidth = 96, kCardHeight = 100, kGap = 8, kCardPicture = 72;
constexpr double kVeil = 0.6;  // over what the part has not seen

QString tr(const char *text) {
  return QObject::tr(text);
}

std::vector<std::size_t> allOf(const PartsScene &scene) {
  std::vector<std::size_t> all(scene.count());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

/// A box of the network's pixels on a picture that stands at `place`, whatever its own size.
QRectF boxOn(const QRectF &place, const Parts::Box &box, const Parts &parts) {
  const double across = place.width() / parts.width, down = place.height() / parts.height;
  return {place.left() + box.x * across, place.top() + box.y * down, box.width * across, box.height * down};
}

void frame(QPainter &painter, const QRectF &box, const QColor &colour, double width) {
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing, false);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(theme().panel, width + 2));
  painter.drawRect(box);
  painter.setPen(QPen(colour, width));
  painter.drawRect(box);
  painter.restore();
}

/// The prototype's number on its colour; white or black, whichever reads better.
void badge(QPainter &painter, const QRectF &at, std::size_t number, const QColor &colour) {
  painter.setPen(Qt::NoPen);
  painter.setBrush(colour);
  painter.drawRect(at);
  painter.setPen(qGray(colour.rgb()) > 128 ? Qt::black : Qt::white);
  painter.setFont(uiFont(9));
  painter.drawText(at, Qt::AlignCenter, QString::number(number));
}

/// A picture with all but one part veiled.
void partOf(QPainter &painter, const QImage &picture, const QRectF &area, const Parts::Box &box, const Parts &parts, const QColor &colour) {
  const QRectF place = drawCrisp(painter, picture, area);
  if (place.isEmpty()) {
    return;
  }
  const QRectF part = boxOn(place, box, parts);
  QColor veil = theme().panel;
  veil.setAlphaF(static_cast<float>(kVeil));
  for (const QRectF &piece : {QRectF(place.topLeft(), QPointF(place.right(), part.top())), QRectF(QPointF(place.left(), part.bottom()), place.bottomRight()),
                              QRectF(QPointF(place.left(), part.top()), part.bottomLeft()), QRectF(part.topRight(), QPointF(place.right(), part.bottom()))}) {
    painter.fillRect(piece, veil);
  }
  frame(painter, part, colour, 2);
}

/// Where the sample's picture stands below the sentence.
QRectF pictureArea(const QRectF &area, double top) {
  return QRectF(QPointF(area.left() + kMargin, top + 8), area.bottomRight() - QPointF(kMargin, kMargin + kLine + 4));
}

double saySentence(QPainter *painter, const QRectF &area, const PartsScene &scene) {
  const QRectF room = area.adjusted(kMargin, 8, -kMargin, 0);
  return drawWrapped(painter, room, uiFont(area.width() < 240 ? 10 : 12), theme().text, sentence(scene));
}

/// Where drawCrisp() puts a picture of this size.
QRectF placeOf(const QImage &picture, const QRectF &box, double ratio) {
  const double room = std::min(box.width() * ratio / picture.width(), box.height() * ratio / picture.height());
  const QSizeF size = QSizeF(picture.size()) * (room >= 1 ? std::floor(room) : room) / ratio;
  return {box.center() - QPointF(size.width() / 2, size.height() / 2), size};
}

}  // namespace

PartsView::PartsView(const PartsScene &scene, const QString &name, QWidget *parent) : QWidget(parent), m_scene(scene) {
  setAccessibleName(name);
  setFocusPolicy(Qt::StrongFocus);
  QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Preferred);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
}

void PartsView::refresh() {
  setAccessibleDescription(m_scene.chosen && m_scene.payload != nullptr ? tip(*m_scene.chosen) : sentence(m_scene));
  updateGeometry();
  update();
}

void PartsView::paintEvent(QPaintEvent *) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.fillRect(rect(), theme().panel);
  if (m_scene.payload != nullptr) {
    paint(painter);
  }
}

void PartsView::mousePressEvent(QMouseEvent *event) {
  if (const auto j = at(event->position()); j && event->button() == Qt::LeftButton) {
    Q_EMIT chosen(*j);
  }
}

void PartsView::keyPressEvent(QKeyEvent *event) {
  const auto all = order();
  const auto now = m_scene.chosen ? std::ranges::find(all, *m_scene.chosen) - all.begin() : std::ptrdiff_t{-1};
  const bool none = now < 0 || now >= static_cast<std::ptrdiff_t>(all.size());
  std::ptrdiff_t by = 0;
  switch (event->key()) {
    case Qt::Key_Left: by = -1; break;
    case Qt::Key_Right: by = 1; break;
    case Qt::Key_Up: by = -columns(); break;
    case Qt::Key_Down: by = columns(); break;
    default: return QWidget::keyPressEvent(event);
  }
  if (!all.empty()) {
    Q_EMIT chosen(all[static_cast<std::size_t>(none ? 0 : std::clamp<std::ptrdiff_t>(now + by, 0, static_cast<std::ptrdiff_t>(all.size()) - 1))]);
  }
}

bool PartsView::event(QEvent *event) {
  if (event->type() == QEvent::ToolTip) {
    const auto *help = static_cast<QHelpEvent *>(event);
    const auto j = at(help->pos());
    QToolTip::showText(help->globalPos(), j ? tip(*j) : QString(), this);
    return true;
  }
  return QWidget::event(event);
}

PartsPicture::PartsPicture(const PartsScene &scene, QWidget *parent) : PartsView(scene, QObject::tr("The sample and its parts"), parent) {
  setMinimumSize(96, 96);
}

void PartsPicture::draw(QPainter &painter, const QRectF &area, const PartsScene &scene) {
  if (!scene.row) {
    const QString hint = scene.sample >= 0
                             ? tr("Sample %1 is not among the test samples of this run: choose one of them, here or in another view.").arg(scene.sample)
                             : tr("Choose a sample: here stands why it was called what it was.");
    drawWrapped(&painter, area.adjusted(kMargin, kMargin, -kMargin, 0), uiFont(10), theme().secondary, hint);
    return;
  }
  const double top = saySentence(&painter, area, scene);
  if (scene.picture.isNull()) {
    drawWrapped(&painter, area.adjusted(kMargin, top + 8 - area.top(), -kMargin, 0), uiFont(10), theme().secondary,
                tr("The picture is not at hand: open the run's data set to see it."));
    return;
  }
  const QRectF place = drawCrisp(painter, scene.picture, pictureArea(area, top));
  std::vector<std::size_t> boxes = scene.boxed();
  std::ranges::reverse(boxes);  // the strongest on top
  std::vector<Parts::Box> drawn;
  std::vector<QRectF> badges;  // above all frames
  for (const std::size_t j : boxes) {
    const Parts::Box &box = scene.sampleBox(j);
    const double inset = 4.0 * static_cast<double>(std::ranges::count(drawn, box));  // several prototypes may have found the same part
    drawn.push_back(box);
    const QRectF at = boxOn(place, box, *scene.payload).adjusted(inset, inset, -inset, -inset);
    frame(painter, at, scene.colour(j), scene.chosen == j ? 4 : 2);
    const double along = std::min(std::max(0.0, at.width() - kBadge - 2), (kBadge + 8) * inset / 4);
    badges.emplace_back(at.left() + along, at.top(), j + 1 < 10 ? kBadge : kBadge + 6, kBadge);
  }
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    badge(painter, badges[i], boxes[i] + 1, scene.colour(boxes[i]));
  }
  painter.setFont(uiFont(9));
  painter.setPen(theme().secondary);
  painter.drawText(
      QRectF(area.left() + kMargin, area.bottom() - kMargin - kLine, area.width() - 2 * kMargin, kLine), Qt::AlignHCenter | Qt::AlignVCenter,
      QFontMetricsF(painter.font(), painter.device())
          .elidedText(tr("boxes: the parts that speak most for %1").arg(scene.className(scene.asked())), Qt::ElideRight, area.width() - 2 * kMargin));
}

std::optional<std::size_t> PartsPicture::at(const QPointF &place) const {
  if (!m_scene.row || m_scene.picture.isNull()) {
    return std::nullopt;
  }
  const QRectF picture = placeOf(m_scene.picture, pictureArea(rect(), saySentence(nullptr, rect(), m_scene)), devicePixelRatioF());
  for (const std::size_t j : m_scene.boxed()) {
    if (boxOn(picture, m_scene.sampleBox(j), *m_scene.payload).contains(place)) {
      return j;
    }
  }
  return std::nullopt;
}

QString PartsPicture::tip(std::size_t j) const {
  return tr("The part of this picture that is most like prototype %1. The box is all that the network has seen of it.").arg(m_scene.title(j));
}

namespace {

/// A side that pictures fill at a whole zoom, as near to `room` as that goes.
double crispSide(double room, const Parts &parts) {
  return room < parts.width ? room : std::floor(room / parts.width) * parts.width;
}

/// Columns of the pairs, from the left: number, this part, that part, what it is worth; from the right: points.
struct Pairs {
  Pairs(const QRectF &area, const Parts &parts)
      : picture(crispSide(std::clamp(0.15 * area.width(), 40.0, 128.0), parts)),
        here(area.left() + kMargin + kBadge + 10),
        there(here + picture + kGap),
        text(there + picture + 10),
        points(area.right() - kMargin - kNumber),
        row(picture + 10) {}
  bool roomy() const { return points - text > 72; }  ///< for what stands between pictures and points
  double picture, here, there, text, points, row;
};

void pairsHead(QPainter &painter, const Pairs &at, double y) {
  painter.setFont(uiFont(9));
  painter.setPen(theme().secondary);
  const auto say = [&](double left, double width, Qt::Alignment side, const QString &text) {
    painter.drawText(QRectF(left, y, width, kHead), static_cast<int>(side | Qt::AlignBottom) | Qt::TextWordWrap, text);
  };
  if (at.roomy()) {
    say(at.here, at.picture + kGap - 2, Qt::AlignLeft, tr("this part"));
    say(at.there, at.picture + 6, Qt::AlignLeft, tr("looks like that"));
    say(at.text, at.points - at.text - 4, Qt::AlignLeft, tr("how like it, times weight"));
  } else {
    say(at.here, at.points - at.here, Qt::AlignLeft, tr("this looks like that"));
  }
  say(at.points, kNumber, Qt::AlignRight, tr("points"));
}

/// Points as a bar from the middle, where there is room: right speaks for the class, left against it.
void pairBar(QPainter &painter, const QRectF &row, const Pairs &at, const PartsScene &scene, double points) {
  constexpr double kText = 120;
  double most = 1e-12;
  std::ranges::for_each(scene.evidence, [&most](const PartEvidence &e) { most = std::max(most, std::abs(e.points)); });
  const double left = at.text + kText, half = (at.points - left) / 2, middle = left + half;
  if (half < 20) {
    return;
  }
  painter.fillRect(QRectF(middle, row.center().y() - 6, half * points / most, 12).normalized(), mapColour(QStringLiteral("diverging"), points < 0 ? 1 : 0));
  painter.setPen(QPen(theme().secondary, 1));
  painter.drawLine(QPointF(middle, row.center().y() - 12), QPointF(middle, row.center().y() + 12));
}

void pairRow(QPainter &painter, const QRectF &row, const Pairs &at, const PartsScene &scene, const PartEvidence &e) {
  const QColor colour = scene.colour(e.prototype);
  if (scene.chosen == e.prototype) {
    painter.fillRect(row.adjusted(4, 1, -4, -1), theme().raised);
  }
  badge(painter, QRectF(row.left() + kMargin, row.center().y() - kBadge / 2, kBadge + 6, kBadge), e.prototype + 1, colour);
  const double top = row.top() + 5;
  partOf(painter, scene.picture, QRectF(at.here, top, at.picture, at.picture), scene.sampleBox(e.prototype), *scene.payload, colour);
  partOf(painter, scene.sources[e.prototype], QRectF(at.there, top, at.picture, at.picture), scene.sourceBox(e.prototype), *scene.payload, colour);
  const double width = at.points - at.text - 4;
  const auto line = [&](double y, const QColor &ink, const QString &text) {
    painter.setPen(ink);
    painter.drawText(QRectF(at.text, y, width, kLine), Qt::AlignLeft | Qt::AlignVCenter,
                     QFontMetricsF(painter.font(), painter.device()).elidedText(text, Qt::ElideRight, width));
  };
  painter.setFont(uiFont(9));
  if (at.roomy()) {
    const QString owner = scene.className(static_cast<std::size_t>(scene.payload->sources[e.prototype].speaksFor));
    line(row.center().y() - kLine, theme().text, e.points < 0 ? tr("%1, against").arg(owner) : owner);
    line(row.center().y(), theme().secondary, QStringLiteral("%1 \u00d7 %2").arg(QString::number(e.similarity, 'f', 2), decimals(e.weight)));
  }
  pairBar(painter, row, at, scene, e.points);
  painter.setPen(e.points < 0 ? theme().secondary : theme().text);
  painter.setFont(uiFont(10));
  painter.drawText(QRectF(at.points, row.top(), kNumber, row.height()), Qt::AlignRight | Qt::AlignVCenter, points(e.points));
}

/// What is not listed, and the sum.
double pairsFoot(QPainter *painter, const QRectF &area, const Pairs &at, double y, const PartsScene &scene, const std::vector<PartEvidence> &listed) {
  double rest = 0;
  for (const PartEvidence &e : scene.evidence) {
    rest += e.points;
  }
  const double score = rest;
  for (const PartEvidence &e : listed) {
    rest -= e.points;
  }
  const auto line = [&](const QString &name, const QString &value, const QColor &ink) {
    if (painter != nullptr) {
      painter->setPen(ink);
      painter->setFont(uiFont(10));
      painter->drawText(QRectF(at.here, y, at.points - at.here, kLine + 4), Qt::AlignLeft | Qt::AlignVCenter,
                        QFontMetricsF(painter->font(), painter->device()).elidedText(name, Qt::ElideRight, at.points - at.here - 4));
      painter->drawText(QRectF(at.points, y, kNumber, kLine + 4), Qt::AlignRight | Qt::AlignVCenter, value);
    }
    y += kLine + 6;
  };
  if (listed.size() < scene.evidence.size()) {
    line(tr("%1 (key A)").arg(counted(static_cast<qint64>(scene.evidence.size() - listed.size()), tr("other part"), tr("other parts"))), points(rest),
         theme().secondary);
  }
  if (painter != nullptr) {
    painter->setPen(QPen(theme().hairline, 1));
    painter->drawLine(QPointF(area.left() + kMargin, y), QPointF(area.right() - kMargin, y));
  }
  y += 2;
  line(tr("all points for %1").arg(scene.className(scene.asked())), points(score), theme().text);
  return y;
}

}  // namespace

PartsPairs::PartsPairs(const PartsScene &scene, QWidget *parent) : PartsView(scene, QObject::tr("This looks like that"), parent) {}

double PartsPairs::draw(QPainter *painter, const QRectF &area, const PartsScene &scene) {
  if (scene.payload == nullptr || !scene.row) {
    return 0;
  }
  const Pairs at(area, *scene.payload);
  const auto listed = scene.listed();
  double y = area.top();
  if (painter != nullptr) {
    pairsHead(*painter, at, y);
    for (std::size_t i = 0; i < listed.size(); ++i) {
      pairRow(*painter, QRectF(area.left(), y + kHead + static_cast<double>(i) * at.row, area.width(), at.row), at, scene, listed[i]);
    }
  }
  y += kHead + static_cast<double>(listed.size()) * at.row + 4;
  return pairsFoot(painter, area, at, y, scene, listed) + kMargin - area.top();
}

std::vector<std::size_t> PartsPairs::order() const {
  std::vector<std::size_t> all;
  std::ranges::transform(m_scene.listed(), std::back_inserter(all), &PartEvidence::prototype);
  return all;
}

std::optional<std::size_t> PartsPairs::at(const QPointF &place) const {
  const auto all = order();
  const double row = m_scene.payload == nullptr ? -1 : std::floor((place.y() - kHead) / Pairs(rect(), *m_scene.payload).row);
  return row >= 0 && row < static_cast<double>(all.size()) ? std::optional(all[static_cast<std::size_t>(row)]) : std::nullopt;
}

QString PartsPairs::tip(std::size_t j) const {
  const auto e = std::ranges::find(m_scene.evidence, j, &PartEvidence::prototype);
  if (e == m_scene.evidence.end()) {
    return {};
  }
  return tr("Left the part of this picture that is most like prototype %1, right where the prototype comes from (training sample %2).\n"
            "How like it: %3 of at most 9.21. Times weight %4: %5 points for %6.")
      .arg(m_scene.title(j))
      .arg(m_scene.payload->sources[j].id)
      .arg(QString::number(e->similarity, 'f', 2), QString::number(e->weight, 'f', 2), points(e->points), m_scene.className(m_scene.asked()));
}

namespace {

std::size_t columnsFor(double width) {
  return static_cast<std::size_t>(std::max(1.0, std::floor((width - kGap) / (kCardWidth + kGap))));
}

QRectF cardIn(const QRectF &area, std::size_t j) {
  const std::size_t columns = columnsFor(area.width());
  return {area.left() + kGap + static_cast<double>(j % columns) * (kCardWidth + kGap),
          area.top() + kGap + static_cast<double>(j / columns) * (kCardHeight + kGap), kCardWidth, kCardHeight};
}

}  // namespace

PartsGallery::PartsGallery(const PartsScene &scene, QWidget *parent) : PartsView(scene, QObject::tr("Prototypes"), parent) {}

double PartsGallery::draw(QPainter *painter, const QRectF &area, const PartsScene &scene) {
  for (std::size_t j = 0; painter != nullptr && j < scene.count(); ++j) {
    const QRectF card = cardIn(area, j);
    painter->setPen(scene.chosen == j ? QPen(theme().accent, 2) : QPen(theme().hairline, 1));
    painter->setBrush(theme().raised);
    painter->drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
    const auto k = static_cast<std::size_t>(scene.payload->sources[j].speaksFor);
    painter->setPen(Qt::NoPen);
    painter->setBrush(scene.classColour(k));
    painter->drawEllipse(QPointF(card.left() + 11, card.top() + 4 + kLine / 2), 4, 4);
    painter->setPen(theme().text);
    painter->setFont(uiFont(9));
    const QRectF title(card.left() + 19, card.top() + 4, card.width() - 23, kLine);
    painter->drawText(title, Qt::AlignLeft | Qt::AlignVCenter,
                      QFontMetricsF(painter->font(), painter->device()).elidedText(scene.title(j), Qt::ElideRight, title.width()));
    const QRectF place(card.center().x() - kCardPicture / 2, card.bottom() - kCardPicture - 5, kCardPicture, kCardPicture);
    partOf(*painter, scene.sources[j], place, scene.sourceBox(j), *scene.payload, scene.colour(j));
  }
  const auto rows = static_cast<double>((scene.count() + columnsFor(area.width()) - 1) / columnsFor(area.width()));
  return kGap + rows * (kCardHeight + kGap);
}

std::vector<std::size_t> PartsGallery::order() const {
  return allOf(m_scene);
}

int PartsGallery::columns() const {
  return static_cast<int>(columnsFor(width()));
}

std::optional<std::size_t> PartsGallery::at(const QPointF &place) const {
  for (std::size_t j = 0; j < m_scene.count(); ++j) {
    if (cardIn(rect(), j).contains(place)) {
      return j;
    }
  }
  return std::nullopt;
}

QString PartsGallery::tip(std::size_t j) const {
  const Parts::Source &source = m_scene.payload->sources[j];
  return tr("Prototype %1 is this part of training sample %2. Weight for its class: %3.")
      .arg(m_scene.title(j))
      .arg(source.id)
      .arg(QString::number(static_cast<double>(m_scene.payload->weights.row(j)[static_cast<std::size_t>(source.speaksFor)]), 'f', 2));
}

}  // namespace vitrine
