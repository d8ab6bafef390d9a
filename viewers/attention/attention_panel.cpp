// Lays the controls out and turns what they say into a HeatChoice; the viewer decides what it means.
#include "viewers/attention/attention_panel.h"

#include <cmath>

#include <QAction>
#include <QCheckBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/theme.h"

namespace vitrine {

namespace {

QToolButton *buttonFor(QAction *action, QWidget *parent) {
  auto *button = new QToolButton(parent);
  button->setDefaultAction(action);
  button->setAutoRaise(true);
  button->setFocusPolicy(Qt::TabFocus);
  return button;
}

/// A check box that mirrors a checkable action.
QCheckBox *boxFor(QAction *action, QWidget *parent) {
  auto *box = new QCheckBox(action->iconText(), parent);
  box->setToolTip(action->toolTip());
  box->setFocusPolicy(Qt::TabFocus);
  box->setChecked(action->isChecked());
  QObject::connect(action, &QAction::toggled, box, &QCheckBox::setChecked);
  QObject::connect(box, &QCheckBox::clicked, action, &QAction::trigger);
  return box;
}

}  // namespace

AttentionPanel::AttentionPanel(QAction *previous, QAction *next, QAction *average, QAction *rollout, QWidget *parent) : QWidget(parent) {
  auto *chooser = new QHBoxLayout;
  chooser->setSpacing(4);
  m_sample = new QLabel(this);
  m_sample->setAlignment(Qt::AlignCenter);
  m_sample->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  chooser->addWidget(buttonFor(previous, this));
  chooser->addWidget(m_sample, 1);
  chooser->addWidget(buttonFor(next, this));

  auto *sliders = new QGridLayout;
  sliders->setHorizontalSpacing(8);
  sliders->setVerticalSpacing(4);
  sliders->setColumnStretch(1, 1);
  m_layer = addSlider(sliders, 0, "layer", tr("Layer"), tr("Which layer's attention is shown; later layers gather from further away (up and down keys)"),
                      &m_layerValue);
  m_head = addSlider(sliders, 1, "head", tr("Head"), tr("Which head of the layer is shown instead of their mean (left and right keys)"), &m_headValue);
  m_opacity = addSlider(sliders, 2, "opacity", tr("Heat"), tr("More shows the heat alone, less the picture"), &m_opacityValue);
  m_opacity->setRange(0, 100);

  auto *switches = new QHBoxLayout;
  switches->setSpacing(12);
  switches->addWidget(boxFor(average, this));
  switches->addWidget(boxFor(rollout, this));
  switches->addStretch(1);

  m_grid = new HeadGrid(this);
  auto *layout = new QVBoxLayout(this);
  layout->setContentsMargins(12, 8, 12, 8);
  layout->setSpacing(8);
  layout->addLayout(chooser);
  layout->addLayout(sliders);
  layout->addLayout(switches);
  layout->addWidget(m_grid, 1);

  connect(m_layer, &QSlider::valueChanged, this, [this](int value) {
    HeatChoice choice = m_scene.choice;
    choice.layer = value - 1;
    choice.mode = choice.mode == HeatChoice::Mode::Rollout ? HeatChoice::Mode::Average : choice.mode;
    Q_EMIT chosen(choice);
  });
  connect(m_head, &QSlider::valueChanged, this, [this](int value) {
    HeatChoice choice = m_scene.choice;
    choice.head = value - 1;
    choice.mode = HeatChoice::Mode::Head;
    Q_EMIT chosen(choice);
  });
  connect(m_opacity, &QSlider::valueChanged, this, [this](int value) { Q_EMIT opacityChanged(value / 100.0); });
  connect(m_grid, &HeadGrid::chosen, this, &AttentionPanel::chosen);
}

QSlider *AttentionPanel::addSlider(QGridLayout *layout, int row, const char *name, const QString &title, const QString &toolTip, QLabel **value) {
  auto *label = new QLabel(title, this);
  auto *slider = new QSlider(Qt::Horizontal, this);
  slider->setObjectName(QLatin1String(name));
  slider->setToolTip(toolTip);
  slider->setAccessibleName(title);
  slider->setFocusPolicy(Qt::TabFocus);
  slider->setPageStep(1);
  label->setBuddy(slider);
  *value = new QLabel(this);
  (*value)->setFont(uiFont(9));
  (*value)->setMinimumWidth(44);
  (*value)->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  layout->addWidget(label, row, 0);
  layout->addWidget(slider, row, 1);
  layout->addWidget(*value, row, 2);
  return slider;
}

void AttentionPanel::setScene(const AttentionScene &scene, const QString &sampleLine) {
  m_scene = scene;
  const int layers = scene.maps ? scene.maps->layers : 0, heads = scene.maps ? scene.maps->heads : 0;
  const QSignalBlocker quiet[] = {QSignalBlocker(m_layer), QSignalBlocker(m_head), QSignalBlocker(m_opacity)};
  m_layer->setRange(1, std::max(1, layers));
  m_head->setRange(1, std::max(1, heads));
  m_layer->setValue(scene.choice.layer + 1);
  m_head->setValue(scene.choice.head + 1);
  m_opacity->setValue(static_cast<int>(std::lround(100 * scene.opacity)));
  m_layer->setEnabled(layers > 1);
  m_head->setEnabled(heads > 1);
  const bool rollout = scene.choice.mode == HeatChoice::Mode::Rollout;
  m_layerValue->setText(rollout ? tr("all") : tr("%1 of %2").arg(scene.choice.layer + 1).arg(layers));
  m_headValue->setText(scene.choice.mode == HeatChoice::Mode::Head ? tr("%1 of %2").arg(scene.choice.head + 1).arg(heads) : rollout ? tr("all") : tr("mean"));
  m_opacityValue->setText(tr("%1 %").arg(m_opacity->value()));
  m_sample->setText(sampleLine);
  m_sample->setToolTip(sampleLine);
  m_grid->setScene(scene);
}

}  // namespace vitrine
