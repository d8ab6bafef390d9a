// Lines of the log.
#include "widgets/log_view.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QTime>

#include "widgets/theme.h"

namespace vitrine {

LogView::LogView(QWidget *parent) : QWidget(parent), m_text(new QPlainTextEdit(this)) {
  m_text->setReadOnly(true);
  m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  m_text->setTabChangesFocus(true);
  m_text->setMaximumBlockCount(5000);
  m_text->setFont(monoFont(9));
  m_text->setPlaceholderText(tr("What runs say about themselves appears here."));
  m_text->setAccessibleName(tr("Log"));
  m_text->document()->setDocumentMargin(8);
  auto *copy = new QPushButton(tr("Copy log"), this);
  auto *clearButton = new QPushButton(tr("Clear"), this);
  for (auto *button : {copy, clearButton}) {
    button->setProperty("flat", true);
  }
  auto *buttons = new QHBoxLayout;
  buttons->setContentsMargins(8, 0, 8, 4);
  buttons->addStretch();
  buttons->addWidget(copy);
  buttons->addWidget(clearButton);
  auto *column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(m_text, 1);
  column->addLayout(buttons);
  connect(copy, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(text()); });
  connect(clearButton, &QPushButton::clicked, this, &LogView::clear);
}

void LogView::append(const QString &line, const QString &source) {
  const QString head = QTime::currentTime().toString(QStringLiteral("HH:mm:ss  "));
  m_text->appendPlainText(head + (source.isEmpty() ? line : source + QStringLiteral(": ") + line));  // keeps the scroll position unless at the end
}

QString LogView::text() const {
  return m_text->toPlainText();
}

void LogView::clear() {
  m_text->clear();
}

}  // namespace vitrine
