#include "viewers/prototypes/parts_viewer.h"

#include <algorithm>
#include <numeric>
#include <set>

#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QSignalBlocker>
#include <QSplitter>
#include <QTabBar>
#include <QVBoxLayout>

#include "viewers/figure.h"
#include "viewers/prototypes/parts_views.h"
#include "viewers/prototypes/scrolled.h"
#include "widgets/empty_state.h"
#include "widgets/format.h"
#include "widgets/selection.h"
#include "widgets/task.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

constexpr std::size_t kAlike = 24;      // samples that "select alike" takes
constexpr double kPictureShare = 0.42;  // of the width, for the sample

QImage pictureOf(const Dataset *dataset, SampleId id) {
  if (dataset == nullptr || !dataset->hasImages() || !dataset->row(id)) {
    return {};
  }
  try {
    return toQImage(dataset->image(id));
  } catch (const std::exception &) {  // a picture that cannot be read is said where the sample itself is shown
    return {};
  }
}

}  // namespace

struct PartsViewer::Prepared {
  std::vector<QImage> sources;
  std::vector<std::int32_t> predicted;
  double accuracy = 0;
  std::size_t different = 0;  ///< patches among the sources
};

Viewer *makePartsViewer(QWidget *parent) {
  return new PartsViewer(parent);
}

PartsViewer::PartsViewer(QWidget *parent)
    : Viewer(parent),
      m_empty(new EmptyState(QStringLiteral("image"), tr("Parts that look alike"),
                             tr("Run the study \"proto-parts\": which part of a picture looks like which part of a training picture appears here."), this)),
      m_all(new QWidget(this)) {
  setMinimumSize(240, 180);
  auto *layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(m_empty);
  layout->addWidget(m_all);
  buildTools();
  buildPages();
  setFocusProxy(m_pairs);
  refresh();
}

void PartsViewer::buildTools() {
  const auto tool = [this](const char *iconName, const QString &text, const char *key, const QString &help, const std::function<void()> &act) {
    QAction *action = addTool(QString::fromLatin1(iconName), text, QString::fromLatin1(key), help);
    connect(action, &QAction::triggered, this, act);
    m_tools << action;
    return action;
  };
  tool("forward", tr("Next sample"), "PgDown", tr("The next test sample of the run; PgUp goes back"), [this] { step(1); });
  tool("warning", tr("Next mistake"), "N", tr("The next test sample that is called wrong"), [this] { nextMistake(); });
  m_every = tool("table", tr("All parts"), "A", tr("List every prototype, not only those with the most points"), [this] {
    m_scene.all = m_every->isChecked();
    refresh();
  });
  m_every->setCheckable(true);
  m_alike = tool("search", tr("Select alike"), "S", tr("Select the %1 test samples with the part most like the chosen prototype").arg(kAlike),
                 [this] { selectAlike(); });
}

void PartsViewer::buildPages() {
  auto *layout = new QVBoxLayout(m_all);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  auto *head = new QHBoxLayout;
  head->setContentsMargins(4, 0, 12, 0);
  m_tabs = new QTabBar(m_all);
  m_tabs->setDrawBase(false);
  m_tabs->setAccessibleName(tr("Pages"));
  m_tabs->addTab(tr("Why"));
  m_tabs->addTab(tr("Prototypes"));
  m_class = new QComboBox(m_all);
  m_class->setAccessibleName(tr("Class to explain"));
  m_class->setToolTip(tr("Points for which class: the one the sample was called, or any other (why not?)"));
  m_class->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  m_class->setMinimumContentsLength(10);
  head->addWidget(m_tabs);
  head->addStretch(1);
  head->addWidget(m_class, 3);
  layout->addLayout(head);
  m_why = new QSplitter(Qt::Horizontal, m_all);
  m_why->setChildrenCollapsible(false);
  m_picture = new PartsPicture(m_scene, m_why);
  m_pairs = new PartsPairs(m_scene);
  m_why->addWidget(m_picture);
  m_why->addWidget(scrolled(m_pairs, m_why));
  m_gallery = new PartsGallery(m_scene);
  m_prototypes = scrolled(m_gallery, m_all);
  layout->addWidget(m_why, 1);
  layout->addWidget(m_prototypes, 1);
  m_prototypes->hide();
  connect(m_tabs, &QTabBar::currentChanged, this, [this](int tab) { setPage(static_cast<Page>(tab)); });
  connect(m_class, &QComboBox::activated, this, [this](int k) {
    const auto wanted = static_cast<std::size_t>(k);
    askFor(m_scene.row && wanted == m_scene.called() ? std::nullopt : std::optional(wanted));
  });
  for (PartsView *view : {static_cast<PartsView *>(m_picture), static_cast<PartsView *>(m_pairs), static_cast<PartsView *>(m_gallery)}) {
    connect(view, &PartsView::chosen, this, &PartsViewer::choose);
  }
}

