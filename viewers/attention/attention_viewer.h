// Attention maps: one sample's picture under the heat of one query, with every layer and head beside it. Follows the shared current sample.
#pragma once

#include "viewers/attention/attention_canvas.h"
#include "viewers/viewer.h"

class QBoxLayout;

namespace vitrine {

class AttentionPanel;
class Banner;

class AttentionViewer : public Viewer {
  Q_OBJECT
 public:
  explicit AttentionViewer(QWidget *parent = nullptr);

  void setContext(const ViewerContext &context) override;
  using Viewer::show;
  void show(const Artifact &artifact) override;
  QImage grab(QSize pixels) override;
  QList<QAction *> tools() override { return {m_previous, m_next, m_average, m_rollout, m_fromCls}; }
  QString status() const override;
  Json state() const override;
  void restore(const Json &state) override;
  std::optional<Artifact> exported() const override;

  const AttentionScene &scene() const { return m_scene; }
  const AttentionCanvas &canvas() const { return *m_canvas; }

 protected:
  void keyPressEvent(QKeyEvent *event) override;
  void resizeEvent(QResizeEvent *event) override;

 private:
  void makeTools();
  void step(int by);
  void follow(SampleId id);
  void ask(SampleId id);
  void choose(HeatChoice choice);
  void refresh();
  QString nameOf(SampleId id) const;
  std::size_t rowOf(SampleId id) const;  ///< the artifact's row, or its count where the id is not among them

  ViewerContext m_context;
  std::shared_ptr<const AttentionMaps> m_artifact;  ///< what the run gave; the scene may show an asked sample instead
  QString m_artifactName, m_note, m_message;
  AttentionScene m_scene;
  SampleId m_sample = -1, m_asked = -1;  ///< shown; under way
  AttentionCanvas *m_canvas;
  AttentionPanel *m_panel;
  Banner *m_banner;
  QBoxLayout *m_layout;
  QAction *m_previous, *m_next, *m_average, *m_rollout, *m_fromCls;
};

Viewer *makeAttentionViewer(QWidget *parent);

}  // namespace vitrine
