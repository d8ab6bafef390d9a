// What a picture file says about itself in its first bytes, so that a folder of ten thousand opens without decoding one.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

namespace vitrine::data {

struct PictureHeader {
  enum class Kind { Png, Jpeg, WebP, Tiff, Bmp, Pnm, Other };
  Kind kind = Kind::Other;
  int width = 0, height = 0;  ///< as shown, after rotation; 0 = only decoding tells
  bool grey = false;
  int orientation = 1;  ///< EXIF: 1 to 8
};

/// Fills `out` from a byte on; false if the file has not that many bytes.
using ReadAt = std::function<bool(std::uint64_t offset, std::span<std::uint8_t> out)>;

/// std::nullopt: not a picture that can be read, or cut off within its header.
std::optional<PictureHeader> pictureHeader(const ReadAt &read);

/// More pixels than the file could hold, or than we would: nobody should make room for them.
bool isImplausible(const PictureHeader &header, std::uint64_t fileSize);

}  // namespace vitrine::data