PartsViewer::Prepared PartsViewer::prepared(const Parts &payload) {
  Prepared made;
  std::set<std::pair<SampleId, std::int32_t>> different;
  for (const Parts::Source &source : payload.sources) {
    made.sources.push_back(toQImage(source.picture));
    different.insert({source.id, source.position});
  }
  made.different = different.size();
  made.predicted = partPredictions(payload);
  made.accuracy = partAccuracy(payload);
  return made;
}

void PartsViewer::setContext(const ViewerContext &context) {
  const bool other = context.dataset != m_context.dataset || context.interactive != m_context.interactive;
  if (m_context.selection != nullptr) {
    disconnect(m_context.selection, nullptr, this, nullptr);
  }
  m_context = context;
  if (context.selection != nullptr) {
    connect(context.selection, &Selection::currentChanged, this, [this](SampleId id) {
      if (id >= 0 && id != m_scene.sample) {
        ask(id);
      }
    });
  }
  if (other && m_payload != nullptr) {
    m_payload = nullptr;
    m_wanted = m_wanted.is_null() ? state() : m_wanted;
    show(m_artifact);
  }
}

void PartsViewer::show(const Artifact &artifact) {
  const auto *parts = artifact.as<Parts>();
  if (parts == nullptr || (m_payload != nullptr && m_payload.get() == parts)) {
    return;
  }
  m_artifact = artifact;
  m_payload = partsFit(*parts) ? std::shared_ptr<const Parts>(artifact.payload, parts) : nullptr;
  ++m_round;
  m_asking = false;
  m_preparing = m_payload != nullptr;
  if (m_payload == nullptr || m_context.interactive == nullptr) {
    m_scene = {};
    refresh();
    return;
  }
  m_context.interactive->ask(
      {}, this, [payload = m_payload] { return prepared(*payload); },
      [this, round = m_round](const Prepared &made) {
        if (round == m_round) {
          takePrepared(made);
        }
      },
      [this, round = m_round](const QString &problem) {
        if (round == m_round) {
          m_preparing = false;
          m_note = problem;
          Q_EMIT statusChanged();
        }
      });
}

void PartsViewer::takePrepared(const Prepared &made) {
  m_preparing = false;
  m_accuracy = made.accuracy;
  m_different = made.different;
  PartsScene scene;
  scene.payload = m_payload;
  scene.sources = made.sources;
  scene.predicted = made.predicted;
  scene.stage = QString::fromStdString(m_artifact.metadata.value("stage", std::string()));
  scene.all = m_scene.all;
  scene.chosen = m_scene.chosen && *m_scene.chosen < scene.count() ? m_scene.chosen : std::nullopt;
  const std::optional<std::size_t> askedClass = m_scene.askedClass;
  const SampleId before = m_scene.sample, current = m_context.selection == nullptr ? -1 : m_context.selection->current();
  m_scene = std::move(scene);
  const auto known = [this](SampleId id) { return std::ranges::count(*m_payload->ids, id) > 0; };
  ask(known(current) ? current : known(before) ? before : m_payload->ids->front());
  if (m_scene.sample == before && askedClass && *askedClass < m_scene.classes()) {  // a training that goes on: the question stays
    m_scene.askedClass = askedClass;
  }
  if (const Json wanted = std::exchange(m_wanted, Json()); !wanted.is_null()) {
    restore(wanted);
  }
  refresh();
}

