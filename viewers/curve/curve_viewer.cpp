// Mouse and keys of the curve view; the picture itself is Plot's.
#include "viewers/curve/curve_viewer.h"

#include <cmath>

#include <QKeyEvent>
#include <QMouseEvent>
#include <QVBoxLayout>
#include <QWheelEvent>

#include "viewers/figure.h"
#include "widgets/empty_state.h"
#include "widgets/format.h"
#include "widgets/theme.h"

namespace vitrine {

CurveViewer::CurveViewer(QWidget *parent) : Viewer(parent) {
  setMouseTracking(true);
  setFocusPolicy(Qt::StrongFocus);
  setMinimumSize(200, 140);
  setAccessibleName(tr("Curves"));
  m_empty = new EmptyState(QStringLiteral("curve"), tr("Curves of a run"), tr("Losses, accuracies and costs appear here while a study runs."), this);
  auto *layout = new QVBoxLayout(this);
  layout->addWidget(m_empty);
  m_fit = addTool("fit", tr("Fit"), "F", tr("Show all points"));
  m_log = addTool("labplot-axis-vertical", tr("Logarithmic"), "L", tr("Powers of ten on the vertical axis"));
  m_in = addTool("zoom-in", tr("Zoom in"), "+", tr("Show less, finer"));
  m_out = addTool("zoom-out", tr("Zoom out"), "-", tr("Show more"));
  m_log->setCheckable(true);
  connect(m_fit, &QAction::triggered, this, &CurveViewer::fit);
  connect(m_in, &QAction::triggered, this, [this] { zoomBy(1.25, m_plot.frame(rect()).center()); });
  connect(m_out, &QAction::triggered, this, [this] { zoomBy(0.8, m_plot.frame(rect()).center()); });
  connect(m_log, &QAction::toggled, this, [this](bool on) {
    m_plot.setLogY(on);
    m_fitted = true;
    moved();
  });
}

void CurveViewer::show(const Artifact &artifact) {
  const auto *curve = artifact.as<Curve>();
  if (curve == nullptr) {
    return;
  }
  m_artifact = artifact;
  m_plot.setCurve(std::shared_ptr<const Curve>(artifact.payload, curve));
  m_empty->setVisible(curve->series.empty());
  if (m_fitted) {
    m_plot.fit();
  }
  moved();
}

void CurveViewer::fit() {
  m_plot.fit();
  m_fitted = true;
  moved();
}

void CurveViewer::zoomBy(double factor, QPointF anchor) {
  const QRectF field = m_plot.frame(rect());
  const bool onlyX = anchor.y() > field.bottom(), onlyY = anchor.x() < field.left();
  m_plot.zoom(onlyY ? 1 : factor, onlyX ? 1 : factor, anchor, rect());
  m_fitted = false;
  moved();
}

void CurveViewer::moved() {
  update();
  Q_EMIT statusChanged();
}

std::optional<std::size_t> CurveViewer::legendAt(QPointF position) const {
  for (std::size_t s = 0; m_plot.curve() != nullptr && s < m_plot.curve()->series.size(); ++s) {
    if (m_plot.legendRow(s, rect()).contains(position)) {
      return s;
    }
  }
  return std::nullopt;
}

QImage CurveViewer::grab(QSize pixels) {
  if (m_plot.points() == 0) {
    return {};
  }
  return figure(pixels, size(), [this](QPainter &painter, const QRectF &area) { m_plot.paint(painter, area, std::nullopt); });
}

void CurveViewer::paintEvent(QPaintEvent *) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.fillRect(rect(), theme().panel);
  m_plot.paint(painter, rect(), m_dragFrom ? std::nullopt : m_hoverX);
}

void CurveViewer::wheelEvent(QWheelEvent *event) {
  const double steps = event->angleDelta().y() / 120.0;
  if (steps != 0 && m_plot.curve() != nullptr) {
    zoomBy(std::pow(1.2, steps), event->position());
  }
  event->accept();
}

