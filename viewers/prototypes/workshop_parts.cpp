// The workshop's window: its parts, where they stand, and what a click, a key or a tool does.
#include <algorithm>

#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QMenu>
#include <QSignalBlocker>
#include <QSlider>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabBar>
#include <QVBoxLayout>

#include "viewers/prototypes/gallery.h"
#include "viewers/prototypes/plane.h"
#include "viewers/prototypes/scrolled.h"
#include "viewers/prototypes/sheets.h"
#include "viewers/prototypes/why.h"
#include "viewers/prototypes/workshop_viewer.h"
#include "widgets/empty_state.h"
#include "widgets/format.h"
#include "widgets/sample_picture.h"
#include "widgets/selection.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

constexpr int kRoomyWidth = 640, kRoomyHeight = 430, kMixedSide = 48;

QWidget *column(QWidget *parent, QVBoxLayout **layout) {
  auto *widget = new QWidget(parent);
  *layout = new QVBoxLayout(widget);
  (*layout)->setContentsMargins(0, 0, 0, 0);
  (*layout)->setSpacing(0);
  return widget;
}

}  // namespace

WorkshopViewer::WorkshopViewer(QWidget *parent)
    : Viewer(parent),
      m_empty(new EmptyState(QStringLiteral("projection"), tr("Prototypes of a network"),
                             tr("Run the study \"prototype-net\": what it learns appears here, with the reason for every answer."), this)),
      m_all(new QWidget(this)) {
  setMinimumSize(240, 180);
  auto *layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(m_empty);
  layout->addWidget(m_all);
  buildTools();
  buildPages();
  buildWhy();
  buildPrototypes();
  connectParts();
  setFocusProxy(m_plane);
  m_compact = true;
  arrange();
  refresh();
}

WorkshopViewer::~WorkshopViewer() = default;

void WorkshopViewer::buildTools() {
  const auto tool = [this](const char *iconName, const QString &text, const char *key, const QString &help, const std::function<void()> &act) {
    QAction *action = addTool(QString::fromLatin1(iconName), text, QString::fromLatin1(key), help);
    connect(action, &QAction::triggered, this, act);
    m_tools << action;
    return action;
  };
  tool("forward", tr("Next sample"), "PgDown", tr("The next sample of the run; PgUp goes back"), [this] { step(1); });
  m_mistake = tool("warning", tr("Next mistake"), "N", tr("The next test sample that is called wrong"), [this] { nextMistake(); });
  m_switch = tool("view-hidden", tr("Switch off or on"), "O", tr("Switch the chosen prototype off, or on again"), [this] { toggleChosen(); });
  m_merge = tool("merge", tr("Merge"), "M", tr("Make one prototype of the two chosen ones (Shift+click chooses a second)"), [this] { mergeChosen(); });
  m_reassign =
      tool("tag", tr("Give another class"), "C", tr("Let the chosen prototype speak for another class"), [this] { classMenu(mapToGlobal(QPoint(8, 8))); });
  m_reset = tool("reset", tr("As trained"), "T", tr("Take all changes back; can be undone"),
                 [this] { edit(layerOf(*m_scene.payload), tr("Prototypes as trained")); });
  tool("export", tr("Export sheets"), "E", tr("Gallery, explanation or before and after as PNG or PDF"), [this] { exportMenu(); });
}

