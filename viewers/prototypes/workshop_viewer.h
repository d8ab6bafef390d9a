// The prototype workshop: what a prototype layer has learned, why it calls a picture what it does, and what changes when its prototypes are changed.
#pragma once

#include "viewers/prototypes/scene.h"
#include "viewers/viewer.h"

class QComboBox;
class QLabel;
class QSlider;
class QSplitter;
class QStackedWidget;
class QTabBar;

namespace vitrine {

class EmptyState;
class Gallery;
class MatrixView;
class PlaneView;
class SamplePicture;
class WhyView;

class WorkshopViewer : public Viewer {
  Q_OBJECT
 public:
  enum class Page { Why, Map, Prototypes, Weights, Confusion, Changes };
  enum class Sheet { Gallery, Explanation, Report };

  explicit WorkshopViewer(QWidget *parent = nullptr);
  ~WorkshopViewer() override;

  void setContext(const ViewerContext &context) override;
  void show(const Artifact &artifact) override;
  using Viewer::show;
  QImage grab(QSize pixels) override;
  QList<QAction *> tools() override { return m_tools; }
  QString status() const override;
  Json state() const override;
  void restore(const Json &state) override;
  /// What the page in front shows: weights, confusion, before and after, or the sample's evidence.
  std::optional<Artifact> exported() const override;

  const WorkshopScene &scene() const { return m_scene; }
  bool busy() const { return m_preparing || m_judging || m_asking || m_mixing; }  ///< an answer is on its way
  PlaneView &plane() { return *m_plane; }
  void choose(std::size_t prototype, bool also = false);
  void setPage(Page page);
  /// One undoable step from the layer that stands now.
  void edit(const PrototypeLayer &layer, const QString &what);
  void moveTo(std::size_t prototype, float x, float y);  ///< a place of the plane; shown at once, a step only with settle()
  void settle(std::size_t prototype);
  void askFor(std::optional<std::size_t> classIndex);  ///< whose evidence is shown; none = the class that the sample is called
  /// The sheet, painted; what is returned writes it: empty if written, else what went wrong. PDF by the name's end, else PNG.
  std::function<QString()> sheet(Sheet sheet, const QString &file) const;

 protected:
  void resizeEvent(QResizeEvent *event) override;
  void keyPressEvent(QKeyEvent *event) override;
  void changeEvent(QEvent *event) override;

 private:
  struct Prepared;  ///< what is found out once about a payload
  struct Judged;    ///< what is found out after each edit

  void buildTools();
  void buildPages();
  void buildWhy();
  void buildPrototypes();
  void connectParts();
  void arrange();  ///< side by side where there is room, else one page at a time
  QWidget *widgetOf(Page page) const;

  static std::shared_ptr<Prepared> prepared(const std::shared_ptr<const Prototypes> &payload, const std::shared_ptr<const Dataset> &dataset);
  void takePrepared(const std::shared_ptr<Prepared> &prepared);
  void setLayer(const PrototypeLayer &layer);
  void push(const QString &what, const PrototypeLayer &before, const PrototypeLayer &after, int moved);
  void judge();
  void takeJudged(const Judged &judged);
  AskedSample asked(SampleId id) const;  ///< what is known of it at once
  static AskedSample answered(AskedSample sample, const Prototypes &payload, const Dataset *dataset);
  void ask(SampleId id);
  void mix();
  void step(int by);
  void nextMistake();
  void selectCell(std::size_t truth, std::size_t called);
  void readSelection();
  void refresh();  ///< the layer, the sample or what follows from them has changed
  void refreshClasses();
  void refreshTools();
  MatrixView *matrixOf(Page page) const;  ///< null for pages that are no grid
  void refreshMatrix();
  QImage painted(QSize pixels);
  void toggleChosen();
  void mergeChosen();
  void classMenu(const QPoint &at);
  void cardMenu(const QPoint &at);
  void exportMenu();
  void askFile(Sheet sheet, const QString &name);
  PrototypeLayer restoredLayer(const Json &edits) const;

  ViewerContext m_context;
  Artifact m_artifact;
  std::shared_ptr<const Prototypes> m_payload;  ///< of the artifact; the scene follows once it is prepared
  WorkshopScene m_scene;
  std::shared_ptr<Prepared> m_prepared;
  std::optional<PrototypeLayer> m_dragFrom;  ///< while a prototype is being moved: what undo goes back to
  Json m_wanted;                             ///< a state that waits for its payload
  std::uint64_t m_round = 0;                 ///< of payload and context: answers to older questions are let go
  bool m_preparing = false, m_judging = false, m_again = false, m_asking = false, m_mixing = false, m_compact = false;
  Page m_page = Page::Map;
  QString m_note;

  EmptyState *m_empty;
  QWidget *m_all, *m_why = nullptr, *m_prototypes = nullptr;
  QSplitter *m_upright = nullptr, *m_across = nullptr;
  QTabBar *m_tabs = nullptr;
  QStackedWidget *m_pages = nullptr;
  QLabel *m_accuracy = nullptr, *m_epoch = nullptr, *m_mixText = nullptr;
  QComboBox *m_class = nullptr;
  WhyView *m_whyView = nullptr;
  PlaneView *m_plane = nullptr;
  Gallery *m_gallery = nullptr;
  MatrixView *m_weights = nullptr, *m_confusion = nullptr, *m_changes = nullptr;
  QSlider *m_replay = nullptr, *m_mixSlider = nullptr;
  SamplePicture *m_mixed = nullptr;
  QList<QAction *> m_tools;
  QAction *m_switch = nullptr, *m_merge = nullptr, *m_reassign = nullptr, *m_reset = nullptr, *m_mistake = nullptr;
};

Viewer *makeWorkshopViewer(QWidget *parent);

}  // namespace vitrine
