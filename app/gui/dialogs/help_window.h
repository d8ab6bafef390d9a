// Reads the help: an index that is also the search, and the page.
#pragma once

#include <QHash>
#include <QImage>
#include <QUrl>
#include <QWidget>

#include "app/gui/dialogs/help_pages.h"

class QLineEdit;
class QListWidget;
class QTextBrowser;

namespace vitrine {

class HelpWindow : public QWidget {
  Q_OBJECT
 public:
  explicit HelpWindow(QWidget *parent = nullptr);

  /// "projection", "projection.md", "projection.md#anchor" or "study:tsne"; an unknown page shows the first one.
  void open(const QString &page);
  QString current() const { return m_current; }  ///< id of the page on show

 protected:
  bool eventFilter(QObject *watched, QEvent *event) override;
  void changeEvent(QEvent *event) override;
  void keyPressEvent(QKeyEvent *event) override;

 private:
  void makeParts();
  void fillIndex();
  void render();
  void fitPictures(int textWidth);
  void follow(const QUrl &url);
  void step(int by);

  std::vector<HelpPage> m_pages;
  QLineEdit *m_search;
  QListWidget *m_index;
  QTextBrowser *m_text;
  QHash<QUrl, QImage> m_pictures;  ///< of the page on show, whole
  QString m_current;
  QStringList m_history;
  int m_place = -1;  ///< in the history
};

}  // namespace vitrine
