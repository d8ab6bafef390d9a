// The right edge of the map: search, what colours it, the legend, and the pictures of the selection.
#pragma once

#include <QScrollArea>

#include "viewers/projection/legend.h"

class QAction;
class QComboBox;
class QLabel;
class QLineEdit;
class QSlider;
class QToolButton;

namespace vitrine {

/// Small pictures of the selected samples, as many as fit.
class PictureStrip : public QWidget {
  Q_OBJECT
 public:
  static constexpr int kSide = 56;  ///< logical pixels of a picture
  explicit PictureStrip(QWidget *parent = nullptr);
  /// Null images stand for pictures that are still being read.
  void setPictures(const std::vector<std::pair<SampleId, QImage>> &pictures, qint64 total);
  int capacity() const;
  QRect cell(int index) const;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return {kSide, kSide + 20}; }

 Q_SIGNALS:
  void sampleClicked(vitrine::SampleId id);
  void capacityChanged();

 protected:
  void paintEvent(QPaintEvent *event) override;
  void mousePressEvent(QMouseEvent *event) override;
  void resizeEvent(QResizeEvent *event) override;

 private:
  int columns() const;
  std::vector<std::pair<SampleId, QImage>> m_pictures;
  qint64 m_total = 0;
};

/// The look of points beyond their colours.
struct MapLook {
  double size = 1, opacity = 1;  ///< factors on what suits the number of points
  bool shapes = false, ties = true, path = true;
  bool operator==(const MapLook &) const = default;
};

class SidePanel : public QWidget {
  Q_OBJECT
 public:
  explicit SidePanel(QWidget *parent = nullptr);
  void setColumns(const QStringList &names, const QString &chosen);
  void setLegend(const LegendModel &model);
  void setLook(const MapLook &look);
  const MapLook &look() const { return m_look; }
  void offerPath(bool offered);  ///< whether the samples have an order to be joined in
  void setSearchResult(const QString &text);

  Legend &legend() { return *m_legend; }
  PictureStrip &strip() { return *m_strip; }
  QLineEdit &search() { return *m_search; }
  QComboBox &columns() { return *m_columns; }

 Q_SIGNALS:
  void columnChosen(const QString &name);  ///< empty = none
  void lookChanged(const vitrine::MapLook &look);
  void searched(const QString &text);

 protected:
  void paintEvent(QPaintEvent *event) override;

 private:
  void buildMenu(QToolButton *button);
  QSlider *slider(const QString &name, const QString &toolTip, double MapLook::*member, QWidget *parent);
  MapLook m_look;
  QLineEdit *m_search;
  QLabel *m_found;
  QComboBox *m_columns;
  Legend *m_legend;
  PictureStrip *m_strip;
  QSlider *m_size, *m_opacity;
  QAction *m_shapes, *m_ties, *m_path;
};

}  // namespace vitrine