void WorkshopViewer::buildPages() {
  auto *layout = new QVBoxLayout(m_all);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  m_upright = new QSplitter(Qt::Vertical, m_all);
  m_across = new QSplitter(Qt::Horizontal, m_upright);
  layout->addWidget(m_upright);
  QVBoxLayout *left = nullptr;
  QWidget *pages = column(m_across, &left);
  auto *head = new QHBoxLayout;
  head->setContentsMargins(4, 0, 12, 0);
  m_tabs = new QTabBar(pages);
  m_tabs->setDrawBase(false);
  m_tabs->setAccessibleName(tr("Pages"));
  for (const QString &name : {tr("Why"), tr("Map"), tr("Prototypes"), tr("Weights"), tr("Confusion"), tr("Changes")}) {
    m_tabs->addTab(name);
  }
  m_accuracy = new QLabel(pages);
  m_accuracy->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  m_accuracy->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  m_accuracy->setToolTip(tr("Of the test samples, with the prototypes as they stand now"));
  head->addWidget(m_tabs);
  head->addWidget(m_accuracy, 1);
  left->addLayout(head);
  m_pages = new QStackedWidget(pages);
  left->addWidget(m_pages, 1);
  m_plane = new PlaneView(m_scene, m_pages);
  m_weights = new MatrixView(tr("Weights"), m_pages);
  m_confusion = new MatrixView(tr("Confusion"), m_pages);
  m_changes = new MatrixView(tr("Before and after"), m_pages);
  for (QWidget *page :
       {static_cast<QWidget *>(m_plane), static_cast<QWidget *>(m_weights), static_cast<QWidget *>(m_confusion), static_cast<QWidget *>(m_changes)}) {
    m_pages->addWidget(page);
  }
  m_across->addWidget(pages);
  m_upright->addWidget(m_across);
  m_across->setChildrenCollapsible(false);
  m_upright->setChildrenCollapsible(false);
}

void WorkshopViewer::buildWhy() {
  QVBoxLayout *layout = nullptr;
  m_why = column(m_all, &layout);
  auto *head = new QHBoxLayout;
  head->setContentsMargins(12, 6, 12, 0);
  head->setSpacing(8);
  auto *label = new QLabel(tr("Why (not)"), m_why);
  m_class = new QComboBox(m_why);
  m_class->setAccessibleName(tr("Class to explain"));
  m_class->setToolTip(tr("Evidence for which class: the one the sample was called, or any other (why not?)"));
  m_class->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  m_class->setMinimumContentsLength(8);
  label->setBuddy(m_class);
  head->addWidget(label);
  head->addWidget(m_class, 1);
  layout->addLayout(head);
  m_whyView = new WhyView(m_scene, m_why);
  layout->addWidget(scrolled(m_whyView, m_why), 1);
}

void WorkshopViewer::buildPrototypes() {
  QVBoxLayout *layout = nullptr;
  m_prototypes = column(m_all, &layout);
  m_gallery = new Gallery(m_scene, m_prototypes);
  layout->addWidget(scrolled(m_gallery, m_prototypes), 1);
  auto *bar = new QHBoxLayout;
  bar->setContentsMargins(12, 2, 12, 2);
  bar->setSpacing(8);
  const auto slider = [this](const QString &name, const QString &tip) {
    auto *made = new QSlider(Qt::Horizontal, m_prototypes);
    made->setAccessibleName(name);
    made->setToolTip(tip);
    return made;
  };
  m_epoch = new QLabel(m_prototypes);
  m_replay = slider(tr("Replay of the training"), tr("The prototypes as they were at earlier moments of the training; right = now"));
  m_mixText = new QLabel(m_prototypes);
  m_mixSlider = slider(tr("Between two prototypes"), tr("What the network makes of a code between the two chosen prototypes"));
  m_mixSlider->setRange(0, 100);
  m_mixSlider->setValue(50);
  m_mixed = new SamplePicture(m_prototypes);
  m_mixed->setFixedSize(kMixedSide, kMixedSide);
  bar->addWidget(m_epoch);
  bar->addWidget(m_replay, 1);
  bar->addWidget(m_mixText);
  bar->addWidget(m_mixSlider, 1);
  bar->addWidget(m_mixed);
  layout->addLayout(bar);
}

