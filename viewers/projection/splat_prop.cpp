// The shader and textures of a splatted frame in VTK.
#include "viewers/projection/splat_prop.h"

#include <utility>

#include <vtkObjectFactory.h>
#include <vtkOpenGLQuadHelper.h>
#include <vtkOpenGLRenderWindow.h>
#include <vtkOpenGLShaderCache.h>
#include <vtkOpenGLState.h>
#include <vtkRenderer.h>
#include <vtkShaderProgram.h>
#include <vtkTextureObject.h>
#include <vtk_glew.h>

namespace vitrine {

namespace {

constexpr const char *kShader = R"(//VTK::System::Dec
//VTK::Output::Dec
in vec2 texCoord;
uniform sampler2D colours;
uniform sampler2D depths;
uniform int deep;
uniform vec4 place;
void main() {
  vec2 at = place.xy + texCoord * place.zw;
  at.y = 1.0 - at.y;
  vec4 colour = texture(colours, at).bgra;
  if (colour.a <= 0.0 || any(lessThan(at, vec2(0.0))) || any(greaterThan(at, vec2(1.0)))) { discard; }
  gl_FragData[0] = colour;
  gl_FragDepth = deep == 1 ? texture(depths, at).r : 0.5;
}
)";

}  // namespace

vtkStandardNewMacro(SplatProp);

SplatProp::SplatProp() : m_colour(vtkTextureObject::New()), m_depth(vtkTextureObject::New()) {}

SplatProp::~SplatProp() {
  m_colour->Delete();
  m_depth->Delete();
}

void SplatProp::setFrame(std::shared_ptr<const SplatFrame> frame) {
  m_frame = std::move(frame);
  m_fresh = true;
}

void SplatProp::upload() {
  const auto width = static_cast<unsigned>(m_frame->width), height = static_cast<unsigned>(m_frame->height);
  m_colour->Create2DFromRaw(width, height, 4, VTK_UNSIGNED_CHAR, const_cast<std::uint32_t *>(m_frame->argb.data()));
  if (!m_frame->depth.empty()) {
    m_depth->Create2DFromRaw(width, height, 1, VTK_FLOAT, const_cast<float *>(m_frame->depth.data()));
  }
  m_fresh = false;
}

int SplatProp::RenderOpaqueGeometry(vtkViewport *viewport) {
  if (m_frame == nullptr || m_frame->argb.empty()) {
    return 0;
  }
  auto *window = vtkOpenGLRenderWindow::SafeDownCast(static_cast<vtkRenderer *>(viewport)->GetRenderWindow());
  m_colour->SetContext(window);
  m_depth->SetContext(window);
  if (m_fresh || m_colour->GetHandle() == 0) {
    upload();
  }
  vtkOpenGLState *state = window->GetState();
  const vtkOpenGLState::ScopedglEnableDisable blend(state, GL_BLEND), depth(state, GL_DEPTH_TEST);
  const vtkOpenGLState::ScopedglBlendFuncSeparate function(state);
  state->vtkglEnable(GL_BLEND);
  state->vtkglEnable(GL_DEPTH_TEST);
  state->vtkglBlendFuncSeparate(GL_ONE, GL_ONE_MINUS_SRC_ALPHA, GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
  if (m_quad == nullptr) {
    m_quad = std::make_unique<vtkOpenGLQuadHelper>(window, nullptr, kShader, nullptr);
  } else {
    window->GetShaderCache()->ReadyShaderProgram(m_quad->Program);
  }
  const bool deep = !m_frame->depth.empty(), exact = m_place == std::array<float, 4>{0, 0, 1, 1};
  m_colour->SetMagnificationFilter(exact ? vtkTextureObject::Nearest : vtkTextureObject::Linear);  // four times faster on software OpenGL
  m_colour->SetMinificationFilter(exact ? vtkTextureObject::Nearest : vtkTextureObject::Linear);
  m_colour->Activate();
  if (deep) {
    m_depth->Activate();
  }
  m_quad->Program->SetUniformi("colours", m_colour->GetTextureUnit());
  m_quad->Program->SetUniformi("depths", deep ? m_depth->GetTextureUnit() : m_colour->GetTextureUnit());
  m_quad->Program->SetUniformi("deep", deep ? 1 : 0);
  m_quad->Program->SetUniform4f("place", m_place.data());
  m_quad->Render();
  m_colour->Deactivate();
  if (deep) {
    m_depth->Deactivate();
  }
  return 1;
}

void SplatProp::ReleaseGraphicsResources(vtkWindow *window) {
  m_quad.reset();
  m_colour->ReleaseGraphicsResources(window);
  m_depth->ReleaseGraphicsResources(window);
  m_fresh = true;
}

}  // namespace vitrine
