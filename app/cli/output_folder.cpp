#include "app/cli/output_folder.h"

#include <unistd.h>

#include <algorithm>
#include <vector>

#include "core/error.h"

namespace vitrine::cli {

namespace fs = std::filesystem;

OutputFolder::OutputFolder(fs::path folder) : m_folder(fs::absolute(folder).lexically_normal()) {
  if (!m_folder.has_filename()) {
    m_folder = m_folder.parent_path();  // "out/" and "out" are the same
  }
  fs::path existing = m_folder;
  std::error_code ignored;
  while (!fs::exists(existing, ignored) && existing.has_relative_path()) {
    existing = existing.parent_path();
  }
  if (!fs::is_directory(existing, ignored)) {
    throw InputError(existing.string(), "is a file, not a folder", "choose another --out");
  }
  if (::access(existing.c_str(), W_OK | X_OK) != 0) {
    throw InputError(existing.string(), "this folder cannot be written", "choose another --out");
  }
  m_staging = existing / (".vitrine-run-" + std::to_string(::getpid()));
}

OutputFolder::~OutputFolder() {
  std::error_code ignored;
  fs::remove_all(m_staging, ignored);
}

void OutputFolder::commit() {
  fs::create_directories(m_folder);
  std::vector<fs::path> names;
  for (const auto &entry : fs::directory_iterator(m_staging)) {
    names.push_back(entry.path().filename());
  }
  // report.json last: whoever finds it new finds the rest new, too
  std::sort(names.begin(), names.end(),
            [](const fs::path &a, const fs::path &b) { return std::pair(a == "report.json", a) < std::pair(b == "report.json", b); });
  for (const auto &name : names) {
    if (fs::is_directory(m_folder / name) || fs::is_directory(m_staging / name)) {
      fs::remove_all(m_folder / name);  // a rename replaces files, not folders
    }
    fs::rename(m_staging / name, m_folder / name);
  }
}

}  // namespace vitrine::cli
