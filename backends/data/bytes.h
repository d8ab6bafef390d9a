// Bytes and text as they come out of files: gzip undone, damage told with its byte, text made fit to show.
#pragma once

#include <memory>
#include <optional>

#include "core/error.h"
#include "core/npy.h"

namespace vitrine::data {

/// Reads memory from its beginning; gzip (several members too) is unpacked on the way. `bytes` must outlive it.
class Unpacker {
 public:
  Unpacker(std::span<const std::uint8_t> bytes, std::string where);
  ~Unpacker();
  Unpacker(const Unpacker &) = delete;
  Unpacker &operator=(const Unpacker &) = delete;

  /// Fills `out` as far as there is data; the number of bytes. Throws InputError with the byte where the gzip data is damaged or cut off.
  std::size_t read(std::span<std::uint8_t> out);
  /// No more than this can still come: known for plain files, deflate's largest ratio for packed ones.
  std::size_t mostLeft() const;

 private:
  struct Gzip;
  std::span<const std::uint8_t> m_bytes;
  std::string m_where;
  std::size_t m_at = 0;
  std::unique_ptr<Gzip> m_gzip;
};

bool isGzip(std::span<const std::uint8_t> bytes);
/// The first `head` bytes after unpacking, fewer if there are no more; damage further on goes unnoticed.
std::vector<std::uint8_t> unpackedHead(const std::filesystem::path &file, std::size_t head);
/// The whole file after unpacking. Throws InputError beyond 64 GiB.
std::vector<std::uint8_t> unpacked(const std::filesystem::path &file);

inline std::string_view textOf(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}
/// Valid UTF-8 as it is, anything else taken as Latin-1.
std::string utf8(std::string_view text);
/// For messages: in quotes, at most 40 characters, control characters shown as '?'.
std::string inQuotes(std::string_view text);
/// "1 row", "5,000 rows".
std::string counted(std::size_t n, const std::string &noun);

}  // namespace vitrine::data