void WorkshopViewer::connectParts() {
  connect(m_tabs, &QTabBar::currentChanged, this, [this](int tab) { setPage(static_cast<Page>(tab)); });
  connect(m_class, &QComboBox::activated, this, [this](int k) {
    const auto wanted = static_cast<std::size_t>(k);
    askFor(wanted == m_scene.why.predicted ? std::nullopt : std::optional(wanted));
  });
  connect(m_whyView, &WhyView::chosen, this, &WorkshopViewer::choose);
  connect(m_gallery, &Gallery::chosen, this, &WorkshopViewer::choose);
  connect(m_gallery, &Gallery::menuWanted, this, &WorkshopViewer::cardMenu);
  connect(m_plane, &PlaneView::starChosen, this, &WorkshopViewer::choose);
  connect(m_plane, &PlaneView::menuWanted, this, &WorkshopViewer::cardMenu);
  connect(m_plane, &PlaneView::starDragged, this, &WorkshopViewer::moveTo);
  connect(m_plane, &PlaneView::starDropped, this, &WorkshopViewer::settle);
  connect(m_plane, &PlaneView::rowHovered, this, [this](std::optional<std::size_t> row) {
    if (m_context.selection != nullptr) {
      m_context.selection->setHovered(row ? (*m_scene.payload->ids)[*row] : -1);
    }
  });
  connect(m_plane, &PlaneView::rowClicked, this, [this](std::optional<std::size_t> row, Qt::KeyboardModifiers modifiers) {
    if (m_context.selection == nullptr) {
      return;
    }
    if (row) {
      const SampleId id = (*m_scene.payload->ids)[*row];
      m_context.selection->apply({id}, selectMode(modifiers));
      m_context.selection->setCurrent(id);
    } else if (selectMode(modifiers) == SelectMode::Replace) {
      m_context.selection->clear();
    }
  });
  connect(m_plane, &PlaneView::rowsBoxed, this, [this](const std::vector<std::size_t> &rows, Qt::KeyboardModifiers modifiers) {
    std::vector<SampleId> ids;
    std::ranges::transform(rows, std::back_inserter(ids), [this](std::size_t row) { return (*m_scene.payload->ids)[row]; });
    if (m_context.selection != nullptr) {
      m_context.selection->apply(std::move(ids), selectMode(modifiers));
    }
  });
  connect(m_weights, &MatrixView::activated, this, [this](std::size_t j, std::size_t) { choose(j); });
  connect(m_confusion, &MatrixView::activated, this, &WorkshopViewer::selectCell);
  connect(m_replay, &QSlider::valueChanged, this, [this](int value) {
    const auto moment = static_cast<std::size_t>(value);
    m_scene.moment = m_scene.payload != nullptr && moment < m_scene.payload->replay.size() ? std::optional(moment) : std::nullopt;
    refresh();
  });
  connect(m_mixSlider, &QSlider::valueChanged, this, &WorkshopViewer::mix);
}

QWidget *WorkshopViewer::widgetOf(Page page) const {
  switch (page) {
    case Page::Why: return m_why;
    case Page::Prototypes: return m_prototypes;
    case Page::Map: return m_plane;
    default: return matrixOf(page);
  }
}

MatrixView *WorkshopViewer::matrixOf(Page page) const {
  return page == Page::Weights ? m_weights : page == Page::Confusion ? m_confusion : page == Page::Changes ? m_changes : nullptr;
}

void WorkshopViewer::arrange() {
  const bool compact = width() < kRoomyWidth || height() < kRoomyHeight;
  if (compact == m_compact && m_why->parentWidget() != m_all) {
    return;
  }
  m_compact = compact;
  if (compact) {
    m_pages->addWidget(m_why);
    m_pages->addWidget(m_prototypes);
  } else {
    m_across->addWidget(m_why);
    m_upright->addWidget(m_prototypes);
    m_why->show();
    m_prototypes->show();
    m_across->setSizes({width() * 3 / 5, width() * 2 / 5});
    m_upright->setSizes({height() * 2 / 3, height() / 3});
  }
  const QSignalBlocker quiet(m_tabs);
  m_tabs->setTabVisible(static_cast<int>(Page::Why), compact);
  m_tabs->setTabVisible(static_cast<int>(Page::Prototypes), compact);
  m_accuracy->setVisible(!compact);
  setPage(m_page);
}

void WorkshopViewer::setPage(Page page) {
  m_page = !m_compact && (page == Page::Why || page == Page::Prototypes) ? Page::Map : page;
  const QSignalBlocker quiet(m_tabs);
  m_tabs->setCurrentIndex(static_cast<int>(m_page));
  m_pages->setCurrentWidget(widgetOf(m_page));
  refreshMatrix();
}

