// One study on the shelf, and the grid that lays the cards out in equal columns.
#pragma once

#include <functional>
#include <vector>

#include <QAbstractButton>
#include <QPixmap>

#include "core/study.h"

namespace vitrine {

class StudyCard : public QAbstractButton {
  Q_OBJECT
 public:
  explicit StudyCard(const StudyInfo &study, QWidget *parent = nullptr);

  static constexpr int kMinimumWidth = 248, kPictureHeight = 128;
  const QString &id() const { return m_id; }
  /// Every word of `text` is somewhere in title, paper, summary, family or id.
  bool matches(const QString &text) const;
  QSize sizeHint() const override;

 protected:
  void paintEvent(QPaintEvent *event) override;
  void keyPressEvent(QKeyEvent *event) override;
  void changeEvent(QEvent *event) override;

 private:
  QString m_id, m_family, m_paper, m_summary;
  QPixmap m_picture;  ///< drawn when first painted at a size
};

/// Equal columns, as many as fit at the cards' minimum width; arrow keys walk the grid.
class CardGrid : public QWidget {
  Q_OBJECT
 public:
  explicit CardGrid(QWidget *parent = nullptr);

  void add(StudyCard *card);
  /// Shows the cards that match; returns how many.
  int filter(const QString &text);
  int columns() const;

  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void resizeEvent(QResizeEvent *event) override;
  void keyPressEvent(QKeyEvent *event) override;

 private:
  std::vector<StudyCard *> shown() const;
  int columnsFor(int width) const;
  void place();
  std::vector<StudyCard *> m_cards;
};

}  // namespace vitrine
