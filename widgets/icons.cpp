// One icon family in one colour: breeze where it is installed, else drawings of our own, tinted when painted so that a change of theme needs no new icons.
#include <cmath>
#include <map>

#include <QFile>
#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QSvgRenderer>

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
      {"help", "help-contents"},
      {"image", "viewimage"},
      {"table", "table"},
      {"export", "document-export"},
      {"close", "window-close"},
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
  };
  const auto it = names.find(name);
  return it == names.end() ? name : it->second;
}

class TintedIcon : public QIconEngine {
 public:
  explicit TintedIcon(const QString &name) : m_name(name) {
    const QString own = QStringLiteral(":/icons/%1.svg").arg(name);
    const QString breeze = breezeName(name);
    if ((breeze == name && QFile::exists(own)) || !QIcon::hasThemeIcon(breeze)) {
      m_own = QFile::exists(own) ? own : QString();
    } else {
      m_theme = QIcon::fromTheme(breeze);
    }
  }

  void paint(QPainter *painter, const QRect &rect, QIcon::Mode mode, QIcon::State) override {
    painter->drawPixmap(rect, drawn(rect.size(), painter->device()->devicePixelRatio(), mode));
  }
  QPixmap pixmap(const QSize &size, QIcon::Mode mode, QIcon::State) override { return drawn(size, 1, mode); }
  QPixmap scaledPixmap(const QSize &size, QIcon::Mode mode, QIcon::State, qreal scale) override { return drawn(size / scale, scale, mode); }
  QSize actualSize(const QSize &size, QIcon::Mode, QIcon::State) override { return size; }
  QIconEngine *clone() const override { return new TintedIcon(*this); }
  QString key() const override { return QStringLiteral("vitrine"); }
  QString iconName() override { return m_name; }
  bool isNull() override { return m_own.isEmpty() && m_theme.isNull(); }

 private:
  QPixmap drawn(const QSize &size, qreal scale, QIcon::Mode mode) const {
    QPixmap pixmap(size * scale);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    const QRect all(QPoint(), pixmap.size());
    if (m_own.isEmpty()) {
      const QPixmap source = m_theme.pixmap(size, scale);  // picks the drawing made for this size
      painter.drawPixmap(QPoint((all.width() - source.width()) / 2, (all.height() - source.height()) / 2), [&source] {
        QPixmap flat = source;
        flat.setDevicePixelRatio(1);
        return flat;
      }());
    } else {
      painter.setRenderHint(QPainter::Antialiasing);
      QSvgRenderer(m_own).render(&painter, QRectF(all));
    }
    painter.setCompositionMode(QPainter::CompositionMode_SourceIn);
    QColor colour = theme().text;
    if (mode == QIcon::Disabled) {
      colour.setAlphaF(0.38F);
    }
    painter.fillRect(all, colour);
    painter.end();
    pixmap.setDevicePixelRatio(scale);
    return pixmap;
  }

  QString m_name, m_own;
  QIcon m_theme;
};

}  // namespace

QIcon icon(const QString &name) {
  return QIcon(new TintedIcon(name));
}

}  // namespace vitrine
