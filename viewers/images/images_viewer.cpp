// Feeds the thumbnail grid from an artifact or from the selection; size slider, tools, export.
#include "viewers/images/images_viewer.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QScrollBar>
#include <QSlider>

#include "viewers/figure.h"
#include "viewers/images/grid_dataset.h"
#include "viewers/images/thumbnail_grid.h"
#include "viewers/table/rows.h"
#include "widgets/empty_state.h"
#include "widgets/format.h"
#include "widgets/selection.h"
#include "widgets/theme.h"

namespace vitrine {

ImagesViewer::ImagesViewer(QWidget *parent) : Viewer(parent) {
  m_smaller = addTool("zoom-out", tr("Smaller"), "-", tr("Smaller pictures"));
  m_larger = addTool("zoom-in", tr("Larger"), "+", tr("Larger pictures"));
  m_selectAll = addTool("edit-select-all", tr("Select all"), "Ctrl+A", tr("Select all samples shown here"));
  m_grid = new ThumbnailGrid(this);
  setFocusProxy(m_grid);
  m_empty = new EmptyState(QStringLiteral("image"), QString(), QString(), this);
  m_title = new QLabel(this);
  m_title->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  m_size = new QSlider(Qt::Horizontal, this);
  m_size->setObjectName(QStringLiteral("size"));
  m_size->setRange(32, 256);
  m_size->setSingleStep(16);
  m_size->setPageStep(32);
  m_size->setValue(m_grid->side());
  m_size->setFixedWidth(120);
  m_size->setFocusPolicy(Qt::TabFocus);
  m_size->setToolTip(tr("Size of the pictures"));
  m_size->setAccessibleName(tr("Size of the pictures"));
  auto *header = new QHBoxLayout;
  header->setContentsMargins(12, 0, 12, 0);
  header->addWidget(m_title, 1);
  header->addWidget(m_size);
  auto *layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 4, 0, 0);
  layout->setSpacing(0);
  layout->addLayout(header);
  layout->addWidget(m_grid, 1);
  layout->addWidget(m_empty, 1);
  connect(m_size, &QSlider::valueChanged, this, [this](int side) {
    m_grid->setSide(side / 16 * 16);  // few sizes, so that moving the slider back finds the pictures made
    Q_EMIT statusChanged();
  });
  connect(m_smaller, &QAction::triggered, this, [this] { setSide(m_grid->side() - 32); });
  connect(m_larger, &QAction::triggered, this, [this] { setSide(m_grid->side() + 32); });
  connect(m_selectAll, &QAction::triggered, this, [this] {
    if (m_context.selection != nullptr) {
      m_context.selection->apply(m_grid->ids(), SelectMode::Replace);
    }
  });
  refresh();
}

void ImagesViewer::setSide(int side) {
  m_size->setValue(side);
}

void ImagesViewer::setSelectionMode(bool on) {
  m_selectionMode = on;
  m_grid->setClickSelects(!on);
  m_artifact.reset();
  m_pictures.reset();
  followSelection();
}

void ImagesViewer::setContext(const ViewerContext &context) {
  if (m_context.selection != nullptr) {
    m_context.selection->disconnect(this);
  }
  m_context = context;
  if (m_context.selection != nullptr) {
    connect(m_context.selection, &Selection::changed, this, &ImagesViewer::followSelection);
  }
  m_grid->setSelection(m_context.selection);
  followSelection();
}

void ImagesViewer::followSelection() {
  if (m_selectionMode) {
    m_pictures = m_context.dataset;
    const Column *label = m_pictures ? m_pictures->label() : nullptr;
    std::vector<SampleId> ids;
    if (m_pictures && m_pictures->hasImages() && all()) {
      ids = m_pictures->ids();
    } else if (m_pictures && m_pictures->hasImages()) {
      std::copy_if(m_context.selection->ids().begin(), m_context.selection->ids().end(), std::back_inserter(ids),
                   [this](SampleId id) { return m_pictures->row(id).has_value(); });
    }
    m_grid->setItems(m_pictures, std::move(ids), [data = m_pictures, label](SampleId id) {
      const auto row = data->row(id);
      return label != nullptr && row ? QString::fromStdString(label->text(*row)) : QString::number(id);
    });
  }
  refresh();
}

void ImagesViewer::show(const Artifact &artifact) {
  if (m_selectionMode || artifact.as<ImageGrid>() == nullptr) {
    return;
  }
  m_artifact = artifact;
  m_pictures = std::make_shared<GridDataset>(artifact.payload);
  m_grid->setItems(m_pictures, m_pictures->ids(),
                   [data = m_pictures](SampleId id) { return QString::fromStdString(data->columns().front().texts[*data->row(id)]); });
  m_grid->setSelection(artifact.as<ImageGrid>()->ids ? m_context.selection : nullptr);
  refresh();
}

void ImagesViewer::refresh() {
  const bool pictures = !m_grid->ids().empty();
  m_grid->setVisible(pictures);
  m_empty->setVisible(!pictures);
  m_size->setVisible(pictures);
  if (m_selectionMode && m_context.dataset && !m_context.dataset->hasImages()) {
    m_empty->setText(tr("These samples have no pictures"), tr("Look at their columns in the table or in the inspector."));
  } else if (m_selectionMode) {
    m_empty->setText(tr("Nothing is selected"), tr("Draw a box or a lasso in the map, or pick rows in a table: the pictures of the samples appear here."));
  } else {
    m_empty->setText(tr("No pictures"), tr("Pictures of a run appear here as soon as it gives them."));
  }
  m_selectAll->setVisible(!m_selectionMode);
  m_title->setText(pictures ? shown() : QString());
  Q_EMIT statusChanged();
}

QImage ImagesViewer::grab(QSize pixels) {
  if (m_grid->ids().empty()) {
    return {};
  }
  const double top = m_grid->verticalScrollBar()->value();
  return figure(pixels, m_grid->size(), [this, top](QPainter &painter, const QRectF &area) { m_grid->paint(painter, area, top, false, true); });
}

bool ImagesViewer::all() const {
  return m_context.selection == nullptr || m_context.selection->ids().empty();
}

QString ImagesViewer::shown() const {
  const auto number = static_cast<qint64>(m_grid->ids().size());
  return !m_selectionMode || all() ? counted(number, tr("picture"), tr("pictures")) : counted(number, tr("selected sample"), tr("selected samples"));
}

QString ImagesViewer::status() const {
  return QStringLiteral("%1 - %2 px").arg(shown()).arg(m_grid->side());
}

Json ImagesViewer::state() const {
  return {{"side", m_grid->side()}, {"top", m_grid->verticalScrollBar()->value()}};
}

void ImagesViewer::restore(const Json &state) {
  m_size->setValue(state.value("side", m_grid->side()));
  m_grid->verticalScrollBar()->setValue(state.value("top", 0));
}

std::optional<Artifact> ImagesViewer::exported() const {
  if (!m_pictures || m_grid->ids().empty()) {
    return std::nullopt;
  }
  std::vector<std::size_t> rows;
  for (const SampleId id : m_grid->ids()) {
    rows.push_back(*m_pictures->row(id));
  }
  Table table = pickedRows(m_pictures->columns(), &m_pictures->ids(), rows);
  return Artifact{m_selectionMode ? "selection" : m_artifact->name, std::make_shared<const Payload>(std::move(table))};
}

Viewer *makeImagesViewer(QWidget *parent) {
  return new ImagesViewer(parent);
}

}  // namespace vitrine
