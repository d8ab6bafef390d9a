// One icon family in one colour: breeze where it is installed, else drawings of our own, tinted when painted so that a change of theme needs no new icons.
#include <map>

#include <QFile>
#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QSvgRenderer>

#include "widgets/icon_label.h"
#include "widgets/theme.h"

namespace vitrine {

namespace {

/// Breeze's name for what the house calls it; names that are missing here are drawn by us or taken from the theme as they are.
QString breezeName(const QString &name) {
  static const std::map<QString, QString> names = {
      {"open", "document-open"},
      {"save", "document-save"},
      {"play", "media-playback-start"},
      {"pause", "media-playback-pause"},
      {"stop", "media-playback-stop"},
      {"undo", "edit-undo"},
      {"redo", "edit-redo"},
      {"search", "edit-find"},
      {"box-select", "select-rectangular"},
      {"lasso", "edit-select-lasso"},
      {"pan", "transform-browse"},
      {"fit", "zoom-fit-best"},
      {"settings", "configure"},

      {"image", "viewimage"},
      {"table", "table"},
      {"export", "document-export"},

      {"more", "overflow-menu"},
      {"copy", "edit-copy"},
      {"delete", "edit-delete"},
      {"rename", "document-edit"},
      {"refresh", "view-refresh"},
      {"add", "list-add"},
      {"up", "go-up"},
      {"down", "go-down"},
      {"back", "go-previous"},
      {"forward", "go-next"},
      {"folder", "folder-open"},
      {"clear", "edit-clear"},
      {"zoom-in", "zoom-in"},
      {"zoom-out", "zoom-out"},
      {"select-all", "edit-select-all"},
      {"select-invert", "edit-select-invert"},
      {"select-none", "edit-select-none"},
  };
  const auto it = names.find(name);
  return it == names.end() ? name : it->second;
}

/// Where an icon's drawing is: our own file, or the theme's.
struct Drawing {
  QString own;
  QIcon theme;
};

Drawing drawingOf(const QString &name) {
  const QString own = QStringLiteral(":/icons/%1.svg").arg(name);
  const QString breeze = breezeName(name);
  if (QIcon::hasThemeIcon(breeze) && (breeze != name || !QFile::exists(own))) {
    return {{}, QIcon::fromTheme(breeze)};
  }
  return {QFile::exists(own) ? own : QString(), {}};
}

QPixmap tinted(const Drawing &drawing, const QSize &size, qreal scale, const QColor &colour) {
  QPixmap pixmap((QSizeF(size) * scale).toSize());
  if (pixmap.isNull()) {
    return pixmap;
  }
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  const QRect all(QPoint(), pixmap.size());
  if (drawing.own.isEmpty()) {
    QPixmap source = drawing.theme.pixmap(size, scale);  // picks the drawing made for this size
    source.setDevicePixelRatio(1);
    painter.drawPixmap(QPoint((all.width() - source.width()) / 2, (all.height() - source.height()) / 2), source);
  } else {
    painter.setRenderHint(QPainter::Antialiasing);
    QSvgRenderer(drawing.own).render(&painter, QRectF(all));
  }
  painter.setCompositionMode(QPainter::CompositionMode_SourceIn);
  painter.fillRect(all, colour);
  painter.end();
  pixmap.setDevicePixelRatio(scale);
  return pixmap;
}

class TintedIcon : public QIconEngine {
 public:
  explicit TintedIcon(const QString &name) : m_name(name), m_drawing(drawingOf(name)) {}

  void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State) override {
    painter->drawPixmap(rect, tinted(m_drawing, rect.size(), painter->device()->devicePixelRatio(), colourOf(mode)));
  }
  QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State) override { return tinted(m_drawing, size, 1, colourOf(mode)); }
  QPixmap scaledPixmap(const QSize &size, QIcon::Mode mode, QIcon::State, qreal scale) override {
    return tinted(m_drawing, (QSizeF(size) / scale).toSize(), scale, colourOf(mode));
  }
  QSize actualSize(const QSize &size, QIcon::Mode, QIcon::State) override { return size; }
  QIconEngine *clone() const override { return new TintedIcon(*this); }
  QString key() const override { return QStringLiteral("vitrine"); }
  QString iconName() override { return m_name; }
  bool isNull() override { return m_drawing.own.isEmpty() && m_drawing.theme.isNull(); }

 private:
  static QColor colourOf(QIcon::Mode mode) {
    QColor colour = theme().text;
    if (mode == QIcon::Disabled) {
      colour.setAlphaF(0.38F);
    }
    return colour;
  }
  QString m_name;
  Drawing m_drawing;
};

}  // namespace

QIcon icon(const QString &name) {
  return QIcon(new TintedIcon(name));
}

QPixmap iconPixmap(const QString &name, int size, qreal scale, const QColor &colour) {
  return tinted(drawingOf(name), {size, size}, scale, colour);
}

}  // namespace vitrine
