// The look of the house: palette, style sheet, type sizes, icons, and the colours of data. One place for every colour.
#pragma once

#include <array>

#include <QColor>
#include <QFont>
#include <QIcon>
#include <QImage>

#include "core/buffers.h"

namespace vitrine {

struct Theme {
  bool dark = true;
  QColor window, panel, raised, text, secondary, accent, warning, error, hairline;
};

/// The theme in force (GUI thread). Dark until applyTheme() says otherwise.
const Theme &theme();
/// Fusion, our palette and style sheet on the whole application; widgets get QEvent::PaletteChange and redraw.
void applyTheme(bool dark);
/// While one lives, what is drawn (GUI thread) takes the light colours: paper is white. No widget hears of it.
class PaperTheme {
 public:
  PaperTheme();
  ~PaperTheme();
  PaperTheme(const PaperTheme &) = delete;
  PaperTheme &operator=(const PaperTheme &) = delete;

 private:
  Theme m_before;
};
/// What the user's settings ask of every view (GUI thread).
struct Habits {
  enum class Drawing { Automatic, OpenGl, Processor };
  bool motion = true;                    ///< the camera glides
  Drawing drawing = Drawing::Automatic;  ///< of maps opened from now on
};
Habits &habits();
/// One family (breeze through QIcon::fromTheme, else drawn by us from resources), tinted to the theme's text colour.
QIcon icon(const QString &name);
QFont uiFont(int pointSize);  ///< 9, 10, 12 or 16 pt, tabular figures
QFont monoFont(int pointSize);

/// Category colours: up to 8 Okabe-Ito, then a distinct set to 24; index 23 and above share "other".
QColor categoryColour(std::size_t index, std::size_t count);
/// Perceptual maps, t in [0, 1]: "viridis", "cividis", "magma", "diverging" (middle = neutral of the theme).
QColor mapColour(const QString &map, double t);

/// Bytes R, G, B, A of each row (in memory order) for a column (Number -> viridis between 2nd and 98th percentile, Category -> categoryColour, Text -> one
/// colour).
std::vector<std::uint32_t> columnColours(const Column *column, std::size_t rows);
/// What a legend draws for that column.
struct LegendEntry {
  QString text;
  QColor colour;
  int category = -1;  ///< -1 for numbers
};
std::vector<LegendEntry> legendOf(const Column *column);

/// A QImage that owns its pixels.
QImage toQImage(const Image &image);
/// Never stretched or blurred: integer nearest-neighbour zoom when growing, area filter when shrinking, checkerboard below transparency.
QImage fitted(const Image &image, QSize box);
QImage fitted(const QImage &image, QSize box);

}  // namespace vitrine
