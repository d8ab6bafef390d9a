#include "viewers/projection/maps_viewer.h"

#include <algorithm>
#include <cmath>

#include <QComboBox>
#include <QMouseEvent>
#include <QPainter>

#include "viewers/figure.h"
#include "viewers/projection/splat.h"
#include "widgets/format.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

constexpr double kGap = 12, kCaption = 20, kTop = 40;  // logical pixels; the top holds the choice of colours
constexpr double kReach = 8, kSlop = 4;

Projector projectorFor(const Scene &scene, const QSizeF &size) {
  const Camera camera = fitted(scene.bounds, size.width() / std::max(size.height(), 1.0), Camera{});
  return {camera, scene.bounds, static_cast<int>(std::lround(size.width())), static_cast<int>(std::lround(size.height()))};
}

std::uint32_t bytesOf(const QColor &colour) {
  return static_cast<std::uint32_t>(colour.red() | colour.green() << 8 | colour.blue() << 16 | 255 << 24);
}

std::vector<QImage> drawnMaps(const std::vector<Scene> &scenes, const std::vector<QSizeF> &sizes, double ratio, const std::atomic<bool> *stop) {
  Splatter splatter(1);
  std::vector<QImage> images;
  for (std::size_t map = 0; map < scenes.size() && (stop == nullptr || !*stop); ++map) {
    SplatFrame frame;
    frame.width = std::max(1, static_cast<int>(sizes[map].width() * ratio));
    frame.height = std::max(1, static_cast<int>(sizes[map].height() * ratio));
    PointStyle style = pointStyle(scenes[map].count, frame.width, frame.height, 1, ratio);
    style.dark = theme().dark;
    style.ground = bytesOf(theme().window);
    style.plain = bytesOf(theme().accent);
    const Camera camera = fitted(scenes[map].bounds, sizes[map].width() / std::max(sizes[map].height(), 1.0), Camera{});
    splatter.draw(scenes[map], camera, style, 1, frame, stop);
    const QImage image(reinterpret_cast<const uchar *>(frame.argb.data()), frame.width, frame.height, QImage::Format_ARGB32_Premultiplied);
    images.push_back(image.copy());
  }
  return images;
}

}  // namespace

Viewer *makeMapsViewer(QWidget *parent) {
  return new MapsViewer(parent);
}

MapsViewer::MapsViewer(QWidget *parent) : Viewer(parent), m_columns(new QComboBox(this)) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setMinimumSize(240, 180);
  setAccessibleName(tr("Maps side by side"));
  m_columns->setAccessibleName(tr("Colour by"));
  m_columns->setToolTip(tr("What colours the points of all maps"));
  m_columns->move(static_cast<int>(kGap), 8);
  connect(m_columns, &QComboBox::activated, this, [this] {
    m_column = m_columns->currentData().toString();
    readColours();
    Q_EMIT statusChanged();
  });
}

MapsViewer::~MapsViewer() = default;

void MapsViewer::setContext(const ViewerContext &context) {
  if (m_context.selection != nullptr) {
    disconnect(m_context.selection, nullptr, this, nullptr);
  }
  m_context = context;
  if (context.selection != nullptr) {
    connect(context.selection, &Selection::changed, this, &MapsViewer::readSelection);
    connect(context.selection, &Selection::currentChanged, this, qOverload<>(&QWidget::update));
    connect(context.selection, &Selection::hoveredChanged, this, qOverload<>(&QWidget::update));
  }
  readColumns();
}

void MapsViewer::show(const Artifact &artifact) {
  const auto *maps = artifact.as<Maps>();
  if (maps == nullptr) {
    return;
  }
  m_artifact = artifact;
  m_captions = maps->captions;
  m_scenes.clear();
  for (const Matrix &map : maps->maps) {
    Scene scene;
    scene.payload = artifact.payload;
    scene.positions = map.values.data();
    scene.count = map.rows;
    scene.dims = static_cast<int>(map.cols);
    for (std::size_t row = 0; row < map.rows; ++row) {
      scene.bounds.add({static_cast<double>(map.row(row)[0]), static_cast<double>(map.row(row)[1]), 0});
    }
    m_scenes.push_back(scene);
  }
  readColumns();
}

