// Fuzzy search over all commands.
#include "widgets/command_palette.h"

#include <algorithm>

#include <QAbstractListModel>
#include <QAction>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QMenu>
#include <QPainter>
#include <QPointer>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include "widgets/theme.h"

namespace vitrine {

int fuzzyScore(const QString &pattern, const QString &text, QList<int> *hits) {
  // Best alignment by dynamic programming: 1 a letter, more at a word's start or right after the last hit.
  const qsizetype n = pattern.size(), m = text.size();
  if (n == 0) {
    return 0;
  }
  const auto at = [m](qsizetype i, qsizetype j) { return static_cast<std::size_t>(i * m + j); };
  constexpr int kNone = -1;
  std::vector<int> best(static_cast<std::size_t>(n * m), kNone);  // pattern[i] matched at text[j]
  std::vector<qsizetype> from(static_cast<std::size_t>(n * m), -1);
  for (qsizetype i = 0; i < n; ++i) {
    int bestBefore = i == 0 ? 0 : kNone;
    qsizetype before = -1;
    for (qsizetype j = 0; j < m; ++j) {
      if (i > 0 && j > 0 && best[at(i - 1, j - 1)] > bestBefore) {
        bestBefore = best[at(i - 1, j - 1)];
        before = j - 1;
      }
      if (bestBefore == kNone || pattern[i].toCaseFolded() != text[j].toCaseFolded()) {
        continue;
      }
      const bool wordStart = j == 0 || !text[j - 1].isLetterOrNumber() || (text[j].isUpper() && text[j - 1].isLower());
      const int gain = 1 + (wordStart ? 8 : 0) + (j == 0 ? 2 : 0);
      best[at(i, j)] = bestBefore + gain;
      from[at(i, j)] = before;
      if (i > 0 && j > 0 && best[at(i - 1, j - 1)] != kNone && best[at(i - 1, j - 1)] + gain + 5 > best[at(i, j)]) {
        best[at(i, j)] = best[at(i - 1, j - 1)] + gain + 5;
        from[at(i, j)] = j - 1;
      }
    }
  }
  const auto last = std::max_element(best.end() - m, best.end());
  if (m == 0 || *last == kNone) {
    return -1;
  }
  if (hits != nullptr) {
    hits->clear();
    qsizetype j = last - (best.end() - m);
    for (qsizetype i = n - 1; i >= 0; --i) {
      hits->prepend(static_cast<int>(j));
      j = from[at(i, j)];
    }
  }
  return *last;
}

class CommandModel : public QAbstractListModel {
  Q_OBJECT
 public:
  using QAbstractListModel::QAbstractListModel;
  struct Hit {
    std::size_t entry;
    int score;
    QList<int> letters;
  };

  std::vector<PaletteEntry> entries;
  std::vector<Hit> hits;

  void search(const QString &pattern) {
    beginResetModel();
    hits.clear();
    for (std::size_t i = 0; i < entries.size(); ++i) {
      Hit hit{i, 0, {}};
      hit.score = fuzzyScore(pattern, entries[i].title, &hit.letters);
      if (hit.score < 0) {  // "view table" finds Table in the group View
        const int wider = fuzzyScore(pattern, entries[i].group + u' ' + entries[i].title);
        if (wider < 0) {
          continue;
        }
        hit.score = wider / 2;
        hit.letters.clear();
      }
      hits.push_back(std::move(hit));
    }
    std::stable_sort(hits.begin(), hits.end(), [this](const Hit &a, const Hit &b) {
      return a.score != b.score ? a.score > b.score : entries[a.entry].title.size() < entries[b.entry].title.size() && a.score > 0;
    });
    endResetModel();
  }

  int rowCount(const QModelIndex &parent) const override { return parent.isValid() ? 0 : static_cast<int>(hits.size()); }
  QVariant data(const QModelIndex &index, int role) const override {
    const PaletteEntry &entry = entries[hits[static_cast<std::size_t>(index.row())].entry];
    switch (role) {
      case Qt::DisplayRole: return entry.title;
      case Qt::AccessibleTextRole: return QStringLiteral("%1, %2 %3").arg(entry.title, entry.group, entry.shortcut);
      default: return {};
    }
  }
};

namespace {

class CommandDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  QSize sizeHint(const QStyleOptionViewItem &, const QModelIndex &) const override { return {100, 32}; }

  void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override {
    const auto *model = static_cast<const CommandModel *>(index.model());
    const auto &hit = model->hits[static_cast<std::size_t>(index.row())];
    const PaletteEntry &entry = model->entries[hit.entry];
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QRect box = option.rect.adjusted(4, 0, -4, 0);
    if (option.state & QStyle::State_Selected) {
      painter->setPen(Qt::NoPen);
      painter->setBrush(option.palette.color(QPalette::Highlight));
      painter->drawRoundedRect(box, 4, 4);
    }
    entry.icon.paint(painter, QRect(box.x() + 8, box.center().y() - 7, 16, 16));
    QRect inner = box.adjusted(34, 0, -12, 0);
    painter->setFont(uiFont(9));
    painter->setPen(theme().secondary);
    const QString right = entry.shortcut.isEmpty() ? entry.group : entry.group + QStringLiteral("    ") + entry.shortcut;
    painter->drawText(inner, Qt::AlignRight | Qt::AlignVCenter, right);
    inner.setRight(inner.right() - QFontMetrics(uiFont(9)).horizontalAdvance(right) - 16);
    drawTitle(*painter, inner, entry.title, hit.letters, option.palette.color(QPalette::Link));
    painter->restore();
  }

