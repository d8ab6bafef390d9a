// What may be done to a film's code by hand, and what its file costs then.
#pragma once

#include <array>
#include <optional>

#include <QWidget>

#include "core/sources.h"

class QLabel;
class QSlider;
class QToolButton;

namespace vitrine {

class FilmKnobs : public QWidget {
  Q_OBJECT
 public:
  explicit FilmKnobs(QWidget *parent = nullptr);

  FilmEdit edit() const;
  void setEdit(const FilmEdit &edit);
  /// The film that was opened: more bits than it has are not offered. Hidden where there is none (null).
  void setFilm(const FilmEditor *editor);
  /// Bytes of the file as it would be now and of the one that was opened, and the pixels of all frames; nothing while they are being counted.
  void setBytes(std::optional<std::size_t> now, std::size_t opened, double pixels);
  QString costs() const;  ///< "34,812 bytes - 0.213 bpp", empty while it is not known

 Q_SIGNALS:
  void changed(const vitrine::FilmEdit &edit);

 protected:
  void resizeEvent(QResizeEvent *event) override;

 private:
  void refresh();
  std::array<QSlider *, 4> m_sliders{};
  std::array<QLabel *, 4> m_names{};
  QLabel *m_costs;
  QToolButton *m_reset;
  QString m_known;
};

}  // namespace vitrine
