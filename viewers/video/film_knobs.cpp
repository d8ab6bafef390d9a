#include "viewers/video/film_knobs.h"

#include <QGridLayout>
#include <QLabel>
#include <QSlider>
#include <QToolButton>

#include "widgets/format.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

enum Knob : std::size_t { kBits, kPrune, kCodes, kWeights };
constexpr int kMostBits = 8;
constexpr double kNoiseStep = 0.02;  // standard deviations a step of a noise slider

}  // namespace

FilmKnobs::FilmKnobs(QWidget *parent) : QWidget(parent), m_costs(new QLabel(this)), m_reset(new QToolButton(this)) {
  const struct {
    const char *name;
    int low, high, start, page;
    QString help;
  } knobs[] = {{"bits", 2, kMostBits, kMostBits, 1, tr("Bits of each weight; to the right end, as the file has them. Fewer are smaller and rougher")},
               {"prune", 0, 90, 0, 5, tr("Share of the smallest weights set to zero. More are smaller and rougher")},
               {"code-noise", 0, 100, 0, 5, tr("Noise on the frames' codes, in standard deviations of all codes: how far a frame may wander")},
               {"weight-noise", 0, 50, 0, 5, tr("Noise on the weights, in standard deviations of each layer's: how much the picture hangs on them")}};
  auto *grid = new QGridLayout(this);
  grid->setContentsMargins(8, 4, 8, 4);
  grid->setHorizontalSpacing(8);
  grid->setVerticalSpacing(0);
  for (std::size_t i = 0; i < m_sliders.size(); ++i) {
    m_names[i] = new QLabel(this);
    m_names[i]->setFont(uiFont(9));
    m_names[i]->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    m_sliders[i] = new QSlider(Qt::Horizontal, this);
    m_sliders[i]->setObjectName(QString::fromLatin1(knobs[i].name));
    m_sliders[i]->setRange(knobs[i].low, knobs[i].high);
    m_sliders[i]->setValue(knobs[i].start);
    m_sliders[i]->setPageStep(knobs[i].page);
    m_sliders[i]->setMinimumWidth(56);
    m_sliders[i]->setToolTip(knobs[i].help);
    m_sliders[i]->setAccessibleName(knobs[i].help);
    m_names[i]->setToolTip(knobs[i].help);
    grid->addWidget(m_names[i], 0, static_cast<int>(i));
    grid->addWidget(m_sliders[i], 1, static_cast<int>(i));
    grid->setColumnStretch(static_cast<int>(i), 1);
    connect(m_sliders[i], &QSlider::valueChanged, this, [this] {
      refresh();
      Q_EMIT changed(edit());
    });
  }
  m_costs->setFont(uiFont(9));
  m_costs->setProperty("quiet", true);
  m_costs->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
  m_reset->setIcon(icon(QStringLiteral("reset")));
  m_reset->setToolTip(tr("Back to the film as it was opened"));
  m_reset->setAccessibleName(m_reset->toolTip());
  m_reset->setAutoRaise(true);
  connect(m_reset, &QToolButton::clicked, this, [this] {
    setEdit({});
    Q_EMIT changed({});
  });
  grid->addWidget(m_costs, 2, 0, 1, 4);
  grid->addWidget(m_reset, 0, 4, 3, 1);
  refresh();
}

FilmEdit FilmKnobs::edit() const {
  const QSlider &bits = *m_sliders[kBits];
  return {bits.value() == bits.maximum() ? 0 : bits.value(), m_sliders[kPrune]->value() / 100.0, m_sliders[kCodes]->value() * kNoiseStep,
          m_sliders[kWeights]->value() * kNoiseStep};
}

void FilmKnobs::setEdit(const FilmEdit &edit) {
  const int values[] = {edit.weightBits == 0 ? m_sliders[kBits]->maximum() : edit.weightBits, qRound(100 * edit.prune), qRound(edit.codeNoise / kNoiseStep),
                        qRound(edit.weightNoise / kNoiseStep)};
  for (std::size_t i = 0; i < m_sliders.size(); ++i) {
    const QSignalBlocker quiet(m_sliders[i]);
    m_sliders[i]->setValue(values[i]);
  }
  refresh();
}

void FilmKnobs::setFilm(const FilmEditor *editor) {
  setVisible(editor != nullptr);
  const FilmEdit now = edit();
  const QSignalBlocker quiet(m_sliders[kBits]);
  m_sliders[kBits]->setMaximum(editor != nullptr ? editor->weightBits() : kMostBits);
  setEdit(now);
}

void FilmKnobs::setBytes(std::optional<std::size_t> now, std::size_t opened, double pixels) {
  m_known.clear();
  if (now) {
    m_known = tr("%1 bytes - %2 bpp").arg(count(static_cast<qint64>(*now)), number(8 * static_cast<double>(*now) / pixels));
    if (*now != opened && opened > 0) {
      m_known += tr(" - %1 % of the file that was opened").arg(100.0 * static_cast<double>(*now) / static_cast<double>(opened), 0, 'f', 0);
    }
  }
  m_costs->setText(now ? m_known : tr("counting the bytes..."));
}

QString FilmKnobs::costs() const {
  return m_known;
}

void FilmKnobs::resizeEvent(QResizeEvent *) {
  refresh();
}

void FilmKnobs::refresh() {
  const FilmEdit now = edit();
  const bool wide = width() > 560;
  const bool asFiled = now.weightBits == 0;
  m_names[kBits]->setText((!wide ? tr("Bits %1") : asFiled ? tr("Weight bits: %1, as filed") : tr("Weight bits: %1")).arg(m_sliders[kBits]->value()));
  m_names[kPrune]->setText((wide ? tr("Pruned: %1 %") : tr("Prune %1 %")).arg(100 * now.prune, 0, 'f', 0));
  m_names[kCodes]->setText((wide ? tr("Noise on codes: %1 s.d.") : tr("Codes \u00b1%1")).arg(now.codeNoise, 0, 'f', 2));
  m_names[kWeights]->setText((wide ? tr("On weights: %1 s.d.") : tr("Weights \u00b1%1")).arg(now.weightNoise, 0, 'f', 2));
  m_reset->setEnabled(!(now == FilmEdit{}));
}

}  // namespace vitrine