void WorkshopViewer::choose(std::size_t j, bool also) {
  if (j >= m_scene.count()) {
    return;
  }
  auto &chosen = m_scene.chosen;
  const bool wasAlone = chosen.size() == 1 && chosen.front() == j;
  std::erase(chosen, j);
  if (!also) {
    chosen.clear();
  } else if (chosen.size() > 1) {
    chosen.erase(chosen.begin());
  }
  if (!(also && wasAlone)) {
    chosen.push_back(j);
  }
  refresh();
  mix();
}

void WorkshopViewer::toggleChosen() {
  if (!m_scene.chosen.empty()) {
    const std::size_t j = m_scene.chosen.back();
    const bool on = m_scene.layer.on[j] != 0;
    edit(switched(m_scene.layer, j, !on), (on ? tr("Switch prototype %1 off") : tr("Switch prototype %1 on")).arg(j + 1));
  }
}

void WorkshopViewer::mergeChosen() {
  if (m_scene.chosen.size() == 2) {
    edit(merged(m_scene.layer, m_scene.chosen[0], m_scene.chosen[1]), tr("Merge prototypes %1 and %2").arg(m_scene.chosen[0] + 1).arg(m_scene.chosen[1] + 1));
  }
}

void WorkshopViewer::classMenu(const QPoint &at) {
  if (m_scene.chosen.empty()) {
    return;
  }
  const std::size_t j = m_scene.chosen.back();
  auto *menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  for (std::size_t k = 0; k < m_scene.classes(); ++k) {
    QAction *action = menu->addAction(m_scene.className(k), this, [this, j, k] {
      edit(reassigned(m_scene.layer, j, k), tr("Prototype %1 speaks for %2").arg(j + 1).arg(m_scene.className(k)));
    });
    action->setCheckable(true);
    action->setChecked(k == m_scene.classOfPrototype(j));
  }
  menu->popup(at);
}

void WorkshopViewer::cardMenu(const QPoint &at) {
  auto *menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  menu->addAction(m_switch);
  menu->addAction(m_merge);
  menu->addAction(m_reassign->icon(), m_reassign->text(), this, [this, at] { classMenu(at); });
  menu->addSeparator();
  menu->addAction(tr("Show its nearest training picture"), this, [this] {
    const std::size_t j = m_scene.chosen.back();
    if (m_context.selection != nullptr && j < m_scene.payload->nearest.size()) {
      m_context.selection->setCurrent(m_scene.payload->nearest[j]);
    }
  });
  menu->popup(at);
}

void WorkshopViewer::step(int by) {
  if (m_scene.payload == nullptr || m_context.selection == nullptr) {
    return;
  }
  const auto last = static_cast<std::ptrdiff_t>(m_scene.payload->ids->size()) - 1;
  const auto now = m_scene.sample.row ? static_cast<std::ptrdiff_t>(*m_scene.sample.row) : -1;
  m_context.selection->setCurrent((*m_scene.payload->ids)[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(now + by, 0, last))]);
}

void WorkshopViewer::nextMistake() {
  if (!m_scene.ready() || m_context.selection == nullptr) {
    return;
  }
  const std::size_t n = m_scene.payload->testCount, from = m_scene.sample.row.value_or(n);
  for (std::size_t i = 1; i <= n; ++i) {
    const std::size_t row = (from + i) % n;
    if (m_scene.now.predicted[row] != m_scene.payload->labels[row]) {
      m_context.selection->setCurrent((*m_scene.payload->ids)[row]);
      return;
    }
  }
}

void WorkshopViewer::selectCell(std::size_t truth, std::size_t called) {
  if (!m_scene.ready() || m_context.selection == nullptr) {
    return;
  }
  std::vector<SampleId> ids;
  for (std::size_t row = 0; row < m_scene.payload->testCount; ++row) {
    if (static_cast<std::size_t>(m_scene.payload->labels[row]) == truth && static_cast<std::size_t>(m_scene.now.predicted[row]) == called) {
      ids.push_back((*m_scene.payload->ids)[row]);
    }
  }
  if (!ids.empty()) {
    const SampleId first = ids.front();
    m_context.selection->apply(std::move(ids), SelectMode::Replace);
    m_context.selection->setCurrent(first);
  }
}

