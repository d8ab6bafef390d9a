// Puts picture, controls and shared selection together, and asks the model for samples that the run did not hold.
#include "viewers/attention/attention_viewer.h"

#include <algorithm>

#include <QBoxLayout>
#include <QKeyEvent>

#include "viewers/attention/attention_panel.h"
#include "viewers/figure.h"
#include "widgets/banner.h"
#include "widgets/selection.h"
#include "widgets/task.h"
#include "widgets/theme.h"

namespace vitrine {

using Mode = HeatChoice::Mode;

AttentionViewer::AttentionViewer(QWidget *parent) : Viewer(parent) {
  setFocusPolicy(Qt::StrongFocus);
  makeTools();
  m_canvas = new AttentionCanvas(this);
  m_panel = new AttentionPanel(m_previous, m_next, m_average, m_rollout, this);
  m_layout = new QBoxLayout(QBoxLayout::LeftToRight, this);
  m_layout->setContentsMargins(0, 0, 0, 0);
  m_layout->setSpacing(0);
  m_banner = new Banner(this);
  auto *left = new QVBoxLayout;
  left->addWidget(m_banner);
  left->addWidget(m_canvas, 1);
  m_layout->addLayout(left, 1);
  m_layout->addWidget(m_panel);
  m_scene.choice.layer = -1;  // the last, once known
  connect(m_canvas, &AttentionCanvas::patchClicked, this, [this](int patch) {
    HeatChoice choice = m_scene.choice;
    choice.patch = choice.patch == patch ? -1 : patch;
    setFocus(Qt::MouseFocusReason);
    choose(choice);
  });
  connect(m_panel, &AttentionPanel::chosen, this, &AttentionViewer::choose);
  connect(m_panel, &AttentionPanel::opacityChanged, this, [this](double opacity) {
    m_scene.opacity = opacity;
    refresh();
  });
  refresh();
}

void AttentionViewer::makeTools() {
  m_previous = addTool("back", tr("Previous sample"), "PgUp", tr("Show the sample before"));
  m_next = addTool("forward", tr("Next sample"), "PgDown", tr("Show the next sample"));
  m_average = addTool("view-statistics", tr("Mean of heads"), "M", tr("Show the mean of the layer's heads"));
  m_rollout = addTool("view-list-tree", tr("Rollout"), "R", tr("Follow the attention through all layers (Abnar and Zuidema 2020)"));
  m_fromCls = addTool("reset", tr("Ask CLS"), "C", tr("Show again what CLS attends to"));
  m_average->setIconText(tr("Mean"));
  m_average->setCheckable(true);
  m_rollout->setCheckable(true);
  connect(m_previous, &QAction::triggered, this, [this] { step(-1); });
  connect(m_next, &QAction::triggered, this, [this] { step(1); });
  const auto chooseMode = [this](Mode mode) {
    HeatChoice choice = m_scene.choice;
    choice.mode = mode;
    choose(choice);
  };
  connect(m_average, &QAction::triggered, this, [chooseMode](bool on) { chooseMode(on ? Mode::Average : Mode::Head); });
  connect(m_rollout, &QAction::triggered, this, [chooseMode](bool on) { chooseMode(on ? Mode::Rollout : Mode::Average); });
  connect(m_fromCls, &QAction::triggered, this, [this] {
    HeatChoice choice = m_scene.choice;
    choice.patch = -1;
    choose(choice);
  });
}

void AttentionViewer::setContext(const ViewerContext &context) {
  if (m_context.selection != nullptr) {
    m_context.selection->disconnect(this);
  }
  m_context = context;
  if (m_context.selection != nullptr) {
    connect(m_context.selection, &Selection::currentChanged, this, &AttentionViewer::follow);
  }
  refresh();
}

void AttentionViewer::show(const Artifact &artifact) {
  const auto *maps = artifact.as<AttentionMaps>();
  if (maps == nullptr) {
    return;
  }
  m_artifact = std::shared_ptr<const AttentionMaps>(artifact.payload, maps);
  m_artifactName = QString::fromStdString(artifact.name);
  m_note = QString::fromStdString(artifact.metadata.value("note", std::string()));
  const SampleId current = m_context.selection != nullptr ? m_context.selection->current() : -1;
  const std::size_t count = maps->ids ? maps->ids->size() : 0;
  const SampleId first = count > 0 ? maps->ids->front() : -1;
  const SampleId wanted = m_sample >= 0 ? m_sample : current >= 0 ? current : first;
  const bool held = rowOf(wanted) < count, keepsAsked = m_sample >= 0 && !held;
  if (keepsAsked) {
    refresh();
    return;
  }
  m_sample = -1;
  follow(held ? wanted : first);
  if (!held) {
    follow(wanted);
  }
}

std::size_t AttentionViewer::rowOf(SampleId id) const {
  if (!m_artifact || !m_artifact->ids) {
    return 0;
  }
  return static_cast<std::size_t>(std::find(m_artifact->ids->begin(), m_artifact->ids->end(), id) - m_artifact->ids->begin());
}

void AttentionViewer::follow(SampleId id) {
  m_asked = -1;
  m_message.clear();
  m_banner->dismiss();
  if (id < 0 || id == m_sample) {
    refresh();
    return;
  }
  const std::size_t row = rowOf(id), count = m_artifact && m_artifact->ids ? m_artifact->ids->size() : 0;
  if (row < count) {
    m_scene.maps = m_artifact;
    m_scene.sample = row;
    m_sample = id;
  } else if (m_context.attention && m_context.interactive != nullptr) {
    ask(id);
  } else {
    m_message = tr("%1 is not among the %2 samples of this run").arg(nameOf(id)).arg(count);
  }
  refresh();
}

void AttentionViewer::ask(SampleId id) {
  m_asked = id;
  m_message = tr("asking the model about %1").arg(nameOf(id));
  const auto take = [this, id](AttentionMaps maps) {
    if (m_asked == id) {
      m_asked = -1;
      m_sample = id;
      m_scene.maps = std::make_shared<const AttentionMaps>(std::move(maps));
      m_scene.sample = 0;
      m_message.clear();
      refresh();
    }
  };
  const auto fail = [this, id](const QString &reason) {
    if (m_asked == id) {
      m_asked = -1;
      m_message.clear();
      m_banner->show(Banner::Kind::Error, tr("No attention for %1: %2").arg(nameOf(id), reason));
      refresh();
    }
  };
  const QString key = QStringLiteral("attention %1").arg(reinterpret_cast<quintptr>(this));  // one view's newest click wins, not another view's
  m_context.interactive->ask(
      key, this, [source = m_context.attention, id] { return source->attention(id); }, take, fail);
}

void AttentionViewer::step(int by) {
  const std::size_t count = m_artifact && m_artifact->ids ? m_artifact->ids->size() : 0;
  if (count == 0) {
    return;
  }
  const std::size_t row = rowOf(m_sample);
  const auto at =
      row >= count ? std::ptrdiff_t{0} : std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(row) + by, 0, static_cast<std::ptrdiff_t>(count) - 1);
  const SampleId id = (*m_artifact->ids)[static_cast<std::size_t>(at)];
  if (m_context.selection != nullptr) {
    m_context.selection->setCurrent(id);
  }
  follow(id);
}

