// What leaves the workshop and what comes back: pictures, sheets, tables, the state that a project keeps.
#include <algorithm>

#include <QFileDialog>
#include <QMenu>
#include <QTimer>

#include "viewers/figure.h"
#include "viewers/prototypes/gallery.h"
#include "viewers/prototypes/plane.h"
#include "viewers/prototypes/sheets.h"
#include "viewers/prototypes/why.h"
#include "viewers/prototypes/workshop_viewer.h"
#include "widgets/format.h"
#include "widgets/task.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

constexpr int kNoteFor = 8000;                                                    // ms that a note stands in the status line
constexpr double kSheetWidth = 794, kHead = 40, kMap = 360, kGalleryWidth = 848;  // A4 at 96 pixels an inch; six cards

void sheetHead(QPainter &painter, const QRectF &area, const QString &title, const QString &right) {
  const QRectF line(area.left() + 12, area.top() + 8, area.width() - 24, kHead - 12);
  painter.setFont(uiFont(9));
  painter.setPen(theme().secondary);
  painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter, title);
  painter.drawText(line, Qt::AlignRight | Qt::AlignVCenter, right);
}

}  // namespace

/// As on the screen: side by side where there is room, else the page in front.
QImage WorkshopViewer::painted(QSize pixels) {
  refreshMatrix();
  return figure(pixels, size().expandedTo({400, 300}), [this](QPainter &painter, const QRectF &area) {
    const bool roomy = area.width() >= 640 && area.height() >= 430;
    const QRectF left(area.left(), area.top(), roomy ? area.width() * 0.6 : area.width(), roomy ? area.height() * 0.64 : area.height());
    if (const MatrixView *matrix = matrixOf(m_page)) {
      matrix->paint(painter, left);
    } else if (m_page == Page::Why) {
      WhyView::draw(&painter, left, m_scene);
    } else if (m_page == Page::Prototypes) {
      m_gallery->paint(painter, left);
    } else {
      m_plane->paint(painter, left, false);
    }
    if (roomy) {
      painter.save();
      const QRectF right(left.right(), area.top(), area.width() - left.width(), left.height()),
          below(area.left(), left.bottom(), area.width(), area.height() - left.height());
      painter.setClipRect(right);
      WhyView::draw(&painter, right, m_scene);
      painter.setClipRect(below);
      m_gallery->paint(painter, below);
      painter.restore();
    }
  });
}

QString WorkshopViewer::status() const {
  if (m_scene.payload == nullptr) {
    return m_preparing ? tr("reading the prototypes") : m_note;
  }
  if (!m_note.isEmpty()) {
    return m_note;
  }
  if (m_compact && m_page != Page::Why && !m_scene.why.probabilities.empty()) {
    return sentence(m_scene);
  }
  const auto off = static_cast<qint64>(std::ranges::count(m_scene.layer.on, std::uint8_t{0}));
  QStringList parts{counted(static_cast<qint64>(m_scene.count()), tr("prototype"), tr("prototypes")) + (off == 0 ? QString() : tr(", %1 off").arg(off)),
                    tr("%1 of %2").arg(accuracyText(m_scene), counted(static_cast<qint64>(m_scene.payload->testCount), tr("test sample"), tr("test samples")))};
  QStringList missing;
  for (const std::size_t k : classesWithoutPrototype(m_scene.layer)) {
    missing << m_scene.className(k);
  }
  if (!missing.isEmpty()) {
    parts << tr("no prototype for %1").arg(missing.join(QStringLiteral(", ")));
  }
  return parts.join(QStringLiteral(" - "));
}

Json WorkshopViewer::state() const {
  Json state = {{"page", static_cast<int>(m_page)}, {"sample", m_scene.sample.id}, {"chosen", m_scene.chosen}};
  if (m_scene.edited()) {
    Json edits = {{"on", m_scene.layer.on}, {"prototypes", Json::object()}, {"weights", Json::object()}};
    for (std::size_t j = 0; j < m_scene.count(); ++j) {
      const auto place = m_scene.layer.prototypes.row(j), weights = m_scene.layer.weights.row(j);
      if (m_scene.movedFromTraining(j)) {
        edits["prototypes"][std::to_string(j)] = std::vector<float>(place.begin(), place.end());
      }
      if (!std::ranges::equal(weights, m_scene.payload->weights.row(j))) {
        edits["weights"][std::to_string(j)] = std::vector<float>(weights.begin(), weights.end());
      }
    }
    state["edits"] = edits;
  }
  return state;
}

/// The trained layer with what of the edits fits it.
PrototypeLayer WorkshopViewer::restoredLayer(const Json &edits) const {
  PrototypeLayer layer = layerOf(*m_scene.payload);
  if (const Json on = edits.value("on", Json::array()); on.is_array() && on.size() == layer.count()) {
    for (std::size_t j = 0; j < layer.count(); ++j) {
      layer.on[j] = on[j].is_number_integer() && on[j].get<int>() == 0 ? 0 : 1;
    }
  }
  const auto rows = [&edits](const char *name, Matrix &into) {
    const Json given = edits.value(name, Json::object());
    for (std::size_t j = 0; given.is_object() && j < into.rows; ++j) {
      const Json row = given.value(std::to_string(j), Json());
      if (row.is_array() && row.size() == into.cols && std::ranges::all_of(row, [](const Json &value) { return value.is_number(); })) {
        std::ranges::transform(row, into.row(j).begin(), [](const Json &value) { return value.get<float>(); });
      }
    }
  };
  rows("prototypes", layer.prototypes);
  rows("weights", layer.weights);
  return layer;
}