void PartsViewer::ask(SampleId id) {
  if (m_scene.payload == nullptr || m_context.interactive == nullptr) {
    return;
  }
  m_scene.sample = id;
  const auto &ids = *m_scene.payload->ids;
  const auto at = std::ranges::find(ids, id);
  m_scene.row = at == ids.end() ? std::nullopt : std::optional(static_cast<std::size_t>(at - ids.begin()));
  m_scene.askedClass.reset();
  m_scene.picture = {};
  scrollToTop(m_pairs);
  m_asking = true;
  m_note.clear();
  refresh();
  m_context.interactive->ask(
      QStringLiteral("parts %1").arg(reinterpret_cast<quintptr>(this)), this, [id, dataset = m_context.dataset] { return pictureOf(dataset.get(), id); },
      [this, id, round = m_round](const QImage &picture) {
        if (round == m_round && id == m_scene.sample) {
          m_asking = false;
          m_scene.picture = picture;
          refresh();
        }
      });
}

void PartsViewer::askFor(std::optional<std::size_t> classIndex) {
  m_scene.askedClass = classIndex;
  refresh();
}

void PartsViewer::choose(std::size_t j) {
  if (j < m_scene.count()) {
    m_scene.chosen = m_scene.chosen == j ? std::nullopt : std::optional(j);
    refresh();
  }
}

void PartsViewer::setPage(Page page) {
  const QSignalBlocker quiet(m_tabs);
  m_tabs->setCurrentIndex(static_cast<int>(page));
  m_why->setVisible(page == Page::Why);
  m_class->setVisible(page == Page::Why);
  m_prototypes->setVisible(page == Page::Prototypes);
}

void PartsViewer::step(int by) {
  if (m_scene.payload == nullptr || m_context.selection == nullptr) {
    return;
  }
  const auto last = static_cast<std::ptrdiff_t>(m_scene.payload->ids->size()) - 1, now = m_scene.row ? static_cast<std::ptrdiff_t>(*m_scene.row) : -1;
  m_context.selection->setCurrent((*m_scene.payload->ids)[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(now + by, 0, last))]);
}

void PartsViewer::nextMistake() {
  if (m_scene.payload == nullptr || m_context.selection == nullptr) {
    return;
  }
  const std::size_t n = m_scene.predicted.size(), from = m_scene.row.value_or(n - 1);
  for (std::size_t i = 1; i <= n; ++i) {
    if (const std::size_t row = (from + i) % n; m_scene.predicted[row] != m_scene.payload->labels[row]) {
      m_context.selection->setCurrent((*m_scene.payload->ids)[row]);
      return;
    }
  }
}

