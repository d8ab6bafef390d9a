// What a place shows while it is empty: what it is for, and the next step as a button.
#pragma once

#include <QWidget>

class QAction;
class QHBoxLayout;
class QLabel;
class QPushButton;

namespace vitrine {

class EmptyState : public QWidget {
  Q_OBJECT
 public:
  EmptyState(const QString &iconName, const QString &title, const QString &sentence, QWidget *parent = nullptr);

  void setText(const QString &title, const QString &sentence);
  /// A button for the action; the first one is the primary one.
  QPushButton *addAction(QAction *action);
  using QWidget::addAction;

 private:
  QLabel *m_title, *m_sentence;
  QHBoxLayout *m_buttons;
};

}  // namespace vitrine
