// Found once by everybody: viewers for help, models for checkpoints.
#include "core/resources.h"

#include <cstdlib>
#include <system_error>

namespace vitrine {

std::filesystem::path resources() {
  if (const char *chosen = std::getenv("VITRINE_RESOURCES"); chosen != nullptr && *chosen != '\0') {
    return chosen;
  }
  std::error_code error;  // no /proc: fall through to the source tree
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto installed = program.parent_path().parent_path() / "share" / "vitrine";
  if (!error && std::filesystem::is_directory(installed, error)) {
    return installed;
  }
  return VITRINE_SOURCE_RESOURCES;
}

}  // namespace vitrine
