// Counted on the interactive lane: a selection may hold a million ids.
#include "widgets/selection_summary.h"

#include <algorithm>
#include <map>

#include <QPainter>

#include "widgets/format.h"
#include "widgets/selection.h"
#include "widgets/task.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {
constexpr int kLine = 20;
constexpr std::size_t kMostLines = 6;
}  // namespace

SelectionSummary::SelectionSummary(Lane *lane, QWidget *parent) : QWidget(parent), m_lane(lane) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void SelectionSummary::setContext(std::shared_ptr<const Dataset> dataset, Selection *selection) {
  if (m_selection != nullptr) {
    disconnect(m_selection, nullptr, this, nullptr);
  }
  m_dataset = std::move(dataset);
  m_selection = selection;
  if (m_selection != nullptr) {
    connect(m_selection, &Selection::changed, this, &SelectionSummary::count);
    connect(m_selection, &QObject::destroyed, this, [this] { m_selection = nullptr; });
  }
  count();
}

void SelectionSummary::count() {
  m_text.clear();
  m_shares.clear();
  if (m_dataset && m_selection != nullptr) {
    const auto selected = static_cast<qint64>(m_selection->ids().size()), all = static_cast<qint64>(m_dataset->count());
    m_text = selected == 0 ? tr("Nothing selected") : tr("%1 of %2 selected").arg(vitrine::count(selected), counted(all, tr("sample"), tr("samples")));
    const auto byLabel = [dataset = m_dataset, ids = m_selection->ids()] {
      std::map<std::int32_t, qint64> counts;
      const Column *label = dataset->label();
      for (std::size_t i = 0; label != nullptr && i < ids.size(); ++i) {
        if (const auto row = dataset->row(ids[i])) {
          ++counts[label->codes[*row]];
        }
      }
      return counts;
    };
    m_lane->ask(QStringLiteral("selection-summary"), this, byLabel, [this](const std::map<std::int32_t, qint64> &counts) {
      const Column *label = m_dataset ? m_dataset->label() : nullptr;
      m_shares.clear();
      for (const auto &[code, selectedOfIt] : counts) {
        const auto known = label != nullptr && code >= 0 && static_cast<std::size_t>(code) < label->categories.size();
        m_shares.push_back({known ? QString::fromStdString(label->categories[static_cast<std::size_t>(code)]) : tr("no label"),
                            known ? categoryColour(static_cast<std::size_t>(code), label->categories.size()) : theme().secondary, selectedOfIt});
      }
      std::stable_sort(m_shares.begin(), m_shares.end(), [](const Share &a, const Share &b) { return a.selected > b.selected; });
      updateGeometry();
      update();
    });
  }
  setAccessibleName(m_text);
  updateGeometry();
  update();
}

QSize SelectionSummary::sizeHint() const {
  const std::size_t lines = std::min(m_shares.size(), kMostLines) + (m_shares.size() > kMostLines ? 1 : 0);
  return {200, kLine + static_cast<int>(lines) * kLine};
}

void SelectionSummary::paintEvent(QPaintEvent *) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setFont(uiFont(10));
  painter.setPen(m_selection != nullptr && !m_selection->ids().empty() ? theme().text : theme().secondary);
  painter.drawText(QRect(0, 0, width(), kLine), Qt::AlignLeft | Qt::AlignVCenter, m_text);
  painter.setFont(uiFont(9));
  const int number = painter.fontMetrics().horizontalAdvance(QStringLiteral("000,000")) + 4, name = std::min(112, width() / 3);
  const qint64 most = m_shares.empty() ? 1 : m_shares.front().selected;
  int y = kLine;
  for (std::size_t i = 0; i < std::min(m_shares.size(), kMostLines); ++i, y += kLine) {
    const Share &share = m_shares[i];
    const QRect line(0, y, width(), kLine);
    painter.setPen(theme().text);
    painter.drawText(line, Qt::AlignLeft | Qt::AlignVCenter, painter.fontMetrics().elidedText(share.name, Qt::ElideRight, name));
    const double room = width() - name - number - 16;
    const QRectF bar(name + 8, y + kLine / 2.0 - 3, std::max(2.0, room * static_cast<double>(share.selected) / static_cast<double>(most)), 6);
    painter.setPen(Qt::NoPen);
    painter.setBrush(share.colour);
    painter.drawRoundedRect(bar, 2, 2);
    painter.setPen(theme().secondary);
    painter.drawText(line, Qt::AlignRight | Qt::AlignVCenter, vitrine::count(share.selected));
  }
  if (m_shares.size() > kMostLines) {
    painter.setPen(theme().secondary);
    painter.drawText(QRect(0, y, width(), kLine), Qt::AlignLeft | Qt::AlignVCenter, tr("and %1 more labels").arg(m_shares.size() - kMostLines));
  }
}

}  // namespace vitrine
