// Where the program's own files are: checkpoints, help, icons, lessons.
#pragma once

#include <filesystem>

namespace vitrine {

/// VITRINE_RESOURCES if set, else ../share/vitrine beside the program's folder (installed), else the source tree's resources/.
std::filesystem::path resources();

}  // namespace vitrine
