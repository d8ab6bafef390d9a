// The controls beside the attention picture: sample, layer, head, mean, rollout, strength of the heat, and the grid of heads.
#pragma once

#include <QWidget>

#include "viewers/attention/head_grid.h"

class QCheckBox;
class QGridLayout;
class QLabel;
class QSlider;
class QToolButton;

namespace vitrine {

class AttentionPanel : public QWidget {
  Q_OBJECT
 public:
  AttentionPanel(QAction *previous, QAction *next, QAction *average, QAction *rollout, QWidget *parent = nullptr);
  /// Shows the scene's state in every control, without signals. `sampleLine` stands in the chooser.
  void setScene(const AttentionScene &scene, const QString &sampleLine);
  const HeadGrid &grid() const { return *m_grid; }

 Q_SIGNALS:
  void chosen(const vitrine::HeatChoice &choice);
  void opacityChanged(double opacity);

 private:
  QSlider *addSlider(QGridLayout *layout, int row, const char *name, const QString &title, const QString &toolTip, QLabel **value);

  AttentionScene m_scene;
  QLabel *m_sample, *m_layerValue, *m_headValue, *m_opacityValue;
  QSlider *m_layer, *m_head, *m_opacity;
  HeadGrid *m_grid;
};

}  // namespace vitrine
