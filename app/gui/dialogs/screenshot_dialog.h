// A picture of a view at any size: presets, preview, file name, clipboard.
#pragma once

#include <functional>

#include <QDialog>
#include <QImage>

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;

namespace vitrine {

class ScreenshotDialog : public QDialog {
  Q_OBJECT
 public:
  /// `grab` makes the picture at a size in pixels (a viewer's grab()); `onScreen` is the view's size now, `path` the proposed file.
  ScreenshotDialog(std::function<QImage(QSize)> grab, QSize onScreen, const QString &path, QWidget *parent = nullptr);

  QSize pixels() const;  ///< of the picture to be made
  QString path() const;  ///< absolute, with a suffix
  int dotsPerInch() const { return m_dpi; }
  /// The picture at the chosen size, its resolution written into it. Null if the view has nothing to show.
  QImage picture() const;

 private:
  QWidget *makeForm(const QString &path);
  void choosePreset(int index);
  void sizeEdited();
  void browse();
  void refresh();

  std::function<QImage(QSize)> m_grab;
  QSize m_onScreen;
  int m_dpi = 96;
  QComboBox *m_preset = nullptr;
  QSpinBox *m_width = nullptr, *m_height = nullptr;
  QLineEdit *m_path = nullptr;
  QLabel *m_preview = nullptr, *m_note = nullptr;
  QPushButton *m_save = nullptr, *m_copy = nullptr;
};

}  // namespace vitrine
