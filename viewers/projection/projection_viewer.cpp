// Joins map, side panel, selection and data set. Saving, status and export are in projection_state.cpp.
#include "viewers/projection/projection_viewer.h"

#include <algorithm>
#include <cmath>

#include <QComboBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QUndoStack>

#include "widgets/format.h"
#include "widgets/task.h"
#include "widgets/thumbnail_cache.h"
#include "widgets/value_command.h"

namespace vitrine {

namespace {

constexpr int kNeighbours = 10;
constexpr int kCardPicture = 112;  // logical pixels of the hovered sample's picture
constexpr int kMostPictures = 64;

}  // namespace

Viewer *makeProjectionViewer(QWidget *parent) {
  return new ProjectionViewer(parent);
}

ProjectionViewer::ProjectionViewer(QWidget *parent) : Viewer(parent), m_canvas(new MapCanvas(this)), m_panel(new SidePanel(this)) {
  m_canvas->setAccessibleName(tr("Map"));
  auto *layout = new QHBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addWidget(m_canvas, 1);
  layout->addWidget(m_panel);
  setMinimumSize(240, 180);
  setFocusProxy(m_canvas);
  buildTools();
  connectCanvas();
  connect(m_panel, &SidePanel::columnChosen, this, [this](const QString &name) { colourBy(name); });
  connect(m_panel, &SidePanel::searched, this, &ProjectionViewer::search);
  connect(m_panel, &SidePanel::lookChanged, this, [this](const MapLook &look) {
    m_canvas->setSizes(look.size, look.opacity);
    readColours();
    readPath();
    askNeighbours();
  });
  connect(&m_panel->legend(), &Legend::entryChosen, this, &ProjectionViewer::chooseEntry);
  connect(&m_panel->strip(), &PictureStrip::sampleClicked, this, [this](SampleId id) { m_context.selection->setCurrent(id); });
  connect(&m_panel->strip(), &PictureStrip::capacityChanged, this, &ProjectionViewer::showStrip);
}

ProjectionViewer::~ProjectionViewer() = default;

void ProjectionViewer::connectCanvas() {
  connect(m_canvas, &MapCanvas::pointClicked, this, &ProjectionViewer::click);
  connect(m_canvas, &MapCanvas::pointHovered, this, [this](std::ptrdiff_t row) {
    if (m_context.selection != nullptr && m_rows != nullptr) {
      m_hoverIsOurs = row >= 0;
      m_context.selection->setHovered(row < 0 ? -1 : m_rows->id(static_cast<std::size_t>(row)));
    }
  });
  connect(m_canvas, &MapCanvas::rowsChosen, this, [this](const std::vector<std::size_t> &rows, SelectMode mode) {
    if (m_context.selection != nullptr && m_rows != nullptr) {
      m_context.selection->apply(m_rows->idsOf(rows), mode);
    }
  });
  connect(m_canvas, &MapCanvas::cameraMoved, this, &ProjectionViewer::pushCamera);
  connect(m_canvas, &MapCanvas::pointDragged, this, &ProjectionViewer::drag);
  connect(m_canvas, &MapCanvas::pathDragged, this, &ProjectionViewer::followPath);
  connect(m_canvas, &MapCanvas::fitWanted, this, [this] { moveCamera(m_canvas->framing(m_scene.bounds), true); });
  connect(m_canvas, &MapCanvas::frameShown, this, [this, shown = 1]() mutable {
    if (shown != m_canvas->oneIn()) {
      shown = m_canvas->oneIn();
      showBadge();
      Q_EMIT statusChanged();
    }
  });
}

QAction *ProjectionViewer::tool(const char *iconName, const QString &text, const char *key, const QString &help, const std::function<void()> &act) {
  QAction *action = addTool(QString::fromLatin1(iconName), text, QString::fromLatin1(key), help);
  connect(action, &QAction::triggered, this, act);
  m_tools << action;
  return action;
}

void ProjectionViewer::buildTools() {
  m_box = tool("box-select", tr("Box"), "R", tr("Select with a rectangle; Shift adds, Ctrl subtracts, both intersect"), [this] { useTool(MapTool::Box); });
  m_lasso = tool("lasso", tr("Lasso"), "L", tr("Select with a free outline; Shift adds, Ctrl subtracts, both intersect"), [this] { useTool(MapTool::Lasso); });
  m_box->setCheckable(true);
  m_lasso->setCheckable(true);
  const auto select = [this](bool inverted) {
    if (m_context.selection == nullptr || m_rows == nullptr) {
      return;
    }
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < m_scene.count; ++row) {
      if (!inverted || !m_scene.isSelected(row)) {
        rows.push_back(row);
      }
    }
    m_context.selection->apply(m_rows->idsOf(rows), SelectMode::Replace);
  };
  tool("select-all", tr("All"), "A", tr("Select all"), [select] { select(false); });
  tool("select-invert", tr("Invert"), "I", tr("Select what is not selected"), [select] { select(true); });
  tool("select-none", tr("Clear"), "Esc", tr("Leave the tool, then clear the selection"), [this] { escape(); });
  tool("fit", tr("Fit"), "F", tr("Show the selection, or everything"), [this] { fit(); });
  tool("reset", tr("Reset"), "Home", tr("Back to the first view of everything"), [this] { home(); });
}