void MapsViewer::readColumns() {
  const auto *maps = m_artifact.payload == nullptr ? nullptr : m_artifact.as<Maps>();
  m_rows = SampleRows(maps == nullptr ? nullptr : maps->ids, m_context.dataset);
  const QSignalBlocker quiet(m_columns);
  m_columns->clear();
  m_columns->addItem(tr("one colour"), QString());
  for (const auto *list : {maps == nullptr ? nullptr : &maps->columns, m_context.dataset == nullptr ? nullptr : &m_context.dataset->columns()}) {
    for (const Column &column : list == nullptr ? std::vector<Column>() : *list) {
      m_columns->addItem(QString::fromStdString(column.name), QString::fromStdString(column.name));
    }
  }
  const Column *label = m_context.dataset == nullptr ? nullptr : m_context.dataset->label();
  if (m_columns->findData(m_column) < 1 && label != nullptr) {
    m_column = QString::fromStdString(label->name);
  }
  m_columns->setCurrentIndex(std::max(0, m_columns->findData(m_column)));
  m_columns->adjustSize();
  readColours();
  readSelection();
}

void MapsViewer::readColours() {
  const auto *maps = m_artifact.payload == nullptr ? nullptr : m_artifact.as<Maps>();
  if (maps == nullptr || m_scenes.empty()) {
    return;
  }
  const std::string name = m_column.toStdString();
  const auto own = std::ranges::find(maps->columns, name, &Column::name);
  std::optional<Column> column;
  if (own != maps->columns.end()) {
    column = *own;
  } else if (const Column *other = m_context.dataset == nullptr ? nullptr : m_context.dataset->column(name)) {
    column = m_rows.gathered(*other);
  }
  const auto colours = std::make_shared<const std::vector<std::uint32_t>>(columnColours(column ? &*column : nullptr, m_scenes.front().count));
  for (Scene &scene : m_scenes) {
    scene.colours = colours;
  }
  redraw();
}

void MapsViewer::readSelection() {
  std::shared_ptr<std::vector<std::uint8_t>> mask;
  std::size_t count = 0;
  if (m_context.selection != nullptr && !m_scenes.empty()) {
    const auto rows = m_rows.rows(m_context.selection->ids());
    count = rows.size();
    if (count > 0) {
      mask = std::make_shared<std::vector<std::uint8_t>>(m_scenes.front().count);
      std::ranges::for_each(rows, [&](std::size_t row) { (*mask)[row] = 1; });
    }
  }
  for (Scene &scene : m_scenes) {
    scene.selected = mask;
    scene.selectedCount = count;
  }
  redraw();
  Q_EMIT statusChanged();
}

/// As many columns as give the largest square cells.
QRectF MapsViewer::cellIn(const QRectF &area, std::size_t map) const {
  const std::size_t n = std::max<std::size_t>(m_scenes.size(), 1);
  std::size_t columns = 1;
  double best = 0;
  for (std::size_t c = 1; c <= n; ++c) {
    const auto rows = static_cast<double>((n + c - 1) / c);
    const double side = std::min((area.width() - kGap) / static_cast<double>(c) - kGap, (area.height() - kGap) / rows - kGap - kCaption);
    if (side > best) {
      best = side;
      columns = c;
    }
  }
  const std::size_t rows = (n + columns - 1) / columns;
  const QSizeF step((area.width() - kGap) / static_cast<double>(columns), (area.height() - kGap) / static_cast<double>(rows));
  const QPointF corner(area.left() + kGap + step.width() * static_cast<double>(map % columns),
                       area.top() + kGap + step.height() * static_cast<double>(map / columns));
  return {corner + QPointF(0, kCaption), QSizeF(std::max(1.0, step.width() - kGap), std::max(1.0, step.height() - kGap - kCaption))};
}

QRectF MapsViewer::mapArea() const {
  return QRectF(rect()).adjusted(0, kTop - kGap, 0, 0);
}

QRectF MapsViewer::cell(std::size_t map) const {
  return cellIn(mapArea(), map);
}

