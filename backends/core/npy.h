// NumPy's .npy format (version 1 to 3), both ways, and the report of a run on disk.
#pragma once

#include <filesystem>
#include <span>

#include "core/buffers.h"

namespace vitrine {

struct NpyArray {
  std::vector<std::size_t> shape;  ///< empty for a scalar
  char type = 'f';                 ///< 'f' real, 'i' signed, 'u' unsigned, 'b' boolean, 'c' complex, 'U' or 'S' text
  std::size_t itemSize = 4;        ///< bytes an element
  std::vector<std::string> texts;  ///< filled for 'U' and 'S'
  std::vector<double> numbers;     ///< filled for 'i', 'u', 'b' and 8-byte 'f', row-major
  std::vector<float> floats;       ///< filled for 2- and 4-byte 'f', row-major

  std::size_t count() const;
  double number(std::size_t i) const { return floats.empty() ? numbers[i] : static_cast<double>(floats[i]); }
};

/// Parses a whole .npy file in memory; `where` names it in messages. Fortran order and big-endian are converted.
/// Throws InputError for a wrong magic, a broken header (with the byte), object arrays, a size that does not match.
NpyArray parseNpy(std::span<const std::uint8_t> bytes, const std::string &where);
NpyArray readNpy(const std::filesystem::path &file);

/// Writes float32 in C order through a temporary file and a rename. Throws std::runtime_error naming the file (disk full, read-only).
void writeNpy(const std::filesystem::path &file, const std::vector<std::size_t> &shape, std::span<const float> values);
void writeNpy(const std::filesystem::path &file, std::span<const SampleId> ids);  ///< int64

/// Writes through a temporary file beside the target and renames it. Throws std::runtime_error that names file and reason.
void writeFile(const std::filesystem::path &file, std::string_view bytes);
/// Throws InputError if the file is missing, a folder, unreadable or larger than `limit` bytes.
std::vector<std::uint8_t> readFile(const std::filesystem::path &file, std::uintmax_t limit = std::uintmax_t{64} << 30);

}  // namespace vitrine
