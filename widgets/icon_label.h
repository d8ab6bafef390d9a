// An icon of the family as a widget, in a colour of the theme, crisp at any scale and repainted with the theme.
#pragma once

#include <QColor>
#include <QWidget>

namespace vitrine {

class IconLabel : public QWidget {
  Q_OBJECT
 public:
  enum class Tone { Text, Secondary, Accent, Warning, Error };

  IconLabel(const QString &name, int size, Tone tone = Tone::Secondary, QWidget *parent = nullptr);
  void setIcon(const QString &name, Tone tone);
  QSize sizeHint() const override { return {m_size, m_size}; }

 protected:
  void paintEvent(QPaintEvent *event) override;

 private:
  QString m_name;
  int m_size;
  Tone m_tone;
};

/// The icon in one colour, `size` logical pixels square.
QPixmap iconPixmap(const QString &name, int size, qreal scale, const QColor &colour);

}  // namespace vitrine
