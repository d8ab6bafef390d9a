// The picture of a sample, crisp: whole-number zoom for small ones, area filter for large ones; to be copied by menu or Ctrl+C.
#pragma once

#include <QImage>
#include <QPixmap>
#include <QWidget>

namespace vitrine {

class SamplePicture : public QWidget {
  Q_OBJECT
 public:
  explicit SamplePicture(QWidget *parent = nullptr);

  /// `picture` may be a reduction of one that was `original` pixels large; a null picture leaves the frame empty.
  void setPicture(const QImage &picture, QSize original = {});
  const QImage &picture() const { return m_picture; }
  QString note() const;  ///< "28 x 28 pixels, shown x8"
  void setMaximumHeightOfPicture(int height);

  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;
  QSize sizeHint() const override { return {240, heightForWidth(240)}; }

 Q_SIGNALS:
  void clicked();
  void copied();
  void noteChanged();

 protected:
  void paintEvent(QPaintEvent *event) override;
  void resizeEvent(QResizeEvent *event) override;
  void mouseReleaseEvent(QMouseEvent *event) override;
  void keyPressEvent(QKeyEvent *event) override;
  void contextMenuEvent(QContextMenuEvent *event) override;

 private:
  void copy();
  void refit();
  QImage m_picture;
  QSize m_original;
  QPixmap m_shown;
  int m_maximum = 280;
};

}  // namespace vitrine
