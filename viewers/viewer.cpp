// Ground and tools of all viewers.
#include "viewers/viewer.h"

#include <QAbstractButton>
#include <QAbstractSlider>
#include <QApplication>
#include <QKeyEvent>
#include <QPainter>

#include "widgets/theme.h"

namespace vitrine {

QAction *Viewer::addTool(const QString &iconName, const QString &text, const QString &shortcut, const QString &toolTip) {
  auto *action = new QAction(icon(iconName), text, this);
  action->setShortcut(QKeySequence(shortcut));
  action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
  action->setToolTip(QStringLiteral("%1 (%2)").arg(toolTip, action->shortcut().toString(QKeySequence::NativeText)));
  addAction(action);
  return action;
}

bool Viewer::event(QEvent *event) {
  if (event->type() == QEvent::ShortcutOverride) {  // comes up from the part that has the focus
    const auto *pressed = static_cast<QKeyEvent *>(event);
    const int key = (pressed->modifiers() & ~Qt::KeypadModifier) == 0 ? pressed->key() : 0;
    const QWidget *focus = QApplication::focusWidget();
    const bool arrow = key >= Qt::Key_Left && key <= Qt::Key_Down;
    if ((arrow && qobject_cast<const QAbstractSlider *>(focus) != nullptr) ||
        (key == Qt::Key_Space && qobject_cast<const QAbstractButton *>(focus) != nullptr)) {
      event->accept();
      return true;
    }
  }
  return QWidget::event(event);
}

void Viewer::paintEvent(QPaintEvent *) {
  QPainter(this).fillRect(rect(), theme().panel);
}

}  // namespace vitrine
