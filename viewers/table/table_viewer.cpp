// Brings an artifact into the table model, off the GUI thread where that takes longer, and links rows with the selection.
#include "viewers/table/table_viewer.h"

#include <numeric>

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>

#include "core/report.h"
#include "viewers/figure.h"
#include "viewers/table/row_view.h"
#include "viewers/table/rows.h"
#include "widgets/empty_state.h"
#include "widgets/format.h"
#include "widgets/selection.h"
#include "widgets/task.h"
#include "widgets/theme.h"

namespace vitrine {

TableViewer::TableViewer(QWidget *parent) : Viewer(parent), m_selection(&m_ownSelection) {
  m_find = addTool("search", tr("Filter"), "Ctrl+F", tr("Show only rows that hold a text"));
  m_onlySelected = addTool("view-filter", tr("Only selected"), "S", tr("Show only the selected rows"));
  m_copy = addTool("copy", tr("Copy rows"), "Ctrl+C", tr("Copy the selected rows with their header"));
  m_onlySelected->setCheckable(true);
  m_view = new RowView(&m_table, this);
  setFocusProxy(m_view);
  m_empty = new EmptyState(QStringLiteral("table"), tr("No rows"), tr("Tables and embeddings of a run appear here."), this);
  m_filter = new QLineEdit(this);
  m_filter->setObjectName(QStringLiteral("filter"));
  m_filter->setPlaceholderText(tr("Filter rows"));
  m_filter->setClearButtonEnabled(true);
  m_filter->setMaximumWidth(280);
  m_badge = new QLabel(this);
  m_badge->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  m_badge->setFont(uiFont(9));
  m_badge->setForegroundRole(QPalette::PlaceholderText);
  m_badge->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  auto *header = new QHBoxLayout;
  header->setContentsMargins(12, 4, 12, 4);
  header->addWidget(m_filter, 1);
  header->addWidget(m_badge, 1);
  auto *layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addLayout(header);
  layout->addWidget(m_view, 1);
  layout->addWidget(m_empty, 1);
  m_typing.setSingleShot(true);
  m_typing.setInterval(150);
  connect(m_filter, &QLineEdit::textChanged, &m_typing, qOverload<>(&QTimer::start));
  connect(&m_typing, &QTimer::timeout, this, &TableViewer::applyFilter);
  connect(m_find, &QAction::triggered, m_filter, [this] { m_filter->setFocus(Qt::ShortcutFocusReason); });
  connect(m_onlySelected, &QAction::toggled, this, &TableViewer::narrow);
  connect(m_copy, &QAction::triggered, this, &TableViewer::copy);
  refresh();
}

template <class Work, class Done>
void TableViewer::later(const char *what, Work work, Done done) {
  if (m_context.interactive == nullptr) {
    done(work());
    return;
  }
  m_context.interactive->ask(QStringLiteral("%1 %2").arg(QLatin1String(what)).arg(reinterpret_cast<quintptr>(this)), this, std::move(work), std::move(done));
}

void TableViewer::setContext(const ViewerContext &context) {
  m_context = context;
  link();
  if (m_artifact && m_artifact->as<Embedding>() != nullptr) {
    embed(*m_artifact);  // labels come from the data set
  }
}

/// Makes the view follow the selection that its rows belong to.
void TableViewer::link() {
  const bool samples = m_payload && std::get<Table>(*m_payload).ids != nullptr && m_context.selection != nullptr;
  m_selection->disconnect(this);
  m_selection = samples ? m_context.selection : &m_ownSelection;
  m_view->setSelection(m_selection, !m_payload || std::get<Table>(*m_payload).ids != nullptr);
  connect(m_selection, &Selection::changed, this, [this] {
    if (m_onlySelected->isChecked()) {
      narrow();
    }
    refresh();
  });
}

void TableViewer::show(const Artifact &artifact) {
  if (artifact.as<Embedding>() != nullptr) {
    m_artifact = artifact;
    embed(artifact);
  } else if (artifact.as<Table>() != nullptr) {
    m_artifact = artifact;
    take(artifact.payload);
  }
}

void TableViewer::embed(const Artifact &artifact) {
  const auto make = [payload = artifact.payload, data = m_context.dataset] {
    const auto &embedding = std::get<Embedding>(*payload);
    return tableOf(embedding, data.get(), shownDimensions(embedding));
  };
  later("embedding", make, [this](std::shared_ptr<const Payload> table) { take(std::move(table)); });
}

void TableViewer::take(std::shared_ptr<const Payload> payload) {
  const auto &table = std::get<Table>(*payload);
  Ids ids = table.ids;
  if (!ids) {
    auto numbers = std::make_shared<std::vector<SampleId>>(table.columns.empty() ? 0 : table.columns.front().size());
    std::iota(numbers->begin(), numbers->end(), SampleId{0});
    ids = std::move(numbers);
  }
  const int columnsBefore = m_table.columnCount();
  m_table.setColumns(payload, &table.columns, ids.get());
  const Json bars = m_artifact ? m_artifact->metadata.value("bars", Json::array()) : Json::array();
  m_table.setBars(m_artifact && m_artifact->as<Table>() != nullptr && bars.is_array() ? bars.get<std::vector<std::string>>() : std::vector<std::string>());
  m_payload = std::move(payload);
  m_ids = std::move(ids);
  link();
  if (m_table.columnCount() != columnsBefore) {
    m_view->resizeColumnsToContents();
    for (int column = 0; column < m_table.columnCount(); ++column) {
      const bool bar = m_table.index(0, column).data(ColumnTable::kShareRole).isValid();
      m_view->setColumnWidth(column, std::clamp(m_view->columnWidth(column) + 16, bar ? 150 : 64, 320));
    }
  }
  applyFilter();
}

void TableViewer::applyFilter() {
  m_typing.stop();
  const QString text = m_filter->text().trimmed();
  if (text.isEmpty() || !m_payload) {
    m_found.reset();
    narrow();
    return;
  }
  const auto search = [text, payload = m_payload, ids = m_ids] { return rowsWith(text, std::get<Table>(*payload).columns, *ids); };
  later("filter", search, [this, text](std::vector<SampleId> found) {
    if (text == m_filter->text().trimmed()) {
      m_found = std::move(found);
      narrow();
    }
  });
}

/// Shows what filter and "only selected" leave.
void TableViewer::narrow() {
  std::vector<SampleId> shown = m_found.value_or(std::vector<SampleId>());
  if (m_onlySelected->isChecked() && m_found) {
    std::erase_if(shown, [this](SampleId id) { return !m_selection->contains(id); });
  } else if (m_onlySelected->isChecked()) {
    shown = m_selection->ids();
  }
  m_table.setOnly(m_onlySelected->isChecked() || m_found.has_value(), shown);
  refresh();
}

void TableViewer::refresh() {
  const bool rows = m_table.total() > 0;
  m_view->setVisible(rows);
  m_empty->setVisible(!rows);
  m_filter->setVisible(rows);
  const auto *embedding = m_artifact ? m_artifact->as<Embedding>() : nullptr;
  const std::size_t dimensions = embedding != nullptr ? shownDimensions(*embedding) : 0;
  const bool cut = embedding != nullptr && dimensions < embedding->vectors.cols;
  m_badge->setText(cut ? tr("showing %1 of %2 columns").arg(count(static_cast<qint64>(dimensions)), count(static_cast<qint64>(embedding->vectors.cols)))
                       : QString());
  m_filter->setPlaceholderText(embedding != nullptr ? tr("Filter by id or label") : tr("Filter rows"));
  Q_EMIT statusChanged();
}

QString TableViewer::status() const {
  const auto total = static_cast<qint64>(m_table.total());
  QStringList parts = {m_table.rowCount() < total ? tr("%1 of %2 rows").arg(count(m_table.rowCount()), count(total)) : counted(total, tr("row"), tr("rows"))};
  if (!m_selection->ids().empty()) {
    parts += tr("%1 selected").arg(count(static_cast<qint64>(m_selection->ids().size())));
  }
  if (!m_badge->text().isEmpty()) {
    parts += m_badge->text();
  }
  return parts.join(QStringLiteral(" - "));
}

QImage TableViewer::grab(QSize pixels) {
  if (m_table.rowCount() == 0) {
    return {};
  }
  return figure(pixels, m_view->size(), [this](QPainter &painter, const QRectF &area) { m_view->paintTable(painter, area); });
}

void TableViewer::copy() {
  if (!m_payload) {
    return;
  }
  std::vector<std::size_t> lines;
  for (int line = 0; line < m_table.rowCount(); ++line) {
    if (m_view->rowSelected(line) || (m_selection->ids().empty() && m_view->rowCurrent(line))) {
      lines.push_back(static_cast<std::size_t>(line));
    }
  }
  std::unordered_map<SampleId, std::size_t> rows;
  for (std::size_t row = 0; row < m_ids->size(); ++row) {
    rows.emplace((*m_ids)[row], row);
  }
  std::transform(lines.begin(), lines.end(), lines.begin(), [&](std::size_t line) { return rows.at(m_table.idAt(static_cast<int>(line))); });
  const auto write = [payload = m_payload, lines = std::move(lines)] {
    const auto &table = std::get<Table>(*payload);
    return csv(pickedRows(table.columns, table.ids.get(), lines), '\t');
  };
  later("copy", write, [](const std::string &text) { QGuiApplication::clipboard()->setText(QString::fromStdString(text)); });
}

Json TableViewer::state() const {
  const QHeaderView &header = *m_view->horizontalHeader();
  return {{"filter", m_filter->text().toStdString()},
          {"only_selected", m_onlySelected->isChecked()},
          {"sort", header.sortIndicatorSection()},
          {"descending", header.sortIndicatorOrder() == Qt::DescendingOrder}};
}

void TableViewer::restore(const Json &state) {
  m_filter->setText(QString::fromStdString(state.value("filter", std::string())));
  m_onlySelected->setChecked(state.value("only_selected", false));
  m_view->sortByColumn(state.value("sort", -1), state.value("descending", false) ? Qt::DescendingOrder : Qt::AscendingOrder);
  applyFilter();
}

Viewer *makeTableViewer(QWidget *parent) {
  return new TableViewer(parent);
}

}  // namespace vitrine
