// Frames of a run in order. Positions lie on disk as 16-bit numbers within each frame's box, so that a long recording of many points costs little memory.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <QFile>

#include "core/artifact.h"

namespace vitrine {

/// Copies share the file. One thread at a time.
class Recording {
 public:
  std::size_t size() const { return m_entries.size(); }
  bool empty() const { return m_entries.empty(); }
  const std::string &name(std::size_t i) const { return m_entries[i].name; }
  std::size_t bytes() const { return m_bytes; }  ///< kept, on disk and in memory

  /// Frame i; positions are off by at most 1/65535 of the frame's box. Throws std::runtime_error if the file cannot be read.
  Artifact operator[](std::size_t i) const;
  /// Throws std::runtime_error with the reason if the frame cannot be written.
  void add(const Artifact &frame);
  /// Lets every second frame of each name go.
  void thin();

 private:
  struct Entry {
    std::string name;
    Json metadata;
    std::shared_ptr<const Payload> payload;  ///< null: positions on disk
    Ids ids;
    qint64 offset = 0;
    std::size_t rows = 0, columns = 0, bytes = 0;
    std::array<float, 3> low{}, high{};
  };
  void write(const Projection &projection, Entry &entry);
  std::vector<Entry> m_entries;
  std::shared_ptr<QFile> m_file;  ///< temporary; gone with the last copy
  qint64 m_end = 0;
  std::size_t m_bytes = 0;
};

}  // namespace vitrine
