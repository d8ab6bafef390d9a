// What the colours mean: categories with their counts, or a bar for numbers. The same painting serves the side panel and pictures.
#pragma once

#include <QPainter>
#include <QWidget>

#include "viewers/projection/scene.h"
#include "widgets/selection.h"
#include "widgets/theme.h"

namespace vitrine {

struct LegendModel {
  QString title;  ///< the column's name; empty = no legend
  std::vector<LegendEntry> entries;
  std::vector<qint64> counts;  ///< samples of each entry; empty for numbers
  bool shapes = false;         ///< forms beside colours

  bool numeric() const { return counts.empty(); }
};

/// Colouring by a column that stands in row order. `column` may be null.
LegendModel legendModel(const Column *column, bool shapes);
Shape shapeOf(std::size_t category);

class Legend : public QWidget {
  Q_OBJECT
 public:
  explicit Legend(QWidget *parent = nullptr);
  void setModel(const LegendModel &model);
  const LegendModel &model() const { return m_model; }
  QRect entryRect(int entry) const;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return {80, 22}; }

  /// Height that paint() needs, title included if there is one.
  static double heightFor(const LegendModel &model, bool withTitle);
  static void paint(QPainter &painter, const QRectF &area, const LegendModel &model, bool withTitle, int marked = -1);

 Q_SIGNALS:
  /// Index into the model's entries; never for numbers.
  void entryChosen(int entry, vitrine::SelectMode mode);

 protected:
  void paintEvent(QPaintEvent *event) override;
  void mousePressEvent(QMouseEvent *event) override;
  void mouseMoveEvent(QMouseEvent *event) override;
  void leaveEvent(QEvent *event) override;
  void keyPressEvent(QKeyEvent *event) override;
  void focusInEvent(QFocusEvent *event) override;
  void focusOutEvent(QFocusEvent *event) override;

 private:
  int entryAt(const QPoint &position) const;
  void mark(int entry);
  LegendModel m_model;
  int m_marked = -1;
};

}  // namespace vitrine