void ProjectionViewer::useTool(MapTool wanted) {
  const MapTool tool = m_canvas->tool() == wanted ? MapTool::Navigate : wanted;
  m_canvas->setTool(tool);
  m_box->setChecked(tool == MapTool::Box);
  m_lasso->setChecked(tool == MapTool::Lasso);
}

void ProjectionViewer::escape() {
  if (m_canvas->cancelBand()) {
    return;
  }
  if (m_canvas->tool() != MapTool::Navigate) {
    useTool(m_canvas->tool());
  } else if (m_context.selection != nullptr) {
    m_context.selection->clear();
    m_context.selection->setCurrent(-1);
  }
}

void ProjectionViewer::setContext(const ViewerContext &context) {
  if (m_context.selection != nullptr) {
    disconnect(m_context.selection, nullptr, this, nullptr);
  }
  const bool otherLane = m_context.interactive != context.interactive;
  m_context = context;
  if (otherLane || m_thumbnails == nullptr) {
    m_thumbnails = std::make_unique<ThumbnailCache>(context.interactive, std::size_t{24} << 20);
    connect(m_thumbnails.get(), &ThumbnailCache::ready, this, [this](const Dataset *, SampleId id) {
      if (id == m_context.selection->hovered()) {
        showHovered(id);
      }
      showStrip();
    });
  }
  connect(context.selection, &Selection::changed, this, &ProjectionViewer::readSelection);
  connect(context.selection, &Selection::currentChanged, this, &ProjectionViewer::readCurrent);
  connect(context.selection, &Selection::hoveredChanged, this, &ProjectionViewer::showHovered);
  m_canvas->setMovable(std::ranges::find(context.actions, "hold") != context.actions.end());
  readSamples();
}

void ProjectionViewer::show(const Artifact &artifact) {
  const Scene scene = sceneOf(artifact.payload);
  const auto *projection = artifact.as<Projection>();
  const bool same = m_rows != nullptr && projection != nullptr && m_scene.count == scene.count &&
                    (m_rows->ids() == projection->ids || (projection->ids != nullptr && *m_rows->ids() == *projection->ids));
  m_artifact = artifact;
  if (!same) {
    m_scene = scene;
    readSamples();
  } else {
    m_scene.payload = scene.payload;
    m_scene.positions = scene.positions;
    m_scene.dims = scene.dims;
    m_scene.bounds = scene.bounds;
    m_canvas->setScene(m_scene);
  }
  readHeld();
  readPath();
  if (m_camera && m_scene.count > 0) {
    restore({{"camera", *std::exchange(m_camera, std::nullopt)}});
  }
  showBadge();
  Q_EMIT statusChanged();
}

