// Widgets of the map's right edge.
#include "viewers/projection/side_panel.h"

#include <algorithm>
#include <cmath>

#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMouseEvent>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>
#include <QVBoxLayout>
#include <QWidgetAction>

#include "viewers/figure.h"
#include "widgets/format.h"

namespace vitrine {

namespace {

constexpr int kGap = 4, kCaption = 20;
constexpr double kSliderSpan = 20;  // steps for a factor of two

int stepOf(double factor) {
  return static_cast<int>(std::lround(std::log2(factor) * kSliderSpan));
}
double factorOf(int step) {
  return std::exp2(step / kSliderSpan);
}

}  // namespace

PictureStrip::PictureStrip(QWidget *parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Preferred);
}

int PictureStrip::columns() const {
  return std::max(1, (width() - 10 + kGap) / (kSide + kGap));
}

int PictureStrip::capacity() const {
  return columns() * std::max(0, (height() - kCaption + kGap) / (kSide + kGap));
}

QSize PictureStrip::sizeHint() const {
  const int rows = std::min(2, (static_cast<int>(m_pictures.size()) + columns() - 1) / columns());
  return {140, m_total == 0 ? 0 : kCaption + std::max(rows, 0) * (kSide + kGap)};
}

QRect PictureStrip::cell(int index) const {
  return {5 + index % columns() * (kSide + kGap), kCaption + index / columns() * (kSide + kGap), kSide, kSide};
}

void PictureStrip::setPictures(const std::vector<std::pair<SampleId, QImage>> &pictures, qint64 total) {
  m_pictures = pictures;
  m_total = total;
  setVisible(total > 0);
  updateGeometry();
  update();
}

void PictureStrip::paintEvent(QPaintEvent *) {
  QPainter painter(this);
  painter.setFont(uiFont(9));
  painter.setPen(theme().secondary);
  painter.drawText(QRect(6, 0, width() - 12, kCaption - 4), Qt::AlignLeft | Qt::AlignVCenter, tr("%1 selected").arg(count(m_total)));
  const int shown = std::min(capacity(), static_cast<int>(m_pictures.size()));
  for (int i = 0; i < shown; ++i) {
    painter.fillRect(cell(i), theme().raised);
    drawCrisp(painter, m_pictures[static_cast<std::size_t>(i)].second, cell(i));
  }
}

void PictureStrip::mousePressEvent(QMouseEvent *event) {
  for (int i = 0; i < std::min(capacity(), static_cast<int>(m_pictures.size())); ++i) {
    if (cell(i).contains(event->pos())) {
      Q_EMIT sampleClicked(m_pictures[static_cast<std::size_t>(i)].first);
    }
  }
}

void PictureStrip::resizeEvent(QResizeEvent *) {
  Q_EMIT capacityChanged();
}

SidePanel::SidePanel(QWidget *parent)
    : QWidget(parent), m_search(new QLineEdit), m_found(new QLabel), m_columns(new QComboBox), m_legend(new Legend), m_strip(new PictureStrip) {
  m_search->setPlaceholderText(tr("Find label, text or id"));
  m_search->setAccessibleName(tr("Find"));
  m_search->setClearButtonEnabled(true);
  m_search->addAction(icon(QStringLiteral("search")), QLineEdit::LeadingPosition);
  m_found->setFont(uiFont(9));
  m_found->hide();
  m_columns->setAccessibleName(tr("Colour by"));
  m_columns->setToolTip(tr("The column that colours the points"));
  m_columns->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  auto *more = new QToolButton;
  more->setIcon(icon(QStringLiteral("more")));
  more->setToolTip(tr("Size, opacity, shapes, neighbours"));
  more->setAccessibleName(more->toolTip());
  more->setAutoRaise(true);
  more->setPopupMode(QToolButton::InstantPopup);
  buildMenu(more);

  auto *scroll = new QScrollArea;
  scroll->setWidget(m_legend);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->viewport()->setAutoFillBackground(false);
  m_legend->setAutoFillBackground(false);
  scroll->setFocusPolicy(Qt::NoFocus);

  auto *row = new QHBoxLayout;
  row->setSpacing(4);
  row->addWidget(m_columns, 1);
  row->addWidget(more);
  auto *layout = new QVBoxLayout(this);
  layout->setContentsMargins(9, 8, 8, 8);
  layout->setSpacing(8);
  layout->addWidget(m_search);
  layout->addWidget(m_found);
  layout->addLayout(row);
  layout->addWidget(scroll, 1);
  layout->addWidget(m_strip);
  m_strip->hide();

  connect(m_columns, &QComboBox::activated, this, [this](int index) { Q_EMIT columnChosen(m_columns->itemData(index).toString()); });
  connect(m_search, &QLineEdit::returnPressed, this, [this] { Q_EMIT searched(m_search->text()); });
  connect(m_search, &QLineEdit::textChanged, this, [this] { setSearchResult({}); });
}

