// The arrays of a .npz, which is a zip of .npy files, through libzip.
#pragma once

#include <memory>

#include "core/npy.h"

namespace vitrine::data {

class NpzFile {
 public:
  /// Reads the header of every array. Throws InputError for a damaged archive, one without arrays, or a build without libzip.
  explicit NpzFile(const std::filesystem::path &file);
  ~NpzFile();
  NpzFile(const NpzFile &) = delete;
  NpzFile &operator=(const NpzFile &) = delete;

  struct Entry {
    std::string name;  ///< without .npy
    NpyHeader header;
    std::uint64_t index = 0;
  };
  const std::vector<Entry> &entries() const { return m_entries; }
  std::string where(const Entry &entry) const { return m_where + "[" + entry.name + "]"; }
  NpyArray read(const Entry &entry) const;

 private:
  struct Zip;
  std::string m_where;
  std::unique_ptr<Zip> m_zip;
  std::vector<Entry> m_entries;
};

}  // namespace vitrine::data
