// A scrolling grid of thumbnails that only knows what is in view: a hundred thousand samples cost no more than a hundred.
#pragma once

#include <functional>
#include <memory>
#include <unordered_map>

#include <QAbstractScrollArea>
#include <QElapsedTimer>
#include <QTimer>

#include "core/dataset.h"
#include "widgets/thumbnail_cache.h"

namespace vitrine {

class Selection;

class ThumbnailGrid : public QAbstractScrollArea {
  Q_OBJECT
 public:
  explicit ThumbnailGrid(QWidget *parent = nullptr);

  using Caption = std::function<QString(SampleId)>;
  /// Keeps the scroll position where the ids stay the same.
  void setItems(std::shared_ptr<const Dataset> dataset, std::vector<SampleId> ids, Caption caption);
  void setSelection(Selection *selection);  ///< null: nothing to follow
  /// Off where the grid shows the selection itself: a plain click must not empty it.
  void setClickSelects(bool on) { m_clickSelects = on; }
  void setSide(int logicalPixels);  ///< of a thumbnail's box
  int side() const { return m_side; }
  const std::vector<SampleId> &ids() const { return m_ids; }
  std::size_t firstRow() const;
  void scrollTo(SampleId id);

  /// Paints rows from `firstRow` into `area`; `wait` = decode what is missing at once, as far as some 40 ms reach.
  void paint(QPainter &painter, const QRectF &area, double top, bool withMarks, bool wait);
  std::optional<std::size_t> indexAt(QPointF position) const;  ///< in the viewport
  QRectF cellRect(std::size_t index) const;                    ///< in the viewport
  int columns() const { return columnsIn(viewport()->width()); }

 protected:
  void paintEvent(QPaintEvent *event) override;
  void resizeEvent(QResizeEvent *event) override;
  void mousePressEvent(QMouseEvent *event) override;
  void mouseMoveEvent(QMouseEvent *event) override;
  void keyPressEvent(QKeyEvent *event) override;
  bool viewportEvent(QEvent *event) override;

 private:
  int columnsIn(double width) const;
  double spreadPitch(double width) const;
  QRectF cellIn(const QRectF &area, double top, std::size_t index) const;
  void paintCell(QPainter &painter, const QRectF &cell, SampleId id, bool withMarks, bool wait);
  void updateScrollBar();
  void selectOrMark(SampleId id, Qt::KeyboardModifiers modifiers);
  std::optional<std::size_t> indexOf(SampleId id) const;
  void toolTipFor(std::size_t index, const QPoint &globalPosition);

  std::shared_ptr<const Dataset> m_dataset;
  std::vector<SampleId> m_ids;
  Caption m_caption;
  mutable std::unordered_map<SampleId, std::size_t> m_indexOf;  ///< made when first asked for
  Selection *m_selection = nullptr;
  ThumbnailCache m_cache;
  QTimer m_soon;  ///< many pictures become ready at once: one repaint for all
  QElapsedTimer m_waited;
  bool m_clickSelects = true;
  int m_side = 96;
};

}  // namespace vitrine
