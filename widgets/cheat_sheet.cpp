// The sheet of keys over a dimmed window.
#include "widgets/cheat_sheet.h"

#include <algorithm>

#include <QAction>
#include <QGridLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QScrollArea>
#include <QVBoxLayout>

#include "widgets/theme.h"

namespace vitrine {

namespace {

/// Keys as caps: "Ctrl+K" becomes two, "Shift+drag" a key and a word.
QWidget *keyCaps(const QString &keys, QWidget *parent) {
  auto *box = new QWidget(parent);
  auto *row = new QHBoxLayout(box);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(4);
  row->addStretch();
  QStringList parts = keys.split(u'+', Qt::SkipEmptyParts);
  if (keys.endsWith(u'+')) {  // the plus key itself
    parts.append(QStringLiteral("+"));
  }
  for (const QString &part : parts) {
    auto *cap = new QLabel(part.trimmed(), box);
    cap->setProperty("role", "key");
    row->addWidget(cap);
  }
  return box;
}

QWidget *groupWidget(const CheatGroup &group, QWidget *parent) {
  auto *widget = new QWidget(parent);
  auto *grid = new QGridLayout(widget);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setHorizontalSpacing(12);
  grid->setVerticalSpacing(4);
  grid->setColumnStretch(1, 1);
  grid->setColumnMinimumWidth(0, 104);
  auto *title = new QLabel(group.title, widget);
  title->setProperty("role", "section");
  grid->addWidget(title, 0, 0, 1, 2);
  int line = 1;
  for (const auto &[keys, what] : group.lines) {
    auto *text = new QLabel(what, widget);
    text->setWordWrap(true);
    grid->addWidget(keyCaps(keys, widget), line, 0, Qt::AlignTop);
    grid->addWidget(text, line++, 1, Qt::AlignVCenter);
  }
  return widget;
}

}  // namespace

CheatGroup cheatGroup(const QString &title, const QList<QAction *> &actions) {
  CheatGroup group{title, {}};
  for (const QAction *action : actions) {
    if (!action->shortcut().isEmpty()) {
      QString text = action->text();
      text.remove(u'&').remove(QStringLiteral("..."));
      group.lines.emplace_back(action->shortcut().toString(QKeySequence::NativeText), text);
    }
  }
  return group;
}

CheatSheet::CheatSheet(QWidget *window) : QWidget(window) {
  setFocusPolicy(Qt::StrongFocus);
  setAccessibleName(tr("Keyboard and mouse"));
  window->installEventFilter(this);
  hide();
}

void CheatSheet::popUp(const std::vector<CheatGroup> &groups) {
  const QSize room = parentWidget()->size();
  setGeometry(QRect(QPoint(), room));
  fill(groups, std::clamp(room.width() / 340, 1, 3));
  show();
  raise();
  setFocus();
}

void CheatSheet::fill(const std::vector<CheatGroup> &groups, int columns) {
  delete m_sheet;
  m_sheet = new QWidget(this);
  m_sheet->setAttribute(Qt::WA_StyledBackground);
  m_sheet->setProperty("role", "popup");
  auto *outer = new QVBoxLayout(m_sheet);
  outer->setContentsMargins(24, 20, 24, 20);
  outer->setSpacing(16);
  auto *title = new QLabel(tr("Keyboard and mouse"), m_sheet);
  title->setProperty("role", "heading");
  auto *hint = new QLabel(tr("Any key closes this"), m_sheet);
  hint->setProperty("role", "small");
  auto *head = new QHBoxLayout;
  head->addWidget(title);
  head->addStretch();
  head->addWidget(hint);
  outer->addLayout(head);
  auto *content = new QWidget;
  auto *across = new QHBoxLayout(content);
  across->setContentsMargins(0, 0, 0, 0);
  across->setSpacing(32);
  std::vector<QVBoxLayout *> stacks;
  std::vector<std::size_t> heights(static_cast<std::size_t>(columns), 0);
  for (int i = 0; i < columns; ++i) {
    stacks.push_back(new QVBoxLayout);
    stacks.back()->setSpacing(20);
    across->addLayout(stacks.back(), 1);
  }
  for (const auto &group : groups) {  // each group goes where least stands
    if (!group.lines.empty()) {
      const auto shortest = static_cast<std::size_t>(std::min_element(heights.begin(), heights.end()) - heights.begin());
      stacks[shortest]->addWidget(groupWidget(group, content));
      heights[shortest] += group.lines.size() + 2;
    }
  }
  for (auto *stack : stacks) {
    stack->addStretch();
  }
  auto *scroll = new QScrollArea(m_sheet);
  scroll->setWidgetResizable(true);
  scroll->setFocusPolicy(Qt::NoFocus);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->viewport()->setAutoFillBackground(false);
  scroll->setWidget(content);
  content->setAutoFillBackground(false);  // setWidget() turns it on
  outer->addWidget(scroll, 1);
  const int width = std::min(this->width() - 64, 320 * columns + 64);
  const int wanted = content->layout()->hasHeightForWidth() ? content->layout()->totalHeightForWidth(width - 48) : content->sizeHint().height();
  const QSize size(width, std::min(height() - 64, wanted + 100));
  m_sheet->setGeometry(QRect(QPoint((this->width() - size.width()) / 2, (height() - size.height()) / 2), size));
  m_sheet->show();
}

bool CheatSheet::eventFilter(QObject *watched, QEvent *event) {
  if (watched == parentWidget() && event->type() == QEvent::Resize) {
    hide();  // laid out for the old size
  }
  return QWidget::eventFilter(watched, event);
}

void CheatSheet::keyPressEvent(QKeyEvent *) {
  hide();
}
void CheatSheet::mousePressEvent(QMouseEvent *) {
  hide();
}

void CheatSheet::paintEvent(QPaintEvent *) {
  QPainter(this).fillRect(rect(), QColor(0, 0, 0, theme().dark ? 140 : 70));
}

}  // namespace vitrine