/// Where else the network sees the chosen part.
void PartsViewer::selectAlike() {
  if (!m_scene.chosen || m_context.selection == nullptr) {
    return;
  }
  std::vector<std::size_t> rows(m_scene.predicted.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  const auto many = static_cast<std::ptrdiff_t>(std::min(kAlike, rows.size()));
  std::ranges::partial_sort(rows, rows.begin() + many, std::greater<>(),
                            [this](std::size_t row) { return m_scene.payload->similarity.row(row)[*m_scene.chosen]; });
  std::vector<SampleId> ids;
  std::transform(rows.begin(), rows.begin() + many, std::back_inserter(ids), [this](std::size_t row) { return (*m_scene.payload->ids)[row]; });
  const SampleId first = ids.front();
  m_context.selection->apply(std::move(ids), SelectMode::Replace);
  m_context.selection->setCurrent(first);
}

void PartsViewer::refresh() {
  const bool some = m_scene.payload != nullptr;
  m_scene.ask();
  m_empty->setVisible(!some && !m_preparing);
  m_all->setVisible(some);
  m_picture->refresh();
  m_pairs->refresh();
  m_gallery->refresh();
  refreshClasses();
  std::ranges::for_each(m_tools, [some](QAction *tool) { tool->setEnabled(some); });
  m_every->setChecked(m_scene.all);
  m_alike->setEnabled(some && m_scene.chosen.has_value());
  Q_EMIT statusChanged();
}

void PartsViewer::refreshClasses() {
  const QSignalBlocker quiet(m_class);
  m_class->setEnabled(!m_scene.scores.empty());
  if (m_class->count() != static_cast<int>(m_scene.classes())) {
    m_class->clear();
    for (std::size_t k = 0; k < m_scene.classes(); ++k) {
      m_class->addItem(m_scene.className(k));
    }
  }
  for (std::size_t k = 0; k < m_scene.classes(); ++k) {
    const QString name = m_scene.className(k);
    m_class->setItemText(static_cast<int>(k), m_scene.scores.empty() ? name : tr("why %1? %2 points").arg(name, number(m_scene.scores[k])));
  }
  m_class->setCurrentIndex(m_scene.scores.empty() ? -1 : static_cast<int>(m_scene.asked()));
}

QImage PartsViewer::grab(QSize pixels) {
  if (m_payload != nullptr && m_scene.payload != m_payload) {  // a picture is of what was given, not of what has been prepared so far
    takePrepared(prepared(*m_payload));
  }
  if (m_scene.payload == nullptr) {
    return {};
  }
  if (m_asking) {
    m_scene.picture = pictureOf(m_context.dataset.get(), m_scene.sample);
  }
  return figure(pixels, size().expandedTo({400, 300}), [this](QPainter &painter, const QRectF &area) {
    if (m_tabs->currentIndex() == static_cast<int>(Page::Prototypes)) {
      PartsGallery::draw(&painter, area, m_scene);
      return;
    }
    const double left = std::round(area.width() * kPictureShare);
    PartsPicture::draw(painter, QRectF(area.topLeft(), QSizeF(left, area.height())), m_scene);
    painter.setClipRect(QRectF(area.left() + left, area.top(), area.width() - left, area.height()));
    PartsPairs::draw(&painter, QRectF(area.left() + left, area.top(), area.width() - left, area.height()), m_scene);
  });
}

QString PartsViewer::status() const {
  if (m_scene.payload == nullptr) {
    return m_preparing ? tr("reading the parts") : m_note;
  }
  if (!m_note.isEmpty()) {
    return m_note;
  }
  QStringList parts{tr("%1, %2 right").arg(counted(static_cast<qint64>(m_scene.predicted.size()), tr("test sample"), tr("test samples")), percent(m_accuracy)),
                    counted(static_cast<qint64>(m_scene.count()), tr("prototype"), tr("prototypes")) +
                        (m_different < m_scene.count() ? tr(" (%1 different)").arg(m_different) : QString())};
  if (!m_scene.stage.isEmpty()) {
    parts << m_scene.stage;
  }
  return parts.join(QStringLiteral(" - "));
}

Json PartsViewer::state() const {
  Json state = {{"page", m_tabs->currentIndex()}, {"sample", m_scene.sample}, {"all", m_scene.all}};
  if (m_scene.chosen) {
    state["chosen"] = *m_scene.chosen;
  }
  if (m_scene.askedClass) {
    state["class"] = *m_scene.askedClass;
  }
  return state;
}

void PartsViewer::restore(const Json &state) {
  if (m_scene.payload == nullptr) {
    m_wanted = state;
    return;
  }
  const auto whole = [&](const char *name, std::size_t limit) {
    const std::int64_t value = state.contains(name) && state[name].is_number_integer() ? state[name].get<std::int64_t>() : -1;
    return value >= 0 && static_cast<std::size_t>(value) < limit ? std::optional(static_cast<std::size_t>(value)) : std::nullopt;
  };
  setPage(static_cast<Page>(whole("page", 2).value_or(0)));
  if (const auto id = whole("sample", SIZE_MAX); id && static_cast<SampleId>(*id) != m_scene.sample) {
    ask(static_cast<SampleId>(*id));
  }
  m_scene.chosen = whole("chosen", m_scene.count());
  m_scene.askedClass = whole("class", m_scene.classes());
  m_scene.all = state.contains("all") && state["all"].is_boolean() && state["all"].get<bool>();
  refresh();
}

std::optional<Artifact> PartsViewer::exported() const {
  if (m_scene.payload == nullptr) {
    return std::nullopt;
  }
  const bool why = m_tabs->currentIndex() == static_cast<int>(Page::Why) && !m_scene.evidence.empty();
  Json about = Json::object();
  if (why) {
    about = {{"sample", m_scene.sample}, {"class", m_scene.payload->classNames[m_scene.asked()]}};
  }
  return Artifact{m_artifact.name + (why ? "-evidence" : "-prototypes"),
                  std::make_shared<const Payload>(why ? evidenceTable(m_scene) : prototypesTable(m_scene)), about};
}

void PartsViewer::resizeEvent(QResizeEvent *event) {
  const int left = static_cast<int>(width() * kPictureShare);
  if (event->oldSize().width() != event->size().width()) {
    m_why->setSizes({left, width() - left});
  }
  Viewer::resizeEvent(event);
}

void PartsViewer::keyPressEvent(QKeyEvent *event) {
  if (event->key() == Qt::Key_PageUp) {
    step(-1);
  } else {
    Viewer::keyPressEvent(event);
  }
}

}  // namespace vitrine
