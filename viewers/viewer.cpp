// Ground and tools of all viewers.
#include "viewers/viewer.h"

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

void Viewer::paintEvent(QPaintEvent *) {
  QPainter(this).fillRect(rect(), theme().panel);
}

}  // namespace vitrine
