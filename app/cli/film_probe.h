// Doctor's look at the media libraries.
#pragma once

#include <string>

namespace vitrine::cli {

struct FilmProbe {
  bool present = false;  ///< false in builds without OpenCV and FFmpeg
  bool good = false;
  std::string versions, result;
};

/// Writes a film of a few frames as the window's export does, decodes it again and compares.
FilmProbe probeFilms();

}  // namespace vitrine::cli
