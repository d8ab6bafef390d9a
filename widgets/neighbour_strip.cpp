// Tiles of neighbours in rows.
#include "widgets/neighbour_strip.h"

#include <algorithm>

#include <QKeyEvent>
#include <QPainter>

#include "widgets/format.h"
#include "widgets/theme.h"
#include "widgets/thumbnail_cache.h"

namespace vitrine {

namespace {
constexpr int kGap = 4, kText = 16, kBar = 3;
}

NeighbourTile::NeighbourTile(std::shared_ptr<const Dataset> dataset, Neighbour neighbour, ThumbnailCache *thumbnails, QWidget *parent)
    : QAbstractButton(parent), m_dataset(std::move(dataset)), m_neighbour(neighbour), m_thumbnails(thumbnails), m_colour(theme().secondary) {
  const Column *label = m_dataset->label();
  const auto row = m_dataset->row(neighbour.id);
  if (label != nullptr && row) {
    m_label = QString::fromStdString(label->text(*row));
    const auto code = label->codes[*row];
    m_colour = code < 0 ? theme().secondary : categoryColour(static_cast<std::size_t>(code), label->categories.size());
  }
  const QString name = tr("Sample %1").arg(neighbour.id) + (m_label.isEmpty() ? QString() : QStringLiteral(", ") + m_label);
  setToolTip(tr("%1\nDistance %2").arg(name, QString::number(neighbour.distance, 'g', 6)));
  setAccessibleName(tr("%1, distance %2").arg(name, number(neighbour.distance)));
  setFocusPolicy(Qt::StrongFocus);
  setCursor(Qt::PointingHandCursor);
  resize(sizeHint());
}

QSize NeighbourTile::sizeHint() const {
  return {kPicture, kPicture + kBar + kText};
}
void NeighbourTile::enterEvent(QEnterEvent *) {
  update();
}
void NeighbourTile::leaveEvent(QEvent *) {
  update();
}

void NeighbourTile::paintEvent(QPaintEvent *) {
  QPainter painter(this);
  const qreal scale = devicePixelRatioF();
  const QRectF box(0, 0, kPicture, kPicture);
  const int side = static_cast<int>(kPicture * scale);
  QImage picture = m_thumbnails == nullptr ? QImage() : m_thumbnails->get(m_dataset, m_neighbour.id, side);
  if (!picture.isNull()) {
    picture.setDevicePixelRatio(scale);
    const QSizeF size = QSizeF(picture.size()) / scale;
    const auto snap = [scale](double free) { return std::floor(free / 2 * scale) / scale; };
    painter.drawImage(QPointF(box.x() + snap(box.width() - size.width()), box.y() + snap(box.height() - size.height())), picture);
  } else {
    painter.fillRect(box, theme().raised);
    painter.setPen(theme().secondary);
    painter.setFont(uiFont(9));
    if (!m_dataset->hasImages()) {
      painter.drawText(box.adjusted(2, 2, -2, -2), Qt::AlignCenter | Qt::TextWordWrap, m_label.isEmpty() ? QString::number(m_neighbour.id) : m_label);
    }
  }
  painter.fillRect(QRectF(box.x(), box.bottom(), box.width(), kBar), m_colour);
  painter.setFont(uiFont(9));
  painter.setPen(theme().secondary);
  painter.drawText(QRectF(0, box.bottom() + kBar, width(), kText), Qt::AlignCenter, number(m_neighbour.distance));
  if (hasFocus() || underMouse()) {
    painter.setPen(QPen(theme().accent, hasFocus() ? 2 : 1));
    const double inset = hasFocus() ? 1 : 0.5;
    painter.drawRect(box.adjusted(inset, inset, -inset, -inset));
  }
}

NeighbourStrip::NeighbourStrip(ThumbnailCache *thumbnails, QWidget *parent) : QWidget(parent), m_thumbnails(thumbnails) {
  QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
  setAccessibleName(tr("Nearest neighbours"));
  if (thumbnails != nullptr) {
    connect(thumbnails, &ThumbnailCache::ready, this, [this](const Dataset *, SampleId id) {
      for (NeighbourTile *tile : m_tiles) {
        if (tile->id() == id) {
          tile->update();
        }
      }
    });
  }
}

void NeighbourStrip::show(const std::shared_ptr<const Dataset> &dataset, const std::vector<Neighbour> &neighbours) {
  const bool hadFocus = isAncestorOf(focusWidget()) || std::any_of(m_tiles.begin(), m_tiles.end(), [](const auto *tile) { return tile->hasFocus(); });
  for (NeighbourTile *tile : m_tiles) {
    tile->hide();
    tile->deleteLater();  // the click that brought us here may come from one of them
  }
  m_tiles.clear();
  for (const Neighbour &neighbour : neighbours) {
    auto *tile = new NeighbourTile(dataset, neighbour, m_thumbnails, this);
    tile->installEventFilter(this);
    connect(tile, &QAbstractButton::clicked, this, [this, id = neighbour.id] { Q_EMIT chosen(id); });
    m_tiles.push_back(tile);
    tile->QWidget::show();
  }
  updateGeometry();
  place();
  if (hadFocus && !m_tiles.empty()) {
    m_tiles.front()->setFocus();
  }
}

int NeighbourStrip::columns(int width) const {
  return std::max(1, std::min(5, (width + kGap) / (NeighbourTile::kPicture + kGap)));
}

int NeighbourStrip::heightForWidth(int width) const {
  const int across = columns(width), rows = (static_cast<int>(m_tiles.size()) + across - 1) / across;
  return rows * (NeighbourTile::kPicture + kBar + kText + kGap);
}

void NeighbourStrip::place() {
  const int across = columns(width());
  int i = 0;
  for (NeighbourTile *tile : m_tiles) {
    tile->move((i % across) * (tile->width() + kGap), (i / across) * (tile->height() + kGap));
    ++i;
  }
}

void NeighbourStrip::resizeEvent(QResizeEvent *) {
  place();
}

bool NeighbourStrip::eventFilter(QObject *watched, QEvent *event) {
  const auto it = std::find(m_tiles.begin(), m_tiles.end(), watched);
  if (it == m_tiles.end()) {
    return QWidget::eventFilter(watched, event);
  }
  if (event->type() == QEvent::Enter || event->type() == QEvent::Leave) {
    Q_EMIT hovered(event->type() == QEvent::Enter ? (*it)->id() : -1);
  } else if (event->type() == QEvent::KeyPress) {
    const auto *key = static_cast<QKeyEvent *>(event);
    const int across = columns(width()), now = static_cast<int>(it - m_tiles.begin());
    const int step = key->key() == Qt::Key_Right  ? 1
                     : key->key() == Qt::Key_Left ? -1
                     : key->key() == Qt::Key_Down ? across
                     : key->key() == Qt::Key_Up   ? -across
                                                  : 0;
    if (step != 0) {
      m_tiles[static_cast<std::size_t>(std::clamp(now + step, 0, static_cast<int>(m_tiles.size()) - 1))]->setFocus();
      return true;
    }
    if (key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter) {
      (*it)->click();
      return true;
    }
  }
  return false;
}

}  // namespace vitrine
