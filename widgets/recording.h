// Frames of a run in order. Positions lie on disk as 16-bit steps, each frame as its differences from the one before, so that a long recording of many points
// costs little memory and no more than two bytes a coordinate.
#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <QFile>

#include "core/artifact.h"

namespace vitrine {

/// Copies share the file and may be read from several threads; adding and thinning are for one.
class Recording {
 public:
  std::size_t size() const { return m_entries.size(); }
  bool empty() const { return m_entries.empty(); }
  const std::string &name(std::size_t i) const { return m_entries[i].name; }
  std::size_t bytes() const { return m_bytes; }  ///< of the frames kept, on disk and in memory

  /// Frame i; positions are off by at most 1/50,000 of the map's size. Throws std::runtime_error if the file cannot be read.
  Artifact operator[](std::size_t i) const;
  /// Throws std::runtime_error with the reason if the frame cannot be written.
  void add(const Artifact &frame);
  /// Lets every second frame of each name go.
  void thin();

  /// Writes the recorded positions into a folder that exists (frames of other kinds stay behind) and gives the names of its files, the one for read() first;
  /// none if there are no positions. Throws std::runtime_error.
  std::vector<std::string> write(const std::filesystem::path &folder) const;
  /// What write() wrote; the file stays open. Throws InputError naming the file where it is damaged.
  static Recording read(const std::filesystem::path &index);

 private:
  /// One frame in the file: steps of a box, `bytes` long; whole if `previous` is -1, else as differences from the block of that number.
  struct Block {
    qint64 offset = 0;
    std::size_t bytes = 0, rows = 0, columns = 0;
    int previous = -1, chain = 0;  ///< how many blocks must be read before it
    std::array<float, 3> low{}, high{};
  };
  struct Entry {
    std::string name;
    Json metadata;
    std::shared_ptr<const Payload> payload;  ///< null: positions on disk
    Ids ids;
    int block = -1;
    std::size_t bytes = 0;
  };
  using Steps = std::vector<std::uint16_t>;
  int store(const Matrix &positions);
  Steps steps(int block) const;
  std::vector<Entry> m_entries;
  std::vector<Block> m_blocks;    ///< those of frames that were let go too: later ones rest on them
  Steps m_last;                   ///< of the last block
  std::shared_ptr<QFile> m_file;  ///< temporary, and gone with the last copy, unless it belongs to a project
  qint64 m_end = 0;
  std::size_t m_bytes = 0;
};

}  // namespace vitrine
