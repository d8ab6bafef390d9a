// Lays out the start page: demo and opening side by side where there is room, then what was open lately, then the shelf.
#include "app/gui/dialogs/start_page.h"

#include <QBoxLayout>
#include <QFileInfo>
#include <QLineEdit>
#include <QPainter>
#include <QPainterPath>
#include <QPushButton>
#include <QResizeEvent>
#include <QScrollArea>
#include <QShortcut>
#include <QToolButton>

#include "app/gui/dialogs/label.h"
#include "app/gui/dialogs/shelf_art.h"
#include "app/gui/dialogs/study_card.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

constexpr int kWide = 900;     ///< from here demo and opening stand side by side
constexpr int kNarrow = 500;   ///< below it everything stands one below the other
constexpr int kWidest = 1680;  ///< wider pages grow margins instead: lines and cards stay readable

/// The map of garments as the demo will show it, or a drawing in its manner.
class DemoPicture : public QWidget {
 public:
  explicit DemoPicture(QWidget *parent = nullptr) : QWidget(parent) {
    setMinimumSize(200, 168);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
  }

 protected:
  void paintEvent(QPaintEvent *) override {
    if (m_picture.size() != size() * devicePixelRatioF() || m_dark != theme().dark) {
      m_dark = theme().dark;
      m_picture = shelfPicture(QStringLiteral("demo"), QStringLiteral("projection"), size(), devicePixelRatioF());
    }
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    QPainterPath outline;
    outline.addRoundedRect(rect(), 6, 6);
    painter.setClipPath(outline);
    painter.drawPixmap(0, 0, m_picture);
  }

 private:
  QPixmap m_picture;
  bool m_dark = true;
};

QPushButton *wideButton(const QString &text, const QString &iconName, const QString &tip) {
  auto *button = new QPushButton(icon(iconName), text);
  button->setToolTip(tip);
  button->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
  return button;
}

}  // namespace

StartPage::StartPage(QWidget *parent) : QWidget(parent) {
  auto *page = new QWidget;
  m_page = new QVBoxLayout(page);
  m_page->setSpacing(0);
  m_page->addWidget(roleLabel(tr("Vitrine"), "heading"));
  m_page->addSpacing(4);
  auto *subtitle = roleLabel(tr("Look into what a model has learned: maps of embeddings, attention, and the pictures behind each point."), "secondary");
  subtitle->setWordWrap(true);
  m_page->addWidget(subtitle);
  m_page->addSpacing(20);
  m_top = new QBoxLayout(QBoxLayout::LeftToRight);
  m_top->setSpacing(24);
  m_top->addWidget(makeDemo(), 5);
  m_top->addWidget(makeOpening(), 3);
  m_page->addLayout(m_top);
  m_page->addSpacing(28);
  m_page->addWidget(makeShelf());
  m_page->addStretch(1);

  auto *scroll = new QScrollArea;
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFocusPolicy(Qt::NoFocus);
  scroll->setWidget(page);
  auto *whole = new QVBoxLayout(this);
  whole->setContentsMargins(0, 0, 0, 0);
  whole->addWidget(scroll);
  setRecent({});
}

QWidget *StartPage::makeDemo() {
  auto *panel = new QWidget;
  panel->setProperty("role", "raised");
  panel->setAttribute(Qt::WA_StyledBackground);
  auto *text = new QVBoxLayout;
  text->setSpacing(8);
  text->addWidget(roleLabel(tr("Garments in a minute"), "title"));
  auto *story = roleLabel(tr("Embeds Fashion-MNIST with a vision transformer, maps it with t-SNE, shows what it attends to."));
  story->setWordWrap(true);
  text->addWidget(story);
  auto *how = roleLabel(tr("Then click any point: its picture, its neighbours, its attention."), "small");
  how->setWordWrap(true);
  text->addWidget(how);
  text->addStretch(1);
  auto *start = new QPushButton(tr("Start the demo"));
  start->setProperty("primary", true);
  start->setObjectName(QStringLiteral("demo"));
  connect(start, &QPushButton::clicked, this, &StartPage::demoRequested);
  auto *workshop = new QPushButton(tr("Why a sneaker?"));
  workshop->setObjectName(QStringLiteral("workshop"));
  workshop->setToolTip(tr("Opens a network of prototypes that explains each of its decisions, and lets you argue with it"));
  connect(workshop, &QPushButton::clicked, this, &StartPage::workshopRequested);
  auto *buttons = new QHBoxLayout;
  buttons->addWidget(start);
  buttons->addWidget(workshop);
  buttons->addStretch(1);
  text->addLayout(buttons);

  m_demo = new QBoxLayout(QBoxLayout::LeftToRight, panel);
  m_demo->setContentsMargins(12, 12, 16, 12);
  m_demo->setSpacing(16);
  m_demo->addWidget(new DemoPicture, 5);
  m_demo->addLayout(text, 4);
  panel->setMinimumHeight(216);
  return panel;
}

