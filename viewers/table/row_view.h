// A table view whose selected rows are the samples of a Selection: a hundred thousand of them cost a look-up per visible row, not a list of ranges.
#pragma once

#include <QTableView>

#include "core/buffers.h"

namespace vitrine {

class ColumnTable;
class Selection;

class RowView : public QTableView {
  Q_OBJECT
 public:
  explicit RowView(ColumnTable *table, QWidget *parent = nullptr);
  /// `hasIds` false: the ids are mere row numbers and their column is hidden.
  void setSelection(Selection *selection, bool hasIds);
  bool rowSelected(int line) const;
  bool rowCurrent(int line) const;
  void scrollToSample(SampleId id);
  int firstLine() const { return qMax(0, rowAt(0)); }

  /// Header and rows from the first one in view, into a picture's area.
  void paintTable(QPainter &painter, const QRectF &area) const;

 protected:
  void mousePressEvent(QMouseEvent *event) override;
  void mouseMoveEvent(QMouseEvent *event) override;
  void leaveEvent(QEvent *event) override;
  void keyPressEvent(QKeyEvent *event) override;

 private:
  std::vector<SampleId> idsBetween(int from, int to) const;
  void pick(int line, Qt::KeyboardModifiers modifiers);
  void paintRow(QPainter &painter, const QRectF &place, int line, double firstX, int firstColumn) const;

  ColumnTable *m_table;
  Selection *m_selection = nullptr;
  int m_anchor = -1;  ///< line of the last plain click: Shift picks from here
};

}  // namespace vitrine
