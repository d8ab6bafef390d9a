// Fills VTK's point mapper from a scene.
#include "viewers/projection/card_points.h"

#include <vtkActor.h>
#include <vtkFloatArray.h>
#include <vtkPointData.h>
#include <vtkPointGaussianMapper.h>
#include <vtkPoints.h>
#include <vtkPolyData.h>
#include <vtkProperty.h>
#include <vtkRenderer.h>
#include <vtkUnsignedCharArray.h>

namespace vitrine {

namespace {

constexpr const char *kDisc = R"(//VTK::Color::Impl
float away = length(offsetVCVSOutput.xy);
float edge = fwidth(away);
if (away > 1.0) { discard; }
opacity *= 1.0 - smoothstep(1.0 - edge, 1.0, away);
)";

}  // namespace

CardPoints::CardPoints() {
  for (Layer *layer : {&m_rest, &m_selected}) {
    layer->mapper->SetSplatShaderCode(kDisc);
    layer->mapper->EmissiveOff();
    layer->mapper->SetColorModeToDirectScalars();
    layer->mapper->SetTriangleScale(1.5);
    layer->actor->SetMapper(layer->mapper);
    layer->actor->GetProperty()->LightingOff();
    layer->actor->SetVisibility(false);
  }
  m_rest.actor->ForceTranslucentOn();
  m_selected.actor->ForceOpaqueOn();
}

void CardPoints::addTo(vtkRenderer *renderer) {
  renderer->AddActor(m_rest.actor);
  renderer->AddActor(m_selected.actor);
}

void CardPoints::fill(Layer &layer, const Scene &scene, const PointStyle &style, bool marked, bool selected) {
  vtkNew<vtkFloatArray> places;
  places->SetNumberOfComponents(3);
  vtkNew<vtkUnsignedCharArray> colours;
  colours->SetNumberOfComponents(4);
  const std::size_t count = !marked ? scene.count : selected ? scene.selectedCount : scene.count - scene.selectedCount;
  places->Allocate(static_cast<vtkIdType>(3 * count));
  colours->Allocate(static_cast<vtkIdType>(4 * count));
  const float alone = style.weight / (1 + style.weight), alpha = marked ? (selected ? 1.0F : style.dim * alone) : alone;
  for (std::size_t row = 0; row < scene.count; ++row) {
    const float *p = scene.point(row);
    if ((marked && scene.isSelected(row) != selected) || !(p[0] - p[0] == 0 && p[1] - p[1] == 0)) {
      continue;
    }
    places->InsertNextTuple3(p[0], p[1], scene.dims > 2 ? p[2] : 0.0F);
    const std::uint32_t rgba = scene.colours == nullptr ? style.plain : (*scene.colours)[row];
    colours->InsertNextTuple4(rgba & 0xffU, rgba >> 8 & 0xffU, rgba >> 16 & 0xffU, 255 * alpha);
  }
  vtkNew<vtkPoints> points;
  points->SetData(places);
  vtkNew<vtkPolyData> data;
  data->SetPoints(points);
  data->GetPointData()->SetScalars(colours);
  layer.mapper->SetInputData(data);
  layer.actor->SetVisibility(places->GetNumberOfTuples() > 0);
}

void CardPoints::setPicture(const MapPicture &picture, int viewHeight) {
  const Scene &scene = picture.scene;
  const double pixel = picture.camera.height / std::max(viewHeight, 1);
  m_rest.mapper->SetScaleFactor(picture.style.radius * pixel);
  m_selected.mapper->SetScaleFactor((picture.style.radius + 0.75) * pixel);
  if (m_filled && scene.payload == m_scene.payload && scene.colours == m_scene.colours && scene.selected == m_scene.selected) {
    return;
  }
  m_scene = scene;
  m_filled = true;
  const bool marked = scene.selected != nullptr && scene.selectedCount > 0;
  fill(m_rest, scene, picture.style, marked, false);
  if (marked) {
    fill(m_selected, scene, picture.style, true, true);
  } else {
    m_selected.actor->SetVisibility(false);
  }
}

void CardPoints::setVisible(bool visible) {
  m_rest.actor->SetVisibility(visible);
  m_selected.actor->SetVisibility(visible && m_scene.selectedCount > 0);
}

}  // namespace vitrine
