// What is known of the current sample. Decoding, neighbours and counts run on the interactive lane.
#include "widgets/inspector.h"

#include <algorithm>

#include <QHeaderView>
#include <QLabel>
#include <QScrollArea>
#include <QStackedWidget>
#include <QTableWidget>
#include <QVBoxLayout>

#include "widgets/empty_state.h"
#include "widgets/neighbour_strip.h"
#include "widgets/sample_picture.h"
#include "widgets/selection.h"
#include "widgets/selection_summary.h"
#include "widgets/task.h"
#include "widgets/theme.h"
#include "widgets/thumbnail_cache.h"

namespace vitrine {

namespace {

constexpr int kLargestShown = 1024;  // px; a photograph is reduced on the lane, so that painting it costs the window nothing

struct Decoded {
  QImage picture;
  QSize original;
};

QLabel *wrapped(const char *role, QWidget *parent) {
  auto *label = new QLabel(parent);
  label->setProperty("role", role);
  label->setWordWrap(true);
  label->setTextFormat(Qt::PlainText);
  return label;
}

}  // namespace

Inspector::Inspector(Lane *interactive, ThumbnailCache *thumbnails, QWidget *parent)
    : QWidget(parent),
      m_lane(interactive),
      m_pages(new QStackedWidget(this)),
      m_picture(new SamplePicture(this)),
      m_attention(new SamplePicture(this)),
      m_neighbours(new NeighbourStrip(thumbnails, this)),
      m_summary(new SelectionSummary(interactive, this)) {
  auto *empty =
      new EmptyState(QStringLiteral("search"), {}, tr("Click a point or a picture: its sample, its values and its nearest neighbours appear here."), m_pages);
  auto *scroll = new QScrollArea(m_pages);
  scroll->setWidgetResizable(true);
  scroll->setFocusPolicy(Qt::NoFocus);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  auto *content = new QWidget(scroll);
  content->setProperty("role", "panel");
  auto *column = new QVBoxLayout(content);
  column->setContentsMargins(12, 12, 8, 12);
  column->setSpacing(8);
  build(column);
  scroll->setWidget(content);
  m_pages->addWidget(empty);
  m_pages->addWidget(scroll);
  auto *foot = new QWidget(this);
  foot->setAttribute(Qt::WA_StyledBackground);
  foot->setProperty("role", "footer");
  auto *footLayout = new QVBoxLayout(foot);
  footLayout->setContentsMargins(12, 8, 12, 8);
  footLayout->addWidget(m_summary);
  auto *outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  outer->setSpacing(0);
  outer->addWidget(m_pages, 1);
  outer->addWidget(foot);
  setMinimumWidth(200);
  setAccessibleName(tr("Inspector"));
}

QLabel *Inspector::section(QVBoxLayout *column, const QString &title) {
  auto *label = new QLabel(title, this);
  label->setProperty("role", "section");
  column->addSpacing(4);
  column->addWidget(label);
  return label;
}

void Inspector::build(QVBoxLayout *column) {
  m_title = wrapped("title", this);
  m_title->setTextInteractionFlags(Qt::TextSelectableByMouse);
  m_picture->setAccessibleName(tr("Picture of the sample"));
  m_pictureNote = wrapped("small", this);
  column->addWidget(m_title);
  column->addWidget(m_picture);
  column->addWidget(m_pictureNote);

  m_attentionBox = new QWidget(this);
  auto *attention = new QVBoxLayout(m_attentionBox);
  attention->setContentsMargins(0, 0, 0, 0);
  attention->setSpacing(8);
  section(attention, tr("Attention"));
  m_attention->setMaximumHeightOfPicture(160);
  m_attention->setCursor(Qt::PointingHandCursor);
  m_attention->setAccessibleName(tr("Attention preview; Enter opens the view"));
  m_attentionCaption = wrapped("small", this);
  attention->addWidget(m_attention);
  attention->addWidget(m_attentionCaption);
  m_attentionBox->hide();
  column->addWidget(m_attentionBox);

  section(column, tr("Nearest in the original space"));
  m_space = wrapped("small", this);
  column->addWidget(m_neighbours);
  column->addWidget(m_space);

  section(column, tr("Columns"));
  m_columns = new QTableWidget(0, 2, this);
  m_columns->setProperty("role", "pairs");
  m_columns->horizontalHeader()->hide();
  m_columns->verticalHeader()->hide();
  m_columns->horizontalHeader()->setSectionResizeMode(0, QHeaderView::ResizeToContents);
  m_columns->horizontalHeader()->setSectionResizeMode(1, QHeaderView::Stretch);
  m_columns->horizontalHeader()->setMaximumSectionSize(140);
  m_columns->verticalHeader()->setDefaultSectionSize(24);
  m_columns->setShowGrid(false);
  m_columns->setEditTriggers(QAbstractItemView::NoEditTriggers);
  m_columns->setSelectionBehavior(QAbstractItemView::SelectRows);
  m_columns->setTabKeyNavigation(false);
  m_columns->setWordWrap(false);
  m_columns->setAccessibleName(tr("Columns of the sample"));
  column->addWidget(m_columns);
  column->addStretch();

  connect(m_picture, &SamplePicture::noteChanged, this, [this] { m_pictureNote->setText(m_picture->note()); });
  connect(m_attention, &SamplePicture::clicked, this, &Inspector::attentionClicked);
  connect(m_neighbours, &NeighbourStrip::chosen, this, [this](SampleId id) {
    if (m_selection != nullptr) {
      m_selection->setCurrent(id);
    }
  });
  connect(m_neighbours, &NeighbourStrip::hovered, this, [this](SampleId id) {
    if (m_selection != nullptr) {
      m_selection->setHovered(id);
    }
  });
}

void Inspector::setContext(std::shared_ptr<const Dataset> dataset, Selection *selection) {
  if (m_selection != nullptr) {
    disconnect(m_selection, nullptr, this, nullptr);
  }
  m_dataset = std::move(dataset);
  m_selection = selection;
  if (m_selection != nullptr) {
    connect(m_selection, &Selection::currentChanged, this, &Inspector::showCurrent);
    connect(m_selection, &QObject::destroyed, this, [this] {
      m_selection = nullptr;
      showCurrent();
    });
  }
  m_summary->setContext(m_dataset, m_selection);
  showCurrent();
}

void Inspector::setNeighbours(std::shared_ptr<NeighbourSource> source) {
  if (source != m_source) {
    m_source = std::move(source);
    if (m_selection != nullptr && m_dataset) {
      askNeighbours(m_selection->current());
    }
  }
}

void Inspector::setAttentionPicture(const QImage &picture, const QString &caption) {
  m_attention->setPicture(picture);
  m_attentionCaption->setText(caption);
  m_attentionBox->setVisible(!picture.isNull());
}

void Inspector::showCurrent() {
  const SampleId id = m_selection == nullptr ? -1 : m_selection->current();
  const auto row = m_dataset ? m_dataset->row(id) : std::nullopt;
  if (!row) {
    m_pages->setCurrentIndex(0);
    return;
  }
  const Column *label = m_dataset->label();
  const QString text = label == nullptr ? QString() : QString::fromStdString(label->text(*row));
  m_title->setText(text.isEmpty() ? tr("Sample %1").arg(id) : tr("%1 \u00b7 sample %2").arg(text).arg(id));
  const bool images = m_dataset->hasImages();
  m_picture->setVisible(images);
  m_pictureNote->setVisible(images);
  if (images) {
    askPicture(id);
  }
  showColumns(*row);
  askNeighbours(id);
  m_pages->setCurrentIndex(1);
}

void Inspector::askPicture(SampleId id) {
  const auto decode = [dataset = m_dataset, id] {
    const QImage whole = toQImage(dataset->image(id));
    const bool large = std::max(whole.width(), whole.height()) > kLargestShown;
    return Decoded{large ? whole.scaled(kLargestShown, kLargestShown, Qt::KeepAspectRatio, Qt::SmoothTransformation) : whole, whole.size()};
  };
  m_lane->ask(
      QStringLiteral("inspector-picture"), this, decode, [this](const Decoded &decoded) { m_picture->setPicture(decoded.picture, decoded.original); },
      [this](const QString &error) {
        m_picture->setPicture({});
        m_pictureNote->setText(error);
      });
}

void Inspector::askNeighbours(SampleId id) {
  if (!m_source) {
    m_neighbours->show(m_dataset, {});
    m_space->setText(tr("Run a projection: its input space is searched for the nearest samples."));
    return;
  }
  struct Found {
    std::vector<Neighbour> neighbours;
    QString space;
  };
  const auto search = [source = m_source, id] { return Found{source->neighbours(id, kNeighbours), QString::fromStdString(source->space())}; };
  m_lane->ask(
      QStringLiteral("inspector-neighbours"), this, search,
      [this, dataset = m_dataset](const Found &found) {
        m_neighbours->show(dataset, found.neighbours);
        m_space->setText(found.space);
      },
      [this](const QString &error) {
        m_neighbours->show(m_dataset, {});
        m_space->setText(error);
      });
}

void Inspector::showColumns(std::size_t row) {
  const auto &columns = m_dataset->columns();
  m_columns->setRowCount(static_cast<int>(columns.size()) + 1);
  const auto put = [this](int line, const QString &name, const QString &value) {
    auto *key = new QTableWidgetItem(name);
    key->setForeground(theme().secondary);
    key->setToolTip(name);
    auto *item = new QTableWidgetItem(value.isEmpty() ? QStringLiteral("\u2013") : value);
    item->setToolTip(value);
    m_columns->setItem(line, 0, key);
    m_columns->setItem(line, 1, item);
  };
  put(0, tr("id"), QString::number(m_selection->current()));
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const bool filled = row < columns[c].size();
    put(static_cast<int>(c) + 1, QString::fromStdString(columns[c].name), filled ? QString::fromStdString(columns[c].text(row)) : QString());
  }
  m_columns->setFixedHeight(std::min(m_columns->rowCount(), 12) * 24 + 2);
}

}  // namespace vitrine
