// H: all keys and mouse moves on one sheet over the window, gone at the next key or click.
#pragma once

#include <vector>

#include <QWidget>

class QAction;
class QGridLayout;

namespace vitrine {

struct CheatGroup {
  QString title;
  std::vector<std::pair<QString, QString>> lines;  ///< keys, what they do
};
/// The shortcuts of those actions that have one.
CheatGroup cheatGroup(const QString &title, const QList<QAction *> &actions);

class CheatSheet : public QWidget {
  Q_OBJECT
 public:
  explicit CheatSheet(QWidget *window);  ///< covers its parent when popped up

  void popUp(const std::vector<CheatGroup> &groups);

 protected:
  bool eventFilter(QObject *watched, QEvent *event) override;
  void keyPressEvent(QKeyEvent *event) override;
  void mousePressEvent(QMouseEvent *event) override;
  void paintEvent(QPaintEvent *event) override;

 private:
  void fill(const std::vector<CheatGroup> &groups, int columns);
  QWidget *m_sheet = nullptr;
};

}  // namespace vitrine