void WorkshopViewer::readSelection() {
  std::vector<std::uint8_t> rows;
  if (m_scene.payload != nullptr && m_context.selection != nullptr && !m_context.selection->ids().empty()) {
    std::ranges::transform(*m_scene.payload->ids, std::back_inserter(rows), [this](SampleId id) { return m_context.selection->contains(id) ? 1 : 0; });
  }
  m_plane->setSelected(std::move(rows));
  Q_EMIT statusChanged();
}

void WorkshopViewer::refresh() {
  const bool some = m_scene.payload != nullptr;
  m_empty->setVisible(!some && !m_preparing);
  m_all->setVisible(some);
  m_scene.why = some ? explained(m_scene.sample.latent, m_scene.layer, m_scene.means, m_scene.askedClass) : Why();
  m_whyView->refresh();
  m_plane->refresh();
  m_gallery->refresh();
  const QString now = m_scene.ready() ? percent(m_scene.now.accuracy()) : QString();
  m_accuracy->setText(now.isEmpty()      ? now
                      : m_scene.edited() ? tr("%1, was %2").arg(now, percent(m_scene.before.accuracy()))  // all of it is in the status line
                                         : tr("%1 right").arg(now));
  refreshClasses();
  refreshTools();
  refreshMatrix();
  Q_EMIT statusChanged();
}

void WorkshopViewer::refreshClasses() {
  const QSignalBlocker quiet(m_class);
  m_class->setEnabled(!m_scene.why.probabilities.empty());
  if (m_class->count() != static_cast<int>(m_scene.classes())) {
    m_class->clear();
    for (std::size_t k = 0; k < m_scene.classes(); ++k) {
      m_class->addItem(m_scene.className(k));
    }
  }
  for (std::size_t k = 0; k < m_scene.why.probabilities.size(); ++k) {
    m_class->setItemText(static_cast<int>(k), QStringLiteral("%1, %2").arg(m_scene.className(k), percent(m_scene.why.probabilities[k])));
  }
  m_class->setCurrentIndex(m_scene.why.probabilities.empty() ? -1 : static_cast<int>(m_scene.why.asked));
}

void WorkshopViewer::refreshTools() {
  const bool some = m_scene.ready();
  std::ranges::for_each(m_tools, [some](QAction *tool) { tool->setEnabled(some); });
  const bool one = some && !m_scene.chosen.empty() && !m_scene.moment, two = one && m_scene.chosen.size() == 2;
  m_switch->setEnabled(one);
  m_reassign->setEnabled(one);
  m_merge->setEnabled(two);
  m_reset->setEnabled(some && m_scene.edited());
  const bool replay = some && !m_scene.payload->replay.empty();
  m_epoch->setVisible(replay);
  if (replay) {
    m_epoch->setText(m_scene.moment ? tr("epoch %1").arg(m_scene.payload->replay[*m_scene.moment].epoch) : tr("as it stands"));
  }
  m_mixSlider->setVisible(two);
  m_mixed->setVisible(two);
  m_mixText->setText(two ? tr("%1 to %2").arg(m_scene.chosen[0] + 1).arg(m_scene.chosen[1] + 1)
                         : tr("Shift+click a second prototype to see what lies between"));
}

void WorkshopViewer::refreshMatrix() {
  if (m_scene.payload == nullptr) {
    return;
  }
  if (m_page == Page::Weights) {
    m_weights->setPicture(weightsPicture(m_scene));
  } else if (m_page == Page::Confusion) {
    m_confusion->setPicture(confusionPicture(m_scene));
  } else if (m_page == Page::Changes) {
    m_changes->setPicture(changesPicture(m_scene));
  }
}

void WorkshopViewer::resizeEvent(QResizeEvent *event) {
  arrange();
  Viewer::resizeEvent(event);
}

void WorkshopViewer::keyPressEvent(QKeyEvent *event) {
  if (event->key() == Qt::Key_PageUp) {
    step(-1);
  } else {
    Viewer::keyPressEvent(event);
  }
}

void WorkshopViewer::changeEvent(QEvent *event) {
  if (event->type() == QEvent::PaletteChange) {
    refreshMatrix();  // its cells hold the theme's colours
  }
  Viewer::changeEvent(event);
}

}  // namespace vitrine
