// What the projection view says, saves and gives away.
#include <cmath>

#include "viewers/figure.h"
#include "viewers/projection/projection_viewer.h"
#include "widgets/format.h"

namespace vitrine {

namespace {

constexpr double kLegendWidth = 164;

Json toJson(const Camera &camera) {
  return {{"flat", camera.flat}, {"centre", camera.centre}, {"height", camera.height}, {"turn", camera.turn}};
}

/// std::nullopt for what is no camera: a project may have been edited by hand.
std::optional<Camera> cameraOf(const Json &json) {
  try {
    Camera camera;
    camera.flat = json.at("flat").get<bool>();
    camera.centre = json.at("centre").get<Vec3>();
    camera.height = json.at("height").get<double>();
    camera.turn = json.at("turn").get<Quaternion>();
    double length = 0;
    for (const double value : camera.turn) {
      length += value * value;
    }
    const bool sound =
        camera.height > 0 && std::isfinite(camera.height + camera.centre[0] + camera.centre[1] + camera.centre[2]) && std::abs(length - 1) < 1e-3;
    return sound ? std::optional(camera) : std::nullopt;
  } catch (const Json::exception &) {
    return std::nullopt;
  }
}

Column numbers(const std::string &name, std::size_t count) {
  Column column;
  column.name = name;
  column.numbers.resize(count);
  return column;
}

}  // namespace

QImage ProjectionViewer::grab(QSize pixels) {
  if (m_scene.count == 0) {
    return {};
  }
  const LegendModel legend = m_panel->legend().model();
  return figure(pixels, size().expandedTo({640, 400}), [&](QPainter &painter, const QRectF &area) {
    const bool beside = !legend.entries.empty() && area.width() >= 360;
    const double width = beside ? std::min(kLegendWidth, area.width() * 0.36) : 0;
    m_canvas->paintPicture(painter, area.adjusted(0, 0, -width, 0));
    if (beside) {
      painter.fillRect(QRectF(area.right() - width, area.top(), 1, area.height()), theme().hairline);
      Legend::paint(painter, QRectF(area.right() - width + 16, area.top() + 12, width - 28, area.height() - 24), legend, true);
    }
  });
}

void ProjectionViewer::showBadge() {
  QStringList words;
  if (m_canvas->oneIn() > 1) {
    words << tr("Showing 1 in %1 points while moving.").arg(m_canvas->oneIn());
  }
  if (m_artifact.metadata.contains("perplexity")) {
    words << tr("t-SNE: distances between clusters and cluster sizes mean little.");
  }
  m_canvas->setBadge(words.join(QLatin1Char(' ')));
}

QString ProjectionViewer::status() const {
  if (m_scene.count == 0) {
    return {};
  }
  QStringList parts{counted(static_cast<qint64>(m_scene.count), tr("point"), tr("points"))};
  parts << (m_canvas->oneIn() > 1 ? tr("showing 1 in %1 points").arg(m_canvas->oneIn()) : tr("showing all"));
  if (m_scene.selectedCount > 0) {
    parts << tr("%1 selected").arg(count(static_cast<qint64>(m_scene.selectedCount)));
  }
  const auto value = [this](const char *key) {
    return m_artifact.metadata.contains(key) && m_artifact.metadata[key].is_number() ? m_artifact.metadata[key].get<double>() : std::nan("");
  };
  const double perplexity = value("perplexity"), iteration = value("iteration"), iterations = value("iterations"), kl = value("kl");
  if (std::isfinite(perplexity)) {
    parts << tr("perplexity %1").arg(perplexity, 0, 'g', 3);
  }
  if (std::isfinite(iteration)) {
    parts << (std::isfinite(iterations) ? tr("iteration %1/%2").arg(iteration).arg(iterations) : tr("iteration %1").arg(iteration));
  }
  if (std::isfinite(kl)) {
    parts << tr("KL %1").arg(kl, 0, 'f', 2);
  }
  return parts.join(QStringLiteral(" - "));
}

Json ProjectionViewer::state() const {
  const MapLook &look = m_panel->look();
  Json state{{"size", look.size}, {"opacity", look.opacity}, {"shapes", look.shapes}, {"ties", look.ties}, {"path", look.path}};
  if (m_columnChosen) {
    state["column"] = m_column.toStdString();
  }
  if (!m_canvas->followsCloud() && m_scene.count > 0) {
    state["camera"] = toJson(m_canvas->camera());
  }
  return state;
}

void ProjectionViewer::restore(const Json &state) {
  if (!state.is_object()) {
    return;
  }
  const auto real = [&](const char *key, double otherwise) {
    return state.contains(key) && state[key].is_number() ? std::clamp(state[key].get<double>(), 0.25, 4.0) : otherwise;
  };
  const auto flag = [&](const char *key, bool otherwise) { return state.contains(key) && state[key].is_boolean() ? state[key].get<bool>() : otherwise; };
  MapLook look = m_panel->look();
  look = {real("size", look.size), real("opacity", look.opacity), flag("shapes", look.shapes), flag("ties", look.ties), flag("path", look.path)};
  if (!(look == m_panel->look())) {
    m_panel->setLook(look);
    Q_EMIT m_panel->lookChanged(look);
  }
  if (state.contains("column") && state["column"].is_string()) {
    colourBy(QString::fromStdString(state["column"].get<std::string>()), false);
    m_columnChosen = true;
  }
  const auto camera = state.contains("camera") ? cameraOf(state["camera"]) : std::nullopt;
  if (camera && m_scene.count == 0) {
    m_camera = state["camera"];
  } else if (camera && camera->flat == (m_scene.dims < 3)) {
    m_canvas->setFollowsCloud(false);
    m_canvas->setCamera(*camera, false);
  }
}

std::optional<Artifact> ProjectionViewer::exported() const {
  if (m_scene.count == 0) {
    return std::nullopt;
  }
  Table table;
  table.ids = m_rows->ids();
  for (int axis = 0; axis < m_scene.dims; ++axis) {
    Column column = numbers(std::string(1, static_cast<char>('x' + axis)), m_scene.count);
    for (std::size_t row = 0; row < m_scene.count; ++row) {
      column.numbers[row] = m_scene.point(row)[axis];
    }
    table.columns.push_back(std::move(column));
  }
  if (const auto *projection = m_artifact.as<Projection>(); projection != nullptr) {
    table.columns.insert(table.columns.end(), projection->columns.begin(), projection->columns.end());
  }
  if (m_context.dataset != nullptr) {
    for (const Column &column : m_context.dataset->columns()) {
      table.columns.push_back(m_rows->gathered(column));
    }
  }
  Column selected = numbers("selected", m_scene.count);
  for (std::size_t row = 0; row < m_scene.count; ++row) {
    selected.numbers[row] = m_scene.isSelected(row) ? 1 : 0;
  }
  table.columns.push_back(std::move(selected));
  return Artifact{m_artifact.name, std::make_shared<const Payload>(std::move(table)), m_artifact.metadata};
}

}  // namespace vitrine
