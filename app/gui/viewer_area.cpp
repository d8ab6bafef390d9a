#include "app/gui/viewer_area.h"

#include <QApplication>
#include <QHBoxLayout>
#include <QTabBar>
#include <QToolButton>

#include "widgets/theme.h"

namespace vitrine {

namespace {

/// Without the line that QTabWidget draws above its corner in document mode.
class Tabs : public QTabWidget {
 public:
  using QTabWidget::QTabWidget;

 protected:
  void paintEvent(QPaintEvent *) override {}
};

}  // namespace

ViewerArea::ViewerArea(Session &session, QWidget *startPage, QWidget *parent) : QSplitter(Qt::Horizontal, parent), m_session(session), m_start(startPage) {
  setChildrenCollapsible(false);
  QTabWidget *first = addPane();
  first->addTab(startPage, tr("Start"));
  first->tabBar()->setTabButton(0, QTabBar::RightSide, nullptr);
  m_activePane = first;
  connect(&session, &Session::dataChanged, this, [this](const QString &id) {
    if (m_session.findData(id) == nullptr) {
      closeWhere([&](const ViewerFrame &frame) { return frame.run() == nullptr && frame.dataId() == id; });
    }
  });
  connect(&session, &Session::runRemoved, this,
          [this](const QString &id) { closeWhere([&](const ViewerFrame &frame) { return frame.run() != nullptr && frame.run()->id == id; }); });
  connect(&session, &Session::dataChanged, this, [this, &session](const QString &id) {
    for (ViewerFrame *frame : session.findData(id) == nullptr ? frames() : std::vector<ViewerFrame *>()) {
      if (frame->run() == nullptr && frame->dataId() == id) {
        delete frame;
      }
    }
    tidy();
  });
  connect(qApp, &QApplication::focusChanged, this, [this](QWidget *, QWidget *now) {
    for (int i = 0; i < count(); ++i) {
      if (now != nullptr && widget(i)->isAncestorOf(now)) {
        m_activePane = static_cast<QTabWidget *>(widget(i));
        announce();
      }
    }
  });
}

QTabWidget *ViewerArea::addPane() {
  auto *tabs = new Tabs(this);
  tabs->setDocumentMode(true);
  tabs->setTabsClosable(true);
  tabs->setMovable(true);
  tabs->setUsesScrollButtons(true);
  auto *corner = new QWidget(tabs);
  auto *row = new QHBoxLayout(corner);
  row->setContentsMargins(4, 0, 4, 0);
  row->setSpacing(0);
  const auto add = [&](const char *iconName, const QString &text, auto slot) {
    QToolButton *button = flatButton(QString::fromLatin1(iconName), text, corner);
    button->setIconSize({16, 16});
    row->addWidget(button);
    connect(button, &QToolButton::clicked, this, [this, tabs, slot] {
      m_activePane = tabs;
      announce();
      slot();
    });
  };
  add("camera", tr("Screenshot of this view..."), [this] { Q_EMIT screenshotRequested(); });
  add("copy", tr("Copy this view as a picture"), [this] { Q_EMIT copyRequested(); });
  add("export", tr("Export the data of this view..."), [this] { Q_EMIT exportRequested(); });
  add("view-split-left-right", tr("Move this view to the other side"), [this] { moveActiveBeside(); });
  tabs->setCornerWidget(corner);
  connect(tabs, &QTabWidget::tabCloseRequested, this, [this, tabs](int index) { closeTab(tabs, index); });
  connect(tabs, &QTabWidget::currentChanged, this, [this, tabs] {
    m_activePane = tabs;
    announce();
  });
  connect(tabs, &QTabWidget::tabBarClicked, this, [this, tabs] {
    m_activePane = tabs;
    announce();
  });
  addWidget(tabs);
  return tabs;
}

QTabWidget *ViewerArea::pane(bool beside) {
  if (!beside) {
    return m_activePane != nullptr ? m_activePane : static_cast<QTabWidget *>(widget(0));
  }
  const int index = indexOf(m_activePane) + 1;
  if (index < count()) {
    return static_cast<QTabWidget *>(widget(index));
  }
  QTabWidget *added = addPane();
  setSizes(QList<int>(count(), std::max(1, width() / count())));
  return added;
}

ViewerFrame *ViewerArea::place(ViewerFrame *frame, bool beside) {
  QTabWidget *tabs = pane(beside);
  const int index = tabs->addTab(frame, frame->title());
  const auto *info =
      frame->run() != nullptr && frame->run()->artifact(frame->artifact()) != nullptr ? viewerFor(frame->run()->artifact(frame->artifact())->kind()) : nullptr;
  tabs->setTabIcon(index, icon(info != nullptr ? QString::fromLatin1(info->iconName) : QStringLiteral("image")));
  connect(frame, &ViewerFrame::branchRequested, this, &ViewerArea::branchRequested);
  connect(frame, &ViewerFrame::titleChanged, this, [this, frame] {
    for (int i = 0; i < count(); ++i) {
      auto *each = static_cast<QTabWidget *>(widget(i));
      if (const int at = each->indexOf(frame); at >= 0) {
        each->setTabText(at, frame->title());
      }
    }
  });
  tabs->setCurrentWidget(frame);
  m_activePane = tabs;
  announce();
  return frame;
}

void ViewerArea::closeWhere(const std::function<bool(const ViewerFrame &)> &wanted) {
  for (ViewerFrame *frame : frames()) {
    if (wanted(*frame)) {
      delete frame;
    }
  }
  tidy();
}

ViewerFrame *ViewerArea::raised(ViewerFrame *frame) {
  for (int i = 0; i < count(); ++i) {
    auto *tabs = static_cast<QTabWidget *>(widget(i));
    if (tabs->indexOf(frame) >= 0) {
      tabs->setCurrentWidget(frame);
      m_activePane = tabs;
    }
  }
  announce();
  return frame;
}

ViewerFrame *ViewerArea::open(Run *run, const std::string &artifact, bool beside) {
  for (ViewerFrame *frame : frames()) {
    if (frame->run() == run && frame->artifact() == artifact) {
      return raised(frame);
    }
  }
  const Artifact *shown = run->artifact(artifact);
  const ViewerInfo *info = shown != nullptr ? viewerFor(shown->kind()) : nullptr;
  return info != nullptr ? place(new ViewerFrame(m_session, run, artifact, *info), beside) : nullptr;
}

ViewerFrame *ViewerArea::openData(const QString &dataId) {
  for (ViewerFrame *frame : frames()) {
    if (frame->run() == nullptr && frame->dataId() == dataId) {
      return raised(frame);
    }
  }
  const DataItem *item = m_session.findData(dataId);
  return place(new ViewerFrame(m_session, dataId, item != nullptr && item->dataset && !item->dataset->hasImages()), false);
}

ViewerFrame *ViewerArea::active() const {
  return m_activePane != nullptr ? qobject_cast<ViewerFrame *>(m_activePane->currentWidget()) : nullptr;
}

std::vector<ViewerFrame *> ViewerArea::frames() const {
  std::vector<ViewerFrame *> all;
  for (int i = 0; i < count(); ++i) {
    const auto *tabs = static_cast<QTabWidget *>(widget(i));
    for (int j = 0; j < tabs->count(); ++j) {
      if (auto *frame = qobject_cast<ViewerFrame *>(tabs->widget(j))) {
        all.push_back(frame);
      }
    }
  }
  return all;
}

void ViewerArea::closeTab(QTabWidget *tabs, int index) {
  if (auto *frame = qobject_cast<ViewerFrame *>(tabs->widget(index))) {
    tabs->removeTab(index);
    frame->deleteLater();
    tidy();
  }
}

void ViewerArea::closeActive() {
  if (m_activePane != nullptr) {
    closeTab(m_activePane, m_activePane->currentIndex());
  }
}

void ViewerArea::moveActiveBeside() {
  ViewerFrame *frame = active();
  if (frame == nullptr) {
    return;
  }
  QTabWidget *from = m_activePane;
  const bool last = indexOf(from) + 1 == count() && count() > 1;
  QTabWidget *to = last ? static_cast<QTabWidget *>(widget(0)) : pane(true);
  const QIcon tabIcon = from->tabIcon(from->indexOf(frame));
  to->setCurrentIndex(to->addTab(frame, tabIcon, frame->title()));
  m_activePane = to;
  tidy();
}

void ViewerArea::tidy() {
  for (int i = count() - 1; i > 0; --i) {
    auto *tabs = static_cast<QTabWidget *>(widget(i));
    if (tabs->count() == 0) {
      if (m_activePane == tabs) {
        m_activePane = static_cast<QTabWidget *>(widget(0));
      }
      tabs->hide();
      tabs->setParent(nullptr);
      tabs->deleteLater();
    }
  }
  announce();
}

void ViewerArea::announce() {
  ViewerFrame *frame = active();
  if (frame != m_announced || frame == nullptr) {
    m_announced = frame;
    Q_EMIT activeChanged(frame);
  }
}

void ViewerArea::showStart() {
  m_activePane = static_cast<QTabWidget *>(widget(0));
  m_activePane->setCurrentWidget(m_start);
}

Json ViewerArea::state() const {
  Json panes = Json::array();
  for (int i = 0; i < count(); ++i) {
    const auto *tabs = static_cast<QTabWidget *>(widget(i));
    Json list = Json::array();
    for (int j = 0; j < tabs->count(); ++j) {
      if (const auto *frame = qobject_cast<ViewerFrame *>(tabs->widget(j))) {
        list.push_back(frame->state());
      }
    }
    panes.push_back({{"tabs", list}, {"current", tabs->currentIndex()}, {"width", sizes().value(i)}});
  }
  return {{"panes", panes}};
}

void ViewerArea::restore(const Json &state) {
  QList<int> widths;
  bool first = true;
  for (const auto &saved : state.value("panes", Json::array())) {
    QTabWidget *tabs = first ? static_cast<QTabWidget *>(widget(0)) : addPane();
    first = false;
    for (const auto &entry : saved.value("tabs", Json::array())) {
      m_activePane = tabs;
      Run *run = m_session.findRun(QString::fromStdString(entry.value("run", std::string())));
      const QString dataId = QString::fromStdString(entry.value("data", std::string()));
      ViewerFrame *frame = run != nullptr                          ? open(run, entry.value("artifact", std::string()))
                           : m_session.findData(dataId) != nullptr ? place(new ViewerFrame(m_session, dataId, entry.value("table", false)), false)
                                                                   : nullptr;
      if (frame != nullptr) {
        frame->viewer()->restore(entry.value("viewer", Json::object()));
      }
    }
    tabs->setCurrentIndex(std::min(saved.value("current", 0), tabs->count() - 1));
    widths << saved.value("width", 1);
  }
  setSizes(widths);
  tidy();
}

}  // namespace vitrine