void ProjectionViewer::readSamples() {
  const auto *projection = m_artifact.payload == nullptr ? nullptr : m_artifact.as<Projection>();
  m_rows = std::make_shared<SampleRows>(projection == nullptr || m_scene.count == 0 ? nullptr : projection->ids, m_context.dataset);
  QStringList names;
  const Column *label = nullptr;
  for (const Column &column : projection == nullptr ? std::vector<Column>() : projection->columns) {
    names << QString::fromStdString(column.name);
  }
  if (m_context.dataset != nullptr) {
    for (const Column &column : m_context.dataset->columns()) {
      names << QString::fromStdString(column.name);
    }
    label = m_context.dataset->label();
  }
  if (!m_columnChosen) {
    m_column = label == nullptr ? QString() : QString::fromStdString(label->name);
  }
  m_panel->setColumns(names, m_column);
  readColours();
  readSelection();
  readCurrent();
}

/// The column of the projection's own that colours the map, if it is one of those.
const Column *ProjectionViewer::ownColumn() const {
  const auto *projection = m_artifact.payload == nullptr ? nullptr : m_artifact.as<Projection>();
  if (projection == nullptr) {
    return nullptr;
  }
  const auto found = std::find_if(projection->columns.begin(), projection->columns.end(),
                                  [name = m_column.toStdString()](const Column &column) { return column.name == name; });
  return found == projection->columns.end() || found->size() != m_scene.count ? nullptr : &*found;
}

void ProjectionViewer::readColours() {
  const Column *column = ownColumn();
  const bool shapes = m_panel->look().shapes;
  if (column != nullptr) {
    m_colouring = std::shared_ptr<const Column>(m_artifact.payload, column);
  } else {
    column = m_context.dataset == nullptr ? nullptr : m_context.dataset->column(m_column.toStdString());
    m_colouring = column == nullptr ? nullptr : std::make_shared<const Column>(m_rows->gathered(*column));
  }
  m_scene.colours = std::make_shared<const std::vector<std::uint32_t>>(columnColours(m_colouring.get(), m_scene.count));
  m_scene.shapes = nullptr;
  if (shapes && column != nullptr && column->kind == Column::Kind::Category) {
    std::vector<std::uint8_t> forms(m_scene.count);
    const std::size_t entries = std::max<std::size_t>(1, legendOf(m_colouring.get()).size());
    for (std::size_t row = 0; row < m_scene.count; ++row) {
      const std::int32_t code = m_colouring->codes[row];
      forms[row] = static_cast<std::uint8_t>(code < 0 ? Shape::Disc : shapeOf(std::min(static_cast<std::size_t>(code), entries - 1)));
    }
    m_scene.shapes = std::make_shared<const std::vector<std::uint8_t>>(std::move(forms));
  }
  m_panel->setLegend(legendModel(m_colouring.get(), shapes));
  m_canvas->setScene(m_scene);
}

void ProjectionViewer::colourBy(const QString &column, bool undoable) {
  if (column == m_column) {
    return;
  }
  const auto apply = [this](const QString &name) {
    m_column = name;
    m_columnChosen = true;
    m_panel->columns().setCurrentIndex(std::max(0, m_panel->columns().findData(name)));
    readColours();
    Q_EMIT statusChanged();
  };
  if (undoable && m_context.undo != nullptr) {
    m_context.undo->push(new ValueCommand<QString>(tr("Colour by %1").arg(column.isEmpty() ? tr("one colour") : column), this, m_column, column, apply));
  } else {
    apply(column);
  }
}

void ProjectionViewer::readSelection() {
  m_scene.selected = nullptr;
  m_scene.selectedCount = 0;
  if (m_context.selection != nullptr && !m_context.selection->ids().empty()) {
    std::vector<std::uint8_t> mask(m_scene.count);
    for (const std::size_t row : m_rows->rows(m_context.selection->ids())) {
      mask[row] = 1;
      ++m_scene.selectedCount;
    }
    if (m_scene.selectedCount > 0) {
      m_scene.selected = std::make_shared<const std::vector<std::uint8_t>>(std::move(mask));
    }
  }
  m_canvas->setScene(m_scene);
  showStrip();
  Q_EMIT statusChanged();
}

void ProjectionViewer::readCurrent() {
  Marks &marks = m_canvas->marks();
  marks.current = m_context.selection == nullptr ? std::nullopt : m_rows->row(m_context.selection->current());
  marks.neighbours.clear();
  marks.probe.reset();
  m_canvas->marksChanged();
  askNeighbours();
}

