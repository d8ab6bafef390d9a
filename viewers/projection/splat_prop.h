// Brings a splatted frame into a VTK scene: a picture over the whole view whose every pixel has its own depth.
#pragma once

#include <array>
#include <memory>

#include <vtkProp.h>

#include "viewers/projection/splat.h"

class vtkOpenGLQuadHelper;
class vtkTextureObject;

namespace vitrine {

class SplatProp : public vtkProp {
 public:
  static SplatProp *New();
  vtkTypeMacro(SplatProp, vtkProp);

  void setFrame(std::shared_ptr<const SplatFrame> frame);
  /// Lower left corner and size of the view in the frame's coordinates (0 to 1): {0, 0, 1, 1} is the frame as it is.
  void setPlace(const std::array<float, 4> &place) { m_place = place; }

  int RenderOpaqueGeometry(vtkViewport *viewport) override;
  vtkTypeBool HasTranslucentPolygonalGeometry() override { return 0; }
  double *GetBounds() override { return nullptr; }
  void ReleaseGraphicsResources(vtkWindow *window) override;

 protected:
  SplatProp();
  ~SplatProp() override;

 private:
  void upload();
  std::shared_ptr<const SplatFrame> m_frame;
  std::array<float, 4> m_place{0, 0, 1, 1};
  bool m_fresh = false;
  vtkTextureObject *m_colour, *m_depth;
  std::unique_ptr<vtkOpenGLQuadHelper> m_quad;
};

}  // namespace vitrine
