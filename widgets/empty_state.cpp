// An empty place explains itself.
#include "widgets/empty_state.h"

#include <QAction>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

#include "widgets/icon_label.h"

namespace vitrine {

EmptyState::EmptyState(const QString &iconName, const QString &title, const QString &sentence, QWidget *parent)
    : QWidget(parent), m_title(new QLabel(this)), m_sentence(new QLabel(this)), m_buttons(new QHBoxLayout) {
  m_title->setProperty("role", "title");
  m_sentence->setProperty("role", "secondary");
  for (auto *label : {m_title, m_sentence}) {
    label->setAlignment(Qt::AlignCenter);
    label->setWordWrap(true);
  }
  m_buttons->setSpacing(8);
  m_buttons->setAlignment(Qt::AlignCenter);
  auto *middle = new QWidget(this);
  middle->setMaximumWidth(420);
  auto *column = new QVBoxLayout(middle);
  column->setContentsMargins(12, 12, 12, 12);
  column->setSpacing(8);
  column->addStretch(2);
  column->addWidget(new IconLabel(iconName, 32, IconLabel::Tone::Secondary, middle), 0, Qt::AlignHCenter);
  column->addWidget(m_title);
  column->addWidget(m_sentence);
  column->addSpacing(4);
  column->addLayout(m_buttons);
  column->addStretch(3);
  auto *across = new QHBoxLayout(this);
  across->setContentsMargins(0, 0, 0, 0);
  across->addStretch(1);
  across->addWidget(middle, 1000);  // takes what it may, so that the sentence wraps late
  across->addStretch(1);
  setText(title, sentence);
}

void EmptyState::setText(const QString &title, const QString &sentence) {
  m_title->setText(title);
  m_title->setVisible(!title.isEmpty());
  m_sentence->setText(sentence);
  m_sentence->setVisible(!sentence.isEmpty());
}

QPushButton *EmptyState::addAction(QAction *action) {
  auto *button = new QPushButton(action->text(), this);
  button->setProperty("primary", m_buttons->count() == 0);
  button->setToolTip(action->toolTip());
  button->setEnabled(action->isEnabled());
  connect(button, &QPushButton::clicked, action, &QAction::trigger);
  connect(action, &QAction::changed, button, [button, action] { button->setEnabled(action->isEnabled()); });
  m_buttons->addWidget(button);
  return button;
}

}  // namespace vitrine