/// What the run keeps in place, as it says with each map.
void ProjectionViewer::readHeld() {
  constexpr std::size_t kMostMarked = 500;
  std::vector<std::size_t> rows;
  for (const Json &id : m_artifact.metadata.value("held", Json::array())) {
    if (const auto row = m_rows->row(id.get<SampleId>()); row && rows.size() < kMostMarked) {
      rows.push_back(*row);
    }
  }
  if (rows != m_canvas->marks().held) {
    m_canvas->marks().held = std::move(rows);
    m_canvas->overlayChanged();
  }
}

/// A point moves under the mouse, and with it the selection if it is part of that; the run keeps them where they are put.
void ProjectionViewer::drag(std::size_t row, const QPointF &from, const QPointF &to, bool begins) {
  if (!m_context.act || m_rows == nullptr || row >= m_scene.count) {
    return;
  }
  if (begins) {
    std::vector<std::size_t> rows = {row};
    if (m_scene.isSelected(row)) {
      rows = m_rows->rows(m_context.selection->ids());
    }
    m_dragged = {"hold", m_rows->idsOf(rows), Matrix(rows.size(), 2)};
    for (std::size_t i = 0; i < rows.size(); ++i) {
      std::copy_n(m_scene.point(rows[i]), 2, m_dragged.positions.row(i).begin());
    }
  }
  Action moved = m_dragged;
  const QPointF way = to - from;
  for (std::size_t i = 0; i < moved.ids.size(); ++i) {
    moved.positions.row(i)[0] += static_cast<float>(way.x());
    moved.positions.row(i)[1] += static_cast<float>(way.y());
  }
  m_context.act(moved);
}

void ProjectionViewer::askNeighbours() {
  Marks &marks = m_canvas->marks();
  if (!m_panel->look().ties || m_context.neighbours == nullptr || !marks.current) {
    marks.neighbours.clear();
    m_canvas->marksChanged();
    return;
  }
  const SampleId id = m_rows->id(*marks.current);
  m_context.interactive->ask(
      QStringLiteral("projection-neighbours-%1").arg(reinterpret_cast<quintptr>(this)), this,
      [source = m_context.neighbours, id] { return source->neighbours(id, kNeighbours); },
      [this, id](const std::vector<Neighbour> &found) {
        if (m_context.selection->current() != id) {
          return;
        }
        m_canvas->marks().neighbours.clear();
        for (const Neighbour &neighbour : found) {
          if (const auto row = m_rows->row(neighbour.id)) {
            m_canvas->marks().neighbours.push_back(*row);
          }
        }
        m_canvas->marksChanged();
      });
}

QString ProjectionViewer::caption(std::size_t row) const {
  const QString id = QStringLiteral("#%1").arg(m_rows->id(row));
  const Column *label = m_context.dataset == nullptr ? nullptr : m_context.dataset->label();
  const auto at = m_rows->datasetRow(row);
  return label == nullptr || !at ? id : QStringLiteral("%1  %2").arg(QString::fromStdString(label->text(*at)), id);
}

void ProjectionViewer::showHovered(SampleId id) {
  Marks &marks = m_canvas->marks();
  marks.hovered = id < 0 ? std::nullopt : m_rows->row(id);
  marks.caption.clear();
  marks.picture = {};
  if (marks.hovered && m_hoverIsOurs) {
    marks.caption = caption(*marks.hovered);
    marks.picture = m_thumbnails->get(m_context.dataset, id, static_cast<int>(std::lround(kCardPicture * devicePixelRatioF())));
  }
  m_canvas->overlayChanged();
}

void ProjectionViewer::showStrip() {
  const bool pictures = m_context.dataset != nullptr && m_context.dataset->hasImages();
  std::vector<std::pair<SampleId, QImage>> shown;
  if (pictures && m_scene.selectedCount > 0) {
    for (std::size_t row = 0; row < m_scene.count && shown.size() < kMostPictures; ++row) {
      if (m_scene.isSelected(row)) {
        shown.emplace_back(m_rows->id(row), QImage());
      }
    }
    const int side = static_cast<int>(std::lround(PictureStrip::kSide * devicePixelRatioF()));
    const auto visible = std::min<std::size_t>(shown.size(), static_cast<std::size_t>(std::max(m_panel->strip().capacity(), 12)));
    for (std::size_t i = visible; i-- > 0;) {  // the newest request is served first
      shown[i].second = m_thumbnails->get(m_context.dataset, shown[i].first, side);
    }
  }
  m_panel->strip().setPictures(shown, static_cast<qint64>(m_scene.selectedCount));
}