 private:
  /// Letters that matched stand in the accent colour.
  static void drawTitle(QPainter &painter, const QRect &box, const QString &title, const QList<int> &letters, const QColor &link) {
    painter.setFont(uiFont(10));
    const QFontMetricsF metrics(painter.font());
    const QString shown = metrics.elidedText(title, Qt::ElideRight, box.width());
    double x = box.x();
    for (qsizetype begin = 0; begin < shown.size();) {
      const bool hit = letters.contains(static_cast<int>(begin));
      qsizetype end = begin + 1;
      while (end < shown.size() && letters.contains(static_cast<int>(end)) == hit) {
        ++end;
      }
      const QString run = shown.mid(begin, end - begin);
      painter.setPen(hit ? link : theme().text);
      painter.drawText(QRectF(x, box.y(), box.width(), box.height()), Qt::AlignLeft | Qt::AlignVCenter, run);
      x += metrics.horizontalAdvance(run);
      begin = end;
    }
  }
};

}  // namespace

CommandPalette::CommandPalette(QWidget *window)
    : QDialog(window, Qt::Popup | Qt::FramelessWindowHint),
      m_search(new QLineEdit(this)),
      m_list(new QListView(this)),
      m_nothing(new QLabel(tr("No command has these letters"), this)),
      m_model(new CommandModel(this)) {
  setProperty("role", "popup");
  setAccessibleName(tr("Commands"));
  m_search->setPlaceholderText(tr("Type a command, a study, a data set..."));
  m_search->setAccessibleName(tr("Search commands"));
  m_search->setFont(uiFont(12));
  m_search->installEventFilter(this);
  m_nothing->setProperty("role", "secondary");
  m_nothing->setContentsMargins(12, 0, 0, 0);
  m_list->setModel(m_model);
  m_list->setItemDelegate(new CommandDelegate(m_list));
  m_list->setFocusPolicy(Qt::NoFocus);
  m_list->setUniformItemSizes(true);
  m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_list->setAccessibleName(tr("Matching commands"));
  auto *column = new QVBoxLayout(this);
  column->setContentsMargins(8, 8, 8, 8);
  column->setSpacing(8);
  column->addWidget(m_search);
  column->addWidget(m_list, 1);
  column->addWidget(m_nothing);
  connect(m_search, &QLineEdit::textChanged, this, [this](const QString &text) { search(text); });
  connect(m_list, &QListView::clicked, this, &CommandPalette::runCurrent);
}

void CommandPalette::setCommands(const QList<std::pair<QString, QList<QAction *>>> &groups, std::vector<PaletteEntry> entries) {
  std::vector<PaletteEntry> all;
  for (const auto &[group, actions] : groups) {
    for (QAction *action : actions) {
      if (action->isSeparator() || action->menu() != nullptr || !action->isEnabled() || !action->isVisible() || action->text().isEmpty()) {
        continue;
      }
      QString title = action->text();
      title.remove(u'&');
      const QPointer<QAction> target(action);
      all.push_back({title, group, action->shortcut().toString(QKeySequence::NativeText), action->icon(), [target] {
                       if (target) {
                         target->trigger();
                       }
                     }});
    }
  }
  std::move(entries.begin(), entries.end(), std::back_inserter(all));
  m_model->entries = std::move(all);
  m_model->search(m_search->text().simplified());
}

void CommandPalette::popUp() {
  const QWidget *window = parentWidget();
  const int width = std::min(640, window->width() - 48);
  resize(width, std::min(420, std::max(160, window->height() - 160)));
  move(window->mapToGlobal(QPoint((window->width() - width) / 2, std::min(96, window->height() / 8))));
  m_tallest = height();
  m_search->clear();
  search({});
  QDialog::show();
  m_search->setFocus();
}

void CommandPalette::search(const QString &text) {
  m_model->search(text.simplified());
  m_list->setCurrentIndex(m_model->index(0));
  m_list->setVisible(shown() > 0);
  m_nothing->setVisible(shown() == 0);
  resize(width(), std::min(m_tallest, m_search->sizeHint().height() + 28 + 32 * std::max(1, shown())));
}

int CommandPalette::shown() const {
  return static_cast<int>(m_model->hits.size());
}

bool CommandPalette::eventFilter(QObject *watched, QEvent *event) {
  if (watched != m_search || event->type() != QEvent::KeyPress) {
    return QDialog::eventFilter(watched, event);
  }
  const int key = static_cast<QKeyEvent *>(event)->key();
  const int rows = shown(), page = std::max(1, m_list->height() / 32 - 1), now = m_list->currentIndex().row();
  const auto go = [this, rows](int row) { m_list->setCurrentIndex(m_model->index(std::clamp(row, 0, std::max(0, rows - 1)))); };
  switch (key) {
    case Qt::Key_Down: go(now + 1 < rows ? now + 1 : 0); return true;
    case Qt::Key_Up: go(now > 0 ? now - 1 : rows - 1); return true;
    case Qt::Key_PageDown: go(now + page); return true;
    case Qt::Key_PageUp: go(now - page); return true;
    case Qt::Key_Return:
    case Qt::Key_Enter: runCurrent(); return true;
    case Qt::Key_Escape: close(); return true;
    default: return false;
  }
}

void CommandPalette::runCurrent() {
  const QModelIndex index = m_list->currentIndex();
  if (!index.isValid()) {
    return;
  }
  const auto run = m_model->entries[m_model->hits[static_cast<std::size_t>(index.row())].entry].run;
  close();
  run();
}

}  // namespace vitrine

#include "command_palette.moc"