QPointF MapsViewer::placeOf(std::size_t map, std::size_t row) const {
  const QRectF area = cell(map);
  float x = 0, y = 0;
  projectorFor(m_scenes[map], area.size())(m_scenes[map].point(row), m_scenes[map].dims, x, y);
  return area.topLeft() + QPointF(x, y);
}

std::optional<std::size_t> MapsViewer::mapAt(const QPointF &place) const {
  for (std::size_t map = 0; map < m_scenes.size(); ++map) {
    if (cell(map).contains(place)) {
      return map;
    }
  }
  return std::nullopt;
}

std::optional<std::size_t> MapsViewer::rowAt(const QPointF &place) const {
  const auto map = mapAt(place);
  if (!map) {
    return std::nullopt;
  }
  const QRectF area = cell(*map);
  const QPointF inside = place - area.topLeft();
  return nearestRow(m_scenes[*map], projectorFor(m_scenes[*map], area.size()), {static_cast<float>(inside.x()), static_cast<float>(inside.y())},
                    static_cast<float>(kReach), 2);
}

/// On another thread: nine maps of many points take longer than a frame.
void MapsViewer::redraw() {
  m_stale = true;
  const std::vector<QSizeF> sizes(m_scenes.size(), cell(0).size());
  m_drawing.request([this, scenes = m_scenes, sizes, ratio = devicePixelRatioF()](const std::atomic<bool> &stop) {
    const std::vector<QImage> images = drawnMaps(scenes, sizes, ratio, &stop);
    if (!stop) {
      QMetaObject::invokeMethod(this, [this, images] {
        m_images = images;
        m_stale = false;
        update();
      });
    }
  });
}

void MapsViewer::paintMaps(QPainter &painter, const QRectF &area, const std::vector<QImage> &images, bool live) const {
  painter.setRenderHint(QPainter::Antialiasing);
  const Selection *selection = m_context.selection;
  const auto current = selection == nullptr ? std::nullopt : m_rows.row(selection->current());
  const auto hovered = selection == nullptr || !live ? std::nullopt : m_rows.row(selection->hovered());
  for (std::size_t map = 0; map < m_scenes.size(); ++map) {
    const QRectF box = cellIn(area, map);
    painter.fillRect(box, theme().window);
    if (map < images.size()) {
      painter.drawImage(box, images[map]);
    }
    painter.setFont(uiFont(9));
    painter.setPen(theme().secondary);
    const QRectF above(box.left(), box.top() - kCaption, box.width(), kCaption);
    const QString caption = map < m_captions.size() ? QString::fromStdString(m_captions[map]) : QString();
    painter.drawText(above, Qt::AlignLeft | Qt::AlignVCenter, QFontMetricsF(painter.font()).elidedText(caption, Qt::ElideRight, box.width()));
    painter.save();
    painter.setClipRect(box);
    const Projector projector = projectorFor(m_scenes[map], box.size());
    const auto ring = [&](std::optional<std::size_t> row, const QColor &colour, double radius) {
      float x = 0, y = 0;
      if (row && projector(m_scenes[map].point(*row), m_scenes[map].dims, x, y) && std::isfinite(x) && std::isfinite(y)) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(colour, 1.5));
        painter.drawEllipse(box.topLeft() + QPointF(x, y), radius, radius);
      }
    };
    ring(current, theme().accent, 6);
    ring(hovered, theme().text, 5);
    painter.restore();
  }
}

void MapsViewer::paintEvent(QPaintEvent *event) {
  Viewer::paintEvent(event);
  QPainter painter(this);
  paintMaps(painter, mapArea(), m_images, true);
  if (m_pressedIn && (m_at - m_press).manhattanLength() > kSlop) {
    painter.setPen(QPen(theme().accent, 1));
    QColor fill = theme().accent;
    fill.setAlphaF(0.12F);
    painter.setBrush(fill);
    painter.drawRect(QRectF(m_press, m_at).normalized() & cell(*m_pressedIn));
  }
}