void AttentionViewer::choose(HeatChoice choice) {
  m_scene.choice = choice;
  refresh();
}

/// Brings choice and maps into agreement and every part up to date.
void AttentionViewer::refresh() {
  if (m_scene.maps) {
    HeatChoice &choice = m_scene.choice;
    const int last = std::max(0, m_scene.maps->layers - 1);
    choice.layer = choice.layer < 0 ? last : std::min(choice.layer, last);
    choice.head = std::clamp(choice.head, 0, std::max(0, m_scene.maps->heads - 1));
    choice.patch = choice.patch < m_scene.patches() ? choice.patch : -1;
    m_scene.sampleName = nameOf(m_sample);
  }
  const std::size_t count = m_artifact && m_artifact->ids ? m_artifact->ids->size() : 0, row = rowOf(m_sample);
  const bool held = row < count && m_scene.maps == m_artifact;
  const QString place = held ? tr("%1 of %2").arg(row + 1).arg(count) : m_scene.maps ? tr("asked") : QString();
  m_panel->setScene(m_scene, place);
  m_panel->setEnabled(m_scene.maps != nullptr);
  m_canvas->setScene(m_scene);
  m_average->setChecked(m_scene.choice.mode == Mode::Average);
  m_rollout->setChecked(m_scene.choice.mode == Mode::Rollout);
  m_previous->setEnabled(count > 0 && !(held && row == 0));
  m_next->setEnabled(count > 0 && !(held && row + 1 == count));
  m_fromCls->setEnabled(m_scene.choice.patch >= 0);
  Q_EMIT statusChanged();
}

QString AttentionViewer::nameOf(SampleId id) const {
  QString name = tr("sample %1").arg(id);
  const auto row = m_context.dataset && id >= 0 ? m_context.dataset->row(id) : std::nullopt;
  if (row && m_context.dataset->label() != nullptr) {
    name += QStringLiteral(", ") + QString::fromStdString(m_context.dataset->label()->text(*row));
  }
  return name;
}

