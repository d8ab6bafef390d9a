// The nearest neighbours of a sample as small pictures with their distances; a click or Enter makes one current.
#pragma once

#include <memory>
#include <vector>

#include <QAbstractButton>

#include "core/dataset.h"
#include "core/sources.h"

namespace vitrine {

class ThumbnailCache;

class NeighbourTile : public QAbstractButton {
  Q_OBJECT
 public:
  static constexpr int kPicture = 56;  ///< twice a picture of 28 pixels
  NeighbourTile(std::shared_ptr<const Dataset> dataset, Neighbour neighbour, ThumbnailCache *thumbnails, QWidget *parent);
  QSize sizeHint() const override;
  SampleId id() const { return m_neighbour.id; }

 protected:
  void paintEvent(QPaintEvent *event) override;
  void enterEvent(QEnterEvent *event) override;
  void leaveEvent(QEvent *event) override;

 private:
  std::shared_ptr<const Dataset> m_dataset;
  Neighbour m_neighbour;
  ThumbnailCache *m_thumbnails;
  QString m_label;
  QColor m_colour;
};

class NeighbourStrip : public QWidget {
  Q_OBJECT
 public:
  explicit NeighbourStrip(ThumbnailCache *thumbnails, QWidget *parent = nullptr);

  void show(const std::shared_ptr<const Dataset> &dataset, const std::vector<Neighbour> &neighbours);
  using QWidget::show;
  std::size_t size() const { return m_tiles.size(); }

  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;
  QSize sizeHint() const override { return {296, heightForWidth(296)}; }

 Q_SIGNALS:
  void chosen(vitrine::SampleId id);
  void hovered(vitrine::SampleId id);  ///< -1 when the mouse leaves

 protected:
  void resizeEvent(QResizeEvent *event) override;
  bool eventFilter(QObject *watched, QEvent *event) override;

 private:
  int columns(int width) const;
  void place();
  ThumbnailCache *m_thumbnails;
  std::vector<NeighbourTile *> m_tiles;
};

}  // namespace vitrine