QImage MapsViewer::grab(QSize pixels) {
  if (m_scenes.empty()) {
    return {};
  }
  return figure(pixels, size().expandedTo({480, 320}), [&](QPainter &painter, const QRectF &area) {
    const std::vector<QSizeF> sizes(m_scenes.size(), cellIn(area, 0).size());
    paintMaps(painter, area, drawnMaps(m_scenes, sizes, painter.device()->devicePixelRatioF(), nullptr), false);
  });
}

void MapsViewer::mousePressEvent(QMouseEvent *event) {
  m_pressedIn = event->button() == Qt::LeftButton ? mapAt(event->position()) : std::nullopt;
  m_press = m_at = event->position();
}

void MapsViewer::mouseMoveEvent(QMouseEvent *event) {
  m_at = event->position();
  if (m_pressedIn) {
    update();
  } else if (m_context.selection != nullptr && !m_scenes.empty()) {
    const auto row = rowAt(m_at);
    m_context.selection->setHovered(row ? m_rows.id(*row) : -1);
  }
}

/// A click chooses a sample, a drag all samples in its rectangle.
void MapsViewer::mouseReleaseEvent(QMouseEvent *event) {
  const auto map = std::exchange(m_pressedIn, std::nullopt);
  update();
  if (!map || m_context.selection == nullptr) {
    return;
  }
  const SelectMode mode = selectMode(event->modifiers());
  if ((event->position() - m_press).manhattanLength() > kSlop) {
    const QRectF area = cell(*map);
    const auto inside = [&](const QPointF &p) { return ScreenPoint{static_cast<float>(p.x() - area.left()), static_cast<float>(p.y() - area.top())}; };
    m_context.selection->apply(m_rows.idsOf(rowsInBox(m_scenes[*map], projectorFor(m_scenes[*map], area.size()), inside(m_press), inside(event->position()))),
                               mode);
    return;
  }
  const auto row = rowAt(event->position());
  if (row) {
    m_context.selection->apply({m_rows.id(*row)}, mode);
    m_context.selection->setCurrent(m_rows.id(*row));
  } else if (mode == SelectMode::Replace) {
    m_context.selection->clear();
    m_context.selection->setCurrent(-1);
  }
}

void MapsViewer::leaveEvent(QEvent *) {
  if (m_context.selection != nullptr) {
    m_context.selection->setHovered(-1);
  }
}

void MapsViewer::resizeEvent(QResizeEvent *) {
  redraw();
}

void MapsViewer::changeEvent(QEvent *event) {
  if (event->type() == QEvent::PaletteChange) {
    readColours();
  }
  Viewer::changeEvent(event);
}

QString MapsViewer::status() const {
  if (m_scenes.empty()) {
    return {};
  }
  QString text = tr("%1 maps of %2").arg(m_scenes.size()).arg(counted(static_cast<qint64>(m_scenes.front().count), tr("point"), tr("points")));
  if (m_scenes.front().selectedCount > 0) {
    text += tr(" - %1 selected").arg(count(static_cast<qint64>(m_scenes.front().selectedCount)));
  }
  return text;
}

Json MapsViewer::state() const {
  return {{"column", m_column.toStdString()}};
}

void MapsViewer::restore(const Json &state) {
  if (state.contains("column") && state["column"].is_string()) {
    m_column = QString::fromStdString(state["column"].get<std::string>());
    readColumns();
  }
}

std::optional<Artifact> MapsViewer::exported() const {
  const auto *maps = m_artifact.payload == nullptr ? nullptr : m_artifact.as<Maps>();
  if (maps == nullptr) {
    return std::nullopt;
  }
  Table table{maps->ids, {}};
  for (std::size_t map = 0; map < maps->maps.size(); ++map) {
    for (std::size_t axis = 0; axis < maps->maps[map].cols; ++axis) {
      Column column;
      column.name = (map < m_captions.size() ? m_captions[map] : std::to_string(map + 1)) + (axis == 0 ? " x" : axis == 1 ? " y" : " z");
      for (std::size_t row = 0; row < maps->maps[map].rows; ++row) {
        column.numbers.push_back(static_cast<double>(maps->maps[map].row(row)[axis]));
      }
      table.columns.push_back(std::move(column));
    }
  }
  return Artifact{m_artifact.name, std::make_shared<const Payload>(std::move(table))};
}

}  // namespace vitrine
