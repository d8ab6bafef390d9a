// Points drawn by the graphics card: VTK's point mapper with round, soft-edged discs.
#pragma once

#include <vtkNew.h>

#include "viewers/projection/map_painter.h"

class vtkActor;
class vtkPointGaussianMapper;
class vtkRenderer;

namespace vitrine {

class CardPoints {
 public:
  CardPoints();
  void addTo(vtkRenderer *renderer);
  /// Takes over what changed since the last call.
  void setPicture(const MapPicture &picture, int viewHeight);
  void setVisible(bool visible);

 private:
  /// All points, or those that are (not) selected.
  struct Layer {
    vtkNew<vtkActor> actor;
    vtkNew<vtkPointGaussianMapper> mapper;
  };
  void fill(Layer &layer, const Scene &scene, const PointStyle &style, bool marked, bool selected);
  Layer m_rest, m_selected;
  Scene m_scene;
  bool m_filled = false;
};

}  // namespace vitrine
