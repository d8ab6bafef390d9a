// Part prototypes: why a picture was called what it was, as pairs of parts that look alike, and all prototypes.
#pragma once

#include "viewers/prototypes/parts_scene.h"
#include "viewers/viewer.h"

class QComboBox;
class QScrollArea;
class QSplitter;
class QTabBar;

namespace vitrine {

class EmptyState;
class PartsGallery;
class PartsPairs;
class PartsPicture;

class PartsViewer : public Viewer {
  Q_OBJECT
 public:
  enum class Page { Why, Prototypes };

  explicit PartsViewer(QWidget *parent = nullptr);

  void setContext(const ViewerContext &context) override;
  void show(const Artifact &artifact) override;
  using Viewer::show;
  QImage grab(QSize pixels) override;
  QList<QAction *> tools() override { return m_tools; }
  QString status() const override;
  Json state() const override;
  void restore(const Json &state) override;
  /// What the page in front shows: the sample's evidence, or the prototypes.
  std::optional<Artifact> exported() const override;

  const PartsScene &scene() const { return m_scene; }
  bool busy() const { return m_preparing || m_asking; }  ///< an answer is on its way
  void setPage(Page page);
  void choose(std::size_t prototype);
  void askFor(std::optional<std::size_t> classIndex);  ///< whose points are shown; none = the class that the sample is called

 protected:
  void resizeEvent(QResizeEvent *event) override;
  void keyPressEvent(QKeyEvent *event) override;

 private:
  struct Prepared;  ///< what is found out once about a payload

  void buildTools();
  void buildPages();
  static Prepared prepared(const Parts &payload);
  void takePrepared(const Prepared &made);
  void ask(SampleId id);
  void step(int by);
  void nextMistake();
  void selectAlike();
  void refresh();
  void refreshClasses();

  ViewerContext m_context;
  Artifact m_artifact;
  std::shared_ptr<const Parts> m_payload;  ///< of the artifact; the scene follows once it is prepared
  PartsScene m_scene;
  Json m_wanted;              ///< a state that waits for its payload
  std::uint64_t m_round = 0;  ///< of payload and context: answers to older questions are let go
  bool m_preparing = false, m_asking = false;
  double m_accuracy = 0;
  std::size_t m_different = 0;
  QString m_note;

  EmptyState *m_empty;
  QWidget *m_all;
  QTabBar *m_tabs = nullptr;
  QComboBox *m_class = nullptr;
  QSplitter *m_why = nullptr;
  QScrollArea *m_prototypes = nullptr;
  PartsPicture *m_picture = nullptr;
  PartsPairs *m_pairs = nullptr;
  PartsGallery *m_gallery = nullptr;
  QList<QAction *> m_tools;
  QAction *m_every = nullptr, *m_alike = nullptr;
};

Viewer *makePartsViewer(QWidget *parent);

}  // namespace vitrine
