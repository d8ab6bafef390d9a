// A bar that says what is wrong, and what to do.
#include "widgets/banner.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPushButton>
#include <QStyle>
#include <QTimer>
#include <QToolButton>

#include "widgets/icon_label.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

QPushButton *flatButton(const QString &text, QWidget *parent) {
  auto *button = new QPushButton(text, parent);
  button->setProperty("flat", true);
  return button;
}

}  // namespace

Banner::Banner(QWidget *parent)
    : QWidget(parent),
      m_icon(new IconLabel(QStringLiteral("error"), 16, IconLabel::Tone::Error, this)),
      m_what(new QLabel(this)),
      m_action(flatButton({}, this)),
      m_copy(flatButton(tr("Copy details"), this)) {
  setAttribute(Qt::WA_StyledBackground);
  m_what->setWordWrap(true);
  m_what->setTextFormat(Qt::PlainText);  // file names may hold anything
  m_what->setTextInteractionFlags(Qt::TextSelectableByMouse);
  auto *close = new QToolButton(this);
  close->setIcon(icon(QStringLiteral("close")));
  close->setAccessibleName(tr("Close this message"));
  close->setToolTip(tr("Close (Esc)"));
  auto *row = new QHBoxLayout(this);
  row->setContentsMargins(12, 6, 8, 6);
  row->setSpacing(8);
  row->addWidget(m_icon);
  row->addWidget(m_what, 1);
  row->addWidget(m_action);
  row->addWidget(m_copy);
  row->addWidget(close);
  connect(close, &QToolButton::clicked, this, &Banner::dismiss);
  connect(m_action, &QPushButton::clicked, this, [this] {
    const auto run = m_run;
    dismiss();
    run();
  });
  connect(m_copy, &QPushButton::clicked, this, [this] {
    QGuiApplication::clipboard()->setText(m_details);
    m_copy->setText(tr("Copied"));
    QTimer::singleShot(1500, m_copy, [this] { m_copy->setText(tr("Copy details")); });
  });
  hide();
}

void Banner::show(Kind kind, const QString &what, const QString &advice, const QString &details) {
  const bool error = kind == Kind::Error;
  const QString text = advice.isEmpty() ? what : tr("%1. %2").arg(what.endsWith(u'.') ? what.chopped(1) : what, advice);
  m_what->setText(text);
  m_details = details.isEmpty() ? text : details;
  m_run = nullptr;
  m_action->hide();
  m_icon->setIcon(error ? QStringLiteral("error") : QStringLiteral("warning"), error ? IconLabel::Tone::Error : IconLabel::Tone::Warning);
  setProperty("role", error ? "banner-error" : "banner-warning");
  setAccessibleName((error ? tr("Error: %1") : tr("Warning: %1")).arg(text));
  style()->unpolish(this);
  style()->polish(this);
  QWidget::show();
}

void Banner::setAction(const QString &text, std::function<void()> run) {
  m_run = std::move(run);
  m_action->setText(text);
  m_action->setVisible(m_run != nullptr);
}

void Banner::dismiss() {
  hide();
  Q_EMIT dismissed();
}

QString Banner::text() const {
  return m_what->text();
}

void Banner::keyPressEvent(QKeyEvent *event) {
  if (event->key() == Qt::Key_Escape) {
    dismiss();
  } else {
    QWidget::keyPressEvent(event);
  }
}

}  // namespace vitrine