void WorkshopViewer::restore(const Json &state) {
  if (m_scene.payload == nullptr) {
    m_wanted = state;
    return;
  }
  const auto whole = [&](const char *name, std::int64_t otherwise) {
    return state.contains(name) && state[name].is_number_integer() ? state[name].get<std::int64_t>() : otherwise;
  };
  setPage(static_cast<Page>(std::clamp<std::int64_t>(whole("page", static_cast<int>(m_page)), 0, static_cast<int>(Page::Changes))));
  m_scene.chosen.clear();
  for (const Json &j : state.contains("chosen") && state["chosen"].is_array() ? state["chosen"] : Json::array()) {
    if (j.is_number_unsigned() && j.get<std::size_t>() < m_scene.count() && m_scene.chosen.size() < 2) {
      m_scene.chosen.push_back(j.get<std::size_t>());
    }
  }
  if (const SampleId id = whole("sample", -1); id >= 0 && id != m_scene.sample.id) {
    ask(id);
  }
  if (state.contains("edits") && state["edits"].is_object()) {
    setLayer(restoredLayer(state["edits"]));
  }
  refresh();
}

std::optional<Artifact> WorkshopViewer::exported() const {
  if (!m_scene.ready()) {
    return std::nullopt;
  }
  const auto made = [this](const char *what, Table table) {
    return Artifact{
        m_artifact.name + what, std::make_shared<const Payload>(std::move(table)), {{"changes", changes(m_scene).join(QStringLiteral("; ")).toStdString()}}};
  };
  switch (m_page) {
    case Page::Confusion: return made("-confusion", confusionTable(m_scene));
    case Page::Changes: return made("-before-and-after", changesTable(m_scene));
    case Page::Why:
    case Page::Map:
      if (!m_scene.why.evidence.empty()) {
        return made("-evidence", evidenceTable(m_scene));
      }
      [[fallthrough]];
    default: return made("-weights", weightsTable(m_scene));
  }
}

std::function<QString()> WorkshopViewer::sheet(Sheet sheet, const QString &file) const {
  const QString source = m_context.dataset == nullptr ? QString() : QString::fromStdString(m_context.dataset->provenance().name);
  const QString title = tr("%1 %2").arg(QString::fromStdString(m_artifact.name), source).trimmed();
  if (sheet == Sheet::Explanation) {
    const double why = WhyView::draw(nullptr, QRectF(0, 0, kSheetWidth, 0), m_scene);
    return sheetJob(file, {kSheetWidth, kHead + why + kMap}, [&](QPainter &painter, const QRectF &area) {
      const bool known = m_scene.sample.truth >= 0;
      const QString head = known ? tr("%1, sample %2, labelled %3") : tr("%1, sample %2%3");
      sheetHead(painter, area,
                head.arg(title).arg(m_scene.sample.id).arg(known ? m_scene.className(static_cast<std::size_t>(m_scene.sample.truth)) : QString()),
                tr("the network: %1").arg(accuracyText(m_scene)));
      WhyView::draw(&painter, area.adjusted(0, kHead, 0, 0), m_scene);
      m_plane->paint(painter, QRectF(area.left() + 12, area.bottom() - kMap, area.width() - 24, kMap - 12), false);
    });
  }
  const double gallery = Gallery::heightFor(m_scene, kGalleryWidth);
  const auto tall = sheet == Sheet::Report ? 24.0 * static_cast<double>(m_scene.classes() + 1) + 120 : 0.0;
  return sheetJob(file, {kGalleryWidth, kHead + 2 * tall + gallery}, [&](QPainter &painter, const QRectF &area) {
    sheetHead(painter, area, title, tr("the network: %1").arg(accuracyText(m_scene)));
    if (sheet == Sheet::Report) {
      MatrixView changed({}), confusion({});
      changed.setPicture(changesPicture(m_scene));
      changed.paint(painter, QRectF(area.left(), area.top() + kHead, area.width(), tall));
      confusion.setPicture(confusionPicture(m_scene));
      confusion.paint(painter, QRectF(area.left(), area.top() + kHead + tall, area.width(), tall));
    }
    m_gallery->paint(painter, QRectF(area.left(), area.bottom() - gallery, area.width(), gallery));
  });
}

void WorkshopViewer::exportMenu() {
  auto *menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  menu->addAction(tr("Gallery of prototypes..."), this, [this] { askFile(Sheet::Gallery, QStringLiteral("prototypes.png")); });
  QAction *why = menu->addAction(tr("Explanation of this sample..."), this,
                                 [this] { askFile(Sheet::Explanation, QStringLiteral("why-sample-%1.pdf").arg(m_scene.sample.id)); });
  why->setEnabled(!m_scene.why.evidence.empty());
  menu->addAction(tr("Before and after..."), this, [this] { askFile(Sheet::Report, QStringLiteral("before-and-after.pdf")); });
  menu->popup(mapToGlobal(QPoint(8, 8)));
}

void WorkshopViewer::askFile(Sheet kind, const QString &name) {
  const QString file = QFileDialog::getSaveFileName(this, tr("Export"), name, tr("PDF (*.pdf);;Picture, PNG (*.png)"));
  if (file.isEmpty()) {
    return;
  }
  m_context.interactive->ask({}, this, sheet(kind, file), [this, file](const QString &problem) {
    m_note = problem.isEmpty() ? tr("written: %1").arg(file) : problem;
    Q_EMIT statusChanged();
    QTimer::singleShot(kNoteFor, this, [this, said = m_note] {
      if (m_note == said) {
        m_note.clear();
        Q_EMIT statusChanged();
      }
    });
  });
}

}  // namespace vitrine