void ProjectionViewer::click(std::ptrdiff_t row, Qt::KeyboardModifiers modifiers) {
  if (m_context.selection == nullptr || m_rows == nullptr) {
    return;
  }
  const SelectMode mode = selectMode(modifiers);
  if (row < 0) {
    if (mode == SelectMode::Replace) {
      m_context.selection->clear();
      m_context.selection->setCurrent(-1);
    }
    return;
  }
  const SampleId id = m_rows->id(static_cast<std::size_t>(row));
  m_context.selection->apply({id}, mode);
  m_context.selection->setCurrent(id);
}

void ProjectionViewer::chooseEntry(int entry, SelectMode mode) {
  if (m_colouring == nullptr || m_colouring->kind != Column::Kind::Category || m_context.selection == nullptr) {
    return;
  }
  const auto last = static_cast<std::int32_t>(m_panel->legend().model().entries.size()) - 1;
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < m_scene.count; ++row) {
    if (m_colouring->codes[row] >= 0 && std::min(m_colouring->codes[row], last) == entry) {
      rows.push_back(row);
    }
  }
  m_context.selection->apply(m_rows->idsOf(rows), mode);
}

void ProjectionViewer::search(const QString &text) {
  const QString wanted = text.trimmed();
  if (wanted.isEmpty() || m_context.interactive == nullptr || m_rows == nullptr) {
    return;
  }
  m_context.interactive->ask(
      QStringLiteral("projection-search-%1").arg(reinterpret_cast<quintptr>(this)), this,
      [rows = m_rows, dataset = m_context.dataset, wanted] { return matchingRows(*rows, dataset.get(), wanted.toStdString()); },
      [this, rows = m_rows](const std::vector<std::size_t> &found) {
        if (rows != m_rows) {
          return;
        }
        m_panel->setSearchResult(found.empty() ? tr("Nothing found") : tr("%1 found").arg(count(static_cast<qint64>(found.size()))));
        if (!found.empty()) {
          m_context.selection->apply(m_rows->idsOf(found), SelectMode::Replace);
          moveCamera(m_canvas->framing(boundsOf(m_scene, found)), false);
        }
      });
}

void ProjectionViewer::fit() {
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < m_scene.count && m_scene.selectedCount > 0; ++row) {
    if (m_scene.isSelected(row)) {
      rows.push_back(row);
    }
  }
  moveCamera(m_canvas->framing(rows.empty() ? m_scene.bounds : boundsOf(m_scene, rows)), rows.empty());
}

void ProjectionViewer::home() {
  moveCamera(m_canvas->home(), true);
}

void ProjectionViewer::moveCamera(const Camera &after, bool follows) {
  const Camera before = m_canvas->camera();
  m_canvas->setCamera(after);
  m_canvas->setFollowsCloud(follows);
  pushCamera(before, after, false);
}

void ProjectionViewer::pushCamera(const Camera &before, const Camera &after, bool merges) {
  if (m_context.undo == nullptr || before == after) {
    return;
  }
  const auto apply = [this](const Camera &camera) {
    if (!(camera == m_canvas->camera()) && camera.flat == m_canvas->camera().flat) {
      m_canvas->setFollowsCloud(false);
      m_canvas->setCamera(camera);
    }
  };
  m_context.undo->push(new ValueCommand<Camera>(tr("Move camera"), this, before, after, apply, merges ? 0 : ValueCommand<Camera>::kAlone));
}

void ProjectionViewer::changeEvent(QEvent *event) {
  if (event->type() == QEvent::PaletteChange && m_rows != nullptr) {
    readColours();
    m_canvas->themeChanged();
    m_panel->update();
  }
  Viewer::changeEvent(event);
}

void ProjectionViewer::resizeEvent(QResizeEvent *) {
  m_panel->setFixedWidth(width() < 560 ? 148 : 204);
  m_panel->setVisible(width() >= 380);
}

}  // namespace vitrine