void CurveViewer::mousePressEvent(QMouseEvent *event) {
  if (event->button() != Qt::LeftButton || m_plot.curve() == nullptr) {
    return;
  }
  if (const auto series = legendAt(event->position())) {
    m_plot.setHidden(*series, !m_plot.hidden(*series));
    if (m_fitted) {
      m_plot.fit();
    }
    moved();
    return;
  }
  m_dragFrom = event->position();
}

void CurveViewer::mouseMoveEvent(QMouseEvent *event) {
  if (m_plot.curve() == nullptr) {
    return;
  }
  if (m_dragFrom && event->buttons().testFlag(Qt::LeftButton)) {
    m_plot.pan(event->position() - *m_dragFrom, rect());
    m_dragFrom = event->position();
    m_fitted = false;
    setCursor(Qt::ClosedHandCursor);
    moved();
    return;
  }
  m_hoverX = m_plot.nearestX(event->position(), rect());
  setCursor(legendAt(event->position()) ? Qt::PointingHandCursor : m_hoverX ? Qt::CrossCursor : Qt::ArrowCursor);
  update();
}

void CurveViewer::mouseReleaseEvent(QMouseEvent *) {
  m_dragFrom.reset();
  unsetCursor();
  update();
}

void CurveViewer::mouseDoubleClickEvent(QMouseEvent *event) {
  if (!legendAt(event->position())) {
    fit();
  }
}

void CurveViewer::leaveEvent(QEvent *) {
  m_hoverX.reset();
  update();
}

void CurveViewer::keyPressEvent(QKeyEvent *event) {
  const double step = 40;
  switch (event->key()) {
    case Qt::Key_Left: m_plot.pan({step, 0}, rect()); break;
    case Qt::Key_Right: m_plot.pan({-step, 0}, rect()); break;
    case Qt::Key_Up: m_plot.pan({0, step}, rect()); break;
    case Qt::Key_Down: m_plot.pan({0, -step}, rect()); break;
    default: return Viewer::keyPressEvent(event);
  }
  m_fitted = false;
  moved();
}

QString CurveViewer::status() const {
  if (m_plot.curve() == nullptr) {
    return {};
  }
  const Curve &curve = *m_plot.curve();
  QStringList parts = {counted(static_cast<qint64>(curve.series.size()), tr("line"), tr("lines")),
                       counted(static_cast<qint64>(m_plot.points()), tr("point"), tr("points"))};
  if (const std::size_t hidden = m_plot.unshowable(); hidden > 0) {
    parts += m_plot.logY() ? tr("%1 values not above zero are not shown").arg(hidden) : tr("%1 values are missing").arg(hidden);
  }
  if (!m_fitted) {
    parts += tr("zoomed: double click shows all");
  }
  return parts.join(QStringLiteral(" - "));
}

Json CurveViewer::state() const {
  Json hidden = Json::array();
  for (std::size_t s = 0; m_plot.curve() != nullptr && s < m_plot.curve()->series.size(); ++s) {
    if (m_plot.hidden(s)) {
      hidden.push_back(m_plot.curve()->series[s].name);
    }
  }
  Json state = {{"log_y", m_plot.logY()}, {"hidden", hidden}};
  if (!m_fitted) {
    state["x"] = {m_plot.x.lo, m_plot.x.hi};
    state["y"] = {m_plot.y.lo, m_plot.y.hi};
  }
  return state;
}

void CurveViewer::restore(const Json &state) {
  m_log->setChecked(state.value("log_y", false));
  const Json hidden = state.value("hidden", Json::array());
  for (std::size_t s = 0; m_plot.curve() != nullptr && s < m_plot.curve()->series.size(); ++s) {
    m_plot.setHidden(s, std::find(hidden.begin(), hidden.end(), Json(m_plot.curve()->series[s].name)) != hidden.end());
  }
  m_fitted = !state.contains("x") || !state.contains("y");
  if (m_fitted) {
    m_plot.fit();
  } else {
    m_plot.x = {state["x"].at(0).get<double>(), state["x"].at(1).get<double>()};
    m_plot.y = {state["y"].at(0).get<double>(), state["y"].at(1).get<double>()};
  }
  moved();
}

Viewer *makeCurveViewer(QWidget *parent) {
  return new CurveViewer(parent);
}

}  // namespace vitrine
