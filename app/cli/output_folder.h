// The folder that --out names: untouched until a run has succeeded.
#pragma once

#include <filesystem>

namespace vitrine::cli {

/// Results are gathered in a hidden folder beside (or inside) the wanted one, and moved into place by commit(), each file by one rename.
class OutputFolder {
 public:
  /// Throws InputError for a file in the way or a folder that cannot be written. Creates nothing.
  explicit OutputFolder(std::filesystem::path folder);
  ~OutputFolder();
  OutputFolder(const OutputFolder &) = delete;
  OutputFolder &operator=(const OutputFolder &) = delete;

  const std::filesystem::path &staging() const { return m_staging; }
  /// Throws std::filesystem::filesystem_error.
  void commit();

 private:
  std::filesystem::path m_folder, m_staging;
};

}  // namespace vitrine::cli
