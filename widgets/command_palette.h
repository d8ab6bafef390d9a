// Ctrl+K: every command of the program by a few letters of its name, without the mouse.
#pragma once

#include <functional>
#include <vector>

#include <QDialog>
#include <QKeySequence>

class QAction;
class QLabel;
class QLineEdit;
class QListView;

namespace vitrine {

struct PaletteEntry {
  QString title;  ///< "Open Fashion-MNIST"
  QString group;  ///< "Data", "Study", "View"...; shown small on the right
  QString shortcut;
  QIcon icon;
  std::function<void()> run;
};

/// How well `pattern` fits `text`, -1 if its letters do not all occur in order; word starts and runs of letters count more. `hits` gets the positions.
int fuzzyScore(const QString &pattern, const QString &text, QList<int> *hits = nullptr);

class CommandModel;

class CommandPalette : public QDialog {
  Q_OBJECT
 public:
  explicit CommandPalette(QWidget *window);

  /// What is offered now: enabled, visible actions with a text (group from the menu's title if given), then the entries.
  void setCommands(const QList<std::pair<QString, QList<QAction *>>> &groups, std::vector<PaletteEntry> entries = {});
  void popUp();  ///< above the middle of the window, empty search, focus in it
  int shown() const;

 protected:
  bool eventFilter(QObject *watched, QEvent *event) override;

 private:
  void search(const QString &text);
  void runCurrent();
  QLineEdit *m_search;
  QListView *m_list;
  QLabel *m_nothing;
  int m_tallest = 420;
  CommandModel *m_model;
};

}  // namespace vitrine