QWidget *StartPage::makeOpening() {
  auto *panel = new QWidget;
  auto *layout = new QVBoxLayout(panel);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(8);
  layout->addWidget(roleLabel(tr("Open"), "section"));
  auto *open = wideButton(tr("Open..."), QStringLiteral("open"), tr("A project, a table (CSV, TSV), an array (NPY, NPZ), idx files, or a model"));
  auto *folder = wideButton(tr("Open folder..."), QStringLiteral("folder"), tr("A folder of pictures; its sub-folders become the classes"));
  auto *help = wideButton(tr("Getting started"), QStringLiteral("help"), tr("A short page on the first steps"));
  open->setObjectName(QStringLiteral("open"));
  folder->setObjectName(QStringLiteral("folder"));
  connect(open, &QPushButton::clicked, this, &StartPage::openRequested);
  connect(folder, &QPushButton::clicked, this, &StartPage::openFolderRequested);
  connect(help, &QPushButton::clicked, this, [this] { Q_EMIT helpRequested(QStringLiteral("getting-started")); });
  m_buttons = new QBoxLayout(QBoxLayout::LeftToRight);
  m_buttons->setSpacing(8);
  for (QPushButton *button : {open, folder, help}) {
    m_buttons->addWidget(button);
  }
  m_buttons->addStretch(1);
  layout->addLayout(m_buttons);
  layout->addWidget(roleLabel(tr("Or drop a file or a folder anywhere on the window."), "small"));
  layout->addSpacing(8);
  m_recentTitle = roleLabel(tr("Recent"), "section");
  layout->addWidget(m_recentTitle);
  m_recent = new QVBoxLayout;
  m_recent->setSpacing(0);
  layout->addLayout(m_recent);
  layout->addStretch(1);
  return panel;
}

QWidget *StartPage::makeShelf() {
  auto *panel = new QWidget;
  auto *layout = new QVBoxLayout(panel);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(12);
  m_shelfTitle = roleLabel({}, "title");
  m_search = new QLineEdit;
  m_search->setPlaceholderText(tr("Search studies: title, paper, method"));
  m_search->setAccessibleName(tr("Search studies"));
  m_search->setClearButtonEnabled(true);
  m_search->setMinimumWidth(110);
  m_search->setMaximumWidth(320);
  connect(m_search, &QLineEdit::textChanged, this, &StartPage::filterShelf);
  auto *head = new QHBoxLayout;
  head->addWidget(m_shelfTitle);
  head->addStretch(1);
  head->addWidget(m_search, 2);
  layout->addLayout(head);
  m_noMatch = roleLabel({}, "secondary");
  layout->addWidget(m_noMatch);
  m_grid = new CardGrid;
  for (const StudyInfo &study : studies().all()) {
    auto *card = new StudyCard(study);
    connect(card, &StudyCard::clicked, this, [this, id = card->id()] { Q_EMIT studyRequested(id); });
    m_grid->add(card);
  }
  layout->addWidget(m_grid);
  filterShelf({});
  return panel;
}

void StartPage::filterShelf(const QString &text) {
  const int shown = m_grid->filter(text), all = static_cast<int>(studies().all().size());
  m_shelfTitle->setText(shown == all ? tr("The shelf: %1 studies").arg(all) : tr("The shelf: %1 of %2 studies").arg(shown).arg(all));
  m_noMatch->setText(tr("No study has all of these words: %1").arg(text.trimmed()));
  m_noMatch->setVisible(shown == 0 && all > 0);
}

void StartPage::focusSearch() {
  m_search->setFocus(Qt::ShortcutFocusReason);
  m_search->selectAll();
}

void StartPage::setRecent(const QStringList &paths) {
  m_paths = paths;
  while (QLayoutItem *item = m_recent->takeAt(0)) {
    item->widget()->deleteLater();
    item->widget()->hide();
    delete item;
  }
  if (paths.isEmpty()) {
    m_recent->addWidget(roleLabel(tr("What you open will be listed here."), "small"));
  }
  for (const QString &path : paths) {
    const QFileInfo info(path);
    auto *row = new QWidget;
    auto *layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    auto *open = new QPushButton(icon(info.isDir() ? QStringLiteral("folder") : QStringLiteral("open")),
                                 path.endsWith(QStringLiteral(".vitrine")) ? info.completeBaseName() : info.fileName());
    open->setFlat(true);
    open->setToolTip(path);
    open->setAccessibleDescription(path);
    open->setEnabled(info.exists());
    connect(open, &QPushButton::clicked, this, [this, path] { Q_EMIT recentRequested(path); });
    auto *place =
        roleLabel(info.exists() ? QFontMetrics(uiFont(9)).elidedText(info.path(), Qt::ElideMiddle, 260) : tr("missing"), info.exists() ? "small" : "warning");
    place->setToolTip(path);
    layout->addWidget(open);
    layout->addWidget(place);
    layout->addStretch(1);
    auto *remove = new QToolButton;
    remove->setIcon(icon(QStringLiteral("close")));
    remove->setToolTip(tr("Remove from this list"));
    remove->setAccessibleName(tr("Remove %1 from the list").arg(info.fileName()));
    connect(remove, &QToolButton::clicked, this, [this, path] {
      QStringList left = m_paths;
      left.removeAll(path);
      setRecent(left);
      Q_EMIT recentRemoved(path);
    });
    layout->addWidget(remove);
    m_recent->addWidget(row);
  }
}

void StartPage::resizeEvent(QResizeEvent *event) {
  const int width = event->size().width(), margin = std::max(24, (width - kWidest) / 2);
  m_page->setContentsMargins(margin, 28, margin, 28);
  const auto across = [width](int least) { return width >= least ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom; };
  m_top->setDirection(across(kWide));
  m_demo->setDirection(across(kNarrow));
  m_buttons->setDirection(across(kNarrow));
}

}  // namespace vitrine
