// SHA-256 (FIPS 180-4): says in a report which file a number came from. Not for secrets.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace vitrine {

class Sha256 {
 public:
  void add(std::span<const std::uint8_t> bytes);
  std::string hex();  ///< 64 digits; ends the sum

 private:
  void block(const std::uint8_t *bytes);
  std::array<std::uint32_t, 8> m_state{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::uint8_t, 64> m_rest{};
  std::uint64_t m_length = 0;
};

/// Of the files one after the other (as `cat FILES | sha256sum`). Beyond 32 MiB only the first 32 MiB are taken, so that opening stays quick; the
/// result then begins with "first-32-MiB:". Throws InputError.
std::string sha256OfFiles(const std::vector<std::filesystem::path> &files);

}  // namespace vitrine