QImage AttentionViewer::grab(QSize pixels) {
  if (!m_scene.maps) {
    return {};
  }
  return figure(pixels, size(), [this](QPainter &painter, const QRectF &area) {
    const bool wide = area.width() >= 480 && area.width() >= area.height();
    const double side = wide ? std::min(0.38 * area.width(), 420.0) : 0;
    m_canvas->paint(painter, area.adjusted(0, 0, -side, 0), false);
    if (wide) {
      m_panel->grid().paint(painter, QRectF(area.right() - side, area.top() + 24, side - 16, area.height() - 48), false);
    }
  });
}

QString AttentionViewer::status() const {
  if (!m_scene.maps) {
    return m_message;
  }
  const AttentionMaps &maps = *m_scene.maps;
  QStringList parts = {tr("%1 layers \u00d7 %2 heads").arg(maps.layers).arg(maps.heads), tr("%1 \u00d7 %2 patches").arg(maps.gridRows).arg(maps.gridCols)};
  if (m_scene.sample < maps.images.size()) {
    parts += tr("picture %1 \u00d7 %2, as the model saw it").arg(maps.images[m_scene.sample].width).arg(maps.images[m_scene.sample].height);
  }
  for (const QString &more : {m_note, m_message}) {
    parts += more;
  }
  parts.removeAll(QString());
  return parts.join(QStringLiteral(" - "));
}

Json AttentionViewer::state() const {
  const HeatChoice &choice = m_scene.choice;
  const char *mode = choice.mode == Mode::Head ? "head" : choice.mode == Mode::Average ? "average" : "rollout";
  return {{"mode", mode}, {"layer", choice.layer}, {"head", choice.head}, {"patch", choice.patch}, {"opacity", m_scene.opacity}, {"sample", m_sample}};
}

void AttentionViewer::restore(const Json &state) {
  HeatChoice choice = m_scene.choice;
  const std::string mode = state.value("mode", std::string("average"));
  choice.mode = mode == "head" ? Mode::Head : mode == "rollout" ? Mode::Rollout : Mode::Average;
  choice.layer = state.value("layer", choice.layer);
  choice.head = state.value("head", choice.head);
  choice.patch = state.value("patch", choice.patch);
  m_scene.opacity = std::clamp(state.value("opacity", m_scene.opacity), 0.0, 1.0);
  m_scene.choice = choice;
  follow(state.value("sample", SampleId{-1}));
}

std::optional<Artifact> AttentionViewer::exported() const {
  if (m_canvas->weights().empty()) {
    return std::nullopt;
  }
  Column row, column, weight;
  row.name = "row";
  column.name = "column";
  weight.name = "weight";
  for (std::size_t i = 0; i < m_canvas->weights().size(); ++i) {
    row.numbers.push_back(static_cast<double>(i / static_cast<std::size_t>(m_scene.maps->gridCols) + 1));
    column.numbers.push_back(static_cast<double>(i % static_cast<std::size_t>(m_scene.maps->gridCols) + 1));
    weight.numbers.push_back(static_cast<double>(m_canvas->weights()[i]));
  }
  Table table{nullptr, {row, column, weight}};
  const Json about = {{"sample", m_sample}, {"query", m_scene.queryName().toStdString()}, {"maps", m_scene.choiceName().toStdString()}};
  return Artifact{"attention-weights", std::make_shared<const Payload>(std::move(table)), about};
}

void AttentionViewer::keyPressEvent(QKeyEvent *event) {
  HeatChoice choice = m_scene.choice;
  if (!m_scene.maps) {
    return Viewer::keyPressEvent(event);
  }
  switch (event->key()) {
    case Qt::Key_Up: choice.layer = std::min(choice.layer + 1, m_scene.maps->layers - 1); break;
    case Qt::Key_Down: choice.layer = std::max(choice.layer - 1, 0); break;
    case Qt::Key_Right: choice.head = choice.mode == Mode::Head ? std::min(choice.head + 1, m_scene.maps->heads - 1) : choice.head; break;
    case Qt::Key_Left: choice.head = choice.mode == Mode::Head ? std::max(choice.head - 1, 0) : choice.head; break;
    default: return Viewer::keyPressEvent(event);
  }
  const bool layerKey = event->key() == Qt::Key_Up || event->key() == Qt::Key_Down;
  choice.mode = !layerKey ? Mode::Head : choice.mode == Mode::Rollout ? Mode::Average : choice.mode;
  choose(choice);
}

void AttentionViewer::resizeEvent(QResizeEvent *event) {
  const bool upright = width() < 560 && height() > width();
  m_layout->setDirection(upright ? QBoxLayout::TopToBottom : QBoxLayout::LeftToRight);
  m_panel->setMinimumWidth(upright ? 0 : std::clamp(width() * 2 / 5, 180, 420));
  m_panel->setMaximumWidth(upright ? QWIDGETSIZE_MAX : m_panel->minimumWidth());
  Viewer::resizeEvent(event);
}

Viewer *makeAttentionViewer(QWidget *parent) {
  return new AttentionViewer(parent);
}

}  // namespace vitrine
