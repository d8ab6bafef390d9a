// A column that is as wide as its place and scrolls down only.
#pragma once

#include <QScrollArea>
#include <QScrollBar>

namespace vitrine {

inline QScrollArea *scrolled(QWidget *content, QWidget *parent) {
  auto *area = new QScrollArea(parent);
  area->setWidgetResizable(true);
  area->setFrameShape(QFrame::NoFrame);
  area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  area->setFocusPolicy(Qt::NoFocus);
  area->setWidget(content);
  return area;
}

/// What is new stands at the upper end.
inline void scrollToTop(const QWidget *content) {
  if (auto *area = qobject_cast<QScrollArea *>(content->parentWidget()->parentWidget())) {
    area->verticalScrollBar()->setValue(0);
  }
}

}  // namespace vitrine
