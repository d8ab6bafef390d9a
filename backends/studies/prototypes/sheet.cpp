#include "studies/prototypes/sheet.h"

namespace vitrine::study {

Image sheetOf(const std::vector<Image> &above, const std::vector<Image> &below) {
  constexpr int kGap = 2, kZoom = 2;
  const int side = above[0].width * kZoom, channels = above[0].channels, step = side + kGap, columns = static_cast<int>(above.size());
  Image sheet{columns * step + kGap, 2 * step + kGap, channels, {}};
  sheet.pixels.assign(static_cast<std::size_t>(sheet.width) * static_cast<std::size_t>(sheet.height * channels), 128);
  for (int row = 0; row < 2; ++row) {
    for (int column = 0; column < columns; ++column) {
      const Image &image = (row == 0 ? above : below)[static_cast<std::size_t>(column)];
      for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side * channels; ++x) {
          const int to = (kGap + row * step + y) * sheet.width * channels + (kGap + column * step) * channels + x;
          const int from = (y / kZoom * image.width + x / channels / kZoom) * channels + x % channels;
          sheet.pixels[static_cast<std::size_t>(to)] = image.pixels[static_cast<std::size_t>(from)];
        }
      }
    }
  }
  return sheet;
}

}  // namespace vitrine::study
