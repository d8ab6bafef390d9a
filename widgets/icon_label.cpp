// An icon that follows the theme because it is drawn anew each time.
#include "widgets/icon_label.h"

#include <array>

#include <QPainter>

#include "widgets/theme.h"

namespace vitrine {

IconLabel::IconLabel(const QString &name, int size, Tone tone, QWidget *parent) : QWidget(parent), m_name(name), m_size(size), m_tone(tone) {
  setFixedSize(size, size);
}

void IconLabel::setIcon(const QString &name, Tone tone) {
  m_name = name;
  m_tone = tone;
  update();
}

void IconLabel::paintEvent(QPaintEvent *) {
  const Theme &t = theme();
  const std::array<QColor, 5> colours = {t.text, t.secondary, t.accent, t.warning, t.error};
  QPainter(this).drawPixmap(0, 0, iconPixmap(m_name, m_size, devicePixelRatioF(), colours[static_cast<std::size_t>(m_tone)]));
}

}  // namespace vitrine
