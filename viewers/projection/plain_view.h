// The map without OpenGL: splatted frames through QPainter.
#pragma once

#include "viewers/projection/map_painter.h"

namespace vitrine {

class PlainView : public QWidget, public MapPainter {
  Q_OBJECT
 public:
  explicit PlainView(QWidget *parent = nullptr);

  QWidget *widget() override { return this; }
  bool drawsPoints() const override { return false; }
  bool wantsLinesInFrames() const override { return true; }
  void setPicture(const MapPicture &picture) override;
  void setFrame(std::shared_ptr<const SplatFrame> frame) override;

 protected:
  void paintEvent(QPaintEvent *event) override;

 private:
  std::shared_ptr<const SplatFrame> m_frame;
  Camera m_camera;
  QColor m_ground;
};

}  // namespace vitrine
