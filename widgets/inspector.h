// The right panel: the current sample itself, its columns, its nearest neighbours in the original space, its attention, and a word on the selection.
#pragma once

#include <memory>

#include <QImage>
#include <QScrollArea>

#include "core/dataset.h"
#include "core/sources.h"

class QLabel;
class QStackedWidget;
class QTableWidget;

namespace vitrine {

class Lane;
class NeighbourStrip;
class SamplePicture;
class Selection;
class ThumbnailCache;

class Inspector : public QWidget {
  Q_OBJECT
 public:
  /// `interactive` answers clicks, `thumbnails` makes the neighbours' pictures; both must outlive the inspector.
  Inspector(Lane *interactive, ThumbnailCache *thumbnails, QWidget *parent = nullptr);

  /// The data set and selection it speaks about; null empties it.
  void setContext(std::shared_ptr<const Dataset> dataset, Selection *selection);
  /// The original space; null hides the neighbours with a word on how to get them.
  void setNeighbours(std::shared_ptr<NeighbourSource> source);
  /// Small preview below the sample; a null picture hides it.
  void setAttentionPicture(const QImage &picture, const QString &caption);

 Q_SIGNALS:
  void attentionClicked();  ///< the preview: open the attention view
  void pictureCopied();

 private:
  void build();
  void showCurrent();
  void showColumns(SampleId id);
  void askNeighbours(SampleId id);
  void showSelection();

  Lane *m_lane;
  ThumbnailCache *m_thumbnails;
  std::shared_ptr<const Dataset> m_dataset;
  Selection *m_selection = nullptr;
  std::shared_ptr<NeighbourSource> m_source;

  QStackedWidget *m_pages;
  QWidget *m_attentionBox;
  SamplePicture *m_picture, *m_attention;
  QLabel *m_title, *m_pictureNote, *m_attentionCaption, *m_space, *m_count, *m_byLabel;
  QTableWidget *m_columns;
  NeighbourStrip *m_neighbours;
};

}  // namespace vitrine
