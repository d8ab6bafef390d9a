#include "app/gui/tour.h"

#include <QDir>

#include "app/gui/run_panel.h"
#include "widgets/theme.h"

namespace vitrine {

Tour::Tour(MainWindow &window, const QString &folder, QObject *parent) : QObject(parent), m_window(window), m_folder(folder) {
  QDir().mkpath(folder);
  m_timer.setInterval(100);
  connect(&m_timer, &QTimer::timeout, this, &Tour::tick);
  connect(&window.outputs(), &Outputs::failed, this, [this](const QString &what, const QString &details) {
    Q_EMIT said(what + QStringLiteral(": ") + details);
    Q_EMIT finished(1);
  });
  addMapSteps();
  addOtherSteps();
  addMoreMaps();
  addClosingSteps();
}

void Tour::start() {
  m_clock.start();
  m_timer.start();
}

void Tour::tick() {
  if (m_at == m_steps.size()) {
    m_timer.stop();
    Q_EMIT finished(0);
    return;
  }
  const Step &step = m_steps[m_at];
  if (!m_acted) {
    Q_EMIT said(QStringLiteral("%1 s  %2").arg(static_cast<double>(m_clock.elapsed()) / 1000, 5, 'f', 1).arg(step.what));
    m_acted = true;
    step.act();
    return;
  }
  if (!m_window.bannerText().isEmpty()) {
    Q_EMIT said(m_window.bannerText());
    m_timer.stop();
    Q_EMIT finished(1);
    return;
  }
  if (step.ready()) {
    m_acted = false;
    ++m_at;
  }
}

Run *Tour::lastRun() const {
  return m_window.session().runs().empty() ? nullptr : m_window.session().runs().back().get();
}

bool Tour::lastRunEnded() const {
  return lastRun() != nullptr && !lastRun()->live() && lastRun()->state != u"waiting";
}

ViewerFrame *Tour::frameOf(const std::string &kind) const {
  const auto frames = m_window.area().frames();
  for (auto it = frames.rbegin(); it != frames.rend(); ++it) {
    if ((*it)->run() == nullptr) {
      if (kind == "selection") {
        return *it;
      }
      continue;
    }
    const Artifact *artifact = (*it)->run()->artifact((*it)->artifact());
    if (artifact != nullptr && artifact->kind() == kind) {
      return *it;
    }
  }
  return nullptr;
}

void Tour::runStudy(const QString &study, const Json &parameters, const QString &split, qint64 limit, bool withModel) {
  Session &session = m_window.session();
  RunSetup setup;
  setup.study = study;
  setup.parameters = parameters;
  setup.split = split;
  setup.limit = limit;
  setup.data = session.data().front()->id;
  setup.model = withModel ? session.models().front()->id : QString();
  m_window.runPanel().startSetup(setup);
}

void Tour::shotWindow(const QString &name) {
  m_window.outputs().writeWindow(m_folder + QStringLiteral("/") + name + QStringLiteral(".png"));
}

void Tour::shotView(const std::string &kind, const QString &name, QSize size) {
  ViewerFrame *frame = frameOf(kind);
  if (frame == nullptr) {
    Q_EMIT said(QStringLiteral("there is no view of a %1").arg(QString::fromStdString(kind)));
    Q_EMIT finished(1);
    return;
  }
  m_window.outputs().writeShot(frame, size, m_folder + QStringLiteral("/") + name + QStringLiteral(".png"));
}

void Tour::addMapSteps() {
  const auto soon = [] { return true; };
  m_steps.push_back({tr("the start page"), [this] { shotWindow(QStringLiteral("01-start")); }, soon});
  m_steps.push_back({tr("the demo: garments, embedded and mapped"), [this] { m_window.demo(); },
                     [this] { return lastRun() != nullptr && lastRun()->task() != nullptr && lastRun()->task()->frames().size() > 60; }});
  m_steps.push_back({tr("the map while it runs"), [this] { shotWindow(QStringLiteral("02-map-live")); }, [this] { return lastRunEnded(); }});
  m_steps.push_back({tr("the finished map"), [this] { shotView("projection", QStringLiteral("03-map")); }, soon});
  m_steps.push_back({tr("one sample: its columns, neighbours and attention"),
                     [this] {
                       if (const auto *projection = lastRun()->artifacts().front().as<Projection>()) {
                         m_window.session().data().front()->selection->setCurrent(projection->ids->at(7));
                       }
                     },
                     [this, since = std::make_shared<QElapsedTimer>()] {
                       if (!since->isValid()) {
                         since->start();
                       }
                       return since->elapsed() > 2500;  // neighbours, thumbnails and attention answer a click in the background
                     }});
  m_steps.push_back({tr("the window with a sample in the inspector"), [this] { shotWindow(QStringLiteral("04-sample")); }, soon});
  m_steps.push_back({tr("the run as a film"),
                     [this] {
                       connect(m_window.outputs().writeFilm(frameOf("projection"), {1280, 720}, m_folder + QStringLiteral("/tour.mp4")), &FilmExport::finished,
                               this, [this] { m_filmDone = true; });
                     },
                     [this] { return m_filmDone; }});
}

void Tour::addOtherSteps() {
  const auto soon = [] { return true; };
  const auto ended = [this] { return lastRunEnded(); };
  m_steps.push_back(
      {tr("attention of 16 pictures"), [this] { runStudy(QStringLiteral("attention"), Json::object(), QStringLiteral("test"), 16, true); }, ended});
  m_steps.push_back({tr("the attention view"), [this] { shotView("attention", QStringLiteral("05-attention")); }, soon});
  m_steps.push_back({tr("a selection: 60 garments"),
                     [this] {
                       const DataItem &data = *m_window.session().data().front();
                       std::vector<SampleId> ids(data.dataset->ids().end() - 60, data.dataset->ids().end());
                       data.selection->apply(ids, SelectMode::Replace);
                       m_window.area().openData(data.id);
                     },
                     [this, since = std::make_shared<QElapsedTimer>()] {
                       if (!since->isValid()) {
                         since->start();
                       }
                       return since->elapsed() > 1500;
                     }});
  m_steps.push_back({tr("the selection as a grid"), [this] { shotView("selection", QStringLiteral("06-grid")); }, soon});
  m_steps.push_back({tr("principal components of the pixels"),
                     [this] {
                       runStudy(QStringLiteral("pca"), {{"dims", 2}}, QStringLiteral("test"), 5000, false);
                     },
                     ended});
  m_steps.push_back({tr("their map"), [this] { shotView("projection", QStringLiteral("07-components")); }, soon});
  m_steps.push_back({tr("what the components explain"),
                     [this] {
                       m_window.area().open(lastRun(), "variance");
                       shotView("curve", QStringLiteral("08-explained-variance"));
                     },
                     soon});
  m_steps.push_back({tr("a small vision transformer learns"),
                     [this] {
                       runStudy(QStringLiteral("train-vit"), {{"epochs", 3}, {"width", 32}, {"depth", 2}}, QStringLiteral("train"), 4000, false);
                     },
                     ended});
  m_steps.push_back({tr("its training curves"),
                     [this] {
                       m_window.area().open(lastRun(), "training");
                       shotView("curve", QStringLiteral("09-training"));
                     },
                     soon});
  m_steps.push_back({tr("embeddings as numbers"), [this] { runStudy(QStringLiteral("embed"), Json::object(), QStringLiteral("test"), 1000, true); }, ended});
  m_steps.push_back({tr("the table"), [this] { shotView("embedding", QStringLiteral("10-table")); }, soon});
}

void Tour::addMoreMaps() {
  const auto soon = [] { return true; };
  const auto ended = [this] { return lastRunEnded(); };
  m_steps.push_back({tr("the same garments by UMAP"), [this] { runStudy(QStringLiteral("umap"), Json::object(), QStringLiteral("test"), 5000, true); }, ended});
  m_steps.push_back({tr("its map"), [this] { shotView("projection", QStringLiteral("13-umap")); }, soon});
  const auto coloured = [this](const char *column, const QString &picture) {
    if (ViewerFrame *frame = frameOf("projection")) {
      frame->viewer()->restore({{"column", column}});
    }
    shotView("projection", picture);
  };
  m_steps.push_back({tr("how true the map is, sample by sample"),
                     [this] { runStudy(QStringLiteral("quality"), Json::object(), QStringLiteral("test"), 5000, true); }, ended});
  m_steps.push_back({tr("the map by its distortion"), [coloured] { coloured("distortion", QStringLiteral("14-quality")); }, soon});
  m_steps.push_back(
      {tr("nine maps of the same garments"), [this] { runStudy(QStringLiteral("ensemble"), Json::object(), QStringLiteral("test"), 3000, true); }, ended});
  m_steps.push_back({tr("what stays from map to map"), [coloured] { coloured("stability", QStringLiteral("15-ensemble")); }, soon});
  m_steps.push_back(
      {tr("new garments in an old map"), [this] { runStudy(QStringLiteral("place"), Json::object(), QStringLiteral("test"), 5000, true); }, ended});
  m_steps.push_back({tr("where they found their place"), [coloured] { coloured("part", QStringLiteral("16-place")); }, soon});
  m_steps.push_back({tr("the map in three dimensions"),
                     [this] {
                       runStudy(QStringLiteral("tsne"), {{"dims", 3}, {"iterations", 500}}, QStringLiteral("test"), 2000, true);
                     },
                     ended});
  m_steps.push_back({tr("its picture"), [this] { shotView("projection", QStringLiteral("11-map-3d")); }, soon});
}

void Tour::addClosingSteps() {
  const auto soon = [] { return true; };
  m_steps.push_back({tr("the other theme"),
                     [this] {
                       m_window.area().open(m_window.session().runs().front().get(), "projection");
                       applyTheme(false);  // for this once: the user's own setting stays
                     },
                     [this, since = std::make_shared<QElapsedTimer>()] {
                       if (!since->isValid()) {
                         since->start();
                       }
                       return since->elapsed() > 1500;
                     }});
  m_steps.push_back({tr("the window in the light"), [this] { shotWindow(QStringLiteral("12-light")); }, soon});
  m_steps.push_back({tr("the files are written"), [] {},
                     [this, written = std::make_shared<bool>(false), asked = std::make_shared<bool>(false)] {
                       if (!*asked) {
                         *asked = true;
                         m_window.session().files()->ask(
                             QString(), this, [] { return true; }, [written](bool) { *written = true; });
                       }
                       return *written;
                     }});
}

}  // namespace vitrine
