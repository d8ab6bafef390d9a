// NumPy's .npy format (version 1 to 3), both ways, and whole files in and out.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <span>
#include <string_view>

#include "core/buffers.h"

namespace vitrine {

/// What a .npy file says before its values.
struct NpyHeader {
  std::vector<std::size_t> shape;  ///< empty for a scalar
  char type = 'f';                 ///< 'f' real, 'i' signed, 'u' unsigned, 'b' boolean, 'c' complex, 'U' or 'S' text
  std::size_t itemSize = 4;        ///< bytes an element
  bool bigEndian = false, fortran = false;
  std::size_t dataOffset = 0;  ///< byte of the first value

  std::size_t count() const;      ///< elements; cannot overflow, parseNpyHeader() has seen to it
  std::string shapeText() const;  ///< "(3, 4)"
  std::string typeText() const;   ///< "float32", "uint8", "text"
};

/// `bytes` may be the beginning of the file only. Throws InputError for a wrong magic, a broken header (with the byte), object and structured arrays.
NpyHeader parseNpyHeader(std::span<const std::uint8_t> bytes, const std::string &where);

struct NpyArray {
  std::vector<std::size_t> shape;   ///< empty for a scalar
  char type = 'f';                  ///< as in NpyHeader
  std::size_t itemSize = 4;         ///< bytes an element
  std::vector<std::string> texts;   ///< filled for 'U' and 'S', as UTF-8
  std::vector<double> numbers;      ///< filled for 8-byte 'f' and for 'i' and 'u' of 2 bytes and more, row-major
  std::vector<float> floats;        ///< filled for 2- and 4-byte 'f', row-major
  std::vector<std::uint8_t> bytes;  ///< filled for 'b' and 1-byte 'u', row-major

  std::size_t count() const;
  double number(std::size_t i) const { return !floats.empty() ? static_cast<double>(floats[i]) : !bytes.empty() ? static_cast<double>(bytes[i]) : numbers[i]; }
};

/// Parses a whole .npy file in memory; `where` names it in messages. Fortran order and big-endian are converted; of complex arrays only the
/// header is read. Throws InputError as parseNpyHeader() does, and for a size that does not match; nothing is allocated before that check.
NpyArray parseNpy(std::span<const std::uint8_t> bytes, const std::string &where);
NpyArray readNpy(const std::filesystem::path &file);

/// A table of numbers of any type as float32, rows x columns. Throws InputError, also where the array is no table.
Matrix readMatrix(const std::filesystem::path &file);

/// Writes float32 in C order through a temporary file and a rename. Throws std::runtime_error naming the file (disk full, read-only).
void writeNpy(const std::filesystem::path &file, const std::vector<std::size_t> &shape, std::span<const float> values);
void writeNpy(const std::filesystem::path &file, std::span<const SampleId> ids);  ///< int64

/// A free name beside `file` to write to before a rename.
std::filesystem::path partName(const std::filesystem::path &file);
/// Writes the parts after each other through a temporary file beside the target and renames it. Throws std::runtime_error that names file and reason.
void writeParts(const std::filesystem::path &file, std::initializer_list<std::string_view> parts);
inline void writeFile(const std::filesystem::path &file, std::string_view bytes) {
  writeParts(file, {bytes});
}
/// The whole file, or its first `head` bytes if that is shorter. Throws InputError if it is missing, a folder, a device, unreadable or too large to hold.
std::vector<std::uint8_t> readFile(const std::filesystem::path &file, std::size_t head = SIZE_MAX);

}  // namespace vitrine
