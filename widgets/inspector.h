// The right panel: the current sample itself, its columns, its nearest neighbours in the original space, its attention, and a word on the selection.
#pragma once

#include <memory>

#include <QImage>
#include <QWidget>

#include "core/dataset.h"
#include "core/sources.h"

class QLabel;
class QStackedWidget;
class QTableWidget;
class QVBoxLayout;

namespace vitrine {

class Lane;
class NeighbourStrip;
class SamplePicture;
class Selection;
class SelectionSummary;
class ThumbnailCache;

class Inspector : public QWidget {
  Q_OBJECT
 public:
  static constexpr int kNeighbours = 10;

  /// `interactive` answers clicks, `thumbnails` makes the neighbours' pictures; both must outlive the inspector.
  Inspector(Lane *interactive, ThumbnailCache *thumbnails, QWidget *parent = nullptr);

  /// The data set and selection it speaks about; null empties it.
  void setContext(std::shared_ptr<const Dataset> dataset, Selection *selection);
  /// The original space; null hides the neighbours with a word on how to get them.
  void setNeighbours(std::shared_ptr<NeighbourSource> source);
  /// Small preview below the sample; a null picture hides it.
  void setAttentionPicture(const QImage &picture, const QString &caption);

  QSize sizeHint() const override { return {326, 640}; }  ///< five neighbours in a row

 Q_SIGNALS:
  void attentionClicked();  ///< the preview: open the attention view

 private:
  QLabel *section(QVBoxLayout *column, const QString &title);
  void build(QVBoxLayout *column);
  void showCurrent();
  void askPicture(SampleId id);
  void askNeighbours(SampleId id);
  void showColumns(std::size_t row);

  Lane *m_lane;
  std::shared_ptr<const Dataset> m_dataset;
  Selection *m_selection = nullptr;
  std::shared_ptr<NeighbourSource> m_source;

  QStackedWidget *m_pages;
  QWidget *m_attentionBox = nullptr;
  SamplePicture *m_picture, *m_attention;
  QLabel *m_title = nullptr, *m_pictureNote = nullptr, *m_attentionCaption = nullptr, *m_space = nullptr;
  QTableWidget *m_columns = nullptr;
  NeighbourStrip *m_neighbours;
  SelectionSummary *m_summary;
};

}  // namespace vitrine