QSlider *SidePanel::slider(const QString &name, const QString &toolTip, double MapLook::*member, QWidget *parent) {
  auto *slider = new QSlider(Qt::Horizontal, parent);
  slider->setRange(static_cast<int>(-2 * kSliderSpan), static_cast<int>(2 * kSliderSpan));
  slider->setAccessibleName(name);
  slider->setToolTip(toolTip);
  slider->setMinimumWidth(140);
  connect(slider, &QSlider::valueChanged, this, [this, member](int step) {
    m_look.*member = factorOf(step);
    Q_EMIT lookChanged(m_look);
  });
  return slider;
}

void SidePanel::buildMenu(QToolButton *button) {
  auto *menu = new QMenu(button);
  auto *box = new QWidget;
  auto *grid = new QGridLayout(box);
  grid->setContentsMargins(12, 8, 12, 8);
  m_size = slider(tr("Point size"), tr("From a quarter to four times the size that suits this number of points"), &MapLook::size, box);
  m_opacity = slider(tr("Opacity"), tr("Lower shows how many points lie upon each other; higher makes single points stronger"), &MapLook::opacity, box);
  grid->addWidget(new QLabel(tr("Point size")), 0, 0);
  grid->addWidget(m_size, 0, 1);
  grid->addWidget(new QLabel(tr("Opacity")), 1, 0);
  grid->addWidget(m_opacity, 1, 1);
  auto *sliders = new QWidgetAction(menu);
  sliders->setDefaultWidget(box);
  menu->addAction(sliders);
  menu->addSeparator();
  const auto option = [&](const QString &name, bool MapLook::*member) {
    QAction *action = menu->addAction(name);
    action->setCheckable(true);
    action->setChecked(m_look.*member);
    connect(action, &QAction::toggled, this, [this, member](bool on) {
      m_look.*member = on;
      Q_EMIT lookChanged(m_look);
    });
    return action;
  };
  m_shapes = option(tr("Shapes beside colours"), &MapLook::shapes);
  m_ties = option(tr("Lines to nearest neighbours"), &MapLook::ties);
  m_path = option(tr("Path in order"), &MapLook::path);
  m_path->setVisible(false);
  menu->addSeparator();
  connect(menu->addAction(tr("Default look")), &QAction::triggered, this, [this] {
    setLook({});
    Q_EMIT lookChanged(m_look);
  });
  button->setMenu(menu);
}

void SidePanel::setColumns(const QStringList &names, const QString &chosen) {
  const QSignalBlocker quiet(m_columns);
  m_columns->clear();
  m_columns->addItem(tr("One colour"), QString());
  for (const QString &name : names) {
    m_columns->addItem(name, name);
  }
  m_columns->setCurrentIndex(std::max(0, m_columns->findData(chosen)));
}

void SidePanel::setLegend(const LegendModel &model) {
  m_legend->setModel(model);
}

void SidePanel::setLook(const MapLook &look) {
  const QSignalBlocker a(m_size), b(m_opacity), c(m_shapes), d(m_ties), e(m_path);
  m_look = look;
  m_size->setValue(stepOf(look.size));
  m_opacity->setValue(stepOf(look.opacity));
  m_shapes->setChecked(look.shapes);
  m_ties->setChecked(look.ties);
  m_path->setChecked(look.path);
}

void SidePanel::offerPath(bool offered) {
  m_path->setVisible(offered);
}

void SidePanel::setSearchResult(const QString &text) {
  m_found->setText(text);
  m_found->setVisible(!text.isEmpty());
}

void SidePanel::paintEvent(QPaintEvent *) {
  QPainter painter(this);
  painter.fillRect(rect(), theme().panel);
  painter.fillRect(QRect(0, 0, 1, height()), theme().hairline);
}

}  // namespace vitrine
