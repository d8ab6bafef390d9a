// The first thing one sees: the demo, opening, what was open lately, and the shelf of studies.
#pragma once

#include <QWidget>

class QBoxLayout;
class QLabel;
class QLineEdit;
class QVBoxLayout;

namespace vitrine {

class CardGrid;

/// Reflows from 800 to 2560 px; everything on it is reached by Tab, the cards also by the arrow keys.
class StartPage : public QWidget {
  Q_OBJECT
 public:
  explicit StartPage(QWidget *parent = nullptr);

  /// Projects and files, newest first. Those that are gone are greyed, called "missing" and can only be removed.
  void setRecent(const QStringList &paths);
  /// Puts the cursor into the shelf's search field.
  void focusSearch();

 Q_SIGNALS:
  void demoRequested();
  void workshopRequested();
  void openRequested();
  void openFolderRequested();
  void recentRequested(const QString &path);
  void recentRemoved(const QString &path);  ///< the row is already gone from the page; the owner forgets the path
  void studyRequested(const QString &id);
  void helpRequested(const QString &page);

 protected:
  void resizeEvent(QResizeEvent *event) override;

 private:
  QWidget *makeDemo();
  QWidget *makeOpening();
  QWidget *makeShelf();
  void filterShelf(const QString &text);

  QBoxLayout *m_top = nullptr, *m_demo = nullptr, *m_buttons = nullptr;
  QVBoxLayout *m_recent = nullptr, *m_page = nullptr;
  QLabel *m_recentTitle = nullptr, *m_shelfTitle = nullptr, *m_noMatch = nullptr;
  QLineEdit *m_search = nullptr;
  CardGrid *m_grid = nullptr;
  QStringList m_paths;
};

}  // namespace vitrine
