// Tiles are one pixel a patch, made once for a sample and query, and drawn with whole-number zoom.
#include "viewers/attention/head_grid.h"

#include <algorithm>
#include <cmath>

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

#include "viewers/figure.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {
constexpr double kTitle = 18, kSide = 24, kGap = 4;
}

HeadGrid::HeadGrid(QWidget *parent) : QWidget(parent) {
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Expanding);
  setAccessibleName(tr("Layers and heads"));
}

void HeadGrid::setScene(const AttentionScene &scene) {
  m_scene = scene;
  const bool same = m_tilesOf == scene.maps.get() && m_tilesSample == scene.sample && m_tilesPatch == scene.choice.patch;
  if (!same) {
    m_tilesOf = scene.maps.get();
    m_tilesSample = scene.sample;
    m_tilesPatch = scene.choice.patch;
    m_hovered = -1;
    m_tiles.clear();
    const int layers = scene.maps ? scene.maps->layers : 0, heads = scene.maps ? scene.maps->heads : 0;
    const auto add = [&](HeatChoice::Mode mode, int layer, int head, int row, int column) {
      const HeatChoice choice{mode, layer, head, scene.choice.patch};
      const std::vector<float> weights = patchWeights(*scene.maps, scene.sample, choice);
      if (!weights.empty()) {
        m_tiles.push_back({choice, row, column, heatTile(weights, scene.maps->gridRows, scene.maps->gridCols)});
      }
    };
    for (int layer = 0; layer < layers; ++layer) {
      for (int head = 0; head < heads; ++head) {
        add(HeatChoice::Mode::Head, layer, head, layer, head);
      }
      add(HeatChoice::Mode::Average, layer, 0, layer, heads);
    }
    if (layers > 0) {
      add(HeatChoice::Mode::Rollout, 0, 0, layers, heads);
    }
  }
  update();
}

double HeadGrid::cellSize(const QRectF &area) const {
  const double across = (area.width() - kSide - kGap) / (m_scene.maps->heads + 1), down = (area.height() - kTitle - kGap) / (m_scene.maps->layers + 1);
  const double size = std::clamp(std::floor(std::min(across, down)), 6.0, 120.0);
  const int patches = std::max({1, m_scene.maps->gridRows, m_scene.maps->gridCols});
  return size - kGap >= patches ? std::floor((size - kGap) / patches) * patches + kGap : size;  // whole-number zoom fills the cell
}

QRectF HeadGrid::cellRect(const QRectF &area, int layer, int head) const {
  const double size = cellSize(area);
  const double extra = head == m_scene.maps->heads ? kGap : 0, below = layer == m_scene.maps->layers ? kGap : 0;
  return {area.left() + kSide + head * size + extra, area.top() + kTitle + layer * size + below, size - kGap, size - kGap};
}

void HeadGrid::paintTitles(QPainter &painter, const QRectF &area) const {
  const int layers = m_scene.maps->layers, heads = m_scene.maps->heads;
  const double size = cellSize(area);
  const int step = size >= 14 ? 1 : static_cast<int>(std::ceil(14 / size));
  painter.setFont(uiFont(9));
  const auto above = [&](int head, const QString &text, bool chosen) {
    const QRectF cell = cellRect(area, 0, head);
    painter.setPen(chosen ? theme().text : theme().secondary);
    painter.drawText(QRectF(cell.left() - 12, area.top(), cell.width() + 24, kTitle - 4), Qt::AlignHCenter | Qt::AlignBottom, text);
  };
  for (int head = 0; head < heads; head += step) {
    above(head, QString::number(head + 1), m_scene.choice.mode == HeatChoice::Mode::Head && head == m_scene.choice.head);
  }
  above(heads, size >= 30 ? tr("mean") : QStringLiteral("\u00f8"), m_scene.choice.mode == HeatChoice::Mode::Average);
  for (int layer = 0; layer < layers; layer += step) {
    const QRectF cell = cellRect(area, layer, 0);
    painter.setPen(m_scene.choice.mode != HeatChoice::Mode::Rollout && layer == m_scene.choice.layer ? theme().text : theme().secondary);
    painter.drawText(QRectF(area.left(), cell.top() - 6, kSide - 8, cell.height() + 12), Qt::AlignRight | Qt::AlignVCenter, QString::number(layer + 1));
  }
  const QRectF last = cellRect(area, layers, heads);
  painter.setPen(m_scene.choice.mode == HeatChoice::Mode::Rollout ? theme().text : theme().secondary);
  painter.drawText(QRectF(area.left(), last.top() - 6, last.left() - area.left() - 8, last.height() + 12), Qt::AlignRight | Qt::AlignVCenter, tr("rollout"));
}

bool HeadGrid::isChosen(const Tile &tile) const {
  const HeatChoice &shown = m_scene.choice;
  const bool sameLayer = shown.mode == HeatChoice::Mode::Rollout || tile.choice.layer == shown.layer;
  return tile.choice.mode == shown.mode && sameLayer && (shown.mode != HeatChoice::Mode::Head || tile.choice.head == shown.head);
}

void HeadGrid::paint(QPainter &painter, const QRectF &area, bool withMarks) const {
  if (m_tiles.empty()) {
    return;
  }
  paintTitles(painter, area);
  const auto frame = [&](const Tile &tile, const QColor &colour, double width) {
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(colour, width, Qt::SolidLine, Qt::FlatCap, Qt::MiterJoin));
    painter.drawRect(cellRect(area, tile.row, tile.column).adjusted(-1, -1, 1, 1));
  };
  for (const Tile &tile : m_tiles) {
    drawCrisp(painter, tile.image, cellRect(area, tile.row, tile.column));
  }
  for (std::size_t i = 0; i < m_tiles.size(); ++i) {  // over the pictures of the neighbours
    if (isChosen(m_tiles[i])) {
      frame(m_tiles[i], theme().accent, 2);
    } else if (withMarks && static_cast<int>(i) == m_hovered) {
      frame(m_tiles[i], theme().secondary, 1);
    }
  }
}

const HeadGrid::Tile *HeadGrid::tileAt(QPointF position) const {
  const auto found = std::find_if(m_tiles.begin(), m_tiles.end(), [&](const Tile &tile) { return cellRect(rect(), tile.row, tile.column).contains(position); });
  return found == m_tiles.end() ? nullptr : &*found;
}

void HeadGrid::paintEvent(QPaintEvent *) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  paint(painter, rect(), true);
}

void HeadGrid::mouseMoveEvent(QMouseEvent *event) {
  const Tile *tile = tileAt(event->position());
  m_hovered = tile == nullptr ? -1 : static_cast<int>(tile - m_tiles.data());
  setCursor(tile == nullptr ? Qt::ArrowCursor : Qt::PointingHandCursor);
  update();
}

void HeadGrid::mousePressEvent(QMouseEvent *event) {
  if (const Tile *tile = tileAt(event->position())) {
    Q_EMIT chosen(tile->choice);
  }
}

void HeadGrid::leaveEvent(QEvent *) {
  m_hovered = -1;
  update();
}

bool HeadGrid::event(QEvent *event) {
  if (event->type() == QEvent::ToolTip) {
    const auto *help = static_cast<QHelpEvent *>(event);
    AttentionScene scene = m_scene;
    if (const Tile *tile = tileAt(help->pos())) {
      scene.choice = tile->choice;
      QToolTip::showText(help->globalPos(), tr("%1 (each tile to its own maximum)").arg(scene.choiceName()), this);
    } else {
      QToolTip::hideText();
    }
    return true;
  }
  return QWidget::event(event);
}

}  // namespace vitrine
